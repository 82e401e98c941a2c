"""The list of open sessions, and closing them from anywhere."""

from flask import flash, g, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from participa.accounts import login, policy
from participa.accounts.queries import keys
from participa.accounts.services import sessions as services
from participa.accounts.views.account import crumbs
from participa.accounts.views.site import blueprint
from participa.core import clock
from participa.core.db import db
from participa.core.web import page, render, see_other


@blueprint.get("/cuenta/sesiones")
@page(policy.MANAGE_OWN)
def sessions() -> ResponseReturnValue:
    """Where one's account is open."""
    return render(
        "accounts/sessions.html",
        rows=keys.sessions_of(db.session(), g.actor.person_id, clock.now()),
        current_id=current_user.session_id,
        crumbs=crumbs(_("Sesiones abiertas")),
    )


@blueprint.post("/cuenta/sesiones/<int:session_id>/cerrar")
@page(policy.MANAGE_OWN)
def revoke_session(session_id: int) -> ResponseReturnValue:
    """Close one session."""
    services.revoke(db.session(), g.actor, g.organization, session_id)
    if session_id == current_user.session_id:
        login.leave()
        flash(_("Salió de su cuenta."), "ok")
        return see_other("/")
    flash(_("Esa sesión quedó cerrada."), "ok")
    return see_other(url_for("accounts.sessions"))


@blueprint.post("/cuenta/sesiones/cerrar-otras")
@page(policy.MANAGE_OWN)
def revoke_other_sessions() -> ResponseReturnValue:
    """Close every session but this one."""
    services.revoke_others(db.session(), g.actor, g.organization, current_user.session_id)
    flash(_("Cerramos las otras sesiones. Solo queda abierta esta."), "ok")
    return see_other(url_for("accounts.sessions"))
