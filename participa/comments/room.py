"""What this room adds to the product."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import personal_data
from participa.comments import events, policy
from participa.comments.moderation import MODERATION, TITLE, url
from participa.comments.queries import items
from participa.comments.views import blueprint, reading, writing
from participa.comments.views.conversation import comments_section
from participa.contributions.texts import excerpt
from participa.core.facts import Ref
from participa.core.registry import Card, ResourceType, Room
from participa.processes import queries as processes


def _cards(session: Session, comment_ids: Sequence[int]) -> Mapping[int, Card]:
    rows = items.published_by_ids(session, comment_ids)
    places = processes.components(session, {row.component_id for row in rows}, public=True)
    return {
        row.id: Card(
            Ref("comment", row.id),
            excerpt(row.body, TITLE) or "…",
            url(row.id, place),
            COMMENT.label,
            excerpt(row.body),
            row.language,
            place.process.id,
            place.id,
        )
        for row in rows
        if (place := places.get(row.component_id)) is not None
    }


COMMENT = ResourceType("comment", _l("Comentario"), _cards, MODERATION)


def _of_person(session: Session, person_id: int) -> tuple[str, Any]:
    """What is held of a person here, for their own download."""
    return "comentarios", {
        "escritos": [
            {
                "id": row.id,
                "sobre": {"clase": row.subject_kind, "id": row.subject_id},
                "responde_a": row.answers_id,
                "posicion": row.position.value if row.position else None,
                "texto": row.body,
                "estado": row.status.value,
                "enviado": row.published_at.isoformat(),
                "corregido": row.edited_at.isoformat() if row.edited_at else None,
                "borrado": row.deleted_at.isoformat() if row.deleted_at else None,
            }
            for row in items.written_by(session, person_id)
        ],
        "utiles": items.useful_to(session, person_id),
    }


def _init(app: Flask) -> None:
    personal_data.add_source(_of_person)
    app.jinja_env.globals["comments_section"] = comments_section


ROOM = Room(
    name="comments",
    label=_l("Comentarios"),
    actions=policy.ACTIONS,
    facts=events.FACTS,
    resources=(COMMENT,),
    blueprints=(blueprint,),
    init=_init,
)

__all__ = ["ROOM", "reading", "writing"]
