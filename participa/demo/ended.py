"""The vote of the demonstration city that is over: invented ballots, closed, counted, published.

Nobody voted: the neighbours of :mod:`participa.budgets.rehearsal` have a place and interests at
random, and the same vote comes out every time. Closing and counting are those of every vote.
"""

import dataclasses
import datetime as dt
import random
import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.budgets import rehearsal
from participa.budgets.ballots import Option
from participa.budgets.counting import Candidate
from participa.budgets.models import (
    Ballot,
    Cause,
    Channel,
    Mark,
    Point,
    Sheet,
    SheetStatus,
)
from participa.budgets.queries import pots, projects, votes
from participa.budgets.rehearsal import Trait
from participa.budgets.rules import Rules
from participa.budgets.services import box, closing, firm, publishing
from participa.core.i18n import Localized
from participa.core.policy import Actor
from participa.demo import budget
from participa.organizations.queries import OrganizationView
from participa.processes.definition import ProcessDefinition
from participa.processes.snapshot import ComponentView

SLUG = "presupuesto-participativo-anterior"
PRESENT = "resultado"
"""The phase of the template that is open today."""
COMPONENT = "presupuesto"
TITLE = Localized(
    {
        "es": "Presupuesto participativo anterior",
        "en": "Last participatory budget",
        "pt": "Orçamento participativo anterior",
    }
)
NOTICE = Localized(
    {
        "es": "Demostración: nadie votó. Los votos son de vecinas y vecinos imaginarios, con un "
        "lugar y unos intereses al azar, contados como los de verdad.",
        "en": "Demonstration: nobody voted. The ballots are of imaginary neighbours, with a place "
        "and interests at random, counted as real ones are.",
        "pt": "Demonstração: ninguém votou. Os votos são de vizinhos imaginários, com um lugar e "
        "interesses ao acaso, contados como os de verdade.",
    }
)
SETTINGS = {"preset": "equal-shares", "roll": ""}
PEOPLE, ON_PAPER, WITH_HELP, REJECTED = 520, 64, 48, 3
SEED = "4821"
PLACES = ("centro", "centro", "centro", "villa-rosa", "villa-rosa", "el-mirador", "la-esperanza")
BANDS = ("14-17", "18-28", "18-28", "29-40", "29-40", "29-40", "41-59", "41-59", "60+")


def of(definition: ProcessDefinition) -> ProcessDefinition:
    """Return the template's process as the one whose vote is over."""
    return dataclasses.replace(
        definition,
        slug=SLUG,
        title=TITLE,
        notice=NOTICE,
        components=tuple(
            dataclasses.replace(each, settings=dataclasses.replace(each.settings, **SETTINGS))
            if each.key == COMPONENT
            else each
            for each in definition.components
        ),
    )


def hold(
    session: Session, actor: Actor, organization: OrganizationView, component: ComponentView
) -> None:
    """Let invented neighbours vote, close the vote, count it and publish the outcome."""
    budget.write_projects(session, organization, component)
    opening = next(each for each in component.openings if each.phase.key == budget.VOTING)
    vote = votes.for_update(session, component.id)
    vote.locked_at = opening.phase.start
    vote.rules = firm.snapshot(component.settings)
    vote.seed_source = budget.SEED_SOURCE
    vote.sha256 = firm.digest(session, component, vote)
    vote.link_key = secrets.token_hex(32)
    choices = _choices(session, component, Rules.read(vote.rules))
    _fill(session, organization, component, choices, opening.phase.start, vote.link_key)
    closing.close(session, actor, component)
    publishing.ask(session, actor, component, seed=SEED)
    work = publishing.Work(session, component)
    while work.step():
        session.flush()


def _choices(session: Session, component: ComponentView, rules: Rules) -> Sequence[dict[int, int]]:
    traits = [
        Trait(
            Candidate(row.id, row.number, row.title, row.cost),
            Option(row.id, row.pot_id, row.cost, str(row.category_id or "")),
            row.territory_id,
        )
        for row in projects.on_ballot(session, component)
    ]
    limits = pots.limits(pots.pots(session, component))
    return rehearsal.invent(rules.form, limits, traits, people=PEOPLE, seed=2026)


def _fill(
    session: Session,
    organization: OrganizationView,
    component: ComponentView,
    choices: Sequence[dict[int, int]],
    start: dt.datetime,
    link_key: str,
) -> None:
    """Write roll, box and paper as if these neighbours had voted."""
    territories = {each.code: each.id for each in organization.territories.values()}
    point = Point(
        organization_id=organization.id,
        component_id=component.id,
        name="Casa de la cultura",
        address="Calle 5 # 7-12",
        territory_id=territories.get("centro"),
        signed=ON_PAPER + REJECTED,
        reconciled_at=start + dt.timedelta(days=27),
    )
    session.add(point)
    session.flush()
    dice = random.Random(2026)  # noqa: S311  (the same demonstration every time)
    channels = [Channel.PAPER] * ON_PAPER + [Channel.ASSISTED] * WITH_HELP
    channels += [Channel.WEB] * (len(choices) - len(channels))
    here = {"organization_id": organization.id, "component_id": component.id}
    marks: list[dict[str, Any]] = [
        here
        | {
            "id": secrets.randbits(62),
            "voter": f"demo-{number}",
            "channel": channel,
            "point_id": None if channel is Channel.WEB else point.id,
            "receipt_hash": secrets.token_hex(32),
            "territory_id": territories.get(dice.choice(PLACES)),
            "age_band": dice.choice(BANDS),
            "day": (start + dt.timedelta(days=dice.randrange(28))).date(),
        }
        for number, channel in enumerate(channels + [Channel.PAPER] * REJECTED)
    ]
    link_of, code_of = box.linker(link_key), box.coder(link_key)
    ballots: list[dict[str, Any]] = []
    for mark, choice in zip(marks, choices, strict=False):
        ballot_id, plain = secrets.randbits(61), {str(key): each for key, each in choice.items()}
        link = None if mark["channel"] is Channel.PAPER else link_of(mark["id"])
        code = code_of(link or str(ballot_id), mark["channel"].value, plain)
        ballots.append(
            here
            | {
                "id": ballot_id,
                "link": link,
                "channel": mark["channel"],
                "choice": plain,
                "code": code,
            }
        )
    sheets: list[dict[str, Any]] = [
        here
        | {
            "point_id": point.id,
            "number": number,
            "check": "DM",
            "status": SheetStatus.COUNTED if number <= ON_PAPER else SheetStatus.REJECTED,
            "cause": "" if number <= ON_PAPER else Cause.BLANK.value,
            "entries": [],
            "reason": "",
            "by_ids": [],
        }
        for number in range(1, ON_PAPER + REJECTED + 1)
    ]
    for kind, rows in ((Mark, marks), (Ballot, ballots), (Sheet, sheets)):
        session.connection().execute(sa.insert(kind.__table__), rows)  # type: ignore[arg-type]
