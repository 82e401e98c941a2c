"""Nobody else on the machine reads the database, the queue or the key, old or new."""

import os
import stat

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder):
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}


def test_new_files_are_of_their_owner_only(run, tmp_path, monkeypatch):
    folder = tmp_path / "new"
    monkeypatch.setenv("PARTICIPA_DATA_DIR", str(folder))
    monkeypatch.delenv("PARTICIPA_SECRET_KEY")
    assert run("db", "upgrade").exit_code == 0
    found = modes(folder)
    assert found.pop("new") == 0o700
    assert {"participa.sqlite3", "queue.sqlite3", "secret_key"} <= set(found)
    assert set(found.values()) == {0o600}


def test_old_files_are_mended_and_the_folder_is_told(run, tmp_path):
    folder = tmp_path / "data"
    assert run("db", "upgrade").exit_code == 0
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    # A folder may hold other things: whoever runs it decides.
    answer = run("check")
    assert answer.exit_code == 1
    assert f"chmod go= {folder}" in answer.output
    found = modes(folder)
    assert found.pop("data") == 0o755
    assert set(found.values()) == {0o600}


def test_the_demonstration_s_folder_is_private(run, tmp_path, monkeypatch):
    folder = tmp_path / "demo"
    folder.mkdir(mode=0o755)
    (folder / "demo").touch()
    monkeypatch.setattr("participa.cli.demo.city.build", lambda *_: None)
    assert run("demo", "--data", folder, "--prepare-only").exit_code == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
