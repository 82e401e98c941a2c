"""The entity's own data."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask import flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from participa.accounts.queries import staff
from participa.admin import opened, zones
from participa.admin.forms import EntityForm, as_document, entity_form, opened_entity
from participa.admin.shell import blueprint
from participa.core.db import db
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.i18n import Localized
from participa.core.web import actor, page, render, see_other
from participa.organizations import colours, policy, queries
from participa.organizations.services import entity as services
from participa.organizations.services.entity import Entity
from participa.processes.changes import Clash, merged
from participa.ui.forms import explain


@blueprint.get("/entidad")
@page(policy.EDIT)
def entity() -> Any:
    """Show the entity's data in a form."""
    return _page(entity_form(g.organization))


@blueprint.post("/entidad")
@page(policy.EDIT)
def save_entity() -> Any:
    """Save the entity's data, or show again what was typed with what is wrong."""
    form = entity_form(g.organization)
    present = opened_entity(g.organization)
    page_opened = opened.read(form.version.data, present)
    wanted = form.entity(g.organization)
    if page_opened.document != present.document:
        mine = as_document(wanted)
        document, clashes = merged(page_opened.document, mine, present.document)
        wanted = _entity(document)
        if clashes:
            return _clash(wanted, clashes)
    try:
        changed = _save(form, wanted)
    except Invalid as error:
        db.session.rollback()
        explain(form, error)
        return _page(form, 422)
    except Conflict as error:
        db.session.rollback()
        form.form_errors.append(error.message)
        return _page(form, 409)
    if "staff_second_factor" in changed and form.staff_second_factor.data:
        flash(_("Los datos de la entidad quedaron guardados."), "ok")
        if any(each.id == actor().person_id for each in staff.without_second_factor(db.session())):
            flash(_("A usted también le falta el segundo paso: actívelo ahora."), "warn")
            return see_other(url_for("accounts.second_factor", volver=url_for("admin.entity")))
        return see_other(url_for("admin.entity"))
    if changed:
        flash(_("Los datos de la entidad quedaron guardados."), "ok")
    else:
        flash(_("No había nada que cambiar."), "info")
    return see_other(url_for("admin.entity"))


def _save(form: EntityForm, wanted: Entity) -> list[str]:
    """Save, and say what changed. Raises :class:`Invalid` until it is said what dates become."""
    session, picture = db.session(), request.files.get("logo")
    written: zones.Written = []
    if _moved(wanted.time_zone):
        if form.clock_times.data not in {"keep", "move"}:
            problem = _l("Elija qué pasa con las fechas de las fases.")
            raise Invalid([Problem("clock_times", problem)])
        written = zones.as_written(session, g.organization)
    changed = services.edit(
        session,
        actor(),
        g.organization,
        wanted,
        version=g.organization.version,
        picture=picture.read() if picture is not None and picture.filename else None,
        without_logo=bool(form.without_logo.data),
    )
    if written and form.clock_times.data == "keep":
        session.flush()
        present = queries.by_id(session, g.organization.id)
        zones.keep_clock_times(session, actor(), present, written)
    return changed


def _moved(zone: str) -> list[str]:
    """Return what dates of phases another zone would change; nothing for the present one."""
    if zone == g.organization.time_zone or zone not in available_timezones():
        return []
    return zones.moved(db.session(), g.organization, ZoneInfo(zone))


def _entity(document: Mapping[str, Any]) -> Entity:
    texts = {name: Localized(document[name]) for name in ("summary", "footer", "consent_text")}
    return Entity(**{**document, **texts, "locales": tuple(document["locales"])})


def _clash(wanted: Entity, clashes: Sequence[Clash]) -> Any:
    """Show the form with what each of two people changed, and both values where both did."""
    form = entity_form(g.organization, wanted)
    form.form_errors = [_("Otra persona cambió los datos de la entidad mientras usted escribía.")]
    problems = [Problem(each.path.replace(".", "_"), each.message) for each in opened.told(clashes)]
    explain(form, Invalid(problems))
    return _page(form, 409)


def _page(form: EntityForm, status: int = 200) -> Any:
    accent = (form.accent.data or "").strip().lower()
    ratio = None
    if re.fullmatch(r"#[0-9a-f]{6}", accent):
        ratio = colours.contrast(accent, services.PAPER)
    return render(
        "admin/entity.html",
        status,
        form=form,
        moved=_moved(form.time_zone.data or ""),
        ratio=ratio,
        lacking=staff.without_second_factor(db.session()),
        grace=services.GRACE.days,
        enough=services.ENOUGH_CONTRAST,
        languages=[
            name.removeprefix("summary_") for name in form._fields if name.startswith("summary_")
        ],
    )
