"""Templates: what they write is escaped as ever, and phrases are in the reader's language."""

from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from jinja2 import DictLoader
from markupsafe import Markup, escape

from participa.core.i18n import Localized
from participa.core.templates import template, written


class Word(str):
    """A string of another class."""

    __slots__ = ()


@pytest.fixture
def shown(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what a template shows, compiled for the language of the page."""

    def show(source: str, **values: Any) -> str:
        name = "page.html"
        monkeypatch.setitem(app.extensions, "participa_templates", {})
        monkeypatch.setattr(app.jinja_env, "loader", DictLoader({name: source}))
        return template(app, name).render(values)

    with app.test_request_context():
        yield show


@pytest.mark.parametrize(
    "value",
    [
        *("«a» & <b> \"c\" 'd'", "", Markup("<b>&amp;</b>"), Word("<b>"), 5, -7, True, None, 2.5),
        *(Localized("<b>"), _l("No se puede «%(word)s»", word="<b>"), ["<b>"], {"<b>": "&"}),
    ],
)
def test_values_are_escaped_as_markupsafe_does(shown: Any, value: Any) -> None:
    assert written(value) == escape(value)
    assert shown("{{ value }}{% set kept %}{{ value }}{% endset %}{{ kept }}", value=value) == str(
        escape(value) + escape(value)
    )
    macro = "{% macro box(value) %}<i>{{ value }}</i>{% endmacro %}{{ box(value) }}"
    assert shown(macro, value=value) == f"<i>{escape(value)}</i>"


@pytest.mark.parametrize(("language", "word"), [("es", "Menú"), ("en", "Menu")])
def test_phrases_are_in_the_language_of_the_page(shown: Any, language: str, word: str) -> None:
    with force_locale(language):
        source = "{{ _('Menú') }}{% set it = _('Menú') %}|{{ it }}|{{ _('Menú')|upper ~ '<' }}"
        assert shown(source) == f"{word}|{word}|{word.upper()}&lt;"


def test_a_template_is_compiled_once_per_language(app: Flask) -> None:
    with app.test_request_context():
        spanish = template(app, "ui/base.html")
        assert template(app, "ui/base.html") is spanish
        with force_locale("en"):
            assert template(app, "ui/base.html") is not spanish


def test_phrases_are_trusted_but_not_what_is_put_into_them(shown: Any) -> None:
    """The catalogue is ours; what people wrote is not."""
    assert shown("{{ _('100 %% de <b>todo</b>') }}") == "100 % de <b>todo</b>"
    assert shown("{{ _('Motivo: %(reason)s', reason=it) }}", it="<b>") == "Motivo: &lt;b&gt;"
    assert shown("{{ _(it) }}", it="Menú") == "Menú"


def test_templates_cannot_change_what_all_of_them_share(app: Flask) -> None:
    with app.test_request_context():
        globals_of_one = template(app, "ui/base.html").globals
        with pytest.raises(AttributeError):
            globals_of_one.update(locale="xx")
