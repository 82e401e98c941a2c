"""What can be done with proposals, at the service: the only way to change them."""

import datetime as dt
import threading
import time
import uuid

import pytest
import sqlalchemy as sa
import time_machine

from participa.contributions.models import Standing
from participa.core import clock, shuffle
from participa.core.db import bind_to_organization, db
from participa.core.errors import Conflict, Invalid
from participa.core.facts import FactRow
from participa.core.policy import Denied
from participa.core.shuffle import SPAN
from participa.processes.models import PhaseKind
from participa.proposals import policy, queries, services
from participa.proposals.models import Proposal, Support
from participa.proposals.queries import lists
from participa.proposals.services import Draft, merging
from tests import factories
from tests.conftest import new_app

BODY = "Hace falta un puente peatonal para cruzar la quebrada sin peligro."


def a_draft(**values):
    return Draft(**{"title": "Puente en la quebrada", "body": BODY, **values})


def publish(session, person, component, organization, **values):
    actor = factories.actor_of(session, person)
    return services.create(
        session, actor, organization, component, a_draft(**values), str(uuid.uuid4())
    )


@pytest.fixture
def component(session):
    return factories.make_process(session).components[0]


@pytest.fixture
def author(session):
    return factories.make_person(session, "Autora")


@pytest.fixture
def neighbour(session):
    return factories.make_person(session, "Vecino")


def denied_key(call, *arguments):
    with pytest.raises(Denied) as caught:
        call(*arguments)
    return caught.value.denial.key


class TestCreate:
    def test_publishes_and_records_one_fact(self, session, component, author, organization):
        proposal = publish(session, author, component, organization)
        row = queries.detail(session, organization.id, component.id, proposal)
        assert (row.title, row.author, row.support_count) == ("Puente en la quebrada", "Autora", 0)
        facts = session.scalars(sa.select(FactRow)).all()
        assert [(fact.name, fact.subject_id) for fact in facts] == [
            ("proposals.published", proposal)
        ]

    def test_the_same_form_twice_makes_one(self, session, component, author, organization):
        actor = factories.actor_of(session, author)
        first = services.create(session, actor, organization, component, a_draft(), "formulario-1")
        again = services.create(session, actor, organization, component, a_draft(), "formulario-1")
        assert first == again
        assert queries.count(session, component.id) == 1

    @pytest.mark.parametrize(
        ("values", "path", "words"),
        [
            ({"title": ""}, "title", "Escriba un título"),
            ({"title": "Ay"}, "title", "al menos 5"),
            ({"title": "x" * 151}, "title", "caben 150"),
            ({"title": "Puente\x07 nuevo"}, "title", "invisibles"),
            ({"title": "Puente \u202eoveun"}, "title", "invisibles"),
            ({"body": "   "}, "body", "Cuente de qué"),
            ({"body": "Muy corto"}, "body", "al menos 20"),
            ({"body": "a" * 3001}, "body", "caben 3000"),
            ({"territory_id": 999999}, "territory_id", "lugar de la lista"),
            ({"theme_id": 999999}, "theme_id", "tema de la lista"),
            ({"language": "xx"}, "language", "idioma de la lista"),
        ],
    )
    def test_bad_input_gets_its_sentence(
        self, session, component, author, organization, values, path, words
    ):
        with pytest.raises(Invalid) as caught:
            publish(session, author, component, organization, **values)
        (problem,) = caught.value.problems
        assert problem.path == path
        assert words in str(problem.message)

    def test_every_problem_is_told_at_once(self, session, component, author, organization):
        with pytest.raises(Invalid) as caught:
            publish(session, author, component, organization, title="", body="")
        assert set(caught.value.by_path()) == {"title", "body"}

    def test_a_limit_per_person_holds(self, session, author, organization):
        component = factories.make_process(
            session,
            components=[
                {"key": "propuestas", "type": "proposals", "settings": {"proposals_per_person": 1}}
            ],
        ).components[0]
        made = publish(session, author, component, organization)
        assert (
            denied_key(publish, session, author, component, organization) == "proposals_per_person"
        )
        session.get_one(Proposal, made).status = Standing.WAITING  # what waits is counted, too
        session.flush()
        assert (
            denied_key(publish, session, author, component, organization) == "proposals_per_person"
        )

    def test_hostile_markup_is_harmless(self, session, component, author, organization):
        body = (
            "Hola <script>alert(1)</script> [clic](javascript:alert(1)) "
            '<img src=x onerror="alert(1)">'
        )
        proposal = publish(session, author, component, organization, body=body)
        html = queries.detail(session, organization.id, component.id, proposal).body_html
        for bad in ("<script", "<img", 'href="javascript'):
            assert bad not in html


class TestEditAndWithdraw:
    def test_within_the_window(self, session, component, author, organization):
        proposal = publish(session, author, component, organization)
        actor = factories.actor_of(session, author)
        services.edit(
            session, actor, organization, component, proposal, a_draft(title="Puente de madera")
        )
        row = queries.detail(session, organization.id, component.id, proposal)
        assert row.title == "Puente de madera"
        assert row.edited_at is not None

    def test_what_must_be_read_again_waits_with_the_new_words(
        self, app, session, component, author, organization
    ):
        proposal = publish(session, author, component, organization)
        object.__setattr__(component.openings[0].settings, "review", "flagged")
        body = "Vea http://a.test y http://b.test y http://c.test, que lo explican."
        actor = factories.actor_of(session, author)
        with app.app_context():
            services.edit(session, actor, organization, component, proposal, a_draft(body=body))
        session.flush()
        row = queries.detail(session, organization.id, component.id, proposal)
        assert (row.status, row.body) == (Standing.WAITING, body)
        assert row.edited_at is not None

    def test_not_after_it(self, session, component, author, organization):
        proposal = publish(session, author, component, organization)
        actor = factories.actor_of(session, author)
        with time_machine.travel(clock.now() + dt.timedelta(minutes=61)):
            key = denied_key(
                services.edit, session, actor, organization, component, proposal, a_draft()
            )
        assert key == "within_window"

    def test_not_once_somebody_supported_it(
        self, session, component, author, neighbour, organization
    ):
        proposal = publish(session, author, component, organization)
        services.support(session, factories.actor_of(session, neighbour), component, proposal)
        actor = factories.actor_of(session, author)
        key = denied_key(
            services.edit, session, actor, organization, component, proposal, a_draft()
        )
        assert key == "within_window"

    def test_only_by_its_author(self, session, component, author, neighbour, organization):
        proposal = publish(session, author, component, organization)
        actor = factories.actor_of(session, neighbour)
        assert (
            denied_key(services.edit, session, actor, organization, component, proposal, a_draft())
            == "is_author"
        )
        assert denied_key(services.withdraw, session, actor, component, proposal, "") == "is_author"

    def test_withdrawing_gives_supports_back(
        self, session, component, author, neighbour, organization
    ):
        proposal = publish(session, author, component, organization)
        services.support(session, factories.actor_of(session, neighbour), component, proposal)
        services.withdraw(session, factories.actor_of(session, author), component, proposal, "done")
        session.flush()
        row = queries.detail(session, organization.id, component.id, proposal)
        assert row.status == Standing.WITHDRAWN
        assert row.support_count == 0
        row = queries.detail(session, organization.id, component.id, proposal, neighbour.id)
        assert (row.used, row.supported) == (0, False)
        assert queries.count(session, component.id) == 0


class TestSupport:
    def test_counts_and_takes_back(self, session, component, author, neighbour, organization):
        proposal = publish(session, author, component, organization)
        actor = factories.actor_of(session, neighbour)
        assert services.support(session, actor, component, proposal) == 1
        assert denied_key(services.support, session, actor, component, proposal) == "not_supported"
        assert services.take_support_back(session, actor, component, proposal) == 0
        assert (
            denied_key(services.take_support_back, session, actor, component, proposal)
            == "supported"
        )

    def test_not_ones_own(self, session, component, author, organization):
        proposal = publish(session, author, component, organization)
        actor = factories.actor_of(session, author)
        assert denied_key(services.support, session, actor, component, proposal) == "not_own"

    def test_up_to_the_limit(self, session, author, neighbour, organization):
        component = factories.make_process(
            session,
            components=[
                {"key": "propuestas", "type": "proposals", "settings": {"support_limit": 2}}
            ],
        ).components[0]
        proposals = [publish(session, author, component, organization) for _ in range(3)]
        actor = factories.actor_of(session, neighbour)
        services.support(session, actor, component, proposals[0])
        services.support(session, actor, component, proposals[1])
        assert (
            denied_key(services.support, session, actor, component, proposals[2]) == "under_limit"
        )
        services.take_support_back(session, actor, component, proposals[0])
        assert services.support(session, actor, component, proposals[2]) == 1

    def test_who_supports_is_not_public(self, session, component, author, neighbour, organization):
        proposal = publish(session, author, component, organization)
        services.support(session, factories.actor_of(session, neighbour), component, proposal)
        fact = session.scalars(
            sa.select(FactRow).where(FactRow.name == "proposals.supported")
        ).one()
        assert not fact.public


DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 3, 3, 5, tzinfo=dt.UTC)
END = dt.datetime(2026, 5, 1, 5, tzinfo=dt.UTC)


class TestPhases:
    """The clock frozen around each edge of the phase, half-open ``[start, end)``."""

    @pytest.fixture
    def component(self, session):
        return factories.make_process(
            session,
            phases=[
                {
                    "key": "ideas",
                    "kind": PhaseKind.IDEATION,
                    "start": START,
                    "end": END,
                    "opens": {"propuestas": {"create": "open", "support": "open_hidden"}},
                },
                {
                    "key": "cierre",
                    "kind": PhaseKind.EVALUATION,
                    "start": END + 10 * DAY,
                    "end": END + 20 * DAY,
                    "opens": {"propuestas": {"support": "shown"}},
                },
            ],
        ).components[0]

    @pytest.mark.parametrize(
        ("moment", "is_open"),
        [
            (START - dt.timedelta(microseconds=1), False),
            (START, True),
            (END - dt.timedelta(microseconds=1), True),
            (END, False),
            (END + 15 * DAY, False),
        ],
    )
    def test_proposing_follows_the_clock(
        self, session, component, author, organization, moment, is_open
    ):
        with time_machine.travel(moment, tick=False):
            if is_open:
                publish(session, author, component, organization)
            else:
                assert denied_key(publish, session, author, component, organization) == "closed"

    @pytest.mark.parametrize(
        ("moment", "sentence"),
        [
            (START - DAY, "Las propuestas se reciben desde el 3 de marzo de 2026."),
            (END, "Las propuestas se recibieron hasta el 30 de abril de 2026."),
        ],
    )
    def test_a_refusal_says_when(
        self, app, session, component, author, organization, moment, sentence
    ):
        with app.app_context(), time_machine.travel(moment, tick=False):
            from flask import g

            g.time_zone = organization.zone
            with pytest.raises(Denied) as caught:
                publish(session, author, component, organization)
            assert str(caught.value.denial) == sentence

    @pytest.mark.parametrize(
        ("moment", "shown"),
        [
            (START, False),
            (END - DAY, False),
            (END, False),
            (END + 12 * DAY, True),
            (END + 30 * DAY, True),
        ],
    )
    def test_hidden_supports_wait_for_their_phase(self, component, moment, shown):
        assert policy.shows_supports(component, moment) is shown


class TestLists:
    @pytest.fixture
    def many(self, session, component, author, organization):
        return [publish(session, author, component, organization) for _ in range(23)]

    def walk(self, session, component, organization, order, *, seed=0, size=7, **filters):
        seen, cursor, pages = [], None, []
        while True:
            page = queries.list_page(
                session,
                organization.id,
                component.id,
                order=order,
                seed=seed,
                filters=queries.Filters(**filters),
                person_id=None,
                cursor=cursor,
                size=size,
            )
            seen += [row.id for row in page.rows]
            pages.append(page)
            if page.next is None:
                return seen, pages
            cursor = page.next

    @pytest.mark.parametrize("order", ["newest", "most_supported", "random"])
    @pytest.mark.parametrize("size", [1, 7, 23, 40])
    def test_each_once(self, session, component, organization, many, order, size):
        seen, _pages = self.walk(session, component, organization, order, size=size, seed=SPAN // 2)
        assert sorted(seen) == sorted(many)

    @pytest.mark.parametrize("size", [4, 7, 40])
    @pytest.mark.parametrize("seed", [0, SPAN // 3, SPAN - 1])
    def test_each_once_where_the_list_is_longer_than_what_is_sorted_together(
        self, session, component, organization, many, monkeypatch, size, seed
    ):
        monkeypatch.setattr(shuffle, "WINDOW", 8)
        lists._shuffled.cache_clear()
        seen, pages = self.walk(session, component, organization, "random", size=size, seed=seed)
        assert sorted(seen) == sorted(many)
        back = list(pages[-1].rows)
        cursor = pages[-1].previous
        while cursor is not None:
            page = queries.list_page(
                session,
                organization.id,
                component.id,
                order="random",
                seed=seed,
                filters=queries.Filters(),
                person_id=None,
                cursor=cursor,
                size=size,
            )
            back, cursor = [*page.rows, *back], page.previous
        assert [row.id for row in back] == seen
        lists._shuffled.cache_clear()

    @pytest.mark.parametrize("order", ["newest", "most_supported", "random"])
    def test_back_is_where_one_was(self, session, component, organization, many, order):
        _seen, pages = self.walk(session, component, organization, order, seed=7)
        back = queries.list_page(
            session,
            organization.id,
            component.id,
            order=order,
            seed=7,
            filters=queries.Filters(),
            person_id=None,
            cursor=pages[1].previous,
            size=7,
        )
        assert [row.id for row in back.rows] == [row.id for row in pages[0].rows]
        assert back.previous is None

    def test_random_begins_elsewhere_for_another_seed(self, session, component, organization, many):
        one, _ = self.walk(session, component, organization, "random", seed=0)
        other, _ = self.walk(session, component, organization, "random", seed=SPAN // 2)
        assert one != other
        assert one == self.walk(session, component, organization, "random", seed=0)[0]

    @pytest.mark.parametrize("order", ["newest", "random"])
    def test_how_many(self, session, component, organization, many, order):
        _seen, pages = self.walk(session, component, organization, order, size=7, seed=3)
        assert {row.total for page in pages for row in page.rows} == {len(many)}

    def test_filters(self, session, component, author, organization):
        place, theme = list(organization.territories)[1], next(iter(organization.themes))
        wanted = publish(
            session,
            author,
            component,
            organization,
            territory_id=place,
            theme_id=theme,
            title="Lámparas en el sendero",
        )
        publish(session, author, component, organization)
        for filters in ({"territories": (place,)}, {"theme": theme}, {"words": "lampara senderos"}):
            assert self.walk(session, component, organization, "newest", **filters)[0] == [wanted]

    @pytest.mark.parametrize(
        ("typed", "finds"),
        [
            ("acueducto", True),
            ("ACUEDUCTOS veredales", True),
            ("acuedu", True),
            ("ducto", False),
            ("acueducto puente", False),
            ("plan_b", True),
            ("plan_", True),
            ("planxb", False),
            ("100%", True),
            ("1%", True),
            ("%", True),
            ("' | !acueducto:* & (", True),
            ("k" * 5000, True),
            ("k" * 61, True),
            ("k" * 59 + "x", False),
            ("ñandú", True),
            ("nandu", True),
        ],
    )
    def test_words_are_found_by_how_they_begin(
        self, session, component, author, organization, typed, finds
    ):
        """The same on both databases, whatever somebody types or has written."""
        wanted = publish(
            session,
            author,
            component,
            organization,
            title="Acueducto veredal",
            body=f"El plan_b costaría el 100% y salvaría al ñandú. {'K' * 900}",
        )
        found = self.walk(session, component, organization, "newest", words=typed)[0]
        assert found == ([wanted] if finds else [])


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_simultaneous_supports_neither_double_nor_pass_the_limit(engine):
    """Sixteen requests of one person at once: one each, and never more than the limit."""
    app = new_app(engine)
    with app.app_context():
        session = db.session()
        organization = factories.make_organization(session)
        bind_to_organization(session, organization.id)
        component = factories.make_process(
            session,
            components=[
                {"key": "propuestas", "type": "proposals", "settings": {"support_limit": 3}}
            ],
        ).components[0]
        author = factories.make_person(session, "Autora")
        person = factories.make_person(session, "Vecina")
        proposals = [publish(session, author, component, organization) for _ in range(4)]
        session.commit()
        actor = factories.actor_of(session, person)
        session.rollback()

    def press(proposal):
        with app.app_context():
            session = db.session()
            bind_to_organization(session, organization.id)
            try:
                services.support(session, actor, component, proposal)
                session.commit()
            except Denied:
                session.rollback()

    threads = [threading.Thread(target=press, args=(proposals[index % 4],)) for index in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        session = db.session()
        bind_to_organization(session, organization.id)
        given_supports = session.scalar(sa.select(sa.func.count()).select_from(Support))
        counted = session.scalar(sa.select(sa.func.sum(Proposal.support_count)))
        session.rollback()
        db.engine.dispose()
    assert given_supports == counted == 3


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@pytest.mark.parametrize("happens", ["withdrawn", "joined"])
@pytest.mark.parametrize("gives", [True, False])
def test_no_support_is_left_on_what_went_at_that_moment(engine, happens, gives):
    """Somebody presses the button while the proposal is withdrawn, or joined to another."""
    app = new_app(engine)
    with app.app_context():
        session = db.session()
        organization = factories.make_organization(session)
        bind_to_organization(session, organization.id)
        component = factories.make_process(session).components[0]
        author = factories.make_person(session, "Autora")
        person = factories.make_person(session, "Vecina")
        proposal = publish(session, author, component, organization)
        other = publish(session, author, component, organization)
        actor, owner = factories.actor_of(session, person), factories.actor_of(session, author)
        if not gives:
            services.support(session, actor, component, proposal)
        session.commit()
    went, refusals = threading.Event(), []

    def press():
        with app.app_context():
            session = db.session()
            bind_to_organization(session, organization.id)
            went.set()
            act = services.support if gives else services.take_support_back
            try:
                act(session, actor, component, proposal)
                session.commit()
            except (Denied, Conflict) as error:
                session.rollback()
                refusals.append(error)

    with app.app_context():
        session = db.session()
        bind_to_organization(session, organization.id)
        if happens == "withdrawn":
            services.withdraw(session, owner, component, proposal)
        else:
            merging.join(session, proposal, other)
        session.flush()
        pressing = threading.Thread(target=press)
        pressing.start()
        went.wait(10)
        time.sleep(0.3)  # lets it come as far as it can; the outcome does not depend on it
        session.commit()
        pressing.join(30)
        assert len(refusals) == 1
        session.expire_all()
        left = session.scalars(sa.select(Support.proposal_id)).all()
        assert left == ([other] if not gives and happens == "joined" else [])
        assert session.get_one(Proposal, proposal).support_count == 0
        assert session.get_one(Proposal, other).support_count == len(left)
