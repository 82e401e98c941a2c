"""What can be done with comments, at the service: the only way to change them."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine

from participa.accounts import personal_data
from participa.comments.models import Comment, CommentVote
from participa.comments.services import telling, writing
from participa.contributions.contract import moderation_of, written
from participa.contributions.models import Contribution, Standing
from participa.contributions.screening import Warned
from participa.core import clock
from participa.core.errors import Invalid, Missing
from participa.core.facts import FactRow, Ref
from participa.core.policy import Denied, Sanction
from tests import factories
from tests.comments.conftest import AGAINST, FOR, NEUTRAL, make_component, make_talk

ZERO = (0, 0, 0, 0)


def denied_key(call, *arguments, **values):
    with pytest.raises(Denied) as caught:
        call(*arguments, **values)
    return caught.value.denial.key


def told(session, name):
    return session.scalars(sa.select(FactRow).where(FactRow.name == name)).all()


class TestWriting:
    def test_publishes_counts_and_records(self, talk, nubia, session):
        made = talk.say(nubia, "Sirve **mucho**.", position=FOR)
        row = talk.row(made)
        assert (row.status, row.position, row.parent_id) == (Standing.PUBLISHED, FOR, None)
        assert "<strong>mucho</strong>" in row.body_html
        assert talk.counts() == (1, 1, 0, 0)
        (fact,) = told(session, "comments.published")
        assert (fact.subject, fact.data["author_id"]) == (talk.ref, [talk.author.id])
        assert (fact.actor_id, fact.public) == (nubia.id, True)
        entry = session.scalars(sa.select(Contribution).where(Contribution.kind == "comment")).one()
        assert (entry.item_id, entry.status) == (made, Standing.PUBLISHED)

    def test_a_side_counts_people(self, talk, nubia, efrain):
        first = talk.say(nubia, "Sirve mucho.", position=FOR, key="una")
        second = talk.say(nubia, "Y además sale barato.", position=FOR, key="dos")
        talk.say(nubia, "Pero tarda.", position=AGAINST, key="tres")
        talk.say(efrain, "A mí también me sirve.", position=FOR, key="cuatro")
        assert talk.counts() == (4, 2, 1, 0)
        talk.stand(first, Standing.REMOVED)
        assert talk.counts() == (3, 2, 1, 0)
        talk.stand(second, Standing.REMOVED)
        assert talk.counts() == (2, 1, 1, 0)
        talk.stand(first, Standing.PUBLISHED)
        talk.stand(second, Standing.PUBLISHED)
        assert talk.counts() == (4, 2, 1, 0)

    def test_the_same_form_twice_makes_one(self, talk, nubia):
        assert talk.say(nubia, key="igual") == talk.say(nubia, key="igual")
        assert talk.counts() == (1, 0, 0, 0)

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ("", "Escriba su comentario"),
            ("  \n ", "Escriba su comentario"),
            ("x", "al menos 2"),
            ("x" * 1501, "caben 1500"),
            ("al rev\u202e\u00e9s", "invisibles"),
        ],
    )
    def test_bad_input_gets_its_sentence(self, talk, nubia, body, words):
        with pytest.raises(Invalid) as caught:
            talk.say(nubia, body)
        assert words in str(caught.value.by_path()["body"][0])

    def test_a_position_that_is_not_asked_for_is_not_kept(self, app, session, organization):
        talk = make_talk(app, session, organization, make_component(session))
        made = talk.say(talk.person(), position=AGAINST)
        assert talk.row(made).position is None
        assert talk.counts() == (1, 0, 0, 0)

    def test_an_answer_to_an_answer_joins_the_thread(self, talk, nubia, efrain):
        opening = talk.say(nubia)
        first = talk.answer(efrain, opening)
        second = talk.answer(nubia, first)
        assert (talk.row(second).parent_id, talk.row(second).answers_id) == (opening, first)
        assert talk.row(opening).reply_count == 2
        assert talk.row(first).reply_count == 0
        assert talk.counts() == (3, 0, 0, 0)

    def test_an_answer_takes_no_position(self, talk, nubia, efrain):
        answer = talk.answer(efrain, talk.say(nubia, position=FOR), position=AGAINST)
        assert talk.row(answer).position is None
        assert talk.counts() == (2, 1, 0, 0)

    def test_what_cannot_be_commented_is_missing(self, talk, nubia):
        for ref in (Ref("proposal", 999_999), Ref("nothing", 1), Ref("process", 1)):
            talk.ref = ref
            with talk.app.test_request_context(), pytest.raises(Missing):
                talk.say(nubia)

    def test_not_through_another_component(self, app, talk, nubia, session):
        other = factories.make_process(session, slug="otro").components[0]
        talk.component = other
        with pytest.raises(Missing):
            talk.say(nubia)

    def test_visitors_are_asked_to_sign_in(self, talk):
        visitor = factories.actor_of(talk.session, talk.author, person_id=None)
        with talk.app.app_context():
            key = denied_key(
                writing.create,
                talk.session,
                visitor,
                talk.component,
                talk.ref,
                writing.Draft("Hola a todos"),
                "x",
            )
        assert key == "sign_in"

    def test_suspended_people_cannot_write_but_can_take_a_vote_back(self, talk, nubia, efrain):
        comment = talk.say(nubia)
        talk.vote(efrain, comment)
        suspended = talk.actor(efrain)
        talk.actor = lambda _person: factories.actor_of(
            talk.session, efrain, sanctions=(Sanction(None, None),)
        )
        assert denied_key(talk.say, efrain) == "suspended"
        assert denied_key(talk.answer, efrain, comment) == "suspended"
        assert denied_key(talk.vote, efrain, comment) == "suspended"
        assert talk.unvote(efrain, comment) == 0
        assert suspended.person_id == efrain.id

    def test_a_daily_limit_holds(self, talk, nubia):
        talk.actor = lambda person: factories.actor_of(
            talk.session, person, sanctions=(Sanction(None, None, per_day=1),)
        )
        talk.say(nubia)
        assert denied_key(talk.say, nubia) == "daily_limit"


class TestStandingOfWhatIsCommented:
    @pytest.mark.parametrize("standing", [Standing.REMOVED, Standing.WITHDRAWN])
    def test_nothing_is_added_once_it_is_gone(self, talk, nubia, efrain, standing):
        comment = talk.say(nubia)
        talk.stand(talk.ref.id, standing, "proposal")
        assert denied_key(talk.say, nubia) == "subject_stands"
        assert denied_key(talk.answer, efrain, comment) == "subject_stands"

    def test_what_waits_is_not_there(self, talk, nubia):
        talk.stand(talk.ref.id, Standing.WAITING, "proposal")
        with pytest.raises(Missing):
            talk.say(nubia)

    def test_what_is_gone_is_not_answered(self, talk, nubia, efrain):
        opening = talk.say(nubia)
        answer = talk.answer(efrain, opening)
        talk.stand(answer, Standing.REMOVED)
        assert denied_key(talk.answer, nubia, answer) == "stands"
        assert denied_key(talk.vote, nubia, answer) == "stands"
        talk.stand(answer, Standing.PUBLISHED)
        talk.delete(nubia, opening)
        assert denied_key(talk.answer, nubia, opening) == "stands"
        assert denied_key(talk.answer, nubia, answer) == "stands"


class TestEditing:
    def test_within_the_window_with_a_mark(self, talk, nubia):
        comment = talk.say(nubia, position=FOR)
        talk.edit(nubia, comment, "Lo pensé mejor.", position=AGAINST)
        row = talk.row(comment)
        assert (row.body, row.edited_at is not None) == ("Lo pensé mejor.", True)
        assert talk.counts() == (1, 0, 1, 0)

    def test_the_window_is_half_open(self, talk, nubia):
        with time_machine.travel(clock.now(), tick=False) as frozen:
            comment = talk.say(nubia)
            frozen.shift(dt.timedelta(minutes=15) - dt.timedelta(microseconds=1))
            talk.edit(nubia, comment, "A tiempo.")
            frozen.shift(dt.timedelta(microseconds=1))
            assert denied_key(talk.edit, nubia, comment, "Tarde.") == "within_window"
        assert talk.row(comment).body == "A tiempo."

    def test_without_minutes_never(self, app, session, organization):
        talk = make_talk(
            app, session, organization, make_component(session, comment_edit_minutes=0)
        )
        nubia = talk.person()
        assert denied_key(talk.edit, nubia, talk.say(nubia), "Otra cosa.") == "within_window"

    def test_only_ones_own_and_only_what_stands(self, talk, nubia, efrain):
        comment = talk.say(nubia)
        assert denied_key(talk.edit, efrain, comment, "No.") == "is_author"
        talk.stand(comment, Standing.REMOVED)
        assert denied_key(talk.edit, nubia, comment, "No.") == "stands"

    def test_no_role_edits_anothers_words(self, talk, nubia):
        comment = talk.say(nubia)
        boss = talk.person("Jefa", roles=["organization_admin"])
        assert denied_key(talk.edit, boss, comment, "Otra cosa.") == "is_author"
        assert denied_key(talk.delete, boss, comment) == "is_author"


class TestDeleting:
    def test_leaves_its_place_and_its_answers(self, talk, nubia, efrain, session):
        opening = talk.say(nubia, position=NEUTRAL)
        answer = talk.answer(efrain, opening)
        talk.delete(nubia, opening)
        row = talk.row(opening)
        assert (row.status, row.deleted_at is not None) == (Standing.WITHDRAWN, True)
        assert talk.row(answer).status is Standing.PUBLISHED
        assert talk.counts() == (1, 0, 0, 0)
        assert row.reply_count == 1
        entry = session.scalars(
            sa.select(Contribution).where(
                Contribution.kind == "comment", Contribution.item_id == opening
            )
        ).one()
        assert entry.status is Standing.WITHDRAWN

    def test_only_ones_own_and_once(self, talk, nubia, efrain):
        comment = talk.say(nubia)
        assert denied_key(talk.delete, efrain, comment) == "is_author"
        talk.delete(nubia, comment)
        assert denied_key(talk.delete, nubia, comment) == "stands"
        assert talk.counts() == ZERO

    def test_also_once_the_phase_is_over(self, talk, nubia):
        comment = talk.say(nubia)
        with time_machine.travel(clock.now() + dt.timedelta(days=30)):
            assert denied_key(talk.edit, nubia, comment, "No.") == "closed"
            talk.delete(nubia, comment)
        assert talk.counts() == ZERO


class TestVotes:
    def test_once_per_person(self, talk, nubia, efrain, session):
        comment = talk.say(nubia)
        assert talk.vote(efrain, comment) == 1
        assert denied_key(talk.vote, efrain, comment) == "not_voted"
        assert talk.unvote(efrain, comment) == 0
        assert denied_key(talk.unvote, efrain, comment) == "voted"
        assert session.scalar(sa.select(sa.func.count()).select_from(CommentVote)) == 0

    def test_not_ones_own(self, talk, nubia):
        assert denied_key(talk.vote, nubia, talk.say(nubia)) == "not_own"

    def test_the_database_keeps_it(self, talk, nubia, efrain, session):
        comment = talk.say(nubia)
        talk.vote(efrain, comment)
        session.flush()
        values = {
            "organization_id": nubia.organization_id,
            "comment_id": comment,
            "person_id": efrain.id,
        }
        with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
            session.execute(sa.insert(CommentVote), values)

    def test_who_finds_what_useful_is_not_public(self, talk, nubia, efrain, session):
        talk.vote(efrain, talk.say(nubia))
        (fact,) = told(session, "comments.voted")
        assert not fact.public


class TestScreening:
    def test_personal_data_is_warned_of_before_it_is_sent(self, talk, nubia):
        with pytest.raises(Warned) as caught:
            talk.say(nubia, "Llámeme al 310 456 7890 y le cuento.")
        assert "310 456 7890" in str(caught.value.by_path()["body"][0])
        made = talk.say(nubia, "Llámeme al 310 456 7890 y le cuento.", acknowledged=True)
        assert talk.row(made).status is Standing.PUBLISHED

    @pytest.fixture
    def all_first(self, app, session, organization):
        component = make_component(session)
        talk = make_talk(app, session, organization, component)
        object.__setattr__(component.openings[0].settings, "review", "all")
        return talk

    def test_where_all_is_read_first_nothing_is_told_nor_counted(self, all_first, session):
        nubia = all_first.person()
        made = all_first.say(nubia)
        assert all_first.row(made).status is Standing.WAITING
        assert all_first.counts() == ZERO
        assert told(session, "comments.published") == []
        assert len(told(session, "comments.submitted")) == 1
        (question,) = told(session, "contributions.questioned")
        assert (question.subject, question.data["waiting"]) == (Ref("comment", made), True)

    def test_published_by_a_moderator_it_is_told_once(self, all_first, session):
        nubia = all_first.person()
        made = all_first.say(nubia)
        all_first.stand(made, Standing.PUBLISHED)
        assert all_first.counts() == (1, 0, 0, 0)
        assert len(told(session, "comments.published")) == 1
        published_at = all_first.row(made).published_at
        for standing in (Standing.REMOVED, Standing.WAITING):  # restored, and corrected
            all_first.stand(made, standing)
            all_first.stand(made, Standing.PUBLISHED)
        assert len(told(session, "comments.published")) == 1
        assert all_first.row(made).published_at == published_at

    def test_an_edit_that_must_be_read_takes_it_back_to_wait(self, talk, nubia):
        opening = talk.say(nubia, position=FOR)
        object.__setattr__(talk.component.openings[0].settings, "review", "flagged")
        links = "http://a.test http://b.test http://c.test"
        talk.edit(nubia, opening, links, position=AGAINST)
        row = talk.row(opening)
        assert (row.status, row.body, row.position) == (Standing.WAITING, links, AGAINST)
        assert talk.counts() == ZERO

    def test_answers_that_wait_do_not_count_for_the_thread(self, all_first):
        nubia, efrain = all_first.person(), all_first.person("Efraín S.")
        opening = all_first.say(nubia)
        all_first.stand(opening, Standing.PUBLISHED)
        answer = all_first.answer(efrain, opening)
        assert all_first.row(opening).reply_count == 0
        all_first.stand(answer, Standing.PUBLISHED)
        assert all_first.row(opening).reply_count == 1


class TestModeration:
    def test_removing_and_restoring_is_exact(self, talk, nubia, efrain, session):
        opening = talk.say(nubia, position=FOR)
        answers = [talk.answer(efrain, opening) for _ in range(3)]
        talk.vote(efrain, opening)
        session.commit()

        def everything():
            session.expire_all()
            return (
                talk.counts(),
                [
                    tuple(getattr(row, column.key) for column in sa.inspect(Comment).columns)
                    for row in session.scalars(sa.select(Comment).order_by(Comment.id))
                ],
                session.scalars(sa.select(CommentVote.comment_id)).all(),
            )

        before = everything()
        talk.stand(answers[1], Standing.REMOVED)
        assert talk.counts() == (3, 1, 0, 0)
        assert talk.row(opening).reply_count == 2
        talk.stand(opening, Standing.REMOVED)
        assert talk.counts() == (2, 0, 0, 0)
        talk.stand(opening, Standing.PUBLISHED)
        talk.stand(answers[1], Standing.PUBLISHED)
        assert everything() == before

    def test_removing_twice_counts_once(self, talk, nubia):
        comment = talk.say(nubia)
        talk.stand(comment, Standing.REMOVED)
        talk.stand(comment, Standing.REMOVED)
        assert talk.counts() == ZERO

    def test_as_moderators_read_it(self, talk, nubia, efrain, session):
        opening = talk.say(nubia, "Una idea: sembrar *árboles*.")
        answer = talk.answer(efrain, opening)
        with talk.app.app_context():
            found = written(session, [Ref("comment", opening), Ref("comment", answer)])
        first, second = found[Ref("comment", opening)], found[Ref("comment", answer)]
        assert (first.title, first.texts[0].words) == (
            "Una idea: sembrar árboles.",
            "Una idea: sembrar *árboles*.",
        )
        assert (first.parent, second.parent) == (talk.ref, Ref("comment", opening))
        assert first.url.endswith(f"/comentarios/{opening}#comentario-{opening}")

    def test_marking_and_correcting(self, talk, nubia, session):
        comment = talk.say(nubia, position=FOR)
        contract = moderation_of("comment")
        with talk.app.app_context():
            contract.mark(session, comment, True)
            assert talk.row(comment).under_review
            contract.rewrite(session, comment, {"body": "Dicho de otra forma."}, clock.now())
            session.commit()
            with pytest.raises(Invalid):
                contract.rewrite(session, comment, {"body": ""}, clock.now())
        row = talk.row(comment)
        assert (row.body, row.position) == ("Dicho de otra forma.", FOR)
        assert row.edited_at is not None
        talk.stand(comment, Standing.REMOVED)
        assert not talk.row(comment).under_review

    def test_a_comment_on_what_waits_again_can_still_be_published(self, talk, nubia):
        comment = talk.say(nubia)
        talk.stand(comment, Standing.WAITING)
        talk.stand(talk.ref.id, Standing.WAITING, "proposal")
        talk.stand(comment, Standing.PUBLISHED)
        assert talk.counts() == (1, 0, 0, 0)


class TestTelling:
    def test_an_answer_tells_who_opened_and_who_is_answered(self, talk, nubia, efrain, session):
        opening = talk.say(nubia)
        first = talk.answer(efrain, opening)
        talk.answer(talk.person("Gladys B."), first)
        facts = told(session, "comments.replied")
        assert [sorted(fact.data["author_id"]) for fact in facts] == [
            [nubia.id],
            sorted([nubia.id, efrain.id]),
        ]
        assert facts[0].data["comment"] == first

    def test_a_name_of_the_thread_is_called_and_no_other(self, talk, nubia, efrain, session):
        gladys, elsewhere = talk.person("Gladys B."), talk.person("Rosa Lejana")
        opening = talk.say(nubia)
        talk.answer(gladys, opening)
        talk.say(elsewhere)
        talk.answer(efrain, opening, "@gladys b. ¿y eso? @Rosa Lejana @Nubia O. @Efraín S. @Nadie")
        (fact,) = told(session, "comments.mentioned")
        # Nubia is told of the answer already; who does not take part here is not told at all.
        assert fact.data["person_id"] == [gladys.id]
        assert not fact.public

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("@Ana María, mire", [2]),
            ("@ana maria y @Ana", [2, 1]),
            ("Ana María", []),
            ("@Anabel", []),
            ("correo@Ana.test", [1]),
            ("@Luz", [3, 4]),
            ("", []),
        ],
    )
    def test_names(self, text, found):
        people = {1: "Ana", 2: "Ana María", 3: "Luz", 4: "Luz"}
        assert telling.mentioned(text, people) == found

    def test_only_some_are_called(self):
        people = {number: f"Persona {chr(64 + number)}" for number in range(1, 21)}
        text = " ".join(f"@{name}" for name in people.values())
        assert len(telling.mentioned(text, people)) == telling.MOST_MENTIONS

    def test_facts_never_carry_the_words(self, talk, nubia, efrain, session):
        opening = talk.say(nubia, "palabrasecreta uno")
        talk.answer(efrain, opening, "palabrasecreta dos @Nubia O.")
        talk.edit(nubia, opening, "palabrasecreta tres")
        talk.delete(nubia, opening)
        assert not [
            fact for fact in session.scalars(sa.select(FactRow)) if "secreta" in str(fact.data)
        ]


def test_ones_own_are_in_the_download(app, talk, nubia, efrain, session):
    mine = talk.say(nubia, "Lo mío.", position=FOR)
    gone = talk.say(nubia, "Lo borrado.")
    talk.delete(nubia, gone)
    talk.vote(nubia, talk.say(efrain, "Lo de otro."))
    session.commit()
    with app.test_request_context():
        found = personal_data.everything(session, nubia.id)["comentarios"]
    assert [(each["id"], each["texto"], each["posicion"]) for each in found["escritos"]] == [
        (mine, "Lo mío.", "for"),
        (gone, "Lo borrado.", None),
    ]
    assert len(found["utiles"]) == 1
