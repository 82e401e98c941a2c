"""Web, assisted and paper at the same moment, on both engines: one person leaves one mark."""

import pytest
import sqlalchemy as sa

from participa.budgets.models import Ballot, Channel, Mark, Promoter, Sheet, SheetStatus
from participa.budgets.services import assisted, casting, double_entry, lines, points, sheets
from participa.budgets.services.double_entry import Typing
from participa.core.db import db
from participa.core.errors import Conflict, Invalid
from participa.core.facts import FactRow
from participa.organizations import queries as organizations
from participa.processes import queries as processes
from tests import factories
from tests.budgets.stations import Station
from tests.budgets.test_voting_concurrency import Hall
from tests.conftest import ENGINES, new_app

MANY = 24


class Booth(Hall):
    """A polling point in an app on a database of its own."""

    def __init__(self, engine):
        processes.forget()
        organizations.forget()
        self.app = new_app(engine)
        with self.app.app_context():
            session = db.session()
            self.organization = factories.make_organization(session)
            made = Station(session, self.organization, maximum=2)
            self.component, self.point, self.ids = made.component, made.point, made.ids
            self.lines = made.lines
            self.boss, self.promoter, self.claimed = made.boss, made.promoter, made.claimed
            self.typists = (made.typist, made.other)
            points.give(
                session, made.boss, made.component, made.point, made.people["promoter"].id, "400"
            )
            sheets.make(session, made.boss, made.component, made.point, "4")
            self.checks = {
                each.number: each.check for each in session.scalars(sa.select(Sheet)).all()
            }
            session.commit()
            db.session.remove()

    def at_point(self, service, document, *values):
        """Do something at the point for the owner of a document, as the pages do."""

        def act(session):
            found = lines.Found(self.lines[document], guardian=False)
            return service(
                session,
                self.promoter,
                self.organization,
                self.component,
                self.point,
                found,
                *values,
            )

        return lambda: self.do(act)

    def typing(self, who, number, projects):
        return lambda: self.do(
            double_entry.type_sheet,
            who,
            self.component,
            Typing(str(number), self.checks[number], projects),
        )


@pytest.fixture(params=ENGINES)
def booth(request):
    made = Booth(request.param)
    yield made
    made.close()


def every(booth, model):
    with booth.session() as session:
        rows = session.scalars(sa.select(model)).all()
        session.expunge_all()
        return rows


def test_one_person_on_the_web_with_help_and_on_paper_at_once_leaves_one_mark(booth):
    acts = []
    for number in range(MANY // 3):
        chosen = {booth.ids[number % 3]: 1}
        acts += [
            lambda chosen=chosen: booth.do(casting.cast, booth.claimed, booth.component, chosen),
            booth.at_point(assisted.assist, "1003", chosen),
            booth.at_point(assisted.hand, "1003"),
        ]
    results = booth.together(acts)
    refused = [each for each in results if isinstance(each, Exception)]
    assert all(type(each).__name__ in {"Invalid", "Denied"} for each in refused), refused
    (mark,) = every(booth, Mark)
    ballots = every(booth, Ballot)
    # On paper the ballot is still a sheet; on the web and with help it is in the box.
    assert len(ballots) == (0 if mark.channel is Channel.PAPER else 1)


def test_many_people_at_one_point_all_vote_once(booth):
    documents = ("1001", "1002", "1004", "1005", "1006", "1007")
    acts = [booth.at_point(assisted.assist, each, {booth.ids[0]: 1}) for each in documents] + [
        booth.at_point(assisted.hand, each) for each in documents
    ]
    results = booth.together(acts)
    refused = [each for each in results if isinstance(each, Exception)]
    assert len(refused) == len(documents)
    assert all(isinstance(each, Invalid) for each in refused), refused
    marks = every(booth, Mark)
    assert len(marks) == len(documents)
    assisted_ones = [each for each in marks if each.channel is Channel.ASSISTED]
    assert len(every(booth, Ballot)) == len(assisted_ones)
    (row,) = every(booth, Promoter)
    assert (row.total, row.in_hour) == (len(documents), len(documents))


def hand_out(booth, *documents):
    results = [booth.at_point(assisted.hand, each)() for each in documents]
    assert results == [None] * len(documents)


def test_two_typists_at_once_and_twice_each_leave_one_ballot_a_sheet(booth):
    hand_out(booth, "1001", "1002", "1004", "1005")
    acts = [
        booth.typing(who, number, "1 2")
        for number in (1, 2, 3, 4)
        for who in booth.typists
        for _twice in range(2)
    ]
    results = booth.together(acts)
    assert [each for each in results if isinstance(each, Exception)] == []
    assert {each.status for each in every(booth, Sheet)} == {SheetStatus.COUNTED}
    assert len(every(booth, Ballot)) == 4


def test_of_more_sheets_than_people_decided_at_once_only_as_many_count(booth):
    hand_out(booth, "1001", "1002")
    first, second = booth.typists
    for number in (1, 2, 3, 4):
        booth.typing(first, number, "1 2")()
    results = booth.together([booth.typing(second, number, "1 2") for number in (1, 2, 3, 4)])
    refused = [each for each in results if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [Invalid, Invalid]
    statuses = [each.status for each in every(booth, Sheet)]
    assert sorted(statuses) == [SheetStatus.COUNTED] * 2 + [SheetStatus.FIRST] * 2
    assert len(every(booth, Ballot)) == len(every(booth, Mark)) == 2


def test_a_sheet_is_decided_or_its_handing_undone_and_never_both(booth):
    hand_out(booth, "1001")
    first, second = booth.typists
    booth.typing(first, 1, "1 2")()
    undoing = assisted.Undoing(
        lines.Document("CC", "1001"), "2", booth.checks[2], "Me equivoqué de persona"
    )
    acts = [
        booth.typing(second, 1, "1 2"),
        lambda: booth.do(assisted.undo, booth.promoter, booth.component, booth.point, undoing),
    ]
    results = booth.together(acts)
    (refused,) = [each for each in results if isinstance(each, Exception)]
    assert isinstance(refused, Invalid)
    assert len(every(booth, Ballot)) == len(every(booth, Mark))


def test_two_who_type_differently_at_once_never_count_it(booth):
    acts = [
        booth.typing(who, 1, projects)
        for who, projects in zip(booth.typists, ("1", "2"), strict=True)
        for _time in range(4)
    ]
    results = booth.together(acts)
    assert [each for each in results if isinstance(each, Exception)] == []
    (sheet,) = [each for each in every(booth, Sheet) if each.number == 1]
    assert sheet.status is SheetStatus.DIFFERENT
    assert len(sheet.entries) == 2
    assert every(booth, Ballot) == []


def test_printing_at_once_never_gives_a_number_twice(booth):
    results = booth.together(
        [
            lambda: booth.do(sheets.make, booth.boss, booth.component, booth.point, "5")
            for _time in range(8)
        ]
    )
    assert [each for each in results if isinstance(each, Exception)] == []
    numbers = [each.number for each in every(booth, Sheet)]
    assert sorted(numbers) == list(range(1, 45))


def test_after_the_act_nothing_comes_in_however_close(booth):
    acts = [
        lambda: booth.do(points.reconcile, booth.boss, booth.component, booth.point, "0", "Prueba"),
        *[
            booth.at_point(assisted.hand, document)
            for document in ("1001", "1002", "1004", "1005", "1006")
        ],
    ]
    results = booth.together(acts)
    refused = [each for each in results[1:] if isinstance(each, Exception)]
    assert results[0] is None
    assert all(isinstance(each, Conflict) for each in refused), refused
    (fact,) = [each for each in every(booth, FactRow) if each.name == "budgets.point_reconciled"]
    assert fact.data["marks"] == len(every(booth, Mark)) == 5 - len(refused)
