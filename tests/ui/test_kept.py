"""Fragments that are kept in memory are the same for everybody who reads them."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from jinja2 import DictLoader, nodes
from sqlalchemy.orm import Session

import participa
from participa.core.templates import MOST_KEPT, template
from tests.comments.conftest import Talk, talk  # noqa: F401  (a fixture)
from tests.factories import make_person, sign_in

LOOKS_AT = {
    "footer": {
        *("_", "footer_nav", "item", "last_update", "main_nav", "org", "self", "source_url", "ui")
    },
    "script parts": {"ui"},
    "timeline": {"drawing", "drawn", "ui"},
    "filters": {"_", "actor", "component", "order", "orders", "organization", "ui", "unfolded"}
    | {"wanted"},
    "comment": {"_fields", "found"},
}
"""All that each fragment looks at. Whatever joins a line must be in the fragment's key, or be the
same for everybody: never a token, a name, or the address of the page."""


def fragments(app: Flask) -> dict[str, set[str]]:
    """Return the names that each kept fragment of our templates reads."""
    found: dict[str, set[str]] = {}
    for path in Path(participa.__file__).parent.glob("*/templates/**/*.html"):
        for block in app.jinja_env.parse(path.read_text()).find_all(nodes.CallBlock):
            function = block.call.node
            if not isinstance(function, nodes.ExtensionAttribute) or function.name != "kept":
                continue
            key: Any = block.call.args[0]
            name = key.items[1].as_const()
            assert name not in found, name
            found[name] = {each.name for part in block.body for each in part.find_all(nodes.Name)}
    return found


def test_nothing_personal_is_kept(app: Flask) -> None:
    assert fragments(app) == LOOKS_AT


@pytest.mark.parametrize("language", ["es", "en"])
def test_kept_once_per_owner_key_and_language(
    app: Flask, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    source = "{% kept owner, 'it', key %}{{ _('Menú') }} {{ write() }}{% endkept %}"
    monkeypatch.setitem(app.extensions, "participa_templates", {})
    monkeypatch.setattr(app.jinja_env, "loader", DictLoader({"page.html": source}))
    written: list[str] = []

    class Owner:
        pass

    def show(owner: Any, key: Any) -> str:
        def write() -> str:
            written.append("<b>")
            return written[-1]

        return template(app, "page.html").render(owner=owner, key=key, write=write)

    one, other = Owner(), Owner()
    with app.test_request_context(), force_locale(language):
        word = "Menú" if language == "es" else "Menu"
        assert {show(one, 1), show(one, 1), show(one, 2), show(other, 1)} == {f"{word} &lt;b&gt;"}
        assert len(written) == 3
        show(None, 1)
        show(None, 1)
        assert len(written) == 5
        for key in range(3 * MOST_KEPT):
            show(one, key)
        assert len(vars(one)["_fragments"]) <= MOST_KEPT


def test_each_reader_has_their_own_tokens(
    app: Flask,
    client: FlaskClient,
    session: Session,
    talk: Talk,  # noqa: F811
) -> None:
    page = f"/procesos/presupuesto/propuestas/{talk.ref.id}"
    other = app.test_client()
    sign_in(other, session, make_person(session, "Diana Peña"))
    secrets = []
    for who in (client, other, client):
        text = who.get(page).get_data(as_text=True)
        keys = set(re.findall(r'name="submission"[^>]* value="([^"]+)"', text))
        assert len(keys) == 1
        assert not any(secret in text for earlier in secrets for secret in earlier)
        secrets.append(keys)
        assert ("Diana Peña" in text) is (who is other)
