"""The table of contents of this room."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from participa.accounts import line_uses, personal_data, second_person
from participa.budgets import events, policy, rules
from participa.budgets.models import ProjectStatus
from participa.budgets.queries import casting, outcomes, votes
from participa.budgets.queries import projects as queries
from participa.budgets.services import leaving, publishing, reminders, seconds
from participa.budgets.services.lock import refuse_settings
from participa.budgets.services.voters import standing
from participa.budgets.settings import PhaseSettings, Settings
from participa.budgets.views import (
    assisted,
    blueprint,
    outcome,
    projects,
    receipts,
    rehearsal,
    voting,
)
from participa.budgets.views import points as point_pages
from participa.budgets.views import rules as rule_pages
from participa.budgets.views.staff import board, closing, files, firm, points, pots, sheets, turnout
from participa.budgets.views.staff import projects as staff_projects
from participa.core import clock
from participa.core.db import db
from participa.core.facts import Ref
from participa.core.i18n import format_date
from participa.core.policy import Actor, denial
from participa.core.registry import Card, ComponentType, Invitation, ResourceType, StaffPage
from participa.processes import queries as processes
from participa.processes.snapshot import ComponentView


def _cards(session: Session, project_ids: Sequence[int]) -> Mapping[int, Card]:
    rows = queries.by_ids(session, project_ids)
    places = {
        component.id: component
        for process in processes.by_components(session, {row.component_id for row in rows})
        if process.is_public
        for component in process.components
    }
    over = [each.id for each in places.values() if _is_over(each, clock.moment())]
    won = outcomes.winning(session, over) if over else {}
    return {
        row.id: Card(
            Ref("budget_project", row.id),
            row.title,
            url_for(
                "budgets.show", process=place.process.slug, component=place.key, project=row.id
            ),
            PROJECT.label,
            _excerpt(row, won.get(row.component_id)),
            row.language,
            place.process.id,
            place.id,
            row.territory_id,
        )
        for row in rows
        if (place := places.get(row.component_id)) is not None
    }


def _is_over(component: ComponentView, at: dt.datetime) -> bool:
    """Return whether people voted and do not any more: only then there may be an outcome."""
    return (
        component.last_closing("cast", at) is not None
        and not component.rule("cast", at).state.is_open
    )


def _excerpt(row: Any, won: set[int] | None) -> str:
    """Return what a card says of a project: what came of it first, once that is published."""
    if won is None or row.status != ProjectStatus.FEASIBLE:
        return str(row.summary)
    said = _("Ganó: se financia.") if row.id in won else _("No se financia.")
    return f"{said} {row.summary}".strip()


PROJECT = ResourceType("budget_project", _l("Proyecto"), _cards, segment="proyecto")


def _call_to_action(
    session: Session, component: ComponentView, actor: Actor, at: dt.datetime
) -> Invitation | None:
    """Invite to vote while that is open and the rules are firm, and to see what came of it."""
    if not component.rule("cast", at).state.is_open:
        return _see_the_outcome(session, component) if _is_over(component, at) else None
    where = standing(session, actor, component, votes.state(session, component))
    if not where.facing.locked:
        return None
    refused = denial(policy.CAST, actor, component, where.facing, at=at)
    place: dict[str, Any] = {"process": component.process.slug, "component": component.key}
    until = component.closes_at("cast", at)
    if where.unsent and refused is None:
        return Invitation(
            _("Envíe su voto: está sin enviar"), url_for("budgets.review", **place), until, 4
        )
    if where.mark is not None:
        label = _("Su voto se envió el %(date)s", date=format_date(where.mark.day))
        return Invitation(label, url_for("budgets.index", **place), until, 3)
    if refused is None or refused.invite is not None:
        return Invitation(_("Vote"), url_for("budgets.index", **place), until, 3)
    return None


def _see_the_outcome(session: Session, component: ComponentView) -> Invitation | None:
    vote = votes.state(session, component)
    if vote is None or vote.published_at is None:
        return None
    place: dict[str, Any] = {"process": component.process.slug, "component": component.key}
    return Invitation(_("Vea el resultado"), url_for("budgets.outcome", **place), None, 2)


def _figures(session: Session, component: ComponentView, at: dt.datetime) -> list[tuple[int, Any]]:
    vote = votes.state(session, component) if _is_over(component, at) else None
    if vote is not None and vote.published_at is not None:
        people = sum(vote.figures["marks"].values())
        winners = sum(len(each) for each in outcomes.winners(session, component).values())
        return [
            (people, ngettext("persona votó", "personas votaron", people)),
            (winners, ngettext("proyecto se financia", "proyectos se financian", winners)),
        ]
    number = queries.count(session, component.id)
    return [(number, ngettext("proyecto en la votación", "proyectos en la votación", number))]


def _of_person(session: Session, person_id: int) -> tuple[str, Any]:
    """What is held of a person here, for their own download: that they voted, never what.

    Nor what they chose and did not send, which their browser alone opens: that there is something.
    """
    marks, unsent = casting.marks_of(session, person_id), casting.drafts_of(session, person_id)
    places = {
        component.id: f"{process.slug}/{component.key}"
        for process in processes.by_components(
            session, {each.component_id for each in (*marks, *unsent)}
        )
        for component in process.components
    }
    return "votaciones", {
        "votos": [
            {
                "votacion": places.get(row.component_id),
                "dia": row.day.isoformat(),
                "canal": row.channel.value,
                "territorio": personal_data.place(session, row.territory_id),
                "grupo_de_edad": row.age_band or None,
            }
            for row in marks
        ],
        "sin_enviar": [
            {
                "votacion": places.get(row.component_id),
                "cambiado": row.updated_at.isoformat(),
                "recordado": row.reminded_at.isoformat() if row.reminded_at else None,
            }
            for row in unsent
        ],
    }


def _init(app: Flask) -> None:
    """Ask for the jobs: reminding of votes that were not sent, counting and publishing."""
    second_person.add_demand(seconds.DEMAND)
    second_person.add_act(seconds.CLOSE)
    personal_data.add_source(_of_person)
    personal_data.add_eraser(leaving.forget)
    line_uses.add(leaving.LINE_USE)
    jobs: Any = app.extensions["participa_jobs"]
    jobs.every("budgets", "*/10", lambda: reminders.run(db.session()))
    jobs.after_deliveries(lambda: publishing.run(db.session()))


COMPONENT = ComponentType(
    name="budgets",
    segment="presupuesto",
    label=_l("Presupuesto participativo"),
    description=_l("La gente decide con su voto en qué se gasta una parte del dinero."),
    icon="vote",
    settings=Settings,
    phase_settings=PhaseSettings,
    capabilities=policy.CAPABILITIES,
    actions=policy.ACTIONS,
    facts=events.FACTS,
    resources=(PROJECT,),
    blueprints=(blueprint,),
    staff_pages=(
        StaffPage("budgets.staff", _l("bolsas y proyectos"), policy.SEE_STAFF_PAGES, "wallet"),
        StaffPage("budgets.turnout", _l("participación"), policy.SEE_TURNOUT, "users"),
        StaffPage("budgets.closing", _l("cierre"), policy.SEE_CLOSING, "lock"),
        StaffPage(
            "budgets.staff_points", _l("puntos de votación"), policy.SEE_STAFF_PAGES, "map-pin"
        ),
        StaffPage("budgets.type_sheets", _l("digitar hojas"), policy.TYPE_SHEETS, "pencil"),
    ),
    init=_init,
    endpoint="budgets.index",
    call_to_action=_call_to_action,
    figures=_figures,
    has_content=queries.any_in,
    people=votes.people_in,
    check_settings=rules.problems,
    refuse_settings=refuse_settings,
)

PAGES = (
    projects,
    rule_pages,
    rehearsal,
    board,
    pots,
    staff_projects,
    files,
    firm,
    voting,
    receipts,
    turnout,
    outcome,
    closing,
    point_pages,
    assisted,
    points,
    sheets,
)
"""The modules whose pages are on the blueprint."""
