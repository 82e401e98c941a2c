"""Staff pages about people: the list, the sheet, measures, their appeals, and what they wrote."""

import datetime as dt
import re

import pytest
import time_machine

from participa.accounts.models import SanctionKind
from participa.accounts.queries import sanctions as measures
from participa.accounts.services import sanctions as services
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.facts import Ref
from participa.core.policy import Role
from participa.moderation import queries
from participa.moderation.models import CaseState
from participa.proposals.models import Proposal
from tests import factories
from tests.moderation import city as cities
from tests.moderation.city import BODY, TITLE, City
from tests.statements import recorded

PEOPLE = "/gestion/procesos/presupuesto/moderacion/personas"
EVERYWHERE = "/gestion/moderacion/personas"
NOON = dt.datetime(2026, 3, 10, 17, tzinfo=dt.UTC)
"""Noon in Bogota."""
REASON = "Insultó a una vecina en dos propuestas, y ya se le había advertido."
WHY = "No fui yo quien escribió eso: me prestaron el computador."
ANSWER = "Revisamos los dos textos y quién los envió, y le creemos."


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def city(app, session, organization) -> City:
    return cities.build(app, session, organization)


@pytest.fixture
def removed(city) -> City:
    """The city with its proposal removed."""
    city.flag(city.neighbours[0])
    city.remove()
    return city


def administrator(city: City):
    return factories.make_person(city.session, "Alma", roles=[Role.ORGANIZATION_ADMIN])


def suspend(city: City, by=None, scope=None, kind=SanctionKind.SUSPENSION) -> int:
    made = services.impose(
        city.session,
        city.actor(by or city.moderator),
        scope or city.process,
        person_id=city.author.id,
        measure=services.Measure(
            kind, REASON, None if kind is SanctionKind.WARNING else dt.date(2026, 3, 20)
        ),
    )
    city.session.commit()
    return made


def appeal(city: City, made: int) -> None:
    services.appeal(city.session, city.actor(city.author), city.organization, made, WHY)
    city.session.commit()


# --- the list -----------------------------------------------------------------------------------


def test_the_list_has_who_was_removed_or_sanctioned(removed):
    browser = removed.client(removed.moderator)
    page = browser.get(PEOPLE)
    assert page.status_code == 200
    assert removed.author.name in page.text
    assert removed.neighbours[0].name not in page.text
    assert removed.author.name in browser.get(f"{PEOPLE}?q={removed.author.name[:4].upper()}").text
    assert "Nadie se llama así" in browser.get(f"{PEOPLE}?q=zzz").text


def test_the_list_is_of_the_process(removed, session):
    other = factories.make_process(session, slug="otro")
    stranger = factories.make_person(session, "Ajeno", roles=[(Role.MODERATOR, other.id)])
    browser = removed.client(stranger)
    assert browser.get(PEOPLE).status_code == 403
    assert removed.author.name not in browser.get(PEOPLE.replace("presupuesto", "otro")).text


def test_the_organization_sees_everybody(removed):
    browser = removed.client(administrator(removed))
    assert removed.author.name in browser.get(EVERYWHERE).text
    assert removed.client(removed.moderator).get(EVERYWHERE).status_code == 403


def test_the_list_takes_the_same_statements_for_one_as_for_sixty(city, session):
    browser = city.client(city.moderator)

    def statements():
        with recorded() as found:
            assert browser.get(PEOPLE).status_code == 200
        return len(found)

    suspend(city)
    browser.get(PEOPLE)
    few = statements()
    for number in range(60):
        person = factories.make_person(session, f"Persona {number:02}")
        services.impose(
            session,
            city.actor(city.moderator),
            city.process,
            person_id=person.id,
            measure=services.Measure(SanctionKind.WARNING, f"{REASON} {number}"),
        )
    session.commit()
    assert statements() == few
    first = browser.get(PEOPLE).text
    after = re.search(r'href="([^"]*pagina=[^"]*)" rel="next"', first)[1].replace("&amp;", "&")
    second = browser.get(after).text
    names = [set(re.findall(r"Persona \d\d", text)) for text in (first, second)]
    assert not names[0] & names[1]
    assert len(names[0] | names[1]) == 60


def test_the_sheet_and_what_was_written_take_fixed_numbers_of_statements(city, session):
    browser = city.client(city.moderator)
    paths = (f"{PEOPLE}/{city.author.id}", f"{PEOPLE}/{city.author.id}/aportes")

    def statements():
        counts = []
        for path in paths:
            with recorded() as found:
                assert browser.get(path).status_code == 200
            counts.append(len(found))
        return counts

    suspend(city)
    statements()
    few = statements()
    for number in range(12):
        city.propose(f"Un puente {number}", f"Un puente de madera sobre la quebrada {number}.")
        services.impose(
            session,
            city.actor(city.second),
            city.process,
            person_id=city.author.id,
            measure=services.Measure(SanctionKind.WARNING, f"{REASON} {number}"),
        )
    session.commit()
    assert statements() == few


# --- the sheet ----------------------------------------------------------------------------------


def test_the_sheet_is_reached_from_a_case(removed):
    browser = removed.client(removed.second)
    case = browser.get(f"/gestion/procesos/presupuesto/moderacion/casos/{removed.case}")
    assert f"{PEOPLE}/{removed.author.id}" in case.text
    sheet = browser.get(f"{PEOPLE}/{removed.author.id}")
    assert sheet.status_code == 200
    assert f"casos/{removed.case}" in sheet.text


def test_nobody_leafs_through_the_accounts(city):
    browser = city.client(city.moderator)
    assert browser.get(f"{PEOPLE}/{city.author.id}").status_code == 200
    for stranger in (city.neighbours[0].id, city.elsewhere.id, 999_999):
        for path in ("", "/suspension", "/aportes"):
            assert browser.get(f"{PEOPLE}/{stranger}{path}").status_code == 404


def test_measures_of_other_processes_are_not_shown(city, session):
    other = factories.make_process(session, slug="otro")
    boss = administrator(city)
    services.impose(
        session,
        city.actor(boss),
        other,
        person_id=city.author.id,
        measure=services.Measure(SanctionKind.WARNING, "Esto pasó en el otro proceso, no aquí."),
    )
    session.commit()
    assert (
        "en el otro proceso"
        not in city.client(city.moderator).get(f"{PEOPLE}/{city.author.id}").text
    )
    assert "en el otro proceso" in city.client(boss).get(f"{EVERYWHERE}/{city.author.id}").text


# --- measures -----------------------------------------------------------------------------------

MEASURES = {
    "advertencia": ({}, SanctionKind.WARNING),
    "limite": ({"per_day": "2", "last_day": "2026-03-20"}, SanctionKind.LIMIT),
    "suspension": ({"last_day": "2026-03-20"}, SanctionKind.SUSPENSION),
}


@pytest.mark.parametrize("measure", MEASURES)
def test_type_look_and_send(app, city, measure):
    typed, kind = MEASURES[measure]
    browser = city.client(city.moderator)
    path = f"{PEOPLE}/{city.author.id}/{measure}"
    assert browser.get(path).status_code == 200
    fields = {"reason": REASON, **typed}
    looked = browser.post(path, data={**fields, "accion": "revisar"})
    assert looked.status_code == 200
    assert REASON in looked.text
    assert "Todavía no se ha hecho nada" in looked.text
    assert not measures.of_person(city.session, city.author.id)
    back = browser.post(path, data={**fields, "accion": "editar"})
    assert f"{REASON}</textarea>" in back.text
    sent = browser.post(path, data={**hidden(looked.text), "accion": "enviar"})
    assert sent.status_code == 303
    city.session.expire_all()
    made = measures.of_person(city.session, city.author.id)[0]
    assert (made.kind, made.reason, made.process_id) == (kind, REASON, city.process.id)
    terms = queries.terms(city.session, city.organization.id)
    assert made.appeal_until == clock.end_of_day(
        dt.date(2026, 3, 10) + dt.timedelta(days=terms.appeal_days), city.organization.zone
    )
    # What was shown beforehand is what the person reads.
    own = city.client(city.author).get(f"/cuenta/moderacion/{made.id}").text
    shown = re.search(r"<h2>[^<]*</h2>\n<p>(.*?)</p>", looked.text)[1]
    assert shown in own
    assert city.moderator.name not in own.partition("<main")[2]


def hidden(text):
    """Return what the hidden fields of a page's form say."""
    return {
        name: value.replace("&#34;", '"').replace("&amp;", "&")
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text)
    }


@pytest.mark.parametrize(
    ("measure", "typed", "told"),
    [
        ("advertencia", {"reason": "No."}, "20 caracteres"),
        (
            "limite",
            {"reason": REASON, "per_day": "muchos", "last_day": "2026-03-20"},
            "entre 1 y 50",
        ),
        ("limite", {"reason": REASON, "per_day": "2", "last_day": ""}, "hasta qué día"),
        ("limite", {"reason": REASON, "per_day": "2", "last_day": "mañana"}, "fecha completa"),
        ("suspension", {"reason": REASON, "last_day": ""}, "hasta qué día"),
        ("suspension", {"reason": REASON, "last_day": "2026-03-09"}, "ya pasó"),
        ("suspension", {"reason": REASON, "last_day": "2029-03-09"}, "doce meses"),
        ("suspension", {"reason": "x\u202ey" * 10, "last_day": "mañana"}, "invisibles"),
    ],
)
@pytest.mark.parametrize("action", ["revisar", "enviar"])
def test_what_is_wrong_is_said_and_nothing_is_lost(city, measure, typed, told, action):
    path = f"{PEOPLE}/{city.author.id}/{measure}"
    answer = city.client(city.moderator).post(path, data={**typed, "accion": action})
    assert answer.status_code == 422
    assert told in answer.text
    for value in typed.values():
        assert value in answer.text
    assert not measures.of_person(city.session, city.author.id)


def test_without_an_end_only_administrators_are_asked(city):
    path = f"{PEOPLE}/{city.author.id}/suspension"
    typed = {"reason": REASON, "open_ended": "1", "accion": "enviar"}
    browser = city.client(city.moderator)
    assert "Sin fecha de fin" not in browser.get(path).text
    assert browser.post(path, data=typed).status_code == 422
    boss = city.client(administrator(city))
    assert "Sin fecha de fin" in boss.get(path).text
    looked = boss.post(path, data={**typed, "accion": "revisar"})
    assert boss.post(path, data={**hidden(looked.text), "accion": "enviar"}).status_code == 303
    assert measures.of_person(city.session, city.author.id)[0].ends_at is None


def test_colleagues_are_out_of_reach(city, session):
    suspend(city, kind=SanctionKind.WARNING)
    colleague = factories.make_person(session, "Colega", roles=[(Role.MODERATOR, city.process.id)])
    city.author, writer = colleague, city.author
    suspend(city, by=administrator(city), kind=SanctionKind.WARNING)
    browser = city.client(city.moderator)
    sheet = browser.get(f"{PEOPLE}/{colleague.id}").text
    assert "un rol como el suyo o mayor" in sheet
    assert f"{PEOPLE}/{colleague.id}/suspension" not in sheet
    assert browser.get(f"{PEOPLE}/{colleague.id}/suspension").status_code == 403
    assert browser.get(f"{PEOPLE}/{writer.id}/suspension").status_code == 200


def test_lifting_asks_first(city):
    made = suspend(city)
    path = f"{PEOPLE}/{city.author.id}/medidas/{made}/levantar"
    browser = city.client(city.second)
    asked = browser.post(path)
    assert asked.status_code == 200
    assert measures.get(city.session, made).lifted_at is None
    assert browser.post(path, data={"confirmado": "1"}).status_code == 303
    city.session.expire_all()
    assert measures.get(city.session, made).lifted_at == NOON
    assert browser.post(path, data={"confirmado": "1"}).status_code == 403


def test_of_the_whole_organization(city):
    boss = administrator(city)
    browser = city.client(boss)
    path = f"{EVERYWHERE}/{city.author.id}/suspension"
    typed = {"reason": REASON, "last_day": "2026-03-20", "accion": "enviar"}
    assert browser.post(path, data=typed).status_code == 303
    made = measures.of_person(city.session, city.author.id)[0]
    assert made.process_id is None
    sheet = city.client(city.moderator).get(f"{PEOPLE}/{city.author.id}").text
    assert "Toda la entidad" in sheet
    lift = f"{PEOPLE}/{city.author.id}/medidas/{made.id}/levantar"
    assert city.client(city.moderator).post(lift).status_code == 404
    assert city.client(city.moderator).post(path, data=typed).status_code == 403


# --- appeals ------------------------------------------------------------------------------------


def test_an_appeal_is_answered_by_somebody_else(city):
    made = suspend(city)
    appeal(city, made)
    path = f"{PEOPLE}/{city.author.id}/medidas/{made}/apelacion"
    first, second = city.client(city.moderator), city.client(city.second)
    for browser in (first, second):
        assert "Apelaciones por responder" in browser.get(PEOPLE).text
    assert first.get(path).status_code == 403
    assert "La apelación la decide otra persona" in first.get(f"{PEOPLE}/{city.author.id}").text
    assert WHY in second.get(path).text
    empty = second.post(path, data={"accion": "revisar", "answer": "Sí."})
    assert empty.status_code == 422
    assert "Elija si la medida" in empty.text
    assert "Sí.</textarea>" in empty.text
    fields = {"outcome": "levantar", "answer": ANSWER}
    looked = second.post(path, data={**fields, "accion": "revisar"})
    assert "Todavía no se ha enviado" in looked.text
    assert measures.get(city.session, made).appeal_decided_at is None
    assert second.post(path, data={**hidden(looked.text), "accion": "enviar"}).status_code == 303
    city.session.expire_all()
    assert measures.get(city.session, made).lifted_at == NOON
    own = city.client(city.author).get(f"/cuenta/moderacion/{made}").text
    assert ANSWER in own
    assert second.get(path).status_code == 403


def test_appeals_are_counted_beside_the_page(city):
    made = suspend(city)
    appeal(city, made)
    page = city.client(city.second).get(PEOPLE).text
    assert re.search(r'moderacion/personas"[^>]*>.*?<span class="count">1</span>', page)


# --- what somebody wrote ------------------------------------------------------------------------


def test_choose_review_and_open_a_case_for_each(city):
    more = [city.propose(f"{TITLE} {number}", f"{BODY} {number}") for number in range(3)]
    browser = city.client(city.moderator)
    path = f"{PEOPLE}/{city.author.id}/aportes"
    page = browser.get(path)
    boxes = re.findall(r'name="aporte" value="(\d+)"', page.text)
    assert len(boxes) == 4
    assert browser.post(path, data={"accion": "revisar"}).status_code == 422
    looked = browser.post(path, data={"aporte": boxes[:2], "accion": "revisar"})
    assert "Se abrirán 2 casos" in looked.text
    assert not [each for each in more if queries.case_of(city.session, ref(each))]
    without = browser.post(path, data={"aporte": boxes[:2], "accion": "abrir", "text": " "})
    assert without.status_code == 422
    typed = {"aporte": boxes[:2], "accion": "abrir", "text": "Insultos que se repiten."}
    assert browser.post(path, data=typed).status_code == 303
    city.session.expire_all()
    opened = [each for each in (*more, city.proposal) if queries.case_of(city.session, ref(each))]
    assert len(opened) == 2
    for each in opened:
        assert queries.case_of(city.session, ref(each)).state is CaseState.OPEN
        assert city.session.get_one(Proposal, each).status is Standing.PUBLISHED
    again = browser.get(path).text
    assert again.count("Ya tiene un caso") == 2
    assert len(re.findall(r'name="aporte" value="(\d+)"', again)) == 2
    # A second press opens nothing twice, and says so.
    told = browser.post(path, data=typed, follow_redirects=True).text
    assert "2 aportes se quedaron sin caso" in told


def ref(proposal):
    return Ref("proposal", proposal)


def test_only_what_the_person_wrote_here_can_be_chosen(city, session):
    path = f"{PEOPLE}/{city.author.id}/aportes"
    browser = city.client(city.moderator)
    for forged in (["999999"], ["x"], ["1" * 40], []):
        answer = browser.post(path, data={"aporte": forged, "accion": "abrir", "text": REASON})
        assert answer.status_code == 422


def test_nobody_opens_cases_about_themselves(city, session):
    mine = factories.make_person(
        session, "Dos sombreros", roles=[(Role.MODERATOR, city.process.id)]
    )
    city.author = mine
    city.propose("Una escalera", "Una escalera de madera para subir al mirador.")
    browser = city.client(mine)
    path = f"{PEOPLE}/{mine.id}/aportes"
    boxes = re.findall(r'name="aporte" value="(\d+)"', browser.get(path).text)
    told = browser.post(
        path,
        data={"aporte": boxes, "accion": "abrir", "text": REASON},
        follow_redirects=True,
    ).text
    assert "sin caso" in told


def test_names_and_words_are_escaped(city, session):
    city.author.name = "<script>alert(1)</script>"
    session.commit()
    made = services.impose(
        session,
        city.actor(city.moderator),
        city.process,
        person_id=city.author.id,
        measure=services.Measure(SanctionKind.WARNING, "<img src=x onerror=alert(2)> no se hace"),
    )
    session.commit()
    appeal(city, made)
    browser = city.client(city.second)
    for path in (
        PEOPLE,
        f"{PEOPLE}/{city.author.id}",
        f"{PEOPLE}/{city.author.id}/advertencia",
        f"{PEOPLE}/{city.author.id}/aportes",
        f"{PEOPLE}/{city.author.id}/medidas/{made}/apelacion",
    ):
        text = browser.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
