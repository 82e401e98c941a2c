"""While supports are hidden nobody sees how many there are: no page, order, export or record."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from participa.core import clock
from participa.core.facts import FactRow
from participa.processes.models import Process
from participa.proposals import services
from participa.proposals.models import Proposal
from participa.proposals.services import Draft
from tests import factories
from tests.pages import world as worlds

pytestmark = pytest.mark.slow

LIST = "/procesos/presupuesto/propuestas"
SUPPORTS = 937
"""A number that stands nowhere else."""


@pytest.fixture
def hidden(app, any_session, organization):
    """A city whose proposal has many hidden supports and another that has none."""
    world = worlds.build(app, any_session, organization, "hidden")
    any_session.execute(
        sa.update(Proposal).where(Proposal.id == world.proposal).values(support_count=SUPPORTS)
    )
    author = factories.make_person(any_session, "Otra Autora")
    services.create(
        any_session,
        factories.actor_of(any_session, author),
        organization,
        world.process.components[0],
        Draft("Bancas en el parque", "Diez bancas de madera bajo los árboles del parque."),
        "otra",
    )
    any_session.commit()
    return world


def shows(page):
    # Numbers as people read them: not inside of addresses, attributes or codes.
    text = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.search(rf"(?<![\w.,:/-]){SUPPORTS}(?![\w.,:/-])", text) is not None


@pytest.mark.parametrize("role", worlds.ROLES)
def test_no_page_of_anybody_tells(hidden, role):
    client = hidden.client(role)
    telling = [
        address
        for rule in worlds.rules_of(hidden.app)
        if "GET" in rule.methods and not rule.rule.startswith(("/gestion/preview", "/static"))
        for address in [hidden.address(rule)]
        if shows(client.get(address).text)
    ]
    assert not telling


def test_once_shown_the_same_check_finds_it(hidden):
    """The proof that the test above looks at the right thing."""
    row = hidden.session.scalars(sa.select(Proposal).where(Proposal.id == hidden.proposal)).one()
    process = hidden.session.get_one(Process, hidden.process.id)
    process.phases[0].opens[0].capabilities = {"support": "open"}
    process.version += 1
    hidden.session.commit()
    assert row.support_count == SUPPORTS
    assert shows(hidden.client("visitor").get(f"{LIST}/{hidden.proposal}").text)


@pytest.mark.parametrize("role", ["visitor", "organization_admin"])
@pytest.mark.parametrize("query", ["orden=most_supported", "orden=most_supported&desde=WzAsNSwxXQ"])
def test_no_order_tells(hidden, role, query):
    page = hidden.client(role).get(f"{LIST}?{query}&semilla=0").text
    assert 'value="most_supported"' not in page
    assert not shows(page)


@pytest.mark.parametrize("days", [0, 25, 400, -400])
def test_looking_at_another_date_does_not_tell(hidden, days):
    client = hidden.client("organization_admin")
    day = (clock.now() + dt.timedelta(days=days)).date().isoformat()
    answer = client.post(
        "/gestion/procesos/presupuesto/vista-previa", data={"day": day, "hour": "12:00"}
    )
    assert answer.status_code == 303
    for path in (LIST, f"{LIST}/{hidden.proposal}", f"{LIST}?orden=most_supported"):
        page = client.get(path).text
        assert not shows(page)
        assert 'value="most_supported"' not in page


def test_the_record_does_not_tell_which_proposal_was_supported(hidden):
    component = hidden.process.components[0]
    friend = factories.actor_of(hidden.session, factories.make_person(hidden.session, "Amiga"))
    services.support(hidden.session, friend, component, hidden.proposal)
    services.take_support_back(hidden.session, friend, component, hidden.proposal)
    services.support(hidden.session, friend, component, hidden.proposal)
    hidden.session.commit()
    rows = hidden.session.scalars(
        sa.select(FactRow).where(
            FactRow.name.in_(["proposals.supported", "proposals.support_withdrawn"])
        )
    ).all()
    assert len(rows) == 3
    assert {each.subject for each in rows} == {None}
    assert not any(each.public or each.data for each in rows)
    client = hidden.client("organization_admin")
    export = client.get("/gestion/registro.csv").text
    told = [line for line in export.splitlines() if "proposals.support" in line]
    assert len(told) == 3
    assert not any(f"proposal:{hidden.proposal}" in line for line in told)


def test_the_author_is_not_told_either(hidden):
    """The window for corrections closes with the first support, but not where that would tell."""
    client = hidden.app.test_client()
    factories.sign_in(client, hidden.session, hidden.author)
    supported = client.get(f"{LIST}/{hidden.proposal}/corregir").status_code
    hidden.session.execute(
        sa.update(Proposal).where(Proposal.id == hidden.proposal).values(support_count=0)
    )
    hidden.session.commit()
    assert client.get(f"{LIST}/{hidden.proposal}/corregir").status_code == supported


def test_the_answer_to_a_support_does_not_tell(hidden):
    answer = hidden.client("participant").post(
        f"{LIST}/{hidden.proposal}/apoyo", data={"on": "1"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert str(SUPPORTS + 1) not in re.sub(r"<[^>]+>", " ", answer.text)
