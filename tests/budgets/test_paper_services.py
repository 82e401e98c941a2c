"""Paper: numbered sheets typed by two people, acts that add up, and nobody voting twice."""

import datetime as dt
import json

import pytest
import sqlalchemy as sa
import time_machine

from participa.budgets.models import (
    Ballot,
    Cause,
    Channel,
    Mark,
    Project,
    ProjectStatus,
    Sheet,
    SheetStatus,
)
from participa.budgets.queries import points as queries
from participa.budgets.services import (
    assisted,
    before_closing,
    box,
    casting,
    double_entry,
    lines,
    points,
    sheets,
)
from participa.budgets.services.double_entry import Came, Typing
from participa.core import clock
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.facts import FactRow
from participa.core.policy import Denied
from tests.budgets.polls import amend
from tests.budgets.stations import Station
from tests.statements import recorded


@pytest.fixture
def hall(app_context, session, organization):
    return Station(session, organization, ballot="approval", maximum=2)


def printed(hall, number=3, handed=()):
    """Make sheets, and hand some out to the owners of documents; return all that there are."""
    sheets.make(hall.session, hall.boss, hall.component, hall.point, str(number))
    hall.session.flush()
    for document in handed:
        hall.hand(document)
    return hall.session.scalars(sa.select(Sheet).order_by(Sheet.number)).all()


def typed(hall, who, sheet, projects="", **values):
    values = {"check": sheet.check, **values}
    return double_entry.type_sheet(
        hall.session, who, hall.component, Typing(str(sheet.number), projects=projects, **values)
    )


def problems(error):
    return {each.path: str(each.message) for each in error.value.problems}


def facts(session, name):
    return session.scalars(sa.select(FactRow).where(FactRow.name == name)).all()


# --- points


def test_points_are_made_changed_and_removed_while_unused(hall, organization):
    session = hall.session
    draft = points.PointDraft("Salón comunal", "Calle 1", next(iter(organization.territories)))
    made = points.save(session, hall.boss, organization, hall.component, draft)
    again = points.PointDraft(" salón  COMUNAL ")
    with pytest.raises(Invalid) as refused:
        points.save(session, hall.boss, organization, hall.component, again)
    assert "Ya hay un punto" in problems(refused)["name"]
    points.save(session, hall.boss, organization, hall.component, again, made)
    points.remove(session, hall.boss, hall.component, made)
    with pytest.raises(Missing):
        queries.point(session, hall.component.id, made)
    printed(hall)
    with pytest.raises(Conflict):
        points.remove(session, hall.boss, hall.component, hall.point)
    for kind in ("budgets.point_saved", "budgets.point_removed"):
        assert facts(session, kind), kind


@pytest.mark.parametrize("name", ["", "x", "y" * 161, "a\u202eb" * 3])
def test_a_point_needs_a_name(hall, organization, name):
    with pytest.raises(Invalid) as refused:
        points.save(hall.session, hall.boss, organization, hall.component, points.PointDraft(name))
    assert list(problems(refused)) == ["name"]


def test_only_who_manages_the_process_prepares_points(hall, organization):
    for someone in (hall.promoter, hall.typist, hall.neighbour):
        for act in (
            lambda who: points.save(
                hall.session, who, organization, hall.component, points.PointDraft("Salón")
            ),
            lambda who: points.give(
                hall.session, who, hall.component, hall.point, hall.neighbour.person_id, "9"
            ),
            lambda who: sheets.make(hall.session, who, hall.component, hall.point, "1"),
            lambda who: points.reconcile(hall.session, who, hall.component, hall.point, "0"),
        ):
            with pytest.raises(Denied) as refused:
                act(someone)
            assert refused.value.denial.key == "role"


def test_a_charge_is_given_changed_ended_and_given_again(hall):
    session, who = hall.session, hall.neighbour.person_id
    for wrong in ("", "0", "501", "muchos"):
        with pytest.raises(Invalid):
            points.give(session, hall.boss, hall.component, hall.point, who, wrong)
    points.give(session, hall.boss, hall.component, hall.point, who, "20")
    points.give(session, hall.boss, hall.component, hall.point, who, "25")
    (row,) = [each for each, person in queries.promoters(session, hall.point) if person.id == who]
    assert (row.per_hour, row.ended_at) == (25, None)
    points.end(session, hall.boss, hall.component, hall.point, who)
    points.end(session, hall.boss, hall.component, hall.point, who)
    assert row.ended_at is not None
    assert len(facts(session, "budgets.promoter_ended")) == 1
    points.give(session, hall.boss, hall.component, hall.point, who, "30")
    assert row.ended_at is None
    given = facts(session, "budgets.promoter_given")[-1]
    assert given.data["person_id"] == [who]
    with pytest.raises(Missing):
        points.give(session, hall.boss, hall.component, hall.point, 999_999, "9")


# --- printing


def test_sheets_have_numbers_in_a_row_and_letters(hall, organization):
    first = printed(hall, 3)
    other = points.save(
        hall.session, hall.boss, organization, hall.component, points.PointDraft("Escuela")
    )
    assert sheets.make(hall.session, hall.boss, hall.component, other, "2") == (4, 5)
    assert [each.number for each in first] == [1, 2, 3]
    assert all(len(each.check) == 3 and set(each.check) <= set(sheets.LETTERS) for each in first)
    for wrong in ("", "0", "201", "-1", "mil"):
        with pytest.raises(Invalid):
            sheets.make(hall.session, hall.boss, hall.component, hall.point, wrong)


def test_printing_again_is_a_fact_with_a_reason(hall):
    printed(hall, 3)
    again = sheets.print_again(
        hall.session, hall.boss, hall.component, hall.point, "2", "3", "Se mojaron en la caja"
    )
    assert again == (2, 3)
    (fact,) = facts(hall.session, "budgets.sheets_reprinted")
    assert fact.data["reason"] == "Se mojaron en la caja"
    for first, last, reason in (("3", "2", "Se mojaron"), ("9", "9", "Se mojaron"), ("1", "2", "")):
        with pytest.raises(Invalid):
            sheets.print_again(
                hall.session, hall.boss, hall.component, hall.point, first, last, reason
            )


def test_without_firm_rules_or_a_roll_nothing_is_printed(app_context, session, organization):
    loose = Station(session, organization, firm=False)
    with pytest.raises(Conflict):
        sheets.make(session, loose.boss, loose.component, loose.point, "1")


# --- typing


def test_two_people_who_type_the_same_put_a_ballot_into_the_box(hall):
    session = hall.session
    sheet = printed(hall, handed=["1001"])[0]
    assert typed(hall, hall.typist, sheet, "1, 2").came is Came.FIRST
    assert sheet.entries
    assert not session.scalars(sa.select(Ballot)).all()
    assert typed(hall, hall.other, sheet, "2 1").came is Came.COUNTED
    (ballot,) = session.scalars(sa.select(Ballot)).all()
    assert (ballot.link, ballot.channel) == (None, Channel.PAPER)
    assert ballot.choice == {str(each): 1 for each in hall.ids[:2]}
    assert (sheet.status, sheet.entries) == (SheetStatus.COUNTED, [])
    assert set(sheet.by_ids) == {hall.typist.person_id, hall.other.person_id}


def test_one_person_alone_never_counts_a_sheet(hall):
    sheet = printed(hall, handed=["1001"])[0]
    for _time in range(3):
        assert typed(hall, hall.typist, sheet, "1").came is Came.FIRST
    assert len(sheet.entries) == 1
    assert typed(hall, hall.other, sheet, "1").came is Came.COUNTED
    # The same page sent twice: no second ballot, and no error for who did nothing wrong.
    assert typed(hall, hall.other, sheet, "1").came is Came.COUNTED
    assert len(hall.session.scalars(sa.select(Ballot)).all()) == 1
    with pytest.raises(Invalid):
        typed(hall, hall.boss, sheet, "1")


def test_what_differs_waits_for_a_third_person_or_for_one_of_both(hall):
    first, second = printed(hall, handed=["1001", "1002"])[:2]
    typed(hall, hall.typist, first, "1")
    assert typed(hall, hall.other, first, "2").came is Came.DIFFERENT
    assert typed(hall, hall.boss, first, "1").came is Came.COUNTED
    typed(hall, hall.typist, second, "1")
    typed(hall, hall.other, second, "2")
    assert typed(hall, hall.typist, second, "2").came is Came.COUNTED
    assert not first.entries
    assert not second.entries


def test_an_impossible_choice_typed_twice_alike_is_left_out_with_its_reason(hall):
    sheet = printed(hall, handed=["1001"])[0]
    with pytest.raises(Invalid) as refused:
        typed(hall, hall.typist, sheet, "1 2 3")
    assert set(problems(refused)) == {"papeleta", "sure"}
    typed(hall, hall.typist, sheet, "1 2 3", sure=True)
    assert typed(hall, hall.other, sheet, "3 2 1", sure=True).came is Came.LEFT_OUT
    assert (sheet.status, sheet.cause) == (SheetStatus.REJECTED, Cause.INVALID)
    assert "de más" in sheet.reason
    assert not hall.session.scalars(sa.select(Ballot)).all()


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        ("blank", SheetStatus.REJECTED),
        ("identifies", SheetStatus.REJECTED),
        ("spoiled", SheetStatus.SPOILED),
        ("exchanged", SheetStatus.VOID),
        ("surplus", SheetStatus.VOID),
    ],
)
def test_two_people_say_why_a_sheet_does_not_count(hall, cause, status):
    sheet = printed(hall, handed=["1001"])[0]
    typed(hall, hall.typist, sheet, cause=cause)
    result = typed(hall, hall.other, sheet, cause=cause, reason="Tiene una raya de lado a lado")
    assert result.came is Came.LEFT_OUT
    assert (sheet.status, sheet.cause) == (status, cause)
    assert sheet.reason == "Tiene una raya de lado a lado"
    (fact,) = facts(hall.session, "budgets.sheet_left_out")
    assert fact.data["cause"] == cause


@pytest.mark.parametrize(
    "values", [{"projects": "2"}, {"cause": "blank"}, {"cause": "spoiled"}, {"projects": "1 2 3"}]
)
def test_no_more_sheets_stand_for_somebody_than_were_handed_out(hall, values):
    first, second = printed(hall, handed=["1001"])[:2]
    typed(hall, hall.typist, first, "1")
    typed(hall, hall.other, first, "1")
    # Typed by one person it may still turn out to be nothing.
    typed(hall, hall.typist, second, sure=True, **values)
    with pytest.raises(Invalid) as refused:
        typed(hall, hall.other, second, sure=True, **values)
    assert "una más que las personas anotadas" in problems(refused)["number"]
    assert (second.status, len(second.entries)) == (SheetStatus.FIRST, 1)
    assert len(hall.session.scalars(sa.select(Ballot)).all()) == 1
    # Somebody got it after all and was forgotten: once that is put right it counts.
    hall.hand("1002")
    assert typed(hall, hall.other, second, sure=True, **values).number == second.number
    assert second.status not in (SheetStatus.FIRST, SheetStatus.VOID)


def test_what_was_handed_out_elsewhere_is_no_leave_here(hall, organization):
    other = points.save(
        hall.session, hall.boss, organization, hall.component, points.PointDraft("Escuela")
    )
    printed(hall, handed=["1001"])
    sheets.make(hall.session, hall.boss, hall.component, other, "1")
    strange = hall.session.scalars(sa.select(Sheet).where(Sheet.point_id == other)).one()
    typed(hall, hall.typist, strange, "1")
    with pytest.raises(Invalid):
        typed(hall, hall.other, strange, "1")


def test_a_sheet_too_many_is_set_aside_and_the_vote_can_be_closed(hall):
    rows = filled(hall)
    typed(hall, hall.typist, rows[4], "1")
    with pytest.raises(Invalid):
        typed(hall, hall.other, rows[4], "1")
    assert typed(hall, hall.other, rows[4], cause="surplus").came is Came.DIFFERENT
    assert typed(hall, hall.typist, rows[4], cause="surplus").came is Came.LEFT_OUT
    points.reconcile(hall.session, hall.boss, hall.component, hall.point, "3")
    (act,) = queries.acts(hall.session, hall.component)
    assert act.adds_up
    assert act.sheets[-1].cause is Cause.SURPLUS
    item = figures_item(hall)
    assert (item.is_done, item.notes) == (True, ())


def test_a_choice_and_a_cause_differ(hall):
    sheet = printed(hall)[0]
    typed(hall, hall.typist, sheet, "1")
    assert typed(hall, hall.other, sheet, cause="blank").came is Came.DIFFERENT


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"number": "x"}, "number"),
        ({"number": "99"}, "number"),
        ({"check": ""}, "check"),
        ({"check": "AAA"}, "check"),
        ({"projects": ""}, "papeleta"),
        ({"projects": "uno"}, "papeleta"),
        ({"projects": "1 1"}, "papeleta"),
        ({"projects": "77"}, "papeleta"),
        ({"projects": "1:2"}, "papeleta"),
        ({"projects": "", "cause": "invalid"}, "cause"),
        ({"projects": "", "cause": "returned"}, "cause"),
        ({"projects": "1", "cause": "blank"}, "cause"),
        ({"projects": "", "cause": "other"}, "reason"),
        ({"projects": "", "cause": "other", "reason": "Es de 1.030.555.111"}, "reason"),
    ],
)
def test_what_is_typed_wrongly_is_said_beside_its_field(hall, values, path):
    sheet = printed(hall)[0]
    good = {"number": str(sheet.number), "check": sheet.check.lower(), "projects": "1"}
    with pytest.raises(Invalid) as refused:
        double_entry.type_sheet(
            hall.session, hall.typist, hall.component, Typing(**{**good, **values})
        )
    assert list(problems(refused)) == [path]
    assert sheet.status is SheetStatus.PRINTED


def test_the_code_of_the_sheet_may_be_read_at_once(hall):
    sheet = printed(hall)[0]
    number = f"{sheet.number:05}-{sheet.check}"
    result = double_entry.type_sheet(
        hall.session, hall.typist, hall.component, Typing(number, projects="1")
    )
    assert result.number == sheet.number


def test_points_and_rankings(app_context, session, organization):
    hall = Station(session, organization, ballot="points", points=5)
    sheet = printed(hall, handed=["1001"])[0]
    typed(hall, hall.typist, sheet, "1:4 2:1")
    typed(hall, hall.other, sheet, "2 = 1, 1 : 4")
    (ballot,) = session.scalars(sa.select(Ballot)).all()
    assert ballot.choice == {str(hall.ids[0]): 4, str(hall.ids[1]): 1}


def test_a_ranking_is_typed_in_its_order(app_context, session, organization):
    hall = Station(session, organization, ballot="ranking")
    sheet = printed(hall, handed=["1001"])[0]
    typed(hall, hall.typist, sheet, "3 1 4")
    assert typed(hall, hall.other, sheet, "1 3 4").came is Came.DIFFERENT
    typed(hall, hall.boss, sheet, "3,1,4")
    (ballot,) = session.scalars(sa.select(Ballot)).all()
    assert ballot.choice == {str(hall.ids[2]): 1, str(hall.ids[0]): 2, str(hall.ids[3]): 1}


def test_a_project_withdrawn_since_printing_is_left_out_of_the_choice(hall):
    sheet = printed(hall, handed=["1001"])[0]
    typed(hall, hall.typist, sheet, "1 2")
    row = hall.session.get_one(Project, hall.ids[1])
    draft = {"title": row.title, "pot_id": row.pot_id, "cost": str(row.cost // 100)}
    amend(
        hall.session,
        hall.boss,
        hall.component,
        row.id,
        status=ProjectStatus.WITHDRAWN.value,
        **draft,
    )
    result = typed(hall, hall.other, sheet, "1 2")
    assert (result.came, result.gone) == (Came.COUNTED, (2,))
    assert hall.session.scalars(sa.select(Ballot)).one().choice == {str(hall.ids[0]): 1}


def test_who_only_observes_and_neighbours_do_not_type(hall):
    sheet = printed(hall)[0]
    for someone in (hall.neighbour, hall.promoter, hall.observer):
        with pytest.raises(Denied):
            typed(hall, someone, sheet, "1")


# --- handing out


def test_handing_out_marks_the_line_and_not_the_sheet(hall):
    printed(hall)
    hall.hand("1001")
    mark = hall.session.scalars(sa.select(Mark)).one()
    assert (mark.channel, mark.point_id) == (Channel.PAPER, hall.point)
    assert mark.voter == f"roll-{hall.lines['1001']}"
    assert {each.status for each in printed(hall, 1)} == {SheetStatus.PRINTED}
    with pytest.raises(Invalid) as refused:
        hall.hand("1001")
    assert "ya votó en papel" in problems(refused)["document_number"]


def test_an_error_is_undone_the_same_day_against_a_sheet(hall):
    first, second = printed(hall)[:2]
    hall.hand("1001")

    def undo(sheet, document="1001", reason="Me equivoqué de persona"):
        return assisted.undo(
            hall.session,
            hall.promoter,
            hall.component,
            hall.point,
            assisted.Undoing(
                lines.Document("CC", document), str(sheet.number), sheet.check, reason
            ),
        )

    with pytest.raises(Invalid):
        undo(first, document="1002")
    with pytest.raises(Invalid):
        undo(first, reason="")
    assert undo(first) == first.number
    assert (first.status, first.cause) == (SheetStatus.VOID, Cause.RETURNED)
    assert not hall.session.scalars(sa.select(Mark)).all()
    with pytest.raises(Invalid):
        typed(hall, hall.typist, first, "1")
    hall.hand("1001")
    typed(hall, hall.typist, second, "1")
    with pytest.raises(Invalid) as refused:
        undo(second)
    assert "number" in problems(refused)
    third = printed(hall, 1)[-1]
    with (
        time_machine.travel(clock.now() + dt.timedelta(days=1), tick=False),
        pytest.raises(Invalid) as refused,
    ):
        undo(third)
    assert "hoy" in problems(refused)["document_number"]


def test_a_handing_is_not_undone_once_its_sheet_was_decided(hall):
    first, second = printed(hall, handed=["1001"])[:2]
    typed(hall, hall.typist, first, "1")
    typed(hall, hall.other, first, "1")
    undoing = assisted.Undoing(
        lines.Document("CC", "1001"), str(second.number), second.check, "Me equivoqué de persona"
    )
    with pytest.raises(Invalid) as refused:
        assisted.undo(hall.session, hall.promoter, hall.component, hall.point, undoing)
    assert "tantas hojas como se entregaron" in problems(refused)["number"]
    assert len(hall.session.scalars(sa.select(Mark)).all()) == 1
    assert second.status is SheetStatus.PRINTED


def test_a_ballot_of_the_web_is_never_undone_at_a_point(hall):
    sheet = printed(hall)[0]
    casting.cast(hall.session, hall.claimed, hall.component, {hall.ids[0]: 1})
    with pytest.raises(Invalid):
        assisted.undo(
            hall.session,
            hall.promoter,
            hall.component,
            hall.point,
            assisted.Undoing(
                lines.Document("CC", "1003"), str(sheet.number), sheet.check, "Me equivoqué"
            ),
        )
    assert len(hall.session.scalars(sa.select(Mark)).all()) == 1


# --- the act


def filled(hall):
    """Three people sign; one sheet is counted, one is blank, one is spoiled, one was exchanged."""
    rows = printed(hall, 5)
    for document in ("1001", "1002", "1004"):
        hall.hand(document)
    for sheet, values in zip(
        rows,
        (
            {"projects": "1"},
            {"cause": "blank"},
            {"cause": "spoiled"},
            {"cause": "exchanged"},
        ),
        strict=False,
    ):
        typed(hall, hall.typist, sheet, **values)
        typed(hall, hall.other, sheet, **values)
    return rows


def figures_item(hall):
    """What the closing says of marks and ballots."""
    (item,) = [
        each
        for each in before_closing.checklist(hall.session, hall.component, clock.now())
        if "Por cada canal" in str(each.title)
    ]
    return item


def test_an_act_adds_up(hall):
    filled(hall)
    points.reconcile(hall.session, hall.boss, hall.component, hall.point, "3")
    (act,) = queries.acts(hall.session, hall.component)
    assert (act.signed, act.figures.marks, act.figures.counted, act.figures.left_out) == (
        3,
        3,
        1,
        2,
    )
    assert act.adds_up
    assert [(each.number, each.cause) for each in act.sheets] == [
        (2, Cause.BLANK),
        (3, Cause.SPOILED),
        (4, Cause.EXCHANGED),
    ]
    assert queries.unreconciled(hall.session, hall.component) == []


def test_what_does_not_add_up_needs_remarks(hall):
    filled(hall)
    with pytest.raises(Invalid) as refused:
        points.reconcile(hall.session, hall.boss, hall.component, hall.point, "4")
    assert list(problems(refused)) == ["remarks"]
    assert queries.unreconciled(hall.session, hall.component) == ["Escuela La Loma"]
    points.reconcile(
        hall.session, hall.boss, hall.component, hall.point, "4", "Una persona se llevó su hoja"
    )
    (act,) = queries.acts(hall.session, hall.component)
    assert (act.missing_sheets, act.missing_marks) == (1, 1)


def test_a_sheet_that_somebody_took_home_is_told_and_the_vote_can_be_closed(hall):
    filled(hall)
    hall.hand("1005")
    points.reconcile(
        hall.session, hall.boss, hall.component, hall.point, "4", "Una persona se llevó su hoja"
    )
    item = figures_item(hall)
    assert item.is_done
    assert "votantes, 4; votos en la urna, 1; hojas rechazadas, 2" in str(item.notes[0])
    hall.session.execute(
        sa.delete(Ballot).where(Ballot.id == sa.select(sa.func.min(Ballot.id)).scalar_subquery())
    )
    item = figures_item(hall)
    assert not item.is_done


def test_a_sheet_too_many_at_one_point_does_not_make_up_for_one_too_few_at_another(
    hall, organization
):
    filled(hall)
    hall.hand("1005")
    text = "Una persona se llevó su hoja"
    points.reconcile(hall.session, hall.boss, hall.component, hall.point, "4", text)
    other = points.save(
        hall.session, hall.boss, organization, hall.component, points.PointDraft("Salón comunal")
    )
    sheets.make(hall.session, hall.boss, hall.component, other, "1")
    # As it was before two typists were refused.
    hall.session.execute(
        sa.update(Sheet).where(Sheet.point_id == other).values(status=SheetStatus.COUNTED)
    )
    vote = box.open_box(hall.session, hall.component)
    box.put_sheet(hall.session, hall.component, vote, {hall.ids[0]: 1})
    hall.session.flush()
    points.reconcile(hall.session, hall.boss, hall.component, other, "0", "Apareció una hoja")
    (problem,) = figures_item(hall).problems
    assert "«Salón comunal» sobran hojas: personas anotadas con hoja, 0; " in str(problem)


def test_while_a_sheet_waits_there_is_no_act(hall):
    rows = filled(hall)
    typed(hall, hall.typist, rows[4], "1")
    with pytest.raises(Invalid) as refused:
        points.reconcile(hall.session, hall.boss, hall.component, hall.point, "3")
    assert list(problems(refused)) == [""]


def test_after_the_act_nothing_moves_until_it_is_reopened(hall, organization):
    rows = filled(hall)
    points.reconcile(hall.session, hall.boss, hall.component, hall.point, "3")
    draft = points.PointDraft("Otro nombre")
    for act in (
        lambda: typed(hall, hall.typist, rows[4], "1"),
        lambda: hall.hand("1005"),
        lambda: hall.assist("1005", {hall.ids[0]: 1}),
        lambda: sheets.make(hall.session, hall.boss, hall.component, hall.point, "1"),
        lambda: points.save(
            hall.session, hall.boss, organization, hall.component, draft, hall.point
        ),
        lambda: points.give(
            hall.session, hall.boss, hall.component, hall.point, hall.neighbour.person_id, "9"
        ),
        lambda: points.reconcile(hall.session, hall.boss, hall.component, hall.point, "3"),
    ):
        with pytest.raises(Conflict):
            act()
    with pytest.raises(Invalid):
        points.reopen(hall.session, hall.boss, hall.component, hall.point, "")
    points.reopen(hall.session, hall.boss, hall.component, hall.point, "Apareció otra hoja")
    assert facts(hall.session, "budgets.point_reopened")[0].data["reason"] == "Apareció otra hoja"
    typed(hall, hall.typist, rows[4], "1")


def test_acts_take_as_many_statements_for_many_points(hall, organization):
    filled(hall)
    with recorded() as first:
        queries.acts(hall.session, hall.component)
    for name in ("Uno de muchos", "Dos de muchos"):
        made = points.save(
            hall.session, hall.boss, organization, hall.component, points.PointDraft(name)
        )
        sheets.make(hall.session, hall.boss, hall.component, made, "2")
    with recorded() as again:
        assert len(queries.acts(hall.session, hall.component)) == 3
    assert len(first) == len(again) == 4


# --- what nobody learns


def test_no_fact_tells_a_choice_a_document_or_who_voted(hall):
    filled(hall)
    hall.assist("1005", {hall.ids[0]: 1})
    everything = json.dumps(
        [
            [row.name, row.data, row.subject_kind, row.subject_id]
            for row in hall.session.scalars(sa.select(FactRow))
            if row.name.startswith("budgets.")
        ]
    )
    for secret in ("1001", "1005", "roll-", "choice", "person-"):
        assert secret not in everything
    marks = hall.session.scalars(sa.select(Mark)).all()
    assert not [each for each in marks if each.receipt_hash in everything]


def test_a_sheet_keeps_nothing_of_what_it_said(hall):
    rows = filled(hall)
    for row in rows[:4]:
        assert row.entries == []
    ballots = hall.session.scalars(sa.select(Ballot)).all()
    assert {each.link for each in ballots} == {None}
