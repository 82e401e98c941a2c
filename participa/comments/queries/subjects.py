"""What comments are about: any resource of a component, whatever its room."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from participa.contributions.contract import written
from participa.contributions.models import Standing
from participa.core.errors import Missing
from participa.core.facts import Ref
from participa.core.registry import registry
from participa.processes.snapshot import ComponentView


@dataclass(frozen=True, slots=True)
class Subject:
    """A resource as its comments need to know it."""

    ref: Ref
    stands: bool
    """Whether it is published. Else what was said about it is read, folded, and no more."""
    title: str
    """Empty where it is not published."""
    url: str
    author_id: int | None = None
    """Who wrote it; ``None`` for what the staff publish."""


def kind_at(segment: str) -> str:
    """Return the kind of resource that has a word in addresses. Raises :class:`Missing`."""
    for each in registry.resources():
        if each.segment and each.segment == segment:
            return each.name
    message = f"no kind of resource at {segment!r}"
    raise Missing(message)


def segment_of(kind: str) -> str:
    """Return the word of a kind of resource in addresses. Raises :class:`Missing`."""
    resource = registry.resource(kind)
    if resource is None or not resource.segment:
        message = f"{kind!r} has no address"
        raise Missing(message)
    return resource.segment


def subject(session: Session, component: ComponentView, ref: Ref) -> Subject:
    """Return a resource of a component. Raises :class:`Missing` where no page of it may be read."""
    found = written(session, [ref]).get(ref)
    if found is not None:
        if found.component_id == component.id and found.status is not Standing.WAITING:
            stands = found.status is Standing.PUBLISHED
            return Subject(ref, stands, found.title if stands else "", found.url, found.author_id)
    else:
        card = registry.cards(session, [ref]).get(ref)
        if card is not None and card.component_id == component.id:
            return Subject(ref, stands=True, title=card.title, url=card.url)
    message = f"nothing to comment at {ref}"
    raise Missing(message)
