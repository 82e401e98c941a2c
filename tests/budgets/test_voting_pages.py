"""Voting as a person does it, without script; and what nobody learns while it is hidden."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from participa.budgets.models import Ballot, Draft, Mark
from participa.budgets.services import casting, lock, reminders
from participa.core import clock
from participa.core.facts import FactRow
from participa.core.policy import Role
from participa.processes.models import Process
from tests import factories
from tests.budgets.polls import SEED, Poll, with_vote
from tests.statements import recorded

HERE = "/procesos/presupuesto/presupuesto"
VOTE = f"{HERE}/votar"


def opened(session, app, **values):
    with app.app_context():
        return Poll(session, **values)


@pytest.fixture
def poll(app, session):
    return opened(session, app, ballot="approval", maximum=2)


@pytest.fixture
def voter(client, session, poll):
    return factories.sign_in(client, session, poll.person)


def choose(browser, project, on="1"):
    return browser.post(f"{VOTE}/escoger", data={"papeleta": project, "on": on})


def confirm(browser):
    page = browser.get(f"{VOTE}/revisar").text
    seen = re.search(r'name="visto" value="([^"]*)"', page)[1]
    return browser.post(f"{VOTE}/revisar", data={"visto": seen})


def count(session, kind):
    return session.scalar(sa.select(sa.func.count()).select_from(kind))


# --- the whole way


def test_a_vote_from_the_first_look_to_the_receipt(voter, session, poll):
    page = voter.get(VOTE).text
    assert page.count('id="proyecto-') == 5
    assert "Puede escoger 2 proyectos más." in page
    answer = choose(voter, poll.ids[0])
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/votar#proyecto-{poll.ids[0]}")
    page = voter.get(VOTE).text
    assert "Sin enviar" in page
    assert "Escogió un proyecto." in page
    for path in (HERE, f"{HERE}/{poll.ids[0]}", f"{HERE}/regla"):
        assert "sin enviar" in voter.get(path).text, path
    assert "Envíe su voto" in voter.get("/procesos/presupuesto").text
    page = voter.get(f"{VOTE}/revisar").text
    assert "Qué pasa al enviarlo" in page
    assert count(session, Ballot) == 0
    answer = confirm(voter)
    assert answer.headers["Location"].endswith("/votar/enviado")
    answer = voter.get(f"{VOTE}/enviado")
    assert answer.headers["Cache-Control"] == "no-store"
    receipt = re.search(r"<span>(\w{4}-\w{4}-\w{4})</span>", answer.text)[1]
    assert receipt not in voter.get(f"{VOTE}/enviado").text
    for path in (HERE, "/procesos/presupuesto", f"{HERE}/regla"):
        assert "Su voto se envió el" in voter.get(path).text, path
    assert (count(session, Mark), count(session, Ballot), count(session, Draft)) == (1, 1, 0)
    answer = voter.post(f"{HERE}/recibo", data={"receipt": receipt.upper()})
    assert "Este voto cuenta" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_anybody_checks_a_receipt_and_not_many_times(client, poll):
    assert client.get(f"{HERE}/recibo").status_code == 200
    answer = client.post(f"{HERE}/recibo", data={"receipt": "abcd-efgh-jkmn"})
    assert answer.status_code == 422
    assert "Ningún voto tiene esa constancia" in answer.text
    assert "Escriba su constancia" in client.post(f"{HERE}/recibo").text
    codes = [client.post(f"{HERE}/recibo", data={"receipt": "x"}).status_code for _ in range(10)]
    assert codes[-1] == 429


def test_a_change_until_the_closing(voter, session, poll):
    choose(voter, poll.ids[0])
    confirm(voter)
    voter.get(f"{VOTE}/enviado")
    page = voter.get(VOTE).text
    assert "Su voto está enviado y cuenta" in page
    choose(voter, poll.ids[1])
    assert "los cambios están sin enviar" in voter.get(HERE).text
    assert "Reemplaza el voto que envió" in voter.get(f"{VOTE}/revisar").text
    assert "reemplazó a uno" not in voter.get(f"{VOTE}/enviado").text
    confirm(voter)
    page = voter.get(f"{VOTE}/enviado").text
    assert "se mostró una sola vez" in page
    assert "Este voto reemplazó a uno que se había enviado antes" in page
    assert set(session.scalars(sa.select(Ballot)).one().choice) == {str(poll.ids[1])}
    choose(voter, poll.ids[0])
    assert "¿Descartar lo que escogió" in voter.post(f"{VOTE}/descartar").text
    assert count(session, Draft) == 1
    voter.post(f"{VOTE}/descartar", data={"confirmado": "1"})
    assert count(session, Draft) == 0


def test_where_it_is_not_changed_the_ballot_says_that_it_is_sent(client, session, app):
    poll = opened(session, app, ballot="approval", changeable=False)
    voter = factories.sign_in(client, session, poll.person)
    choose(voter, poll.ids[0])
    assert "no se puede cambiar" in voter.get(f"{VOTE}/revisar").text
    confirm(voter)
    page = voter.get(VOTE).text
    assert "en esta votación el voto no se cambia" in page
    assert "Escoger<span" not in page
    assert choose(voter, poll.ids[1]).status_code == 403


def test_only_what_was_reviewed_is_sent(voter, session, poll):
    choose(voter, poll.ids[0])
    page = voter.get(f"{VOTE}/revisar").text
    seen = re.search(r'name="visto" value="([^"]*)"', page)[1]
    choose(voter, poll.ids[1])
    answer = voter.post(f"{VOTE}/revisar", data={"visto": seen})
    assert answer.status_code == 409
    assert "cambió mientras lo revisaba" in answer.text
    assert count(session, Ballot) == 0


def test_problems_are_said_beside_their_pot_and_nothing_can_be_sent(client, session, app):
    poll = opened(session, app, ballot="approval", minimum=2)
    voter = factories.sign_in(client, session, poll.person)
    assert voter.get(f"{VOTE}/revisar").status_code == 303
    choose(voter, poll.ids[0])
    page = voter.get(f"{VOTE}/revisar").text
    assert "Le falta escoger un proyecto." in page
    assert "Enviar mi voto" not in page
    session.expire_all()
    seen = session.scalars(sa.select(Draft)).one().updated_at.isoformat()
    answer = voter.post(f"{VOTE}/revisar", data={"visto": seen})
    assert answer.status_code == 422
    assert count(session, Ballot) == 0


def test_what_does_not_fit_is_said(voter, session, poll):
    choose(voter, poll.ids[0])
    choose(voter, poll.ids[1])
    assert "Ya escogió los 2 que puede" in voter.get(VOTE).text
    answer = choose(voter, poll.ids[2])
    assert answer.status_code == 422
    assert "no le cabe" in answer.text


def test_the_reason_is_the_limit_that_holds_and_money_shows_where_it_limits(client, session, app):
    poll = opened(session, app, ballot="approval", maximum=2)
    voter = factories.sign_in(client, session, poll.person)
    money = re.search(r'"meter-head">.*?\$', voter.get(VOTE).text)
    assert money is None
    for each in poll.ids[:2]:
        choose(voter, each)
    page = voter.get(VOTE).text
    assert "Ya escogió los 2 que puede" in page
    assert "No cabe en lo que le queda" not in page
    assert "2 de 2" in page
    assert re.search(r'"meter-head">.*?\$', voter.get(f"{VOTE}/revisar").text) is None


@pytest.mark.parametrize("kind", ["ranking", "points"])
def test_numbers_are_typed_and_kept(client, session, app, kind):
    poll = opened(session, app, ballot=kind)
    voter = factories.sign_in(client, session, poll.person)
    for each in poll.ids[:2]:
        choose(voter, each)
    first, second = (f"papeleta-{each}" for each in poll.ids[:2])
    answer = voter.post(f"{VOTE}/valores", data={first: "dos", second: "1"})
    assert answer.status_code == 422
    assert 'value="dos"' in answer.text
    assert f'id="{first}-error"' in answer.text
    answer = voter.post(f"{VOTE}/valores", data={first: "2", second: "1"})
    assert answer.status_code == 303
    confirm(voter)
    session.expire_all()
    ballot = session.scalars(sa.select(Ballot)).one()
    assert ballot.choice == {str(poll.ids[0]): 2, str(poll.ids[1]): 1}


def test_a_project_page_puts_it_into_the_vote(voter, poll):
    choose(voter, poll.ids[0])
    page = voter.get(f"{HERE}/{poll.ids[1]}").text
    assert "Agregarlo a mi voto" in page
    back = f"{HERE}/{poll.ids[1]}"
    answer = voter.post(
        f"{VOTE}/escoger", data={"papeleta": poll.ids[1], "on": "1", "volver": back}
    )
    assert answer.headers["Location"] == back
    assert "Quitarlo de mi voto" in voter.get(back).text


def test_the_order_is_ones_own_and_stays(session, app, poll):
    def order(browser):
        return re.findall(r'id="proyecto-(\d+)"', browser.get(VOTE).text)

    voter = factories.sign_in(app.test_client(), session, poll.person)
    first = order(voter)
    choose(voter, poll.ids[0])
    assert order(voter) == first
    elsewhere = factories.sign_in(app.test_client(), session, poll.person)
    assert order(elsewhere) == first


def test_a_project_withdrawn_meanwhile_is_said(app, voter, session, poll):
    choose(voter, poll.ids[0])
    choose(voter, poll.ids[1])
    with app.app_context():
        poll.amend(0, status="withdrawn")
    assert "ya no está en la votación" in voter.get(f"{VOTE}/revisar").text
    confirm(voter)
    session.expire_all()
    assert set(session.scalars(sa.select(Ballot)).one().choice) == {str(poll.ids[1])}


# --- who may not


def test_visitors_are_asked_to_sign_in(client, poll):
    assert "/entrar" in client.get(VOTE).headers["Location"]
    assert "/entrar" in choose(client, poll.ids[0]).headers["Location"]


def test_before_it_is_firm_the_ballot_says_so(client, session, component):
    factories.make_projects(session, component, [100])
    voter = factories.sign_in(client, session, factories.make_person(session))
    answer = voter.get(VOTE)
    assert answer.status_code == 403
    assert "todavía no tiene reglas en firme" in answer.text


def test_another_person_never_sees_the_choice(app, session, poll, voter):
    choose(voter, poll.ids[0])
    confirm(voter)
    role = [(Role.ORGANIZATION_ADMIN, None)]
    boss = factories.make_person(session, roles=[each for each, _none in role])
    admin = factories.sign_in(app.test_client(), session, boss)
    assert "Escogido" not in admin.get(VOTE).text
    page = admin.get(f"/gestion{HERE}/participacion").text
    assert "persona ha votado" in page


# --- hidden


@pytest.mark.parametrize(("state", "told"), [("open", True), ("open_hidden", False)])
def test_turnout_shows_only_where_it_may(app, session, state, told):
    poll = opened(session, app, cast=state, ballot="approval", maximum=2)
    paths = (
        "/", "/procesos", "/procesos/presupuesto", "/procesos/presupuesto/actividad", HERE,
        f"{HERE}/regla", f"{HERE}/regla.json", f"{HERE}/hoja", f"{HERE}/proyectos.csv",
        f"{HERE}/recibo", f"{HERE}/{poll.ids[0]}", f"{HERE}/comparar?p={poll.ids[0]}",
    )  # fmt: skip

    def everything():
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["azar"] = 7
        found = {}
        for path in paths:
            answer = browser.get(path)
            found[path] = (answer.status_code, answer.text)
        return found

    def vote(numbers):
        with app.app_context():
            for number in numbers:
                person = factories.actor_of(session, factories.make_person(session, f"V {number}"))
                casting.cast(session, person, poll.component, {poll.ids[number % 2]: 1})
            session.commit()

    before = everything()
    vote(range(9))
    assert everything() == before, "no figure tells that somebody has just voted"
    vote(range(9, 13))
    after = everything()
    changed = {path for path in paths if before[path] != after[path]}
    assert changed == ({HERE, f"{HERE}/regla"} if told else set())
    if told:
        assert "Han votado menos de 10 personas." in before[HERE][1]
        assert "Han votado 10 personas o más." in after[HERE][1]


@pytest.mark.parametrize(
    ("role", "exact"), [(Role.PROCESS_ADMIN, True), (Role.OBSERVER, False), (Role.MODERATOR, False)]
)
def test_while_people_vote_only_who_manages_it_sees_exact_figures(
    app, session, poll, voter, role, exact
):
    choose(voter, poll.ids[0])
    confirm(voter)
    person = factories.make_person(session, roles=[(role, poll.component.process.id)])
    page = factories.sign_in(app.test_client(), session, person).get(
        f"/gestion{HERE}/participacion"
    )
    assert page.status_code == 200
    assert ("persona ha votado" in page.text) == exact
    assert ("Por internet" in page.text) == exact
    assert ("menos de 10 personas" in page.text) != exact


def test_who_does_not_manage_a_vote_reads_no_figures_in_the_list_before_its_closing(
    app, session, poll
):
    process = poll.component.process.id
    pages = [
        factories.sign_in(
            app.test_client(), session, factories.make_person(session, roles=[(role, process)])
        )
        .get(f"/gestion{HERE}/cierre")
        .text
        for role in (Role.PROCESS_ADMIN, Role.COUNCIL)
    ]
    assert ["sigue abierto hasta" in each for each in pages] == [True, False]
    assert all("Por cada canal hay tantos votos" in each for each in pages)


def test_the_audit_names_no_voter(app, session, poll):
    with app.app_context():
        casting.cast(session, poll.voter, poll.component, {poll.ids[0]: 1})
        session.commit()
    role = Role.ORGANIZATION_ADMIN
    admin = factories.sign_in(
        app.test_client(), session, factories.make_person(session, roles=[role])
    )
    page = admin.get("/gestion/registro").text
    assert "Entró un voto" in page
    assert poll.person.name not in page.partition("Entró un voto")[0][-400:]


# --- reminders


def test_who_did_not_send_is_reminded_twice_and_no_more(session, app, poll):
    closes = poll.component.closes_at("cast", clock.now())
    with app.app_context():
        early = closes - dt.timedelta(hours=60)
        session.add(
            Draft(component_id=poll.component.id, person_id=poll.person.id,
                  sealed="x", updated_at=early)
        )  # fmt: skip
        session.flush()
        told = [
            reminders.remind(session, poll.component, closes - dt.timedelta(hours=hours))
            for hours in (50, 47, 46, 13, 11, 5, 0)
        ]
        assert told == [0, 1, 0, 0, 1, 0, 0]
    rows = session.scalars(
        sa.select(FactRow).where(FactRow.name == "budgets.unsent_reminded")
    ).all()
    assert [row.data["person_id"] for row in rows] == [[poll.person.id]] * 2
    assert str(poll.ids[0]) not in {str(each) for each in rows[0].data.values()}


def test_who_is_choosing_right_now_is_left_alone(session, app, poll):
    at = poll.component.closes_at("cast", clock.now()) - dt.timedelta(hours=5)
    with app.app_context():
        session.add(
            Draft(component_id=poll.component.id, person_id=poll.person.id,
                  sealed="x", updated_at=at - dt.timedelta(minutes=5))
        )  # fmt: skip
        session.flush()
        assert reminders.remind(session, poll.component, at) == 0


def test_the_job_looks_in_every_vote(session, app, poll):
    with app.app_context():
        assert reminders.run(session) == 0
        session.add(
            Draft(component_id=poll.component.id, person_id=poll.person.id,
                  sealed="x", updated_at=clock.now() - dt.timedelta(days=1))
        )  # fmt: skip
        session.get_one(Process, poll.component.process.id).phases[0].end = (
            clock.now() + dt.timedelta(hours=20)
        )
        session.get_one(Process, poll.component.process.id).version += 1
        session.commit()
        assert (reminders.run(session), reminders.run(session)) == (1, 0)


# --- statements


def test_the_ballot_takes_as_many_statements_with_many_projects(client, session, app):
    with app.app_context():
        component = with_vote(session, settings={"ballot": "approval"}).components[0]
        factories.make_projects(session, component, [100] * 2)
        role = [(Role.PROCESS_ADMIN, component.process.id)]
        boss = factories.actor_of(session, factories.make_person(session, roles=role))
        lock.lock(session, boss, component, seed_source=SEED)
    voter = factories.sign_in(client, session, factories.make_person(session))
    voter.get(VOTE)
    found = []
    for more in (0, 40):
        if more:
            factories.make_projects(session, component, [100] * more, pot="norte")
            session.commit()
        with recorded() as statements:
            assert voter.get(VOTE).status_code == 200
        found.append(len(statements))
    assert found[0] == found[1]
