"""The public activity of a process."""

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa
import time_machine
from flask_babel import force_locale

from participa.core import events
from participa.core.events import record
from participa.core.facts import FactRow
from participa.core.i18n import Localized
from participa.core.policy import SYSTEM, Role
from participa.core.registry import registry
from participa.organizations import queries as organizations
from participa.processes import activity, definition, queries, services
from participa.processes.events import PhaseClosed, ProcessEdited
from tests import factories


def test_how_a_draft_was_prepared_stays_inside(session):
    process = factories.make_process(session)
    for moment, summary in ((-1, "en borrador"), (1, "ya publicado")):
        with time_machine.travel(process.published_at + dt.timedelta(minutes=moment)):
            record(
                session,
                ProcessEdited(Localized("Presupuesto"), Localized(summary), Localized(summary)),
                actor=SYSTEM,
                organization_id=process.organization_id,
                process_id=process.id,
            )
    session.flush()
    found = activity.page_of(session, process, None).rows
    assert [row.data["summary"] for row in found] == [{"es": "ya publicado"}]


TITLE = Localized({"es": "Ideas para el barrio", "en": "Ideas for the neighbourhood"})
PHASE = Localized({"es": "Valoración y decisión", "en": "Assessment and decision"})


def read_in(language, session, kind):
    """Return the newest fact of a kind as whoever reads that language reads it."""
    newest = sa.select(FactRow).where(FactRow.name == kind.NAME).order_by(FactRow.id.desc())
    row = session.scalars(newest.limit(1)).one()
    with force_locale(language):
        return events.sentence(registry.fact(row.name), row, "Beatriz")


@pytest.fixture
def process(app, session, organization):
    """A process in two languages whose only phase was moved, and then closed, by Beatriz."""
    admin = factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    actor = factories.actor_of(session, admin)
    made = factories.make_process(session, title=TITLE)
    entity = organizations.by_id(session, organization.id)
    before = definition.of_row(queries.row(session, made.id), entity)
    phase = replace(before.phases[0], title=PHASE)
    titled = replace(before, phases=(phase,))
    later = replace(phase, end=phase.end.replace(year=2030, month=7, day=21, hour=5, minute=0))
    with app.app_context():
        services.edit(session, actor, made.id, titled)
        services.edit(session, actor, made.id, replace(titled, phases=(later,)))
        services.override_phase(
            session, actor, made.id, phase.key, opens=False, until=None, reason="Lluvia"
        )
    session.commit()
    return made


@pytest.mark.parametrize(
    ("language", "edited", "closed"),
    [
        (
            "es",
            "Beatriz cambió el proceso «Ideas para el barrio»: Fase «Valoración y decisión»: termina",
            "La fase «Valoración y decisión» se cerró fuera de sus fechas: Lluvia",
        ),
        (
            "en",
            "Beatriz changed the process “Ideas for the neighbourhood”: Phase “Assessment and",
            "The phase “Assessment and decision” was closed outside its dates: Lluvia",
        ),
    ],
)
def test_what_staff_did_reads_in_each_language(app, session, process, language, edited, closed):
    with app.app_context():
        assert edited in read_in(language, session, ProcessEdited)
        assert closed in read_in(language, session, PhaseClosed)


def test_a_language_without_words_reads_the_spanish(app, session, process):
    with app.app_context():
        told = read_in("pt", session, ProcessEdited)
    assert "Valoración y decisión" in told
    assert "termina el" not in told


def test_a_fact_of_before_reads_as_it_was_written(app, session):
    process = factories.make_process(session)
    record(
        session,
        ProcessEdited("Presupuesto", "2 cambios", ["Uno", "Dos"]),
        actor=SYSTEM,
        organization_id=process.organization_id,
        process_id=process.id,
    )
    with app.app_context():
        assert "Presupuesto" in read_in("en", session, ProcessEdited)
        assert read_in("en", session, ProcessEdited).endswith(": 2 cambios")
