"""What can happen to any contribution."""

from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

from participa.core.events import Fact


@dataclass(frozen=True)
class ContributionQuestioned(Fact):
    """An automatic check, or the rule of the phase, asks a moderator to look at a contribution."""

    NAME = "contributions.questioned"
    LABEL = _l("Aporte por revisar")
    SENTENCE = _l("Un aporte quedó para revisión de la moderación")
    QUOTES = ()

    reasons: list[str] = field(default_factory=list)
    """Keys of :data:`participa.contributions.screening.REASONS`."""
    waiting: bool = False
    """Whether it is not published until a moderator has read it."""


FACTS = (ContributionQuestioned,)
