"""The sheet that a guardian signs, to be printed: for somebody in particular, or empty."""

from typing import Any

from flask import g

from participa.accounts import policy
from participa.accounts.queries import people
from participa.accounts.verification import guardian
from participa.admin.shell import blueprint
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Missing
from participa.core.web import page, render


@blueprint.get("/personas/hoja-de-permiso", defaults={"person_id": None})
@blueprint.get("/personas/<int:person_id>/hoja-de-permiso")
@page(policy.MANAGE_PEOPLE)
def permission_sheet(person_id: int | None) -> Any:
    """Show the sheet with the name of a minor, or with room to write one by hand."""
    person = people.get(db.session(), person_id) if person_id is not None else None
    if person is not None and not guardian.is_minor(person, g.organization, clock.now()):
        message = f"person {person_id} needs nobody's permission"
        raise Missing(message)
    born = person.birth_date if person is not None else None
    return render(
        "admin/permission_sheet.html",
        person=person,
        until=guardian.of_age_at(born, g.organization) if born else None,
        text_version=guardian.TEXT_VERSION,
    )
