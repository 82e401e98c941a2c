"""Staff pages of an organization's grounds and terms."""

import pytest

from participa.core.facts import FactRow
from participa.core.policy import Role
from participa.moderation import queries
from participa.moderation.services import grounds
from tests import factories
from tests.moderation import city as cities
from tests.moderation.city import City

GROUNDS = "/gestion/moderacion/motivos"
TERMS = "/gestion/moderacion/plazos"


@pytest.fixture
def city(app, session, organization) -> City:
    return cities.build(app, session, organization)


@pytest.fixture
def browser(city):
    return city.client(factories.make_person(city.session, "Alma", roles=[Role.ORGANIZATION_ADMIN]))


def ground(city, key="publicidad"):
    city.session.expire_all()
    return next(each for each in queries.grounds(city.session, active=False) if each.key == key)


def typed(row, **changed):
    """Return what the form of a ground posts."""
    fields = {
        f"{name}_{code}": getattr(row, name).get(code, "")
        for name in ("name", "text", "reply")
        for code in ("es", "en", "pt")
    }
    fields |= {"severity": str(row.severity), "place": ""}
    fields |= {name: "y" for name in ("is_urgent", "merges", "is_active") if getattr(row, name)}
    return {name: value for name, value in {**fields, **changed}.items() if value is not None}


def facts(city, name):
    return [row.data for row in city.session.query(FactRow).filter_by(name=name)]


def test_only_administrators(city, browser):
    manager = factories.make_person(
        city.session, "Eva", roles=[(Role.PROCESS_ADMIN, city.process.id)]
    )
    for path in (GROUNDS, f"{GROUNDS}/nuevo", f"{GROUNDS}/{ground(city).id}", TERMS):
        assert browser.get(path).status_code == 200
        for other in (city.client(city.moderator), city.client(manager)):
            assert other.get(path).status_code == 403
            assert other.post(path).status_code in {403, 405}


def test_the_list_is_in_order_with_its_uses(city, browser):
    city.flag(city.neighbours[0], "publicidad")
    page = browser.get(GROUNDS).text
    places = [page.index(str(each.name)) for each in queries.grounds(city.session, active=False)]
    assert places == sorted(places)
    other = factories.make_organization(city.session, "otra")
    assert queries.ground_uses(city.session) == {}, "uses of another organization were counted"
    assert other.id != city.organization.id


def test_changing_a_ground(city, browser):
    row = ground(city)
    path = f"{GROUNDS}/{row.id}"
    fields = typed(row, name_es="Propaganda", name_pt="Propaganda", severity="2", is_urgent="y")
    assert browser.post(path, data=fields).status_code == 303
    row = ground(city)
    assert (row.name["es"], row.name["pt"], row.severity, row.is_urgent) == (
        "Propaganda",
        "Propaganda",
        2,
        True,
    )
    assert facts(city, "moderation.ground_saved") == [
        {"name": {"es": "Propaganda", "pt": "Propaganda"}}
    ]


def test_a_ground_moves_in_the_list(city, browser):
    row = ground(city)
    assert browser.post(f"{GROUNDS}/{row.id}", data=typed(row, place="1")).status_code == 303
    city.session.expire_all()
    every = queries.grounds(city.session, active=False)
    assert every[0].key == "publicidad"
    assert [each.position for each in every] == list(range(len(every)))


def test_adding_a_ground(city, browser):
    fields = {
        "name_es": "Ruido",
        "text_es": "No dice nada que se pueda entender.",
        "severity": "1",
    }
    assert browser.post(f"{GROUNDS}/nuevo", data=fields).status_code == 303
    city.session.expire_all()
    last = queries.grounds(city.session, active=False)[-1]
    assert (last.name["es"], last.is_active, last.severity) == ("Ruido", True, 1)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name_es": ""}, "idioma de la entidad"),
        ({"text_es": ""}, "idioma de la entidad"),
        ({"name_es": "x" * 121}, "caben 120"),
        ({"reply_es": "vu\u202eelta"}, "invisibles"),
        ({"severity": "9"}, "de 1"),
        ({"merges": "y", "is_urgent": "y"}, "Lo repetido se une"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(city, browser, changed, told):
    row = ground(city)
    fields = typed(row, name_pt="O que se escreveu", **changed)
    answer = browser.post(f"{GROUNDS}/{row.id}", data=fields)
    assert answer.status_code == 422
    assert told in answer.text
    assert "O que se escreveu" in answer.text
    assert ground(city).name.get("pt") != "O que se escreveu"
    assert not facts(city, "moderation.ground_saved")


def test_a_ground_is_put_away_never_deleted(city, browser):
    city.flag(city.neighbours[0], "publicidad")
    row = ground(city)
    page = browser.get(f"{GROUNDS}/{row.id}").text
    assert "Se ha usado 1 vez" in page
    assert browser.post(f"{GROUNDS}/{row.id}", data=typed(row, is_active=None)).status_code == 303
    assert ground(city).is_active is False
    assert "ya no se ofrece" in browser.get(GROUNDS).text


def test_one_ground_at_least_is_offered(city, browser):
    every = queries.grounds(city.session, active=False)
    for each in every[1:]:
        each.is_active = False
    city.session.commit()
    answer = browser.post(f"{GROUNDS}/{every[0].id}", data=typed(every[0], is_active=None))
    assert answer.status_code == 422
    assert "al menos un motivo" in answer.text
    assert queries.grounds(city.session)


def test_a_ground_of_another_city_is_not_there(city, browser, session):
    other = factories.make_organization(session, "otra")
    grounds.ensure(session, other)
    theirs = queries.grounds(session)[0].id
    session.commit()
    assert browser.get(f"{GROUNDS}/{theirs}").status_code == 404


NUMBERS = {
    "grave_hours": "6",
    "ordinary_hours": "24",
    "mild_hours": "72",
    "urgent_review_hours": "12",
    "appeal_days": "15",
    "appeal_answer_days": "5",
    "review_threshold": "4",
}


def test_changing_the_terms(city, browser):
    assert 'value="10"' in browser.get(TERMS).text
    assert browser.post(TERMS, data=NUMBERS).status_code == 303
    city.session.expire_all()
    row = queries.terms(city.session, city.organization.id)
    assert {name: str(getattr(row, name)) for name in NUMBERS} == NUMBERS
    assert len(facts(city, "moderation.terms_saved")) == 1
    assert browser.post(TERMS, data=NUMBERS).status_code == 303
    assert len(facts(city, "moderation.terms_saved")) == 1, "nothing changed, nothing is recorded"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("grave_hours", "0"),
        ("grave_hours", "seis"),
        ("appeal_days", "1"),
        ("review_threshold", "1"),
        ("mild_hours", "5"),
        ("ordinary_hours", "99999999999999999999"),
        ("urgent_review_hours", "-3"),
    ],
)
def test_a_number_that_cannot_be_promised(city, browser, name, value):
    answer = browser.post(TERMS, data={**NUMBERS, name: value})
    assert answer.status_code == 422
    assert f'id="{name}-error"' in answer.text
    assert f'value="{value}"' in answer.text
    assert 'value="72"' in answer.text or name == "mild_hours"
    assert not facts(city, "moderation.terms_saved")
