"""Writing comments: to comment, to answer, to correct and to delete one's own."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.queries import people
from participa.comments import events, policy
from participa.comments.models import Comment, Position
from participa.comments.queries import items, subjects
from participa.comments.queries.lists import Reader
from participa.comments.services import counters, telling
from participa.contributions import services as contributions
from participa.contributions import texts
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.errors import Invalid
from participa.core.facts import Ref
from participa.core.policy import SIGN_IN, Action, Actor, Denied, authorize
from participa.core.sanitize import VERSION, markdown_to_html, normalize
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

SHORTEST = 2
"""Characters."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote."""

    body: str
    position: Position | None = None
    language: str = "es"
    acknowledged: bool = False
    """Whether the author saw the warnings about the words, and sends them all the same."""

    @property
    def words(self) -> dict[str, str]:
        """What is screened, by field."""
        return {"body": self.body}


def create(
    session: Session,
    actor: Actor,
    component: ComponentView,
    ref: Ref,
    draft: Draft,
    submission: str,
) -> int:
    """Publish a comment on a resource and return its id; the same ``submission`` twice makes one.

    Where the phase asks for it, it waits until a moderator has read it. Raises :class:`Denied` when
    commenting is not open to the actor, ``Missing`` for what cannot be commented, :class:`Invalid`
    with a sentence, its subclass ``Warned`` for words that the author should look at again.
    """
    people.hold(session, actor.person_id)
    subject = subjects.subject(session, component, ref)
    facing = policy.Facing(subject_stands=subject.stands)
    return _write(session, actor, component, (policy.CREATE, facing), draft, submission, ref)


def reply(
    session: Session,
    actor: Actor,
    component: ComponentView,
    comment_id: int,
    draft: Draft,
    submission: str,
) -> int:
    """Answer a comment and return the answer's id; an answer to an answer joins the same thread.

    Raises as :func:`create`.
    """
    people.hold(session, actor.person_id)
    answered = items.detail(session, _reader(actor), component.id, comment_id)
    opening = items.for_update(session, component.id, answered.parent_id or answered.id)
    ref = Ref(answered.subject_kind, answered.subject_id)
    facing = replace(
        facing_of(answered),
        subject_stands=subjects.subject(session, component, ref).stands,
        thread_stands=opening.status is Standing.PUBLISHED,
    )
    return _write(
        session,
        actor,
        component,
        (policy.REPLY, facing),
        replace(draft, position=None),
        submission,
        ref,
        parent_id=opening.id,
        answers_id=answered.id,
    )


def _write(
    session: Session,
    actor: Actor,
    component: ComponentView,
    asked: tuple[Action, policy.Facing],
    draft: Draft,
    submission: str,
    ref: Ref,
    **thread: int,
) -> int:
    action, facing = asked
    at = clock.now()
    authorize(action, actor, component, facing, at=at)
    if actor.person_id is None:
        raise Denied(SIGN_IN)
    about = f"{ref.kind}:{ref.id}:{sorted(thread.items())}"
    keys = texts.submission_keys(submission, at, about, draft.body)
    before = items.submitted(session, actor.person_id, keys)
    if before is not None:
        return before
    draft = checked(draft, component)
    screened = contributions.screen(
        session, actor, component, draft.words, at, acknowledged=draft.acknowledged
    )
    row = Comment(
        subject_kind=ref.kind,
        subject_id=ref.id,
        process_id=component.process.id,
        component_id=component.id,
        author_id=actor.person_id,
        status=screened.status,
        published_at=at,
        submission=keys[0],
        language=draft.language,
        **thread,
    )
    fill(row, draft)
    session.add(row)
    is_published = row.status is Standing.PUBLISHED
    counters.change(session, row, 1 if is_published else 0)
    own = Ref("comment", row.id)
    if is_published:
        telling.published(session, component, row)
    else:
        record_in(session, actor, component, events.CommentSubmitted(), subject=own)
    contributions.enter(session, actor, component, own, screened, at)
    return row.id


def edit(
    session: Session, actor: Actor, component: ComponentView, comment_id: int, draft: Draft
) -> None:
    """Correct one's own comment within the window. Raises as :func:`create`."""
    row = items.for_update(session, component.id, comment_id)
    at = clock.now()
    authorize(policy.EDIT, actor, component, facing_of(row), at=at)
    if row.parent_id is not None:
        draft = replace(draft, position=None)
    draft = checked(draft, component)
    screened = contributions.screen(
        session, actor, component, draft.words, at, acknowledged=draft.acknowledged, is_new=False
    )
    moves = row.status is Standing.PUBLISHED and row.position is not draft.position
    if moves:
        counters.change(session, row, -1)
    fill(row, draft)
    row.edited_at = at
    if moves:
        counters.change(session, row, 1)
    session.flush()
    ref = Ref("comment", row.id)
    if screened.status is Standing.WAITING and row.status is Standing.PUBLISHED:
        contributions.stand(session, ref, Standing.WAITING, at)
    contributions.question(session, actor, component, ref, screened)
    record_in(session, actor, component, events.CommentEdited(), subject=ref)


def delete(session: Session, actor: Actor, component: ComponentView, comment_id: int) -> None:
    """Delete one's own comment: a line stays in its place, and so do the answers to it."""
    row = items.for_update(session, component.id, comment_id)
    at = clock.now()
    authorize(policy.DELETE, actor, component, facing_of(row), at=at)
    if row.status is Standing.PUBLISHED:
        counters.change(session, row, -1)
    row.status = Standing.WITHDRAWN
    row.under_review = False
    row.deleted_at = at
    ref = Ref("comment", row.id)
    contributions.note(session, ref, Standing.WITHDRAWN)
    record_in(session, actor, component, events.CommentDeleted(), subject=ref)


def checked(draft: Draft, component: ComponentView) -> Draft:
    """Return a draft as it is kept. Raises :class:`Invalid` with a sentence."""
    body = normalize(draft.body)
    problems = texts.problems(
        "body",
        body,
        SHORTEST,
        component.settings.comment_length,
        missing=_l("Escriba su comentario."),
    )
    if problems:
        raise Invalid(problems)
    position = draft.position if component.settings.comment_positions else None
    return replace(draft, body=body, position=position)


def fill(row: Comment, draft: Draft) -> None:
    """Put a checked draft into a row, with its safe HTML."""
    row.body = draft.body
    row.body_html = markdown_to_html(draft.body)
    row.body_html_version = VERSION
    row.position = draft.position


def facing_of(row: Any) -> policy.Facing:
    """Return a comment's row as the policy looks at it; ``voted`` where the row says so."""
    return policy.Facing(
        author_id=row.author_id,
        status=Standing(row.status),
        published_at=row.published_at,
        voted=bool(getattr(row, "voted", False)),
        thread_stands=getattr(row, "thread_status", Standing.PUBLISHED) == Standing.PUBLISHED
        or getattr(row, "parent_id", None) is None,
    )


def editable_until(row: Any, component: ComponentView) -> dt.datetime:
    """Return when the window for correcting a comment ends."""
    sent: dt.datetime = row.published_at
    return sent + policy.edit_window(component)


def _reader(actor: Actor) -> Reader:
    return Reader(actor.organization_id, actor.person_id or 0)
