"""A polling point with everybody around it, for the tests of assisted and paper voting."""

from participa.accounts.models import RollEntry
from participa.budgets.services import assisted, lines, lock, points
from participa.core.policy import Role, Verification
from participa.organizations.queries import OrganizationView
from tests import factories
from tests.budgets.polls import BY_ROLL, SEED, with_vote

DOCUMENTS = ("1001", "1002", "1003", "1004", "1005", "1006", "1007", "1008")


class Station:
    """A firm vote with a roll, and one point with a promoter. Needs an app context.

    ``1003`` is a line that ``claimed`` proved to be theirs; the promoter's own is ``1008``.
    """

    def __init__(
        self, session, organization: OrganizationView, *, firm=True, cast=None, assist="open",
        roll="votantes", **settings,
    ):  # fmt: skip
        self.session, self.organization = session, organization
        settings.setdefault("ballot", "approval")
        self.component = with_vote(
            session,
            settings={**settings, "roll": roll},
            cast=cast or BY_ROLL,
            assist=assist,
        ).components[0]
        self.roll, first = factories.make_roll(session, organization, DOCUMENTS, key="votantes")
        self.lines = {document: first + place for place, document in enumerate(DOCUMENTS)}
        self.pot, project = factories.make_projects(
            session, self.component, [30_000_000, 40_000_000, 50_000_000]
        )
        _other, second = factories.make_projects(
            session, self.component, [10_000_000] * 2, pot="norte", amount=15_000_000
        )
        self.ids = [project, project + 1, project + 2, second, second + 1]
        process = self.component.process.id
        self.people = {
            name: factories.make_person(
                session, name.capitalize(), roles=[(role, process)] if role else []
            )
            for name, role in (
                ("boss", Role.PROCESS_ADMIN),
                ("typist", Role.REVIEWER),
                ("other", Role.MODERATOR),
                ("observer", Role.OBSERVER),
                ("promoter", None),
                ("neighbour", None),
                ("claimed", None),
            )
        }
        self.boss, self.typist, self.other, self.observer, self.promoter, self.neighbour = (
            factories.actor_of(session, self.people[name])
            for name in ("boss", "typist", "other", "observer", "promoter", "neighbour")
        )
        self.claim("1003", "claimed")
        self.claim("1008", "promoter")
        self.claimed = factories.actor_of(
            session, self.people["claimed"], verifications=(Verification("census"),)
        )
        if firm:
            lock.lock(session, self.boss, self.component, seed_source=SEED)
        draft = points.PointDraft("Escuela La Loma", "Camino real, frente a la cancha")
        self.point = points.save(session, self.boss, organization, self.component, draft)
        points.give(
            session, self.boss, self.component, self.point, self.people["promoter"].id, "30"
        )
        session.commit()

    def claim(self, document, name):
        """Let a person be the owner of a line."""
        factories.claim_line(self.session, self.people[name].id, self.lines[document])

    def line(self, document):
        """The line of a document."""
        return self.session.get_one(RollEntry, self.lines[document])

    def find(self, document, *, who=None, kind="CC", guardian=False):
        """Look a document up as the promoter does."""
        return assisted.look_up(
            self.session,
            who or self.promoter,
            self.organization,
            self.component,
            self.point,
            lines.Document(kind, document, guardian),
        )

    def assist(self, document, chosen, *, who=None, telephone="", guardian=False):
        """Register a ballot for the owner of a document."""
        return assisted.assist(
            self.session,
            who or self.promoter,
            self.organization,
            self.component,
            self.point,
            self.find(document, who=who, guardian=guardian),
            chosen,
            telephone,
        )

    def hand(self, document, *, who=None, guardian=False):
        """Hand a sheet to the owner of a document."""
        assisted.hand(
            self.session,
            who or self.promoter,
            self.organization,
            self.component,
            self.point,
            self.find(document, who=who, guardian=guardian),
        )
