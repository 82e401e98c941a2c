"""What people type, checked: each check returns a clean value or a sentence."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l

from participa.accounts import public_names
from participa.accounts.models.rolls import REASON_LENGTH
from participa.core.errors import Invalid, Problem
from participa.core.requirements import age_on
from participa.core.sanitize import control_characters, normalize
from participa.organizations.queries import OrganizationView

NAME_MINIMUM, NAME_MAXIMUM = 2, 80
MINIMUM_AGE = 14
OLDEST = 120
EMAIL_MAXIMUM = 254
SHORTEST_REASON = 5
RESERVED = frozenset({".test", ".example", ".invalid", ".localhost"})
"""Endings that will never be anybody's."""


class Checked:
    """Gathers every problem of a form, so that all are told at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def refuse(self, field: str, sentence: Any) -> None:
        """Note that a field is wrong and why."""
        self.problems.append(Problem(field, sentence))

    def name(self, value: str, field: str = "name") -> str:
        """Check a public name."""
        if control_characters(value):
            self.refuse(field, _l("El nombre tiene caracteres invisibles. Escríbalo de nuevo."))
            return ""
        value = " ".join(normalize(value).split())
        if not NAME_MINIMUM <= len(value) <= NAME_MAXIMUM or not re.search(r"\w", value):
            self.refuse(field, _l("Escriba un nombre de 2 a 80 caracteres."))
        return value

    def public_name(self, value: str, organization: OrganizationView, field: str = "name") -> str:
        """Check a name that people will read beside what somebody does: not one of the entity's."""
        name = self.name(value, field)
        why = public_names.problem(name, organization.name)
        if why is not None:
            self.refuse(field, why)
        return name

    def words(self, value: str, field: str, length: tuple[int, int], missing: Any) -> str:
        """Check a text of several lines; ``missing`` is the sentence for one that is too short."""
        text = normalize(value)
        if control_characters(text):
            self.refuse(
                field, _l("El texto trae caracteres invisibles. Bórrelos y escríbalo de nuevo.")
            )
        elif len(text) < length[0]:
            self.refuse(field, missing)
        elif len(text) > length[1]:
            self.refuse(
                field,
                _l(
                    "Son %(length)s caracteres y caben %(maximum)s. Acorte un poco el texto.",
                    length=len(text),
                    maximum=length[1],
                ),
            )
        return text

    def email(self, value: str, field: str = "email", *, reserved: bool = False) -> str:
        """Check an e-mail address; it comes back in lower case.

        ``reserved``: also one that no mail reaches, in a test (RFC 2606).
        """
        typed = value.strip()
        ending = f".{typed.lower().rpartition('.')[2]}"
        is_reserved = "." in typed.rpartition("@")[2] and ending in RESERVED
        if is_reserved and not reserved:
            self.refuse(
                field,
                _l(
                    "Las direcciones que terminan en «%(ending)s» son para pruebas y no reciben "
                    "correo. Escriba otra.",
                    ending=ending,
                ),
            )
            return ""
        try:
            # The library takes no reserved ending: what stands before it is looked at.
            looked_at = typed[: -len(ending)] + ".com" if is_reserved else typed
            address = validate_email(looked_at, check_deliverability=False).normalized.lower()
        except EmailNotValidError:
            address = ""
        if address and is_reserved:
            address = address.removesuffix(".com") + ending
        if not address or len(address) > EMAIL_MAXIMUM or control_characters(address):
            self.refuse(field, _l("Escriba un correo completo, por ejemplo rosa@correo.com."))
        return address

    def birth_date(
        self, value: dt.date | None, today: dt.date, field: str = "birth_date"
    ) -> dt.date | None:
        """Check a date of birth: in the past, of somebody alive, of somebody old enough."""
        if value is None:
            return None
        years = age_on(value, today)
        if value > today or years > OLDEST:
            self.refuse(field, _l("Revise la fecha: escriba el día en que nació."))
        elif years < MINIMUM_AGE:
            self.refuse(
                field,
                _l(
                    "Las cuentas son desde los %(years)s años. Si usted es menor, participe con "
                    "una persona adulta de su familia o en su colegio.",
                    years=MINIMUM_AGE,
                ),
            )
        return value

    def territory(
        self, value: int | None, organization: OrganizationView, field: str = "territory_id"
    ) -> int | None:
        """Check that a territory is one of the organization's."""
        if value is not None and value not in organization.territories:
            self.refuse(field, _l("Elija un lugar de la lista."))
        return value


_NUMBER = re.compile(r"(?:\d[\s.,\-]?){5,}")


def checked_reason(text: str, field: str = "reason") -> str:
    """Return a reason that people may read. Raises :class:`Invalid`.

    Anything that could be a document number is refused: reasons are kept and exported.
    """
    text = " ".join(normalize(text).split())
    if not SHORTEST_REASON <= len(text) <= REASON_LENGTH or control_characters(text):
        raise Invalid.of(field, _l("Escriba el motivo, en 5 a 500 caracteres."))
    if _NUMBER.search(text):
        raise Invalid.of(
            field, _l("Quite los números largos: en el motivo no van números de documento.")
        )
    return text


def local_day(at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """Return the calendar day of a moment where the organization is."""
    return at.astimezone(zone).date()
