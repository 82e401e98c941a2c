"""Choosing: a draft that its owner alone sees, and that counts for nothing until it is sent.

It is encrypted with the ``key`` of the browser (see ``sealing``); one that this does not open is
gone, and choosing begins anew. It never begins with what was sent before: nothing takes a ballot
out of the box to show it.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from participa.budgets import policy
from participa.budgets.ballots import BallotKind, Form, Option, PotLimit, left
from participa.budgets.models import Draft
from participa.budgets.queries import ballot_rules
from participa.budgets.queries import casting as queries
from participa.budgets.services import sealing
from participa.budgets.services.sealing import Choice
from participa.budgets.services.voters import as_voter, voters_of
from participa.core import clock
from participa.core.errors import Invalid, Missing, Problem
from participa.core.policy import Actor, authorize
from participa.processes.snapshot import ComponentView

_drafts = cast("sa.Table", Draft.__table__)

_removed = sa.delete(_drafts).where(
    _drafts.c.organization_id == sa.bindparam("organization"),
    _drafts.c.component_id == sa.bindparam("component"),
    _drafts.c.person_id == sa.bindparam("person"),
)

MOST = 1_000_000
"""No rank and no number of points is higher."""


def choose(
    session: Session,
    actor: Actor,
    component: ComponentView,
    project_id: int,
    *,
    key: str,
    seed: int | None = None,
) -> Choice:
    """Put a project into the draft; twice is as once. Returns what is chosen now.

    In a ranking it comes last in its pot, with points it gets one, and where only one is chosen it
    takes the place of the other. ``seed`` is where a new draft's order of projects begins. Raises
    ``Denied``, ``Missing`` for what is not on the ballot, ``Invalid`` where it does not fit.
    """

    def change(form: Form, bags: Mapping[int, PotLimit], options: Mapping[int, Option],
               chosen: Choice) -> Choice:  # fmt: skip
        option = _option(options, project_id)
        if project_id in chosen:
            return chosen
        pot = bags[option.pot_id]
        here = _in_pot(options, chosen, pot.id)
        if form.kind is BallotKind.CHOOSE_ONE:
            return {key: value for key, value in chosen.items() if key not in here} | {
                project_id: 1
            }
        if not left(form, pot, chosen, options.values()).allows(option):
            raise Invalid([Problem(f"project-{project_id}", _l("Ese proyecto no le cabe ya."))])
        value = len(here) + 1 if form.kind is BallotKind.RANKING else 1
        return chosen | {project_id: value}

    return _change(session, actor, component, key, change, seed=seed)


def unchoose(
    session: Session, actor: Actor, component: ComponentView, project_id: int, *, key: str
) -> Choice:
    """Take a project out of the draft; those ranked after it move up. Raises as :func:`choose`."""

    def change(form: Form, _bags: Any, options: Mapping[int, Option], chosen: Choice) -> Choice:
        rest = {key: value for key, value in chosen.items() if key != project_id}
        if form.kind is BallotKind.RANKING and project_id in chosen and project_id in options:
            here = _in_pot(options, rest, options[project_id].pot_id)
            order = sorted(here, key=lambda key: (here[key], key))
            rest |= {key: place for place, key in enumerate(order, 1)}
        return rest

    return _change(session, actor, component, key, change)


def set_values(
    session: Session,
    actor: Actor,
    component: ComponentView,
    values: Mapping[int, int],
    *,
    key: str,
) -> Choice:
    """Set ranks or points of projects; 0 takes one out. Returns what is chosen now.

    Whether they go together is said when the ballot is reviewed, so that one may be half-way.
    Raises as :func:`choose`.
    """

    def change(form: Form, _bags: Any, options: Mapping[int, Option], chosen: Choice) -> Choice:
        problems = [
            Problem(f"project-{project}", _l("Escriba un número entero desde 0."))
            for project, value in values.items()
            if not 0 <= value <= MOST
        ]
        if problems:
            raise Invalid(problems)
        for project in values:
            _option(options, project)
        merged = chosen | dict(values)
        if form.kind not in {BallotKind.RANKING, BallotKind.POINTS}:
            merged = {project: min(value, 1) for project, value in merged.items()}
        return {project: value for project, value in merged.items() if value}

    return _change(session, actor, component, key, change)


def discard(session: Session, actor: Actor, component: ComponentView) -> None:
    """Throw the draft away; what was sent before stays as it is. Raises ``Denied``."""
    _authorized(session, actor, component)
    remove(session, component, actor)


def remove(session: Session, component: ComponentView, actor: Actor) -> None:
    """Delete somebody's draft, if there is one."""
    values = {
        "organization": component.organization_id,
        "component": component.id,
        "person": actor.person_id or 0,
    }
    session.connection().execute(_removed, values)


def _change(
    session: Session,
    actor: Actor,
    component: ComponentView,
    key: str,
    change: Callable[[Form, Mapping[int, PotLimit], Mapping[int, Option], Choice], Choice],
    *,
    seed: int | None = None,
) -> Choice:
    vote = _authorized(session, actor, component)
    known = ballot_rules.of_vote(session, component, vote)
    row = _draft(session, component, actor, seed)
    before = sealing.opened(key, component.id, row.person_id, row.sealed) or {}
    still = {project: value for project, value in before.items() if project in known.options}
    chosen = change(known.form, known.pots, known.options, still)
    row.sealed = sealing.seal(key, component.id, row.person_id, chosen)
    row.lost, row.updated_at = False, clock.now()
    session.flush()
    return chosen


def _authorized(session: Session, actor: Actor, component: ComponentView) -> Any:
    vote = queries.vote(session, component, hold=True)
    mark, names = None, voters_of(session, actor, component)
    if names:
        mark = queries.mark(session, component, names)
    authorize(policy.CAST, actor, component, as_voter(vote, component, mark, names), at=clock.now())
    return vote


def _draft(session: Session, component: ComponentView, actor: Actor, seed: int | None) -> Draft:
    """Return the draft, locked; made where there is none."""
    person_id = actor.person_id or 0
    row = queries.draft_for_update(session, component.id, person_id)
    if row is not None:
        return row
    values: dict[str, Any] = {
        "organization_id": component.organization_id,
        "component_id": component.id,
        "person_id": person_id,
    }
    if seed is not None:
        values["seed"] = seed
    dialect = session.connection().dialect.name
    insert = (sqlite_insert if dialect == "sqlite" else postgresql_insert)(_drafts)
    session.connection().execute(insert.values(**values).on_conflict_do_nothing())
    row = queries.draft_for_update(session, component.id, person_id)
    if row is None:  # pragma: no cover  (the insert above made it or somebody else's did)
        message = "no draft"
        raise LookupError(message)
    return row


def _option(options: Mapping[int, Option], project_id: int) -> Option:
    if project_id not in options:
        message = f"project {project_id} is not on the ballot"
        raise Missing(message)
    return options[project_id]


def _in_pot(options: Mapping[int, Option], chosen: Choice, pot_id: int) -> Choice:
    return {key: value for key, value in chosen.items() if options[key].pot_id == pot_id}
