"""What a decision about a case looks at, and every condition that may refuse it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.contributions.models import Standing
from participa.core.i18n import format_datetime, format_last_day
from participa.core.policy import (
    MODERATORS,
    SECOND_FACTOR,
    Actor,
    Check,
    Denial,
    suspended,
)
from participa.moderation import machine
from participa.moderation.models import DECISIONS, Case, CaseState, Move

UNDO = dt.timedelta(minutes=10)
"""How long somebody may take an own decision back."""


@dataclass(frozen=True, slots=True)
class Facing:
    """A case, or an item without one, as somebody faces it: all that the checks below look at."""

    author_id: int
    state: CaseState | None = None
    """``None``: no case yet."""
    standing: Standing = Standing.PUBLISHED
    is_urgent: bool = False
    is_correction: bool = False
    holder_id: int | None = None
    holder_name: str = ""
    held_until: dt.datetime | None = None
    excused: tuple[int, ...] = ()
    decided_by_id: int | None = None
    decided_at: dt.datetime | None = None
    last_move: Move | None = None
    """The last one that is not a note."""
    appeal_until: dt.datetime | None = None
    flagged: bool = False
    """Whether the actor flagged the item already."""
    merges: bool = False
    """Whether items of this kind can be joined."""


def facing(
    case: Case,
    standing: Standing = Standing.PUBLISHED,
    *,
    holder_name: str = "",
    last_move: Move | None = None,
    merges: bool = True,
) -> Facing:
    """Return a case's row as the policy looks at it; pages may ask with the bare row as well.

    ``holder_name`` is who a refusal names; ``last_move`` only matters for :data:`UNDO_DECISION`.
    """
    return Facing(
        author_id=case.author_id,
        state=case.state,
        standing=standing,
        is_urgent=case.is_urgent,
        is_correction=case.resubmitted_at is not None,
        holder_id=case.holder_id,
        holder_name=holder_name,
        held_until=case.held_until,
        excused=tuple(case.excused),
        decided_by_id=case.decided_by_id,
        decided_at=case.decided_at,
        last_move=last_move,
        appeal_until=case.appeal_until,
        merges=merges,
    )


class _When:
    """A moment written when read, in the reader's language and the organization's zone."""

    def __init__(self, moment: dt.datetime, write: Callable[[dt.datetime], str]) -> None:
        self._moment = moment
        self._write = write

    def __str__(self) -> str:
        return self._write(self._moment)


def holder(case: Case | Facing, at: dt.datetime) -> int | None:
    """Return who is working on a case now; a claim that has run out holds nothing."""
    if case.holder_id is None or case.held_until is None or at >= case.held_until:
        return None
    return case.holder_id


# --- checks -------------------------------------------------------------------------------------

Found = Any
"""A sentence or :class:`Denial` when refused, else ``None``."""

STATE_SENTENCES = {
    CaseState.OPEN: _l("El caso está por decidir."),
    CaseState.STUDYING: _l("El caso se está estudiando."),
    CaseState.KEPT: _l("El caso ya se decidió: se mantuvo."),
    CaseState.REMOVED: _l("El caso ya se decidió: se retiró."),
    CaseState.CORRECTED: _l("El caso ya se decidió: se publicó la corrección."),
    CaseState.MERGED: _l("El caso ya se decidió: se unió a otro."),
    CaseState.APPEALED: _l("El retiro está apelado."),
    CaseState.UPHELD: _l("El retiro ya se confirmó en apelación."),
    CaseState.REVERTED: _l("El retiro ya se revirtió."),
    CaseState.WITHDRAWN: _l("Quien lo escribió lo retiró: no hay nada que decidir."),
}
"""Why a move is not possible in each state."""


def _check(name: str, sentence: Any, find: Callable[..., Found]) -> Check:
    """Return a check of a case, given as it is faced or as its bare row."""

    def of_either(actor: Actor, scope: Any, item: Facing | Case | None, at: dt.datetime) -> Found:
        return find(actor, scope, facing(item) if isinstance(item, Case) else item, at)

    return Check(name, sentence, of_either)


def possible(move: Move) -> Check:
    """Return the check that the machine knows a way from a case's state with ``move``."""

    def find(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
        if item is None or item.state is None or machine.after(item.state, move) is not None:
            return None
        return Denial("state", STATE_SENTENCES[item.state])

    return _check(f"possible_{move.value}", _l("el estado del caso lo permite"), find)


def _not_suspended(actor: Actor, scope: Any, _item: Facing | None, at: dt.datetime) -> Found:
    return suspended(actor, scope, at)


def _is_shown(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
    if item is None or item.standing is Standing.PUBLISHED:
        return None
    return _l("Esto ya no está publicado.")


def _not_own(actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
    if item is not None and item.author_id == actor.person_id:
        return _l("Lo escribió usted. Si cambió de idea, puede retirarlo en su página.")
    return None


def _flagged_once(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
    if item is not None and item.flagged:
        return _l("Usted ya lo reportó. Le avisaremos qué se decide.")
    return None


def _not_author(actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
    if item is not None and item.author_id == actor.person_id:
        return _l("Lo escribió usted: lo decide otra persona del equipo.")
    return None


def _not_excused(actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
    if item is not None and actor.person_id in item.excused:
        return _l("Usted pasó este caso por un conflicto de interés: lo decide otra persona.")
    return None


def _not_held(actor: Actor, _scope: Any, item: Facing | None, at: dt.datetime) -> Found:
    if item is None or holder(item, at) in {None, actor.person_id} or item.held_until is None:
        return None
    return Denial(
        "held",
        _l(
            "Lo está estudiando %(name)s, hasta el %(time)s.",
            name=item.holder_name or _l("otra persona"),
            time=_When(item.held_until, format_datetime),
        ),
    )


def _holds(actor: Actor, _scope: Any, item: Facing | None, at: dt.datetime) -> Found:
    if item is not None and holder(item, at) != actor.person_id:
        return _l("Usted no tiene este caso.")
    return None


def _not_decider(actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
    if item is not None and item.decided_by_id == actor.person_id:
        return _l("La decisión fue suya: la revisa otra persona.")
    return None


def _appeal_by_another(actor: Actor, scope: Any, item: Facing | None, at: dt.datetime) -> Found:
    if item is not None and item.state is CaseState.APPEALED:
        return _not_decider(actor, scope, item, at)
    return None


def _is_author(actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
    if item is not None and item.author_id != actor.person_id:
        return _l("Esto lo puede hacer quien lo escribió.")
    return None


def _is_urgent(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
    if item is not None and item.state is CaseState.REMOVED and not item.is_urgent:
        return _l("Este retiro no espera una segunda mirada.")
    return None


def _is_correction(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
    if item is not None and not item.is_correction:
        return _l("Quien lo escribió no ha enviado una corrección.")
    return None


def _is_no_correction(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
    if item is not None and item.is_correction:
        return _l("Es una corrección: publíquela, o retírela con su motivo.")
    return None


def _may_merge(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
    if item is not None and not item.merges:
        return _l("Esta clase de aporte no se une a otro.")
    return None


def _still_there(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Found:
    if item is not None and item.standing is Standing.WITHDRAWN:
        return Denial("withdrawn", STATE_SENTENCES[CaseState.WITHDRAWN])
    return None


def _own_decision(actor: Actor, _scope: Any, item: Facing | None, at: dt.datetime) -> Found:
    if item is None or item.decided_at is None:
        return None
    if item.decided_by_id != actor.person_id or item.last_move not in DECISIONS:
        return _l("Solo quien decidió puede deshacerlo, mientras no haya pasado nada más.")
    if at >= item.decided_at + UNDO:
        return _l("Ya pasaron diez minutos: la decisión queda en firme.")
    return None


def _moderates(actor: Actor, _scope: Any, _item: Facing | None, _at: dt.datetime) -> Found:
    if not actor.staff_roles & MODERATORS:
        return _l("Esto lo hace el equipo de moderación.")
    return SECOND_FACTOR if actor.needs_second_factor else None


def _in_time(_actor: Actor, _scope: Any, item: Facing | None, at: dt.datetime) -> Found:
    if item is None or item.appeal_until is None or at < item.appeal_until:
        return None
    return Denial(
        "appeal_time",
        _l(
            "El plazo para apelar terminó el %(date)s.",
            date=_When(item.appeal_until, format_last_day),
        ),
    )


NOT_SUSPENDED = _check("not_suspended", _l("su participación no está suspendida"), _not_suspended)
IS_SHOWN = _check("is_shown", _l("está publicado"), _is_shown)
NOT_OWN = _check("not_own", _l("no es propio"), _not_own)
FLAGGED_ONCE = _check("flagged_once", _l("no lo ha reportado antes"), _flagged_once)
NOT_AUTHOR = _check("not_author", _l("no lo escribió"), _not_author)
NOT_EXCUSED = _check("not_excused", _l("no lo pasó por conflicto de interés"), _not_excused)
NOT_HELD = _check("not_held", _l("no lo está estudiando otra persona"), _not_held)
HOLDS = _check("holds", _l("lo tiene"), _holds)
NOT_DECIDER = _check("not_decider", _l("no tomó la decisión"), _not_decider)
APPEAL_BY_ANOTHER = _check(
    "appeal_by_another", _l("si está apelado, no tomó la decisión"), _appeal_by_another
)
IS_AUTHOR = _check("is_author", _l("es quien lo escribió"), _is_author)
IS_URGENT = _check("is_urgent", _l("es un retiro urgente por revisar"), _is_urgent)
IS_CORRECTION = _check("is_correction", _l("hay una corrección por leer"), _is_correction)
IS_NO_CORRECTION = _check("is_no_correction", _l("no es una corrección"), _is_no_correction)
MAY_MERGE = _check("may_merge", _l("esa clase de aporte se puede unir"), _may_merge)
STILL_THERE = _check("still_there", _l("quien lo escribió no lo ha retirado"), _still_there)
OWN_DECISION = _check("own_decision", _l("es una decisión propia, de hace poco"), _own_decision)
IN_TIME = _check("in_time", _l("dentro del plazo para apelar"), _in_time)

MODERATES = _check("moderates", _l("modera algún proceso"), _moderates)

IMPARTIAL = (NOT_AUTHOR, NOT_EXCUSED)
