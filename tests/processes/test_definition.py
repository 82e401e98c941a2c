"""Reading a process file: everything wrong is named; what is right is written back as it was."""

import copy
import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participa.core import clock
from participa.core.i18n import Localized
from participa.core.policy import Rule, State
from participa.core.requirements import ConfirmedEmail, LivesIn, MinimumAge, Verified
from participa.core.sanitize import control_characters, normalize
from participa.processes import changes, definition, files
from participa.processes.definition import (
    ComponentDefinition,
    OpeningDefinition,
    PhaseDefinition,
    ProcessDefinition,
)
from participa.processes.definition.dates import read_moment, write_moment
from participa.processes.models import PhaseKind
from participa.processes.timeline import Override
from participa.proposals.component import COMPONENT
from participa.proposals.settings import PhaseSettings, Settings

BOGOTA = ZoneInfo("America/Bogota")

GOOD = {
    "slug": "presupuesto-2026",
    "title": {"es": "Presupuesto participativo 2026", "en": "Budget"},
    "territory": "la-loma",
    "theme": "agua",
    "phases": [
        {
            "key": "ideacion",
            "kind": "ideation",
            "title": {"es": "Ideas de los barrios"},
            "start": "2026-03-03",
            "end": "2026-04-30",
            "opens": {
                "propuestas": {
                    "create": {"state": "open", "requires": ["confirmed_email", {"age": 14}]},
                    "support": "open_hidden",
                    "settings": {"instructions": {"es": "Escriba su idea"}},
                }
            },
        },
        {
            "key": "votacion",
            "kind": "evaluation",
            "title": {"es": "Votación"},
            "start": "2026-06-01",
            "end": "2026-06-21",
            "opens": {"propuestas": {"support": "shown"}},
        },
    ],
    "components": [
        {
            "key": "propuestas",
            "type": "proposals",
            "title": {"es": "Propuestas"},
            "settings": {"support_limit": 10},
        }
    ],
}


def changed(path, value):
    """The good document with one value put elsewhere; ``...`` takes it away."""
    document = copy.deepcopy(GOOD)
    inside = document
    for step in path[:-1]:
        inside = inside[step]
    if value is ...:
        del inside[path[-1]]
    elif isinstance(inside, list) and path[-1] == len(inside):
        inside.append(value)
    else:
        inside[path[-1]] = value
    return document


def test_the_good_document_reads_and_writes(place):
    found, problems = definition.read(GOOD, place)
    assert problems == []
    assert definition.write(found, place) == GOOD
    ideas = found.phase("ideacion")
    assert ideas.start == dt.datetime(2026, 3, 3, 5, tzinfo=dt.UTC)
    assert ideas.end == dt.datetime(2026, 5, 1, 5, tzinfo=dt.UTC), "an end is the last open day"
    rule = ideas.opens["propuestas"].rules["create"]
    assert rule == Rule(State.OPEN, (ConfirmedEmail(), MinimumAge(14)))


PHASE = GOOD["phases"][0]
COMPONENT_DOCUMENT = GOOD["components"][0]
WRONG = [
    # what, path, value, path of the problem, part of the sentence
    ("a word nobody knows", ["sumary"], "x", "sumary", "¿quiso decir «summary»?"),
    ("no slug", ["slug"], ..., "slug", "falta"),
    ("slug with capitals", ["slug"], "Mi Proceso", "slug", "letras minúsculas"),
    ("slug too short", ["slug"], "ab", "slug", "entre 3 y 80"),
    ("slug too long", ["slug"], "a" * 81, "slug", "entre 3 y 80"),
    ("slug of another page", ["slug"], "nuevo", "slug", "dirección de otra página"),
    ("slug of the wrong type", ["slug"], 2026, "slug", "debe ser un texto"),
    ("no title", ["title"], ..., "title", "falta el texto"),
    ("blank title", ["title"], {"es": "   "}, "title", "falta el texto"),
    ("title too long", ["title"], {"es": "a" * 161}, "title.es", "el máximo es 160"),
    ("summary too long", ["summary"], "a" * 301, "summary.es", "el máximo es 300"),
    ("description too long", ["description"], "a" * 20_001, "description.es", "20000"),
    ("notice too long", ["notice"], "a" * 501, "notice.es", "el máximo es 500"),
    ("unknown language", ["title"], {"es": "A", "fr": "B"}, "title.fr", "idioma «fr»"),
    ("control character", ["title"], {"es": "A\u0007"}, "title.es", "U+0007"),
    ("bidirectional override", ["title"], {"es": "A\u202e"}, "title.es", "U+202E"),
    ("text of the wrong type", ["title"], ["A"], "title", "debe ser un texto o un grupo"),
    ("text inside of the wrong type", ["title"], {"es": 5}, "title.es", "debe ser un texto"),
    ("unknown territory", ["territory"], "la-lomma", "territory", "¿quiso decir «la-loma»?"),
    ("unknown theme", ["theme"], "aguas", "theme", "¿quiso decir «agua»?"),
    ("theme of the wrong type", ["theme"], ["agua"], "theme", "debe ser un texto"),
    ("phases that are no list", ["phases"], {"a": 1}, "phases", "debe ser una lista"),
    ("a phase that is no group", ["phases", 0], "ideas", "phases[0]", "debe ser un grupo"),
    ("repeated phase", ["phases", 1, "key"], "ideacion", "phases[1].key", "está repetida"),
    ("phase without key", ["phases", 0, "key"], ..., "phases[0].key", "falta"),
    ("bad phase key", ["phases", 0, "key"], "Ideación", "phases[0].key", "no sirve como clave"),
    ("unknown kind", ["phases", 0, "kind"], "ideacion", "phases[0].kind", "«ideation»"),
    ("no start", ["phases", 0, "start"], ..., "phases[0].start", "falta la fecha"),
    ("date in another form", ["phases", 0, "start"], "03/03/2026", "phases[0].start", "2026-03-03"),
    ("day that is not", ["phases", 0, "start"], "2026-02-30", "phases[0].start", "no existe"),
    (
        "hour that is not",
        ["phases", 0, "start"],
        "2026-03-03T25:00",
        "phases[0].start",
        "no existe",
    ),
    (
        "date of the wrong type",
        ["phases", 0, "start"],
        2026,
        "phases[0].start",
        "debe ser una fecha",
    ),
    ("year far away", ["phases", 0, "end"], "9999-12-31", "phases[0].end", "entre 2000 y 2100"),
    ("end before start", ["phases", 0, "end"], "2026-03-02", "phases[0].end", "después de empezar"),
    (
        "end at start",
        ["phases", 0, "end"],
        "2026-03-03T00:00",
        "phases[0].end",
        "después de empezar",
    ),
    (
        "opens an unknown component",
        ["phases", 0, "opens"],
        {"propuesta": {"create": "open"}},
        "phases[0].opens.propuesta",
        "¿quiso decir «propuestas»?",
    ),
    (
        "opens of the wrong type",
        ["phases", 0, "opens"],
        ["propuestas"],
        "phases[0].opens",
        "debe ser un grupo",
    ),
    (
        "opening of the wrong type",
        ["phases", 0, "opens", "propuestas"],
        "open",
        "phases[0].opens.propuestas",
        "debe ser un grupo",
    ),
    (
        "unknown capability",
        ["phases", 0, "opens", "propuestas", "suport"],
        "open",
        "phases[0].opens.propuestas.suport",
        "¿quiso decir «support»?",
    ),
    (
        "unknown state",
        ["phases", 0, "opens", "propuestas", "create"],
        "abierto",
        "phases[0].opens.propuestas.create",
        "no se conoce el estado",
    ),
    (
        "state of the wrong type",
        ["phases", 0, "opens", "propuestas", "create"],
        True,
        "phases[0].opens.propuestas.create",
        "no se conoce el estado",
    ),
    (
        "impossible state",
        ["phases", 0, "opens", "propuestas", "create"],
        {"state": "open_hidden"},
        "phases[0].opens.propuestas.create.state",
        "elija: closed, open",
    ),
    (
        "no state",
        ["phases", 0, "opens", "propuestas", "create"],
        {"requires": []},
        "phases[0].opens.propuestas.create",
        "falta el estado",
    ),
    (
        "unknown word in a rule",
        ["phases", 0, "opens", "propuestas", "create"],
        {"state": "open", "require": []},
        "phases[0].opens.propuestas.create.require",
        "no se conoce «require»",
    ),
    (
        "unknown requirement",
        ["phases", 0, "opens", "propuestas", "create"],
        {"state": "open", "requires": ["captcha"]},
        "phases[0].opens.propuestas.create.requires[0]",
        "no se conoce el requisito",
    ),
    (
        "requirements of the wrong type",
        ["phases", 0, "opens", "propuestas", "create"],
        {"state": "open", "requires": "confirmed_email"},
        "phases[0].opens.propuestas.create.requires",
        "debe ser una lista",
    ),
    (
        "impossible age",
        ["phases", 0, "opens", "propuestas", "create"],
        {"state": "open", "requires": [{"age": 0}]},
        "phases[0].opens.propuestas.create.requires[0]",
        "entre 1 y 120",
    ),
    (
        "unknown territory of residence",
        ["phases", 0, "opens", "propuestas", "create"],
        {"state": "open", "requires": [{"territory": "marte"}]},
        "phases[0].opens.propuestas.create.requires[0]",
        "no se conoce «marte»",
    ),
    (
        "unknown verification",
        ["phases", 0, "opens", "propuestas", "create"],
        {"state": "open", "requires": ["confirmed_email", {"verified": "in_persn"}]},
        "phases[0].opens.propuestas.create.requires[1]",
        "in_person",
    ),
    (
        "unknown phase setting",
        ["phases", 0, "opens", "propuestas", "settings"],
        {"instruction": "x"},
        "phases[0].opens.propuestas.settings.instruction",
        "¿quiso decir «instructions»?",
    ),
    (
        "unknown component type",
        ["components", 0, "type"],
        "propsals",
        "components[0].type",
        "proposals",
    ),
    (
        "key of another component",
        ["components", 0, "key"],
        "ideas",
        "components[0].key",
        "«propuestas-»",
    ),
    (
        "repeated component",
        ["components", 1],
        COMPONENT_DOCUMENT,
        "components[1].key",
        "está repetida",
    ),
    (
        "unknown setting",
        ["components", 0, "settings"],
        {"suport_limit": 3},
        "components[0].settings.suport_limit",
        "¿quiso decir «support_limit»?",
    ),
    (
        "setting of the wrong type",
        ["components", 0, "settings"],
        {"support_limit": "diez"},
        "components[0].settings.support_limit",
        "debe ser un número entero",
    ),
    (
        "setting out of bounds",
        ["components", 0, "settings"],
        {"support_limit": -1},
        "components[0].settings.support_limit",
        "no puede ser menor que 0",
    ),
    (
        "settings of the wrong type",
        ["components", 0, "settings"],
        ["support_limit"],
        "components[0].settings",
        "debe ser un grupo de opciones",
    ),
    (
        "too many phases",
        ["phases"],
        [{**GOOD["phases"][1], "key": f"fase-{n}", "opens": {}} for n in range(31)],
        "phases",
        "el máximo es 30",
    ),
    (
        "too many components",
        ["components"],
        [{**COMPONENT_DOCUMENT, "key": f"propuestas-{n}"} for n in range(61)],
        "components",
        "el máximo es 60",
    ),
]


@pytest.mark.parametrize(
    ("path", "value", "where", "sentence"),
    [each[1:] for each in WRONG],
    ids=[each[0] for each in WRONG],
)
def test_what_is_wrong_is_named(place, path, value, where, sentence):
    found, problems = definition.read(changed(path, value), place)
    assert found is None
    assert where in [each.path for each in problems], [str(each) for each in problems]
    (problem, *_rest) = [each for each in problems if each.path == where]
    assert sentence in str(problem.message)


@pytest.mark.parametrize("document", [None, [], "x", 5, {}, {"phases": None}])
def test_not_even_a_process(place, document):
    found, problems = definition.read(document, place)
    assert found is None
    assert problems


def test_every_problem_is_found_with_its_line(place):
    text = """\
slug: Mal
title:
  fr: Bonjour
phases:
  - key: ideas
    kind: ideation
    title: Ideas
    start: 2026-03-03
    end: 2026-02-30
    opens:
      propuestas:
        create: {state: opne}
components:
  - key: propuestas
    type: proposals
"""
    document, lines, problems = files.load(text)
    assert problems == []
    _found, problems = definition.read(document, place, lines=lines)
    assert [(each.path, each.line) for each in problems] == [
        ("slug", 1),
        ("title.fr", 3),
        ("components[0].title", 14),
        ("phases[0].end", 9),
        ("phases[0].opens.propuestas.create.state", 12),
    ]


def test_what_is_shown_again_has_no_markup_or_invisible_characters(place):
    _found, problems = definition.read(changed(["<b>\u202e"], 1), place)
    assert re.search(r"[<>\u202e]", str(problems[0])) is None


def test_many_problems_are_cut(place):
    document = {**GOOD, **{f"palabra-{n}": 1 for n in range(5000)}}
    _found, problems = definition.read(document, place)
    assert len(problems) == 100


# --- phases that overlap ------------------------------------------------------------------------


def overlapping(first_end, second_start):
    document = changed(["phases", 0, "end"], first_end)
    document["phases"][1]["start"] = second_start
    return document


def test_overlapping_phases_may_not_configure_one_component(place):
    found, problems = definition.read(overlapping("2026-06-05", "2026-06-01"), place)
    assert found is None
    (problem,) = problems
    assert problem.path == "phases[1].opens.propuestas"
    sentence = str(problem.message)
    for part in ("Ideas de los barrios", "Votación", "«Propuestas»", "1 de junio", "5 de junio"):
        assert part in sentence


def test_phases_that_touch_do_not_overlap(place):
    assert definition.read(overlapping("2026-05-31", "2026-06-01"), place)[1] == []
    assert definition.read(overlapping("2026-06-01", "2026-06-01"), place)[1] != []


def test_overlapping_phases_may_configure_different_components(place):
    document = overlapping("2026-06-05", "2026-06-01")
    document["components"].append({"key": "propuestas-2", "type": "proposals", "title": "Otras"})
    document["phases"][1]["opens"] = {"propuestas-2": {"create": "open"}}
    assert definition.read(document, place)[1] == []
    document["phases"][1]["opens"]["propuestas"] = {"create": "closed"}
    assert definition.read(document, place)[1] == [], "closed configures nothing"


def test_overrides_count_when_overlaps_are_looked_for(place):
    opened = Override(
        opens=True,
        start=dt.datetime(2026, 4, 1, tzinfo=dt.UTC),
        until=dt.datetime(2026, 4, 3, tzinfo=dt.UTC),
        reason="",
        at=dt.datetime(2026, 4, 1, tzinfo=dt.UTC),
    )
    _found, problems = definition.read(GOOD, place, overrides={"votacion": [opened]})
    assert "a la vez" in str(problems[0].message)
    assert "a las 19:00" in str(problems[0].message), "an hour is named where it is no midnight"


# --- dates --------------------------------------------------------------------------------------

ZONES = ["America/Bogota", "America/Santiago", "America/Havana", "Europe/Madrid", "Asia/Kathmandu"]


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(ZONES),
    st.integers(0, 98 * 365 * 24 * 3600),
    st.booleans(),
)
def test_every_moment_is_written_so_that_it_reads_the_same(name, seconds, is_end):
    zone = ZoneInfo(name)
    moment = dt.datetime(2001, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    for each in (moment, moment.replace(minute=0, second=0)):
        assert read_moment(write_moment(each, zone, is_end=is_end), zone, is_end=is_end)[0] == each


@settings(deadline=None)
@given(st.sampled_from(ZONES), st.dates(dt.date(2001, 1, 1), dt.date(2099, 1, 1)), st.booleans())
def test_midnights_are_written_short(name, day, is_end):
    zone = ZoneInfo(name)
    moment = (clock.end_of_day if is_end else clock.start_of_day)(day, zone)
    assert write_moment(moment, zone, is_end=is_end) == day.isoformat()


def test_midnight_that_the_clock_jumps_over():
    santiago = ZoneInfo("America/Santiago")
    start, problem = read_moment("2026-09-06", santiago, is_end=False)
    assert problem is None
    assert start == dt.datetime(2026, 9, 6, 4, tzinfo=dt.UTC), "01:00 is when the day begins"
    assert write_moment(start, santiago, is_end=False) == "2026-09-06"
    _none, problem = read_moment("2026-09-06T00:30", santiago, is_end=False)
    assert "no existe ese día" in str(problem)


def test_hour_that_comes_twice():
    santiago = ZoneInfo("America/Santiago")
    second = dt.datetime(2026, 4, 5, 3, 30, tzinfo=dt.UTC)
    assert write_moment(second, santiago, is_end=False) == "2026-04-04T23:30:00-04:00"


@pytest.mark.parametrize("days", [-200, -1, 0, 1, 30, 200])
def test_shifting_keeps_midnights_across_summer_time(place_in, days):
    place = place_in("America/Santiago")
    read, problems = definition.read(GOOD, place)
    assert problems == []
    shifted = definition.write(definition.shifted(read, days, place.zone), place)
    for before, after in zip(GOOD["phases"], shifted["phases"], strict=True):
        for edge in ("start", "end"):
            moved = dt.date.fromisoformat(before[edge]) + dt.timedelta(days=days)
            assert after[edge] == moved.isoformat()


# --- round trip ---------------------------------------------------------------------------------

words = (
    st.text(min_size=1, max_size=40)
    .map(normalize)
    .filter(lambda text: text and not control_characters(text))
)
localized = st.dictionaries(st.sampled_from(["es", "en", "pt"]), words, min_size=1).map(Localized)
optional = st.just(Localized()) | localized
requirements = st.lists(
    st.sampled_from([ConfirmedEmail(), MinimumAge(14), LivesIn("la-loma"), Verified("in_person")]),
    max_size=3,
).map(tuple)


@st.composite
def openings(draw):
    rules = {
        each.name: draw(st.builds(Rule, st.sampled_from(each.states), requirements))
        for each in COMPONENT.capabilities
        if draw(st.booleans())
    }
    rules = {name: rule for name, rule in rules.items() if rule != Rule()}
    chosen = PhaseSettings(instructions=draw(optional))
    return OpeningDefinition(rules, chosen)


@st.composite
def definitions(draw):
    keys = draw(
        st.lists(st.sampled_from(["propuestas", "propuestas-2", "propuestas-ninos"]), unique=True)
    )
    components = tuple(
        ComponentDefinition(
            key,
            COMPONENT,
            draw(localized),
            Settings(
                support_limit=draw(st.integers(0, 1000)),
                with_theme=draw(st.booleans()),
                order=draw(st.sampled_from(["random", "newest"])),
            ),
        )
        for key in keys
    )
    moment = dt.datetime(2026, 1, 1, 5, tzinfo=dt.UTC)
    phases = []
    for index in range(draw(st.integers(0, 4))):
        start = moment + draw(st.sampled_from([dt.timedelta(), dt.timedelta(hours=7, minutes=3)]))
        moment = start + draw(st.sampled_from([dt.timedelta(days=30), dt.timedelta(seconds=61)]))
        opens = {key: draw(openings()) for key in keys if draw(st.booleans())}
        phases.append(
            PhaseDefinition(
                key=f"fase-{index}",
                kind=draw(st.sampled_from(PhaseKind)),
                title=draw(localized),
                description=draw(optional),
                start=start,
                end=moment,
                opens={
                    key: each
                    for key, each in opens.items()
                    if each.rules or each.settings.instructions
                },
            )
        )
    return ProcessDefinition(
        slug="proceso",
        title=draw(localized),
        summary=draw(optional),
        description=draw(optional),
        notice=draw(optional),
        outcome=draw(optional),
        territory=draw(st.sampled_from([None, "aurora", "la-loma"])),
        theme=draw(st.sampled_from([None, "agua"])),
        phases=tuple(phases),
        components=components,
    )


@settings(deadline=None, max_examples=100)
@given(definitions())
def test_what_is_written_reads_back_the_same(place, wanted):
    document = definition.write(wanted, place)
    assert definition.read(document, place) == (wanted, [])
    text = files.dump(document)
    loaded, _lines, problems = files.load(text)
    assert problems == []
    assert loaded == document
    assert files.dump(loaded) == text
    assert changes.differences(wanted, definition.read(loaded, place)[0], place) == []


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(definitions(), definitions())
def test_there_is_a_line_exactly_where_there_is_a_difference(place, before, after):
    assert bool(changes.differences(before, after, place)) == (before != after)
    assert changes.differences(after, after, place) == []
