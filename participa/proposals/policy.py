"""The permission table of proposals."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln

from participa.comments.policy import COMMENT_CAPABILITY
from participa.contributions import policy as contributions
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.policy import (
    EVERYBODY,
    PARTICIPANTS,
    Action,
    Actor,
    Capability,
    Check,
    State,
)

CREATE_CAPABILITY = Capability(
    "create",
    _l("Proponer"),
    opens_on=lambda date: _l("Las propuestas se reciben desde el %(date)s.", date=date),
    closed_on=lambda date: _l("Las propuestas se recibieron hasta el %(date)s.", date=date),
    never=_l("Por ahora no se reciben propuestas."),
    states=(State.CLOSED, State.OPEN),
)
SUPPORT_CAPABILITY = Capability(
    "support",
    _l("Apoyar"),
    opens_on=lambda date: _l("Los apoyos abren el %(date)s.", date=date),
    closed_on=lambda date: _l("Los apoyos cerraron el %(date)s.", date=date),
    never=_l("Por ahora no se reciben apoyos."),
    states=(State.CLOSED, State.SHOWN, State.OPEN, State.OPEN_HIDDEN),
)
CAPABILITIES = (CREATE_CAPABILITY, SUPPORT_CAPABILITY, COMMENT_CAPABILITY)


@dataclass(frozen=True, slots=True)
class Facing:
    """A proposal as somebody faces it: all that the checks below look at."""

    author_id: int
    status: Standing
    published_at: dt.datetime
    support_count: int
    supported: bool = False
    """Whether the actor supports it now."""
    supports_used: int = 0
    """How many proposals of the component the actor supports now."""
    other_is_gone: bool = False
    """Of a proposal that was joined to another: whether that one was removed or withdrawn."""


_ABSENT = {
    Standing.WAITING: _l("La moderación todavía no ha publicado esta propuesta."),
    Standing.WITHDRAWN: _l("Esta propuesta fue retirada por su autor o autora."),
    Standing.REMOVED: _l("La moderación retiró esta propuesta."),
    Standing.MERGED: _l("Esta propuesta se unió a otra igual."),
}


def _can_be_left(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    withdrawn = item is not None and item.status is Standing.WITHDRAWN
    return _ABSENT[Standing.WITHDRAWN] if withdrawn else None


def _other_is_gone(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is None or item.other_is_gone:
        return None
    if item.status is not Standing.MERGED:
        return _l("Esta propuesta no está unida a otra.")
    return _l("La propuesta a la que se unió sigue ahí.")


def _not_supported(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is not None and item.supported:
        return _l("Usted ya apoya esta propuesta.")
    return None


def _supported(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is not None and not item.supported:
        return _l("Usted no apoya esta propuesta.")
    return None


def _under_limit(_actor: Actor, scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    limit = scope.settings.support_limit
    if item is None or not limit or item.supports_used < limit:
        return None
    return _ln(
        "Ya usó su único apoyo. Retírelo de otra propuesta para dárselo a esta.",
        "Ya usó sus %(num)s apoyos. Retire uno de otra propuesta para dárselo a esta.",
        limit,
    )


def _within_window(_actor: Actor, scope: Any, item: Facing | None, at: dt.datetime) -> Any:
    if item is None:
        return None
    # While supports are hidden, a refusal would tell the author that there are some.
    if item.support_count and not scope.hides("support", at):
        return _l(
            "Ya no se puede corregir: alguien la apoyó tal como está. "
            "Puede retirarla y escribir otra."
        )
    minutes = scope.settings.edit_minutes
    if at >= item.published_at + dt.timedelta(minutes=minutes):
        return _l("El tiempo para corregir ya pasó. Puede retirarla y escribir otra.")
    return None


STANDS = contributions.stands(_l("la propuesta está publicada"), _ABSENT)
STANDS_OR_WAITS = contributions.stands(
    _l("la propuesta está publicada o por publicar"), _ABSENT, or_waits=True
)
CAN_BE_LEFT = Check("can_be_left", _l("su autor o autora no la retiró"), _can_be_left)
IS_AUTHOR = contributions.is_author(
    _l("es de quien la escribió"), _l("Solo quien escribió la propuesta puede hacer esto.")
)
NOT_OWN = contributions.not_own(_l("no es propia"), _l("Su propio apoyo no se suma."))
OTHER_IS_GONE = Check(
    "other_is_gone", _l("la propuesta a la que se unió ya no está"), _other_is_gone
)
NOT_SUPPORTED = Check("not_supported", _l("no la apoya todavía"), _not_supported)
SUPPORTED = Check("supported", _l("la apoya ahora"), _supported)
UNDER_LIMIT = Check("under_limit", _l("le quedan apoyos"), _under_limit)
WITHIN_WINDOW = Check(
    "within_window", _l("dentro del tiempo para corregir y sin apoyos"), _within_window
)

VIEW = Action("proposals.view", _l("Leer propuestas"), EVERYBODY)
CREATE = Action("proposals.create", _l("Proponer"), PARTICIPANTS, "create")
EDIT = Action(
    "proposals.edit",
    _l("Corregir la propia propuesta"),
    PARTICIPANTS,
    "create",
    (STANDS_OR_WAITS, IS_AUTHOR, WITHIN_WINDOW),
)
WITHDRAW = Action(
    "proposals.withdraw",
    _l("Retirar la propia propuesta"),
    PARTICIPANTS,
    None,
    (STANDS_OR_WAITS, IS_AUTHOR),
)
PART = Action(
    "proposals.part",
    _l("Separar de nuevo su propuesta"),
    PARTICIPANTS,
    None,
    (IS_AUTHOR, OTHER_IS_GONE),
)
SUPPORT = Action(
    "proposals.support",
    _l("Apoyar propuestas"),
    PARTICIPANTS,
    "support",
    (STANDS, NOT_OWN, NOT_SUPPORTED, UNDER_LIMIT),
)
WITHDRAW_SUPPORT = Action(
    "proposals.withdraw_support",
    _l("Retirar un apoyo"),
    PARTICIPANTS,
    "support",
    (CAN_BE_LEFT, SUPPORTED),
    while_suspended=True,  # taking back what is one's own
)

ACTIONS = (VIEW, CREATE, EDIT, WITHDRAW, PART, SUPPORT, WITHDRAW_SUPPORT)
"""The permission table of this room."""


def shows_supports(scope: Any, at: dt.datetime) -> bool:
    """Return whether support counts may be seen by all at a moment.

    While supports are collected in the dark, nobody sees them, on any page, in any order.
    """
    return bool(scope.shows("support", at))


def counts_are_public(scope: Any, at: dt.datetime) -> bool:
    """Return whether a page that speaks about ``at`` may show support counts."""
    return shows_supports(scope, at) and not withholds_counts(scope, at)


def withholds_counts(scope: Any, at: dt.datetime) -> bool:
    """Return whether counts that ``at`` shows are kept back, as nobody may know them yet.

    Staff may look at a page as of another date, but what would be counted there is today's: what
    was collected in the dark and has not been told.
    """
    return scope.hides("support", clock.now()) and shows_supports(scope, at)
