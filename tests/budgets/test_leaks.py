"""A whole vote, errors included, leaves neither choice, receipt nor document number anywhere else.

The project that is chosen has an id that nothing else can have, so that finding it is finding the
choice; every table is read cell by cell, and every line of the log as a server writes it.
"""

import datetime as dt
import io
import json
import re
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask.sessions import SecureCookieSessionInterface

from participa.budgets.models import Ballot, Channel, Mark, Project, ProjectStatus, Vote
from participa.budgets.services import box, lock, reminders
from participa.core import clock, health, logs
from participa.core.db import Base
from participa.core.mail import Mail
from participa.core.policy import Role
from participa.core.web import is_secret
from tests import factories
from tests.budgets.polls import SEED, with_vote

HERE = "/procesos/presupuesto/presupuesto"
VOTE = f"{HERE}/votar"
CHOSEN, OTHER, THIRD = 718_293_645, 827_364_519, 645_182_937
DOCUMENT, WRONG_DOCUMENT = "1032456789", "1987654321"
SECRETS = (str(CHOSEN), str(OTHER), str(THIRD))

OWN_PLACES = {
    ("budget_projects", "id"),
    ("budget_ballots", "choice"),
}
"""Where a project's id may stand: its own row, and what its owner alone reads."""


@pytest.fixture
def lines(app, monkeypatch):
    """Log as a server does, at its most talkative; return what was written."""
    written = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", written)
        logs.configure("DEBUG")
    yield written.getvalue
    logs.configure("ERROR")


class Hall:
    """A vote of a roll with two pots' worth of projects, and somebody who is on the roll."""

    def __init__(self, session, organization, **settings):
        self.session = session
        self.roll, self.line = factories.make_roll(session, organization, [DOCUMENT])
        self.component = with_vote(
            session,
            cast={"state": "open", "requires": [{"verified": "census"}]},
            settings={"roll": "padron", "ballot": "approval", "maximum": 2} | settings,
        ).components[0]
        pot, _first = factories.make_projects(session, self.component, [30_000_000])
        for number, key in enumerate((CHOSEN, OTHER, THIRD), 2):
            session.add(
                Project(
                    id=key,
                    component_id=self.component.id,
                    pot_id=pot,
                    number=number,
                    status=ProjectStatus.FEASIBLE,
                    title=f"Proyecto {number}",
                    cost=20_000_000,
                )
            )
        session.flush()
        role = [(Role.PROCESS_ADMIN, self.component.process.id)]
        self.boss = factories.actor_of(session, factories.make_person(session, roles=role))
        lock.lock(session, self.boss, self.component, seed_source=SEED)
        self.person = factories.make_person(session, "Vecina")
        session.commit()

    @property
    def vote(self):
        self.session.expire_all()
        return self.session.get_one(Vote, self.component.id)


@pytest.fixture
def hall(app, session, organization):
    with app.app_context():
        return Hall(session, organization)


@pytest.fixture
def voter(client, session, hall):
    return factories.sign_in(client, session, hall.person)


def verify(browser, number=DOCUMENT):
    return browser.post(
        "/cuenta/verificacion/census",
        data={"document_type": "CC", "document_number": number},
    )


def choose(browser, project, on="1"):
    return browser.post(f"{VOTE}/escoger", data={"papeleta": str(project), "on": on})


def reviewed(browser):
    page = browser.get(f"{VOTE}/revisar").text
    return {"visto": re.search(r'name="visto" value="([^"]*)"', page)[1]}


def whole_vote(browser):
    """Go wrong wherever one can, and vote, change it, and check the receipt; returns the last."""
    answers = [
        verify(browser, WRONG_DOCUMENT),
        verify(browser),
        browser.get(VOTE),
        choose(browser, CHOSEN),
        choose(browser, OTHER),
        choose(browser, THIRD),
        browser.post(f"{VOTE}/valores", data={f"papeleta-{CHOSEN}": "muchos"}),
        browser.post(f"{VOTE}/valores", data={f"papeleta-{CHOSEN}": "9999999"}),
        choose(browser, 999_999),
        browser.post(f"{VOTE}/revisar", data={"visto": "otra cosa"}),
    ]
    sent = browser.post(f"{VOTE}/revisar", data=reviewed(browser))
    assert sent.status_code == 303, sent.text
    shown = browser.get(f"{VOTE}/enviado")
    receipt = re.search(r"\b[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}\b", shown.text)[0]
    choose(browser, CHOSEN)
    changed = browser.post(f"{VOTE}/revisar", data=reviewed(browser))
    again = choose(browser, OTHER)
    assert again.status_code == 303, again.text
    answers += [
        sent,
        changed,
        browser.post(f"{HERE}/recibo", data={"receipt": receipt}),
        browser.post(f"{HERE}/recibo", data={"receipt": f"{receipt}x"}),
        again,
    ]
    assert browser.get(VOTE).status_code == 200
    return receipt, answers


def cells(session):
    """Give every value of every table, with where it stands."""
    connection = session.connection()
    for table in Base.metadata.sorted_tables:
        for row in connection.execute(sa.select(table)).mappings():
            for name, value in row.items():
                if not isinstance(value, bytes):
                    yield (table.name, name), json.dumps(value, default=str, ensure_ascii=False)


def plain(receipt):
    return receipt.replace("-", "")


def found_in_tables(session, words, allowed=frozenset()):
    session.expire_all()
    return [
        (place, word, value[:200])
        for place, value in cells(session)
        if place not in allowed
        for word in words
        if word in value
    ]


def test_a_whole_vote_leaves_nothing_in_the_logs(voter, session, hall, lines):
    receipt, answers = whole_vote(voter)
    assert {each.status_code for each in answers} >= {200, 303, 404, 409, 422}
    written = lines()
    assert '"rule": ' in written
    assert "/votar/escoger" in written
    for secret in (*SECRETS, receipt, plain(receipt), DOCUMENT, WRONG_DOCUMENT, "muchos"):
        assert secret not in written, secret


def test_a_whole_vote_leaves_nothing_in_any_table(voter, session, hall):
    receipt, _answers = whole_vote(voter)
    everywhere = (receipt, plain(receipt), DOCUMENT, WRONG_DOCUMENT)
    assert not found_in_tables(session, everywhere)
    assert not found_in_tables(session, SECRETS, OWN_PLACES)
    # What is looked for can be found: in the box and in the draft that was begun again.
    places = {place for place, _word, _value in found_in_tables(session, SECRETS)}
    assert places == OWN_PLACES


def test_nothing_is_in_an_address_a_header_or_a_cookie(app, voter, session, hall):
    receipt, answers = whole_vote(voter)
    secrets = (receipt, plain(receipt), DOCUMENT)
    for answer in answers:
        told = " ".join(value for _name, value in answer.headers)
        if answer is not answers[10]:
            assert not [each for each in secrets if each in told], told
        # Which card to go back to is said after the sign "#", which no server is ever told.
        where = urlsplit(answer.headers.get("Location", ""))
        assert not [each for each in (*secrets, *SECRETS) if each in where.path + where.query]
    cookie = voter.get_cookie("participa")
    held = SecureCookieSessionInterface().get_signing_serializer(app).loads(cookie.value)
    assert not [each for each in (*secrets, *SECRETS) if each in json.dumps(held)]


def test_the_metrics_name_rules_and_no_more(voter, session, hall):
    receipt, _answers = whole_vote(voter)
    told = health.generate_latest(health.metrics).decode()
    assert "votar/escoger" in told
    assert not [each for each in (*SECRETS, receipt, DOCUMENT) if each in told]


def test_reminders_name_no_project(app, voter, session, hall):
    verify(voter)
    choose(voter, CHOSEN)
    choose(voter, OTHER)
    soon = hall.component.closes_at("cast", clock.now()) - dt.timedelta(hours=5)
    with app.app_context():
        assert reminders.remind(session, hall.component, soon) == 1
        session.commit()
    app.extensions["participa_jobs"].run_due()
    session.expire_all()
    mails = session.scalars(sa.select(Mail)).all()
    assert mails
    for mail in mails:
        told = f"{mail.subject} {mail.text} {mail.html}"
        assert not [each for each in (*SECRETS, "Proyecto 2", "Proyecto 3") if each in told]
    assert not found_in_tables(session, SECRETS, OWN_PLACES)


def test_a_page_that_expired_does_not_show_a_ballot_again(voter, session, hall):
    verify(voter)
    assert choose(voter, "").headers["Location"].endswith("/votar")
    assert voter.post(f"{VOTE}/escoger", data={"on": "1"}).status_code == 303
    assert is_secret("papeleta")
    assert is_secret(f"papeleta-{CHOSEN}")


def test_who_has_to_sign_in_first_leaves_no_choice_behind(client, session, hall):
    answer = choose(client, CHOSEN)
    assert answer.status_code == 303
    assert "/entrar" in answer.headers["Location"]
    client.post(f"{VOTE}/valores", data={f"papeleta-{CHOSEN}": "3"})
    client.post(f"{VOTE}/revisar", data={"visto": "x"})
    verify(client)
    assert not found_in_tables(session, (*SECRETS, DOCUMENT), OWN_PLACES)


@pytest.mark.parametrize("how", ["crash", "constraint"])
def test_an_error_while_casting_tells_nothing_of_the_vote(
    voter, session, hall, lines, monkeypatch, how
):
    verify(voter)
    choose(voter, CHOSEN)
    form = reviewed(voter)

    def crash(_session, _component, _vote, mark, choice, *, is_new):
        message = "a mark without its ballot"
        raise LookupError(message)

    def refused(session, component, _vote, mark, choice, *, is_new):
        # PostgreSQL quotes the whole row that it refuses.
        session.connection().execute(
            sa.insert(Ballot.__table__).values(
                id=1,
                organization_id=None,
                component_id=component.id,
                channel=Channel.WEB,
                choice={str(key): value for key, value in choice.items()},
            )
        )

    monkeypatch.setattr(box, "put", crash if how == "crash" else refused)
    answer = voter.post(f"{VOTE}/revisar", data=form)
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    written = lines()
    assert "request_failed" in written
    assert not [each for each in (*SECRETS, DOCUMENT) if each in written]
    session.expire_all()
    assert session.scalars(sa.select(Mark)).all() == []
