"""What moderation decides about people."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact, How

# The reason is never in a fact: it goes with the account, facts stay.
_SANCTION_PAGE = ("accounts.sanction", "sanction_id")


@dataclass(frozen=True)
class PersonWarned(Fact):
    """Moderation warned somebody."""

    NAME = "accounts.person_warned"
    LABEL = _l("Advertencia de la moderación")
    SENTENCE = _l("La moderación le hizo una advertencia")
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    PAGE = _SANCTION_PAGE

    person_id: int
    sanction_id: int


@dataclass(frozen=True)
class PersonLimited(Fact):
    """Moderation limits how much somebody may write in a day."""

    NAME = "accounts.person_limited"
    LABEL = _l("Límite de aportes por día")
    SENTENCE = _l("La moderación limitó sus aportes: hasta %(per_day)s por día")
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    PAGE = _SANCTION_PAGE

    person_id: int
    sanction_id: int
    per_day: int
    until: str


@dataclass(frozen=True)
class PersonSuspended(Fact):
    """Moderation suspended somebody; what they wrote stays where it is."""

    NAME = "accounts.person_suspended"
    LABEL = _l("Suspensión de la participación")
    SENTENCE = _l("La moderación suspendió su participación")
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    PAGE = _SANCTION_PAGE

    person_id: int
    sanction_id: int
    until: str | None
    """ISO 8601; ``None`` until somebody lifts it."""


@dataclass(frozen=True)
class SanctionLifted(Fact):
    """A warning, limit or suspension no longer holds."""

    NAME = "accounts.sanction_lifted"
    LABEL = _l("Medida levantada")
    SENTENCE = _l("La moderación levantó la medida sobre su participación")
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    PAGE = _SANCTION_PAGE

    person_id: int
    sanction_id: int


@dataclass(frozen=True)
class SanctionAppealed(Fact):
    """Somebody appealed a measure about themselves."""

    NAME = "accounts.sanction_appealed"
    LABEL = _l("Apelación de una medida")
    SENTENCE = _l("%(actor)s apeló una medida de la moderación")

    sanction_id: int


@dataclass(frozen=True)
class SanctionAppealDecided(Fact):
    """Somebody else than who took the measure answered the appeal."""

    NAME = "accounts.sanction_appeal_decided"
    LABEL = _l("Apelación de una medida respondida")
    SENTENCE = _l("La moderación respondió su apelación")
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    PAGE = _SANCTION_PAGE

    person_id: int
    sanction_id: int
    lifted: bool
