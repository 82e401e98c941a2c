"""Two at the same moment, on both engines: one is told, nothing is doubled and nothing is lost."""

import threading
import uuid
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from participa.contributions.models import Standing
from participa.core import clock
from participa.core.db import bind_to_organization, db
from participa.core.errors import Conflict, Invalid
from participa.core.facts import FactRow, Ref
from participa.core.policy import Denied, Role
from participa.moderation import queries
from participa.moderation.models import Case, CaseState, CaseStep, Flag, Move
from participa.moderation.services import bulk, cases, checks, decisions, flags, grounds
from participa.organizations import queries as organizations
from participa.processes import queries as processes
from participa.proposals import services as proposals
from participa.proposals.models import Proposal
from participa.proposals.services import Draft
from tests import factories
from tests.conftest import ENGINES, new_app

BODY = "Hace falta un puente peatonal para cruzar la quebrada sin peligro."


class Place:
    """An app on a database of its own, with a proposal and people."""

    def __init__(self, engine):
        processes.forget()
        organizations.forget()
        self.app = new_app(engine)
        with self.app.app_context():
            session = db.session()
            self.organization = factories.make_organization(session)
            process = factories.make_process(session)
            self.place = process.components[0]
            grounds.ensure(session, self.organization)
            session.commit()
            role = (Role.MODERATOR, process.id)
            self.people = {
                name: factories.actor_of(session, factories.make_person(session, name, roles=roles))
                for name, roles in {
                    "autora": (),
                    "mauro": (role,),
                    "sara": (role,),
                    **{f"vecino{number}": () for number in range(6)},
                }.items()
            }
            self.ground = queries.grounds(session)[0].id
            session.commit()
            db.session.remove()

    @contextmanager
    def session(self):
        with self.app.app_context():
            session = db.session()
            bind_to_organization(session, self.organization.id)
            try:
                yield session
            finally:
                session.rollback()
                db.session.remove()

    def do(self, service, who, *values, **more):
        with self.session() as session:
            result = service(session, self.people[who], *values, **more)
            session.commit()
            return result

    def propose(self):
        return self.do(
            proposals.create,
            "autora",
            self.organization,
            self.place,
            Draft("Puente en la quebrada", BODY),
            str(uuid.uuid4()),
        )

    def flag(self, who, proposal):
        return self.do(
            flags.flag, who, self.place, Ref("proposal", proposal), self.ground, "Insulta"
        )

    def together(self, *acts):
        """Run all at once; each gives its result or the refusal (as that another came first)."""
        start = threading.Barrier(len(acts))
        results = [None] * len(acts)

        def run(number, act):
            start.wait()
            try:
                results[number] = act()
            except (Conflict, Denied, Invalid) as refusal:
                results[number] = refusal

        threads = [
            threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return results

    def close(self):
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        processes.forget()
        organizations.forget()


@pytest.fixture(params=ENGINES)
def town(request):
    town = Place(request.param)
    yield town
    town.close()


def refusals(results):
    return [each for each in results if isinstance(each, (Conflict, Denied))]


def test_first_flags_at_once_make_one_case(town):
    proposal = town.propose()
    results = town.together(
        *[lambda who=f"vecino{number}": town.flag(who, proposal) for number in range(5)],
        lambda: _question(town, proposal),
    )
    assert refusals(results) == []
    with town.session() as session:
        case = session.scalars(sa.select(Case)).one()
        assert case.flag_count == session.scalar(sa.select(sa.func.count()).select_from(Flag))
        assert case.reasons == ["links"]
        steps = queries.steps(session, case.id)
        assert [step.before for step in steps[:1]] == [None]
        assert sorted(step.move for step in steps) == sorted([Move.FLAG] * 5 + [Move.QUESTION])
        assert session.get_one(Proposal, proposal).under_review
        reviewed = sa.select(FactRow).where(FactRow.name == "moderation.under_review")
        assert len(session.scalars(reviewed).all()) == 1


def _question(town, proposal):
    with town.session() as session:
        checks.question(session, Ref("proposal", proposal), ["links"], clock.now())
        session.commit()


def test_one_person_flagging_twice_at_once_counts_once(town):
    proposal = town.propose()
    results = town.together(*[lambda: town.flag("vecino0", proposal)] * 4)
    assert [each.denial.key for each in refusals(results)] == ["flagged_once"] * 3
    with town.session() as session:
        assert session.scalars(sa.select(Case)).one().flag_count == 1


def test_of_two_moderators_who_decide_at_once_one_is_told_who_was_first(town):
    proposal = town.propose()
    case = town.flag("vecino0", proposal)
    results = town.together(
        lambda: town.do(decisions.keep, "mauro", case, 0),
        lambda: town.do(decisions.remove, "sara", case, 0, town.ground, "Insulta a alguien"),
    )
    (told,) = refusals(results)
    assert isinstance(told, Conflict)
    with town.session() as session:
        row = queries.case(session, case)
        steps = [step for step in queries.steps(session, case) if step.move is not Move.FLAG]
        assert len(steps) == 1
        first = "mauro" if row.state is CaseState.KEPT else "sara"
        assert first in str(told.message)
        standing = session.get_one(Proposal, proposal).status
        assert standing is (Standing.PUBLISHED if first == "mauro" else Standing.REMOVED)


def test_of_two_who_claim_at_once_one_has_it(town):
    case = town.flag("vecino0", town.propose())
    results = town.together(
        lambda: town.do(cases.claim, "mauro", case), lambda: town.do(cases.claim, "sara", case)
    )
    (told,) = refusals(results)
    with town.session() as session:
        holder = queries.case(session, case).holder_id
    name = next(name for name, each in town.people.items() if each.person_id == holder)
    assert told.denial.key == "held"
    assert name in str(told.denial.message)


def test_nobody_decides_on_words_that_changed_meanwhile(town):
    proposal = town.propose()
    case = town.flag("vecino0", proposal)
    draft = Draft("Puente en la quebrada", f"{BODY} Y con barandas.")
    results = town.together(
        lambda: town.do(proposals.edit, "autora", town.organization, town.place, proposal, draft),
        lambda: town.do(decisions.remove, "mauro", case, 0, town.ground, "Insulta a alguien"),
    )
    # Either the author was first and the moderator reads again, or the other way round.
    (told,) = refusals(results)
    with town.session() as session:
        row = session.get_one(Proposal, proposal)
        if isinstance(told, Conflict):
            assert "cambiar el texto" in str(told.message)
            assert (row.status, "barandas" in row.body) == (Standing.PUBLISHED, True)
        else:
            assert (row.status, "barandas" in row.body) == (Standing.REMOVED, False)


def test_once_read_again_the_changed_words_are_decided_on(town):
    proposal = town.propose()
    case = town.flag("vecino0", proposal)
    town.do(cases.claim, "mauro", case)
    draft = Draft("Puente en la quebrada", f"{BODY} Y con barandas.")
    town.do(proposals.edit, "autora", town.organization, town.place, proposal, draft)
    with town.session() as session:
        seen = queries.case(session, case).revision
    with pytest.raises(Conflict):
        town.do(decisions.keep, "mauro", case, seen)
    town.do(cases.claim, "mauro", case)
    with pytest.raises(Conflict) as stale:
        town.do(decisions.keep, "mauro", case, seen)
    assert "cambió el texto" in str(stale.value.message)
    with town.session() as session:
        now = queries.case(session, case).revision
        last = queries.last_step(session, case)
        assert (last.move, last.actor_id) == (Move.EDIT, town.people["autora"].person_id)
    town.do(decisions.keep, "mauro", case, now)


def test_bulk_and_mergers_both_ways_do_not_block_each_other(town):
    items = [town.propose() for _ in range(4)]
    made = [town.flag("vecino0", item) for item in items]
    seen = dict.fromkeys(made, 0)
    results = town.together(
        lambda: town.do(bulk.decide, "mauro", seen, Move.KEEP, None, ""),
        lambda: town.do(decisions.merge, "sara", made[3], 0, items[0], "Dice lo mismo"),
        lambda: town.do(decisions.merge, "sara", made[0], 0, items[3], "Dice lo mismo"),
        lambda: town.do(bulk.decide, "sara", dict(reversed(seen.items())), Move.KEEP, None, ""),
    )
    done = [each for each in results if isinstance(each, bulk.BulkResult)]
    assert len(done) == 2
    with town.session() as session:
        rows = queries.by_ids(session, made)
        assert all(row.state in {CaseState.KEPT, CaseState.MERGED} for row in rows)
        decided = session.scalars(
            sa.select(CaseStep.case_id).where(CaseStep.move.in_([Move.KEEP, Move.MERGE]))
        ).all()
        assert sorted(decided) == sorted(made), "a case was decided twice"
