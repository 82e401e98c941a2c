"""A vote that is over: a box with ballots in it, to be closed, counted and published."""

import datetime as dt
import random
import secrets

import sqlalchemy as sa

from participa.budgets import rehearsal
from participa.budgets.ballots import Option
from participa.budgets.counting import Candidate
from participa.budgets.models import Ballot, Channel, Mark, Project, ProjectStatus, Vote
from participa.budgets.queries import pots as pot_queries
from participa.budgets.rules import Rules
from participa.budgets.services import box, closing, lock, publishing
from participa.core import clock
from participa.core.policy import Role
from participa.processes import queries as processes
from participa.processes.models import Process
from tests import factories
from tests.budgets.polls import with_vote

SOURCE = "El último número del sorteo de la lotería del 5 de marzo"
POTS = (
    ("ciudad", 100_000_000, (30_000_000, 40_000_000, 50_000_000, 20_000_000, 10_000_000)),
    ("norte", 25_000_000, (10_000_000, 10_000_000, 20_000_000)),
)


class Ended:
    """A vote with two pots of which the phase is over. Inside an app context."""

    def __init__(self, session, *, pots=POTS, category=False, cast="open", slug="presupuesto",
                 **chosen):  # fmt: skip
        self.session = session
        chosen.setdefault("ballot", "approval")
        chosen.setdefault("ties", "lot")
        self.component = with_vote(session, settings=chosen, cast=cast, slug=slug).components[0]
        kind = factories.make_category(session, self.component) if category else None
        for key, amount, costs in pots:
            factories.make_projects(
                session, self.component, costs, pot=key, amount=amount, category_id=kind
            )
        role = [(Role.PROCESS_ADMIN, self.component.process.id)]
        self._lock(factories.make_person(session, "Jefa", roles=role))

    @classmethod
    def of(cls, session, component, person):
        """Make the vote of a component firm, with the projects that it has."""
        made = cls.__new__(cls)
        made.session, made.component = session, component
        made._lock(person)
        return made

    @classmethod
    def standing(cls, session, component):
        """Take the vote of a component as it is, firm already: to fill its box."""
        made = cls.__new__(cls)
        made.session, made.component = session, component
        made._look()
        return made

    def _lock(self, person):
        session = self.session
        self.person = person
        self.boss = factories.actor_of(session, person)
        lock.lock(session, self.boss, self.component, seed_source=SOURCE)
        session.commit()
        self._look()

    def _look(self):
        rows = self.session.scalars(
            sa.select(Project)
            .where(Project.component_id == self.component.id)
            .order_by(Project.number)
        ).all()
        self.ids = [row.id for row in rows]
        self.rows = {row.id: row for row in rows}

    @property
    def vote(self):
        self.session.flush()
        self.session.expire_all()
        return self.session.get_one(Vote, self.component.id)

    def fill(self, choices, *, channel=Channel.WEB, territories=(None,), bands=("",), start=0):
        """Put a ballot into the box for each choice, as casting leaves it."""
        vote = self.vote
        vote.link_key = vote.link_key or secrets.token_hex(32)
        day = clock.now().date()
        code, marks, ballots = box.coder(vote.link_key), [], []
        for number, choice in enumerate(choices, start):
            mark = {
                "id": secrets.randbits(61),
                "organization_id": self.component.organization_id,
                "component_id": self.component.id,
                "voter": f"person-{number}-{channel.value}",
                "channel": channel,
                "receipt_hash": secrets.token_hex(32),
                "territory_id": territories[number % len(territories)],
                "age_band": bands[number % len(bands)],
                "day": day,
            }
            marks.append(mark)
            ballot = {
                "id": secrets.randbits(62),
                "organization_id": self.component.organization_id,
                "component_id": self.component.id,
                "link": None
                if channel is Channel.PAPER
                else box.link_of(vote.link_key, mark["id"]),
                "channel": channel,
                "choice": {str(key): value for key, value in choice.items()},
            }
            place = ballot["link"] or str(ballot["id"])
            ballots.append(ballot | {"code": code(place, channel.value, ballot["choice"])})
        self.session.flush()
        if marks:
            self.session.connection().execute(sa.insert(Mark.__table__), marks)
            self.session.connection().execute(sa.insert(Ballot.__table__), ballots)
        self.session.commit()
        return marks, ballots

    def invented(self, people=60, seed=1):
        """Return valid choices of invented neighbours."""
        bags = pot_queries.limits(pot_queries.pots(self.session, self.component))
        traits = [
            rehearsal.Trait(
                Candidate(row.id, row.number, row.title, row.cost),
                Option(row.id, row.pot_id, row.cost, str(row.category_id or "")),
            )
            for row in self.rows.values()
            if row.status is ProjectStatus.FEASIBLE
        ]
        form = Rules.read(self.vote.rules).form
        return rehearsal.invent(form, bags, traits, people=people, seed=seed)

    def end(self):
        """Let the phase be over."""
        self.session.commit()
        row = self.session.get_one(Process, self.component.process.id)
        row.phases[0].end = clock.now() - dt.timedelta(hours=1)
        processes.mark_changed(self.session, row.id)
        self.session.commit()
        processes.forget()
        self.component = processes.component(self.session, self.component.id)
        return self

    def close(self):
        """End the phase and close the vote."""
        self.end()
        closing.close(self.session, self.boss, self.component)
        self.session.commit()
        return self

    def publish(self, seed="4821"):
        """Count and publish, as the job does."""
        publishing.ask(self.session, self.boss, self.component, seed=seed)
        self.session.commit()
        assert publishing.run(self.session) == 1
        return self

    def whole(self, people=60, seed="4821", **filled):
        """Do everything."""
        self.fill(self.invented(people), **filled)
        return self.close().publish(seed)


def shuffled(items, seed=1):
    """Return the items in another order."""
    found = list(items)
    random.Random(seed).shuffle(found)
    return found
