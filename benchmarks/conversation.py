"""What people say about the proposals of the seeded city."""

import datetime as dt
from collections.abc import Iterator
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.bulk import fill
from participa.comments.models import Comment, CommentCount
from participa.core.db import bound_organization
from participa.core.sanitize import markdown_to_html
from participa.processes.models import Component
from participa.proposals.models import Proposal

SENTENCES = (
    "De acuerdo: en mi cuadra pasa lo mismo y llevamos dos inviernos esperando.",
    "¿Y quién lo va a cuidar después? Eso también hay que decirlo **antes** de empezar.",
    "La junta se reúne el jueves; vengan y lo hablamos con el mapa en la mano.",
)
THREADS = 3
"""Threads of each proposal; the first has an answer."""


def talk(session: Session, component: Component, writers: int) -> None:
    """Add a short conversation to each proposal of a component: three threads, one answered."""
    organization, connection = bound_organization(session), session.connection()
    proposals = connection.execute(
        sa.select(Proposal.id, Proposal.published_at).order_by(Proposal.id)
    ).all()
    bodies = [(each, markdown_to_html(each)) for each in SENTENCES]

    def rows() -> Iterator[dict[str, Any]]:
        ids = count(1)
        for proposal, published_at in proposals:
            opening: int | None = None
            for turn in range(THREADS + 1):
                body, html = bodies[turn % len(bodies)]
                key = next(ids)
                answers = opening if turn == THREADS else None
                opening = opening or key
                yield {
                    "id": key,
                    "organization_id": organization,
                    "subject_kind": "proposal",
                    "subject_id": proposal,
                    "process_id": component.process_id,
                    "component_id": component.id,
                    "author_id": key % writers + 1,
                    "parent_id": answers,
                    "answers_id": answers,
                    "body": body,
                    "body_html": html,
                    "published_at": published_at + dt.timedelta(hours=turn),
                    "useful_count": turn,
                    "reply_count": 1 if opening == key else 0,
                    "submission": f"seed-{key}",
                }

    fill(connection, Comment.__table__, rows())
    fill(
        connection,
        CommentCount.__table__,
        (
            {
                "organization_id": organization,
                "subject_kind": "proposal",
                "subject_id": proposal,
                "published": THREADS + 1,
            }
            for proposal, _published_at in proposals
        ),
    )
