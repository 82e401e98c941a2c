"""Pages of people's own notifications, and the follow button of any resource."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, g, request, url_for
from flask_babel import gettext as _

from participa.core import templates
from participa.core.db import db
from participa.core.errors import Missing
from participa.core.facts import Ref
from participa.core.limits import limiter
from participa.core.origin import any_origin
from participa.core.registry import registry
from participa.core.web import (
    actor,
    is_partial,
    page,
    render,
    request_app,
    safe_target,
    see_other,
)
from participa.notifications import forms, policy, queries, stop_links, stories
from participa.notifications.models import ANY_KIND
from participa.notifications.services import follows
from participa.notifications.services import inbox as inbox_services
from participa.notifications.services import preferences as preference_services

blueprint = Blueprint("notifications", __name__, template_folder="templates")

LARGEST_ID = 2**63


def _me() -> int:
    return actor().person_id or 0


# --- what templates of other rooms use ----------------------------------------------------------


def unread_count() -> int:
    """Return how many notifications the reader has not read (at most 100). Asks once a page."""
    if "unread_notifications" not in g:
        someone = g.get("actor")
        signed_in = someone is not None and someone.is_signed_in
        g.unread_notifications = queries.unread(db.session(), _me()) if signed_in else 0
    return int(g.unread_notifications)


def follow_button(kind: str, id: int, following: bool | None = None) -> Any:  # noqa: FBT001
    """Return the button that follows a resource. Without ``following``, asks the database."""
    ref = Ref(kind, id)
    if following is None:
        someone = g.get("actor")
        person_id = someone.person_id if someone is not None else None
        following = ref in queries.following(db.session(), person_id, [ref])
    template: Any = templates.template(request_app(), "notifications/follow.html")
    return template.module.follow_button(kind, id, following)


# --- following ----------------------------------------------------------------------------------


def _answer_follow(ref: Ref, *, following: bool, url: str) -> Any:
    if is_partial():
        return render("notifications/follow_answer.html", ref=ref, following=following)
    return see_other(safe_target(request.form.get("volver"), url))


@blueprint.post("/seguir/<kind>/<int(max=2147483647):id>")
@limiter.limit("120/minute")
@page(policy.FOLLOW)
def follow(kind: str, id: int) -> Any:
    """Follow any resource."""
    card = follows.follow(db.session(), actor(), g.organization, Ref(kind, id))
    if not is_partial():
        flash(_("Listo: le avisaremos de las novedades de «%(title)s».", title=card.title), "ok")
    return _answer_follow(card.ref, following=True, url=card.url)


@blueprint.post("/dejar-de-seguir/<kind>/<int(max=2147483647):id>")
@limiter.limit("120/minute")
@page(policy.FOLLOW)
def unfollow(kind: str, id: int) -> Any:
    """Stop following."""
    ref = Ref(kind, id)
    follows.unfollow(db.session(), actor(), g.organization, ref)
    if not is_partial():
        flash(_("Ya no sigue esto."), "ok")
    return _answer_follow(ref, following=False, url=url_for("notifications.followed"))


@blueprint.get("/avisos/siguiendo")
@page(policy.READ)
def followed() -> Any:
    """What the person follows."""
    session = db.session()
    found = queries.follows_of(session, _me(), request.args.get("desde"))
    refs = {row.id: Ref(row.subject_kind, row.subject_id) for row in found.rows}
    cards = queries.cards(session, refs.values())
    return render(
        "notifications/followed.html",
        rows=[
            {
                "ref": refs[row.id],
                "card": cards.get(refs[row.id]),
                "kind": getattr(registry.resource(row.subject_kind), "label", ""),
                "since": row.created_at,
            }
            for row in found.rows
        ],
        pages=found,
        here=request.full_path.rstrip("?"),
    )


# --- the inbox ----------------------------------------------------------------------------------


@blueprint.get("/avisos")
@page(policy.READ)
def inbox() -> Any:
    """What the person was told, newest first."""
    session = db.session()
    places = queries.processes_in_inbox(session, _me())
    wanted = request.args.get("proceso", "")
    place = next((each for each in places if each.slug == wanted), None)
    found = queries.inbox(
        session,
        _me(),
        process_id=place.id if place else None,
        cursor=request.args.get("desde"),
    )
    context = queries.context(session, [fact for _row, fact in found.rows])
    return render(
        "notifications/inbox.html",
        items=[
            {"row": row, "story": stories.tell(fact, context, g.organization.name)}
            for row, fact in found.rows
        ],
        pages=found,
        options=[("", _("Todos")), *((each.slug, each.title) for each in places)],
        place=place,
        unread=unread_count(),
        here=request.full_path.rstrip("?"),
    )


@blueprint.post("/avisos/<int(max=9223372036854775807):id>/leido")
@page(policy.READ)
def mark_read(id: int) -> Any:
    """Mark one notification as read; ``ver`` also goes to what it is about."""
    session = db.session()
    row = inbox_services.mark_read(session, actor(), g.organization, id)
    back = safe_target(request.form.get("volver"), url_for("notifications.inbox"))
    if "ver" not in request.form:
        return see_other(back)
    fact = queries.fact_rows(session, [row.fact_id])[row.fact_id]
    context = queries.context(session, [fact])
    return see_other(stories.tell(fact, context, g.organization.name).url or back)


@blueprint.post("/avisos/leidos")
@page(policy.READ)
def mark_all_read() -> Any:
    """Mark as read all that the page showed or that is older."""
    newest = request.form.get("hasta", type=int)
    if newest is None or not 0 < newest < LARGEST_ID:
        abort(400)
    inbox_services.mark_all_read(db.session(), actor(), g.organization, newest)
    return see_other(url_for("notifications.inbox"))


# --- preferences --------------------------------------------------------------------------------


@blueprint.route("/avisos/preferencias", methods=["GET", "POST"])
@page(policy.CHOOSE)
def preferences() -> Any:
    """How the person wants to be told of each kind of fact."""
    session = db.session()
    told = [
        (room, kinds)
        for room in registry.rooms()
        if (kinds := [kind for kind in room.facts if kind.TELLS])
    ]
    kept = queries.preferences(session, _me())
    present = {kind.NAME: queries.effective(kept, kind) for kind in queries.told_kinds()}
    form = forms.preferences_form(told)(
        data=forms.shown(told, present) | {"mail_consent": queries.consents_to_mail(session, _me())}
    )
    if form.validate_on_submit():
        preference_services.choose(
            session,
            actor(),
            g.organization,
            forms.chosen(form, told, present),
            mail_consent=form["mail_consent"].data,
        )
        flash(_("Guardamos sus preferencias."), "ok")
        return see_other(url_for("notifications.preferences"))
    groups = [
        (
            room.label or forms.OTHERS,
            form[forms.group_name(room)],
            [form[forms.field_name(kind)] for kind in kinds],
        )
        for room, kinds in told
    ]
    return render(
        "notifications/preferences.html",
        422 if request.method == "POST" else 200,
        form=form,
        groups=groups,
        confirmed=actor().email_confirmed,
    )


@blueprint.post("/avisos/parar")
@page(policy.CHOOSE)
def stop_all() -> Any:
    """Stop every mail of the person who is signed in."""
    preference_services.stop(db.session(), g.organization, _me(), ANY_KIND)
    flash(_("Listo: no le enviaremos más correos de avisos. Los verá aquí, en el sitio."), "ok")
    return see_other(url_for("notifications.preferences"))


# --- the link that each mail carries ------------------------------------------------------------


def _stop_token(token: str) -> tuple[int, str]:
    found = stop_links.read(current_app.config["SECRET_KEY"], token)
    if found is None:
        message = "not a stop link of ours"
        raise Missing(message)
    return found


# The signed token is the proof: mail programs post here by themselves (RFC 8058), with no page of
# ours before them.
@blueprint.post("/avisos/parar/<token>")
@any_origin
@page(policy.STOP)
def stop_now(token: str) -> Any:
    """Stop what the mail's link names, or everything, with one click and without an account."""
    person_id, fact_name = _stop_token(token)
    everything = "todo" in request.form
    preference_services.stop(
        db.session(), g.organization, person_id, ANY_KIND if everything else fact_name
    )
    if "List-Unsubscribe" in request.form:
        # A mail program does not follow redirects (RFC 8058, section 3.1).
        return render("notifications/stop.html", **_stopping(token, fact_name, done=fact_name))
    done = "todo" if everything or fact_name == ANY_KIND else "clase"
    return see_other(url_for("notifications.stop", token=token, listo=done))


@blueprint.get("/avisos/parar/<token>")
@page(policy.STOP)
def stop(token: str) -> Any:
    """Ask before stopping: opening a link must not change anything, since programs open links."""
    _person_id, fact_name = _stop_token(token)
    done = {"todo": ANY_KIND, "clase": fact_name}.get(request.args.get("listo", ""))
    return render("notifications/stop.html", **_stopping(token, fact_name, done=done))


def _stopping(token: str, fact_name: str, *, done: str | None) -> dict[str, Any]:
    kind = registry.fact(fact_name)
    return {
        "token": token,
        "label": kind.LABEL if kind is not None else "",
        "done": done,
        "all_kinds": ANY_KIND,
    }
