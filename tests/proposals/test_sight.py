"""What is public of proposals, and when: phase by phase, between them, and as of another date."""

import datetime as dt
import re
from dataclasses import replace

import pytest
import time_machine

from participa.core.policy import Role
from participa.processes import services as processes
from participa.processes.models import PhaseKind, ProcessStatus
from participa.processes.presentation import drawing, rights
from participa.processes.timeline import Override, with_active
from participa.proposals import services
from participa.proposals.services import Draft
from tests import factories

DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 3, 3, 5, tzinfo=dt.UTC)
LIST = "/procesos/presupuesto/propuestas"
SECRET = "Los apoyos se sabrán al cierre"
WITHHELD = "la vista previa no los muestra"


def planned(session, name, plan, slug="presupuesto"):
    """Make a process whose phases give a capability a state each."""
    return factories.make_process(
        session,
        slug=slug,
        components=[{"key": "propuestas", "type": "proposals", "settings": {"support_limit": 10}}],
        phases=[
            {
                "key": f"fase-{at}",
                "kind": PhaseKind.IDEATION,
                "start": START + 20 * at * DAY,
                "end": START + (20 * at + 10) * DAY,
                "opens": {} if state == "-" else {"propuestas": {"create": "open", name: state}},
            }
            for at, state in enumerate(plan.split())
        ],
    ).components[0]


class TestWhatIsSeen:
    """Whether counts may be seen, phase by phase and between them.

    A plan says a state a phase, ten days each, with ten days between them; ``-`` is a phase that
    leaves the component alone. A sight says in the phases and, after each one, in the gap.
    """

    @pytest.mark.parametrize("name", ["support", "comment"])
    @pytest.mark.parametrize(
        ("plan", "sight"),
        [
            ("open shown", "11 11"),
            ("open", "11"),
            ("open - shown", "11 11 11"),
            ("closed open", "00 11"),
            ("- open", "00 11"),
            # What the city closes is closed; when all is over it can be read.
            ("open closed shown", "11 00 11"),
            ("open closed", "11 01"),
            ("closed", "00"),
        ],
    )
    def test_what_was_public_stays_so(self, session, name, plan, sight):
        self.check(session, name, plan, sight)

    @pytest.mark.parametrize(
        ("plan", "sight"),
        [
            ("open_hidden", "01"),
            ("open_hidden shown", "00 11"),
            ("open_hidden closed shown", "00 00 11"),
            ("open open_hidden", "11 01"),
            # Told between them, what the second one collects could be reckoned.
            ("open_hidden open_hidden", "00 01"),
        ],
    )
    def test_what_was_hidden_waits_for_a_phase_that_shows_it_or_the_end(self, session, plan, sight):
        self.check(session, "support", plan, sight)

    def check(self, session, name, plan, sight):
        component = planned(session, name, plan)
        assert not component.shows(name, START - DAY)
        found = [
            f"{component.shows(name, START + (20 * at + 5) * DAY):d}"
            f"{component.shows(name, START + (20 * at + 15) * DAY):d}"
            for at, _state in enumerate(plan.split())
        ]
        assert " ".join(found) == sight

    @pytest.mark.parametrize(("state", "shown"), [("open", True), ("open_hidden", False)])
    def test_a_phase_closed_for_a_while_is_not_over(self, session, state, shown):
        component = planned(session, "support", state)
        opening = component.openings[0]
        pause = Override(
            opens=False,
            start=START + 3 * DAY,
            until=START + 6 * DAY,
            reason="Lluvia",
            at=START,
        )
        phase = with_active(replace(opening.phase, overrides=(pause,)))
        paused = replace(component, openings=(replace(opening, phase=phase),))
        assert paused.shows("support", START + 4 * DAY) is shown
        assert paused.shows("support", START + 11 * DAY)

    def test_an_archived_process_keeps_what_was_public(self, session):
        for state, shown in (("open", True), ("open_hidden", False)):
            component = planned(session, "support", state, slug=f"archivado-{shown:d}")
            archived = replace(component.process, status=ProcessStatus.ARCHIVED)
            view = replace(component, process=archived)
            assert view.shows("support", START + 5 * DAY) is shown


@pytest.fixture
def supported(session, organization):
    """Return a maker of a process with a proposal that seven people and its reader support."""

    def make(plan):
        with time_machine.travel(START + DAY, tick=False):
            component = planned(session, "support", plan)
            reader = factories.make_person(session, "Lectora")
            author = factories.actor_of(session, factories.make_person(session, "Autora"))
            draft = Draft("Luces en el sendero", "Hace falta luz en el sendero de la quebrada.")
            made = services.create(session, author, organization, component, draft, "una")
            for person in [reader, *[factories.make_person(session, "Amiga") for _ in range(6)]]:
                services.support(session, factories.actor_of(session, person), component, made)
            session.commit()
        return component, made, reader

    return make


def counted(page):
    """Return whether the page says the seven supports."""
    return re.search(r"\b7\s*<small>", page) is not None


def close(session, process, moment):
    """Close the first phase early."""
    boss = factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    with time_machine.travel(moment, tick=False):
        processes.override_phase(
            session,
            factories.actor_of(session, boss),
            process.id,
            "fase-0",
            opens=False,
            until=None,
            reason="Llueve",
        )
    session.commit()


@pytest.mark.parametrize("day", [15, 45])
@pytest.mark.parametrize("early", [False, True])
def test_public_counts_stay_between_phases_and_after(client, session, supported, day, early):
    component, made, _reader = supported("open shown")
    if early:
        close(session, component.process, START + 5 * DAY)
    with time_machine.travel(START + (7 if early and day == 15 else day) * DAY, tick=False):
        for address in (LIST, f"{LIST}/{made}"):
            page = client.get(address).text
            assert counted(page)
            assert SECRET not in page
        assert 'value="most_supported"' in client.get(LIST).text


def test_who_cannot_support_now_is_told_no_supports_left_and_given_no_button(
    client, session, supported
):
    _component, made, reader = supported("open shown")
    address = f"{LIST}/{made}"
    for day, is_open in ((5, True), (15, False), (45, False)):
        with time_machine.travel(START + day * DAY, tick=False):
            factories.sign_in(client, session, reader)
            page = client.get(address).text
            assert ("Le quedan 9 apoyos." in page) is is_open, day
            assert ('name="on"' in page) is is_open, day
            assert "Usted apoya" in page


def test_nobody_is_promised_counts_where_nothing_is_hidden(client, session, supported):
    _component, made, _reader = supported("open closed")
    for day in (-1, 25):
        with time_machine.travel(START + day * DAY, tick=False):
            page = client.get(f"{LIST}/{made}").text
            assert SECRET not in page
            assert not counted(page)
            assert "Los apoyos" in page


def test_who_can_what_and_when_lists_only_phases_that_let_do_it(session):
    component = planned(session, "support", "open shown open_hidden closed")
    stretches = drawing(component.process, START, lambda _phase: "").phases
    when = {
        str(each.label): [window.phase.key for window in each.when]
        for each in rights(component, stretches)
    }
    assert when["Apoyar propuestas"] == when["Retirar un apoyo"] == ["fase-0", "fase-2"]
    assert when["Comentar"] == []


@pytest.fixture
def look(session, app):
    """Return a hand that looks at pages as staff, today or as of another moment."""

    def hand(process, address, today, moment):
        who = factories.make_person(session, "Observa", roles=[(Role.OBSERVER, process.id)])
        with time_machine.travel(today, tick=False):
            staff = factories.sign_in(app.test_client(), session, who)
            staff.post(
                "/gestion/procesos/presupuesto/vista-previa", data={"day": f"{moment:%Y-%m-%d}"}
            )
            return staff.get(address).text

    return hand


def test_a_preview_shows_what_a_citizen_will_see(session, supported, look):
    component, made, _reader = supported("open shown")
    close(session, component.process, START + 5 * DAY)
    for address in (LIST, f"{LIST}/{made}"):
        page = look(component.process, address, START + 6 * DAY, START + 25 * DAY)
        assert counted(page)
        assert SECRET not in page


def test_what_the_city_closed_today_is_seen_as_of_a_day_that_shows_it(supported, look):
    component, made, _reader = supported("open closed shown")
    page = look(component.process, f"{LIST}/{made}", START + 25 * DAY, START + 45 * DAY)
    assert counted(page)


@pytest.mark.parametrize(
    ("plan", "today", "day"),
    [
        ("open_hidden shown", 5, 47),
        ("open_hidden closed shown", 25, 47),
        # Supporting is open on that day, and still nothing is promised that the notice says.
        ("open_hidden open", 5, 25),
    ],
)
@pytest.mark.parametrize("path", ["", "/{}", "?orden=most_supported"])
def test_a_preview_does_not_tell_what_is_hidden_today_and_says_so(
    supported, look, plan, today, day, path
):
    component, made, _reader = supported(plan)
    address = LIST + path.format(made)
    page = look(component.process, address, START + today * DAY, START + day * DAY)
    assert "bar-preview" in page
    assert not counted(page)
    assert WITHHELD in page
    assert SECRET not in page
    assert 'value="most_supported"' not in page


def test_a_day_that_hides_hides_in_the_preview_too(supported, look):
    component, made, _reader = supported("open open_hidden")
    page = look(component.process, f"{LIST}/{made}", START + 5 * DAY, START + 25 * DAY)
    assert not counted(page)
    assert SECRET in page
    assert WITHHELD not in page
