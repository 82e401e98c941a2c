"""What a way of verifying people is: one declaration, and a function that decides."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.models import Person, VerificationRecord
from participa.organizations.queries import OrganizationView

SEND_CODE = _l("Enviarme el código")
CODE_SENT = _l("Le enviamos el código. Escríbalo aquí.")

Typed = Mapping[str, Any]
Decide = Callable[
    [Session, OrganizationView, Person, Typed, dt.datetime], "VerificationRecord | Refusal"
]
Start = Callable[[Session, OrganizationView, Person, Typed, dt.datetime], "Refusal | None"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody was not verified, and what to do instead: a sentence for a citizen."""

    sentence: Any
    field: str = ""
    """The field that it is about; the whole form without it."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something to type, as plain data: the page makes the form of it.

    What is in a field whose name holds one of :data:`participa.core.web.SECRET_FIELDS` is never
    kept nor shown again.
    """

    name: str
    label: Any
    hint: Any = ""
    options: Callable[[Session], Sequence[tuple[str, Any]]] | None = None
    """What can be chosen; anything can be typed without it."""
    inputmode: str = ""
    autocomplete: str = "off"
    longest: int = 60
    shown: Callable[[Session], bool] = lambda _session: True
    """Whether it is asked now."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way of proving who one is.

    ``verify`` looks at what was typed and returns the record that it wrote (renewed, when the
    person had one) or a :class:`Refusal`; it is called with the person's row locked and commits
    nothing. ``start`` comes first where a code must be sent. A method without any fields is not
    for the person to do alone: ``how`` says where to go; one with fields to start alone is begun by
    the person and finished by somebody else.
    """

    key: str
    label: Any
    """As in "con identidad verificada (…)"."""
    title: Any
    """As a heading of the page on which people choose."""
    how: Callable[[OrganizationView], Any]
    """What the person has to do, in a sentence or two."""
    verify: Decide
    fields: tuple[Field, ...] = ()
    start: Start | None = None
    start_fields: tuple[Field, ...] = ()
    start_label: Any = SEND_CODE
    """What the button of ``start`` says."""
    sent: Any = CODE_SENT
    """What is said once ``start`` is done."""
    available: Callable[[Session, OrganizationView, Person], Any] = lambda *_: None
    """Why the person cannot use it now, as a sentence, or ``None``."""

    @property
    def is_alone(self) -> bool:
        """Whether the person does it without anybody's help."""
        return bool(self.fields or self.start_fields)
