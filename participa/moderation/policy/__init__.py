"""The permission table of moderation.

Scopes: the item's component (or its process) for everything about a case; the organization for
grounds, terms and accounts.
"""

from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core.policy import (
    ADMINISTRATORS,
    EVERYBODY,
    MODERATORS,
    PARTICIPANTS,
    Action,
    Check,
)
from participa.moderation.models import Move
from participa.moderation.policy.checks import (
    APPEAL_BY_ANOTHER,
    FLAGGED_ONCE,
    HOLDS,
    IMPARTIAL,
    IN_TIME,
    IS_AUTHOR,
    IS_CORRECTION,
    IS_NO_CORRECTION,
    IS_SHOWN,
    IS_URGENT,
    MAY_MERGE,
    MODERATES,
    NOT_AUTHOR,
    NOT_DECIDER,
    NOT_HELD,
    NOT_OWN,
    NOT_SUSPENDED,
    OWN_DECISION,
    STATE_SENTENCES,
    STILL_THERE,
    UNDO,
    Facing,
    facing,
    holder,
    possible,
)

RULES = Action("moderation.rules", _l("Leer las reglas y las cuentas de la moderación"), EVERYBODY)
FLAG = Action(
    "moderation.flag",
    _l("Reportar un aporte"),
    PARTICIPANTS,
    None,
    (NOT_SUSPENDED, IS_SHOWN, NOT_OWN, FLAGGED_ONCE),
)
SEE_OWN = Action(
    "moderation.see_own",
    _l("Ver lo propio en moderación, y lo que se reportó"),
    PARTICIPANTS,
    listed=False,
)
APPEAL = Action(
    "moderation.appeal",
    _l("Apelar el retiro de un aporte propio"),
    PARTICIPANTS,
    None,
    (IS_AUTHOR, possible(Move.APPEAL), STILL_THERE, IN_TIME),
    while_suspended=True,
)
RESUBMIT = Action(
    "moderation.resubmit",
    _l("Corregir un aporte propio retirado y enviarlo otra vez"),
    PARTICIPANTS,
    None,
    (NOT_SUSPENDED, IS_AUTHOR, possible(Move.RESUBMIT), STILL_THERE),
)
QUEUE = Action("moderation.queue", _l("Ver los casos de moderación"), MODERATORS)
QUEUES = Action(
    "moderation.queues",
    _l("Ver los casos de todos los procesos que modera"),
    PARTICIPANTS,
    None,
    (MODERATES,),
    listed=False,
)
"""Asked of the organization, where nobody holds the roles of a process."""
READ = Action("moderation.read", _l("Leer un caso"), MODERATORS, None, (NOT_AUTHOR,), listed=False)
OPEN = Action(
    "moderation.open",
    _l("Abrir un caso sin que nadie lo reporte"),
    MODERATORS,
    None,
    (NOT_AUTHOR, IS_SHOWN, possible(Move.OPEN)),
)
CLAIM = Action(
    "moderation.claim",
    _l("Tomar un caso"),
    MODERATORS,
    None,
    (*IMPARTIAL, possible(Move.CLAIM), STILL_THERE, NOT_HELD, APPEAL_BY_ANOTHER),
)
RELEASE = Action(
    "moderation.release",
    _l("Devolver un caso a la fila"),
    MODERATORS,
    None,
    (possible(Move.RELEASE), HOLDS),
    listed=False,
)
HAND_OVER = Action(
    "moderation.hand_over",
    _l("Pasar un caso a otra persona"),
    MODERATORS,
    None,
    (*IMPARTIAL, possible(Move.HAND_OVER), NOT_HELD),
)
NOTE = Action(
    "moderation.note", _l("Anotar en un caso"), MODERATORS, None, (NOT_AUTHOR,), listed=False
)


def _decision(name: str, label: Any, move: Move, *checks: Check) -> Action:
    return Action(
        f"moderation.{name}",
        label,
        MODERATORS,
        None,
        (*IMPARTIAL, possible(move), STILL_THERE, NOT_HELD, *checks),
    )


KEEP = _decision("keep", _l("Mantener un aporte"), Move.KEEP, IS_NO_CORRECTION)
REMOVE = _decision("remove", _l("Retirar un aporte"), Move.REMOVE)
REMOVE_URGENTLY = _decision(
    "remove_urgently", _l("Retirar un aporte de urgencia"), Move.REMOVE_URGENTLY
)
REVIEW_URGENT = _decision(
    "review_urgent",
    _l("Confirmar o revertir el retiro urgente de otra persona"),
    Move.REVIEW_URGENT,
    IS_URGENT,
    NOT_DECIDER,
)
MERGE = _decision("merge", _l("Unir un aporte repetido a otro"), Move.MERGE, MAY_MERGE)
ACCEPT = _decision("accept", _l("Publicar una corrección"), Move.ACCEPT, IS_CORRECTION)
UNDO_DECISION = _decision(
    "undo", _l("Deshacer una decisión propia reciente"), Move.UNDO, OWN_DECISION
)
DECIDE_APPEAL = _decision(
    "decide_appeal",
    _l("Responder la apelación de lo que decidió otra persona"),
    Move.UPHOLD,
    NOT_DECIDER,
)
GROUNDS = Action(
    "moderation.grounds",
    _l("Cambiar los motivos de moderación y sus plazos"),
    ADMINISTRATORS,
    listed=False,
)
REVERSALS = Action(
    "moderation.reversals",
    _l("Ver qué retiros se revierten más que los demás"),
    ADMINISTRATORS,
    listed=False,
)

ACTIONS = (
    RULES,
    FLAG,
    SEE_OWN,
    APPEAL,
    RESUBMIT,
    QUEUE,
    QUEUES,
    READ,
    OPEN,
    CLAIM,
    RELEASE,
    HAND_OVER,
    NOTE,
    KEEP,
    REMOVE,
    REMOVE_URGENTLY,
    REVIEW_URGENT,
    MERGE,
    ACCEPT,
    UNDO_DECISION,
    DECIDE_APPEAL,
    GROUNDS,
    REVERSALS,
)
"""The permission table of this room."""

__all__ = ["ACTIONS", "STATE_SENTENCES", "UNDO", "Facing", "facing", "holder"]
