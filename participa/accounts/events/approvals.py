"""What is asked of a second person, and what they answer."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact, How
from participa.core.i18n import Localized

_PAGE = ("accounts.approvals",)


@dataclass(frozen=True)
class ApprovalAsked(Fact):
    """Somebody asked for an act that a second person must approve."""

    NAME = "accounts.approval_asked"
    LABEL = _l("Decisión que espera a una segunda persona")
    SENTENCE = _l("%(actor)s pide que otra persona apruebe esto: %(what)s")
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    PAGE = _PAGE

    approval_id: int
    what: Localized
    until: str
    person_id: list[int]
    """Who may approve it."""


@dataclass(frozen=True)
class ApprovalGiven(Fact):
    """A second person approved; the act itself leaves its own fact."""

    NAME = "accounts.approval_given"
    LABEL = _l("Decisión aprobada por una segunda persona")
    SENTENCE = _l("%(actor)s aprobó lo que había pedido otra persona: %(what)s")
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    PAGE = _PAGE

    approval_id: int
    what: Localized
    person_id: int
    """Who asked."""


@dataclass(frozen=True)
class ApprovalDeclined(Fact):
    """A second person said no: nothing happened."""

    NAME = "accounts.approval_declined"
    LABEL = _l("Decisión que una segunda persona no aprobó")
    SENTENCE = _l("%(actor)s no aprobó lo que había pedido otra persona: %(what)s")
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    PAGE = _PAGE

    approval_id: int
    what: Localized
    person_id: int


@dataclass(frozen=True)
class ApprovalWithdrawn(Fact):
    """Whoever asked took it back: nothing happened."""

    NAME = "accounts.approval_withdrawn"
    LABEL = _l("Petición a una segunda persona retirada")
    SENTENCE = _l("%(actor)s retiró su petición: %(what)s")

    approval_id: int
    what: Localized
