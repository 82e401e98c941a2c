"""How a case is told to those whom it concerns: its author, who flagged it. No names, no notes."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from participa.contributions.contract import Written
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.i18n import format_last_day
from participa.moderation.machine import PENDING
from participa.moderation.models import Case, CaseState, CaseStep, Move

LABELS: Mapping[str, tuple[Any, str]] = {
    "waiting": (_l("Por revisar"), "warn"),
    "resubmitted": (_l("Corrección enviada"), "accent"),
    "review": (_l("En revisión"), "warn"),
    "published": (_l("Publicado"), "ok"),
    CaseState.WITHDRAWN: (_l("Usted lo retiró"), ""),
    CaseState.REMOVED: (_l("Retirado"), "danger"),
    CaseState.MERGED: (_l("Unido a otro"), ""),
    CaseState.CORRECTED: (_l("Corregido y publicado"), "ok"),
    CaseState.REVERTED: (_l("Devuelto"), "ok"),
    CaseState.APPEALED: (_l("Apelación en estudio"), "accent"),
    CaseState.UPHELD: (_l("Retiro confirmado"), "danger"),
}
"""Of a contribution's place in moderation, with the tone of its badge."""


def place(case: Case | None, item: Written) -> str:
    """Return where a contribution stands for its author: a key of :data:`LABELS`."""
    if item.status is Standing.WITHDRAWN:
        return CaseState.WITHDRAWN.value
    if case is not None and case.state in PENDING and case.resubmitted_at is not None:
        return "resubmitted"
    if item.status is Standing.WAITING:
        return "waiting"
    if case is None:
        return CaseState.REMOVED.value if item.status is Standing.REMOVED else "published"
    if case.state in PENDING:
        return "review" if item.under_review else "published"
    return "published" if case.state is CaseState.KEPT else case.state.value


def can_appeal(case: Case) -> bool:
    """Return whether the author may still appeal (the service decides again)."""
    return (
        case.state is CaseState.REMOVED
        and case.appeal_until is not None
        and clock.now() < case.appeal_until
    )


def to_author(case: Case | None, item: Written) -> str:
    """Return what a contribution's place means for its author, and what comes next."""
    where = place(case, item)
    if where == CaseState.REMOVED and case is not None and can_appeal(case):
        return _(
            "La moderación lo retiró. Puede corregirlo y enviarlo otra vez, o apelar hasta el "
            "%(date)s.",
            date=format_last_day(case.appeal_until),
        )
    return str(_TO_AUTHOR[where])


_TO_AUTHOR: Mapping[str, Any] = {
    "waiting": _l(
        "La moderación lo lee antes de publicarlo. Mientras tanto solo lo ven usted y la "
        "moderación."
    ),
    "resubmitted": _l("La moderación está leyendo su corrección. Si está bien, la publica."),
    "review": _l(
        "Varias personas lo reportaron. Sigue publicado mientras la moderación lo estudia."
    ),
    "published": _l("La moderación lo leyó y está publicado."),
    CaseState.WITHDRAWN: _l("Usted lo retiró: ya no hay nada por decidir."),
    CaseState.REMOVED: _l(
        "La moderación lo retiró. Puede corregirlo y enviarlo otra vez; el plazo para apelar ya "
        "pasó."
    ),
    CaseState.MERGED: _l("Decía lo mismo que otro aporte: se unió a él, con los apoyos que tenía."),
    CaseState.CORRECTED: _l("Su corrección está publicada."),
    CaseState.REVERTED: _l("El retiro se deshizo: está otra vez como estaba."),
    CaseState.APPEALED: _l(
        "Su apelación está en estudio. La lee una persona distinta de la que decidió."
    ),
    CaseState.UPHELD: _l(
        "Otra persona de la moderación estudió su apelación y confirmó el retiro. Puede corregirlo "
        "y enviarlo otra vez."
    ),
}


def to_flagger(case: Case, item: Written | None) -> str:
    """Return what became of a flag, for who sent it."""
    if item is not None and item.status is Standing.WITHDRAWN:
        return str(_TO_FLAGGER[CaseState.WITHDRAWN])
    if case.state in PENDING and case.resubmitted_at is not None:
        return _(
            "La moderación lo retiró. Quien lo escribió envió una corrección, y se está leyendo."
        )
    return str(_TO_FLAGGER[case.state])


_TO_FLAGGER: Mapping[CaseState, Any] = {
    CaseState.OPEN: _l("La moderación todavía no ha decidido."),
    CaseState.STUDYING: _l("La moderación lo está estudiando."),
    CaseState.KEPT: _l("La moderación lo leyó: no incumple las reglas y sigue publicado."),
    CaseState.REMOVED: _l("La moderación lo retiró."),
    CaseState.CORRECTED: _l("Quien lo escribió lo corrigió, y la moderación lo publicó así."),
    CaseState.MERGED: _l("Decía lo mismo que otro aporte, y se unió a él."),
    CaseState.APPEALED: _l(
        "La moderación lo retiró. Quien lo escribió apeló, y lo estudia otra persona."
    ),
    CaseState.UPHELD: _l(
        "La moderación lo retiró, y otra persona lo confirmó después de una apelación."
    ),
    CaseState.REVERTED: _l(
        "La moderación lo había retirado; otra persona lo estudió y lo devolvió a su lugar."
    ),
    CaseState.WITHDRAWN: _l("Quien lo escribió lo retiró."),
}


_STEPS: Mapping[Move, Any] = {
    Move.OPEN: _l("La moderación abrió un caso."),
    Move.QUESTION: _l("Una revisión automática le pidió a la moderación que lo leyera."),
    Move.KEEP: _l("La moderación lo leyó y decidió que puede estar publicado."),
    Move.REMOVE: _l("La moderación lo retiró."),
    Move.REMOVE_URGENTLY: _l(
        "La moderación lo retiró de urgencia. Una segunda persona revisa la decisión."
    ),
    Move.REVIEW_URGENT: _l("Una segunda persona revisó el retiro y estuvo de acuerdo."),
    Move.MERGE: _l("La moderación lo unió a otro igual."),
    Move.RESUBMIT: _l("Usted lo corrigió y lo envió otra vez."),
    Move.ACCEPT: _l("La moderación leyó su corrección y la publicó."),
    Move.APPEAL: _l("Usted apeló."),
    Move.UPHOLD: _l("Otra persona de la moderación estudió su apelación y confirmó el retiro."),
    Move.REVERT: _l("Otra persona de la moderación deshizo el retiro."),
    Move.UNDO: _l("La moderación echó atrás su decisión."),
    Move.EDIT: _l("Usted cambió el texto."),
    Move.WITHDRAW: _l("Usted lo retiró."),
}
"""Moves that the author is told of. Who works on the case, and its notes, stay inside."""


def history(steps: Sequence[CaseStep]) -> list[tuple[Any, str]]:
    """Return a case's history for its author: moments and sentences; flags in a row are one."""
    told = [step for step in steps if step.move is Move.FLAG or step.move in _STEPS]
    if any(step.move in {Move.FLAG, Move.QUESTION} for step in told):
        told = [step for step in told if step.move is not Move.OPEN]
    lines: list[tuple[Any, str]] = []
    for move, group in groupby(told, key=lambda step: step.move):
        rows = list(group)
        if move is Move.FLAG:
            text = ngettext("Una persona lo reportó.", "%(num)s personas lo reportaron.", len(rows))
            lines.append((rows[0].at, str(text)))
        else:
            lines += [(row.at, str(_STEPS[move])) for row in rows]
    return lines
