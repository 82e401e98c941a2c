"""What the demonstration's moderators find in their queue, and what they have decided already."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.comments.models import Comment
from participa.core import clock
from participa.core.facts import Ref
from participa.core.policy import Actor, Role
from participa.demo.conversations import write
from participa.moderation import queries
from participa.moderation.services import appeals, cases, decisions, flags
from participa.processes.snapshot import ComponentView, ProcessView
from participa.proposals.models import Proposal


@dataclass(frozen=True, slots=True)
class Told:
    """A comment that neighbours report, and for what."""

    text: str
    ground: str
    flags: int
    """How many report it: from three on it carries the notice "en revisión"."""
    detail: str = ""


TOLD = (
    Told("Y el concierto del sábado en la plaza, ¿a qué hora es por fin?", "fuera-de-tema", 1),
    Told(
        "Instalo juegos infantiles y canchas a buen precio. Escríbanme y les cotizo hoy mismo.",
        "publicidad",
        2,
        "Ha puesto lo mismo en otras propuestas.",
    ),
    Told(
        "Los que apoyan esto no saben ni dónde están parados. Qué gente tan bruta.",
        "insultos",
        3,
    ),
)
REMOVED = Told(
    "El que tumbó la cerca vive en la casa azul al lado de la tienda: vayan y pregúntenle.",
    "datos-personales",
    1,
)
REPLY = (
    "Dice dónde vive una persona y la acusa de algo. Cuéntelo sin señalar a nadie y lo publicamos."
)
APPEAL = "No puse el nombre de nadie. Solo dije dónde queda la casa, y eso lo sabe todo el barrio."


def write_some(
    session: Session, process: ProcessView, citizen: Person, neighbours: list[Person]
) -> list[Comment]:
    """Write what will be reported: a comment for each of :data:`TOLD`, and the citizen's own."""
    component = _component(process)
    proposal = session.scalars(
        sa.select(Proposal)
        .where(Proposal.component_id == component.id)
        .order_by(Proposal.support_count.desc(), Proposal.id)
        .limit(1)
    ).one()
    return [
        *[
            write(session, component, proposal, neighbours[-hours], told.text, _ago(hours))
            for hours, told in enumerate(TOLD, start=2)
        ],
        write(session, component, proposal, citizen, REMOVED.text, _ago(30)),
    ]


def open_some(
    session: Session,
    process: ProcessView,
    moderator: Person,
    citizen: Person,
    neighbours: list[Person],
    comments: list[Comment],
) -> None:
    """Let neighbours report what :func:`write_some` wrote, and the citizen appeal a removal."""
    component = _component(process)
    *comments, removed = comments
    grounds = {each.key: each.id for each in queries.grounds(session)}
    for told, comment in zip(TOLD, comments, strict=True):
        for person in neighbours[: told.flags]:
            _flag(session, component, comment, person, grounds[told.ground], told.detail)
    case_id = _flag(session, component, removed, neighbours[0], grounds[REMOVED.ground], "")
    acting = Actor(
        process.organization_id,
        moderator.id,
        moderator.name,
        process_roles={process.id: frozenset({Role.MODERATOR})},
    )
    cases.claim(session, acting, case_id)
    revision = queries.case(session, case_id).revision
    decisions.remove(session, acting, case_id, revision, grounds[REMOVED.ground], REPLY)
    appeals.appeal(session, _acting(process.organization_id, citizen), case_id, APPEAL)


def _component(process: ProcessView) -> ComponentView:
    return next(each for each in process.components if each.type.name == "proposals")


def _ago(hours: int) -> dt.datetime:
    return clock.now() - dt.timedelta(hours=hours)


def _acting(organization_id: int, person: Person) -> Actor:
    return Actor(organization_id, person.id, person.name, email_confirmed=True)


def _flag(
    session: Session,
    component: ComponentView,
    comment: Comment,
    person: Person,
    ground_id: int,
    detail: str,
) -> int:
    actor = _acting(component.organization_id, person)
    return flags.flag(session, actor, component, Ref("comment", comment.id), ground_id, detail)
