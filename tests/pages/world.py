"""One small city with everything in it, for tests that go through every page as everybody."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from participa.accounts.models import GuardianConsent, Person, SanctionKind
from participa.accounts.services import sanctions
from participa.accounts.verification import guardian
from participa.comments.services import writing as comments
from participa.comments.services.writing import Draft as CommentDraft
from participa.core import clock
from participa.core.db import bind_to_organization, db
from participa.core.facts import Ref
from participa.core.policy import ORGANIZATION_ROLES, Actor, Role
from participa.moderation import queries as moderation
from participa.moderation.services import flags, grounds
from participa.organizations import queries as organizations
from participa.organizations.queries import OrganizationView
from participa.processes import queries as processes
from participa.processes.models import PhaseKind, ProcessStatus
from participa.processes.snapshot import ComponentView, ProcessView
from participa.proposals import services
from participa.proposals.services import Draft
from tests import factories

DAY = dt.timedelta(days=1)

ROLES = tuple(role.value for role in Role)
"""Every kind of person a page can meet."""

STATES: Mapping[str, tuple[ProcessStatus, dict[str, Any] | None, int]] = {
    "draft": (ProcessStatus.DRAFT, {"create": "open", "support": "open", "comment": "open"}, 0),
    "before": (
        ProcessStatus.PUBLISHED,
        {"create": "open", "support": "open", "comment": "open"},
        40,
    ),
    "open": (ProcessStatus.PUBLISHED, {"create": "open", "support": "open", "comment": "open"}, 0),
    "hidden": (ProcessStatus.PUBLISHED, {"create": "open", "support": "open_hidden"}, 0),
    "shown": (ProcessStatus.PUBLISHED, {"support": "shown", "comment": "shown"}, 0),
    "confirmed": (
        ProcessStatus.PUBLISHED,
        {
            "create": {"state": "open", "requires": ["confirmed_email"]},
            "support": {"state": "open", "requires": [{"verified": "in_person"}]},
            "comment": {"state": "open", "requires": ["confirmed_email"]},
        },
        0,
    ),
    "after": (
        ProcessStatus.PUBLISHED,
        {"create": "open", "support": "open", "comment": "open"},
        -40,
    ),
    "archived": (
        ProcessStatus.ARCHIVED,
        {"create": "open", "support": "open", "comment": "open"},
        0,
    ),
}
"""What a phase may be: its process's status, what it opens, and its distance from now in days."""


PERMISSION = "permiso-de-quien-cuida-a-alguien"
"""What is in the link that a guardian answers by."""

SEGMENTS = {"budgets": "presupuesto"}
"""Where the pages of a room are, when not among the proposals."""


@dataclass
class World:
    """The city, its people by role, one process, a proposal and a flagged comment on it."""

    app: Flask
    session: Session
    organization: OrganizationView
    process: ProcessView
    people: dict[str, Person]
    author: Person
    proposal: int
    comment: int
    case: int
    pot: int
    category: int
    project: int
    sanction: int
    ground: int
    roll: int
    line: int
    point: int

    def component(self, rule: Rule) -> ComponentView:
        """Return the component that the pages of a rule are about."""
        segment = SEGMENTS.get(rule.endpoint.partition(".")[0], "propuestas")
        found = self.process.component(segment)
        assert found is not None
        return found

    def client(self, role: str) -> FlaskClient:
        """Return a browser signed in with a role (or not at all)."""
        client = self.app.test_client()
        return (
            client
            if role == "visitor"
            else factories.sign_in(client, self.session, self.people[role])
        )

    def key(self, role: str) -> dict[str, str]:
        """Return the header that opens the doors of a role, for a client that keeps no cookies."""
        cookie = self.client(role).get_cookie("participa")
        return {} if cookie is None else {"Cookie": f"participa={cookie.value}"}

    def actor(self, role: str) -> Actor:
        """Return the actor that the browser of a role is."""
        if role == "visitor":
            return Actor(organization_id=self.organization.id)
        return factories.actor_of(self.session, self.people[role])

    def address(self, rule: Rule) -> str:
        """Return an address of a rule, with things of this world in it."""
        known: dict[str, Any] = {
            "process": self.process.slug,
            "slug": self.process.slug,
            "component": self.component(rule).key,
            "component_key": "propuestas",
            "proposal": self.proposal,
            "segment": "propuesta",
            "subject_kind": "propuesta",
            "subject_id": self.proposal,
            "comment": self.comment,
            "case_id": self.case,
            "sanction_id": self.sanction,
            "roll_id": self.roll,
            "entry_id": self.line,
            "method": "census",
            "measure": "suspension",
            "ground_id": self.ground,
            "pot": self.pot,
            "project": self.project,
            "category": self.category,
            "point": self.point,
            "version": "no-existe",
            "pot_key": "ciudad",
            "file": "SHA256SUMS",
            "key": "ideas",
            "phase": "ideas",
            "accent": self.organization.accent.lstrip("#"),
            "kind": "proposal",
            "id": self.proposal,
            "person": self.author.id,
            "person_id": self.author.id,
            "territory_id": next(iter(self.organization.territories)),
            "theme_id": next(iter(self.organization.themes)),
            "session_id": 999_999,
            "code": "es",
            "locale": "es",
            "filename": "participa.css",
        }
        values = {}
        for name in rule.arguments:
            if name in known:
                values[name] = known[name]
            elif name == "token" and rule.endpoint.startswith("accounts.guardian"):
                values[name] = PERMISSION
            elif name in {"token", "digest"}:
                values[name] = "no-existe"
            elif name.endswith("_id") or name in {"link", "mail", "number"}:
                values[name] = 1
            else:
                message = f"teach tests/pages/world.py an example of <{name}> of {rule.rule}"
                raise LookupError(message)
        with self.app.test_request_context():
            from flask import url_for

            return url_for(rule.endpoint, **values)


def knock(browser: FlaskClient, address: str, method: str, **values: Any) -> TestResponse:
    """Return the answer of an address, and undo what it wrote.

    No session of the test may be in a transaction.
    """
    if method == "GET":  # which cannot write
        return browser.get(address, **values)
    with db.session.session_factory.kw["bind"].begin_nested() as point:
        answer = browser.open(address, method=method, **values)
        point.rollback()
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        # What was read meanwhile is kept in memory by version, and the version comes again.
        organizations.forget()
        processes.forget()
    return answer


def rules_of(app: Flask) -> list[Rule]:
    """Return every rule whose view belongs to an organization."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if not getattr(app.view_functions[rule.endpoint], "unbound", False)
    ]


def build(
    app: Flask, session: Session, organization: OrganizationView, state: str = "open"
) -> World:
    """Build the city with its phase in one of :data:`STATES`."""
    bind_to_organization(session, organization.id)
    now = clock.now()
    status, opens, shift = STATES[state]
    open_phase = {
        "key": "ideas",
        "kind": PhaseKind.IDEATION,
        "start": now - 10 * DAY,
        "end": now + 20 * DAY,
        "opens": {
            "propuestas": {"create": "open", "support": "open", "comment": "open"},
            "presupuesto": {"cast": "open", "assist": "open"},
        },
    }
    process = factories.make_process(
        session,
        phases=[open_phase],
        components=(
            {"key": "propuestas", "type": "proposals"},
            {"key": "presupuesto", "type": "budgets"},
        ),
    )
    author = factories.make_person(session, "Autora Vecina")
    proposal = services.create(
        session,
        factories.actor_of(session, author),
        organization,
        process.components[0],
        Draft("Luces en el sendero", "Luces solares cada veinte metros hasta el colegio."),
        "mundo",
    )
    with app.app_context():
        comment = comments.create(
            session,
            factories.actor_of(session, author),
            process.components[0],
            Ref("proposal", proposal),
            CommentDraft("Ojalá alumbren también el puente."),
            "mundo",
        )
        grounds.ensure(session, organization)
        _asked_guardian(session, organization)
        case = flags.flag(
            session,
            factories.actor_of(session, factories.make_person(session, "Vecina Atenta")),
            process.components[0],
            Ref("comment", comment),
            moderation.grounds(session)[0].id,
            "No es de este tema.",
        )
    sanction = _appealed_warning(session, organization, process, author)
    pot, project = factories.make_projects(session, process.components[1])
    category = factories.make_category(session, process.components[1])
    roll, line = factories.make_roll(session, organization)
    point = factories.make_point(session, process.components[1])
    session.commit()
    _turn(session, process, status, opens, shift)
    people = {
        "participant": factories.make_person(session, "Vecino"),
        **{
            role.value: factories.make_person(
                session,
                f"Persona {role.value}",
                roles=[role if role in ORGANIZATION_ROLES else (role, process.id)],
            )
            for role in Role
            if role not in {Role.VISITOR, Role.PARTICIPANT}
        },
    }
    from participa.processes import queries

    return World(
        app,
        session,
        organization,
        queries.by_id(session, process.id),
        people,
        author,
        proposal,
        comment,
        case,
        pot,
        category,
        project,
        sanction,
        moderation.grounds(session)[0].id,
        roll,
        line,
        point,
    )


def _asked_guardian(session: Session, organization: OrganizationView) -> None:
    """Ask for the permission that :data:`PERMISSION` answers."""
    minor = factories.make_person(session, "Joven", birth_date=dt.date(clock.now().year - 15, 1, 1))
    session.add(
        GuardianConsent(
            person_id=minor.id,
            guardian_name="Marleny Pabón",
            relation="mother",
            email="marleny@ejemplo.test",
            token_hash=guardian.token_hash(organization.id)(PERMISSION),
            ends_at=clock.now() + 5 * DAY,
        )
    )
    session.flush()


def _appealed_warning(
    session: Session, organization: OrganizationView, process: ProcessView, author: Person
) -> int:
    """Warn the author, who appeals: something for moderators to answer."""
    alma = factories.make_person(session, "Alma", roles=[(Role.MODERATOR, process.id)])
    made = sanctions.impose(
        session,
        factories.actor_of(session, alma),
        process,
        person_id=author.id,
        measure=sanctions.Measure(SanctionKind.WARNING, "Repitió el mismo aporte varias veces."),
    )
    sanctions.appeal(
        session, factories.actor_of(session, author), organization, made, "Fue la conexión: no yo."
    )
    return made


def _turn(
    session: Session, process: ProcessView, status: ProcessStatus, opens: Any, shift: int
) -> None:
    """Bring the process into its state after the proposal was made."""
    from participa.processes.models import Process

    row = session.get_one(Process, process.id)
    row.status = status
    row.version += 1
    row.phases[0].start += shift * DAY
    row.phases[0].end += shift * DAY
    for each in row.phases[0].opens:
        each.capabilities = opens if each.component.type == "proposals" else _of_the_vote(opens)
    session.commit()


def _of_the_vote(opens: Any) -> dict[str, Any]:
    """Return what a phase opens in the vote: as supporting is, so is casting."""
    if not opens:
        return {}
    return {"cast": opens["support"], "assist": "open" if "create" in opens else "closed"}
