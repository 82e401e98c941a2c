"""A process with a vote, and a firm vote with people, for the tests of voting."""

import sqlalchemy as sa

from participa.budgets.models import Ballot, Project, Vote
from participa.budgets.services import casting, lock
from participa.budgets.services import projects as staff_projects
from participa.core import clock
from participa.core.policy import Role, Verification
from participa.organizations import queries as organizations
from participa.processes.models import PhaseKind
from tests import factories

SEED = "El último número del sorteo de la lotería del 5 de marzo"
KEY = "k" * 43
"""Of a browser: see :mod:`participa.budgets.services.sealing`."""
BY_ROLL = {"state": "open", "requires": [{"verified": "census"}]}


def with_vote(session, *, settings=None, cast="open", assist="closed", key="presupuesto", **values):
    """A process whose voting phase is open around now, beside its proposals."""
    now = clock.now()
    return factories.make_process(
        session,
        phases=[
            {
                "key": "votacion",
                "kind": PhaseKind.EVALUATION,
                "start": now - 10 * factories.DAY,
                "end": now + 20 * factories.DAY,
                "opens": {
                    key: {"cast": cast, "assist": assist},
                    "propuestas": {"create": "open", "support": "open"},
                },
            }
        ],
        components=[
            {"key": key, "type": "budgets", "settings": settings or {}, "title": "Votación"},
            {"key": "propuestas", "type": "proposals"},
        ],
        **values,
    )


class Poll:
    """A firm vote with two pots, and people."""

    def __init__(self, session, cast="open", slug="presupuesto", **chosen):
        self.session = session
        process = with_vote(session, settings=chosen, cast=cast, slug=slug)
        self.component = process.components[0]
        self.pot, first = factories.make_projects(
            session, self.component, [30_000_000, 40_000_000, 50_000_000]
        )
        other, second = factories.make_projects(
            session, self.component, [10_000_000] * 2, pot="norte", amount=15_000_000
        )
        self.other = other
        self.ids = [first, first + 1, first + 2, second, second + 1]
        role = [(Role.PROCESS_ADMIN, self.component.process.id)]
        self.boss = factories.actor_of(session, factories.make_person(session, roles=role))
        lock.lock(session, self.boss, self.component, seed_source=SEED)
        self.person = factories.make_person(session, "Vecina")
        self.voter = factories.actor_of(session, self.person)
        session.commit()

    def cast(self, *numbers, actor=None, choice=None):
        chosen = choice or {self.ids[each]: 1 for each in numbers}
        sent = casting.cast(self.session, actor or self.voter, self.component, chosen)
        self.session.flush()
        return sent

    @property
    def vote(self):
        self.session.flush()
        self.session.expire_all()
        return self.session.get_one(Vote, self.component.id)

    def amend(self, number, **values):
        """Correct a project that is firm, as staff do."""
        row = self.session.get_one(Project, self.ids[number])
        typed = {"title": row.title, "pot_id": row.pot_id, "cost": str(row.cost // 100), **values}
        amend(self.session, self.boss, self.component, row.id, **typed)
        self.session.commit()

    def box(self):
        self.session.expire_all()
        return self.session.scalars(sa.select(Ballot)).all()


def amend(session, boss, component, project_id, **typed):
    """Correct a project that is firm, as staff do."""
    organization = organizations.by_id(session, component.organization_id)
    draft = staff_projects.Draft(**typed)
    staff_projects.save(
        session, boss, organization, component, draft, project_id, reason="Tenía un error."
    )


class RollPoll(Poll):
    """A vote of a roll with two lines, of which its person has the first, and another roll."""

    def __init__(self, session, organization, **chosen):
        self.roll, self.line = factories.make_roll(session, organization, ["123456", "654321"])
        self.elsewhere, _line = factories.make_roll(session, organization, ["777777"], key="otro")
        super().__init__(session, cast=BY_ROLL, roll="padron", ballot="approval", **chosen)
        self.voter = self.on(self.person, self.line)

    def on(self, person, line):
        """Return somebody who claimed a line."""
        factories.claim_line(self.session, person.id, line)
        return factories.actor_of(self.session, person, verifications=(Verification("census"),))
