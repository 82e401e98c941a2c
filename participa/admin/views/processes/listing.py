"""The list of processes, and making a new one."""

import datetime as dt
from typing import Any

from flask import Response, flash, g, request, url_for
from flask_babel import gettext as _

from participa.admin import policy as admin_policy
from participa.admin.shell import blueprint, enter
from participa.admin.typed import Complaints, refuse
from participa.admin.views.home import processes_of
from participa.admin.views.processes.phases import day, free_key
from participa.admin.views.processes.texts import languages
from participa.core import clock
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.i18n import format_date
from participa.core.policy import can
from participa.core.tables import write
from participa.core.web import actor, page, render, see_other
from participa.core.words import normalize
from participa.processes import catalogue, definition, policy, queries, services
from participa.processes.models import ProcessStatus
from participa.processes.presentation import KIND_LABELS, STATE_LABELS
from participa.processes.snapshot import ProcessView

ON_A_PAGE = 50
STATUS_LABELS = {
    ProcessStatus.DRAFT: lambda: _("Borrador"),
    ProcessStatus.PUBLISHED: lambda: _("Publicado"),
    ProcessStatus.ARCHIVED: lambda: _("Archivado"),
}
FAR = dt.datetime.max.replace(tzinfo=dt.UTC)
SORTS = {
    "titulo": lambda each: normalize(str(each.title)),
    "inicio": lambda each: each.start or FAR,
    "fin": lambda each: each.end or FAR,
}


def _wanted() -> dict[str, str]:
    return {
        name: request.args.get(name, "")[:100] for name in ("q", "publicacion", "estado", "orden")
    }


def _found(wanted: dict[str, str]) -> list[ProcessView]:
    at = clock.now()
    words = normalize(wanted["q"]).split()
    found = [
        each
        for each in processes_of(actor())
        if (not wanted["publicacion"] or each.status.value == wanted["publicacion"])
        and (not wanted["estado"] or each.state(at) == wanted["estado"])
        and all(word in normalize(f"{each.title} {each.slug}") for word in words)
    ]
    name, backwards = wanted["orden"].removeprefix("-"), wanted["orden"].startswith("-")
    if name in SORTS:
        found.sort(key=SORTS[name], reverse=backwards)
    return found


@blueprint.get("/procesos")
@page(admin_policy.ENTER)
def processes() -> Any:
    """Show the processes that the person works in, to look for and to sort."""
    enter()
    at = clock.now()
    wanted = _wanted()
    found = _found(wanted)
    start = whole_number(request.args.get("desde")) or 0
    kept: dict[str, Any] = {name: value for name, value in wanted.items() if value}
    order = kept.pop("orden", "")

    def sort(name: str) -> dict[str, Any]:
        turned = f"-{name}" if order == name else name
        direction = {name: "asc", f"-{name}": "desc"}.get(order)
        return {"url": url_for("admin.processes", **kept, orden=turned), "direction": direction}

    def turn(to: int) -> str:
        return url_for("admin.processes", **kept, orden=order or None, desde=to or None)

    return render(
        "admin/processes.html",
        rows=[
            (
                each,
                STATUS_LABELS[each.status](),
                each.state(at),
                STATE_LABELS[each.state(at)],
                each.phases_at(at),
            )
            for each in found[start : start + ON_A_PAGE]
        ],
        wanted=wanted,
        filtered=bool(kept),
        sorts={name: sort(name) for name in SORTS},
        total=len(found),
        statuses=[
            ("", _("Todos")),
            *[(status.value, label()) for status, label in STATUS_LABELS.items()],
        ],
        states=[("", _("Todos")), *[(key, str(label)) for key, label in STATE_LABELS.items()]],
        can_create=can(policy.CREATE, actor(), g.organization, at=at),
        export_url=url_for("admin.processes_csv", **kept, orden=order or None),
        next_url=turn(start + ON_A_PAGE) if len(found) > start + ON_A_PAGE else None,
        prev_url=turn(max(0, start - ON_A_PAGE)) if start else None,
    )


@blueprint.get("/procesos.csv")
@page(admin_policy.ENTER)
def processes_csv() -> Any:
    """Give the list as it is filtered and sorted."""
    enter()
    at = clock.now()
    text = write(
        ("direccion", "titulo", "publicacion", "estado", "inicio", "fin", "fases_abiertas"),
        [
            (
                each.slug,
                str(each.title),
                each.status.value,
                each.state(at),
                format_date(each.start, "yyyy-MM-dd"),
                format_date(each.end and each.end - dt.timedelta(microseconds=1), "yyyy-MM-dd"),
                "; ".join(str(phase.title) for phase in each.phases_at(at)),
            )
            for each in _found(_wanted())
        ],
    )
    return Response(
        "\ufeff" + text,
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=procesos.csv"},
    )


@blueprint.route("/procesos/nuevo", methods=["GET", "POST"])
@page(policy.CREATE)
def new_process() -> Any:
    """Choose a template or none, then give title, address and first day."""
    key = request.values.get("plantilla", "")
    templates = {each.key: each for each in catalogue.catalogue()}
    if key != "vacio" and key not in templates:
        return render(
            "admin/new_process.html", templates=list(templates.values()), kinds=KIND_LABELS
        )
    template = templates.get(key)
    main = languages()[0]
    typed = {name: request.form.get(name, "").strip() for name in ("title", "slug", "start")}
    if request.method == "GET":
        typed["title"] = template.title.text(main) if template else ""
        typed["start"] = clock.now().astimezone(g.organization.zone).date().isoformat()
        return _new_page(key, template, typed)
    problems: list[Problem] = []
    start = first_day(typed["start"], problems) if template else None
    slug = typed["slug"] or free_slug(typed["title"])
    try:
        refuse(problems)
        made = services.create(
            db.session(),
            actor(),
            g.organization,
            _definition(template, typed["title"], slug, start),
            template=template.key if template else None,
        )
    except Invalid as error:
        return _new_page(key, template, typed, error.problems)
    except Conflict as error:
        return _new_page(key, template, typed, [Problem("slug", error.message)])
    flash(_("El proceso quedó creado como borrador: nadie más lo ve todavía."), "ok")
    return see_other(url_for("admin.board", process=made.slug))


def _definition(template: Any, title: str, slug: str, start: dt.date | None) -> Any:
    main = languages()[0]
    if template is None:
        wanted, problems = definition.read({"slug": slug, "title": {main: title}}, g.organization)
        if wanted is None:
            raise Invalid(problems)
        return wanted
    values: dict[str, Any] = {"slug": slug}
    if title != template.title.text(main):
        values["title"] = {main: title}
    return catalogue.from_template(template.key, g.organization, start=start, **values)


def first_day(text: str, problems: list[Problem]) -> dt.date | None:
    """Return the day that was typed, or ``None`` after adding what is wrong with it."""
    try:
        found = dt.date.fromisoformat(day(text))
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2100:  # noqa: PLR2004
        problems.append(Problem("start", _("Escriba el día como 2026-03-12.")))
        return None
    return found


def free_slug(title: str) -> str:
    """Return an address for a title that no process of the organization nor any page has."""
    taken = {each.slug for each in queries.visible(db.session(), drafts_of=None)}
    return free_key(title, taken | definition.RESERVED_SLUGS, "proceso")


def _new_page(key: str, template: Any, typed: dict[str, str], problems: Any = ()) -> Any:
    return render(
        "admin/new_process_form.html",
        422 if problems else 200,
        key=key,
        chosen=template,
        typed=typed,
        complaints=Complaints(problems),
        main=languages()[0],
    )
