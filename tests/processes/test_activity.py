"""The public activity of a process."""

import datetime as dt

import time_machine

from participa.core.events import record
from participa.core.policy import SYSTEM
from participa.processes import activity
from participa.processes.events import ProcessEdited
from tests import factories


def test_how_a_draft_was_prepared_stays_inside(session):
    process = factories.make_process(session)
    for moment, summary in ((-1, "en borrador"), (1, "ya publicado")):
        with time_machine.travel(process.published_at + dt.timedelta(minutes=moment)):
            record(
                session,
                ProcessEdited("Presupuesto", summary, [summary]),
                actor=SYSTEM,
                organization_id=process.organization_id,
                process_id=process.id,
            )
    session.flush()
    found = activity.page_of(session, process, None).rows
    assert [row.data["summary"] for row in found] == ["ya publicado"]
