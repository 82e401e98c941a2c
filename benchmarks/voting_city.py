"""A city that votes: its people, its roll, a firm vote, ballots that are in and drafts that wait.

Rows are written in bulk; the vote is made firm by the product's own service, and links are computed
as casting computes them. The same arguments give the same city.
"""

import datetime as dt
import hashlib
import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.bulk import fill
from benchmarks.seeding import make_organization, make_places, people_rows, session_rows
from participa.accounts.models import Person, Roll, RollEntry, UserSession, VerificationRecord
from participa.accounts.verification import census
from participa.budgets.ballots import BallotKind, Form, Option, PotLimit, PotScope, left
from participa.budgets.models import (
    Ballot,
    Category,
    Channel,
    Draft,
    Mark,
    Pot,
    Project,
    ProjectStatus,
    Vote,
)
from participa.budgets.queries import pots, projects
from participa.budgets.rules import Rules
from participa.budgets.services import box, lock, sealing
from participa.budgets.settings import Settings
from participa.core import clock, migrate
from participa.core.db import db
from participa.core.i18n import Localized
from participa.core.policy import Actor, Role
from participa.processes import queries as processes
from participa.processes.models import (
    Component,
    Phase,
    PhaseComponent,
    PhaseKind,
    Process,
    ProcessStatus,
)
from participa.processes.snapshot import ComponentView

PROCESS, COMPONENT, ROLL = "votacion-2026", "presupuesto", "padron"
SEED_SOURCE = "El número ganador del sorteo 3.412 de la Lotería de Aurora"
CATEGORIES = 4
DRAFTED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""When the drafts that are made here were last touched: what is sent names it."""
DRAFT_KEY = "k" * 43
"""The key that the browsers of everybody here hold."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What to make."""

    people: int
    voted: int = 0
    """Those with the ids 1, 2, … have a ballot in the box."""
    drafts: int = 0
    """So many after them have chosen and not sent."""
    signed_in: int = 0
    """So many after those who voted have a session."""
    roll: bool = True
    pots: int = 2
    projects: int = 20
    """In each pot."""
    settings: Any = None
    distinct: float = 0.05
    """How many of the ballots in the box differ from each other, as a part of all."""
    scale: int = 100_000_00
    """Minor currency units that a tenth of a project's share of its pot is."""
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Hall:
    """What was made, as the loads need to know it."""

    component: ComponentView
    path: str
    """Of the component's public pages."""
    projects: Sequence[int]
    voters: Sequence[tuple[int, str]]
    """Person and session token of those who have one."""
    chooser: "Chooser"

    def name_of(self, person: int) -> str:
        """Return the name under which a person votes."""
        return voter_name(person, by_roll=self.chooser.by_roll)


def leader(component: ComponentView) -> Actor:
    """Return who leads the process."""
    return Actor(
        organization_id=component.organization_id,
        person_id=1,
        name="Rosa",
        process_roles={component.process.id: frozenset({Role.PROCESS_ADMIN})},
    )


def end_voting(session: Session, hall: Hall) -> ComponentView:
    """Let the voting phase end an hour ago; return the component as it is then."""
    now = clock.now()
    for phase in session.scalars(
        sa.select(Phase).where(Phase.process_id == hall.component.process.id)
    ):
        phase.end = now - dt.timedelta(hours=1)
    processes.mark_changed(session, hall.component.process.id)
    session.commit()
    processes.forget()
    return processes.component(session, hall.component.id)


def voter_name(person: int, *, by_roll: bool) -> str:
    """Return how a mark names a person; the lines of the roll have the ids of their people."""
    return census.evidence(person) if by_roll else f"person-{person}"


class Chooser:
    """Fills in valid ballots by the rules of a vote: popular and obscure projects."""

    def __init__(self, form: Form, bags: Sequence[PotLimit], options: Sequence[Option],
                 *, by_roll: bool) -> None:  # fmt: skip
        self.form, self.bags, self.options, self.by_roll = form, bags, options, by_roll
        self._of = {bag.id: [each for each in options if each.pot_id == bag.id] for bag in bags}
        self._liked = {each.id: 1 / (place % 20 + 3) for place, each in enumerate(options)}

    def choice(self, chance: random.Random, most: int | None = None) -> dict[int, int]:
        """Return a valid choice, of at most so many projects in each pot."""
        bags = list(self.bags)
        if self.form.scope is PotScope.ONE:
            bags = [chance.choice(bags)]
        elif self.form.scope is PotScope.ONE_AND_CITY:
            own = [each for each in bags if not each.citywide]
            bags = [each for each in bags if each.citywide] + ([chance.choice(own)] if own else [])
        chosen: dict[int, int] = {}
        for bag in bags:
            chosen |= self._in_pot(bag, chance, most)
        return chosen

    def _in_pot(self, bag: PotLimit, chance: random.Random, most: int | None) -> dict[int, int]:
        options = self._of[bag.id]
        wanted = max(self.form.minimum, chance.randint(1, most or 6))
        by_liking = sorted(
            options, key=lambda each: chance.random() ** (1 / self._liked[each.id]), reverse=True
        )
        picked: dict[int, int] = {}
        for each in by_liking:
            if len(picked) == wanted:
                break
            if left(self.form, bag, picked, options).allows(each):
                picked[each.id] = 1
        if self.form.kind is BallotKind.RANKING:
            return {key: rank for rank, key in enumerate(picked, 1)}
        if self.form.kind is BallotKind.POINTS:
            for key in picked:
                rest = self.form.points - sum(picked.values())
                ceiling = (self.form.points_per_project or self.form.points) - 1
                picked[key] += chance.randint(0, max(0, min(rest, ceiling)))
        return picked


def prepare(shape: Shape) -> Hall:
    """Migrate an empty database and fill it. Inside an app context."""
    migrate.upgrade(db.engine)
    processes.forget()
    hall = build(db.session(), shape)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_sqlite = db.engine.dialect.name == "sqlite"
        connection.exec_driver_sql("ANALYZE" if is_sqlite else "VACUUM ANALYZE")
    return hall


def build(session: Session, shape: Shape) -> Hall:
    """Fill an empty, migrated database and commit."""
    chance = random.Random(shape.seed)
    organization = make_organization(session)
    barrios, _themes = make_places(session)
    connection = session.connection()
    fill(connection, Person.__table__, people_rows(organization, shape.people, barrios))
    tokens = {
        person: f"voter-{person}"
        for person in range(shape.voted + 1, min(shape.voted + shape.signed_in, shape.people) + 1)
    }
    if tokens:
        fill(connection, UserSession.__table__, session_rows(tokens))
    if shape.roll:
        _roll(session, organization, shape.people, barrios)
    component_id = _process(session, shape)
    _projects(session, component_id, shape)
    session.commit()
    processes.forget()
    component = processes.component(session, component_id)
    lock.lock(session, leader(component), component, seed_source=SEED_SOURCE)
    session.flush()
    vote = session.get_one(Vote, component.id)
    chooser = Chooser(
        Rules.read(vote.rules).form,
        list(pots.limits(pots.pots(session, component)).values()),
        list(projects.options(session, component).values()),
        by_roll=shape.roll,
    )
    vote.link_key = secrets.token_hex(32)
    _ballots(session, component, vote.link_key, chooser, shape, barrios, chance)
    _drafts(session, component, chooser, shape, chance)
    session.commit()
    return Hall(
        component,
        f"/procesos/{PROCESS}/{COMPONENT}",
        [each.id for each in chooser.options],
        list(tokens.items()),
        chooser,
    )


def _roll(session: Session, organization: int, people: int, barrios: Sequence[int]) -> None:
    """Make a roll in which everybody has claimed the line of their own number."""
    row = Roll(key=ROLL, name="Padrón de Aurora", document_types=["CC"], size=people)
    session.add(row)
    session.flush()
    now = clock.now()

    def lines() -> Iterator[dict[str, Any]]:
        for number in range(1, people + 1):
            yield {
                "id": number,
                "organization_id": organization,
                "roll_id": row.id,
                "document_hash": hashlib.sha256(str(number).encode()).hexdigest(),
                "birth_date": dt.date(1950 + number % 55, 1 + number % 12, 1 + number % 28),
                "territory_id": barrios[number % len(barrios)],
                "person_id": number,
                "claimed_at": now,
            }

    def records() -> Iterator[dict[str, Any]]:
        for number in range(1, people + 1):
            yield {
                "organization_id": organization,
                "person_id": number,
                "method": census.KEY,
                "at": now,
                "evidence": census.evidence(number),
            }

    fill(session.connection(), RollEntry.__table__, lines())
    fill(session.connection(), VerificationRecord.__table__, records())


def _process(session: Session, shape: Shape) -> int:
    now = clock.now()
    process = Process(
        slug=PROCESS,
        title=Localized("Presupuesto participativo"),
        summary=Localized("Usted propone, la comunidad decide."),
        status=ProcessStatus.PUBLISHED,
        published_at=now,
        organization_id=session.info["organization_id"],
    )
    settings = dict(shape.settings or {})
    if shape.roll and "roll" in Settings.__dataclass_fields__:
        settings["roll"] = ROLL
    component = Component(
        organization_id=process.organization_id,
        key=COMPONENT,
        type="budgets",
        title=Localized("Votación"),
        settings=settings,
    )
    process.components.append(component)
    rule: Any = "open"
    if shape.roll:
        rule = {"state": "open", "requires": [{"verified": census.KEY}]}
    phase = Phase(
        key="votacion",
        kind=PhaseKind.EVALUATION,
        title=Localized("Votación"),
        start=now - dt.timedelta(days=10),
        end=now + dt.timedelta(days=20),
        position=0,
    )
    phase.opens.append(PhaseComponent(component=component, capabilities={"cast": rule}))
    process.phases.append(phase)
    session.add(process)
    session.flush()
    return component.id


def _projects(session: Session, component_id: int, shape: Shape) -> None:
    kinds = [
        Category(component_id=component_id, key=f"tema-{number}", name=Localized(f"Tema {number}"))
        for number in range(1, CATEGORIES + 1)
    ]
    bags = [
        Pot(
            component_id=component_id,
            key=f"bolsa-{number}",
            name=Localized(f"Bolsa {number}"),
            amount=10 * shape.scale * shape.projects,
            citywide=number == 1,
            position=number,
        )
        for number in range(1, shape.pots + 1)
    ]
    session.add_all([*kinds, *bags])
    session.flush()
    chance = random.Random(shape.seed + 1)
    number = 0
    for bag in bags:
        for _each in range(shape.projects):
            number += 1
            session.add(
                Project(
                    component_id=component_id,
                    pot_id=bag.id,
                    category_id=kinds[number % CATEGORIES].id,
                    number=number,
                    status=ProjectStatus.FEASIBLE,
                    title=f"Recuperar el parque número {number} del barrio",
                    summary="Andenes parejos, árboles de aquí y luces que gastan poco.",
                    cost=chance.randint(5, 80) * shape.scale,
                )
            )
    session.flush()


def _ballots(
    session: Session,
    component: ComponentView,
    link_key: str,
    chooser: Chooser,
    shape: Shape,
    barrios: Sequence[int],
    chance: random.Random,
) -> None:
    if not shape.voted:
        return
    day = clock.now().astimezone(component.zone).date()
    bands = [f"{first}-{last}" for first, last in box.AGE_BANDS[1:]]
    pool = [
        {str(key): value for key, value in sorted(chooser.choice(chance).items())}
        for _each in range(max(1, round(shape.voted * shape.distinct)))
    ]

    def marks() -> Iterator[dict[str, Any]]:
        for person in range(1, shape.voted + 1):
            yield {
                "id": person,
                "organization_id": component.organization_id,
                "component_id": component.id,
                "voter": voter_name(person, by_roll=shape.roll),
                "channel": Channel.WEB,
                "receipt_hash": box.receipt_hash(f"seed-{person}"),
                "territory_id": barrios[person % len(barrios)],
                "age_band": bands[person % len(bands)],
                "day": day,
            }

    code = box.coder(link_key)

    def ballots() -> Iterator[dict[str, Any]]:
        for person in range(1, shape.voted + 1):
            link, choice = box.link_of(link_key, person), pool[chance.randrange(len(pool))]
            yield {
                "id": secrets.randbits(62),
                "organization_id": component.organization_id,
                "component_id": component.id,
                "link": link,
                "channel": Channel.WEB,
                "choice": choice,
                "code": code(link, Channel.WEB.value, choice),
            }

    fill(session.connection(), Mark.__table__, marks())
    fill(session.connection(), Ballot.__table__, ballots())


def _drafts(
    session: Session,
    component: ComponentView,
    chooser: Chooser,
    shape: Shape,
    chance: random.Random,
) -> None:
    if not shape.drafts:
        return

    def rows() -> Iterator[dict[str, Any]]:
        for person in range(shape.voted + 1, shape.voted + shape.drafts + 1):
            choice = chooser.choice(chance)
            yield {
                "organization_id": component.organization_id,
                "component_id": component.id,
                "person_id": person,
                "sealed": sealing.seal(DRAFT_KEY, component.id, person, choice),
                "seed": person,
                "updated_at": DRAFTED,
            }

    fill(session.connection(), Draft.__table__, rows())


def counts(session: Session, component_id: int) -> dict[str, int]:
    """Return how many marks, ballots and drafts a vote has."""
    found = {}
    for name, table in (("marks", Mark), ("ballots", Ballot), ("drafts", Draft)):
        statement = sa.select(sa.func.count()).select_from(table)
        found[name] = session.scalar(statement.where(table.component_id == component_id)) or 0
    return found
