"""What this room adds to the product."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from participa.accounts import events, invitations, login, policy, views
from participa.accounts.services import guardians, kept_forms
from participa.accounts.verification import sms
from participa.core.db import db
from participa.core.registry import Room


def _init_app(app: Flask) -> None:
    login.init_app(app)
    sms.init_app(app.extensions["participa_config"])
    invitations.init_app(app)
    app.extensions["participa_jobs"].every(
        "forget_guardians", "27", lambda: guardians.forget(db.session())
    )
    app.extensions["participa_jobs"].every(
        "forget_expired", "17", lambda: kept_forms.forget_expired(db.session())
    )


ROOM = Room(
    name="accounts",
    label=_l("Su cuenta"),
    actions=policy.ACTIONS,
    facts=events.FACTS,
    blueprints=(views.blueprint,),
    init=_init_app,
)
