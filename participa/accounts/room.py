"""What this room adds to the product."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from participa.accounts import events, invitations, login, policy, views
from participa.accounts.services import guardians, kept_forms
from participa.accounts.verification import sms
from participa.core.db import db
from participa.core.registry import Room, StaffPage


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
    staff_pages=(
        StaffPage(
            "accounts.approvals",
            _l("Segunda persona"),
            policy.SEE_APPROVALS,
            "users",
            views.approvals.waiting,
        ),
    ),
    init=_init_app,
)
