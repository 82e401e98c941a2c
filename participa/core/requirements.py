"""The requirements that a process may put on an open capability, besides the role."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core.policy import SIGN_IN, Actor, Denial, Requirement

OLDEST = 120
"""Years: no minimum age is higher."""
ADULT = 18
"""Years from which nobody's permission is needed."""


def age_on(born: dt.date, day: dt.date) -> int:
    """Return an age in whole years on a calendar day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass(frozen=True, slots=True)
class ConfirmedEmail:
    """The person has confirmed an e-mail address (or was registered in person by staff)."""

    kind = "confirmed_email"

    def denial(self, actor: Actor, at: dt.datetime, zone: dt.tzinfo) -> Denial | None:
        if not actor.is_signed_in:
            return SIGN_IN
        if actor.email_confirmed:
            return None
        return Denial(
            "confirmed_email",
            _l("Primero confirme su correo: abra el enlace que le enviamos."),
            invite="confirm_email",
        )

    @property
    def sentence(self) -> Any:
        return _l("con correo confirmado")

    def plain(self) -> Any:
        return self.kind


@dataclass(frozen=True, slots=True)
class Verified:
    """The person was verified by a method, and the verification has not expired."""

    method: str
    kind = "verified"

    def denial(self, actor: Actor, at: dt.datetime, zone: dt.tzinfo) -> Denial | None:
        if not actor.is_signed_in:
            return SIGN_IN
        mine = _living(actor, self.method, at)
        if mine:
            return None
        if mine is not None:
            sentence = _l("Su verificación venció. Verifíquese de nuevo.")
        else:
            sentence = _l("Para esto debe verificar quién es.")
        return Denial("verified", sentence, invite="verify", method=self.method)

    @property
    def sentence(self) -> Any:
        return _l(
            "con identidad verificada (%(method)s)",
            method=VERIFICATION_METHODS.get(self.method, self.method),
        )

    def plain(self) -> Any:
        return {self.kind: self.method}


VERIFICATION_METHODS: dict[str, Any] = {}
"""Methods by which a person can be verified, with their label: filled by
:mod:`participa.accounts.verification`, which declares them."""


@dataclass(frozen=True, slots=True)
class MinimumAge:
    """The person has reached an age, in whole years, on the organization's calendar day."""

    years: int
    kind = "age"

    def denial(self, actor: Actor, at: dt.datetime, zone: dt.tzinfo) -> Denial | None:
        if not actor.is_signed_in:
            return SIGN_IN
        born = actor.birth_date
        if born is None:
            return Denial(
                "age",
                _l(
                    "Díganos su fecha de nacimiento: esto es desde los %(years)s años.",
                    years=self.years,
                ),
                invite="complete_profile",
            )
        if age_on(born, at.astimezone(zone).date()) >= self.years:
            return None
        return Denial("age", _l("Esto es desde los %(years)s años.", years=self.years))

    @property
    def sentence(self) -> Any:
        return _l("desde los %(years)s años", years=self.years)

    def plain(self) -> Any:
        return {self.kind: self.years}


def _living(actor: Actor, method: str, at: dt.datetime) -> bool | None:
    """Return whether a verification holds at a moment; ``None`` where there never was one."""
    mine = [each for each in actor.verifications if each.method == method]
    if not mine:
        return None
    return any(each.expires_at is None or each.expires_at > at for each in mine)


@dataclass(frozen=True, slots=True)
class Guardian:
    """The person is an adult on the organization's day, or whoever looks after them allows it."""

    kind = "guardian"

    def denial(self, actor: Actor, at: dt.datetime, zone: dt.tzinfo) -> Denial | None:
        if not actor.is_signed_in:
            return SIGN_IN
        born = actor.birth_date
        if born is None:
            return Denial(
                "guardian",
                _l(
                    "Díganos su fecha de nacimiento: antes de los %(years)s años hace falta el "
                    "permiso de su mamá, su papá o quien le cuida.",
                    years=ADULT,
                ),
                invite="complete_profile",
            )
        if age_on(born, at.astimezone(zone).date()) >= ADULT:
            return None
        allowed = _living(actor, self.kind, at)
        if allowed:
            return None
        if allowed is not None:
            sentence = _l("El permiso de quien le cuida ya no vale. Pídalo de nuevo.")
        else:
            sentence = _l(
                "Antes de los %(years)s años hace falta el permiso de su mamá, su papá o quien le "
                "cuida. Pídalo aquí: toma dos minutos.",
                years=ADULT,
            )
        return Denial("guardian", sentence, invite="verify", method=self.kind)

    @property
    def sentence(self) -> Any:
        return _l("si tiene menos de %(years)s años, con permiso de quien le cuida", years=ADULT)

    def plain(self) -> Any:
        return self.kind


@dataclass(frozen=True, slots=True)
class LivesIn:
    """The person lives in a territory or in one inside it."""

    code: str
    kind = "territory"

    def denial(self, actor: Actor, at: dt.datetime, zone: dt.tzinfo) -> Denial | None:
        if not actor.is_signed_in:
            return SIGN_IN
        if self.code in actor.territories:
            return None
        if not actor.territories:
            return Denial(
                "territory",
                _l(
                    "Díganos en qué barrio o vereda vive: "
                    "esto es para quienes viven en un territorio."
                ),
                invite="complete_profile",
            )
        return Denial("territory", _l("Esto es para quienes viven en otro territorio."))

    @property
    def sentence(self) -> Any:
        return _l("con residencia en el territorio «%(code)s»", code=self.code)

    def plain(self) -> Any:
        return {self.kind: self.code}


@dataclass(frozen=True, slots=True)
class InGroup:
    """The person belongs to a group that staff keep (a council, a school, a team of evaluators)."""

    key: str
    kind = "group"

    def denial(self, actor: Actor, at: dt.datetime, zone: dt.tzinfo) -> Denial | None:
        if not actor.is_signed_in:
            return SIGN_IN
        if self.key in actor.groups:
            return None
        return Denial("group", _l("Esto es solo para un grupo convocado por la entidad."))

    @property
    def sentence(self) -> Any:
        return _l("del grupo «%(key)s»", key=self.key)

    def plain(self) -> Any:
        return {self.kind: self.key}


def in_words(requires: Iterable[Requirement]) -> list[Any]:
    """Return the sentences of requirements, each once, in their order."""
    found: dict[str, Any] = {}
    for requirement in requires:
        found.setdefault(str(requirement.sentence), requirement.sentence)
    return list(found.values())


REQUIREMENT_KINDS: Mapping[str, Any] = {
    "confirmed_email": _l("Correo confirmado"),
    "verified": _l("Identidad verificada por un método"),
    "age": _l("Edad mínima"),
    "guardian": _l("Antes de los 18 años, permiso de quien cuida"),
    "territory": _l("Territorio de residencia"),
    "group": _l("Grupo convocado"),
}


_PLAIN: Mapping[str, Callable[[], Requirement]] = {
    ConfirmedEmail.kind: ConfirmedEmail,
    Guardian.kind: Guardian,
}
_NAMED: Mapping[Any, Callable[[str], Requirement]] = {
    Verified.kind: Verified,
    LivesIn.kind: LivesIn,
    InGroup.kind: InGroup,
}


def parse_requirement(data: Any) -> tuple[Requirement | None, Any]:
    """Read one requirement as a process file writes it. Returns it, or ``None`` and a sentence."""
    if isinstance(data, str) and data in _PLAIN:
        return _PLAIN[data](), None
    if isinstance(data, Mapping) and len(data) == 1:
        ((kind, value),) = data.items()
        if kind == "age":
            if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= OLDEST:
                return MinimumAge(value), None
            return None, _l("la edad debe ser un número entero entre 1 y %(oldest)s", oldest=OLDEST)
        builder = _NAMED.get(kind)
        if builder is not None:
            if isinstance(value, str) and value:
                return builder(value), None
            return None, _l("«%(kind)s» necesita un texto", kind=kind)
    return None, _l(
        "no se conoce el requisito «%(data)s»; existen: %(known)s",
        data=str(data),
        known=", ".join(REQUIREMENT_KINDS),
    )
