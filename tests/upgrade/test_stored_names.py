"""What the next upgrade must not lose is written down when it comes in."""

from tests.contracts import stored_names


def test_every_stored_name_is_listed():
    new = sorted(stored_names.names() - stored_names.kept())
    assert not new, f"run `.venv/bin/python -m tests.contracts.stored_names`, for {new}"
