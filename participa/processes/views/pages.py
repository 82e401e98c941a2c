"""The pages of one process: itself, its phases, its rules and its activity."""

import datetime as dt
from typing import Any

from flask import g, request, session, url_for
from flask_babel import gettext as _

from participa.accounts.queries import digest
from participa.core import clock, requirements
from participa.core.db import db
from participa.core.errors import Missing
from participa.core.policy import STATE_LABELS, State, closed_sentence
from participa.core.web import actor, error_page, page, render, see_other
from participa.organizations import policy as organizations
from participa.processes import activity as facts
from participa.processes import policy, queries
from participa.processes.presentation import KIND_LABELS, drawing, rights
from participa.processes.presentation import STATE_LABELS as PROCESS_STATES
from participa.processes.snapshot import ProcessView
from participa.processes.timeline import PhaseView
from participa.processes.views import blueprint
from participa.processes.views.invitations import invitation


def _timeline() -> Any:
    return drawing(
        g.process, clock.moment(), lambda phase: url_for("processes.phase", key=phase.key)
    )


@blueprint.get("/procesos/<process>")
@page(policy.VIEW)
def show() -> Any:
    """Show a process: what can be done now, its timeline, its components, what came of it."""
    at = clock.moment()
    process = g.process
    return render(
        "processes/show.html",
        process=process,
        drawing=_timeline(),
        state=process.state(at),
        state_label=PROCESS_STATES[process.state(at)],
        invitation=invitation(process, at),
        open_for=_open_for(process, at),
        opening=_next_opening(process, at),
        components=[_component(each) for each in process.components],
        overrides=[(phase, each) for phase in process.phases for each in phase.overrides],
        activity=facts.in_words(db.session(), facts.recent(db.session(), process, limit=5)),
    )


def _open_for(process: ProcessView, at: dt.datetime) -> str | None:
    """Return for whom something is open: ``"all"`` where whoever reads may be among them.

    ``"others"`` where each open capability asks something that the signed-in reader does not meet;
    ``None`` where nothing is open.
    """
    rules = [
        (rule, component.zone)
        for component in process.components
        for each in component.type.capabilities
        if (rule := component.rule(each.name, at)).state.is_open
    ]
    if not rules:
        return None
    who = actor()
    if who.is_signed_in and all(
        any(each.denial(who, at, zone) is not None for each in rule.requires)
        for rule, zone in rules
    ):
        return "others"
    return "all"


def _next_opening(process: ProcessView, at: dt.datetime) -> Any:
    """Return what opens next and when, in words, or ``None``."""
    openings = [
        (opening, place, component, capability.name)
        for place, component in enumerate(process.components)
        for capability in component.type.capabilities
        if (opening := component.next_opening(capability.name, at)) is not None
    ]
    if not openings:
        return None
    _opening, _place, component, name = min(openings, key=lambda each: each[:2])
    return closed_sentence(name, component, at)


def _component(component: Any) -> dict[str, Any]:
    at = clock.moment()
    figures = component.type.figures
    return {
        "view": component,
        "url": url_for(component.type.endpoint, component=component.key),
        "rules": [
            (
                capability,
                component.rule(capability.name, at),
                component.next_opening(capability.name, at),
                component.closes_at(capability.name, at),
                component.last_closing(capability.name, at),
            )
            for capability in component.type.capabilities
        ],
        "figures": figures(db.session(), component, at) if figures is not None else [],
    }


@blueprint.get("/procesos/<process>/fases/<key>")
@page(policy.VIEW)
def phase(key: str) -> Any:
    """Show one phase: its dates, what it opens and to whom."""
    found: PhaseView | None = g.process.phase(key)
    if found is None:
        message = f"no phase {key!r}"
        raise Missing(message)
    timeline = _timeline()
    return render(
        "processes/phase.html",
        process=g.process,
        phase=found,
        stretch=next(each for each in timeline.phases if each.key == key),
        drawing=timeline,
        kind_label=KIND_LABELS[found.kind],
        opens=[
            (
                component,
                url_for(component.type.endpoint, component=component.key),
                [
                    (component.capability(name), rule, requirements.in_words(rule.requires))
                    for name, rule in opening.rules.items()
                    if rule.state is not State.CLOSED
                ],
            )
            for component in g.process.components
            for opening in component.openings
            if opening.phase.key == key
        ],
        state_labels=STATE_LABELS,
    )


@blueprint.get("/procesos/<process>/quien-puede-que")
@page(policy.VIEW)
def who_can() -> Any:
    """Show who can do what, and when: the policy tables themselves."""
    timeline = _timeline()
    return render(
        "processes/who_can.html",
        process=g.process,
        drawing=timeline,
        tables=[
            (component, rights(component, timeline.phases)) for component in g.process.components
        ],
        state_labels=STATE_LABELS,
    )


@blueprint.get("/procesos/<process>/actividad")
@page(policy.VIEW)
def activity() -> Any:
    """Show the public facts of a process, newest first."""
    found = facts.page_of(db.session(), g.process, request.args.get("desde"))
    return render(
        "processes/activity.html",
        process=g.process,
        page=found,
        rows=facts.in_words(db.session(), found.rows),
    )


@blueprint.get("/vista-previa/<token>")
@page(organizations.VIEW)
def preview(token: str) -> Any:
    """Let a visitor with a preview link read an unpublished process, until the link expires."""
    link = queries.preview_link(db.session(), digest(token))
    if link is None or link.expires_at <= clock.now():
        return error_page(
            410,
            _("Este enlace ya venció"),
            _("Pida otro enlace a la persona de la entidad que se lo envió."),
        )
    process = queries.by_id(db.session(), link.process_id)
    previews = [each for each in session.get("previews", []) if each[0] != process.id]
    session["previews"] = [
        *previews,
        [process.id, link.expires_at.timestamp(), link.id],
    ][-10:]
    return see_other(url_for("processes.show", process=process.slug))
