"""By a roll: who types the type and number of a document that a roll has, claims its line."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.models import Person, Roll, RollEntry, VerificationRecord
from participa.accounts.queries import rolls
from participa.accounts.verification import records
from participa.accounts.verification.documents import BadDocument, document_hasher, type_label
from participa.accounts.verification.method import Field, Method, Refusal, Typed
from participa.accounts.verification.roll_csv import birth_date
from participa.core import clock
from participa.organizations.queries import OrganizationView

KEY = rolls.CENSUS
PREFIX = rolls.PREFIX

WITHOUT_DATE = _l("Escriba su fecha de nacimiento: el padrón la pide además del documento.")
TAKEN = _l(
    "Con ese documento ya se verificó otra cuenta. Si es suya, entre con ella; si no lo es, avise "
    "a la entidad con su documento en la mano."
)
OTHER = _l(
    "Su cuenta ya está verificada con otro documento del padrón. Si hubo un error, pídale a la "
    "entidad que lo corrija."
)


def evidence(entry_id: int) -> str:
    """Return how a verification names the line of a roll that it rests on."""
    return f"{PREFIX}{entry_id}"


def verify(
    session: Session,
    organization: OrganizationView,
    person: Person,
    typed: Typed,
    at: dt.datetime,
) -> VerificationRecord | Refusal:
    """Claim the person's line in every roll that has the document.

    The line is taken by one statement that succeeds for one person only. What the roll says of age
    and territory replaces what the person said.
    """
    try:
        wanted = document_hasher(organization.id)(
            str(typed.get("document_type", "")), str(typed.get("document_number", ""))
        )
    except BadDocument as error:
        return Refusal(error.sentence, f"document_{error.field}")
    open_rolls = {each.id: each for each in rolls.open_rolls(session, at)}
    asks = any(each.asks_birth_date for each in open_rolls.values())
    born, wrong = None, None
    if asks:
        today = at.astimezone(organization.zone).date()
        born, wrong = birth_date(str(typed.get("birth_date", "")).strip(), today)
        if born is None:
            return Refusal(wrong or WITHOUT_DATE, "birth_date")
    found = rolls.entries_by_hash(session, wanted, list(open_rolls))
    # One answer for all of it: who tries out documents must not learn which the roll has.
    if not found or not all(
        says_birth_date(open_rolls[each.roll_id], each, born) for each in found
    ):
        return Refusal(_not_found(organization, asks=asks), "document_number")
    mine = {each.roll_id: each for each in rolls.entries_of(session, person.id)}
    if any(each.roll_id in mine and mine[each.roll_id].id != each.id for each in found):
        return Refusal(OTHER)
    with session.begin_nested() as all_of_them:
        if not all(_claim(session, each, person, at) for each in found):
            all_of_them.rollback()
            return Refusal(TAKEN)
    for each in found:
        person.birth_date = each.birth_date or person.birth_date
        person.territory_id = each.territory_id or person.territory_id
    return [_write(session, person, open_rolls[each.roll_id], each, at) for each in found][-1]


def says_birth_date(roll: Roll, entry: RollEntry, born: dt.date | None) -> bool:
    """Return whether a line says the date that was typed, where its roll asks for one.

    A line without a date proves nothing where one is asked: it must be put right first.
    """
    return not roll.asks_birth_date or (born is not None and entry.birth_date == born)


def _claim(session: Session, entry: RollEntry, person: Person, at: dt.datetime) -> bool:
    if entry.person_id == person.id:
        return True
    taken = session.execute(
        sa.update(RollEntry)
        .where(
            RollEntry.id == entry.id,
            RollEntry.person_id.is_(None),
            RollEntry.removed_at.is_(None),
        )
        .values(person_id=person.id, claimed_at=at)
        .returning(RollEntry.id)
    ).all()
    return bool(taken)


def _write(
    session: Session, person: Person, roll: Roll, entry: RollEntry, at: dt.datetime
) -> VerificationRecord:
    return records.write(
        session, person, KEY, at, expires_at=roll.until, evidence=evidence(entry.id)
    )


def _not_found(organization: OrganizationView, *, asks: bool) -> Any:
    where = organization.phone or organization.email or organization.address
    if asks and where:
        return _l(
            "Con ese documento y esa fecha de nacimiento no hay nadie en el padrón. Revíselos. Si "
            "están bien, pida que corrijan el padrón: %(where)s.",
            where=where,
        )
    if asks:
        return _l(
            "Con ese documento y esa fecha de nacimiento no hay nadie en el padrón. Revíselos. Si "
            "están bien, pida en la entidad que corrijan el padrón."
        )
    if where:
        return _l(
            "Ese documento no está en el padrón. Revise el tipo y el número. Si están bien, pida "
            "que lo agreguen: %(where)s.",
            where=where,
        )
    return _l(
        "Ese documento no está en el padrón. Revise el tipo y el número. Si están bien, pida en la "
        "entidad que lo agreguen."
    )


def _types(session: Session) -> Sequence[tuple[str, Any]]:
    found = sorted(
        {kind for each in rolls.open_rolls(session, clock.now()) for kind in each.document_types}
    )
    return [(kind, type_label(kind)) for kind in found]


def _asks(session: Session) -> bool:
    return any(each.asks_birth_date for each in rolls.open_rolls(session, clock.now()))


def _available(session: Session, _organization: OrganizationView, _person: Person) -> Any:
    if rolls.open_rolls(session, clock.now()):
        return None
    return _l("La entidad todavía no ha cargado un padrón.")


METHOD = Method(
    key=KEY,
    label=_l("con su documento en el padrón"),
    title=_l("Con su documento"),
    how=lambda _organization: _l(
        "Escriba el tipo y el número de su documento y miramos si está en el padrón. El número no "
        "se guarda."
    ),
    verify=verify,
    fields=(
        Field("document_type", _l("Tipo de documento"), options=_types),
        Field(
            "document_number",
            _l("Número"),
            _l("Con puntos o sin ellos, da igual. No lo guardamos."),
        ),
        Field(
            "birth_date",
            _l("Fecha de nacimiento"),
            _l("Como está en su documento, por ejemplo 1990-05-31 o 31/05/1990."),
            shown=_asks,
        ),
    ),
    available=_available,
)
