"""The letters of this room: each in its person's language, plain text beside simple HTML."""

from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.core import clock, mail
from participa.core.mail import Mail
from participa.core.web import absolute
from participa.organizations.queries import OrganizationView


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who a letter goes to. Without an address the work is done and nobody gets anything."""

    name: str
    email: str | None
    locale: str

    @classmethod
    def of(cls, person: Person) -> "Recipient":
        """Return the recipient that a person is."""
        return cls(person.name, person.email, person.locale)


def confirm(session: Session, organization: OrganizationView, person: Recipient, link: str) -> None:
    """Queue the link by which whoever signed up goes on."""
    _send(
        session,
        organization,
        person,
        _l("Confirme su correo"),
        "confirm",
        link_url=link,
        link_label=_l("Elegir mi clave y entrar"),
    )


def already(session: Session, organization: OrganizationView, person: Recipient) -> None:
    """Queue the answer to a sign-up with an address that has an account."""
    _send(
        session,
        organization,
        person,
        _l("Usted ya tiene una cuenta"),
        "already",
        link_url=absolute("accounts.sign_in"),
        link_label=_l("Entrar con mi cuenta"),
        reset_url=absolute("accounts.forgotten"),
    )


def reset(session: Session, organization: OrganizationView, person: Recipient, link: str) -> None:
    """Queue the link to choose a new password."""
    _send(
        session,
        organization,
        person,
        _l("Elija una clave nueva"),
        "reset",
        link_url=link,
        link_label=_l("Elegir una clave nueva"),
    )


def new_email(
    session: Session, organization: OrganizationView, person: Person, address: str, link: str
) -> None:
    """Queue the link that proves a new address, to that address."""
    _send(
        session,
        organization,
        person,
        _l("Confirme su correo nuevo"),
        "new_email",
        to=address,
        link_url=link,
        link_label=_l("Confirmar mi correo nuevo"),
    )


def email_changing(session: Session, organization: OrganizationView, person: Person) -> None:
    """Queue the warning to the old address that somebody asked for another one."""
    _send(
        session,
        organization,
        person,
        _l("Pidieron cambiar el correo de su cuenta"),
        "email_changing",
        link_url=absolute("accounts.sessions"),
        link_label=_l("Ver mis sesiones abiertas"),
    )


def password_changed(session: Session, organization: OrganizationView, person: Person) -> None:
    """Queue the notice that the password is another one now."""
    _send(
        session,
        organization,
        person,
        _l("Su clave cambió"),
        "password_changed",
        link_url=absolute("accounts.forgotten"),
        link_label=_l("No fui yo: elegir otra clave"),
    )


def second_factor_changed(
    session: Session, organization: OrganizationView, person: Person, *, is_on: bool
) -> None:
    """Queue the notice that the second step was turned on or off."""
    _send(
        session,
        organization,
        person,
        _l("Activó el segundo paso para entrar")
        if is_on
        else _l("El segundo paso para entrar se desactivó"),
        "second_factor",
        is_on=is_on,
        link_url=absolute("accounts.forgotten"),
        link_label=_l("No fui yo: elegir otra clave"),
    )


def second_factor_reset(
    session: Session, organization: OrganizationView, person: Person, *, is_done: bool
) -> None:
    """Queue the notice that the entity resets the second step, or that somebody asked it to."""
    _send(
        session,
        organization,
        person,
        _l("La entidad restableció su segundo paso para entrar")
        if is_done
        else _l("Pidieron restablecer su segundo paso para entrar"),
        "second_factor_reset",
        is_done=is_done,
    )


def recovery_code_used(
    session: Session, organization: OrganizationView, person: Person, left: int
) -> None:
    """Queue the notice that a recovery code opened the account."""
    _send(
        session,
        organization,
        person,
        _l("Entraron a su cuenta con un código de recuperación"),
        "recovery_code_used",
        left=left,
        link_url=absolute("accounts.forgotten"),
        link_label=_l("No fui yo: elegir otra clave"),
    )


def new_device(
    session: Session, organization: OrganizationView, person: Person, device: str
) -> None:
    """Queue the notice that the account was opened in a browser that had not opened it before."""
    _send(
        session,
        organization,
        person,
        _l("Entraron a su cuenta desde otro navegador"),
        "new_device",
        device=device,
        moment=clock.now(),
        link_url=absolute("accounts.sessions"),
        link_label=_l("Ver mis sesiones abiertas"),
    )


def code(session: Session, organization: OrganizationView, person: Person, digits: str) -> None:
    """Queue the code that proves that the person reads this address now."""
    _send(
        session,
        organization,
        person,
        _l("Su código de verificación"),
        "code",
        code=digits,
    )


def guardian_asked(
    session: Session,
    organization: OrganizationView,
    person: Person,
    *,
    name: str,
    address: str,
    link: str,
) -> Mail:
    """Queue the link by which a guardian answers, to them. Returns the mail."""
    with force_locale(person.locale):
        subject = _("%(name)s le pide su permiso", name=person.name)
        return _queued(
            session,
            organization,
            address,
            subject,
            "guardian_asked",
            name=name,
            minor=person.name,
            link_url=link,
            link_label=_("Leer y responder"),
        )


def guardian_answered(
    session: Session, organization: OrganizationView, person: Person, answer: str
) -> None:
    """Queue to the minor what became of their permission: "yes", "no" or "ended"."""
    _send(
        session,
        organization,
        person,
        _l("El permiso de quien le cuida"),
        "guardian_answered",
        answer=answer,
        link_url=absolute("accounts.verification"),
        link_label=_l("Ver mis verificaciones"),
    )


def deleted(
    session: Session, organization: OrganizationView, address: str, name: str, locale: str
) -> None:
    """Queue the last letter, that the account no longer exists."""
    with force_locale(locale):
        _queued(session, organization, address, _("Su cuenta se eliminó"), "deleted", name=name)


def _send(
    session: Session,
    organization: OrganizationView,
    person: Person | Recipient,
    subject: Any,
    template: str,
    *,
    to: str | None = None,
    **values: object,
) -> None:
    """Queue a letter in the person's language, to them where they have an address, or ``to``."""
    letter(session, organization, person, subject, f"accounts/mail/{template}", to=to, **values)


def letter(
    session: Session,
    organization: OrganizationView,
    person: Person | Recipient,
    subject: Any,
    template: str,
    *,
    to: str | None = None,
    **values: object,
) -> None:
    """Queue a letter of any room, as :func:`_send` does; ``template`` without its ending."""
    address = to or person.email
    if address is not None:
        values["name"] = person.name
        with force_locale(person.locale):
            _rendered(session, organization, address, str(subject), template, **values)


def _queued(
    session: Session,
    organization: OrganizationView,
    address: str,
    subject: str,
    template: str,
    **values: object,
) -> Mail:
    """Queue a letter of this room in the language of the moment."""
    way = f"accounts/mail/{template}"
    return _rendered(session, organization, address, subject, way, **values)


def _rendered(
    session: Session,
    organization: OrganizationView,
    address: str,
    subject: str,
    template: str,
    **values: object,
) -> Mail:
    values = {"organization": organization, "subject": subject, **values}
    letter = Mail(
        organization_id=organization.id,
        recipient=address,
        sender_name=organization.name,
        subject=f"{subject} · {organization.name}"[:300],
        text=render_template(f"{template}.txt", **values),
        html=render_template(f"{template}.html", **values),
    )
    if not address:
        mail.never(letter)
    mail.queue(session, letter)
    return letter
