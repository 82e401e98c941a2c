"""What moderators and administrators are told in the morning, each thing once."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from participa.core.events import Fact, record
from participa.core.policy import Actor, Role
from participa.moderation import events, queries
from participa.moderation.models import Morning
from participa.organizations.queries import OrganizationView
from participa.processes import queries as processes
from participa.processes.snapshot import ProcessView

QUIET = dt.timedelta(days=30)
"""How long an alert about the same moderator or ground is not repeated."""

_INSERT: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_mornings = cast("sa.Table", Morning.__table__)


def summarize(session: Session, organization: OrganizationView, at: dt.datetime) -> int:
    """Tell each moderator what waits in each process, once a day. Returns how many facts.

    Nobody for whom nothing waits is told. The administrators of the organization are told only of
    processes that nobody else moderates. How they are told (a line of the morning's mail, a mail
    of its own, not at all) is each person's own choice among their notifications.
    """
    morning = _lock(session, organization.id)
    today = at.astimezone(organization.zone).date()
    if morning.summarized_on == today:
        return 0
    morning.summarized_on = today
    told = 0
    for process in processes.by_ids(session, queries.processes_waiting(session)):
        team = _team(session, process)
        for person_id, work in queries.work(session, process.id, team, at).items():
            if not work.waiting:
                continue
            fact = events.WorkSummarized(
                process.slug, work.waiting, work.new, work.overdue, work.mine, person_id
            )
            _record(session, fact, organization.id, process.id, at)
            told += 1
    return told


def _team(session: Session, process: ProcessView) -> Sequence[int]:
    held = queries.moderators(session, process.id)
    own = sorted({person for person, role in held if role is not Role.ORGANIZATION_ADMIN})
    return own or sorted({person for person, _role in held})


def alert(session: Session, organization: OrganizationView, at: dt.datetime) -> int:
    """Tell the administrators of odd reversals (:func:`queries.unusual`). Returns how many facts.

    The same moderator or ground is not told again within :data:`QUIET`, and nobody is told of
    themselves.
    """
    morning = _lock(session, organization.id)
    administrators = queries.administrators(session)
    told = 0
    for each in queries.unusual(session, organization.id, at):
        key, before = f"{each.about}:{each.about_id}", morning.alerted
        if key in before and at < dt.datetime.fromisoformat(before[key]) + QUIET:
            continue
        morning.alerted = {**before, key: at.isoformat()}
        themselves = each.about_id if each.about == "moderator" else None
        fact = events.ReversalsUnusual(
            each.about,
            each.about_id,
            each.removed,
            each.reverted,
            [person for person in administrators if person != themselves],
        )
        _record(session, fact, organization.id, None, at)
        told += 1
    return told


def _lock(session: Session, organization_id: int) -> Morning:
    """Return what was told, locked, so that of several workers one tells."""
    insert = _INSERT[session.get_bind().dialect.name](_mornings)
    session.connection().execute(
        insert.values(organization_id=organization_id, alerted={}).on_conflict_do_nothing()
    )
    return session.scalars(
        sa.select(Morning)
        .where(Morning.organization_id == organization_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _record(
    session: Session, fact: Fact, organization_id: int, process_id: int | None, at: dt.datetime
) -> None:
    record(
        session,
        fact,
        actor=Actor(organization_id),
        organization_id=organization_id,
        process_id=process_id,
        at=at,
    )
