"""What a refusal page offers next: sign in, confirm the address, prove who one is, and so on."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, g, make_response, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from participa.accounts.attempts import BY_ADDRESS_MANY, refused
from participa.accounts.kept_forms import (
    NONCE,
    PRESSED_KEY,
    has_typed_text,
    keep_request,
    page_of_form,
)
from participa.accounts.models import GuardianState
from participa.accounts.queries import guardians
from participa.accounts.verification import methods
from participa.core import clock
from participa.core.db import db
from participa.core.limits import by_address
from participa.core.policy import Denial
from participa.core.requirements import Guardian
from participa.core.web import SAFE_METHODS, is_partial, see_other


def here() -> str:
    """Return the page to come back to: this one, or the one whose form was posted."""
    return request.full_path.rstrip("?") if request.method in SAFE_METHODS else page_of_form()


class SignIn:
    """Sends a visitor to the sign-in page, and keeps what they had typed."""

    def __call__(self) -> Response:
        if request.method in SAFE_METHODS or refused("keep", by_address(), BY_ADDRESS_MANY):
            back, nonce = here(), None
        else:
            back, nonce = keep_request()
            if has_typed_text():
                session.pop(PRESSED_KEY, None)
            else:
                session[PRESSED_KEY] = back
        asked = {"volver": back} if nonce is None else {"volver": back, NONCE: nonce}
        target = f"{url_for('accounts.sign_in')}?{urlencode(asked)}"
        if is_partial():
            answer = make_response("", 204)
            answer.headers["HX-Redirect"] = target
            return answer
        return see_other(target)

    def button(self, _refused: Denial) -> dict[str, Any]:
        """Return the action of an error page."""
        target = f"{url_for('accounts.sign_in')}?{urlencode({'volver': here()})}"
        return {"label": _("Entrar"), "url": target, "primary": True}


class Offer:
    """A page of the account that removes the obstacle."""

    def __init__(self, endpoint: str, label: Any) -> None:
        self.endpoint = endpoint
        self.label = label

    def button(self, _refused: Denial) -> dict[str, Any]:
        """Return the action of an error page; the page leads back here."""
        target = f"{url_for(self.endpoint)}?{urlencode({'volver': here()})}"
        return {"label": str(self.label), "url": target, "primary": True}


class Verify:
    """The page of the one method that removes the obstacle, or the list of all."""

    def button(self, refused: Denial) -> dict[str, Any]:
        """Return the action of an error page; of a permission that was asked for, that it waits."""
        back = {"volver": here()}
        method = next((each for each in methods.every() if each.key == refused.method), None)
        if method is None or not method.is_alone:
            asked = back | ({"metodo": refused.method} if refused.method else {})
            target = f"{url_for('accounts.verification')}?{urlencode(asked)}"
            return {"label": _("Cómo verificar quién soy"), "url": target, "primary": True}
        target = f"{url_for('accounts.verify', method=method.key)}?{urlencode(back)}"
        found = {"label": str(method.title), "url": target, "primary": True}
        return found | (_waiting() if method.key == Guardian.kind else {})


def _waiting() -> dict[str, Any]:
    permission = guardians.standing(db.session(), g.actor.person_id or 0, clock.now())
    if permission is None or permission.state is not GuardianState.ASKED:
        return {}
    return {
        "waits": True,
        "sentence": _(
            "Ya le pedimos permiso a %(name)s, y falta su respuesta. Dígale que busque el correo, "
            "también entre los no deseados.",
            name=permission.guardian_name,
        ),
    }


def init_app(app: Flask) -> None:
    """Tell the pipeline what to offer for each kind of refusal."""
    app.extensions["participa_invitations"].update(
        sign_in=SignIn(),
        confirm_email=Offer("accounts.email", _l("Confirmar mi correo")),
        verify=Verify(),
        complete_profile=Offer("accounts.profile", _l("Completar mis datos")),
        second_factor=Offer("accounts.second_factor", _l("Activar el segundo paso")),
        sanctions=Offer("accounts.sanctions", _l("Ver el motivo y cómo apelar")),
    )
