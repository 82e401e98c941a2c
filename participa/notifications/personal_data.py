"""What this room holds about a person, for their own download."""

from typing import Any

from sqlalchemy.orm import Session

from participa.notifications import queries

DOWNLOADED = 10_000
"""Notifications in a download, the newest."""


def own_notifications(session: Session, person_id: int) -> tuple[str, Any]:
    """What the person follows, how they want to be told, and what they were told."""
    return "avisos", {
        "sigue": [
            {
                "clase": row.subject_kind,
                "id": row.subject_id,
                "desde": row.created_at.isoformat(),
            }
            for row in queries.all_follows(session, person_id)
        ],
        "preferencias": {
            name: how.value for name, how in queries.preferences(session, person_id).items()
        },
        "recibidos": [
            {
                "hecho": row.fact_name,
                "fecha": row.created_at.isoformat(),
                "leido": row.read_at.isoformat() if row.read_at else None,
                "por_correo": row.mailed_at.isoformat() if row.mailed_at else None,
            }
            for row in queries.newest(session, person_id, DOWNLOADED)
        ],
    }
