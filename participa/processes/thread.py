"""The thread of a resource: where it came from and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core.facts import Ref
from participa.core.registry import Card, registry
from participa.processes import queries
from participa.processes.models import LinkKind, ResourceLink

FORWARD: Mapping[LinkKind, Any] = {
    LinkKind.DERIVES_FROM: _l("Nace de"),
    LinkKind.ANSWERS: _l("Responde a"),
    LinkKind.FUNDS: _l("Financia"),
    LinkKind.TESTS: _l("Pone a prueba"),
    LinkKind.REPORTS_ON: _l("Da cuenta de"),
}
BACKWARD: Mapping[LinkKind, Any] = {
    LinkKind.DERIVES_FROM: _l("Dio lugar a"),
    LinkKind.ANSWERS: _l("Tiene respuesta en"),
    LinkKind.FUNDS: _l("Se financia con"),
    LinkKind.TESTS: _l("Se pone a prueba en"),
    LinkKind.REPORTS_ON: _l("Se da cuenta en"),
}


_LINK = ResourceLink.__table__.c


@dataclass(frozen=True, slots=True)
class Tie:
    """One link of the thread, as the resource at hand sees it."""

    label: Any
    card: Card


def is_linked(kind: str, id_column: Any) -> sa.ColumnElement[bool]:
    """Return whether a resource has links: asked with it, mostly spares a statement."""
    outward = sa.exists().where(_LINK.source_kind == kind, _LINK.source_id == id_column)
    inward = sa.exists().where(_LINK.target_kind == kind, _LINK.target_id == id_column)
    return sa.or_(outward, inward)


def thread(session: Session, ref: Ref) -> list[Tie]:
    """Return what a resource is linked to; what can no longer be seen is left out."""
    ends: list[tuple[Any, Ref]] = []
    for link in queries.links_of(session, ref):
        source = Ref(link.source_kind, link.source_id)
        target = Ref(link.target_kind, link.target_id)
        ends.append(
            (FORWARD[link.kind], target) if source == ref else (BACKWARD[link.kind], source)
        )
    cards = registry.cards(session, [end for _label, end in ends])
    return [Tie(label, cards[end]) for label, end in ends if end in cards]
