"""The demonstration's polling points: one with its act made, one at work today."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.accounts.queries import rolls
from participa.accounts.services.rolls import correcting
from participa.budgets.models import Project, Sheet
from participa.budgets.queries import projects
from participa.budgets.services import assisted, double_entry, lines, points, sheets
from participa.budgets.services.double_entry import Typing
from participa.core import clock
from participa.core.policy import Actor, Role
from participa.demo import roll
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ComponentView

CULTURE = ("Casa de la Cultura", "Calle 5 con carrera 6, primer piso", "centro")
SCHOOL = ("Escuela El Mirador", "Camino real, frente a la cancha", "el-mirador")
DOCUMENTS = tuple(("CC", str(90_000_011 + number)) for number in range(12))
"""Documents of neighbours who vote at the points; those of :data:`FREE` have not yet."""
FREE = DOCUMENTS[-5:]
BORN = dt.date(1961, 8, 6)
ADDED = "Se inscribió en la jornada de su barrio."
PER_HOUR = "30"


def make(
    session: Session,
    organization: OrganizationView,
    component: ComponentView,
    actor: Actor,
    *,
    promoter: Person,
    typists: tuple[Person, Person],
) -> None:
    """Make the points with what happened there, through the same services as everybody."""
    entries = _add_to_roll(session, actor, organization)
    in_charge = Actor(organization.id, promoter.id, promoter.name)
    first, second = (
        Actor(
            organization.id,
            person.id,
            person.name,
            process_roles={component.process.id: frozenset({Role.REVIEWER})},
        )
        for person in typists
    )
    here = [
        _point(session, actor, organization, component, place, promoter)
        for place in (CULTURE, SCHOOL)
    ]
    numbers = [row.number for row in projects.on_ballot(session, component)]
    for point, some in zip(here, (entries[:3], entries[3:6]), strict=True):
        made = sheets.make(session, actor, component, point, "6")
        session.flush()
        checks = _checks(session, component, *made)
        for entry in some:
            found = lines.Found(entry, guardian=False)
            assisted.hand(session, in_charge, organization, component, point, found)
        for number, chosen, cause in zip(
            checks, (numbers[:2], numbers[1:3], ()), ("", "", "blank"), strict=False
        ):
            is_done = point == here[0] or cause == ""
            for who in (first, second) if is_done else (first,):
                typing = Typing(str(number), checks[number], " ".join(map(str, chosen)), cause)
                double_entry.type_sheet(session, who, component, typing)
    assisted.assist(
        session,
        in_charge,
        organization,
        component,
        here[1],
        lines.Found(entries[6], guardian=False),
        dict.fromkeys(_ids(session, component, numbers[:1]), 1),
    )
    points.reconcile(session, actor, component, here[0], "3")


def _add_to_roll(session: Session, actor: Actor, organization: OrganizationView) -> list[int]:
    row = rolls.roll_by_key(session, roll.KEY)
    places = {each.code: each.id for each in organization.territories.values()}
    if row is None:  # pragma: no cover  (made a moment before)
        message = f"no roll {roll.KEY}"
        raise LookupError(message)
    return [
        correcting.add(
            session,
            actor,
            organization,
            row.id,
            correcting.NewLine(
                *document,
                birth_date=BORN,
                territory_id=places.get(CULTURE[2] if number < 3 else SCHOOL[2]),  # noqa: PLR2004
            ),
            ADDED,
        ).id
        for number, document in enumerate(DOCUMENTS)
    ]


def _point(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    place: tuple[str, str, str],
    promoter: Person,
) -> int:
    name, address, code = place
    territory = next(
        (each.id for each in organization.territories.values() if each.code == code), None
    )
    draft = points.PointDraft(name, address, territory)
    made = points.save(session, actor, organization, component, draft)
    points.give(session, actor, component, made, promoter.id, PER_HOUR)
    return made


def _checks(session: Session, component: ComponentView, first: int, last: int) -> dict[int, str]:
    rows = session.execute(
        sa.select(Sheet.number, Sheet.check)
        .where(Sheet.component_id == component.id, Sheet.number.between(first, last))
        .order_by(Sheet.number)
    )
    return {row.number: row.check for row in rows}


def _ids(session: Session, component: ComponentView, numbers: list[int]) -> list[int]:
    return list(
        session.scalars(
            sa.select(Project.id).where(
                Project.component_id == component.id, Project.number.in_(numbers)
            )
        )
    )


def today(component: ComponentView) -> bool:
    """Return whether people vote at the points of a component now."""
    return component.rule("assist", clock.now()).state.is_open
