"""Greetings: neighbours leave one on a process's wall."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, g, request
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.db import db
from participa.core.events import Fact, record
from participa.core.facts import FactRow
from participa.core.policy import EVERYBODY, PARTICIPANTS, Action, Actor, Capability, authorize
from participa.core.registry import ComponentType
from participa.core.settings import setting
from participa.core.web import actor, page, render, see_other
from participa.processes.snapshot import ComponentView

LONGEST = 80


@dataclass(frozen=True)
class Settings:
    """Settings of the wall."""

    shown: int = setting(
        20, label=_l("Saludos a la vista"), help=_l("Cuántos se muestran."), minimum=1, maximum=100
    )


@dataclass(frozen=True)
class PhaseSettings:
    """Nothing differs from phase to phase."""


GREET_CAPABILITY = Capability(
    "greet",
    _l("Saludar"),
    opens_on=lambda date: _l("Los saludos abren el %(date)s.", date=date),
    closed_on=lambda date: _l("Los saludos cerraron el %(date)s.", date=date),
    never=_l("Por ahora no se reciben saludos."),
)
VIEW = Action("greetings.view", _l("Leer saludos"), EVERYBODY)
GREET = Action("greetings.greet", _l("Saludar"), PARTICIPANTS, "greet")


@dataclass(frozen=True)
class Greeted(Fact):
    """Somebody left a greeting."""

    NAME = "greetings.greeted"
    LABEL = _l("Saludo")
    SENTENCE = _l("%(actor)s saludó: %(text)s")
    PUBLIC = True

    text: str


def greet(session: Session, who: Actor, component: ComponentView, text: str) -> None:
    """Leave a greeting. Raises Denied while the wall is closed."""
    authorize(GREET, who, component, at=clock.now())
    record(
        session,
        Greeted(text.strip()[:LONGEST]),
        actor=who,
        organization_id=component.organization_id,
        process_id=component.process_id,
        component_id=component.id,
    )


def newest(session: Session, component: ComponentView) -> list[str]:
    """Return the newest greetings."""
    rows = session.scalars(
        sa.select(FactRow)
        .where(FactRow.component_id == component.id, FactRow.name == Greeted.NAME)
        .order_by(FactRow.id.desc())
        .limit(component.settings.shown)
    )
    return [row.data["text"] for row in rows]


blueprint = Blueprint("greetings", __name__, template_folder="templates")
PREFIX = '/procesos/<process>/<component("saludos"):component>'


@blueprint.get(PREFIX)
@page(VIEW)
def index() -> Any:
    """Show the wall."""
    return render("greetings/index.html", rows=newest(db.session(), g.component))


@blueprint.post(PREFIX)
@page(GREET)
def post() -> Any:
    """Leave a greeting."""
    greet(db.session(), actor(), g.component, request.form.get("text", ""))
    return see_other(request.path)


COMPONENT = ComponentType(
    name="greetings",
    segment="saludos",
    label=_l("Saludos"),
    description=_l("Un muro donde la gente se saluda."),
    icon="message-circle",
    settings=Settings,
    phase_settings=PhaseSettings,
    capabilities=(GREET_CAPABILITY,),
    actions=(VIEW, GREET),
    facts=(Greeted,),
    blueprints=(blueprint,),
    endpoint="greetings.index",
)
