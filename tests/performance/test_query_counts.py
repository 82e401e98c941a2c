"""Every page has a fixed number of statements, however much there is to show."""

import datetime as dt

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.core import clock
from participa.core.events import record
from participa.core.facts import Ref
from participa.core.policy import Actor
from participa.processes.snapshot import ProcessView
from participa.proposals import events
from participa.proposals.models import Proposal, Support
from tests.factories import make_person, make_process, sign_in
from tests.statements import recorded

PROCESS = "/procesos/presupuesto"
LIST = f"{PROCESS}/propuestas"

# Statements for a visitor, and for a person who has signed in: two to know who it is and what
# waits for them, one for what they follow.
PAGES = {
    "/": (2, 4),
    "/procesos": (2, 4),
    PROCESS: (6, 9),
    f"{PROCESS}/fases/ideas": (1, 3),
    f"{PROCESS}/quien-puede-que": (1, 3),
    f"{PROCESS}/actividad": (5, 7),
    LIST: (2, 4),
    f"{LIST}?orden=newest": (2, 4),
    f"{LIST}?orden=most_supported": (2, 4),
    f"{LIST}?orden=random&semilla=5": (2, 4),
    f"{LIST}?orden=newest&territorio=centro&tema=agua&q=agua": (2, 4),
    f"{LIST}/{{proposal}}": (2, 5),
}
SUPPORT = 7
"""Who asks (2: city, person), lock, look, write (2), record."""


def add_proposals(session: Session, process: ProcessView, author: Person, number: int) -> list[int]:
    """Publish proposals, each with its fact and with a support of another person."""
    component = process.components[0]
    neighbour = make_person(session, "Jairo Ortiz")
    actor = Actor(process.organization_id, person_id=author.id)
    rows = [
        Proposal(
            organization_id=process.organization_id,
            component_id=component.id,
            author_id=author.id,
            title=f"Agua para la vereda {key}",
            body="Cuando llueve, el agua se lleva el camino.",
            body_html="<p>Cuando llueve, el agua se lleva el camino.</p>",
            excerpt="Cuando llueve, el agua se lleva el camino.",
            published_at=clock.now() - dt.timedelta(hours=2),
            search_text="agu vered",
            support_count=1,
            submission=f"{number}-{key}",
        )
        for key in range(number)
    ]
    session.add_all(rows)
    session.flush()
    for row in rows:
        session.add(
            Support(
                organization_id=process.organization_id,
                component_id=component.id,
                proposal_id=row.id,
                person_id=neighbour.id,
            )
        )
        record(
            session,
            events.ProposalPublished(row.title),
            actor=actor,
            organization_id=process.organization_id,
            process_id=process.id,
            component_id=component.id,
            subject=Ref("proposal", row.id),
        )
    session.commit()
    return [row.id for row in rows]


@pytest.fixture
def process(session: Session) -> ProcessView:
    return make_process(session)


@pytest.fixture
def author(session: Session) -> Person:
    return make_person(session)


def statements_of(client: FlaskClient, path: str) -> list[str]:
    """Return what a page asks the database once the memory of processes is warm."""
    assert client.get(path).status_code == 200, path
    with recorded() as statements:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return statements


@pytest.mark.parametrize("who", ["visitor", "person"])
def test_pages_have_fixed_numbers_of_statements(
    client: FlaskClient, session: Session, process: ProcessView, author: Person, who: str
) -> None:
    if who == "person":
        sign_in(client, session, make_person(session, "Diana Peña"))
    wrong = []
    for number in (1, 60):
        proposal = add_proposals(session, process, author, number)[0]
        for path, expected in PAGES.items():
            found = statements_of(client, path.format(proposal=proposal))
            if len(found) != expected[who == "person"]:
                wrong.append("\n    ".join([f"{path}: {len(found)}, not {expected}", *found]))
    assert not wrong, "\n".join(wrong)


def test_no_list_needs_more_than_eight_statements() -> None:
    assert max(max(PAGES[path]) for path in PAGES if path.startswith(LIST) and "{" not in path) <= 8


def test_supporting_has_a_fixed_number_of_statements(
    client: FlaskClient, session: Session, process: ProcessView, author: Person
) -> None:
    sign_in(client, session, make_person(session, "Diana Peña"))
    found = []
    for number in (1, 60):
        proposal = add_proposals(session, process, author, number)[-1]
        statements_of(client, f"{LIST}/{proposal}")
        with recorded() as statements:
            answer = client.post(f"{LIST}/{proposal}/apoyo", data={"on": "1"})
        assert answer.status_code == 303
        found.append(statements)
    for statements in found:
        assert len(statements) == SUPPORT, "\n\n".join(statements)
