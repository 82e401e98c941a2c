"""Static files are served once per content, compressed, for ever."""

import gzip

import pytest
from flask import Flask

import participa.ui
from participa.ui.assets import Asset, AssetStore, UnknownAssetError


@pytest.fixture
def bare_app():
    app = Flask("bare")
    participa.ui.init_app(app)
    return app


@pytest.fixture
def store(bare_app):
    return bare_app.extensions["participa_assets"]


def test_the_name_changes_with_the_content_and_only_with_it():
    one, same, other = (Asset.build("css/a.css", body) for body in (b"a{}", b"a{}", b"b{}"))
    assert one.hashed_name == same.hashed_name
    assert one.hashed_name != other.hashed_name
    assert one.hashed_name.startswith("css/a.")
    assert one.hashed_name.endswith(".css")


def test_the_same_file_compresses_to_the_same_bytes():
    body = b"a{color:red}" * 200
    assert Asset.build("a.css", body).gzipped == Asset.build("a.css", body).gzipped


def test_what_does_not_shrink_is_sent_as_it_is():
    assert Asset.build("a.css", b"a{}").gzipped is None
    assert Asset.build("a.png", b"\0" * 1000).gzipped is None


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("participa.css", "text/css; charset=utf-8"),
        ("participa.js", "text/javascript; charset=utf-8"),
        ("vendor/htmx.min.js", "text/javascript; charset=utf-8"),
        ("icons.svg", "image/svg+xml"),
    ],
)
def test_served_compressed_and_cached_for_a_year(bare_app, store, name, content_type):
    answer = bare_app.test_client().get(store.url(name), headers={"Accept-Encoding": "br, gzip"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = bare_app.test_client().get(store.url(name), headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(answer.data) == plain.data


@pytest.mark.parametrize(
    "path", ["participa.css", "participa.0000000000.css", "../assets.py", "nada", ""]
)
def test_nothing_else_is_served(bare_app, path):
    assert bare_app.test_client().get(f"/recursos/{path}").status_code == 404


def test_a_mistyped_name_says_what_there_is(store):
    with pytest.raises(UnknownAssetError, match=r"particip\.css.*participa\.css"):
        store.url("particip.css")


def test_the_address_follows_the_mount_point(bare_app, store):
    with bare_app.test_request_context(environ_overrides={"SCRIPT_NAME": "/participa"}):
        assert store.url("participa.css").startswith("/participa/recursos/participa.")


def test_files_of_unknown_kind_are_left_alone(tmp_path):
    (tmp_path / "a.css").write_text("a{}")
    (tmp_path / "notes.md").write_text("x")
    store = AssetStore.load(tmp_path)
    assert store.url("a.css")
    with pytest.raises(UnknownAssetError):
        store.url("notes.md")


def test_the_budget_of_the_first_view(store):
    """The page budget is 60 KB in all: these are its fixed part."""
    sizes = {
        name: len(store.find(store.url(name).removeprefix("/recursos/")).gzipped)
        for name in ("participa.css", "participa.js", "vendor/htmx.min.js", "icons.svg")
    }
    assert sizes["participa.css"] <= 15 * 1024
    assert sizes["participa.js"] <= 6 * 1024
    assert sum(sizes.values()) <= 34 * 1024, sizes
