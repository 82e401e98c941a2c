"""Who works in a process, and with which role."""

from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from participa.accounts.queries import people, staff
from participa.accounts.services import roles as services
from participa.accounts.views.approvals import waiting_in
from participa.admin.shell import blueprint
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid
from participa.core.policy import PROCESS_ROLES, ROLE_LABELS, Role
from participa.core.web import actor, page, render, see_other
from participa.processes import policy
from participa.ui.sure import ask, is_sure

FOUND = 20
ASKED = _l("Quedó pedido: el rol se da cuando otra persona lo apruebe.")

ROLE_HINTS = {
    Role.PROCESS_ADMIN: lambda: _("Cambia textos, fechas y permisos, publica y da roles."),
    Role.MODERATOR: lambda: _("Revisa lo que la gente reporta y decide si se queda."),
    Role.REVIEWER: lambda: _("Responde si una propuesta es viable y por qué."),
    Role.COUNCIL: lambda: _("Publica en nombre del concejo."),
    Role.OBSERVER: lambda: _("Mira todo y no cambia nada."),
}


@blueprint.get("/procesos/<process>/roles")
@page(policy.GIVE_ROLES)
def roles() -> Any:
    """Show who holds which role, and look for somebody to give one to."""
    words = request.args.get("q", "").strip()[:100]
    held: dict[int, tuple[Any, list[Role]]] = {}
    for grant, person in staff.grants_in(db.session(), g.process.id):
        held.setdefault(person.id, (person, []))[1].append(grant.role)
    found = people.search(db.session(), words, size=FOUND).rows if words else []
    return render(
        "admin/roles.html",
        process=g.process,
        held=list(held.values()),
        q=words,
        found=found,
        roles=[(role, ROLE_LABELS[role], ROLE_HINTS[role]()) for role in PROCESS_ROLES],
        labels=ROLE_LABELS,
        waiting=waiting_in(g.process.id, services.KIND),
    )


@blueprint.post("/procesos/<process>/roles/dar")
@page(policy.GIVE_ROLES)
def give_process_role() -> Any:
    """Give somebody a role in the process."""
    return _change(services.give_role, _("El rol quedó dado."))


@blueprint.post("/procesos/<process>/roles/quitar")
@page(policy.GIVE_ROLES)
def take_process_role() -> Any:
    """Take a role from somebody, after asking."""
    person_id, role = chosen()
    if not is_sure():
        person = people.get(db.session(), person_id)
        return ask(
            _("¿Quitarle el rol a %(name)s?", name=person.name),
            _("Sí, quitar el rol"),
            url_for("admin.roles"),
            _("Dejará de tener «%(role)s» en este proceso.", role=ROLE_LABELS[role]),
            fields={"person": person_id, "role": role.value},
        )
    return _change(services.take_role, _("El rol quedó quitado."))


def _change(service: Any, done: str) -> Any:
    person_id, role = chosen()
    try:
        asked = service(db.session(), actor(), g.process, person_id=person_id, role=role)
    except Conflict as error:
        flash(error.message, "warn")
    else:
        flash(ASKED if asked is not None else done, "ok")
    return see_other(url_for("admin.roles"))


def chosen() -> tuple[int, Role]:
    """Return the person and the role that a form names. Raises :class:`Invalid` for no role."""
    try:
        role = Role(request.form.get("role", ""))
    except ValueError:
        raise Invalid.of(path="role", message=_("Elija un rol de la lista.")) from None
    return whole_number(request.form.get("person")) or 0, role
