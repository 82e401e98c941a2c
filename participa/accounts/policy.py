"""What people may do with their own account, and what staff may do with people."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.accounts.models import Approval, ApprovalState, SanctionKind, SanctionRecord
from participa.core.policy import (
    ADMINISTRATORS,
    EVERYBODY,
    MODERATORS,
    PARTICIPANTS,
    PROCESS_MANAGERS,
    SECOND_FACTOR,
    Action,
    Actor,
    Check,
    Denial,
    Role,
)

SIGN_UP = Action("accounts.sign_up", _l("Crear una cuenta"), EVERYBODY, listed=False)
SIGN_IN = Action("accounts.sign_in", _l("Entrar"), EVERYBODY, listed=False)
MANAGE_OWN = Action(
    "accounts.manage_own", _l("Cambiar los datos de la propia cuenta"), PARTICIPANTS, listed=False
)
MANAGE_PEOPLE = Action(
    "accounts.manage_people", _l("Registrar personas y dar roles"), ADMINISTRATORS, listed=False
)
MANAGE_ROLLS = Action(
    "accounts.manage_rolls", _l("Cargar y corregir padrones"), ADMINISTRATORS, listed=False
)
GIVE_PROCESS_ROLES = Action(
    "accounts.give_process_roles",
    _l("Dar y quitar roles del proceso"),
    PROCESS_MANAGERS,
    listed=False,
)


def _not_the_minor(actor: Actor, _scope: Any, item: Any, _at: dt.datetime) -> Any:
    if item is not None and actor.is_signed_in and item.person_id == actor.person_id:
        return _l(
            "Esto lo responde quien le cuida: pídale que abra el enlace desde su propio correo, o "
            "cierre antes su sesión en este aparato."
        )
    return None


GUARD = Action(
    "accounts.guard",
    _l("Responder al permiso de un menor de edad"),
    EVERYBODY,
    None,
    (Check("not_the_minor", _l("no es quien pide el permiso"), _not_the_minor),),
    listed=False,
)

# --- warnings, limits and suspensions -----------------------------------------------------------

RANK: Mapping[Role, int] = {
    Role.OBSERVER: 1,
    Role.REVIEWER: 1,
    Role.COUNCIL: 1,
    Role.MODERATOR: 2,
    Role.PROCESS_ADMIN: 3,
    Role.AUDITOR: 4,
    Role.ORGANIZATION_ADMIN: 4,
}
"""Nobody sanctions staff of their own rank or above: whoever cannot take the role away has no
back door to it, and two moderators cannot silence each other. Roles of other processes count only
against a sanction that would hold there too."""


@dataclass(frozen=True, slots=True)
class Imposing:
    """A sanction about to be imposed: all that the checks look at."""

    person_id: int
    roles: frozenset[Role]
    """Staff roles that the person holds where the sanction would hold."""
    open_ended: bool = False


def rank(roles: frozenset[Role]) -> int:
    """Return the highest rank among roles; 0 for somebody without any."""
    return max((RANK.get(role, 0) for role in roles), default=0)


def _not_oneself(actor: Actor, _scope: Any, item: Any, _at: dt.datetime) -> Any:
    if item is not None and item.person_id == actor.person_id:
        return _l("Nadie decide sobre sí mismo: pídaselo a otra persona del equipo.")
    return None


def _outranks(actor: Actor, scope: Any, item: Imposing | None, _at: dt.datetime) -> Any:
    if item is None or rank(item.roles) < rank(actor.roles_in(scope.process_id)):
        return None
    return _l(
        "Esta persona tiene un rol como el suyo o mayor. Hable con quien administra la entidad."
    )


def _is_dated(actor: Actor, _scope: Any, item: Imposing | None, _at: dt.datetime) -> Any:
    return _only_administrators(actor) if item is not None and item.open_ended else None


def _not_open_ended(
    actor: Actor, _scope: Any, item: SanctionRecord | None, _at: dt.datetime
) -> Any:
    if item is None or item.kind is not SanctionKind.SUSPENSION or item.ends_at is not None:
        return None
    return _only_administrators(actor)


def _only_administrators(actor: Actor) -> Any:
    if Role.ORGANIZATION_ADMIN in actor.organization_roles:
        return None
    return _l("Una suspensión sin fecha de fin la decide solo quien administra la entidad.")


def _holds(_actor: Actor, _scope: Any, item: SanctionRecord | None, at: dt.datetime) -> Any:
    if item is None:
        return None
    if item.lifted_at is not None:
        return _l("Esta medida ya se levantó.")
    if item.ends_at is not None and at >= item.ends_at:
        return _l("Esta medida ya terminó.")
    return None


def _awaits_answer(
    _actor: Actor, _scope: Any, item: SanctionRecord | None, _at: dt.datetime
) -> Any:
    if item is not None and not item.awaits_answer:
        return _l("No hay una apelación por responder.")
    return None


def _not_own_decision(
    actor: Actor, _scope: Any, item: SanctionRecord | None, _at: dt.datetime
) -> Any:
    if item is not None and item.by_id == actor.person_id:
        return _l("La apelación la decide otra persona: esta medida la tomó usted.")
    return None


def _may_still_appeal(
    _actor: Actor, _scope: Any, item: SanctionRecord | None, at: dt.datetime
) -> Any:
    if item is None:
        return None
    if item.appealed_at is not None:
        return _l("Usted ya apeló esta medida.")
    if item.lifted_at is not None:
        return _l("Esta medida ya se levantó.")
    return _l("El tiempo para apelar ya pasó.") if at >= item.appeal_until else None


NOT_ONESELF = Check("not_oneself", _l("no es sobre sí misma"), _not_oneself)
OUTRANKS = Check("outranks", _l("la persona no tiene un rol igual o mayor"), _outranks)
IS_DATED = Check("is_dated", _l("sin fecha de fin, solo quien administra la entidad"), _is_dated)
NOT_OPEN_ENDED = Check(
    "not_open_ended", _l("sin fecha de fin, solo quien administra la entidad"), _not_open_ended
)
HOLDS = Check("holds", _l("la medida sigue en pie"), _holds)
AWAITS_ANSWER = Check("awaits_answer", _l("hay una apelación por responder"), _awaits_answer)
NOT_OWN_DECISION = Check(
    "not_own_decision", _l("la medida la tomó otra persona"), _not_own_decision
)
MAY_STILL_APPEAL = Check(
    "may_still_appeal", _l("una vez, y dentro del tiempo para apelar"), _may_still_appeal
)

SANCTION = Action(
    "accounts.sanction",
    _l("Advertir, limitar o suspender a una persona"),
    MODERATORS,
    checks=(NOT_ONESELF, OUTRANKS, IS_DATED),
    listed=False,
)
LIFT_SANCTION = Action(
    "accounts.lift_sanction",
    _l("Levantar una medida sobre una persona"),
    MODERATORS,
    checks=(NOT_ONESELF, HOLDS, NOT_OPEN_ENDED),
    listed=False,
)
# Without a capability, so that whoever is suspended keeps it.
APPEAL_SANCTION = Action(
    "accounts.appeal_sanction",
    _l("Apelar una medida de la moderación"),
    PARTICIPANTS,
    checks=(MAY_STILL_APPEAL,),
    listed=False,
)
DECIDE_SANCTION_APPEAL = Action(
    "accounts.decide_sanction_appeal",
    _l("Responder la apelación de una medida sobre una persona"),
    MODERATORS,
    checks=(NOT_ONESELF, AWAITS_ANSWER, NOT_OWN_DECISION, NOT_OPEN_ENDED),
    listed=False,
)

# --- a second person ----------------------------------------------------------------------------


def _is_staff(actor: Actor, _scope: Any, _item: Any, _at: dt.datetime) -> Any:
    if not actor.staff_roles:
        return Denial("role", _l("Estas páginas son para quienes gestionan los procesos."))
    return SECOND_FACTOR if actor.needs_second_factor else None


def _still_waits(_actor: Actor, _scope: Any, item: Approval | None, at: dt.datetime) -> Any:
    if item is None or item.waits(at):
        return None
    if item.state is ApprovalState.PENDING:
        return _l("Esta petición ya venció: quien la hizo puede pedirla otra vez.")
    return _l("Esta petición ya se respondió.")


def _not_own_request(actor: Actor, _scope: Any, item: Approval | None, _at: dt.datetime) -> Any:
    if item is None:
        return None
    if not actor.is_signed_in or item.asked_by_id == actor.person_id:
        return _l("Esto lo pidió usted: lo aprueba otra persona.")
    if item.data.get("person_id") == actor.person_id:
        return _l("Esto es sobre usted: lo aprueba otra persona.")
    return None


def _own_request(actor: Actor, _scope: Any, item: Approval | None, _at: dt.datetime) -> Any:
    if item is None or (actor.is_signed_in and item.asked_by_id == actor.person_id):
        return None
    return _l("Una petición la retira quien la hizo.")


STILL_WAITS = Check("still_waits", _l("la petición espera respuesta"), _still_waits)
NOT_OWN_REQUEST = Check(
    "not_own_request", _l("la pidió otra persona, y no es sobre una misma"), _not_own_request
)
OWN_REQUEST = Check("own_request", _l("la pidió la misma persona"), _own_request)

# A role in one process is enough to come in, so the door cannot ask for the organization's roles.
SEE_APPROVALS = Action(
    "accounts.see_approvals",
    _l("Ver lo que espera a una segunda persona"),
    PARTICIPANTS,
    checks=(Check("role", _l("tener un rol en la entidad o en un proceso"), _is_staff),),
    listed=False,
)
DECIDE_APPROVAL = Action(
    "accounts.decide_approval",
    _l("Aprobar, como segunda persona, lo que otra pidió"),
    PROCESS_MANAGERS,
    checks=(NOT_OWN_REQUEST, STILL_WAITS),
    listed=False,
)
WITHDRAW_APPROVAL = Action(
    "accounts.withdraw_approval",
    _l("Retirar la propia petición a una segunda persona"),
    PROCESS_MANAGERS,
    checks=(OWN_REQUEST, STILL_WAITS),
    listed=False,
)

ACTIONS = (
    SEE_APPROVALS,
    DECIDE_APPROVAL,
    WITHDRAW_APPROVAL,
    SIGN_UP,
    SIGN_IN,
    MANAGE_OWN,
    MANAGE_PEOPLE,
    MANAGE_ROLLS,
    GIVE_PROCESS_ROLES,
    SANCTION,
    LIFT_SANCTION,
    APPEAL_SANCTION,
    DECIDE_SANCTION_APPEAL,
)
"""The permission table of this room."""
