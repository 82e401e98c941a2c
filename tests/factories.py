"""Small makers of rows for tests: everything has a sensible default."""

import datetime as dt
import itertools
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from participa.accounts.models import (
    Consent,
    Person,
    RoleGrant,
    Roll,
    RollEntry,
    UserSession,
    VerificationRecord,
)
from participa.accounts.queries import digest
from participa.accounts.verification.documents import document_hasher
from participa.budgets.models import Category, Point, Pot, Project, ProjectStatus
from participa.core import clock
from participa.core.db import bind_to_organization
from participa.core.i18n import Localized
from participa.core.policy import Actor, Role
from participa.organizations import queries as organizations
from participa.organizations.models import Organization, Territory, Theme
from participa.processes import queries as processes
from participa.processes.models import (
    Component,
    Phase,
    PhaseComponent,
    PhaseKind,
    Process,
    ProcessStatus,
)
from participa.processes.snapshot import ComponentView, ProcessView

_numbers = itertools.count(1)
DAY = dt.timedelta(days=1)


def make_organization(
    session: Session, slug: str = "aurora", **values: Any
) -> organizations.OrganizationView:
    """Make an organization with a small territory tree and two themes."""
    row = Organization(
        **{
            "slug": slug,
            "name": "Municipio de Aurora",
            "is_default": slug == "aurora",
            "host": None if slug == "aurora" else f"{slug}.test",
            "locales": ["es", "en", "pt"],
            "staff_second_factor": False,
            **values,
        }
    )
    session.add(row)
    session.flush()
    bind_to_organization(session, row.id)
    town = Territory(code="aurora", name="Aurora", level="municipio", path=["aurora"])
    session.add(town)
    session.flush()
    for code, name in (("centro", "Centro"), ("la-loma", "Vereda La Loma")):
        session.add(
            Territory(
                code=code, name=name, level="barrio", parent_id=town.id, path=["aurora", code]
            )
        )
    session.add(Theme(code="agua", name=Localized("Agua"), position=0))
    session.add(Theme(code="vias", name=Localized("Vías"), position=1))
    session.commit()
    return organizations.by_id(session, row.id)


def make_person(
    session: Session,
    name: str = "Rosa Quintero",
    *,
    roles: Iterable[Role | tuple[Role, int]] = (),
    **values: Any,
) -> Person:
    """Make a person with a confirmed e-mail; a role may be a pair with a process id."""
    number = next(_numbers)
    person = Person(
        **{
            "organization_id": session.info["organization_id"],
            "name": name,
            "email": f"persona{number}@ejemplo.test",
            "email_confirmed_at": clock.now(),
            **values,
        }
    )
    session.add(person)
    session.flush()
    for role in roles:
        kind, process_id = role if isinstance(role, tuple) else (role, None)
        session.add(RoleGrant(person_id=person.id, role=kind, process_id=process_id))
    session.commit()
    return person


def make_consent(
    session: Session, person: Person, purpose: str = "notifications", *, granted: bool = True
) -> None:
    """Write what somebody said to a purpose."""
    session.add(
        Consent(
            person_id=person.id, purpose=purpose, granted=granted, text_version="1", channel="web"
        )
    )


def actor_of(session: Session, person: Person, **values: Any) -> Actor:
    """Return the actor of a person, with the roles in the database."""
    grants = session.query(RoleGrant).filter_by(person_id=person.id).all()
    organization_roles = frozenset(each.role for each in grants if each.process_id is None)
    process_roles: dict[int, frozenset[Role]] = {}
    for each in grants:
        if each.process_id is not None:
            held = process_roles.get(each.process_id, frozenset())
            process_roles[each.process_id] = held | {each.role}
    return Actor(
        **{
            "organization_id": person.organization_id,
            "person_id": person.id,
            "name": person.name,
            "email_confirmed": person.email_confirmed_at is not None,
            "organization_roles": organization_roles,
            "process_roles": process_roles,
            **values,
        }
    )


def sign_in(
    client: FlaskClient, session: Session, person: Person, base_url: str = "http://localhost"
) -> FlaskClient:
    """Sign a browser in as a person, at one of the addresses of the installation."""
    token = secrets.token_urlsafe(16)
    session.add(
        UserSession(
            person_id=person.id,
            token_hash=digest(token),
            device="Prueba",
            expires_at=clock.now() + dt.timedelta(days=3650),
        )
    )
    session.commit()
    with client.session_transaction(base_url=base_url) as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client


def make_process(
    session: Session,
    *,
    slug: str = "presupuesto",
    phases: Iterable[Mapping[str, Any]] | None = None,
    components: Iterable[Mapping[str, Any]] = ({"key": "propuestas", "type": "proposals"},),
    status: ProcessStatus = ProcessStatus.PUBLISHED,
    **values: Any,
) -> ProcessView:
    """Make a process. A phase is ``{key, kind, start, end, opens: {component: {name: rule}}}``.

    Without phases: one of ideation, 30 days around now, that lets people propose and support.
    """
    now = clock.now()
    if phases is None:
        phases = [
            {
                "key": "ideas",
                "kind": PhaseKind.IDEATION,
                "start": now - dt.timedelta(days=10),
                "end": now + dt.timedelta(days=20),
                "opens": {"propuestas": {"create": "open", "support": "open"}},
            }
        ]
    process = Process(
        **{
            "organization_id": session.info["organization_id"],
            "slug": slug,
            "title": Localized("Presupuesto participativo"),
            "summary": Localized("Usted propone y decide."),
            "status": status,
            "published_at": None if status is ProcessStatus.DRAFT else now,
            **values,
        }
    )
    session.add(process)
    by_key: dict[str, Component] = {}
    for position, each in enumerate(components):
        by_key[each["key"]] = Component(
            organization_id=process.organization_id,
            key=each["key"],
            type=each["type"],
            title=Localized(each.get("title", "Propuestas")),
            settings=dict(each.get("settings", {})),
            position=position,
        )
        process.components.append(by_key[each["key"]])
    for position, each in enumerate(phases):
        phase = Phase(
            key=each["key"],
            kind=each.get("kind", PhaseKind.IDEATION),
            title=Localized(each.get("title", each["key"].capitalize())),
            start=each["start"],
            end=each["end"],
            position=position,
        )
        process.phases.append(phase)
        for key, capabilities in each.get("opens", {}).items():
            phase.opens.append(
                PhaseComponent(component=by_key[key], capabilities=dict(capabilities))
            )
    session.commit()
    return processes.by_id(session, process.id)


def make_projects(
    session: Session,
    component: ComponentView,
    costs: Iterable[int] = (30_000_000,),
    *,
    amount: int = 100_000_000,
    pot: str = "ciudad",
    **values: Any,
) -> tuple[int, int]:
    """Make a pot with a project of each cost on the ballot; returns the pot and the first project.

    Money in minor units. ``values`` are columns of every project.
    """
    bag = Pot(component_id=component.id, key=pot, name=Localized(pot.capitalize()), amount=amount)
    session.add(bag)
    session.flush()
    rows = []
    first = 1 + (session.query(Project).filter_by(component_id=component.id).count())
    for number, cost in enumerate(costs, first):
        row = Project(
            **{
                "component_id": component.id,
                "pot_id": bag.id,
                "number": number,
                "status": ProjectStatus.FEASIBLE,
                "title": f"Proyecto {number}",
                "summary": "Un parque para el barrio.",
                "cost": cost,
                **values,
            }
        )
        session.add(row)
        rows.append(row)
    session.flush()
    return bag.id, rows[0].id


def make_roll(
    session: Session,
    organization: organizations.OrganizationView,
    documents: Iterable[str] = (),
    *,
    key: str = "padron",
    **values: Any,
) -> tuple[int, int]:
    """Make a roll with a line per ``CC`` number; returns the roll and its first line.

    With documents, inside an app context. ``values`` are columns of every line. Without, the only
    line is one of nobody.
    """
    roll = Roll(key=key, name="Padrón de Aurora", document_types=["CC"])
    session.add(roll)
    session.flush()
    hashes = [document_hasher(organization.id)("CC", each) for each in documents] or ["0" * 64]
    rows = [RollEntry(roll_id=roll.id, document_hash=each, **values) for each in hashes]
    session.add_all(rows)
    roll.size = len(rows)
    session.flush()
    return roll.id, rows[0].id


def claim_line(session: Session, person_id: int, line: int) -> None:
    """Let somebody be verified by a line of a roll."""
    row = session.get_one(RollEntry, line)
    row.person_id, row.claimed_at = person_id, clock.now()
    session.add(
        VerificationRecord(
            person_id=person_id, method="census", evidence=f"roll-{line}", at=clock.now()
        )
    )
    session.flush()


def make_category(session: Session, component: ComponentView, key: str = "vias") -> int:
    """Make a category of a vote and return its id."""
    row = Category(component_id=component.id, key=key, name=Localized(key.capitalize()))
    session.add(row)
    session.flush()
    return row.id


def make_point(session: Session, component: ComponentView, name: str = "Escuela La Loma") -> int:
    """Make a polling point of a vote and return its id."""
    row = Point(component_id=component.id, name=name, address="Camino real")
    session.add(row)
    session.flush()
    return row.id
