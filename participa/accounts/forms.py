"""The shape of what people type about their account; what it means is the services' business."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional, Regexp

from participa.accounts.purposes import NOTIFICATIONS, PARTICIPATION, PURPOSES, STATISTICS
from participa.accounts.verification.method import Field
from participa.core.i18n import SUPPORTED_LOCALES
from participa.core.policy import ORGANIZATION_ROLES, PROCESS_ROLES, ROLE_LABELS
from participa.organizations.queries import OrganizationView
from participa.ui.choices import options

TOO_LONG = _l("Es demasiado largo.")


def filled(missing: Any, most: int, too_long: Any = TOO_LONG) -> list[Any]:
    """Return the checks of a field that says something, in at most ``most`` characters."""
    return [InputRequired(missing), Length(max=most, message=too_long)]


def password_checks(missing: Any) -> list[Any]:
    """Return the checks of a field for a password."""
    return filled(missing, 1000, _l("Es demasiado larga."))


def territory_choices(organization: OrganizationView) -> list[tuple[str, Any]]:
    """Return the organization's places as a select shows them, each under what contains it."""
    places = sorted(organization.territories.values(), key=lambda each: (len(each.path), each.name))
    children: dict[int | None, list[Any]] = {}
    for each in places:
        children.setdefault(each.parent_id, []).append(each)
    rows: list[tuple[str, Any]] = [("", _l("Prefiero no decirlo"))]

    def walk(parent_id: int | None, depth: int) -> None:
        for each in children.get(parent_id, ()):
            rows.append((str(each.id), "\u2003" * depth + each.name))
            walk(each.id, depth + 1)

    walk(None, 0)
    return rows


class BirthDateField(DateField):
    """A date that says in Spanish what is wrong with it."""

    def process_formdata(self, valuelist: Any) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            message = str(_l("Escriba una fecha completa: día, mes y año."))
            raise ValueError(message) from None


class SignInForm(FlaskForm):
    login = StringField(
        _l("Correo o usuario"), filled(_l("Escriba su correo, o el usuario de su hoja."), 254)
    )
    password = PasswordField(_l("Clave"), password_checks(_l("Escriba su clave.")))
    volver = HiddenField()


class SignUpForm(FlaskForm):
    name = StringField(
        _l("Su nombre"),
        filled(_l("Escriba su nombre."), 80, _l("Use hasta 80 caracteres.")),
        description=_l("Así aparecerá junto a lo que usted publique."),
    )
    email = EmailField(
        _l("Correo electrónico"),
        filled(_l("Escriba su correo."), 254, _l("Ese correo es demasiado largo.")),
        description=_l("No se publica. Le enviaremos un enlace para confirmar que es suyo."),
    )
    birth_date = BirthDateField(
        _l("Fecha de nacimiento"),
        [Optional()],
        description=_l("No se publica. Algunas consultas piden una edad mínima."),
    )
    territory_id = SelectField(
        _l("Dónde vive"),
        [Optional()],
        validate_choice=False,
        description=_l("No se publica con su nombre. Sirve para mostrarle lo que ocurre cerca."),
    )
    participation = BooleanField(PURPOSES[PARTICIPATION])
    notifications = BooleanField(PURPOSES[NOTIFICATIONS])
    statistics = BooleanField(PURPOSES[STATISTICS])
    volver = HiddenField()

    def __init__(self, organization: OrganizationView, **values: Any) -> None:
        super().__init__(**values)
        self.territory_id.choices = options(territory_choices(organization))


class ChoosePasswordForm(FlaskForm):
    """What is chosen once an address is proved."""

    name = StringField(
        _l("Su nombre"),
        filled(_l("Escriba su nombre."), 80, _l("Use hasta 80 caracteres.")),
        description=_l("Así aparecerá junto a lo que usted publique."),
    )
    password = PasswordField(
        _l("Clave"),
        password_checks(_l("Elija una clave.")),
        description=_l(
            "Al menos 10 caracteres. Tres o cuatro palabras seguidas se recuerdan bien."
        ),
    )


class EmailForm(FlaskForm):
    email = EmailField(
        _l("Correo electrónico"),
        [
            *filled(_l("Escriba su correo."), 254),
            # Without it, somebody who types half an address waits for a mail that never comes.
            Regexp(
                r"\s*[^@\s]+@[^@\s]+\s*$",
                message=_l("Escriba un correo completo, por ejemplo rosa@correo.com."),
            ),
        ],
    )


class NewPasswordForm(FlaskForm):
    password = PasswordField(
        _l("Clave nueva"),
        password_checks(_l("Elija una clave.")),
        description=_l(
            "Al menos 10 caracteres. Tres o cuatro palabras seguidas se recuerdan bien."
        ),
    )


class FirstAccessForm(NewPasswordForm):
    username = StringField(
        _l("Usuario"),
        filled(_l("Escriba el usuario de su hoja."), 40),
        description=_l("Está en la hoja que le entregaron, por ejemplo rosa4821."),
    )
    code = StringField(
        _l("Código"),
        filled(_l("Escriba el código de su hoja."), 60),
        description=_l("Doce letras y números. No importan las mayúsculas ni los guiones."),
    )


class SecondStepForm(FlaskForm):
    code = StringField(_l("Código de 6 cifras"), filled(_l("Escriba el código."), 60))


class PasswordForm(FlaskForm):
    password = PasswordField(_l("Su clave"), password_checks(_l("Escriba su clave.")))


class RemoveSecondFactorForm(SecondStepForm):
    password = PasswordField(_l("Su clave"), password_checks(_l("Escriba su clave.")))


class ProfileForm(FlaskForm):
    name = StringField(
        _l("Su nombre"),
        filled(_l("Escriba su nombre."), 80, _l("Use hasta 80 caracteres.")),
        description=_l("Así aparece junto a lo que usted publica."),
    )
    locale = SelectField(_l("Idioma"), validate_choice=False)
    birth_date = BirthDateField(
        _l("Fecha de nacimiento"),
        [Optional()],
        description=_l("No se publica. Algunas consultas piden una edad mínima."),
    )
    territory_id = SelectField(
        _l("Dónde vive"),
        [Optional()],
        validate_choice=False,
        description=_l("No se publica con su nombre."),
    )
    volver = HiddenField()

    def __init__(self, organization: OrganizationView, **values: Any) -> None:
        super().__init__(**values)
        self.locale.choices = options(
            (code, SUPPORTED_LOCALES.get(code, code)) for code in organization.locales
        )
        self.territory_id.choices = options(territory_choices(organization))


class ChangeEmailForm(EmailForm):
    password = PasswordField(_l("Su clave"), password_checks(_l("Escriba su clave.")))


class ChangePasswordForm(NewPasswordForm):
    current = PasswordField(_l("Clave actual"), password_checks(_l("Escriba su clave actual.")))


class ConsentsForm(FlaskForm):
    participation = BooleanField(PURPOSES[PARTICIPATION])
    notifications = BooleanField(PURPOSES[NOTIFICATIONS])
    statistics = BooleanField(PURPOSES[STATISTICS])


class AppealForm(FlaskForm):
    """Why somebody does not agree with a measure about themselves."""

    appeal = TextAreaField(
        _l("Por qué no está de acuerdo"),
        description=_l("Lo lee otra persona del equipo, no quien tomó la medida."),
        render_kw={"maxlength": 4000, "required": True},
    )


def fields_form(session: Session, fields: Iterable[Field], volver: str = "") -> FlaskForm:
    """Return the form of a verification method's fields."""
    made: dict[str, Any] = {}
    for each in fields:
        if not each.shown(session):
            continue
        checks = filled(_l("Este dato hace falta."), each.longest)
        looks = {"autocomplete": each.autocomplete}
        if each.inputmode:
            looks["inputmode"] = each.inputmode
        if each.options is not None:
            made[each.name] = SelectField(
                each.label,
                [InputRequired(_l("Elija una opción."))],
                description=each.hint,
                choices=options([("", _l("Elija…")), *each.options(session)]),
            )
        else:
            made[each.name] = StringField(
                each.label, checks, description=each.hint, render_kw=looks
            )
    form: FlaskForm = type("MethodForm", (FlaskForm,), {**made, "volver": HiddenField()})()
    if volver:
        form.volver.data = volver
    return form


class PermissionForm(FlaskForm):
    """A guardian's permission: signed with their name."""

    name = StringField(
        _l("Su nombre y apellido"),
        [Length(max=80, message=_l("Use hasta 80 caracteres."))],
        description=_l("Es su firma. Se borra cuando el permiso termina."),
        render_kw={"autocomplete": "name"},
    )
    understood = BooleanField(
        _l("Soy quien cuida a esta persona, leí para qué es y doy mi permiso")
    )


class DeleteForm(FlaskForm):
    password = PasswordField(_l("Su clave"), [Length(max=1000, message=_l("Es demasiado larga."))])
    understood = BooleanField(
        _l("Entiendo que esto no se puede deshacer"),
        [InputRequired(_l("Marque la casilla para seguir."))],
    )


# --- for the staff's pages, which live in the admin room ---------------------------------------


class RegisterPersonForm(FlaskForm):
    """Somebody without e-mail, registered by staff at a desk or in a meeting."""

    name = StringField(
        _l("Nombre de la persona"),
        filled(_l("Escriba el nombre."), 80, _l("Use hasta 80 caracteres.")),
    )
    birth_date = BirthDateField(_l("Fecha de nacimiento"), [Optional()])
    territory_id = SelectField(_l("Dónde vive"), [Optional()], validate_choice=False)
    purposes = SelectMultipleField(_l("Autorizaciones que firmó"), validate_choice=False)
    verified = BooleanField(_l("Mostró su documento: queda verificada en persona"))

    def __init__(self, organization: OrganizationView, **values: Any) -> None:
        super().__init__(**values)
        self.territory_id.choices = options(territory_choices(organization))


class RoleForm(FlaskForm):
    """A role for a person, in the organization or in a process."""

    role = RadioField(_l("Rol"), [InputRequired(_l("Elija un rol."))])

    def __init__(self, *, in_process: bool, **values: Any) -> None:
        super().__init__(**values)
        roles = PROCESS_ROLES if in_process else ORGANIZATION_ROLES
        self.role.choices = options((role.value, ROLE_LABELS[role]) for role in roles)


class VerifyForm(FlaskForm):
    """A verification in person."""

    expires_on = BirthDateField(
        _l("Vale hasta"), [Optional()], description=_l("Déjelo vacío si no vence.")
    )


class GroupForm(FlaskForm):
    """A group of convened people."""

    key = StringField(
        _l("Clave"),
        filled(_l("Escriba una clave corta."), 60, _l("Use hasta 60 caracteres.")),
        description=_l("Minúsculas, números y guiones, por ejemplo consejo-juvenil."),
    )
    name = StringField(
        _l("Nombre"), filled(_l("Escriba el nombre."), 160, _l("Use hasta 160 caracteres."))
    )
