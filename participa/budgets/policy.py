"""The permission table of participatory budgets.

Nobody, administrators included, may see, change or cast somebody else's ballot: there is no such
action. What people choose is never shown before the closing, since two counts around one ballot
would tell what it says; ``open`` shows how many have voted, ``open_hidden`` not even that.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.comments.policy import COMMENT_CAPABILITY
from participa.core.policy import (
    AUDITORS,
    EVERYBODY,
    PARTICIPANTS,
    PROCESS_MANAGERS,
    PROCESS_STAFF,
    Action,
    Actor,
    Capability,
    Check,
    Denial,
    Role,
    State,
)

CAST_CAPABILITY = Capability(
    "cast",
    _l("Votar"),
    opens_on=lambda date: _l("La votación abre el %(date)s.", date=date),
    closed_on=lambda date: _l("La votación cerró: se pudo votar hasta el %(date)s.", date=date),
    never=_l("Por ahora no se vota."),
    states=(State.CLOSED, State.SHOWN, State.OPEN, State.OPEN_HIDDEN),
)
ASSIST_CAPABILITY = Capability(
    "assist",
    _l("Votar con ayuda o en papel"),
    opens_on=lambda date: _l("Los puntos de votación abren el %(date)s.", date=date),
    closed_on=lambda date: _l("Los puntos de votación cerraron el %(date)s.", date=date),
    never=_l("Por ahora no hay puntos de votación."),
    states=(State.CLOSED, State.OPEN),
)
CAPABILITIES = (CAST_CAPABILITY, ASSIST_CAPABILITY, COMMENT_CAPABILITY)

TYPISTS = PROCESS_STAFF - {Role.OBSERVER, Role.AUDITOR}
PUBLISHERS = PROCESS_MANAGERS | {Role.COUNCIL}


@dataclass(frozen=True, slots=True)
class Facing:
    """A vote as somebody faces it: all that the checks below look at."""

    locked: bool = False
    closed: bool = False
    published: bool = False
    voted: bool = False
    """Whether the actor has a ballot in the box."""
    changeable: bool = True
    on_roll: bool = True
    """Whether the actor has a line of the roll that votes, where a roll does."""
    promoter: bool = False
    """Whether the actor may register ballots at the point at hand."""


def _is_locked(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is not None and not item.locked:
        return _l("La votación todavía no tiene reglas en firme.")
    return None


def _not_locked(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is not None and item.locked:
        return _l(
            "Las reglas, las bolsas, los proyectos y los costos quedaron en firme al abrir la "
            "votación."
        )
    return None


def _not_closed(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    return _l("La votación ya se cerró.") if item is not None and item.closed else None


def _is_closed(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    return _l("La votación no se ha cerrado.") if item is not None and not item.closed else None


def _not_published(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is not None and item.published:
        return _l("El resultado ya está publicado y no se cambia.")
    return None


def _is_published(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is not None and not item.published:
        return _l("El resultado todavía no está publicado.")
    return None


def _on_roll(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is None or item.on_roll:
        return None
    return Denial(
        "on_roll",
        _l(
            "Usted no está en el padrón de esta votación. Si su documento está en él, verifíquese "
            "con ese documento; si no lo está, pida a la entidad que lo agregue."
        ),
        invite="verify",
        method="census",
    )


def _may_change(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is not None and item.voted and not item.changeable:
        return _l("Usted ya votó, y en esta votación el voto no se cambia.")
    return None


def _is_promoter(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is not None and not item.promoter:
        return _l("Esto lo hace quien está a cargo del punto de votación.")
    return None


IS_LOCKED = Check("is_locked", _l("las reglas están en firme"), _is_locked)
NOT_LOCKED = Check("not_locked", _l("la votación no se ha abierto"), _not_locked)
NOT_CLOSED = Check("not_closed", _l("la votación no se ha cerrado"), _not_closed)
IS_CLOSED = Check("is_closed", _l("la votación se cerró"), _is_closed)
NOT_PUBLISHED = Check("not_published", _l("el resultado no se ha publicado"), _not_published)
IS_PUBLISHED = Check("is_published", _l("el resultado está publicado"), _is_published)
ON_ROLL = Check("on_roll", _l("está en el padrón de la votación, si la votación usa uno"), _on_roll)
MAY_CHANGE = Check("may_change", _l("no ha votado, o el voto se puede cambiar"), _may_change)
IS_PROMOTER = Check("is_promoter", _l("está a cargo del punto"), _is_promoter)

VIEW = Action("budgets.view", _l("Ver los proyectos y la regla"), EVERYBODY)
CAST = Action(
    "budgets.cast",
    _l("Votar"),
    PARTICIPANTS,
    "cast",
    (IS_LOCKED, NOT_CLOSED, ON_ROLL, MAY_CHANGE),
    while_suspended=True,
)
ASSIST = Action(
    "budgets.assist",
    _l("Registrar votos en un punto de votación"),
    PARTICIPANTS,
    "assist",
    (IS_LOCKED, NOT_CLOSED, IS_PROMOTER),
)
MANAGE = Action(
    "budgets.manage", _l("Preparar bolsas y proyectos"), PROCESS_MANAGERS, None, (NOT_LOCKED,)
)
LOCK = Action(
    "budgets.lock", _l("Dejar en firme la regla y los proyectos"), PROCESS_MANAGERS, None,
    (NOT_LOCKED,),
)  # fmt: skip
AMEND = Action(
    "budgets.amend",
    _l("Corregir, con motivo público, lo que quedó en firme"),
    PROCESS_MANAGERS,
    None,
    (IS_LOCKED, NOT_CLOSED),
)
MANAGE_POINTS = Action(
    "budgets.manage_points",
    _l("Preparar puntos de votación y hojas"),
    PROCESS_MANAGERS,
    None,
    (NOT_CLOSED,),
)
SEE_STAFF_PAGES = Action(
    "budgets.see_staff_pages",
    _l("Ver cómo se prepara la votación y lo que va de cada punto"),
    PROCESS_MANAGERS | AUDITORS,
    listed=False,
)
TYPE_SHEETS = Action(
    "budgets.type_sheets", _l("Digitar hojas de votación"), TYPISTS, None, (IS_LOCKED, NOT_CLOSED)
)
SEE_TURNOUT = Action(
    "budgets.see_turnout", _l("Ver cuántas personas han votado"), PROCESS_STAFF, listed=False
)
SEE_EXACT_TURNOUT = Action(
    "budgets.see_exact_turnout",
    _l("Ver, mientras se vota, cuántas personas exactas han votado y por qué canal"),
    PROCESS_MANAGERS | AUDITORS,
    listed=False,
)
CLOSE = Action(
    "budgets.close", _l("Cerrar la votación"), PROCESS_MANAGERS, None, (IS_LOCKED, NOT_CLOSED)
)
SEE_CLOSING = Action(
    "budgets.see_closing",
    _l("Ver qué falta para cerrar y publicar"),
    PUBLISHERS | AUDITORS,
    listed=False,
)
SEE_OUTCOME = Action(
    "budgets.see_outcome", _l("Ver el resultado"), EVERYBODY, None, (IS_PUBLISHED,)
)
PUBLISH = Action(
    "budgets.publish",
    _l("Contar y publicar el resultado"),
    PUBLISHERS,
    None,
    (IS_CLOSED, NOT_PUBLISHED),
)
OVERRIDE = Action(
    "budgets.override",
    _l("Dejar fuera, con motivo público, un proyecto que no se puede hacer"),
    PUBLISHERS,
    None,
    (IS_PUBLISHED,),
)

ACTIONS = (
    VIEW,
    CAST,
    ASSIST,
    MANAGE,
    LOCK,
    AMEND,
    MANAGE_POINTS,
    SEE_STAFF_PAGES,
    TYPE_SHEETS,
    SEE_TURNOUT,
    SEE_EXACT_TURNOUT,
    SEE_CLOSING,
    CLOSE,
    SEE_OUTCOME,
    PUBLISH,
    OVERRIDE,
)
"""The permission table of this room."""
