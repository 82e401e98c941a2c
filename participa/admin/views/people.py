"""People: looking for them, registering those without e-mail, roles, verification and groups."""

import datetime as dt
from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _

from participa.accounts import policy
from participa.accounts.purposes import PURPOSES, REQUIRED
from participa.accounts.queries import names, staff
from participa.accounts.queries import people as queries
from participa.accounts.services import (
    groups,
    guardians,
    registration,
    roles,
    second_factor,
    verification,
)
from participa.accounts.verification import guardian
from participa.admin.shell import blueprint
from participa.admin.typed import Complaints, refuse
from participa.admin.views.processes.phases import day
from participa.admin.views.processes.roles import ASKED, chosen
from participa.core import clock
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid, Missing, Problem
from participa.core.policy import PROCESS_ROLES, ROLE_LABELS, Role
from participa.core.requirements import VERIFICATION_METHODS
from participa.core.web import actor, page, render, see_other
from participa.processes import queries as processes
from participa.ui.sure import ask, is_sure


@blueprint.get("/personas")
@page(policy.MANAGE_PEOPLE)
def people() -> Any:
    """Look for people by name, address or username."""
    words = request.args.get("q", "").strip()[:100]
    found = queries.search(db.session(), words, request.args.get("pagina"))
    kept: dict[str, Any] = {"q": words} if words else {}
    return render(
        "admin/people.html",
        rows=found.rows,
        q=words,
        administrators=[
            each
            for each in staff.grants_in(db.session(), None)
            if each[0].role is Role.ORGANIZATION_ADMIN
        ],
        next_url=url_for("admin.people", **kept, pagina=found.next) if found.next else None,
        prev_url=url_for("admin.people", **kept, pagina=found.previous) if found.previous else None,
    )


@blueprint.route("/personas/nueva", methods=["GET", "POST"])
@page(policy.MANAGE_PEOPLE)
def new_person() -> Any:
    """Register somebody without e-mail; the answer is the sheet to print, shown this once."""
    typed = {
        name: request.form.get(name, "").strip() for name in ("name", "birth_date", "territory")
    }
    ticked = request.form.getlist("purposes")
    if request.method == "GET":
        return _new_page(typed, ticked)
    problems: list[Problem] = []
    born = _day(typed["birth_date"], "birth_date", problems)
    place = next(
        (
            each.id
            for each in g.organization.territories.values()
            if each.code == typed["territory"]
        ),
        None,
    )
    if typed["territory"] and place is None:
        problems.append(Problem("territory", _("Elija un lugar de la lista.")))
    try:
        refuse(problems)
        sheet = registration.register_person(
            db.session(),
            actor(),
            g.organization,
            name=typed["name"],
            purposes=[each for each in ticked if each in PURPOSES],
            birth_date=born,
            territory_id=place,
        )
    except Invalid as error:
        return _new_page(typed, ticked, error.problems)
    return render("admin/sheet.html", sheet=sheet)


def _day(text: str, path: str, problems: list[Problem]) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(day(text))
    except ValueError:
        problems.append(Problem(path, _("Escriba el día como 2026-03-12.")))
        return None


def _new_page(typed: dict[str, str], ticked: list[str], problems: Any = ()) -> Any:
    return render(
        "admin/new_person.html",
        422 if problems else 200,
        typed=typed,
        ticked=ticked,
        purposes=PURPOSES,
        required=REQUIRED,
        complaints=Complaints(problems),
        places=g.organization.place_options,
    )


@blueprint.get("/personas/<int:person_id>")
@page(policy.MANAGE_PEOPLE)
def person(person_id: int) -> Any:
    """Show what somebody may do here, and change it."""
    return _person_page(person_id)


def _person_page(person_id: int, problems: Any = (), typed: Any = None) -> Any:
    session = db.session()
    row = queries.get(session, person_id)
    grants = staff.grants_of(session, person_id)
    verifications = staff.verifications_of(session, person_id)
    mine = {each.id for each in staff.groups_of(session, person_id)}
    who = names(session, [each.by_id for each in verifications if each.by_id])
    titles = {each.id: each for each in processes.visible(session, drafts_of=None)}
    now = clock.now()
    return render(
        "admin/person.html",
        422 if problems else 200,
        person=row,
        reset=staff.second_factor_reset(session, person_id),
        territory=g.organization.territories.get(row.territory_id or 0),
        grants=[
            (each, ROLE_LABELS[each.role], titles.get(each.process_id or 0)) for each in grants
        ],
        is_administrator=any(each.role is Role.ORGANIZATION_ADMIN for each in grants),
        is_auditor=any(each.role is Role.AUDITOR for each in grants),
        processes=list(titles.values()),
        roles=[(role, ROLE_LABELS[role]) for role in PROCESS_ROLES],
        verifications=[
            (
                each,
                VERIFICATION_METHODS.get(each.method, each.method),
                who.get(each.by_id or 0),
                _verification_state(each, now),
            )
            for each in verifications
        ],
        groups=[(group, group.id in mine) for group, _count in staff.groups(session)],
        is_minor=guardian.is_minor(row, g.organization, now),
        relations=guardian.RELATIONS,
        complaints=Complaints(problems),
        typed=typed or {},
    )


def _verification_state(row: Any, now: dt.datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= now else "good"


@blueprint.post("/personas/<int:person_id>/roles/dar")
@page(policy.MANAGE_PEOPLE)
def give_role(person_id: int) -> Any:
    """Give a role in the organization, or in the process that the form names."""
    return _change_role(person_id, roles.give_role, _("El rol quedó dado."))


@blueprint.post("/personas/<int:person_id>/roles/quitar")
@page(policy.MANAGE_PEOPLE)
def take_role(person_id: int) -> Any:
    """Take a role away."""
    return _change_role(person_id, roles.take_role, _("El rol quedó quitado."), takes=True)


def _change_role(person_id: int, service: Any, done: str, *, takes: bool = False) -> Any:
    row = queries.get(db.session(), person_id)
    _person, role = chosen()
    slug = request.form.get("process_slug", "")
    scope = processes.by_slug(db.session(), slug) if slug else g.organization
    where = str(scope.title) if slug else g.organization.name
    if not is_sure():
        words = {"role": ROLE_LABELS[role], "where": where}
        return ask(
            _("¿Quitarle el rol a %(name)s?", name=row.name)
            if takes
            else _("¿Darle un rol a %(name)s?", name=row.name),
            _("Sí, quitar el rol") if takes else _("Sí, dar el rol"),
            url_for("admin.person", person_id=person_id),
            _("Dejará de tener «%(role)s» en «%(where)s».", **words)
            if takes
            else _("Tendrá «%(role)s» en «%(where)s».", **words),
            fields={"role": role.value, "process_slug": slug},
        )
    try:
        asked = service(db.session(), actor(), scope, person_id=person_id, role=role)
    except Conflict as error:
        flash(error.message, "warn")
    except Invalid as error:
        flash(error.problems[0].message, "warn")
    else:
        flash(ASKED if asked is not None else done, "ok")
    return see_other(url_for("admin.person", person_id=person_id))


@blueprint.post("/personas/<int:person_id>/verificar")
@page(policy.MANAGE_PEOPLE)
def verify_person(person_id: int) -> Any:
    """Note that somebody showed who they are."""
    typed = {"expires_on": request.form.get("expires_on", "").strip()}
    problems: list[Problem] = []
    until = _day(typed["expires_on"], "expires_on", problems)
    try:
        refuse(problems)
        verification.verify_in_person(
            db.session(), actor(), g.organization, person_id=person_id, expires_on=until
        )
    except Invalid as error:
        return _person_page(person_id, error.problems, typed)
    flash(_("La verificación quedó anotada."), "ok")
    return see_other(url_for("admin.person", person_id=person_id))


@blueprint.post("/personas/<int:person_id>/permiso")
@page(policy.MANAGE_PEOPLE)
def note_guardian(person_id: int) -> Any:
    """Note the sheet that somebody's guardian signed."""
    names = ("guardian_name", "guardian_relation", "guardian_until")
    typed = {name: request.form.get(name, "").strip() for name in names}
    problems: list[Problem] = []
    until = _day(typed["guardian_until"], "guardian_until", problems)
    try:
        refuse(problems)
        guardians.note_on_paper(
            db.session(),
            actor(),
            g.organization,
            person_id=person_id,
            name=typed["guardian_name"],
            relation=typed["guardian_relation"],
            expires_on=until,
        )
    except Invalid as error:
        db.session.rollback()
        found = [
            Problem("guardian_until" if each.path == "expires_on" else each.path, each.message)
            for each in error.problems
        ]
        return _person_page(person_id, found, typed)
    flash(_("El permiso quedó anotado."), "ok")
    return see_other(url_for("admin.person", person_id=person_id))


@blueprint.post("/personas/<int:person_id>/verificaciones/<int:verification_id>/anular")
@page(policy.MANAGE_PEOPLE)
def revoke_verification(person_id: int, verification_id: int) -> Any:
    """Make a verification count no more, after asking."""
    row = queries.get(db.session(), person_id)
    if staff.verification(db.session(), verification_id).person_id != row.id:
        message = f"no verification {verification_id} of {person_id}"
        raise Missing(message)
    if not is_sure():
        return ask(
            _("¿Anular la verificación de %(name)s?", name=row.name),
            _("Sí, anular"),
            url_for("admin.person", person_id=person_id),
            _("Dejará de valer desde ahora mismo."),
        )
    verification.revoke_verification(db.session(), actor(), g.organization, verification_id)
    flash(_("La verificación quedó anulada."), "ok")
    return see_other(url_for("admin.person", person_id=person_id))


@blueprint.post("/personas/<int:person_id>/codigo")
@page(policy.MANAGE_PEOPLE)
def new_code(person_id: int) -> Any:
    """Print another first-access code for somebody without e-mail, after asking."""
    row = queries.get(db.session(), person_id)
    if not is_sure():
        return ask(
            _("¿Imprimir otro código para %(name)s?", name=row.name),
            _("Sí, otro código"),
            url_for("admin.person", person_id=person_id),
            _("El anterior dejará de servir y se cerrarán sus sesiones."),
        )
    try:
        sheet = registration.new_code(db.session(), actor(), g.organization, person_id)
    except Conflict as error:
        flash(error.message, "warn")
        return see_other(url_for("admin.person", person_id=person_id))
    return render("admin/sheet.html", sheet=sheet)


@blueprint.post("/personas/<int:person_id>/segundo-paso")
@page(policy.MANAGE_PEOPLE)
def reset_second_factor(person_id: int) -> Any:
    """Ask to reset the second step of somebody who lost it, or decide what another one asked."""
    what = request.form.get("what", "")
    values = (db.session(), actor(), g.organization, person_id)
    done = {
        "ask": _("Quedó pedido. Lo confirma otra persona que administre la entidad."),
        "accept": _("El segundo paso quedó restablecido y sus sesiones se cerraron."),
        "refuse": _("Quedó descartado: el segundo paso sigue activo."),
    }.get(what)
    if done is None:
        raise Missing(what)
    try:
        if what == "ask":
            second_factor.ask_reset(*values)
        else:
            second_factor.decide_reset(*values, accept=what == "accept")
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "warn")
    else:
        flash(done, "ok")
    return see_other(url_for("admin.person", person_id=person_id))


@blueprint.post("/personas/<int:person_id>/grupos")
@page(policy.MANAGE_PEOPLE)
def change_groups(person_id: int) -> Any:
    """Put somebody in the groups that are ticked, and out of the others."""
    session = db.session()
    row = queries.get(session, person_id)
    wanted = {whole_number(each) for each in request.form.getlist("groups")}
    before = {each.id for each in staff.groups_of(session, person_id)}
    for group, _count in staff.groups(session):
        values = {"group_id": group.id, "person_id": row.id}
        if group.id in wanted and group.id not in before:
            groups.add_member(session, actor(), g.organization, **values)
        elif group.id in before and group.id not in wanted:
            groups.remove_member(session, actor(), g.organization, **values)
    flash(_("Los grupos quedaron guardados."), "ok")
    return see_other(url_for("admin.person", person_id=person_id))


@blueprint.route("/grupos", methods=["GET", "POST"])
@page(policy.MANAGE_PEOPLE)
def people_groups() -> Any:
    """Show the groups, or make one."""
    typed = {name: request.form.get(name, "").strip() for name in ("key", "name")}
    problems: Any = ()
    if request.method == "POST":
        try:
            groups.create_group(db.session(), actor(), g.organization, **typed)
        except Invalid as error:
            problems = error.problems
        else:
            flash(_("El grupo quedó creado."), "ok")
            return see_other(url_for("admin.people_groups"))
    return render(
        "admin/groups.html",
        422 if problems else 200,
        rows=staff.groups(db.session()),
        typed=typed,
        complaints=Complaints(problems),
    )


@blueprint.get("/grupos/<int:group_id>")
@page(policy.MANAGE_PEOPLE)
def people_group(group_id: int) -> Any:
    """Show who is in a group."""
    return render(
        "admin/group.html",
        group=staff.group(db.session(), group_id),
        members=staff.members(db.session(), group_id),
    )
