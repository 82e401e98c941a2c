"""Writing: to comment, to answer, to correct, to delete, and to say that a comment is useful."""

from typing import Any

from flask import flash, g, request, session, url_for
from flask_babel import gettext as _

from participa.accounts.kept_forms import kept_fields
from participa.comments import policy
from participa.comments.forms import CommentForm, DeleteForm
from participa.comments.queries import items
from participa.comments.services import votes, writing
from participa.comments.views import ABOUT, PREFIX, blueprint
from participa.comments.views.conversation import SENT_KEY, draft_key, reader
from participa.comments.views.reading import comment_at, place_of, subject_at, subject_of
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Invalid
from participa.core.limits import limiter
from participa.core.policy import Denied, authorize
from participa.core.web import actor, is_partial, page, render, safe_target, see_other
from participa.ui.forms import as_sent

NAMES = 12
"""Participants whom the form offers to name."""


@blueprint.route(f"{ABOUT}/nuevo", methods=["GET", "POST"])
@page(policy.CREATE)
@limiter.limit("60/hour", methods=["POST"])
def create(subject_kind: str, subject_id: int) -> Any:
    """Comment on a resource. The form is on its page; what is to be looked at again, here."""
    subject = subject_at(subject_kind, subject_id)
    facing = policy.Facing(subject_stands=subject.stands)
    authorize(policy.CREATE, actor(), g.component, facing, at=clock.now())
    form = CommentForm(kept_fields(request.path)).prepare(g.component, asks_position=True)
    shown: dict[str, Any] = {
        "heading": _("Comentar"),
        "subject": subject,
        "draft": draft_key(subject.ref.kind, subject_id),
        "cancel_url": subject.url,
    }
    if not form.is_submitted():
        return _form_page(form, shown)
    try:
        made = writing.create(
            db.session(), actor(), g.component, subject.ref, _draft(form), _key(form)
        )
    except Invalid as error:
        return _form_page(form, shown, error)
    _say_sent(made, shown["draft"])
    return see_other(f"{subject.url}#comentario-{made}")


@blueprint.route(f"{PREFIX}/<int:comment>/responder", methods=["GET", "POST"])
@page(policy.REPLY)
@limiter.limit("60/hour", methods=["POST"])
def reply(comment: int) -> Any:
    """Answer a comment; an answer to an answer names whom it answers."""
    row = comment_at(comment)
    authorize(policy.REPLY, actor(), g.component, writing.facing_of(row), at=clock.now())
    opening = row.parent_id or row.id
    name = f"@{row.author} " if row.parent_id and row.author and not _is_own(row) else ""
    form = CommentForm(kept_fields(), data={"body": name}).prepare(g.component, asks_position=False)
    names = items.participants(db.session(), opening, NAMES + 1)
    shown: dict[str, Any] = {
        "heading": _("Responder"),
        "subject": subject_of(row),
        "answered": row,
        "names": [each for key, each in names.items() if key != actor().person_id][:NAMES],
        "draft": f"respuesta-{comment}",
        "cancel_url": place_of(row.id, row.parent_id),
    }
    if not form.is_submitted():
        return _form_page(form, shown)
    try:
        made = writing.reply(db.session(), actor(), g.component, comment, _draft(form), _key(form))
    except Invalid as error:
        return _form_page(form, shown, error)
    _say_sent(made, shown["draft"])
    return see_other(place_of(made, opening))


@blueprint.route(f"{PREFIX}/<int:comment>/corregir", methods=["GET", "POST"])
@page(policy.EDIT)
def edit(comment: int) -> Any:
    """Correct one's own comment, for some minutes."""
    row = comment_at(comment)
    authorize(policy.EDIT, actor(), g.component, writing.facing_of(row), at=clock.now())
    form = CommentForm(kept_fields(), data={"body": row.body, "position": row.position}).prepare(
        g.component, asks_position=row.parent_id is None
    )
    shown: dict[str, Any] = {
        "heading": _("Corregir el comentario"),
        "subject": subject_of(row),
        "until": writing.editable_until(row, g.component),
        "draft": f"comentario-{comment}",
        "cancel_url": place_of(row.id, row.parent_id),
    }
    if not form.is_submitted():
        return _form_page(form, shown)
    try:
        writing.edit(db.session(), actor(), g.component, comment, _draft(form))
    except Invalid as error:
        return _form_page(form, shown, error)
    _say_sent(comment, shown["draft"], _("Quedó corregido."))
    return see_other(shown["cancel_url"])


@blueprint.route(f"{PREFIX}/<int:comment>/borrar", methods=["GET", "POST"])
@page(policy.DELETE)
def delete(comment: int) -> Any:
    """Delete one's own comment, after saying what that does."""
    row = comment_at(comment)
    authorize(policy.DELETE, actor(), g.component, writing.facing_of(row), at=clock.now())
    form = DeleteForm()
    back = place_of(row.id, row.parent_id)
    if form.is_submitted():
        writing.delete(db.session(), actor(), g.component, comment)
        flash(_("Borró su comentario."), "success")
        return see_other(back)
    return render(
        "comments/delete.html",
        form=form,
        comment=row,
        subject=subject_of(row),
        cancel_url=back,
        component=g.component,
        process=g.process,
    )


@blueprint.post(f"{PREFIX}/<int:comment>/util")
@page(policy.UNVOTE)  # which also somebody holds whom moderation suspended; the service asks again
@limiter.limit("120/minute")
def vote(comment: int) -> Any:
    """Say that a comment is useful (``on=1``) or take that back (``on=0``)."""
    useful = request.form.get("on") != "0"
    call = votes.vote if useful else votes.unvote
    row = comment_at(comment)
    try:
        count = call(db.session(), actor(), g.component, comment)
    except Denied as error:
        if error.denial.key not in {policy.NOT_VOTED.name, policy.VOTED.name}:
            raise
        # Pressed twice, or from a second window: what was wanted already holds.
        count = row.useful_count
    back = safe_target(request.form.get("volver"), place_of(row.id, row.parent_id))
    if is_partial():
        return render(
            "comments/vote.html",
            url=url_for("comments.vote", comment=comment),
            comment=row,
            count=count,
            voted=useful,
            back=back,
        )
    return see_other(back)


def _is_own(row: Any) -> bool:
    return bool(row.author_id == actor().person_id)


def _draft(form: CommentForm) -> writing.Draft:
    locale = actor().locale
    return writing.Draft(
        body=form.body.data or "",
        position=form.chosen_position(),
        language=locale if locale in g.organization.locales else g.organization.locale,
        acknowledged=form.acknowledged.data,
    )


def _key(form: CommentForm) -> str:
    return as_sent(form.submission)


def _say_sent(comment: int, draft: str, done: str = "") -> None:
    """Tell the author what became of the words: published, or read by a moderator first."""
    session[SENT_KEY] = draft
    row = items.detail(db.session(), reader(), g.component.id, comment)
    if row.status is Standing.WAITING:
        flash(
            _(
                "Recibimos su comentario. La moderación lo lee antes de publicarlo: "
                "por ahora solo lo ve usted."
            ),
            "info",
        )
    else:
        flash(done or _("Su comentario ya está publicado."), "success")


def _form_page(form: CommentForm, shown: dict[str, Any], error: Invalid | None = None) -> Any:
    if error is not None:
        form.explain(error)
    return render(
        "comments/form.html",
        200 if error is None else 422,
        form=form,
        component=g.component,
        process=g.process,
        closes_at=g.component.closes_at("comment", clock.moment()),
        **shown,
    )
