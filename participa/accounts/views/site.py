"""What every page of this room shares."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, g, request, session, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from participa.accounts import attempts, devices, login, mails
from participa.accounts.models import Person
from participa.accounts.services import kept_forms
from participa.accounts.services import sessions as session_services
from participa.accounts.services.one_time_codes import LinkGoneError
from participa.core.db import db
from participa.core.limits import by_address, network, when_again
from participa.core.web import absolute, error_page, render, request_app, safe_target, see_other

blueprint = Blueprint("accounts", "participa.accounts", template_folder="templates")

SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)


def device() -> str:
    """Return browser and system in words ("Chrome, Android"), to recognise a session."""
    agent = request.user_agent.string[:400]
    names = [
        next((name for mark, name in table if mark in agent), "") for table in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(name for name in names if name)


def target_after(default: str = "/") -> str:
    """Return where to go after signing in: what the address or the form says, if it is ours."""
    asked = request.form.get("volver") or request.args.get("volver") or session.get("volver")
    return openable(safe_target(asked, default))


def openable(target: str) -> str:
    """Return a path that a browser can open: what only takes forms gives way to what it is in."""
    matcher = request_app().create_url_adapter(request)
    path, _mark, query = target.partition("?")
    if matcher is None or matcher.test(path, "GET") or not matcher.test(path, "POST"):
        return target
    while path and not matcher.test(path, "GET"):
        path = path.rpartition("/")[0]
    return (path or "/") + (f"?{query}" if query else "")


def enter(person: Person, target: str, *, is_new: bool = False) -> Response:
    """Open a session for a person, and lead back to what they were doing.

    They are told by mail when it is a browser that had not opened their account before, unless the
    account ``is_new``.
    """
    found = None
    own = login.kept_forms.own_key(target_key(person.email or ""))
    kept = session.pop(login.kept_forms.COOKIE_KEY, None)
    if own is not None:
        session[login.kept_forms.COOKIE_KEY] = own
    else:
        if kept is not None:
            kept_forms.forget_unclaimed(db.session(), kept)
        found = kept_forms.find_again(db.session(), person.id)
    pressed = session.get(login.kept_forms.PRESSED_KEY)
    token = session_services.start(db.session(), person, device())
    login.enter(token)
    if pressed is not None and pressed == target:
        flash(_("Ya entró con su cuenta. Ahora sí, presione otra vez el botón."), "info")
    if found is not None:
        session[login.kept_forms.COOKIE_KEY], path = found
        target = path if target == "/" else target
    answer = see_other(safe_target(target, "/"))
    own_login = person.email or person.username or ""
    if not is_new and devices.known(own_login) is None:
        mails.new_device(db.session(), g.organization, person, device())
    devices.remember(answer, own_login)
    return answer


Count = tuple[str, str, str]
"""What is counted: kind of attempt, whose, and how many are taken."""


def too_many(kind: str, limit: str, who: str = "") -> bool:
    """Count an attempt by address and by target; return whether it is one too many.

    For what only the owner can try, such as the own password with an open session.
    """
    target = [(f"{kind}-target", target_key(who), limit)] if who else []
    return over_limit((kind, by_address(), attempts.BY_ADDRESS), *target)


def too_many_from_here(kind: str, limit: str, who: str) -> bool:
    """Count an attempt at an account that anybody can try; return whether it is one too many.

    Counted apart for each network and for each browser known to the account, so that nobody else's
    attempts keep its owner out.
    """
    counts = [(kind, by_address(), attempts.BY_ADDRESS), _from_here(kind, limit, who)]
    if devices.known(who) is None:
        counts.append((f"{kind}-anywhere", target_key(who), attempts.BY_TARGET_FROM_ANYWHERE))
    return over_limit(*counts)


def over_limit(*counts: Count) -> bool:
    """Count an attempt in each way; return whether it is one too many in any."""
    # Each is counted, also after one of them has refused it.
    over = [attempts.refused(*each) for each in counts]
    return any(over)


def forgive(kind: str, limit: str, who: str) -> None:
    """Forget the attempts from here on an account whose owner it proved to be."""
    attempts.forgive(*_from_here(kind, limit, who))


def _from_here(kind: str, limit: str, who: str) -> Count:
    number = devices.known(who)
    if number is not None:
        return f"{kind}-device", target_key(f"{who}:{number}"), limit
    return f"{kind}-network", target_key(f"{who}:{network()}"), limit


def too_many_sentence() -> str:
    """Return what is said to whoever was refused: that it was too often, and when again."""
    return f"{_('Hubo demasiados intentos seguidos.')} {when_again()}"


def target_key(who: str) -> str:
    """Return the limits' key of an account of this organization."""
    return hashlib.sha256(f"{g.organization.id}:{who.strip().lower()[:400]}".encode()).hexdigest()


def wait(template: str, form: FlaskForm, **values: Any) -> Response:
    """Show a form again with all that was typed: too many attempts."""
    form.form_errors = [
        *form.form_errors,
        too_many_sentence(),
    ]
    return render(template, 429, form=form, **values)


def gone(error: LinkGoneError) -> Response:
    """Say that a link no longer works, and what to do instead."""
    sign_in = {"label": _("Entrar"), "url": url_for("accounts.sign_in"), "primary": False}
    if error.purpose == "reset":
        again = {
            "label": _("Pedir otro enlace"),
            "url": url_for("accounts.forgotten"),
            "primary": True,
        }
        sentence = (
            _("Este enlace ya se usó. Si necesita cambiar la clave otra vez, pida uno nuevo.")
            if error.used
            else _(
                "Este enlace ya venció o está incompleto. Los enlaces para cambiar la clave "
                "duran dos horas."
            )
        )
    elif error.purpose == "guardian":
        again = {"label": _("Ir al inicio"), "url": "/", "primary": True}
        return error_page(
            410,
            _("Este enlace ya no sirve"),
            _(
                "El permiso se retiró, se rechazó, se pidió otra vez o pasaron los catorce días. "
                "Quien lo necesita puede pedirlo de nuevo. Los datos de usted ya se borraron."
            ),
            [again],
        )
    elif error.purpose == "new_email":
        again = {"label": _("Pedirlo de nuevo"), "url": url_for("accounts.email"), "primary": True}
        sentence = _(
            "Este enlace ya se usó, ya venció o está incompleto. Su correo sigue siendo el "
            "de antes."
        )
    else:
        again = {
            "label": _("Pedir otro enlace"),
            "url": url_for("accounts.resend"),
            "primary": True,
        }
        sentence = (
            _(
                "Este enlace ya se usó. Si fue usted, su correo ya está confirmado: entre con su "
                "clave."
            )
            if error.used
            else _(
                "Este enlace ya venció o está incompleto. Los enlaces para confirmar duran tres "
                "días."
            )
        )
        if error.used:
            again["primary"], sign_in["primary"] = False, True
    return error_page(410, _("Este enlace ya no sirve"), sentence, [again, sign_in])


def link_to(endpoint: str) -> Callable[[str], str]:
    """Return what turns a secret into the absolute address of its page."""
    return lambda secret: absolute(endpoint, token=secret)


def looks_like_token(token: str) -> bool:
    """Return whether a text could be one of our secrets."""
    return re.fullmatch(r"[A-Za-z0-9_-]{20,100}", token) is not None
