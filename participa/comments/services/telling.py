"""Telling those whom a published comment concerns: who is commented, answered or named."""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from participa.accounts.models import folded
from participa.comments import events
from participa.comments.models import Comment
from participa.comments.queries import items, subjects
from participa.core.errors import Missing
from participa.core.facts import Ref
from participa.core.policy import Actor
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

MOST_MENTIONS = 5
"""People whom one comment can call by name."""


def published(session: Session, component: ComponentView, row: Comment) -> None:
    """Record that a comment is published, and so who is told: once, when it first is."""
    author, ref = Actor(row.organization_id, row.author_id), Ref(row.subject_kind, row.subject_id)
    try:
        subject = subjects.subject(session, component, ref)
    except Missing:  # what it is about waits for moderation itself: there is nothing to lead to
        return
    place = (subject.title, row.id, component.process.slug, component.key)
    if row.parent_id is None:
        authors = [subject.author_id] if subject.author_id is not None else []
        comment = events.CommentPublished(*place, authors)
        record_in(session, author, component, comment, subject=ref)
        return
    answered = items.authors(session, [row.parent_id, row.answers_id or row.parent_id])
    reply = events.CommentReplied(*place, answered)
    record_in(session, author, component, reply, subject=ref)
    if "@" in row.body:
        named = mentioned(row.body, items.participants(session, row.parent_id))
        others = [each for each in named if each not in answered and each != row.author_id]
        if others:
            mention = events.CommentMentioned(*place, others)
            record_in(session, author, component, mention, subject=ref)


def mentioned(text: str, people: Mapping[int, str]) -> Sequence[int]:
    """Return which of ``people`` a text names, as "@" and the whole name, accents or not.

    The longest names are looked for first, so that "@Ana María" does not also call Ana; of two
    people with the same name both are meant.
    """
    left, found = folded(text), []
    by_name: dict[str, list[int]] = {}
    for person, name in people.items():
        by_name.setdefault(folded(name), []).append(person)
    for name in sorted(by_name, key=len, reverse=True):
        left, times = re.subn(rf"@{re.escape(name)}(?!\w)", " ", left)
        if times:
            found += by_name[name]
    return found[:MOST_MENTIONS]
