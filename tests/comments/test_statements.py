"""The same number of statements with one comment and with five thousand."""

import pytest
import sqlalchemy as sa

from participa.comments.models import Comment, CommentCount
from participa.comments.queries import lists
from participa.comments.queries.lists import Reader
from participa.contributions.models import Standing
from participa.core import clock
from tests import factories
from tests.comments.conftest import FOR, LIST
from tests.conftest import ENGINES
from tests.statements import recorded

HERE = f"{LIST}/comentarios"

PAGES = {
    # Statements for a visitor and for somebody who signed in: one of them is the comments.
    f"{HERE}/propuesta-{{proposal}}": (4, 6),
    f"{HERE}/propuesta-{{proposal}}?orden=useful&posicion=for": (4, 6),
    f"{HERE}/propuesta-{{proposal}}.atom": (4, 5),
    f"{HERE}.atom": (4, 5),
    f"{HERE}/{{comment}}": (5, 7),
}


def fill(talk, person, number):
    """Add threads, some with many answers, past the services: it is their number that matters."""
    process = talk.component.process.id
    common = {
        "organization_id": person.organization_id,
        "subject_kind": "proposal",
        "subject_id": talk.ref.id,
        "process_id": process,
        "component_id": talk.component.id,
        "author_id": person.id,
        "status": "published",
        "under_review": False,
        "body": "Una opinión.",
        "body_html": "<p>Una opinión.</p>",
        "language": "es",
        "published_at": clock.now(),
    }
    threads = [
        {**common, "submission": f"{number}-{key}", "position": FOR, "reply_count": 0}
        for key in range(number // 5)
    ]
    talk.session.execute(sa.insert(Comment), threads)
    opening = talk.session.scalars(
        sa.select(Comment.id).where(Comment.parent_id.is_(None)).order_by(Comment.id.desc())
    ).all()
    talk.session.execute(
        sa.insert(Comment),
        [
            # Half of the answers in one thread, the others spread.
            {
                **common,
                "submission": f"{number}-r{key}",
                "parent_id": opening[0] if key % 2 else opening[key % len(opening)],
                "reply_count": 0,
            }
            for key in range(number - number // 5)
        ],
    )
    talk.session.execute(
        sa.update(Comment)
        .where(Comment.id.in_(opening))
        .values(
            reply_count=sa.select(sa.func.count())
            .select_from(other := sa.alias(Comment.__table__))
            .where(other.c.parent_id == Comment.__table__.c.id)
            .scalar_subquery()
        )
        .execution_options(synchronize_session=False)
    )
    talk.session.execute(
        sa.update(CommentCount)
        .values(published=CommentCount.published + number)
        .execution_options(synchronize_session=False)
    )
    talk.session.commit()


def statements_of(client, path):
    assert client.get(path).status_code == 200, path
    with recorded() as statements:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return statements


@pytest.mark.parametrize("who", ["visitor", "person"])
def test_fixed_at_five_thousand(client, session, talk, nubia, efrain, who):
    if who == "person":
        factories.sign_in(client, session, efrain)
    page = f"{LIST}/{talk.ref.id}"
    empty = statements_of(client, page)
    comment = talk.say(nubia)
    talk.answer(nubia, comment)
    wrong = []
    for number in (10, 4988):
        fill(talk, nubia, number)
        found = statements_of(client, page)
        # The counts, the threads and their first answers are one.
        if len(found) != len(empty):
            wrong.append("\n    ".join([f"{page}: {len(found)}, {len(empty)} empty", *found]))
        for path, expected in PAGES.items():
            address = path.format(proposal=talk.ref.id, comment=comment)
            found = statements_of(client, address)
            if len(found) != expected[who == "person"]:
                wrong.append("\n    ".join([f"{path}: {len(found)}, not {expected}", *found]))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "engine_name", [each for each in ENGINES if each == "postgresql"], indirect=True
)
def test_few_rows_are_looked_at_also_when_the_planner_knows_of_none(session, talk, nubia):
    """As after an evening in which the first five thousand comments came in."""
    talk.answer(nubia, talk.say(nubia))
    fill(talk, nubia, 5000)
    session.execute(
        sa.text(
            "UPDATE pg_class SET reltuples = 0, relpages = 99"
            " WHERE relname IN ('comments', 'comment_counts')"
        )
    )
    sent = []
    note = lambda *given: sent.append(given[2:4])  # noqa: E731
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        found = lists.threads(session, Reader(nubia.organization_id), talk.ref)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert len(found.page.rows) == lists.THREADS
    ((statement, values),) = [each for each in sent if "comment_counts" in each[0]]
    plan = session.connection().exec_driver_sql(
        f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values
    )
    # At the worst, all comments twice for each of eleven threads: not each with every other.
    assert rows_of(plan.scalar_one()[0]["Plan"]) < 50 * 5000


def rows_of(node):
    """Return how many rows the steps of a plan gave or threw away."""
    here = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            + node.get("Rows Removed by Join Filter", 0)) * node["Actual Loops"]  # fmt: skip
    return here + sum(rows_of(each) for each in node.get("Plans", ()))


def test_a_visitors_page_spends_one_on_comments(client, talk, nubia):
    talk.answer(nubia, talk.say(nubia))
    found = statements_of(client, f"{LIST}/{talk.ref.id}")
    about_comments = [each for each in found if "comment_counts" in each or "FROM comments" in each]
    assert len(about_comments) == 1, "\n\n".join(found)


def test_lines_of_moderation_are_asked_for_at_once(client, talk, nubia):
    page = f"{LIST}/{talk.ref.id}"
    removed = [talk.say(nubia, f"Número {key}") for key in range(6)]
    before = len(statements_of(client, page))
    found = []
    for comment in removed:
        talk.stand(comment, Standing.REMOVED)
        found.append(len(statements_of(client, page)) - before)
    assert set(found) <= {0, 1}


def test_voting_has_a_fixed_number_of_statements(client, session, talk, nubia, efrain):
    comment = talk.say(nubia)
    factories.sign_in(client, session, efrain)
    numbers = []
    for number in (10, 1000):
        fill(talk, nubia, number)
        for on in ("1", "0"):
            with recorded() as statements:
                answer = client.post(
                    f"{HERE}/{comment}/util", data={"on": on, "volver": f"{LIST}/{talk.ref.id}"}
                )
            assert answer.status_code == 303
            numbers.append(len(statements))
    assert len(set(numbers[1:])) == 1, numbers
