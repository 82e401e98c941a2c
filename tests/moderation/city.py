"""A process with an author, neighbours and moderators, for the tests of moderation's pages."""

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.core.facts import Ref
from participa.core.policy import Role
from participa.moderation import queries
from participa.moderation.services import appeals, authors, decisions, flags, grounds
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ProcessView
from participa.proposals import services as proposals
from participa.proposals.services import Draft
from tests import factories

TITLE = "Mariposas azulejas"
BODY = "Que el vecino cascarrabias de la esquina deje pasar a las niñas al parque."
SECRETS = ("Mariposas", "azulejas", "cascarrabias")
"""Words of the removed proposal that stand nowhere else."""


@dataclass
class City:
    """Who is there, and what each can do; every act is committed."""

    app: Flask
    session: Session
    organization: OrganizationView
    process: ProcessView
    author: Person
    neighbours: list[Person]
    moderator: Person
    second: Person
    elsewhere: Person
    """Moderates another process."""
    proposal: int = 0
    case: int = 0
    grounds: dict[str, Any] = field(default_factory=dict)

    @property
    def ref(self) -> Ref:
        return Ref("proposal", self.proposal)

    @property
    def page(self) -> str:
        return f"/procesos/{self.process.slug}/propuestas/{self.proposal}"

    @property
    def flag_page(self) -> str:
        return f"/procesos/{self.process.slug}/propuestas/reportar/propuesta-{self.proposal}"

    @property
    def case_page(self) -> str:
        return f"/moderacion/casos/{self.case}"

    def client(self, person: Person | None = None) -> FlaskClient:
        """Return a browser without script, signed in or not."""
        client = self.app.test_client()
        return client if person is None else factories.sign_in(client, self.session, person)

    def actor(self, person: Person) -> Any:
        return factories.actor_of(self.session, person)

    def revision(self) -> int:
        self.session.expire_all()
        return queries.case(self.session, self.case).revision

    def act(self, service: Any, person: Person, *values: Any, **more: Any) -> Any:
        """Let somebody use a service; what they did is committed."""
        with self.app.app_context():
            result = service(self.session, self.actor(person), *values, **more)
            self.session.commit()
        return result

    def decide(self, service: Any, person: Person, *values: Any) -> None:
        """Let somebody decide on the case as it stands."""
        self.act(service, person, self.case, self.revision(), *values)

    def propose(self, title: str = TITLE, body: str = BODY) -> int:
        place = self.process.components[0]
        draft = Draft(title, body)
        return int(self.act(proposals.create, self.author, self.organization, place, draft, title))

    def flag(self, person: Person, ground: str = "insultos", detail: str = "") -> None:
        place = self.process.components[0]
        self.case = self.act(flags.flag, person, place, self.ref, self.grounds[ground], detail)

    def remove(self, ground: str = "insultos", reply: str = "Nombra a una persona.") -> None:
        self.decide(decisions.remove, self.moderator, self.grounds[ground], reply)

    def keep(self) -> None:
        self.decide(decisions.keep, self.moderator)

    def appeal(self, text: str = "No insulta a nadie en particular.") -> None:
        self.act(appeals.appeal, self.author, self.case, text)

    def resubmit(self, **typed: str) -> None:
        self.act(authors.resubmit, self.author, self.case, typed, acknowledged=False)

    def accept(self) -> None:
        self.decide(decisions.accept, self.moderator)

    def revert(self, reply: str = "Tenía razón.") -> None:
        self.decide(appeals.revert, self.second, reply)

    def uphold(self, reply: str = "Sí lo nombra.") -> None:
        self.decide(appeals.uphold, self.second, reply)


def build(app: Flask, session: Session, organization: OrganizationView) -> City:
    """Build the city with one published proposal."""
    process = factories.make_process(session)
    other = factories.make_process(session, slug="otro-proceso")
    grounds.ensure(session, organization)
    session.commit()
    city = City(
        app,
        session,
        organization,
        process,
        factories.make_person(session, "Autora Vecina"),
        [factories.make_person(session, f"Vecino {number}") for number in range(4)],
        factories.make_person(session, "Mauro Modera", roles=[(Role.MODERATOR, process.id)]),
        factories.make_person(session, "Sara Segunda", roles=[(Role.MODERATOR, process.id)]),
        factories.make_person(session, "Otilia Ajena", roles=[(Role.MODERATOR, other.id)]),
    )
    city.grounds = {each.key: each.id for each in queries.grounds(session)}
    city.proposal = city.propose()
    return city
