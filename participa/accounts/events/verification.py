"""How people prove who they are, and what happens to the rolls. No document number is in a fact."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact, How


@dataclass(frozen=True)
class VerifiedInPerson(Fact):
    """Staff checked somebody's identity in person."""

    NAME = "accounts.verified_in_person"
    LABEL = _l("Identidad verificada en persona")
    SENTENCE = _l("%(actor)s verificó en persona a la persona n.º %(person_id)s")

    person_id: int
    expires: str | None


@dataclass(frozen=True)
class VerificationRevoked(Fact):
    """A verification no longer counts."""

    NAME = "accounts.verification_revoked"
    LABEL = _l("Verificación retirada")
    SENTENCE = _l("%(actor)s retiró la verificación de la persona n.º %(person_id)s")

    person_id: int
    method: str


@dataclass(frozen=True)
class Verified(Fact):
    """Somebody proved who they are by themselves."""

    NAME = "accounts.verified"
    LABEL = _l("Identidad verificada")
    SENTENCE = _l("%(actor)s verificó quién es (%(method)s)")

    person_id: int
    method: str
    expires: str | None


@dataclass(frozen=True)
class GuardianAsked(Fact):
    """Somebody under age asked whoever looks after them for their permission."""

    NAME = "accounts.guardian_asked"
    LABEL = _l("Permiso pedido a quien cuida")
    SENTENCE = _l("%(actor)s pidió el permiso de quien le cuida")

    person_id: int


@dataclass(frozen=True)
class GuardianAnswered(Fact):
    """A guardian answered. Nothing of them is in the fact."""

    NAME = "accounts.guardian_answered"
    LABEL = _l("Permiso de quien cuida respondido")
    SENTENCE = _l("Quien cuida a la persona n.º %(person_id)s respondió al permiso")

    person_id: int
    accepts: bool


@dataclass(frozen=True)
class GuardianNoted(Fact):
    """Staff saw the sheet that a guardian signed."""

    NAME = "accounts.guardian_noted"
    LABEL = _l("Permiso de quien cuida anotado en persona")
    SENTENCE = _l(
        "%(actor)s anotó el permiso firmado por quien cuida a la persona n.º %(person_id)s"
    )

    person_id: int
    expires: str | None


@dataclass(frozen=True)
class GuardianEnded(Fact):
    """A guardian's permission was withdrawn: ``by`` "guardian" or "minor"."""

    NAME = "accounts.guardian_ended"
    LABEL = _l("Permiso de quien cuida retirado")
    SENTENCE = _l("Se retiró el permiso de quien cuida a la persona n.º %(person_id)s")

    person_id: int
    by: str


@dataclass(frozen=True)
class RollCreated(Fact):
    """A roll exists, still without lines."""

    NAME = "accounts.roll_created"
    LABEL = _l("Padrón creado")
    SENTENCE = _l("%(actor)s creó el padrón «%(name)s»")

    key: str
    name: str


@dataclass(frozen=True)
class RollUntilChanged(Fact):
    """Verifications by a roll count until another day."""

    NAME = "accounts.roll_until_changed"
    LABEL = _l("Vigencia del padrón cambiada")
    SENTENCE = _l("%(actor)s cambió hasta cuándo valen las verificaciones del padrón «%(key)s»")

    key: str
    until: str | None


@dataclass(frozen=True)
class RollAsksBirthDate(Fact):
    """A document is not enough any more to claim a line or to vote by it at a point."""

    NAME = "accounts.roll_asks_birth_date"
    LABEL = _l("El padrón pide la fecha de nacimiento")
    SENTENCE = _l("%(actor)s hizo que el padrón «%(key)s» pida también la fecha de nacimiento")

    key: str


@dataclass(frozen=True)
class RollAsksNoBirthDate(Fact):
    """A document alone is enough again."""

    NAME = "accounts.roll_asks_no_birth_date"
    LABEL = _l("El padrón deja de pedir la fecha de nacimiento")
    SENTENCE = _l("%(actor)s hizo que en el padrón «%(key)s» baste el número del documento")

    key: str


@dataclass(frozen=True)
class RollLoaded(Fact):
    """A file was applied to a roll, whole."""

    NAME = "accounts.roll_loaded"
    LABEL = _l("Padrón cargado")
    SENTENCE = _l(
        "%(actor)s cargó un archivo en el padrón «%(key)s»: %(added)s líneas nuevas, "
        "%(updated)s que ya estaban, %(removed)s retiradas"
    )

    key: str
    added: int
    updated: int
    removed: int
    reason: str


@dataclass(frozen=True)
class RollEntryAdded(Fact):
    """One line was added to a roll by hand, or came back."""

    NAME = "accounts.roll_entry_added"
    LABEL = _l("Línea agregada al padrón")
    SENTENCE = _l("%(actor)s agregó la línea n.º %(entry_id)s al padrón «%(key)s»: %(reason)s")

    key: str
    entry_id: int
    reason: str


@dataclass(frozen=True)
class RollEntryRemoved(Fact):
    """One line of a roll no longer counts."""

    NAME = "accounts.roll_entry_removed"
    LABEL = _l("Línea retirada del padrón")
    SENTENCE = _l("%(actor)s retiró la línea n.º %(entry_id)s del padrón «%(key)s»: %(reason)s")

    key: str
    entry_id: int
    reason: str
    person_id: int | None
    """Whose verification ended with it."""


@dataclass(frozen=True)
class RollEntryReleased(Fact):
    """A line is no longer tied to the account that had claimed it."""

    NAME = "accounts.roll_entry_released"
    LABEL = _l("Línea del padrón liberada")
    SENTENCE = _l("%(actor)s liberó la línea n.º %(entry_id)s del padrón «%(key)s»: %(reason)s")
    # Whoever had it may have voted by it, and somebody else may replace that ballot.
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    PAGE = ("accounts.verification",)

    key: str
    entry_id: int
    reason: str
    person_id: int


@dataclass(frozen=True)
class RollFrozen(Fact):
    """A closing froze a roll: no line comes or goes any more."""

    NAME = "accounts.roll_frozen"
    LABEL = _l("Padrón congelado")
    SENTENCE = _l("El padrón «%(key)s» quedó congelado con %(size)s líneas (%(digest)s)")

    key: str
    size: int
    digest: str
