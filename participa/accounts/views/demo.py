"""The accounts of a demonstration, one button each. Nothing of this answers anywhere else."""

from collections.abc import Sequence

from flask import abort, current_app
from flask.typing import ResponseReturnValue

from participa.accounts import policy
from participa.accounts.models import Person
from participa.accounts.queries import people
from participa.accounts.views.site import blueprint, enter, target_after
from participa.core.db import db
from participa.core.web import page

DEMO_DOMAIN = "@demo.participa"


def is_demo() -> bool:
    """Return whether this installation is a demonstration."""
    return bool(current_app.extensions["participa_config"].demo)


def people_shown() -> Sequence[Person]:
    """Return the people whom anybody may become, none outside of a demonstration."""
    return people.with_email_at(db.session(), DEMO_DOMAIN) if is_demo() else ()


@blueprint.post("/entrar/demo/<int:person_id>")
@page(policy.SIGN_IN)
def demo_sign_in(person_id: int) -> ResponseReturnValue:
    """Sign in as somebody who does not exist."""
    if not is_demo():
        abort(404)
    person = people.get(db.session(), person_id)
    if not (person.email or "").endswith(DEMO_DOMAIN):
        abort(404)
    return enter(person, target_after())
