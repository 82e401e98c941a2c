"""What can happen to a person's account."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Fact
from participa.core.i18n import Localized


@dataclass(frozen=True)
class SignedUp(Fact):
    """Somebody made an account with an e-mail address."""

    NAME = "accounts.signed_up"
    LABEL = _l("Cuenta creada")
    SENTENCE = _l("%(actor)s creó su cuenta")

    purposes: list[str]


@dataclass(frozen=True)
class EmailConfirmed(Fact):
    """An address was proved with the link of a mail."""

    NAME = "accounts.email_confirmed"
    LABEL = _l("Correo confirmado")
    SENTENCE = _l("%(actor)s confirmó su correo")

    changed: bool = False


@dataclass(frozen=True)
class RegisteredByStaff(Fact):
    """Staff made an account for somebody without e-mail."""

    NAME = "accounts.registered_by_staff"
    LABEL = _l("Persona registrada por la entidad")
    SENTENCE = _l("%(actor)s registró a la persona n.º %(person_id)s")

    person_id: int
    purposes: list[str]


@dataclass(frozen=True)
class AccessCodeIssued(Fact):
    """Staff printed a new first-access code for somebody without e-mail."""

    NAME = "accounts.access_code_issued"
    LABEL = _l("Código de primer ingreso entregado")
    SENTENCE = _l("%(actor)s entregó un código de ingreso a la persona n.º %(person_id)s")

    person_id: int


@dataclass(frozen=True)
class CreatedByCommand(Fact):
    """Whoever runs the installation made an account from the command line."""

    NAME = "accounts.created_by_command"
    LABEL = _l("Cuenta creada desde la consola")
    SENTENCE = _l("Desde la consola se creó la cuenta n.º %(person_id)s")

    person_id: int
    administrator: bool


@dataclass(frozen=True)
class LinkIssuedByCommand(Fact):
    """Whoever runs the installation made a link to choose a password, for somebody shut out."""

    NAME = "accounts.link_issued_by_command"
    LABEL = _l("Enlace para elegir la clave, desde la consola")
    SENTENCE = _l(
        "Desde la consola se hizo un enlace para elegir la clave de la cuenta n.º %(person_id)s"
    )

    person_id: int


@dataclass(frozen=True)
class PasswordChanged(Fact):
    """A password was chosen: changed, reset, or chosen for the first time."""

    NAME = "accounts.password_changed"
    LABEL = _l("Clave cambiada")
    SENTENCE = _l("%(actor)s cambió su clave")

    how: str
    """``changed``, ``reset`` or ``first_access``."""


@dataclass(frozen=True)
class ProfileChanged(Fact):
    """Somebody changed what is known about them; only the names of the fields are kept."""

    NAME = "accounts.profile_changed"
    LABEL = _l("Datos de la cuenta cambiados")
    SENTENCE = _l("%(actor)s cambió datos de su cuenta")

    fields: list[str]


@dataclass(frozen=True)
class ConsentsChanged(Fact):
    """Somebody ticked or unticked purposes for which their data may be used."""

    NAME = "accounts.consents_changed"
    LABEL = _l("Autorizaciones cambiadas")
    SENTENCE = _l("%(actor)s cambió sus autorizaciones de datos")

    given: list[str]
    withdrawn: list[str]
    text_version: str


@dataclass(frozen=True)
class SessionRevoked(Fact):
    """One or more open sessions were closed from the list."""

    NAME = "accounts.session_revoked"
    LABEL = _l("Sesión cerrada a distancia")
    SENTENCE = _l("%(actor)s cerró sesiones abiertas: %(count)s")

    count: int


@dataclass(frozen=True)
class SecondFactorSet(Fact):
    """The second step was turned on."""

    NAME = "accounts.second_factor_set"
    LABEL = _l("Segundo paso activado")
    SENTENCE = _l("%(actor)s activó el segundo paso para entrar")


@dataclass(frozen=True)
class SecondFactorRemoved(Fact):
    """The second step was turned off."""

    NAME = "accounts.second_factor_removed"
    LABEL = _l("Segundo paso desactivado")
    SENTENCE = _l("%(actor)s desactivó un segundo paso para entrar")


@dataclass(frozen=True)
class SecondFactorResetAsked(Fact):
    """An administrator asked to reset the second step of somebody who lost it."""

    NAME = "accounts.second_factor_reset_asked"
    LABEL = _l("Se pidió restablecer un segundo paso")
    SENTENCE = _l("%(actor)s pidió restablecer el segundo paso de la persona n.º %(person_id)s")

    person_id: int


@dataclass(frozen=True)
class SecondFactorReset(Fact):
    """A second administrator reset the second step of somebody who lost it."""

    NAME = "accounts.second_factor_reset"
    LABEL = _l("Segundo paso restablecido")
    SENTENCE = _l("%(actor)s confirmó restablecer el segundo paso de la persona n.º %(person_id)s")

    person_id: int
    asked_by_id: int


@dataclass(frozen=True)
class SecondFactorResetRefused(Fact):
    """A reset that was asked for is not done."""

    NAME = "accounts.second_factor_reset_refused"
    LABEL = _l("No se restableció un segundo paso")
    SENTENCE = _l("%(actor)s descartó restablecer el segundo paso de la persona n.º %(person_id)s")

    person_id: int


@dataclass(frozen=True)
class RecoveryCodesMade(Fact):
    """New recovery codes replaced the old ones."""

    NAME = "accounts.recovery_codes_made"
    LABEL = _l("Códigos de recuperación nuevos")
    SENTENCE = _l("%(actor)s pidió códigos de recuperación nuevos")


@dataclass(frozen=True)
class RecoveryCodeUsed(Fact):
    """A recovery code stood in for the second step."""

    NAME = "accounts.recovery_code_used"
    LABEL = _l("Código de recuperación usado")
    SENTENCE = _l("%(actor)s entró con un código de recuperación; quedan %(left)s")

    left: int


@dataclass(frozen=True)
class RoleGiven(Fact):
    """A person holds a role from now on."""

    NAME = "accounts.role_given"
    LABEL = _l("Rol dado")
    SENTENCE = _l("%(actor)s dio el rol «%(role_label)s» a la persona n.º %(person_id)s")

    person_id: int
    role: str
    role_label: Localized


@dataclass(frozen=True)
class RoleTaken(Fact):
    """A person no longer holds a role."""

    NAME = "accounts.role_taken"
    LABEL = _l("Rol quitado")
    SENTENCE = _l("%(actor)s quitó el rol «%(role_label)s» a la persona n.º %(person_id)s")

    person_id: int
    role: str
    role_label: Localized


@dataclass(frozen=True)
class GroupCreated(Fact):
    """A group of convened people exists."""

    NAME = "accounts.group_created"
    LABEL = _l("Grupo creado")
    SENTENCE = _l("%(actor)s creó el grupo «%(name)s»")

    key: str
    name: str


@dataclass(frozen=True)
class GroupMemberAdded(Fact):
    """A person belongs to a group."""

    NAME = "accounts.group_member_added"
    LABEL = _l("Persona agregada a un grupo")
    SENTENCE = _l("%(actor)s agregó a la persona n.º %(person_id)s al grupo «%(key)s»")

    key: str
    person_id: int


@dataclass(frozen=True)
class GroupMemberRemoved(Fact):
    """A person no longer belongs to a group."""

    NAME = "accounts.group_member_removed"
    LABEL = _l("Persona retirada de un grupo")
    SENTENCE = _l("%(actor)s retiró a la persona n.º %(person_id)s del grupo «%(key)s»")

    key: str
    person_id: int


@dataclass(frozen=True)
class AccountDeleted(Fact):
    """A person asked that their account be erased; rooms that hold their data follow."""

    NAME = "accounts.deleted"
    LABEL = _l("Cuenta eliminada")
    SENTENCE = _l("Se eliminó la cuenta n.º %(person_id)s, a petición de su titular")

    person_id: int
