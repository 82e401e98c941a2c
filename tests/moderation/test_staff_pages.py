"""The moderators' pages: the queue, the case, and deciding several together."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
import time_machine

from participa.accounts.models import RoleGrant
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.policy import Role
from participa.moderation import queries
from participa.moderation.models import Case, CaseState
from participa.moderation.services import cases, decisions
from participa.moderation.views.shown import difference
from participa.moderation.views.words import due_in_words
from participa.proposals import services as proposals
from participa.proposals.models import Proposal
from participa.proposals.services import Draft
from tests import factories
from tests.moderation import city as cities
from tests.moderation.city import BODY, TITLE, City
from tests.statements import recorded

QUEUE = "/gestion/procesos/presupuesto/moderacion"
NOON = dt.datetime(2026, 3, 10, 17, tzinfo=dt.UTC)
"""Noon in Bogota."""


@pytest.fixture
def city(app, session, organization) -> City:
    return cities.build(app, session, organization)


@pytest.fixture
def flagged(city) -> City:
    """The city with its proposal flagged by a neighbour as an insult."""
    city.flag(city.neighbours[0], detail="Le dice cascarrabias.")
    return city


def case_page(city: City, **more: object) -> str:
    return f"{QUEUE}/casos/{city.case}"


def state(city: City) -> CaseState:
    city.session.expire_all()
    return queries.case(city.session, city.case).state


def standing(city: City) -> Standing:
    city.session.expire_all()
    return city.session.get_one(Proposal, city.proposal).status


def decide(client, city: City, decision: str, **fields: object):
    """Post a decision as the page's form does, with the revision of now unless said."""
    fields.setdefault("revision", city.revision())
    return client.post(
        f"{case_page(city)}/decidir",
        data={"decision": decision}
        | {
            name if name in {"seguir", "confirmado"} else f"{decision}-{name}": value
            for name, value in fields.items()
        },
    )


# --- who comes in -------------------------------------------------------------------------------


def test_who_opens_the_pages(flagged):
    city = flagged
    for path in (QUEUE, case_page(city)):
        assert city.client().get(path).status_code == 303, "a visitor signs in first"
        assert city.client(city.neighbours[0]).get(path).status_code == 403
        refused = city.client(city.elsewhere).get(path)
        assert refused.status_code == 403, "who moderates another process does not moderate here"
        assert TITLE not in refused.text
        assert city.client(city.moderator).get(path).status_code == 200
    assert city.client(city.neighbours[0]).get("/gestion/moderacion").status_code == 403
    elsewhere = city.client(city.elsewhere).get("/gestion/moderacion")
    assert elsewhere.status_code == 200
    assert TITLE not in elsewhere.text
    assert TITLE in city.client(city.moderator).get("/gestion/moderacion").text


def test_a_case_is_not_there_under_another_process(flagged):
    admin = factories.make_person(flagged.session, "Ada", roles=[Role.ORGANIZATION_ADMIN])
    address = f"/gestion/procesos/otro-proceso/moderacion/casos/{flagged.case}"
    assert flagged.client(admin).get(address).status_code == 404
    assert flagged.client(admin).get(case_page(flagged)).status_code == 200


def test_nobody_sees_the_case_of_what_they_wrote(city):
    session = city.session
    session.add(
        RoleGrant(person_id=city.author.id, role=Role.MODERATOR, process_id=city.process.id)
    )
    session.commit()
    city.flag(city.neighbours[0], detail="Un detalle que no es para su autora.")
    client = city.client(city.author)
    page = client.get(case_page(city))
    assert page.status_code == 403
    assert "lo decide otra persona" in page.text
    queue = client.get(QUEUE)
    assert "Es suyo: lo decide otra persona" in queue.text
    assert f'name="caso" value="{city.case}"' not in queue.text, "it cannot be ticked"
    assert decide(client, city, "keep").status_code == 403
    assert state(city) is CaseState.OPEN


# --- the queue ----------------------------------------------------------------------------------


def test_an_empty_queue_is_kind(city):
    page = city.client(city.moderator).get(QUEUE).text
    assert "Todo está al día" in page
    filtered = city.client(city.moderator).get(f"{QUEUE}?plazo=vencidas").text
    assert "Ningún caso coincide con el filtro" in filtered


def test_the_queue_says_what_why_and_until_when(city):
    with time_machine.travel(NOON, tick=False):
        for neighbour in city.neighbours[:2]:
            city.flag(neighbour)
    with time_machine.travel(NOON + dt.timedelta(hours=1), tick=False):
        page = city.client(city.moderator).get(QUEUE).text
    assert TITLE in page
    assert "× 2" in page
    due = queries.case(city.session, city.case).due_at
    assert due_in_words(due, NOON + dt.timedelta(hours=1)) in page
    assert city.author.name not in page
    assert city.neighbours[0].name not in page
    with time_machine.travel(due + dt.timedelta(hours=30), tick=False):
        late = city.client(city.moderator).get(f"{QUEUE}?plazo=vencidas").text
    assert TITLE in late
    assert "venció" in late


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("?estado=en-estudio", False),
        ("?estado=mias", False),
        ("?estado=apelaciones", False),
        ("?estado=urgentes", False),
        ("?estado=decididas", False),
        ("?publicacion=antes", False),
        ("?publicacion=despues", True),
        ("?componente=propuestas", True),
        ("?motivo={insult}", True),
        ("?motivo={spam}", False),
        ("?orden=gravedad", True),
        ("?orden=antiguedad", True),
        ("?orden=nada&estado=nada&motivo=x&componente=x&pagina=x", True),
        ("?motivo=99999999999999999999999", True),
    ],
)
def test_filters(flagged, query, found):
    grounds = flagged.grounds
    other = next(value for key, value in grounds.items() if key != "insultos")
    path = f"{QUEUE}{query.format(insult=grounds['insultos'], spam=other)}"
    page = flagged.client(flagged.moderator).get(path)
    assert page.status_code == 200
    assert (TITLE in page.text) is found


def test_lists_follow_the_case(flagged):
    city, client = flagged, flagged.client(flagged.moderator)

    def there(name: str) -> bool:
        return TITLE in client.get(f"{QUEUE}?estado={name}").text

    client.post(f"{case_page(city)}/tomar")
    assert there("mias")
    assert there("en-estudio")
    assert "Lo tiene usted" in client.get(QUEUE).text
    others = city.client(city.second).get(QUEUE).text
    assert f"Lo tiene {city.moderator.name}" in others
    assert "Tomarlo" not in others
    client.post(f"{case_page(city)}/soltar")
    assert not there("mias")
    city.remove()
    assert there("decididas")
    assert not there("por-decidir")
    city.appeal()
    assert there("apelaciones")
    assert not there("decididas")


# Who asks (4: city, session, what they hold, process), what waits (1 or 2), notices, then the queue's own: cases,
# numbers, grounds, items (2), flags, grounds of flags, holders.
def test_the_queue_has_a_fixed_number_of_statements(city):
    client = city.client(city.moderator)
    _many_cases(city, 3)
    few = _statements(client, QUEUE)
    _many_cases(city, 10_000, first=3)
    many = _statements(client, QUEUE)
    assert len(few) == len(many), "\n".join(many)
    assert len(many) <= 16, "\n".join(many)
    page = client.get(QUEUE).text
    assert "10003" in page or "10.003" in page
    following = re.search(r'href="([^"]+)" rel="next"', page)
    assert following
    assert len(_statements(client, "/gestion/moderacion")) <= len(many)
    assert len(_statements(client, following[1].replace("&amp;", "&"))) <= len(many)


def _statements(client, path: str) -> list[str]:
    client.get(path)
    with recorded() as statements:
        assert client.get(path).status_code == 200
    return statements


def _many_cases(city: City, number: int, first: int = 0) -> None:
    """Put cases in the queue at once; the first ones are about real proposals."""
    real = [city.propose(f"Propuesta número {first + each}") for each in range(min(number, 3))]
    now, component = clock.now(), city.process.components[0]
    rows = [
        {
            "organization_id": city.organization.id,
            "kind": "proposal",
            "item_id": real[each] if each < len(real) else 1_000_000 + first + each,
            "process_id": city.process.id,
            "component_id": component.id,
            "author_id": city.author.id,
            "state": CaseState.OPEN,
            "is_waiting": True,
            "revision": 0,
            "severity": 1,
            "mildness": 3,
            "reasons": ["links"],
            "flag_count": 0,
            "opened_at": now,
            "due_at": now + dt.timedelta(minutes=first + each),
            "excused": [],
            "reply": "",
            "is_urgent": False,
            "review_before": False,
            "appeal": "",
            "appeal_reply": "",
            "created_at": now,
            "updated_at": now,
        }
        for each in range(number)
    ]
    city.session.execute(sa.insert(Case.__table__), rows)
    city.session.commit()


# --- the case -----------------------------------------------------------------------------------


def test_the_case_names_neither_author_nor_flagger(flagged):
    page = flagged.client(flagged.moderator).get(case_page(flagged)).text
    assert TITLE in page
    assert BODY in page
    assert "Le dice cascarrabias." in page
    assert flagged.author.name not in page
    assert flagged.neighbours[0].name not in page
    assert "Persona que aportó 1 vez; nada retirado antes." in page


def test_what_the_author_wrote_before_is_counted_without_the_case_itself(flagged):
    city = flagged
    city.remove()
    client = city.client(city.second)
    assert "nada retirado antes" in client.get(case_page(city)).text
    city.proposal = city.propose("Otra cosa", "Otra propuesta, que también alguien reporta hoy.")
    city.flag(city.neighbours[1])
    page = client.get(case_page(city)).text
    assert "Persona que aportó 2 veces; 1 retirado antes." in page


def test_the_case_has_a_fixed_number_of_statements(flagged):
    client = flagged.client(flagged.moderator)
    client.post(f"{case_page(flagged)}/nota", data={"note-text": "La primera."})
    few = _statements(client, case_page(flagged))
    for neighbour in flagged.neighbours[1:]:
        flagged.flag(neighbour, detail="También yo.")
    for number in range(10):
        flagged.act(cases.note, flagged.moderator, flagged.case, f"Nota {number}")
    many = _statements(client, case_page(flagged))
    assert len(few) == len(many), "\n".join(many)


def test_keeping(flagged):
    answer = decide(flagged.client(flagged.moderator), flagged, "keep")
    assert answer.status_code == 303
    assert state(flagged) is CaseState.KEPT
    assert standing(flagged) is Standing.PUBLISHED


def test_removing_shows_the_words_of_the_ground_before_they_are_sent(flagged):
    client = flagged.client(flagged.moderator)
    page = client.get(case_page(flagged)).text
    ground = next(each for each in queries.grounds(flagged.session) if each.key == "insultos")
    assert f'value="{ground.id}" data-fill="{ground.reply}" checked' in _plain(page)
    empty = decide(client, flagged, "remove", ground_id=ground.id, reply="")
    assert empty.status_code == 422
    assert str(ground.reply) in _plain(empty.text)
    assert "léalo" in empty.text
    assert state(flagged) is CaseState.OPEN
    other = next(
        each
        for each in queries.grounds(flagged.session)
        if not each.merges and str(each.reply) not in {"", str(ground.reply)}
    )
    wrong = decide(client, flagged, "remove", ground_id=other.id, reply=str(ground.reply))
    assert wrong.status_code == 422, "the words of another ground"
    assert str(other.reply) in _plain(wrong.text)
    sent = decide(client, flagged, "remove", ground_id=ground.id, reply="Nombra a una persona.")
    assert sent.status_code == 303
    assert standing(flagged) is Standing.REMOVED


def _plain(page: str) -> str:
    return page.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")


def test_removing_without_a_ground_loses_nothing(flagged):
    answer = decide(flagged.client(flagged.moderator), flagged, "remove", reply="Porque sí.")
    assert answer.status_code == 422
    assert "Porque sí." in answer.text
    assert "data-error-summary" in answer.text
    assert standing(flagged) is Standing.PUBLISHED


def test_undoing_with_the_button(flagged):
    client = flagged.client(flagged.moderator)
    decide(client, flagged, "keep")
    page = client.get(QUEUE).text
    assert f'data-draft-clear="caso-{flagged.case}-keep"' in page
    assert f"Mantuvo lo del caso {flagged.case}." in page
    assert "Deshacer" in page
    form = re.search(
        rf'action="({case_page(flagged)}/deshacer)".*?name="revision" value="(\d+)"', page
    )
    assert form
    assert client.post(form[1], data={"revision": form[2]}).status_code == 303
    assert state(flagged) is CaseState.STUDYING
    assert "Deshacer</button>" not in client.get(QUEUE).text


def test_undoing_too_late(city):
    with time_machine.travel(NOON, tick=False) as time:
        city.flag(city.neighbours[0])
        client = city.client(city.moderator)
        decide(client, city, "keep")
        time.shift(dt.timedelta(minutes=11))
        assert "Deshacer</button>" not in client.get(QUEUE).text
        answer = client.post(f"{case_page(city)}/deshacer", data={"revision": city.revision()})
        assert answer.status_code == 403
        assert "diez minutos" in answer.text
    assert state(city) is CaseState.KEPT


def test_the_next_case_comes_claimed(flagged):
    city, client = flagged, flagged.client(flagged.moderator)
    first = city.case
    city.proposal = city.propose("Otra cosa", "Otra propuesta, que también alguien reporta hoy.")
    city.flag(city.neighbours[1])
    second, city.case = city.case, first
    city.proposal = queries.case(city.session, first).item_id
    answer = decide(client, city, "keep", seguir="1")
    assert answer.headers["Location"] == f"{QUEUE}/casos/{second}"
    city.session.expire_all()
    assert queries.case(city.session, second).holder_id == city.moderator.id
    page = client.get(answer.headers["Location"]).text
    assert f"Mantuvo lo del caso {first}." in page
    assert "Lo tiene usted" in page
    last = client.post(f"{QUEUE}/siguiente", data={"desde": second})
    assert last.headers["Location"] == QUEUE, "none is left"


def test_what_another_has_is_not_the_next(flagged):
    flagged.act(cases.claim, flagged.second, flagged.case)
    client = flagged.client(flagged.moderator)
    assert client.post(f"{QUEUE}/siguiente").headers["Location"] == QUEUE
    page = client.get(case_page(flagged)).text
    assert f"Lo está mirando {flagged.second.name}" in page
    assert 'id="retirar"' not in page
    assert client.post(f"{case_page(flagged)}/tomar").status_code in {403, 409}


def test_an_urgent_removal_is_reviewed_by_another(flagged):
    city = flagged
    ground = next(each for each in queries.grounds(city.session) if each.is_urgent)
    client = city.client(city.moderator)
    assert decide(client, city, "urgent", ground_id=ground.id).status_code == 303
    assert standing(city) is Standing.REMOVED
    own = client.get(case_page(city)).text
    assert "Fue correcto" not in own
    second = city.client(city.second)
    assert TITLE in second.get(f"{QUEUE}?estado=urgentes").text
    assert "Fue correcto" in second.get(case_page(city)).text
    asked = decide(second, city, "review")
    assert asked.status_code == 200
    assert "¿Confirmar el retiro?" in asked.text
    assert decide(second, city, "review", confirmado="1").status_code == 303
    city.session.expire_all()
    assert not queries.case(city.session, city.case).is_urgent
    assert "Deshacer</button>" not in second.get(QUEUE).text, "this is not taken back"


def test_an_appeal_is_answered_by_another(flagged):
    city = flagged
    city.remove()
    city.appeal("No insulta a nadie en particular.")
    own = city.client(city.moderator).get(case_page(city)).text
    assert "la revisa otra persona" in own
    second = city.client(city.second)
    page = second.get(case_page(city)).text
    assert "No insulta a nadie en particular." in page
    assert "Nombra a una persona." in page
    asked = decide(second, city, "revert", reply="Tenía\nrazón.")
    assert "No se puede deshacer" in asked.text
    assert 'value="Tenía\nrazón."' in asked.text, "what was typed travels along"
    assert decide(second, city, "revert", reply="Tenía razón.", confirmado="1").status_code == 303
    assert standing(city) is Standing.PUBLISHED
    assert state(city) is CaseState.REVERTED


def test_a_correction_is_shown_with_what_it_changed(flagged):
    city = flagged
    city.remove()
    city.resubmit(title=TITLE, body="Que el vecino de la esquina deje pasar a las niñas al parque.")
    client = city.client(city.second)
    assert "Corrección por leer" in client.get(QUEUE).text
    page = client.get(case_page(city)).text
    assert "Lo que cambió al corregirlo" in page
    assert f"<del>{BODY}</del>" in page
    assert "<ins>Que el vecino de la esquina" in page
    assert 'id="mantener"' not in page
    assert decide(client, city, "accept").status_code == 303
    assert state(city) is CaseState.CORRECTED
    assert standing(city) is Standing.PUBLISHED


def test_joining_a_duplicate(flagged):
    city = flagged
    into = city.propose("Mariposas del parque", "Un jardín de mariposas en el parque del barrio.")
    client = city.client(city.moderator)
    found = client.get(f"{case_page(city)}?decision=merge&q=mariposas").text
    assert "Mariposas del parque" in found
    preview = client.get(f"{case_page(city)}?decision=merge&destino={into}").text
    assert "Queda este, con los apoyos de los dos" in preview
    assert "Un jardín de mariposas" in preview
    answer = decide(client, city, "merge", into_id=into, reply="Ya había una igual.")
    assert answer.status_code == 303
    assert standing(city) is Standing.MERGED


def test_notes_and_passing_on(flagged):
    city, client = flagged, flagged.client(flagged.moderator)
    wrong = client.post(f"{case_page(city)}/nota", data={"note-text": "  "})
    assert wrong.status_code == 422
    client.post(f"{case_page(city)}/nota", data={"note-text": "Ya hablé con la familia."})
    assert "Ya hablé con la familia." in client.get(case_page(city)).text
    assert "Ya hablé con la familia." not in client.get(city.page).text
    page = client.get(case_page(city)).text
    assert f">{city.second.name}</option>" in page
    assert f">{city.elsewhere.name}</option>" not in page
    assert f">{city.author.name}</option>" not in page
    answer = client.post(
        f"{case_page(city)}/pasar",
        data={"hand_over-conflict": "y", "hand_over-text": "Es mi prima.", "hand_over-to_id": ""},
    )
    assert answer.status_code == 303
    refused = client.get(case_page(city)).text
    assert "conflicto de interés: lo decide otra persona" in refused
    assert 'id="retirar"' not in refused
    assert "Es mi prima." in city.client(city.second).get(case_page(city)).text


# --- somebody was faster ------------------------------------------------------------------------


def test_what_was_typed_is_kept_when_somebody_decided_meanwhile(flagged):
    city, client = flagged, flagged.client(flagged.moderator)
    seen = city.revision()
    city.act(decisions.keep, city.second, city.case, seen)
    city.flag(city.neighbours[1])
    answer = decide(
        client,
        city,
        "remove",
        revision=seen,
        ground_id=city.grounds["insultos"],
        reply="Una respuesta que costó escribir.",
    )
    assert answer.status_code == 409
    assert "Una respuesta que costó escribir." in answer.text
    assert "Lo que usted escribió sigue en el formulario" in answer.text
    assert 'id="retirar" data-key="r" open' in answer.text
    assert standing(city) is Standing.PUBLISHED
    again = decide(
        client, city, "remove", ground_id=city.grounds["insultos"], reply="Una respuesta."
    )
    assert again.status_code == 303


def test_what_was_decided_meanwhile_is_said(flagged):
    city, client = flagged, flagged.client(flagged.moderator)
    seen = city.revision()
    city.remove()
    answer = decide(
        city.client(city.second),
        city,
        "remove",
        revision=seen,
        ground_id=city.grounds["insultos"],
        reply="Una respuesta que costó escribir.",
    )
    assert answer.status_code in {403, 409}
    assert "Una respuesta que costó escribir." in answer.text
    assert client.get(case_page(city)).status_code == 200


def test_nobody_decides_on_words_that_have_changed(flagged):
    city, client = flagged, flagged.client(flagged.moderator)
    seen = city.revision()
    city.act(
        proposals.edit,
        city.author,
        city.organization,
        city.process.components[0],
        city.proposal,
        Draft(TITLE, "Que el vecino de la esquina deje pasar a las niñas al parque."),
    )
    answer = decide(
        client,
        city,
        "remove",
        revision=seen,
        ground_id=city.grounds["insultos"],
        reply="Una respuesta que costó escribir.",
    )
    assert answer.status_code == 409
    assert "Una respuesta que costó escribir." in answer.text
    assert "Que el vecino de la esquina" in answer.text, "the new words are there to be read"
    assert standing(city) is Standing.PUBLISHED
    read = re.search(r'name="remove-words" value="([^"]+)"', answer.text)
    assert read
    again = decide(
        client,
        city,
        "remove",
        words=read[1],
        ground_id=city.grounds["insultos"],
        reply="Una respuesta que costó escribir.",
    )
    assert again.status_code == 303, "now they have been read"
    assert standing(city) is Standing.REMOVED


# --- several together ---------------------------------------------------------------------------


@pytest.fixture
def several(flagged) -> tuple[City, list[int]]:
    """Three flagged proposals, the last of which somebody else has."""
    ids = [flagged.case]
    for number in range(2):
        flagged.proposal = flagged.propose(f"Otra propuesta {number}", f"{BODY} {number}")
        flagged.flag(flagged.neighbours[0])
        ids.append(flagged.case)
    flagged.act(cases.claim, flagged.second, ids[-1])
    return flagged, ids


def test_several_are_shown_before_they_are_decided_and_can_be_undone(several):
    city, ids = several
    client = city.client(city.moderator)
    fields = {"que": "remove", "ground_id": city.grounds["insultos"], "caso": ids}
    preview = client.post(f"{QUEUE}/varios", data=fields)
    assert preview.status_code == 200
    assert "Retirar 2 casos" in preview.text
    assert "Lo que queda como está" in preview.text
    assert city.second.name in preview.text
    assert all(queries.case(city.session, each).state is not CaseState.REMOVED for each in ids)
    sent = {
        "confirmado": "1",
        "reply": "Nombran a una persona.",
        **{
            f"revision-{each}": re.search(rf'name="revision-{each}" value="(\d+)"', preview.text)[1]
            for each in ids[:2]
        },
    }
    done = client.post(f"{QUEUE}/varios", data=fields | {"caso": ids[:2]} | sent)
    assert done.status_code == 303
    city.session.expire_all()
    assert [queries.case(city.session, each).state for each in ids] == [
        CaseState.REMOVED,
        CaseState.REMOVED,
        CaseState.STUDYING,
    ]
    page = client.get(QUEUE).text
    assert "Retiró 2 casos." in page
    assert f'action="{QUEUE}/varios/deshacer"' in page
    undone = client.post(f"{QUEUE}/varios/deshacer", data={"caso": ids[:2]})
    assert undone.status_code == 303
    assert "Deshizo la decisión de 2 casos." in client.get(QUEUE).text
    city.session.expire_all()
    assert all(queries.case(city.session, each).state is CaseState.STUDYING for each in ids)


def test_several_ask_for_cases_and_for_a_ground(several):
    city, ids = several
    client = city.client(city.moderator)
    assert client.post(f"{QUEUE}/varios", data={"que": "keep"}).status_code == 303
    assert "Marque primero los casos." in client.get(QUEUE).text
    client.post(f"{QUEUE}/varios", data={"que": "remove", "caso": ids})
    assert "Escoja el motivo" in client.get(QUEUE).text


def test_one_that_changed_meanwhile_is_left_out_and_said(several):
    city, ids = several
    client = city.client(city.moderator)
    seen = {f"revision-{each}": queries.case(city.session, each).revision for each in ids[:2]}
    city.act(decisions.keep, city.second, ids[0], seen[f"revision-{ids[0]}"])
    client.post(f"{QUEUE}/varios", data={"que": "keep", "confirmado": "1", "caso": ids[:2]} | seen)
    page = client.get(QUEUE).text
    assert "Mantuvo 1 caso." in page
    assert f"Caso {ids[0]}:" in page


def test_cases_of_another_process_are_not_decided_along(several):
    city, ids = several
    both = factories.make_person(
        city.session,
        "Bea",
        roles=[(Role.MODERATOR, city.process.id), (Role.MODERATOR, city.process.id + 1)],
    )
    client = city.client(both)
    elsewhere = "/gestion/procesos/otro-proceso/moderacion/varios"
    preview = client.post(elsewhere, data={"que": "keep", "caso": ids})
    assert TITLE not in preview.text
    sent = client.post(elsewhere, data={"que": "keep", "caso": ids, "confirmado": "1"})
    assert sent.status_code == 409
    assert state(city) is not CaseState.KEPT


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (dt.timedelta(seconds=20), "vence en 1 minuto"),
        (dt.timedelta(minutes=25), "vence en 25 minutos"),
        (dt.timedelta(hours=3, minutes=5), "vence en 3 horas"),
        (dt.timedelta(hours=20), "vence mañana"),
        (dt.timedelta(days=4), "vence en 4 días"),
        (-dt.timedelta(minutes=5), "venció hace 5 minutos"),
        (-dt.timedelta(hours=3), "venció hace 3 horas"),
        (-dt.timedelta(hours=20), "venció ayer"),
        (-dt.timedelta(days=4), "venció hace 4 días"),
    ],
)
def test_due_times_in_words(app, away, words):
    with app.test_request_context():
        assert due_in_words(NOON + away, NOON) == words


def test_the_difference_of_two_texts():
    assert difference("uno\ndos", "uno\ntres") == [(" ", "uno"), ("-", "dos"), ("+", "tres")]
