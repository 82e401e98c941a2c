"""What another time zone does to the phases of the entity's processes."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.errors import Invalid
from participa.core.policy import Actor
from participa.organizations.queries import OrganizationView
from participa.processes import definition, services
from participa.processes import queries as processes
from participa.processes.definition import ProcessDefinition
from participa.processes.definition.dates import Moment
from participa.processes.models import ProcessStatus

Written = Sequence[tuple[int, dict[str, Any]]]
"""Processes by id, as their files say them: in days and hours of the entity's clock."""


def moved(session: Session, organization: OrganizationView, zone: ZoneInfo) -> list[str]:
    """Return what the phases that are not over will say in another zone, one line each."""
    lines = []
    for _id, process in _definitions(session, organization):
        for phase in process.phases:
            edges = ((phase.start, False), (phase.end, True))
            before, after = (
                " a ".join(str(Moment(moment, each, is_end=is_end)) for moment, is_end in edges)
                for each in (organization.zone, zone)
            )
            if before != after and phase.end > clock.now():
                lines.append(
                    _(
                        "%(process)s, «%(phase)s»: %(before)s → %(after)s",
                        process=process.title,
                        phase=phase.title,
                        before=before,
                        after=after,
                    )
                )
    return lines


def as_written(session: Session, organization: OrganizationView) -> Written:
    """Return every process whose phases can still be changed, as its file says it."""
    return [
        (process_id, definition.write(process, organization))
        for process_id, process in _definitions(session, organization)
    ]


def keep_clock_times(
    session: Session, actor: Actor, organization: OrganizationView, written: Written
) -> None:
    """Make every phase say again what it said before the zone changed.

    Raises :class:`Invalid` where an hour does not exist in the new zone.
    """
    for process_id, document in written:
        overrides = definition.overrides_of(processes.by_id(session, process_id))
        wanted, problems = definition.read(document, organization, overrides=overrides)
        if wanted is None or problems:
            raise Invalid(problems)
        services.edit(session, actor, process_id, wanted)


def _definitions(
    session: Session, organization: OrganizationView
) -> list[tuple[int, ProcessDefinition]]:
    return [
        (each.id, definition.of_row(processes.row(session, each.id), organization))
        for each in processes.visible(session, drafts_of=None)
        if each.status is not ProcessStatus.ARCHIVED
    ]
