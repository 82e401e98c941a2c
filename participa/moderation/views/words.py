"""How the staff pages say what the tables hold: states, moves, reasons and due times."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from participa.contributions.models import Standing
from participa.core.i18n import reading_zone
from participa.moderation.models import CaseState, Move

STATE_LABELS: Mapping[CaseState, Any] = {
    CaseState.OPEN: _l("Por decidir"),
    CaseState.STUDYING: _l("En estudio"),
    CaseState.KEPT: _l("Mantenido"),
    CaseState.REMOVED: _l("Retirado"),
    CaseState.CORRECTED: _l("Corregido por su autor o autora"),
    CaseState.MERGED: _l("Unido a otro"),
    CaseState.APPEALED: _l("Apelado"),
    CaseState.UPHELD: _l("Retiro confirmado"),
    CaseState.REVERTED: _l("Devuelto"),
    CaseState.WITHDRAWN: _l("Lo quitó quien lo escribió"),
}
STATE_TONES: Mapping[CaseState, str] = {
    CaseState.STUDYING: "accent",
    CaseState.KEPT: "ok",
    CaseState.CORRECTED: "ok",
    CaseState.REVERTED: "ok",
    CaseState.REMOVED: "danger",
    CaseState.UPHELD: "danger",
    CaseState.APPEALED: "warn",
}
MOVE_LABELS: Mapping[Move, Any] = {
    Move.OPEN: _l("Se abrió el caso"),
    Move.FLAG: _l("Alguien lo reportó"),
    Move.QUESTION: _l("Una revisión automática pidió mirarlo"),
    Move.CLAIM: _l("Lo tomó para estudiarlo"),
    Move.RELEASE: _l("Lo soltó"),
    Move.HAND_OVER: _l("Lo pasó a otra persona"),
    Move.NOTE: _l("Nota interna"),
    Move.KEEP: _l("Lo mantuvo"),
    Move.REMOVE: _l("Lo retiró"),
    Move.REMOVE_URGENTLY: _l("Lo retiró de urgencia"),
    Move.REVIEW_URGENT: _l("Revisó el retiro urgente y estuvo de acuerdo"),
    Move.MERGE: _l("Lo unió a otro"),
    Move.RESUBMIT: _l("Quien lo escribió lo corrigió y lo envió otra vez"),
    Move.ACCEPT: _l("Leyó la corrección y la publicó"),
    Move.APPEAL: _l("Quien lo escribió apeló"),
    Move.UPHOLD: _l("Confirmó el retiro"),
    Move.REVERT: _l("Lo devolvió a su lugar"),
    Move.UNDO: _l("Deshizo su decisión"),
    Move.EDIT: _l("Quien lo escribió lo cambió"),
    Move.WITHDRAW: _l("Quien lo escribió lo quitó"),
}
BY_CITIZENS = frozenset(
    {Move.FLAG, Move.QUESTION, Move.APPEAL, Move.RESUBMIT, Move.EDIT, Move.WITHDRAW}
)
"""Moves whose author is not named, on these pages least of all."""
STANDING_LABELS: Mapping[Standing, Any] = {
    Standing.WAITING: _l("Sin publicar: espera la moderación"),
    Standing.PUBLISHED: _l("Publicado"),
    Standing.WITHDRAWN: _l("Quien lo escribió lo quitó"),
    Standing.REMOVED: _l("Retirado por la moderación"),
    Standing.MERGED: _l("Unido a otro"),
}
SEVERITY_LABELS: Mapping[int, Any] = {1: _l("Leve"), 2: _l("Media"), 3: _l("Grave")}

HOUR = dt.timedelta(hours=1)
SAME_DAY = dt.timedelta(hours=12)
"""Within this, hours say more than the day."""


def due_in_words(due: dt.datetime, now: dt.datetime) -> str:
    """Return when something is due as one would say it: "vence en 3 horas", "venció ayer"."""
    away = abs(due - now)
    minutes, hours = int(away.total_seconds() // 60), int(away.total_seconds() // 3600)
    zone = reading_zone()
    days = abs((due.astimezone(zone).date() - now.astimezone(zone).date()).days)
    near = away < SAME_DAY or days == 0
    if due < now:
        if away < HOUR:
            return str(
                ngettext(
                    "venció hace %(num)s minuto", "venció hace %(num)s minutos", max(minutes, 1)
                )
            )
        if near:
            return str(ngettext("venció hace %(num)s hora", "venció hace %(num)s horas", hours))
        if days == 1:
            return str(_("venció ayer"))
        return str(ngettext("venció hace %(num)s día", "venció hace %(num)s días", days))
    if away < HOUR:
        return str(ngettext("vence en %(num)s minuto", "vence en %(num)s minutos", max(minutes, 1)))
    if near:
        return str(ngettext("vence en %(num)s hora", "vence en %(num)s horas", hours))
    if days == 1:
        return str(_("vence mañana"))
    return str(ngettext("vence en %(num)s día", "vence en %(num)s días", days))
