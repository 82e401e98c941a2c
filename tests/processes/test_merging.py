"""What two people changed in one document, put together."""

from participa.processes.changes.merging import ABSENT, Clash, merged

BASE = {
    "slug": "agua",
    "title": {"es": "Agua", "en": "Water"},
    "phases": [{"key": "a", "start": "1"}, {"key": "b", "start": "2"}],
}


def test_what_nobody_else_touched_is_taken_from_each():
    mine = {**BASE, "title": {"es": "El agua", "en": "Water"}, "notice": "Ojo"}
    theirs = {**BASE, "title": {"es": "Agua", "en": "The water"}, "slug": "el-agua"}
    assert merged(BASE, mine, theirs) == (
        {
            "slug": "el-agua",
            "title": {"es": "El agua", "en": "The water"},
            "phases": BASE["phases"],
            "notice": "Ojo",
        },
        [],
    )


def test_a_page_that_changed_nothing_reverts_nothing():
    theirs = {"slug": "x", "title": {"es": "Otro"}, "phases": []}
    assert merged(BASE, BASE, theirs) == (theirs, [])


def test_both_changed_the_same_and_both_values_are_told():
    mine = {**BASE, "title": {"es": "Mío", "en": "Water"}}
    theirs = {**BASE, "title": {"es": "Suyo"}}
    document, clashes = merged(BASE, mine, theirs)
    assert document["title"] == {"es": "Mío"}
    assert clashes == [Clash("title.es", "Mío", "Suyo")]
    assert merged(BASE, mine, mine) == (mine, [])


def test_phases_go_by_their_keys():
    a, b = BASE["phases"]
    mine = {**BASE, "phases": [b, {**a, "end": "5"}]}
    theirs = {**BASE, "phases": [a, {"key": "n"}, {**b, "start": "3"}]}
    document, clashes = merged(BASE, mine, theirs)
    assert document["phases"] == [{**b, "start": "3"}, {**a, "end": "5"}, {"key": "n"}]
    assert clashes == []


def test_what_one_removes_and_another_changes_is_told():
    mine = {**BASE, "phases": BASE["phases"][1:]}
    theirs = {**BASE, "phases": [{"key": "a", "start": "9"}, BASE["phases"][1]]}
    document, clashes = merged(BASE, mine, theirs)
    assert [each["key"] for each in document["phases"]] == ["b"]
    assert clashes == [Clash("phases[0]", ABSENT, {"key": "a", "start": "9"})]
