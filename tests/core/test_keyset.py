"""Pages by key: nothing lost, nothing twice, both ways; and cursors that anybody may write."""

import base64
import json

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from participa.core.keyset import Cursor, paginate

TABLE = sa.Table("things", sa.MetaData(), sa.Column("name", sa.String), sa.Column("id", sa.Integer))


@pytest.fixture(scope="module")
def connection():
    engine = sa.create_engine("sqlite://")
    with engine.connect() as opened:
        TABLE.metadata.create_all(opened)
        yield opened
    engine.dispose()


@settings(max_examples=40)
@given(st.lists(st.text("abñ", max_size=2), max_size=14), st.integers(1, 5), st.booleans())
def test_pages_partition_the_list_in_both_directions(connection, names, size, descending):
    connection.execute(sa.delete(TABLE))
    if names:
        connection.execute(
            sa.insert(TABLE), [{"name": name, "id": id} for id, name in enumerate(names)]
        )
    expected = sorted(((n, i) for i, n in enumerate(names)), reverse=descending)

    def page(cursor):
        return paginate(
            lambda select: [tuple(row) for row in connection.execute(select)],
            sa.select(TABLE.c.name, TABLE.c.id),
            [(TABLE.c.name, descending), (TABLE.c.id, descending)],
            lambda row: row,
            Cursor.decode(cursor, (str, int)),
            size,
        )

    pages = [page(None)]
    assert pages[0].previous is None
    while pages[-1].next:
        pages.append(page(pages[-1].next))
    assert [row for each in pages for row in each.rows] == expected
    assert all(len(each.rows) == size for each in pages[:-1])
    back = [pages[-1]]
    while back[-1].previous:
        back.append(page(back[-1].previous))
    assert [each.rows for each in reversed(back)] == [each.rows for each in pages]


def written(data):
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "zzz",
        "===",
        "a",
        "ñandú",
        "%00",
        "\x00",
        "A" * 401,
        "bnVsbA",
        "e30",
        "W10",
        written(5),
        written("x"),
        written({}),
        written([]),
        written([0]),
        written([0, "a"]),
        written([0, "a", "b"]),
        written([0, "a", 1, 2]),
        written([0, 1, "a"]),
        written([0, "a", 1.5]),
        written([0, "a", True]),
        written([0, "a", None]),
        written([0, "a", 2**63]),
        written([0, "a", -(2**70)]),
        written([0, "a\x00", 1]),
        written([0, "\ud800", 1]),
        written([0, ["a"], 1]),
        base64.urlsafe_b64encode(b"[" * 290).decode(),
        base64.urlsafe_b64encode(b"\xff" * 9).decode(),
        written([0, "a", 1])[:-1] + "!",
    ],
)
def test_a_malformed_cursor_is_the_first_page(text):
    found = Cursor.decode(text, (str, int))
    assert found is None or found.values == ("a", 1)


@given(st.text(max_size=60))
def test_no_text_is_too_strange_for_a_cursor(text):
    Cursor.decode(text, (str, int))


@given(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=15),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.booleans(),
)
def test_a_cursor_travels(name, number, backwards):
    cursor = Cursor((name, number), backwards)
    assert Cursor.decode(cursor.encode(), (str, int)) == cursor
