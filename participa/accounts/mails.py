"""The letters of this room: each in its person's language, plain text beside simple HTML."""

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.core import mail
from participa.core.mail import Mail
from participa.core.web import absolute
from participa.organizations.queries import OrganizationView


def confirm(session: Session, organization: OrganizationView, person: Person, link: str) -> None:
    """Queue the link that proves the address of a new account."""
    with force_locale(person.locale):
        _send(
            session,
            organization,
            person.email,
            _("Confirme su correo"),
            "confirm",
            name=person.name,
            link_url=link,
            link_label=_("Confirmar mi correo"),
        )


def already(session: Session, organization: OrganizationView, person: Person) -> None:
    """Queue the answer to a sign-up with an address that has an account."""
    with force_locale(person.locale):
        _send(
            session,
            organization,
            person.email,
            _("Usted ya tiene una cuenta"),
            "already",
            name=person.name,
            link_url=absolute("accounts.sign_in"),
            link_label=_("Entrar con mi cuenta"),
            reset_url=absolute("accounts.forgotten"),
        )


def reset(session: Session, organization: OrganizationView, person: Person, link: str) -> None:
    """Queue the link to choose a new password."""
    with force_locale(person.locale):
        _send(
            session,
            organization,
            person.email,
            _("Elija una clave nueva"),
            "reset",
            name=person.name,
            link_url=link,
            link_label=_("Elegir una clave nueva"),
        )


def new_email(
    session: Session, organization: OrganizationView, person: Person, address: str, link: str
) -> None:
    """Queue the link that proves a new address, to that address."""
    with force_locale(person.locale):
        _send(
            session,
            organization,
            address,
            _("Confirme su correo nuevo"),
            "new_email",
            name=person.name,
            link_url=link,
            link_label=_("Confirmar mi correo nuevo"),
        )


def email_changing(session: Session, organization: OrganizationView, person: Person) -> None:
    """Queue the warning to the old address that somebody asked for another one."""
    with force_locale(person.locale):
        _send(
            session,
            organization,
            person.email,
            _("Pidieron cambiar el correo de su cuenta"),
            "email_changing",
            name=person.name,
            link_url=absolute("accounts.sessions"),
            link_label=_("Ver mis sesiones abiertas"),
        )


def password_changed(session: Session, organization: OrganizationView, person: Person) -> None:
    """Queue the notice that the password is another one now."""
    with force_locale(person.locale):
        _send(
            session,
            organization,
            person.email,
            _("Su clave cambió"),
            "password_changed",
            name=person.name,
            link_url=absolute("accounts.forgotten"),
            link_label=_("No fui yo: elegir otra clave"),
        )


def code(session: Session, organization: OrganizationView, person: Person, digits: str) -> None:
    """Queue the code that proves that the person reads this address now."""
    with force_locale(person.locale):
        _send(
            session,
            organization,
            person.email,
            _("Su código de verificación"),
            "code",
            name=person.name,
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
    with force_locale(person.locale):
        _send(
            session,
            organization,
            person.email,
            _("El permiso de quien le cuida"),
            "guardian_answered",
            name=person.name,
            answer=answer,
            link_url=absolute("accounts.verification"),
            link_label=_("Ver mis verificaciones"),
        )


def deleted(
    session: Session, organization: OrganizationView, address: str, name: str, locale: str
) -> None:
    """Queue the last letter, that the account no longer exists."""
    with force_locale(locale):
        _send(session, organization, address, _("Su cuenta se eliminó"), "deleted", name=name)


def _send(
    session: Session,
    organization: OrganizationView,
    address: str | None,
    subject: str,
    template: str,
    **values: object,
) -> None:
    if address is not None:
        _queued(session, organization, address, subject, template, **values)


def _queued(
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
        text=render_template(f"accounts/mail/{template}.txt", **values),
        html=render_template(f"accounts/mail/{template}.html", **values),
    )
    mail.queue(session, letter)
    return letter
