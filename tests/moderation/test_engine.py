"""Flags, decisions, appeals and corrections, one promise at a time."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine
from flask_babel import force_locale

from participa.contributions.models import Standing
from participa.contributions.queries import entry
from participa.contributions.screening import Warned
from participa.core import clock
from participa.core import events as core_events
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.facts import FactRow, Ref
from participa.core.i18n import Localized
from participa.core.outbox import drain
from participa.core.policy import Denied, Role, Sanction
from participa.moderation import events, queries
from participa.moderation.models import CaseState, Flag, Move, Terms
from participa.moderation.personal_data import own_moderation
from participa.moderation.services import (
    appeals,
    authors,
    bulk,
    cases,
    checks,
    decisions,
    flags,
    grounds,
    people,
    terms,
)
from participa.proposals import queries as proposal_queries
from participa.proposals import services as proposals
from participa.proposals.events import ProposalParted, ProposalPublished
from participa.proposals.models import Proposal, Support
from participa.proposals.services import Draft
from tests import factories
from tests.moderation import city as cities

PUBLISHED = Standing.PUBLISHED
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
NOW = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)


@pytest.fixture
def city(app, session, organization):
    with time_machine.travel(NOW, tick=False) as traveller:
        built = cities.build(app, session, organization)
        built.travel = traveller
        with app.test_request_context():
            yield built


@pytest.fixture
def case(city):
    city.flag(city.neighbours[0])
    return city.case


def at(city, moment):
    city.travel.move_to(NOW + moment)


def row(city):
    city.session.expire_all()
    return queries.case(city.session, city.case)


def item(city):
    city.session.expire_all()
    return city.session.get_one(Proposal, city.proposal)


def told(city, kind):
    found = city.session.scalars(
        sa.select(FactRow).where(FactRow.name == kind.NAME).order_by(FactRow.id)
    ).all()
    return [fact.data for fact in found]


def moves(city):
    return [step.move for step in queries.steps(city.session, city.case)]


def refused(kind, call, *values, **more):
    with pytest.raises(kind) as caught:
        call(*values, **more)
    error = caught.value
    if isinstance(error, Denied):
        return error.denial.key
    if isinstance(error, Invalid):
        return [problem.path for problem in error.problems]
    return str(error.message)


# --- flags --------------------------------------------------------------------------------------


class TestFlags:
    def test_nobody_flags_twice_nor_themselves(self, city, case):
        assert refused(Denied, city.flag, city.neighbours[0]) == "flagged_once"
        assert refused(Denied, city.flag, city.author) == "not_own"
        assert row(city).flag_count == 1

    def test_a_suspended_person_does_not_flag(self, city):
        actor = factories.actor_of(
            city.session, city.neighbours[0], sanctions=(Sanction(None, None),)
        )
        place, ground = city.process.components[0], city.grounds["insultos"]
        key = refused(Denied, flags.flag, city.session, actor, place, city.ref, ground, "")
        assert key == "suspended"

    @pytest.mark.parametrize("ground", [None, 0, 999_999])
    def test_a_ground_that_is_not_offered(self, city, ground):
        city.grounds["otro"] = ground
        assert refused(Invalid, city.flag, city.neighbours[0], "otro") == ["ground_id"]

    def test_a_retired_ground_is_not_offered(self, city):
        queries.ground(city.session, city.grounds["publicidad"]).is_active = False
        city.session.commit()
        assert refused(Invalid, city.flag, city.neighbours[0], "publicidad") == ["ground_id"]

    def test_a_detail_that_does_not_fit_or_hides_something(self, city):
        for detail in ("x" * 1001, "hola\x07", "hola \u202e"):
            assert refused(Invalid, city.flag, city.neighbours[0], detail=detail) == ["detail"]

    def test_what_is_elsewhere_or_nowhere_is_not_flagged(self, city):
        other = factories.make_process(city.session, slug="tercero").components[0]
        ground, who = city.grounds["insultos"], city.neighbours[0]
        for place, ref in (
            (other, city.ref),
            (city.process.components[0], Ref("proposal", 999_999)),
            (city.process.components[0], Ref("process", city.process.id)),
        ):
            with pytest.raises(Missing):
                city.act(flags.flag, who, place, ref, ground, "")

    def test_flags_alone_never_hide_past_the_threshold_there_is_a_notice(self, city):
        for number, neighbour in enumerate(city.neighbours[:4], 1):
            city.flag(neighbour)
            assert item(city).status is Standing.PUBLISHED
            assert item(city).under_review == (number >= 3)
        assert told(city, events.PutUnderReview) == [
            {"case_id": city.case, "author_id": city.author.id}
        ]
        assert row(city).flag_count == 4

    def test_the_gravest_flag_sets_severity_and_time(self, city):
        city.flag(city.neighbours[0], "fuera-de-tema")
        assert (row(city).severity, row(city).due_at) == (1, NOW + 96 * HOUR)
        at(city, HOUR)
        city.flag(city.neighbours[1], "datos-personales")
        assert (row(city).severity, row(city).mildness) == (3, 1)
        assert row(city).due_at == NOW + 12 * HOUR
        city.flag(city.neighbours[2], "publicidad")
        assert (row(city).severity, row(city).due_at) == (3, NOW + 12 * HOUR)

    def test_what_was_kept_is_looked_at_again_and_counts_from_one(self, city, case):
        city.keep()
        assert row(city).state is CaseState.KEPT
        at(city, DAY)
        city.flag(city.neighbours[1], "fuera-de-tema")
        again = row(city)
        assert (again.state, again.flag_count, again.severity) == (CaseState.OPEN, 1, 1)
        assert again.opened_at == NOW + DAY
        assert moves(city) == [Move.FLAG, Move.KEEP, Move.FLAG]


# --- automatic checks ---------------------------------------------------------------------------


class TestChecks:
    def propose(self, city, body):
        return city.propose("Con enlaces", f"{cities.BODY} {body}")

    def deliver(self, city):
        city.session.commit()
        while drain(city.session):
            pass
        city.session.info["organization_id"] = city.organization.id

    def test_a_check_opens_a_case_with_its_reasons_once(self, city):
        links = "https://a.test https://b.test https://c.test"
        city.proposal = self.propose(city, links)
        self.deliver(city)
        case = queries.case_of(city.session, city.ref)
        assert (case.state, case.reasons, case.severity) == (CaseState.OPEN, ["links"], 1)
        fact = city.session.scalars(
            sa.select(FactRow).where(FactRow.name == "contributions.questioned")
        ).one()
        for _again in range(2):
            checks.question(city.session, city.ref, fact.data["reasons"], fact.at)
        city.session.flush()
        assert len(queries.steps(city.session, case.id)) == 1
        assert item(city).status is Standing.PUBLISHED

    def test_it_joins_the_case_that_a_flag_opened(self, city, case):
        checks.question(city.session, city.ref, ["links"], clock.now())
        assert queries.case_of(city.session, city.ref).id == case
        assert (row(city).reasons, row(city).flag_count) == (["links"], 1)

    def test_what_was_decided_after_it_asked_is_decided(self, city, case):
        asked = clock.now()
        at(city, MINUTE)
        city.keep()
        checks.question(city.session, city.ref, ["links"], asked)
        assert row(city).state is CaseState.KEPT
        checks.question(city.session, city.ref, ["links"], clock.now() + MINUTE)
        assert row(city).state is CaseState.OPEN

    def test_what_waits_counts_as_ordinary_and_keeping_publishes_it(self, city):
        waiting(city)
        asked(city)
        assert (row(city).severity, row(city).due_at) == (2, NOW + 48 * HOUR)
        city.keep()
        assert item(city).status is Standing.PUBLISHED
        assert told(city, events.Kept) == [
            {"case_id": city.case, "published": True, "author_id": city.author.id}
        ]
        assert "proposals.published" in {
            fact.name for fact in city.session.scalars(sa.select(FactRow))
        }

    def test_what_its_author_takes_back_is_closed_and_flaggers_are_told(self, city, case):
        place = city.process.components[0]
        city.act(proposals.withdraw, city.author, place, city.proposal, "")
        key = refused(Denied, city.keep)
        assert key == "withdrawn"
        self.deliver(city)
        assert row(city).state is CaseState.WITHDRAWN
        assert not row(city).is_waiting
        assert told(city, events.FlagSettled) == [{"person_id": [city.neighbours[0].id]}]
        checks.close_withdrawn(city.session, city.ref)
        assert moves(city) == [Move.FLAG, Move.WITHDRAW]


def waiting(city):
    """Make the proposal one that waits to be published, and never was."""
    city.session.execute(
        sa.update(Proposal)
        .where(Proposal.id == city.proposal)
        .values(status=Standing.WAITING, was_published=False)
    )
    city.session.execute(sa.delete(FactRow).where(FactRow.name == ProposalPublished.NAME))
    city.session.commit()


def asked(city):
    """Call a moderator to what waits."""
    checks.question(city.session, city.ref, ["everything"], clock.now())
    city.case = queries.case_of(city.session, city.ref).id


# --- who holds a case ---------------------------------------------------------------------------


class TestClaims:
    def test_it_is_held_half_an_hour_and_longer_while_something_is_done(self, city, case):
        city.act(cases.claim, city.moderator, case)
        assert refused(Denied, city.act, cases.claim, city.second, case) == "held"
        at(city, 20 * MINUTE)
        city.act(cases.note, city.moderator, case, "Lo estoy leyendo")
        at(city, 40 * MINUTE)
        assert refused(Denied, city.act, cases.claim, city.second, case) == "held"
        at(city, 51 * MINUTE)
        city.act(cases.claim, city.second, case)
        assert row(city).holder_id == city.second.id

    def test_the_refusal_names_who_and_until_when(self, city, case):
        city.act(cases.claim, city.moderator, case)
        with pytest.raises(Denied) as caught:
            city.act(cases.claim, city.second, case)
        sentence = str(caught.value.denial.message)
        assert "Mauro Modera" in sentence
        assert "15:30" in sentence.replace("3:30", "15:30")

    def test_nobody_decides_what_another_holds(self, city, case):
        city.act(cases.claim, city.moderator, case)
        assert refused(Denied, city.decide, decisions.keep, city.second) == "held"

    def test_a_conflict_of_interest_is_for_ever(self, city, case):
        city.act(cases.claim, city.moderator, case)
        city.act(cases.hand_over, city.moderator, case, conflict=True, text="Es mi primo")
        assert row(city).holder_id is None
        assert refused(Denied, city.act, cases.claim, city.moderator, case) == "not_excused"
        assert refused(Denied, city.keep) == "not_excused"
        assert told(city, events.CaseHandedOver)[0]["person_id"] == []

    def test_where_nobody_is_left_the_administrators_are_told(self, city, case):
        boss = factories.make_person(city.session, "Berta", roles=[Role.ORGANIZATION_ADMIN])
        for who in (city.moderator, city.second):
            city.act(cases.hand_over, who, case, conflict=True, text="Es mi primo")
        assert [each["person_id"] for each in told(city, events.CaseHandedOver)] == [[], [boss.id]]

    def test_it_waits_for_whom_it_was_handed_to(self, city, case):
        city.act(
            cases.hand_over,
            city.moderator,
            case,
            conflict=False,
            text="Usted sabe",
            to_id=city.second.id,
        )
        assert told(city, events.CaseHandedOver)[0]["person_id"] == [city.second.id]
        at(city, 5 * HOUR)
        assert refused(Denied, city.act, cases.claim, city.moderator, case) == "held"
        city.act(cases.claim, city.second, case)
        assert row(city).state is CaseState.STUDYING

    def test_only_to_somebody_who_may_decide_it(self, city, case):
        for who in (city.elsewhere, city.neighbours[0], city.author, city.moderator):
            paths = refused(
                Invalid,
                city.act,
                cases.hand_over,
                city.moderator,
                case,
                conflict=False,
                text="Usted sabe",
                to_id=who.id,
            )
            assert paths == ["to_id"]

    def test_released_it_is_free(self, city, case):
        city.act(cases.claim, city.moderator, case)
        city.act(cases.release, city.moderator, case)
        city.act(cases.claim, city.second, case)
        assert moves(city) == [Move.FLAG, Move.CLAIM, Move.RELEASE, Move.CLAIM]


# --- decisions ----------------------------------------------------------------------------------


class TestDecisions:
    def test_removing_tells_the_author_and_the_flaggers_and_quotes_nobody(self, city, case):
        city.remove()
        decided = row(city)
        assert (decided.state, item(city).status) == (CaseState.REMOVED, Standing.REMOVED)
        assert decided.standing_before is Standing.PUBLISHED
        # The tenth day counts whole, in the organization's zone.
        assert decided.appeal_until == dt.datetime(2026, 3, 14, 5, tzinfo=dt.UTC)
        assert told(city, events.Removed) == [
            {
                "case_id": case,
                "ground": {"es": "Insultos, amenazas u odio"},
                "days": 10,
                "author_id": city.author.id,
                "urgent": False,
            }
        ]
        assert told(city, events.FlagAccepted) == [{"person_id": [city.neighbours[0].id]}]
        since = city.session.scalars(sa.select(FactRow).where(FactRow.name.like("moderation.%")))
        for fact in since:
            assert not any(word in str(fact.data) for word in (*cities.SECRETS, "Mauro"))

    def test_the_ground_is_told_in_the_language_of_whoever_reads(self, city, case):
        name = {"es": "Insultos, amenazas u odio", "en": "Insults, threats or hatred"}
        ground = queries.ground(city.session, city.grounds["insultos"])
        ground.name = Localized(name)
        city.session.commit()
        city.remove()
        removed = sa.select(FactRow).where(FactRow.name == events.Removed.NAME)
        row = city.session.scalars(removed).one()
        for language, told in (
            ("es", f"Motivo: {name['es']}."),
            ("en", f"Reason: {name['en']}."),
            ("pt", f"Motivo: {name['es']}."),
        ):
            with force_locale(language):
                assert told in core_events.sentence(events.Removed, row, "")

    def test_without_a_ground_or_a_text_nothing_is_removed(self, city, case):
        for ground, reply, path in (
            (None, "Insulta", "ground_id"),
            (999_999, "Insulta", "ground_id"),
            (city.grounds["insultos"], "  ", "reply"),
            (city.grounds["insultos"], "x" * 4001, "reply"),
        ):
            paths = refused(Invalid, city.decide, decisions.remove, city.moderator, ground, reply)
            assert paths == [path]
        assert item(city).status is Standing.PUBLISHED

    def test_duplicates_are_never_removed(self, city, case):
        paths = refused(Invalid, city.remove, "repetido")
        assert paths == ["ground_id"]
        ground = city.grounds["repetido"]
        assert refused(Invalid, city.decide, decisions.remove_urgently, city.moderator, ground) == [
            "ground_id"
        ]

    def test_only_what_is_urgent_is_removed_urgently(self, city, case):
        ground = city.grounds["publicidad"]
        assert refused(Invalid, city.decide, decisions.remove_urgently, city.moderator, ground) == [
            "ground_id"
        ]

    def test_an_urgent_removal_is_seen_by_a_second_person(self, city, case):
        city.decide(decisions.remove_urgently, city.moderator, city.grounds["insultos"])
        urgent = row(city)
        assert (urgent.is_urgent, urgent.is_waiting) == (True, True)
        assert urgent.due_at == NOW + 24 * HOUR
        assert urgent.reply.startswith("Retiramos su aporte porque ofende")
        assert (
            refused(Denied, city.decide, decisions.review_urgent, city.moderator) == "not_decider"
        )
        city.decide(decisions.review_urgent, city.second)
        assert (row(city).is_urgent, row(city).is_waiting) == (False, False)
        assert refused(Denied, city.decide, decisions.review_urgent, city.second) == "is_urgent"

    def test_or_reverted_by_the_second_person(self, city, case):
        city.decide(decisions.remove_urgently, city.moderator, city.grounds["insultos"])
        assert refused(Denied, city.decide, appeals.revert, city.moderator, "") == "not_decider"
        city.revert()
        assert (row(city).state, item(city).status) == (CaseState.REVERTED, Standing.PUBLISHED)

    def test_an_ordinary_removal_is_not_reverted_without_an_appeal(self, city, case):
        city.remove()
        assert refused(Denied, city.revert) == "is_urgent"

    def test_a_moderator_does_not_decide_on_own_words(self, city, session):
        author = city.author
        factories.make_person(session)  # somebody else to flag it
        session.execute(sa.update(Proposal).values(author_id=city.moderator.id))
        session.commit()
        city.author = city.moderator
        city.flag(city.neighbours[0])
        for service, values in (
            (decisions.keep, ()),
            (decisions.remove, (city.grounds["insultos"], "Insulta")),
            (decisions.remove_urgently, (city.grounds["insultos"],)),
            (decisions.merge, (city.proposal, "")),
        ):
            assert refused(Denied, city.decide, service, city.moderator, *values) == "not_author"
        assert refused(Denied, city.act, cases.claim, city.moderator, city.case) == "not_author"
        city.author = author

    def test_nor_in_another_process(self, city, case):
        assert refused(Denied, city.decide, decisions.keep, city.elsewhere) == "role"

    def test_keeping_clears_the_notice(self, city):
        for neighbour in city.neighbours[:3]:
            city.flag(neighbour)
        city.keep()
        assert not item(city).under_review
        assert [sorted(each["person_id"]) for each in told(city, events.FlagDismissed)] == [
            sorted(each.id for each in city.neighbours[:3])
        ]

    def test_an_author_who_knew_nothing_is_not_told_that_nothing_happened(self, city, case):
        city.keep()
        assert told(city, events.Kept)[0]["author_id"] is None

    def test_what_was_decided_is_not_decided_again(self, city, case):
        seen = row(city).revision
        city.keep()
        sentence = refused(
            Conflict,
            city.act,
            decisions.remove,
            city.second,
            case,
            seen,
            city.grounds["insultos"],
            "Insulta",
        )
        assert "Mauro Modera" in sentence
        assert "se mantuvo" in sentence
        assert refused(Denied, city.remove) == "state"

    def test_a_note_or_another_flag_does_not_stand_in_the_way(self, city, case):
        seen = row(city).revision
        city.act(cases.note, city.second, case, "Ojo")
        city.flag(city.neighbours[1])
        city.act(decisions.keep, city.moderator, case, seen)

    def test_opened_by_a_moderator(self, city):
        place = city.process.components[0]
        city.case = city.act(cases.open_case, city.moderator, place, city.ref, "Lo vi")
        assert (row(city).state, row(city).severity) == (CaseState.OPEN, 2)
        key = refused(Denied, city.act, cases.open_case, city.second, place, city.ref, "Yo también")
        assert key == "state"


class TestMerging:
    @pytest.fixture
    def other(self, city):
        place, title = city.process.components[0], "Mariposas azulejas del parque"
        draft = Draft(title, cities.BODY)
        return city.act(
            proposals.create, city.neighbours[3], city.organization, place, draft, title
        )

    def support(self, city, who, proposal):
        city.act(proposals.support, who, city.process.components[0], proposal)

    def test_supports_move_once_each_and_come_back(self, city, case, other):
        self.support(city, city.neighbours[0], city.proposal)
        self.support(city, city.neighbours[1], city.proposal)
        self.support(city, city.neighbours[1], other)
        before = supports(city)
        city.decide(decisions.merge, city.moderator, other, "Dice lo mismo")
        assert item(city).status is Standing.MERGED
        assert city.session.get_one(Proposal, other).support_count == 2
        assert row(city).ground_id == city.grounds["repetido"]
        at(city, 9 * MINUTE)
        city.decide(decisions.undo, city.moderator)
        assert supports(city) == before
        assert item(city).status is Standing.PUBLISHED
        assert city.session.get_one(Proposal, other).support_count == 1

    def test_not_into_itself_nor_into_what_is_not_shown_nor_elsewhere(self, city, case, other):
        city.session.get_one(Proposal, other).status = Standing.WITHDRAWN
        city.session.commit()
        for into in (None, 0, 999_999, city.proposal, other):
            paths = refused(Invalid, city.decide, decisions.merge, city.moderator, into, "")
            assert paths == ["into_id"]
        assert item(city).status is Standing.PUBLISHED

    def test_not_into_what_the_moderator_wrote(self, city, case, other):
        city.session.get_one(Proposal, other).author_id = city.moderator.id
        city.session.commit()
        paths = refused(Invalid, city.decide, decisions.merge, city.moderator, other, "")
        assert paths == ["into_id"]

    def test_what_resembles_it_is_offered_first(self, city, case, other):
        city.propose("Otra cosa del todo distinta", "Que arreglen la cancha de la vereda pronto.")
        found = queries.merge_targets(city.session, row(city), "")
        assert [each.ref.id for each in found] == [other]
        found = queries.merge_targets(city.session, row(city), "cancha")
        assert [each.title for each in found] == ["Otra cosa del todo distinta"]

    def withdraw_other(self, city, other):
        place = city.process.components[0]
        city.act(proposals.withdraw, city.neighbours[3], place, other, "another")

    def test_when_the_other_is_withdrawn_it_stands_again_with_its_supports(self, city, case, other):
        for who in city.neighbours[:2]:
            self.support(city, who, city.proposal)
        self.support(city, city.neighbours[1], other)
        before = [each for each in supports(city) if each[0] == city.proposal]
        city.decide(decisions.merge, city.moderator, other, "Dice lo mismo")
        at(city, 5 * MINUTE)
        self.withdraw_other(city, other)
        assert supports(city) == before
        row_, gone = item(city), city.session.get_one(Proposal, other)
        assert (row_.status, row_.support_count, row_.merged_into_id) == (PUBLISHED, 2, None)
        assert (gone.status, gone.support_count) == (Standing.WITHDRAWN, 0)
        assert entry(city.session, city.ref).status is PUBLISHED
        (fact,) = told(city, ProposalParted)
        assert fact == {"title": cities.TITLE, "author_id": city.author.id}

    def test_undoing_that_merge_within_its_time_finds_all_of_it(self, city, case, other):
        self.support(city, city.neighbours[0], city.proposal)
        before = supports(city)
        city.decide(decisions.merge, city.moderator, other, "Dice lo mismo")
        self.withdraw_other(city, other)
        at(city, 9 * MINUTE)
        city.decide(decisions.undo, city.moderator)
        assert supports(city) == before
        assert (item(city).status, row(city).state) == (PUBLISHED, CaseState.STUDYING)

    def test_moderation_looks_again_at_what_stands_again(self, city, case, other):
        city.decide(decisions.merge, city.moderator, other, "Dice lo mismo")
        at(city, HOUR)
        self.withdraw_other(city, other)
        assert row(city).state is CaseState.MERGED
        drain(city.session)
        again = row(city)
        assert (again.state, again.reasons, again.is_waiting) == (CaseState.OPEN, ["parted"], True)
        city.flag(city.neighbours[1])
        city.keep()
        assert item(city).status is PUBLISHED

    def test_it_can_be_flagged_before_moderation_hears_of_it(self, city, case, other):
        city.decide(decisions.merge, city.moderator, other, "Dice lo mismo")
        self.withdraw_other(city, other)
        city.flag(city.neighbours[1])
        assert row(city).state is CaseState.OPEN

    def test_what_waited_to_be_read_waits_again(self, city, other):
        waiting(city)
        asked(city)
        city.decide(decisions.merge, city.moderator, other, "Dice lo mismo")
        at(city, HOUR)
        self.withdraw_other(city, other)
        assert item(city).status is Standing.WAITING
        drain(city.session)
        assert row(city).state is CaseState.OPEN
        assert told(city, ProposalParted) == []

    def test_its_author_may_take_it_back_then(self, city, case, other):
        city.decide(decisions.merge, city.moderator, other, "Dice lo mismo")
        self.withdraw_other(city, other)
        place = city.process.components[0]
        city.act(proposals.withdraw, city.author, place, city.proposal, "")
        assert refused(Denied, city.decide, decisions.undo, city.moderator) == "withdrawn"
        checks.close_withdrawn(city.session, city.ref)
        assert row(city).state is CaseState.WITHDRAWN
        assert supports(city) == []

    def test_a_chain_of_merges_is_undone_link_by_link(self, city, case, other):
        """A into B, B into C: whichever is undone first, each has what it had."""
        place = city.process.components[0]
        third = city.act(
            proposals.create,
            city.neighbours[2],
            city.organization,
            place,
            Draft("Mariposas azulejas de la vereda", cities.BODY),
            "tres",
        )
        one, two = city.neighbours[:2]
        for who, proposal in ((one, city.proposal), (two, city.proposal), (two, other)):
            self.support(city, who, proposal)
        self.support(city, one, third)
        before, first = supports(city), city.case
        city.decide(decisions.merge, city.moderator, other, "")
        joined = supports(city)
        of_other = city.act(
            flags.flag, one, place, Ref("proposal", other), city.grounds["repetido"], ""
        )
        city.case = of_other
        city.decide(decisions.merge, city.moderator, third, "")
        counts = {each: city.session.get_one(Proposal, each).support_count for each in (third,)}
        assert counts == {third: 2}
        city.decide(decisions.undo, city.moderator)
        assert supports(city) == joined
        city.decide(decisions.merge, city.moderator, third, "")
        city.case = first
        city.decide(decisions.undo, city.moderator)
        own = [each for each in before if each[0] == city.proposal]
        assert [each for each in supports(city) if each[0] == city.proposal] == own
        city.case = of_other
        city.decide(decisions.undo, city.moderator)
        assert supports(city) == before

    def test_whose_other_was_removed_may_put_it_apart_again(self, city, case, other):
        """Nobody is hidden for what somebody else wrote; nobody else decides it for them."""
        place, first = city.process.components[0], city.case
        self.support(city, city.neighbours[0], city.proposal)
        before = supports(city)
        city.decide(decisions.merge, city.moderator, other, "Dice lo mismo")
        apart = (city.act, proposals.stand_alone)
        assert refused(Denied, *apart, city.author, place, city.proposal) == "other_is_gone"
        ref, ground = Ref("proposal", other), city.grounds["insultos"]
        city.case = city.act(flags.flag, city.neighbours[1], place, ref, ground, "")
        city.remove()
        assert refused(Denied, *apart, city.neighbours[0], place, city.proposal) == "is_author"
        assert refused(Denied, *apart, city.neighbours[3], place, other) == "other_is_gone"
        at(city, MINUTE)
        city.act(proposals.stand_alone, city.author, place, city.proposal)
        assert supports(city) == before
        assert item(city).status is PUBLISHED
        drain(city.session)
        city.case = first
        assert (row(city).state, row(city).reasons) == (CaseState.OPEN, ["parted"])
        key = refused(Denied, *apart, city.author, place, city.proposal)
        assert key == "other_is_gone"

    def test_a_support_that_was_joined_away_is_free_again(self, city, case, other):
        place, who = city.process.components[0], city.neighbours[0]
        self.support(city, who, city.proposal)
        self.support(city, who, other)

        def used():
            values = city.session, city.organization.id, place.id, other, who.id
            return proposal_queries.detail(*values).used

        assert used() == 2
        city.decide(decisions.merge, city.moderator, other, "Dice lo mismo")
        assert used() == 1
        city.decide(decisions.undo, city.moderator)
        assert used() == 2


def supports(city):
    city.session.expire_all()
    return sorted(tuple(each) for each in city.session.execute(sa.select(Support.__table__)).all())


class TestUndo:
    def test_within_ten_minutes_by_who_decided(self, city, case):
        city.remove()
        at(city, 9 * MINUTE)
        assert refused(Denied, city.decide, decisions.undo, city.second) == "own_decision"
        city.decide(decisions.undo, city.moderator)
        undone = row(city)
        assert (undone.state, undone.holder_id) == (CaseState.STUDYING, city.moderator.id)
        assert (undone.ground_id, undone.reply, undone.decided_at) == (None, "", None)
        assert item(city).status is Standing.PUBLISHED
        assert told(city, events.DecisionUndone)[0]["author_id"] == city.author.id
        assert told(city, events.FlagReopened) == [{"person_id": [city.neighbours[0].id]}]

    def test_not_later(self, city, case):
        city.remove()
        at(city, 10 * MINUTE)
        assert refused(Denied, city.decide, decisions.undo, city.moderator) == "own_decision"

    def test_not_once_somebody_else_did_something(self, city, case):
        city.decide(decisions.remove_urgently, city.moderator, city.grounds["insultos"])
        city.decide(decisions.review_urgent, city.second)
        assert refused(Denied, city.decide, decisions.undo, city.moderator) == "own_decision"

    def test_the_notice_comes_back(self, city):
        for neighbour in city.neighbours[:3]:
            city.flag(neighbour)
        for decide in (city.keep, city.remove):
            decide()
            assert not item(city).under_review
            city.decide(decisions.undo, city.moderator)
            assert item(city).under_review

    def test_what_waited_waits_again(self, city):
        waiting(city)
        asked(city)
        for decide in (city.keep, city.remove):
            decide()
            city.decide(decisions.undo, city.moderator)
            assert item(city).status is Standing.WAITING


class TestAppeals:
    @pytest.fixture
    def removed(self, city, case):
        city.remove()
        return case

    def test_by_the_author_once_in_time(self, city, removed):
        assert refused(Denied, city.act, appeals.appeal, city.neighbours[0], removed, "No") == (
            "is_author"
        )
        assert refused(Invalid, city.appeal, " ") == ["text"]
        at(city, 10 * DAY)
        city.appeal()
        appealed = row(city)
        assert (appealed.state, appealed.due_at) == (CaseState.APPEALED, NOW + 15 * DAY)
        assert refused(Denied, city.appeal) == "state"

    def test_not_after_the_last_day(self, city, removed):
        city.travel.move_to(dt.datetime(2026, 3, 14, 5, tzinfo=dt.UTC))
        with pytest.raises(Denied) as caught:
            city.appeal()
        assert caught.value.denial.key == "appeal_time"

    def test_a_suspended_author_appeals_all_the_same_but_does_not_write(self, city, removed):
        actor = factories.actor_of(city.session, city.author, sanctions=(Sanction(None, None),))
        words = {"title": "Mariposas", "body": cities.BODY}
        key = refused(
            Denied, authors.resubmit, city.session, actor, removed, words, acknowledged=False
        )
        assert key == "suspended"
        appeals.appeal(city.session, actor, removed, "No insulté a nadie")

    def test_decided_by_somebody_else_who_also_did_not_write_it(self, city, removed):
        city.appeal()
        for service in (appeals.uphold, appeals.revert):
            assert refused(Denied, city.decide, service, city.moderator, "Sí") == "not_decider"
            assert refused(Denied, city.decide, service, city.author, "Sí") == "role"
            assert refused(Denied, city.decide, service, city.elsewhere, "Sí") == "role"
        key = refused(Denied, city.act, cases.claim, city.moderator, removed)
        assert key == "appeal_by_another"
        assert refused(Invalid, city.uphold, " ") == ["reply"]
        city.uphold()
        assert row(city).state is CaseState.UPHELD
        assert told(city, events.RemovalUpheld)[0]["author_id"] == city.author.id
        assert told(city, events.FlagUpheld) == [{"person_id": [city.neighbours[0].id]}]
        assert refused(Denied, city.appeal) == "state"

    def test_reverted_it_is_exactly_what_it_was_and_all_are_told(self, city, case):
        for neighbour in city.neighbours[1:3]:
            city.act(proposals.support, neighbour, city.process.components[0], city.proposal)
        before = (supports(city), snapshot(city))
        city.remove()
        city.appeal()
        city.revert()
        assert (supports(city), snapshot(city)) == before
        assert row(city).state is CaseState.REVERTED
        assert told(city, events.RemovalReverted)[0]["author_id"] == city.author.id
        assert told(city, events.FlagReverted) == [{"person_id": [city.neighbours[0].id]}]

    def test_what_had_never_been_published_is_published(self, city):
        waiting(city)
        asked(city)
        city.remove()
        city.appeal()
        city.revert()
        assert item(city).status is Standing.PUBLISHED


def snapshot(city):
    found = item(city)
    return {
        column.key: getattr(found, column.key)
        for column in Proposal.__table__.columns
        if column.key != "updated_at"
    }


class TestCorrections:
    @pytest.fixture
    def removed(self, city, case):
        city.remove()
        return case

    def test_corrected_read_and_published(self, city, removed):
        at(city, HOUR)
        city.resubmit(title="Parque abierto", body="Que las niñas puedan pasar al parque de abajo.")
        sent = row(city)
        assert (sent.state, item(city).status) == (CaseState.OPEN, Standing.WAITING)
        assert (sent.resubmitted_at, sent.opened_at) == (NOW + HOUR, NOW + HOUR)
        assert sent.due_at == NOW + 49 * HOUR
        before = queries.words_before(city.session, removed)
        assert before == {"title": cities.TITLE, "body": cities.BODY}
        assert refused(Denied, city.keep) == "is_no_correction"
        city.accept()
        assert (row(city).state, item(city).status) == (CaseState.CORRECTED, Standing.PUBLISHED)
        assert item(city).title == "Parque abierto"
        assert told(city, events.CorrectionPublished)[0]["author_id"] == city.author.id

    def test_or_removed_again_with_a_new_appeal(self, city, removed):
        city.appeal()
        city.uphold()
        city.resubmit(title="Parque abierto", body="Que las niñas puedan pasar al parque de abajo.")
        city.remove("fuera-de-tema")
        again = row(city)
        assert (again.state, again.appeal, again.appealed_at) == (CaseState.REMOVED, "", None)
        city.appeal()

    def test_only_by_its_author(self, city, removed):
        words = {"title": "Parque abierto", "body": "Que las niñas puedan pasar."}
        for who in (city.moderator, city.neighbours[0]):
            key = refused(
                Denied, city.act, authors.resubmit, who, removed, words, acknowledged=False
            )
            assert key == "is_author"

    def test_a_word_to_look_at_again_and_what_the_form_would_refuse(self, city, removed):
        words = {"body": "Que me llamen al celular 310 555 12 34 para abrir el parque."}
        with pytest.raises(Warned):
            city.act(authors.resubmit, city.author, removed, words, acknowledged=False)
        assert item(city).status is Standing.REMOVED
        assert item(city).body == cities.BODY
        with pytest.raises(Invalid) as caught:
            city.act(
                authors.resubmit,
                city.author,
                removed,
                {"title": "", "body": "corto"},
                acknowledged=False,
            )
        city.session.rollback()
        assert {problem.path for problem in caught.value.problems} == {"title", "body"}
        city.act(authors.resubmit, city.author, removed, words, acknowledged=True)
        assert row(city).reasons == ["personal_data"]


class TestToldOnce:
    """That a proposal is published is told the first time that it is, and never again."""

    WORDS = {"title": "Parque abierto", "body": "Que las niñas puedan pasar al parque de abajo."}

    def published(self, city):
        return told(city, ProposalPublished)

    def test_a_correction_is_no_second_publication(self, city, case):
        written = item(city).published_at
        city.remove()
        at(city, HOUR)
        city.resubmit(**self.WORDS)
        city.accept()
        assert item(city).status is Standing.PUBLISHED
        assert self.published(city) == [{"title": cities.TITLE}]
        assert item(city).published_at == written

    def test_of_what_was_removed_before_anybody_read_it_the_correction_is_the_first(self, city):
        waiting(city)
        asked(city)
        city.remove()
        at(city, HOUR)
        city.resubmit(**self.WORDS)
        assert self.published(city) == []
        city.accept()
        assert self.published(city) == [{"title": "Parque abierto"}]
        assert item(city).published_at == NOW + HOUR

    def test_a_decision_that_was_taken_back_and_made_again_tells_once(self, city):
        waiting(city)
        asked(city)
        city.keep()
        city.decide(decisions.undo, city.moderator)
        city.keep()
        assert len(self.published(city)) == 1

    def test_a_removed_correction_that_comes_back_tells_nothing_new(self, city, case):
        city.remove()
        city.resubmit(**self.WORDS)
        city.remove()
        city.appeal()
        city.revert()
        assert item(city).status is Standing.PUBLISHED
        assert len(self.published(city)) == 1

    def test_what_was_published_before_this_was_remembered_tells_nothing_new(self, city, case):
        city.session.execute(sa.update(Proposal).values(was_published=False))
        city.session.commit()
        city.remove()
        city.resubmit(**self.WORDS)
        city.accept()
        assert len(self.published(city)) == 1


# --- several at once ----------------------------------------------------------------------------


class TestBulk:
    @pytest.fixture
    def three(self, city):
        made = []
        for number in range(3):
            city.proposal = city.propose(f"Propuesta {number} del parque")
            city.flag(city.neighbours[0])
            made.append((city.case, city.proposal))
        return made

    def test_what_is_refused_stays_out_with_its_sentence(self, city, three):
        (first, _a), (second, _b), (third, _c) = three
        city.act(cases.claim, city.second, second)
        seen = {case: queries.case(city.session, case).revision for case, _id in three}
        seen[third] -= 1
        preview = city.act(bulk.preview, city.moderator, [first, second, third], Move.KEEP, None)
        assert [(case.id, refusal is None) for case, refusal in preview] == [
            (first, True),
            (second, False),
            (third, True),
        ]
        result = city.act(bulk.decide, city.moderator, seen, Move.KEEP, None, "")
        assert result.done == [first]
        assert set(result.refused) == {second, third}
        assert all(str(sentence) for sentence in result.refused.values())
        assert queries.case(city.session, third).state is CaseState.OPEN

    def test_removed_and_brought_back_together(self, city, three):
        seen = {case: queries.case(city.session, case).revision for case, _id in three}
        ground = city.grounds["publicidad"]
        result = city.act(bulk.decide, city.moderator, seen, Move.REMOVE, ground, "Es publicidad")
        assert result.done == sorted(seen)
        assert result.refused == {}
        at(city, 5 * MINUTE)
        assert city.act(bulk.undo, city.second, seen).done == []
        assert city.act(bulk.undo, city.moderator, seen).done == sorted(seen)
        city.session.expire_all()
        assert all(
            city.session.get_one(Proposal, proposal).status is Standing.PUBLISHED
            for _case, proposal in three
        )

    def test_wrong_for_all_is_said_once(self, city, three):
        seen = dict.fromkeys([case for case, _id in three], 0)
        ground = city.grounds["publicidad"]
        for move, ground_id, reply, path in (
            (Move.MERGE, None, "", ""),
            (Move.REMOVE, None, "x", "ground_id"),
            (Move.REMOVE, city.grounds["repetido"], "x", "ground_id"),
            (Move.REMOVE, ground, "", "reply"),
        ):
            paths = refused(
                Invalid, city.act, bulk.decide, city.moderator, seen, move, ground_id, reply
            )
            assert paths == [path]
        many = dict.fromkeys(range(bulk.MOST + 1), 0)
        assert refused(Invalid, city.act, bulk.decide, city.moderator, many, Move.KEEP, None, "")


# --- grounds, terms, people ---------------------------------------------------------------------


class TestGroundsAndTerms:
    def test_seven_grounds_once(self, city):
        grounds.ensure(city.session, city.organization)
        found = queries.grounds(city.session)
        assert len(found) == 7
        assert [each.key for each in found if each.merges] == ["repetido"]
        assert {each.key for each in found if each.is_urgent} == {
            "insultos",
            "datos-personales",
            "ilegal",
        }
        for each in found:
            assert each.name["es"]
            assert each.text["es"]
            assert each.reply["es"]

    def test_only_administrators_change_them(self, city):
        key = refused(
            Denied,
            city.act,
            grounds.save,
            city.moderator,
            city.organization,
            city.grounds["ilegal"],
            {"severity": 1},
        )
        assert key == "role"

    def test_terms_that_are_not_said_are_the_defaults(self, city):
        found = queries.terms(city.session, city.organization.id)
        assert (found.grave_hours, found.appeal_days, found.review_threshold) == (12, 10, 3)
        assert city.session.get(Terms, city.organization.id) is None

    def test_terms_are_kept_within_reason(self, city):
        boss = factories.make_person(city.session, "Berta", roles=[Role.ORGANIZATION_ADMIN])
        for values, path in (
            ({"appeal_days": 0}, "appeal_days"),
            ({"review_threshold": 1}, "review_threshold"),
            ({"grave_hours": 60, "ordinary_hours": 50}, "mild_hours"),
        ):
            assert refused(Invalid, city.act, terms.save, boss, city.organization, values) == [path]
        city.act(terms.save, boss, city.organization, {"appeal_days": 15})
        city.act(terms.save, boss, city.organization, {"appeal_days": 15})
        assert queries.terms(city.session, city.organization.id).appeal_days == 15
        assert told(city, events.TermsSaved) == [{"fields": "appeal_days"}]


class TestPersonalData:
    def test_what_the_person_wrote_is_in_the_download_and_goes_with_the_account(self, city):
        city.flag(city.neighbours[0], detail="Nombra a mi papá Eliécer")
        city.remove()
        city.appeal("No nombro a nadie, soy Autora")
        name, data = own_moderation(city.session, city.author.id)
        assert name == "moderacion"
        assert data["casos_sobre_lo_propio"][0]["apelacion"] == "No nombro a nadie, soy Autora"
        assert data["casos_sobre_lo_propio"][0]["respuesta"] == "Nombra a una persona."
        assert "Mauro" not in str(data)
        assert "Eliécer" not in str(data)
        _name, flagger = own_moderation(city.session, city.neighbours[0].id)
        assert flagger["reportes"][0]["detalle"] == "Nombra a mi papá Eliécer"
        for person in (city.author, city.neighbours[0]):
            people.forget(city.session, person.id)
        city.session.expire_all()
        assert row(city).appeal == ""
        assert "Autora" not in str([each.text for each in queries.steps(city.session, city.case)])
        assert city.session.scalars(sa.select(Flag)).one().detail == ""
