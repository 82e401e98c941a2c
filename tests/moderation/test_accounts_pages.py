"""The public accounts of moderation: figures, the file of decisions, odd reversals."""

import csv
import datetime as dt
import io
import itertools
from collections import Counter

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from participa.core.policy import Role
from participa.moderation.models import Case, CaseState, CaseStep, Move
from participa.moderation.queries import Decision
from participa.moderation.views import decisions, reserve
from tests import factories
from tests.moderation import city as cities

TODAY = dt.datetime(2026, 3, 20, 15, tzinfo=dt.UTC)
FEBRUARY = dt.datetime(2026, 2, 10, 15, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

numbers = itertools.count(1000)


@pytest.fixture
def city(app, session, organization):
    with time_machine.travel(TODAY, tick=False):
        yield cities.build(app, session, organization)


def decided(city, move, at, *, ground=None, hours=3, outcome=None, by=None):
    """Write a decision of the past as the services leave it, with its appeal's outcome."""
    by = by or city.moderator
    case = Case(
        kind="proposal",
        item_id=next(numbers),
        process_id=city.process.id,
        component_id=city.process.components[0].id,
        author_id=city.author.id,
        state=CaseState.REMOVED,
        opened_at=at - hours * HOUR,
        due_at=at,
    )
    city.session.add(case)
    city.session.flush()

    def step(kind, moment, **values):
        row = CaseStep(
            case_id=case.id,
            at=moment,
            actor_id=by.id,
            move=kind,
            after=case.state,
            ground_id=city.grounds[ground] if ground else None,
            **values,
        )
        city.session.add(row)
        city.session.flush()
        return row.id

    about = step(move, at, seconds=int(hours * 3600))
    if outcome is not None:
        step(Move.APPEAL, at + HOUR, about_id=about)
        step(outcome, at + 2 * HOUR, about_id=about, seconds=3600)
    city.session.commit()


def a_small_history(city):
    """February: 6 kept, 7 removed for insults (5 of them appealed and reverted). March: 5 removed."""
    for number in range(6):
        decided(city, Move.KEEP, FEBRUARY, hours=1 + number)
    for number in range(7):
        decided(
            city,
            Move.REMOVE,
            FEBRUARY,
            ground="insultos",
            hours=10,
            outcome=Move.REVERT if number < 5 else None,
        )
    for _ in range(5):
        decided(city, Move.REMOVE_URGENTLY, TODAY - HOUR, ground="datos-personales", hours=100)


def cells(page, caption):
    """Return the rows of a table of the page as lists of texts."""
    import re

    table = page.partition(f"<caption>{caption}</caption>")[2].partition("</table>")[0]
    body = table.partition("<tbody>")[2]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [
        [
            re.sub(r"<[^>]+>|\s+", " ", cell).strip()
            for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


def test_the_page_says_rules_steps_terms_and_how_to_appeal(city):
    page = city.client().get("/moderacion")
    assert page.status_code == 200
    for words in (
        "Insultos, amenazas u odio",
        "Publicidad",
        "Qué pasa, paso a paso",
        "Los plazos",
        "12 horas",
        "48 horas",
        "4 días",
        "10 días",
        "Quién decide",
        "Cómo se apela",
    ):
        assert words in page.text, words
    assert 'href="/moderacion"' in city.client().get("/").text
    assert "no se decidió ningún caso" in page.text


def test_figures_of_a_small_history(city):
    a_small_history(city)
    page = city.client().get("/moderacion").text
    assert cells(page, "Qué se decidió") == [
        ["Se mantuvieron", "6"],
        ["Se retiraron", "12"],
        ["Se corrigieron", "0"],
        ["Se unieron a otro", "0"],
    ]
    assert cells(page, "Por qué se retiró o se unió a otro") == [
        ["Insultos, amenazas u odio", "7"],
        ["Datos personales de otra persona", "5"],
    ]
    months = cells(page, "Mes a mes")
    assert months == [
        ["marzo 2026", "5", "4 días", "0", "0"],
        ["febrero 2026", "13", "10 horas", "5", "5"],
    ]
    february = city.client().get("/moderacion?mes=2026-02").text
    assert cells(february, "Qué se decidió")[:2] == [["Se mantuvieron", "6"], ["Se retiraron", "7"]]
    assert "tiempo mediano hasta decidir" in february
    for nonsense in ("2031-01", "x", "2026-02'--", "%00"[:2]):
        assert cells(
            city.client().get("/moderacion", query_string={"mes": nonsense}).text, "Mes a mes"
        )


def test_small_numbers_stay_reserved(city):
    for _ in range(6):
        decided(city, Move.KEEP, FEBRUARY)
    for _ in range(2):
        decided(city, Move.REMOVE, FEBRUARY, ground="publicidad", outcome=Move.UPHOLD)
    page = city.client().get("/moderacion").text
    assert cells(page, "Qué se decidió")[:2] == [
        ["Se mantuvieron", "reservado"],
        ["Se retiraron", "reservado"],
    ]
    assert cells(page, "Por qué se retiró o se unió a otro") == [["Publicidad", "reservado"]]
    assert cells(page, "Mes a mes")[1][:2] == ["febrero 2026", "8"]
    assert cells(page, "Mes a mes")[1][3] == "reservado"


def the_file(city):
    answer = city.client().get("/moderacion/decisiones.csv")
    assert answer.mimetype == "text/csv"
    text = answer.get_data(as_text=True).removeprefix("\ufeff")
    for name in ("Mauro", "Autora", "2026-02-10"):
        assert name not in text
    return list(csv.DictReader(io.StringIO(text)))


def test_the_file_of_decisions(city):
    a_small_history(city)
    rows = the_file(city)
    assert tuple(rows[0]) == decisions.COLUMNS
    assert len(rows) == 18
    # Two of the seven that were removed had no appeal: nobody stands alone by it.
    assert rows[0] == {
        "periodo": "2026-02",
        "clase": "Propuesta",
        "motivo": "",
        "decision": "se mantuvo",
        "horas": "1",
        "apelada": "reservado",
        "resultado": "reservado",
        "proceso": "presupuesto",
    }
    assert {(each["motivo"], each["decision"], each["apelada"]) for each in rows[13:]} == {
        ("Datos personales de otra persona", "se retiró de urgencia", "no")
    }


def test_the_file_tells_nothing_that_the_page_reserves(city):
    a_small_history(city)
    for _ in range(2):
        decided(city, Move.REMOVE, FEBRUARY, ground="publicidad", outcome=Move.UPHOLD)
    page = city.client().get("/moderacion").text
    assert ["Publicidad", "reservado"] in cells(page, "Por qué se retiró o se unió a otro")
    rows = the_file(city)
    february = [each for each in rows if each["periodo"] == "2026-02"]
    for each in february:
        told = {each[name] for name in ("motivo", "decision", "horas", "apelada", "resultado")}
        assert told == {"reservado"}
    assert "Publicidad" not in {each["motivo"] for each in rows}
    # The page less the file: what is left is what the page itself leaves.
    months = {each[0]: each[1] for each in cells(page, "Mes a mes")}
    assert months["febrero 2026"] == str(len(february))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2026-01", "2026-02", "2026-03"]),
            st.sampled_from([(Move.KEEP, 0), (Move.REMOVE, 1), (Move.REMOVE, 2), (Move.MERGE, 1)]),
            st.booleans(),
            st.integers(1, 3),
        ),
        max_size=60,
    )
)
def test_the_page_less_the_file_leaves_nobody_alone(history):
    """Of each month, what the file tells of a decision is all of it, or nothing of the month."""
    known = ["2026-02", "2026-03"]
    moves, grounds = [Move.KEEP, Move.REMOVE, Move.MERGE], [1, 2]
    counted = Counter((month, *what) for month, what, *_rest in history)
    by_move = reserve.table(
        [[sum(counted[m, move, g] for g in (0, 1, 2)) for move in moves] for m in known]
    )
    by_ground = reserve.table(
        [[sum(counted[m, move, g] for move in moves) for g in grounds] for m in known]
    )
    whole = {
        m
        for m, moved, why in zip(known, by_move, by_ground, strict=False)
        if None not in [*moved, *why]
    }
    shown = list(
        decisions.rows(
            [
                Decision("proposal", m, "", ground or None, move, 5, appealed, "", process)
                for m, (move, ground), appealed, process in history
            ],
            {1: "Uno", 2: "Dos"},
            {1: "a", 2: "b"},
            known_months=known,
            open_months={m for m, row in zip(known, by_move, strict=False) if row[-1]},
            whole_months=whole,
            answers_shown=True,
        )
    )
    assert len(shown) == len(history)
    for row, number in Counter(shown).items():
        told = [cell for cell in row if cell != "reservado"]
        assert number >= reserve.FEWEST or not told, (row, number)
    for month, row in zip(known, by_move, strict=False):
        of_month = [each for each in shown if each[0] == month]
        assert len(of_month) == (row[-1] or 0)
        reserved = [each for each in of_month if each[3] == "reservado"]
        assert len(reserved) in {0, len(of_month)}
        assert month in whole or len(reserved) == len(of_month)


def test_odd_reversals_are_shown_to_administrators_only(city):
    for number in range(12):
        decided(
            city,
            Move.REMOVE,
            FEBRUARY,
            ground="insultos",
            outcome=Move.REVERT if number < 11 else None,
        )
    for _ in range(40):
        decided(city, Move.REMOVE, FEBRUARY, ground="publicidad", by=city.second)
    admin = factories.make_person(city.session, "Ada Ministra", roles=[Role.ORGANIZATION_ADMIN])
    client = city.client(admin)
    assert "/gestion/moderacion/reversiones" in client.get("/gestion").text
    page = client.get("/gestion/moderacion/reversiones").text
    assert "Decididos por Mauro Modera" in page
    assert "Regla: Insultos, amenazas u odio" in page
    assert "11 (92 %)" in page
    assert "Sara" not in page
    moderator = city.client(city.moderator)
    assert "reversiones" not in moderator.get("/gestion").text
    assert moderator.get("/gestion/moderacion/reversiones").status_code == 403


def test_without_odd_reversals_nobody_is_alarmed(city):
    admin = factories.make_person(city.session, "Ada Ministra", roles=[Role.ORGANIZATION_ADMIN])
    client = city.client(admin)
    assert "/gestion/moderacion/reversiones" not in client.get("/gestion").text
    assert "Nada fuera de lo común" in client.get("/gestion/moderacion/reversiones").text


tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=1, max_size=5
    )
)


@given(tables)
def test_what_is_reserved_cannot_be_worked_out(cells):
    shown = reserve.table(cells)
    whole = [[*row, sum(row)] for row in cells]
    whole.append([sum(row[place] for row in whole) for place in range(len(whole[0]))])
    for y, row in enumerate(whole):
        for x, value in enumerate(row):
            assert shown[y][x] in {None, value}
            assert not (shown[y][x] and shown[y][x] < reserve.FEWEST)
            assert not (value == 0 and shown[y][x] is None)
    lines = [*shown, *(list(column) for column in zip(*shown, strict=True))]
    truth = [*whole, *(list(column) for column in zip(*whole, strict=True))]
    for line, values in zip(lines, truth, strict=True):
        hidden = [value for mark, value in zip(line, values, strict=True) if mark is None]
        assert len(hidden) != 1, "one alone follows from the rest"
        if line[-1] is not None and hidden:
            assert sum(hidden) >= reserve.FEWEST
