"""Any sequence of moves by several people leaves a whole history and nothing hidden or lost."""

import contextlib
import datetime as dt
import random
import uuid
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from participa.accounts.models import Person
from participa.comments.models import Comment
from participa.comments.queries import items as comment_items
from participa.comments.services import writing
from participa.contributions.contract import moderation_of
from participa.contributions.models import Contribution, Standing
from participa.core import clock
from participa.core.errors import Conflict, Invalid
from participa.core.facts import Ref
from participa.core.policy import Denied, Role
from participa.core.registry import registry
from participa.moderation import machine, policy, queries
from participa.moderation.models import DECISIONS, Case, CaseState, Flag, Ground, Move, Terms
from participa.moderation.services import appeals, authors, cases, checks, decisions, flags, grounds
from participa.proposals import queries as proposal_queries
from participa.proposals import services as proposals
from participa.proposals.models import Proposal, Support
from participa.proposals.services import Draft
from tests import factories

pytestmark = pytest.mark.slow

START = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
BODY = "Hace falta un puente peatonal para cruzar la quebrada sin peligro."
STORIES, LENGTH = 10, 25
NEVER_SAME = {"updated_at"}
REFUSALS = (Denied, Conflict, Invalid)
TEAM = ("moderator", "second", "boss", "writing_moderator")
STALE = (False, False, False, True)


class Town:
    """Who is there and where, made once for all the sequences of a test."""

    def __init__(self, app, session, organization):
        self.app, self.session, self.organization = app, session, organization
        process = factories.make_process(
            session,
            phases=[
                {
                    "key": "ideas",
                    "start": START - dt.timedelta(days=400),
                    "end": START + dt.timedelta(days=400),
                    "opens": {
                        "propuestas": {"create": "open", "support": "open", "comment": "open"}
                    },
                }
            ],
        )
        self.process, self.place = process, process.components[0]
        grounds.ensure(session, organization)
        session.add(Terms(organization_id=organization.id, review_threshold=2))
        role = (Role.MODERATOR, process.id)
        people = {
            "author": factories.make_person(session, "Autora"),
            "neighbour": factories.make_person(session, "Vecino"),
            "another": factories.make_person(session, "Otra vecina"),
            "moderator": factories.make_person(session, "Mauro", roles=[role]),
            "second": factories.make_person(session, "Sara", roles=[role]),
            "boss": factories.make_person(session, "Berta", roles=[Role.ORGANIZATION_ADMIN]),
            "writing_moderator": factories.make_person(session, "Wilma", roles=[role]),
        }
        self.people: dict[str, Person] = people
        self.actors = {name: factories.actor_of(session, each) for name, each in people.items()}
        self.grounds = queries.grounds(session)
        session.commit()


class Item:
    """What the sequence is about, whatever its kind."""

    kind = "proposal"

    def __init__(self, town: Town, writer: str):
        self.town, self.session, self.writer = town, town.session, writer
        self.id = self.make()
        self.ref = Ref(self.kind, self.id)

    def propose(self, writer: str) -> int:
        place = self.town.place
        return proposals.create(
            self.session,
            self.town.actors[writer],
            self.town.organization,
            place,
            Draft("Puente en la quebrada", BODY),
            str(uuid.uuid4()),
        )

    def make(self) -> int:
        self.other = self.propose("another")
        made = self.propose(self.writer)
        for name in ("neighbour", "boss") if made % 4 > 1 else ():  # supported, it is not edited
            proposals.support(self.session, self.town.actors[name], self.town.place, made)
        proposals.support(self.session, self.town.actors["neighbour"], self.town.place, self.other)
        return made

    def row(self) -> Any:
        return self.session.get_one(Proposal, self.id, populate_existing=True)

    def around(self) -> Any:
        """All that hangs on the item, and on what it may be joined to."""
        supports = self.session.execute(
            sa.select(Support.__table__).where(Support.proposal_id.in_([self.id, self.other]))
        )
        other = self.session.get_one(Proposal, self.other, populate_existing=True)
        return sorted(tuple(row) for row in supports), other.support_count

    def shown(self) -> dict[str, bool]:
        """Whether each public list and count has it."""
        session, place, org = self.session, self.town.place, self.town.organization.id
        lists = {order: self._listed(org, place.id, order, "") for order in proposal_queries.ORDERS}
        in_table = session.scalar(
            sa.select(sa.func.count())
            .select_from(Proposal)
            .where(Proposal.component_id == place.id, Proposal.status == "published")
        )
        figures = place.type.figures(session, place, clock.now())
        assert figures[0][0] == proposal_queries.count(session, place.id) == in_table
        return {
            **lists,
            "search": self._listed(org, place.id, "newest", "puente quebrada"),
            "by_ids": bool(proposal_queries.by_ids(session, [self.id])),
            "card": bool(registry.cards(session, [self.ref])),
        }

    def _listed(self, org: int, component: int, order: str, words: str) -> bool:
        page = proposal_queries.list_page(
            self.session,
            org,
            component,
            order=order,
            seed=0,
            filters=proposal_queries.Filters(words=words),
            person_id=None,
            cursor=None,
            size=10_000,
        )
        return self.id in {row.id for row in page.rows}

    def edit(self, text: str) -> None:
        actor, town = self.town.actors[self.writer], self.town
        draft = Draft("Puente en la quebrada", f"{BODY} {text}")
        proposals.edit(self.session, actor, town.organization, town.place, self.id, draft)

    def withdraw(self) -> None:
        actor = self.town.actors[self.writer]
        proposals.withdraw(self.session, actor, self.town.place, self.id, "circumstances")

    def withdraw_other(self) -> None:
        actor = self.town.actors["another"]
        proposals.withdraw(self.session, actor, self.town.place, self.other, "another")

    def words(self, text: str) -> dict[str, str]:
        return {"title": "Puente de madera", "body": f"{BODY} {text}"}


class CommentItem(Item):
    kind = "comment"

    def make(self) -> int:
        place, ref = self.town.place, Ref("proposal", self.propose("another"))
        self.subject = ref.id
        draft = writing.Draft("Estoy de acuerdo con el puente")
        made = writing.create(
            self.session, self.town.actors[self.writer], place, ref, draft, str(uuid.uuid4())
        )
        self.other = writing.create(
            self.session, self.town.actors["another"], place, ref, draft, str(uuid.uuid4())
        )
        for name in ("neighbour", "boss"):
            answer = writing.Draft(f"Le respondo yo, {name}")
            writing.reply(
                self.session, self.town.actors[name], place, made, answer, str(uuid.uuid4())
            )
        return made

    def row(self) -> Any:
        return self.session.get_one(Comment, self.id, populate_existing=True)

    def around(self) -> Any:
        same = Comment.__table__
        rows = self.session.execute(
            sa.select(same)
            .where(same.c.subject_id == self.subject, same.c.id != self.id)
            .order_by(same.c.id)
        )
        return [tuple(row) for row in rows]

    def shown(self) -> dict[str, bool]:
        return {
            "by_ids": bool(comment_items.published_by_ids(self.session, [self.id])),
            "card": bool(registry.cards(self.session, [self.ref])),
        }

    def edit(self, text: str) -> None:
        actor = self.town.actors[self.writer]
        draft = writing.Draft(f"Estoy de acuerdo con el puente. {text}")
        writing.edit(self.session, actor, self.town.place, self.id, draft)

    def withdraw(self) -> None:
        writing.delete(self.session, self.town.actors[self.writer], self.town.place, self.id)

    def words(self, text: str) -> dict[str, str]:
        return {"body": f"Estoy de acuerdo con el puente. {text}"}


ITEMS = {"proposal": Item, "comment": CommentItem}


class Moderation(RuleBasedStateMachine):
    """One item, its people and the clock; ``town`` and ``kind`` are set by the test."""

    town: Town
    kind = "proposal"
    reached: set[Move]

    def __init__(self):
        super().__init__()
        self.clock = contextlib.ExitStack()
        self.moment = START
        self.traveller = self.clock.enter_context(time_machine.travel(START, tick=False))
        self.session = self.town.session
        self.item = ITEMS[self.kind](self.town, "author")
        self.writer = "author"
        self.history: list[tuple] = []
        self.before: dict[str, Any] = {}
        self.edits = 0
        self.state: CaseState | None = None
        self.changed = True
        self.done: set[Move] = set()

    def teardown(self):
        self.clock.close()
        self.reached |= self.done

    # --- what is there --------------------------------------------------------------------------

    @property
    def case(self) -> Case | None:
        self.session.expire_all()
        return queries.case_of(self.session, self.item.ref)

    def steps(self) -> list[tuple]:
        case = self.case
        if case is None:
            return []
        return [
            (each.id, each.at, each.actor_id, each.move, each.before, each.after, each.text)
            for each in queries.steps(self.session, case.id)
        ]

    def snapshot(self) -> dict[str, Any]:
        row = self.item.row()
        return {
            "row": {
                column.key: getattr(row, column.key)
                for column in row.__table__.columns
                if column.key not in NEVER_SAME
            },
            "around": self.item.around(),
        }

    def all_state(self) -> Any:
        case = self.case
        seen = None
        if case is not None:
            seen = {column.key: getattr(case, column.key) for column in Case.__table__.columns}
        return self.snapshot(), seen, self.steps()

    # --- one attempt ----------------------------------------------------------------------------

    def attempt(self, who: str, service: Any, *values: Any, **more: Any) -> bool:
        """Try something; refused, it leaves no trace at all. Returns whether it was done."""
        before = self.all_state()
        state = before[1]["state"] if before[1] else None
        old = self.session.begin_nested()
        try:
            service(self.session, self.town.actors[who], *values, **more)
            self.session.flush()
        except REFUSALS as error:
            refusal = error
        else:
            refusal = None
        if refusal is not None:
            old.rollback()
            assert self.all_state() == before
            assert _sentence(refusal)
            return False
        old.commit()
        self.changed = True
        self.check_new_lines(who, before, state)
        return True

    def check_new_lines(self, who: str, before: Any, state: CaseState | None) -> None:
        steps = self.steps()
        assert steps[: len(before[2])] == before[2], "a line of the history changed"
        actor = self.town.people[who].id
        for _id, _at, actor_id, move, from_, to, _text in steps[len(before[2]) :]:
            if from_ is None:
                assert state is None
                assert move in {Move.FLAG, Move.QUESTION, Move.OPEN}
            else:
                assert from_ is state
                assert machine.after(from_, move) is to, (from_, move, to)
            state = to
            if move in DECISIONS or move in {Move.UPHOLD, Move.REVERT, Move.REVIEW_URGENT}:
                assert actor_id == actor
                assert who in TEAM
                assert who != self.writer, "somebody decided on their own words"
            self.done.add(move)
            self.follow(move, actor, before[0])

    def follow(self, move: Move, actor: int, snapshot: dict[str, Any]) -> None:
        """Remember what decisions take away, and compare once it is given back."""
        now = self.snapshot()
        if move in DECISIONS:
            self.before = {"snapshot": snapshot, "by": actor, "move": move}
        elif move is Move.UNDO:
            assert actor == self.before["by"]
            wanted = self.before["snapshot"]
            if wanted["row"]["status"] is Standing.WAITING:  # published for minutes
                for name in ("published_at", "was_published"):
                    now["row"].pop(name)
                    wanted["row"].pop(name)
            assert now == wanted, "undoing did not bring back exactly what was"
        elif move is Move.REVERT:
            assert actor != self.before["by"], "who removed decided on the appeal"
            wanted = self.before["snapshot"]
            was = wanted["row"]["status"]
            expected = {**wanted["row"], "status": Standing.PUBLISHED, "under_review": False}
            if was is Standing.WAITING:
                expected |= {"published_at": now["row"]["published_at"], "was_published": True}
            assert now["row"] == expected
            if was is Standing.PUBLISHED:
                assert now["around"] == wanted["around"]
        elif move in {Move.UPHOLD, Move.REVIEW_URGENT}:
            assert actor != self.before["by"], "who removed looked at it again"

    def on_case(self, who: str, service: Any, *values: Any, **more: Any) -> bool:
        case = self.case
        return case is not None and self.attempt(who, service, case.id, *values, **more)

    def decide(self, who: str, service: Any, *values: Any, stale: bool = False) -> None:
        case = self.case
        if case is None:
            return
        done = self.attempt(who, service, case.id, case.revision - stale, *values)
        assert not (stale and done), "somebody decided on what had changed"

    # --- what people do -------------------------------------------------------------------------

    @rule(data=st.data(), wild=st.integers(0, 7))
    def moves(self, data, wild):
        self.make_moves(lambda *among: data.draw(st.sampled_from(among)), wild=not wild)

    def make_moves(self, choose, *, wild):
        """Make two moves that the machine allows, by whoever; now and then any move at all."""
        for _turn in range(2):
            acts = self.acts()
            allowed = [
                move
                for move in sorted(acts)
                if wild or self.state is None or machine.after(self.state, move) is not None
            ]
            if self.state is CaseState.REMOVED and self.case.is_urgent:
                allowed += [Move.REVIEW_URGENT] * 3  # it is the one move that is short of chances
            acts[choose(*allowed)](choose)
            self.changed = True
            self.promises_hold()

    def acts(self):
        """What each move is, given a way to choose who and what."""
        team, ground = TEAM, range(len(self.town.grounds))
        return {
            Move.FLAG: lambda choose: self.flag(
                choose("neighbour", "another", "boss", "author"), choose(*ground)
            ),
            Move.QUESTION: lambda choose: self.question([choose("links", "speed", "repeated")]),
            Move.OPEN: lambda choose: self.attempt(
                choose(*team), cases.open_case, self.town.place, self.item.ref, "Lo vi pasar"
            ),
            Move.CLAIM: lambda choose: self.claim(choose(*team)),
            Move.RELEASE: lambda choose: self.on_case(choose(*team), cases.release),
            Move.HAND_OVER: lambda choose: self.hand_over(
                choose(*team), choose(None, *team, "neighbour"), choose(False, False, True)
            ),
            Move.NOTE: lambda choose: self.note(choose(*team, "neighbour")),
            Move.KEEP: lambda choose: self.decide(
                choose(*team, "author"), decisions.keep, "", stale=choose(*STALE)
            ),
            Move.REMOVE: lambda choose: self.remove(
                choose(*team, "author"), choose(*ground), choose(*STALE)
            ),
            Move.REMOVE_URGENTLY: lambda choose: self.decide(
                choose(*team),
                decisions.remove_urgently,
                self.town.grounds[choose(0, 1, 4, 4, 2)].id,
            ),
            Move.REVIEW_URGENT: lambda choose: self.decide(choose(*team), decisions.review_urgent),
            Move.MERGE: lambda choose: self.decide(
                choose(*team), decisions.merge, self.item.other, "Dice lo mismo"
            ),
            Move.ACCEPT: lambda choose: self.decide(choose(*team), decisions.accept),
            Move.UNDO: lambda choose: self.decide(
                choose(*team, *[self.decider()] * 6), decisions.undo, stale=choose(*STALE)
            ),
            Move.APPEAL: lambda choose: self.appeal(choose("author", "author", "neighbour")),
            Move.UPHOLD: lambda choose: self.decide(choose(*team), appeals.uphold, "Sí insulta"),
            Move.REVERT: lambda choose: self.decide(choose(*team), appeals.revert, "Tiene razón"),
            Move.RESUBMIT: lambda choose: self.resubmit(choose("author", "author", "moderator")),
        }

    def decider(self):
        """Return who decided last: the only one who can undo it."""
        by = self.before.get("by")
        return next((name for name in TEAM if self.town.people[name].id == by), "moderator")

    def flag(self, who, index):
        ground = self.town.grounds[index]
        flagged = {each.person_id for each in self.session.scalars(self.own_flags())}
        again = self.town.people[who].id in flagged
        done = self.attempt(who, flags.flag, self.town.place, self.item.ref, ground.id, "")
        assert not (done and (again or who == self.writer))

    def own_flags(self):
        return sa.select(Flag).where(Flag.kind == self.item.kind, Flag.item_id == self.item.id)

    def question(self, reasons):
        before = self.all_state()
        checks.question(self.session, self.item.ref, reasons, clock.now())
        self.session.flush()
        once = self.all_state()
        checks.question(self.session, self.item.ref, reasons, clock.now())
        self.session.flush()
        assert self.all_state() == once, "telling twice changed more than telling once"
        self.check_new_lines("author", before, before[1]["state"] if before[1] else None)

    def claim(self, who):
        case = self.case
        if case is None:
            return
        holder = policy.holder(case, clock.now())
        if self.on_case(who, cases.claim):
            case, me = self.case, self.town.people[who].id
            assert holder in {None, me}
            assert policy.holder(case, clock.now()) == me
            assert me not in case.excused

    def hand_over(self, who, to, conflict):
        to_id = self.town.people[to].id if to else None
        done = self.on_case(who, cases.hand_over, conflict=conflict, text="Lo conozco", to_id=to_id)
        if done and conflict:
            assert self.town.people[who].id in self.case.excused

    def note(self, who):
        assert not (self.on_case(who, cases.note, "Ojo con el tono") and who == "neighbour")

    def remove(self, who, index, stale):
        ground = self.town.grounds[index]
        self.decide(who, decisions.remove, ground.id, "Incumple las reglas", stale=stale)
        case = self.case
        if case is not None and case.state is CaseState.REMOVED:
            assert not self.session.get_one(Ground, case.ground_id).merges

    def appeal(self, who):
        assert not self.on_case(who, appeals.appeal, "No insulto a nadie") or who == self.writer

    def resubmit(self, who):
        self.edits += 1
        words = self.item.words(f"Corregido {self.edits}")
        done = self.on_case(who, authors.resubmit, words, acknowledged=False)
        assert not done or who == self.writer

    @rule()
    def edit(self):
        self.edits += 1
        self.own_room(lambda: self.item.edit(f"Editado {self.edits}"))

    @rule(sure=st.integers(0, 5))
    def withdraw(self, sure):
        if sure or not self.own_room(self.item.withdraw):  # it ends the story, so seldom
            return
        before = self.all_state()
        checks.close_withdrawn(self.session, self.item.ref)
        checks.close_withdrawn(self.session, self.item.ref)
        self.session.flush()
        self.check_new_lines("author", before, before[1]["state"] if before[1] else None)
        case = self.case
        assert case is None or not case.is_waiting

    @rule(sure=st.integers(0, 5))
    def what_it_was_joined_to_is_withdrawn(self, sure):
        if sure or self.kind != "proposal" or self.state is not CaseState.MERGED:
            return
        wanted = self.before["snapshot"]
        self.time_passes(1)
        assert self.own_room(self.item.withdraw_other)
        own = [each for each in self.snapshot()["around"][0] if self.item.id in each]
        assert own == [each for each in wanted["around"][0] if each[0] == self.item.id]
        assert self.item.row().status is wanted["row"]["status"]
        self.question(["parted"])

    def own_room(self, act):
        """Do what the item's own room lets its author do. Returns whether it was done."""
        savepoint = self.session.begin_nested()
        try:
            act()
            self.session.flush()
        except REFUSALS:
            savepoint.rollback()
            return False
        savepoint.commit()
        self.changed = True
        return True

    @rule(minutes=st.sampled_from([1, 9, 12, 31, 60 * 24 * 3, 60 * 24 * 11]))
    def time_passes(self, minutes):
        self.moment += dt.timedelta(minutes=minutes)
        self.traveller.move_to(self.moment)

    # --- what always holds ----------------------------------------------------------------------

    @invariant()
    def promises_hold(self):
        case = self.case
        self.state = case.state if case is not None else None
        if self.changed:
            self.one_case()
            self.history_is_whole()
            self.what_is_removed_is_hidden_everywhere_and_nothing_else_is()
        self.changed = False

    def one_case(self):
        cases_of_item = self.session.scalars(
            sa.select(Case).where(Case.kind == self.item.kind, Case.item_id == self.item.id)
        ).all()
        assert len(cases_of_item) <= 1

    def history_is_whole(self):
        steps = self.steps()
        assert steps[: len(self.history)] == self.history, "the history was rewritten"
        self.history = steps
        for earlier, later in pairwise(steps):
            assert later[4] is earlier[5], "a line is missing"
        case = self.case
        if case is not None:
            assert steps[-1][5] is case.state
            assert case.is_waiting == machine.waits(case.state, is_urgent=case.is_urgent)
            assert case.mildness == 4 - case.severity
            assert case.flag_count <= len(self.session.scalars(self.own_flags()).all())

    def what_is_removed_is_hidden_everywhere_and_nothing_else_is(self):
        self.session.expire_all()
        standing = self.item.row().status
        shown = self.item.shown()
        assert set(shown.values()) == {standing is Standing.PUBLISHED}, (standing, shown)
        entry = self.session.scalars(
            sa.select(Contribution).where(
                Contribution.kind == self.item.kind, Contribution.item_id == self.item.id
            )
        ).one()
        assert entry.status is standing
        case = self.case
        state = case.state if case is not None else None
        removed = state in {CaseState.REMOVED, CaseState.APPEALED, CaseState.UPHELD}
        assert removed == (standing is Standing.REMOVED)
        assert (state is CaseState.MERGED) == (standing is Standing.MERGED)
        if case is None or not case.flag_count:
            assert not self.item.row().under_review


def _sentence(refusal: Any) -> str:
    if isinstance(refusal, Denied):
        return str(refusal.denial.message)
    if isinstance(refusal, Conflict):
        return str(refusal.message)
    return str(refusal.problems[0].message)


@pytest.fixture(params=["proposal", "comment"])
def sequence(request, app, session, organization):
    """The class of sequences about one kind of item, in a town of its own."""
    with time_machine.travel(START, tick=False):
        town = Town(app, session, organization)
    with app.test_request_context():
        yield type(
            "Sequence", (Moderation,), {"town": town, "kind": request.param, "reached": set()}
        )


def test_any_sequence_of_moves_keeps_the_promises(sequence):
    run_state_machine_as_test(
        sequence,
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_long_stories_keep_them_too_and_leave_no_move_untried(sequence):
    for seed in range(STORIES):
        chance = random.Random(seed)
        story = sequence()
        try:
            for turn in range(LENGTH):
                story.make_moves(
                    lambda *among, chance=chance: chance.choice(among), wild=chance.random() < 0.1
                )
                if chance.random() < 0.2:
                    story.time_passes(chance.choice([1, 9, 12, 31, 60 * 24 * 3]))
                if turn % 4 == 1:
                    story.edit()
                if turn % 5 == 4:
                    story.what_it_was_joined_to_is_withdrawn(0)
                story.promises_hold()
            story.withdraw(0)
            story.promises_hold()
        finally:
            story.teardown()
    untried = set(Move) - sequence.reached
    # What nobody can join, nobody joins.
    assert untried <= ({Move.MERGE} if sequence.kind == "comment" else set())


def test_every_state_can_be_reached_and_left_only_as_the_machine_says():
    reached = {CaseState.OPEN}
    while True:
        after = reached | {to for (state, _move), to in machine.NEXT.items() if state in reached}
        if after == reached:
            break
        reached = after
    assert reached == set(CaseState)
    ends = {
        state
        for state in CaseState
        if not {
            to for (from_, _m), to in machine.NEXT.items() if from_ is state and to is not state
        }
    }
    assert ends == {CaseState.WITHDRAWN}


def test_every_kind_of_contribution_says_how_it_is_taken_back(app):
    for resource in registry.resources():
        if resource.moderation is not None:
            assert registry.fact(resource.moderation.taken_back) is not None, resource.name
            assert moderation_of(resource.name) is resource.moderation
