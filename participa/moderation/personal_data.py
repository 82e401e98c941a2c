"""What this room holds about a person, for their own download; and what is erased with an account.

Flags and cases stay, since others rely on what was decided; the words in them that the person
wrote, and would name them, go.
"""

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from participa.moderation import queries
from participa.moderation.models import Case, Flag


def own_moderation(session: Session, person_id: int) -> tuple[str, Any]:
    """What the person flagged, and the cases about what they wrote. Nobody else is named."""
    names = {each.id: each.key for each in queries.grounds(session, active=False)}
    return "moderacion", {
        "reportes": [_flag(row, names) for row in queries.sent_by(session, person_id)],
        "casos_sobre_lo_propio": [
            _case(row, names) for row in queries.about_author(session, person_id)
        ],
    }


def _flag(row: Flag, names: dict[int, str]) -> dict[str, Any]:
    return {
        "clase": row.kind,
        "id": row.item_id,
        "motivo": names.get(row.ground_id),
        "detalle": row.detail,
        "fecha": _when(row.at),
    }


def _case(row: Case, names: dict[int, str]) -> dict[str, Any]:
    return {
        "clase": row.kind,
        "id": row.item_id,
        "estado": row.state.value,
        "abierto": _when(row.opened_at),
        "motivo": names.get(row.ground_id or 0),
        "respuesta": row.reply,
        "decidido": _when(row.decided_at),
        "corregido": _when(row.resubmitted_at),
        "apelacion": row.appeal,
        "apelado": _when(row.appealed_at),
        "respuesta_a_la_apelacion": row.appeal_reply,
        "apelacion_decidida": _when(row.appeal_decided_at),
    }


def _when(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
