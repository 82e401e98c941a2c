"""No name that an installation has stored, published or printed is taken away or changed."""

from tests.contracts import stored_names


def test_every_stored_name_is_still_there():
    gone = sorted(stored_names.kept() - stored_names.names())
    assert not gone, f"installations have these: {gone}"


def test_the_list_holds_each_kind_of_name():
    kinds = {line.rpartition(" ")[0].split(" ")[0] for line in stored_names.kept()}
    assert kinds >= {
        *("action", "address", "capability", "column", "component", "cookie", "fact", "file"),
        *("label", "metric", "one-time", "phase", "preset", "purpose", "requirement", "resource"),
        *("room", "rules", "salt", "setting", "subscriber", "task", "value", "variable"),
        *("verification", "word", "browser"),
    }
