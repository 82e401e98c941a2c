"""Facts as their readers see them: a sentence, a link, and where it happened."""

import datetime as dt
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from participa.core import events
from participa.core.facts import FactRow, Ref
from participa.core.registry import registry
from participa.notifications.queries import Context
from participa.processes.snapshot import ProcessView


@dataclass(frozen=True, slots=True)
class Story:
    """One fact, told in the reader's language."""

    name: str
    """Of the kind of fact."""
    sentence: str
    label: str
    at: dt.datetime
    url: str | None
    """A path of this site; ``None`` when nothing that may be shown is left of it."""
    process: ProcessView | None
    place: str
    """Title of the process, unless the fact is about the process itself."""


def tell(fact: FactRow, context: Context, organization_name: str) -> Story:
    """Put a fact in words. What it quotes are the titles of today, or none once removed."""
    kind = registry.fact(fact.name)
    subject = fact.subject
    card = context.cards.get(subject) if subject is not None else None
    process = context.processes.get(fact.process_id) if fact.process_id is not None else None
    if card is None and process is not None:
        card = context.cards.get(Ref("process", process.id))
    return Story(
        fact.name,
        events.sentence(
            kind, fact, _actor(fact, context, organization_name), titles=context.titles
        ),
        str(kind.LABEL) if kind is not None else "",
        fact.at,
        _url(fact, kind) or (card.url if card is not None else None),
        process,
        str(process.title) if process and subject != Ref("process", process.id) else "",
    )


def _url(fact: FactRow, kind: type[events.Fact] | None) -> str | None:
    """Return the address of the page that the kind names; none for a fact of before it did."""
    endpoint, *names = kind.PAGE if kind is not None and kind.PAGE else ("",)
    if not endpoint or any(name not in fact.data for name in names):
        return None
    return url_for(endpoint, **{name: fact.data[name] for name in names})


def _actor(fact: FactRow, context: Context, organization_name: str) -> str:
    if fact.actor_id is None:
        return organization_name
    return context.names.get(fact.actor_id) or _("Una persona")
