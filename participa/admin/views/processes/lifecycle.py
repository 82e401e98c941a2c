"""Publishing, unpublishing, archiving and duplicating: asked twice, since people notice."""

from dataclasses import replace
from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _

from participa.admin.shell import blueprint
from participa.admin.typed import Complaints, refuse
from participa.admin.views.processes.listing import first_day, free_slug
from participa.admin.views.processes.texts import languages
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.i18n import Localized
from participa.core.policy import authorize
from participa.core.web import actor, page, render, see_other
from participa.processes import changes, policy, services
from participa.processes.models import ProcessStatus
from participa.processes.queries import people_in
from participa.processes.snapshot import ProcessView
from participa.ui.sure import is_sure


@blueprint.route("/procesos/<process>/publicar", methods=["GET", "POST"])
@page(policy.PUBLISH)
def publish() -> Any:
    """Publish, after saying what people will be able to do."""
    if request.method == "POST" and is_sure():
        try:
            services.publish(db.session(), actor(), g.process.id)
        except Invalid as error:
            return _ask_publish([str(each.message) for each in error.problems], 422)
        except Conflict as error:
            return _back(error)
        flash(_("El proceso quedó publicado: ya lo ve todo el mundo."), "ok")
        return see_other(url_for("admin.board"))
    return _ask_publish()


def _ask_publish(problems: Any = (), status: int = 200) -> Any:
    process = replace_status(g.process, ProcessStatus.PUBLISHED)
    now = clock.now()
    opened = [
        _("%(component)s: %(what)s", component=component.title, what=capability.label)
        for component in process.components
        for capability in component.type.capabilities
        if component.rule(capability.name, now).state.is_open
    ]
    sentence = (
        _("Todo el mundo podrá verlo y desde ya estará abierto:")
        if opened
        else _("Todo el mundo podrá verlo. Por ahora nada está abierto: se abrirá en sus fechas.")
    )
    return render(
        "admin/ask.html",
        status,
        process=process,
        title=_("¿Publicar «%(title)s»?", title=process.title),
        sentence=sentence,
        items=opened,
        ok=_("Sí, publicar"),
        action_url=url_for("admin.publish"),
        problems=problems,
        complaints=Complaints(),
        reason=None,
    )


@blueprint.route("/procesos/<process>/despublicar", methods=["GET", "POST"])
@page(policy.PUBLISH)
def unpublish() -> Any:
    """Take the process back to draft, with a reason."""
    reason = request.form.get("reason", "")
    problems: Any = ()
    if request.method == "POST":
        try:
            services.unpublish(db.session(), actor(), g.process.id, reason=reason)
        except Invalid as error:
            problems = error.problems
        except Conflict as error:
            return _back(error)
        else:
            flash(_("El proceso volvió a ser un borrador."), "ok")
            return see_other(url_for("admin.board"))
    return render(
        "admin/ask.html",
        422 if problems else 200,
        process=g.process,
        title=_("¿Despublicar «%(title)s»?", title=g.process.title),
        sentence=_(
            "Desaparecerá de las listas y sus enlaces dejarán de abrir."
            " Lo que la gente escribió se conserva."
        ),
        items=[],
        ok=_("Sí, despublicar"),
        action_url=url_for("admin.unpublish"),
        problems=(),
        complaints=Complaints(problems),
        reason=reason,
    )


@blueprint.route("/procesos/<process>/archivar", methods=["GET", "POST"])
@page(policy.PUBLISH)
def archive() -> Any:
    """Close the process for good, after asking."""
    if request.method == "POST" and is_sure():
        try:
            services.archive(db.session(), actor(), g.process.id)
        except Conflict as error:
            return _back(error)
        flash(_("El proceso quedó archivado: se puede leer y nada en él está abierto."), "ok")
        return see_other(url_for("admin.board"))
    after = replace_status(g.process, ProcessStatus.ARCHIVED)
    found = changes.consequences(g.process, after, clock.now(), people_in(db.session(), g.process))
    return render(
        "admin/ask.html",
        process=g.process,
        title=_("¿Archivar «%(title)s»?", title=g.process.title),
        sentence=_("Se podrá leer siempre, y nada en él estará abierto."),
        items=[each.sentence for each in found],
        ok=_("Sí, archivar"),
        action_url=url_for("admin.archive"),
        problems=(),
        complaints=Complaints(),
        reason=None,
    )


def replace_status(process: ProcessView, status: ProcessStatus) -> ProcessView:
    """Return the process as it would be with another status."""
    copy = replace(process, status=status)
    copy.__dict__["components"] = tuple(replace(each, process=copy) for each in process.components)
    return copy


def _back(error: Conflict) -> Any:
    flash(error.message, "warn")
    return see_other(url_for("admin.board"))


@blueprint.route("/procesos/<process>/duplicar", methods=["GET", "POST"])
@page(policy.EDIT)
def duplicate() -> Any:
    """Make a draft like this process, on other dates."""
    authorize(policy.CREATE, actor(), g.organization, at=clock.now())
    process: ProcessView = g.process
    main = languages()[0]
    zone = g.organization.zone
    first = process.start.astimezone(zone).date() if process.start else None
    typed = {name: request.form.get(name, "").strip() for name in ("title", "slug", "start")}
    if request.method == "GET":
        typed["title"] = _("Copia de %(title)s", title=process.title.text(main))
        typed["start"] = clock.now().astimezone(zone).date().isoformat() if first else ""
        return _duplicate_page(typed)
    problems: list[Problem] = []
    start = first_day(typed["start"], problems) if first else None
    if not typed["title"]:
        problems.append(Problem("title", _("Póngale un título.")))
    try:
        refuse(problems)
        made = services.duplicate(
            db.session(),
            actor(),
            process.id,
            slug=typed["slug"] or free_slug(typed["title"]),
            title=Localized({main: typed["title"]}),
            shift_days=(start - first).days if start and first else 0,
        )
    except Invalid as error:
        return _duplicate_page(typed, error.problems)
    except Conflict as error:
        return _duplicate_page(typed, [Problem("slug", error.message)])
    flash(_("La copia quedó como borrador."), "ok")
    return see_other(url_for("admin.board", process=made.slug))


def _duplicate_page(typed: dict[str, str], problems: Any = ()) -> Any:
    return render(
        "admin/duplicate.html",
        422 if problems else 200,
        process=g.process,
        typed=typed,
        complaints=Complaints(problems),
    )
