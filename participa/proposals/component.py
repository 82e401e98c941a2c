"""The table of contents of this room."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from participa.accounts import personal_data
from participa.core.facts import Ref
from participa.core.policy import Actor, denial
from participa.core.registry import Card, ComponentType, Invitation, ResourceType
from participa.processes import queries as processes
from participa.processes.snapshot import ComponentView
from participa.proposals import events, policy, queries
from participa.proposals.moderation import MODERATION
from participa.proposals.settings import PhaseSettings, Settings
from participa.proposals.views import blueprint, items, lists


def _cards(session: Session, proposal_ids: Sequence[int]) -> Mapping[int, Card]:
    rows = queries.by_ids(session, proposal_ids)
    places = processes.components(session, {row.component_id for row in rows}, public=True)
    return {
        row.id: Card(
            Ref("proposal", row.id),
            row.title,
            url_for(
                "proposals.show",
                process=place.process.slug,
                component=place.key,
                proposal=row.id,
            ),
            PROPOSAL.label,
            row.excerpt,
            row.language,
            place.process.id,
            place.id,
            row.territory_id,
        )
        for row in rows
        if (place := places.get(row.component_id)) is not None
    }


PROPOSAL = ResourceType("proposal", _l("Propuesta"), _cards, MODERATION, segment="propuesta")


def _call_to_action(
    _session: Session, component: ComponentView, actor: Actor, at: dt.datetime
) -> Invitation | None:
    """Offer to propose while that is open, else to support."""
    where: dict[str, Any] = {"process": component.process.slug, "component": component.key}
    for action, capability, label, endpoint, priority in (
        (policy.CREATE, "create", _("Haga su propuesta"), "proposals.create", 2),
        (policy.SUPPORT, "support", _("Apoye las propuestas que le sirven"), "proposals.index", 1),
    ):
        refused = denial(action, actor, component, at=at)
        if refused is None or refused.invite not in {None, "sanctions"}:
            return Invitation(
                label, url_for(endpoint, **where), component.closes_at(capability, at), priority
            )
    return None


def _figures(session: Session, component: ComponentView, _at: dt.datetime) -> list[tuple[int, Any]]:
    number = queries.count(session, component.id)
    return [(number, ngettext("propuesta", "propuestas", number))]


def _of_person(session: Session, person_id: int) -> tuple[str, Any]:
    """What is held of a person here, for their own download."""
    return "propuestas", {
        "escritas": [
            {
                "id": row.id,
                "titulo": row.title,
                "texto": row.body,
                "estado": row.status.value,
                "publicada": row.published_at.isoformat(),
            }
            for row in queries.written_by(session, person_id)
        ],
        "apoyadas": queries.supported_by(session, person_id),
    }


def _init(_app: Flask) -> None:
    personal_data.add_source(_of_person)


COMPONENT = ComponentType(
    name="proposals",
    segment="propuestas",
    label=_l("Propuestas"),
    description=_l("Cualquier persona propone; las demás apoyan lo que les sirve."),
    icon="lightbulb",
    settings=Settings,
    phase_settings=PhaseSettings,
    capabilities=policy.CAPABILITIES,
    actions=policy.ACTIONS,
    facts=events.FACTS,
    resources=(PROPOSAL,),
    blueprints=(blueprint,),
    endpoint="proposals.index",
    call_to_action=_call_to_action,
    figures=_figures,
    has_content=queries.any_in,
    people=queries.people_in,
    init=_init,
)

__all__ = ["COMPONENT", "items", "lists"]
