"""A document number alone makes no voter where the roll asks for more; a voter by a promoter is told."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from participa.accounts.models import RollEntry
from participa.accounts.services import verification as verifying
from participa.accounts.services.rolls import making
from participa.budgets.services import lines, lock
from participa.core import clock
from participa.core.errors import Invalid
from participa.core.facts import FactRow
from participa.core.mail import Mail
from participa.core.policy import Denied, Role
from tests import factories
from tests.budgets.stations import Station

BORN = dt.date(1990, 5, 31)


@pytest.fixture
def hall(app_context, session, organization):
    made = Station(session, organization, maximum=2)
    made.line("1001").birth_date = BORN
    made.admin = factories.actor_of(
        session, factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    )
    made.roll = made.line("1001").roll_id
    session.commit()
    return made


def asks(hall, session, organization, *, yes=True):
    making.ask_birth_date(session, hall.admin, organization, hall.roll, asks=yes)


def refused(service, *values):
    with pytest.raises(Invalid) as error:
        service(*values)
    [problem] = error.value.problems
    return problem.path, str(problem.message)


def test_whoever_types_a_document_at_a_point_needs_the_date_too(hall, session, organization):
    asks(hall, session, organization)

    def by(number, born):
        return lines.by_document(session, hall.component, lines.Document("CC", number, born=born))

    assert by("1001", "31/05/1990").id == hall.lines["1001"]
    wrong = refused(by, "1001", "1990-05-30")
    assert wrong == refused(by, "999888", "1990-05-31"), "nobody learns whom the roll has"
    assert wrong == refused(by, "1002", "1990-05-31"), "a line without a date proves nothing"
    assert refused(by, "1001", "")[0] == refused(by, "1001", "mayo")[0] == "birth_date"


def test_whoever_verifies_themself_needs_the_date_too(hall, session, organization):
    asks(hall, session, organization)
    person = factories.actor_of(session, factories.make_person(session, "Nueva"))

    def verify(number, born):
        typed = {"document_type": "CC", "document_number": number, "birth_date": born}
        found = verifying.verify(session, person, organization, "census", typed)
        return found and (found.field, str(found.sentence))

    wrong = verify("1001", "1991-05-31")
    assert wrong[0] == "document_number"
    assert wrong == verify("999888", "1990-05-31")
    assert verify("1001", "")[0] == "birth_date"
    assert session.get_one(RollEntry, hall.lines["1001"]).person_id is None
    assert verify("1001", "1990-05-31") is None
    assert session.get_one(RollEntry, hall.lines["1001"]).person_id == person.person_id


def test_who_manages_rolls_says_whether_it_is_asked(hall, session, organization):
    with pytest.raises(Denied):
        making.ask_birth_date(session, hall.boss, organization, hall.roll, asks=True)

    def notes():
        [item] = [
            each
            for each in lock.checklist(session, hall.component, clock.now())
            if "quiénes votan" in str(each.title)
        ]
        return " ".join(map(str, item.notes))

    assert "basta el número del documento" in notes()
    asks(hall, session, organization)
    assert "líneas no la tienen" in notes()
    session.execute(sa.update(RollEntry).values(birth_date=BORN))
    assert notes() == ""
    asks(hall, session, organization, yes=False)
    names = session.scalars(
        sa.select(FactRow.name).where(FactRow.name.like("accounts.roll_asks%")).order_by(FactRow.id)
    ).all()
    assert names == ["accounts.roll_asks_birth_date", "accounts.roll_asks_no_birth_date"]


def test_the_desk_asks_for_it(app, session, organization):
    with app.app_context():
        hall = Station(session, organization, maximum=2)
        hall.line("1001").birth_date = BORN
        session.commit()
    desk = factories.sign_in(app.test_client(), session, hall.people["promoter"])
    place = f"/procesos/presupuesto/presupuesto/puntos/{hall.point}"
    assert "Fecha de nacimiento" not in desk.get(place).text
    admin = factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    boss = factories.sign_in(app.test_client(), session, admin)
    roll = hall.line("1001").roll_id
    assert "Solo el número del documento" in boss.get(f"/gestion/padrones/{roll}").text
    boss.post(f"/gestion/padrones/{roll}/fecha-de-nacimiento", data={"asks": "1"})
    assert "Fecha de nacimiento" in desk.get(place).text
    typed = {"document_type": "CC", "document_number": "1001", "como": "ayuda"}
    answer = desk.post(place, data=typed)
    assert (answer.status_code, "Escriba su fecha de nacimiento" in answer.text) == (422, True)
    assert desk.post(place, data=typed | {"birth_date": "1990-05-31"}).status_code == 200
    person = factories.sign_in(app.test_client(), session, factories.make_person(session, "Nueva"))
    way = "/cuenta/verificacion/census"
    assert "Fecha de nacimiento" in person.get(way).text
    boss.post(f"/gestion/padrones/{roll}/fecha-de-nacimiento", data={"asks": "0"})
    page = person.get(way)
    assert (page.status_code, "Fecha de nacimiento" in page.text) == (200, False)


# --- whoever is voted for is told


def letters(session, address):
    return session.scalars(sa.select(Mail).where(Mail.recipient == address)).all()


def at_the_desk(app, session, organization, number, how):
    with app.app_context():
        hall = Station(session, organization, maximum=2)
    desk = factories.sign_in(app.test_client(), session, hall.people["promoter"])
    place = f"/procesos/presupuesto/presupuesto/puntos/{hall.point}"
    typed = {"document_type": "CC", "document_number": number, "como": how}
    found = desk.post(place, data=typed)
    data = {"linea_token": re.search(r'name="linea_token" value="([^"]+)"', found.text)[1]}
    if how == "papel":
        answer = desk.post(f"{place}/entregar", data=data | {"confirmado": "1"})
    else:
        ballot = data | {f"papeleta-{hall.ids[0]}": "1", "paso": "enviar"}
        answer = desk.post(f"{place}/voto", data=ballot)
    assert answer.status_code == 303, answer.text
    session.expire_all()
    return hall


def test_whose_line_voted_at_a_point_is_told_and_no_fact_names_them(app, session, organization):
    hall = at_the_desk(app, session, organization, "1003", "ayuda")
    [letter] = letters(session, hall.people["claimed"].email)
    assert letter.subject.startswith("Se registró un voto a su nombre")
    for words in ("Escuela La Loma", "envíe su voto antes del cierre", "Si no fue usted"):
        assert words in letter.text
    who = hall.people["claimed"].id
    for fact in session.scalars(sa.select(FactRow).where(FactRow.name.like("budgets.%"))):
        assert who not in fact.data.values()
        assert fact.subject_kind != "person"


def test_a_sheet_is_told_too_and_cannot_be_changed(app, session, organization):
    hall = at_the_desk(app, session, organization, "1003", "papel")
    [letter] = letters(session, hall.people["claimed"].email)
    assert "una hoja a su nombre" in letter.text
    assert "no se puede cambiar por internet" in letter.text


def test_without_an_account_nobody_is_told(app, session, organization):
    at_the_desk(app, session, organization, "1001", "ayuda")
    assert session.scalars(sa.select(Mail)).all() == []
