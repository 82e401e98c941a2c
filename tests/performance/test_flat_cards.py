"""The list writes its cards flat, for speed: they must be what the macros give for each."""

import datetime as dt
from types import SimpleNamespace

import pytest
from flask import Flask

from participa.proposals.views.lists import ProposalCard

BY_MACROS = """
{%- import "ui/macros.html" as ui -%}
{%- for card in cards %}{% set row = card.row %}<li>
{%- set foot %}{% if support_open %}{{ ui.support_button(card.url ~ '/apoyo',
  row.support_count if shows_supports else none, row.supported,
  id='apoyo-%d'|format(row.id), denial=card.denial, title=row.title,
  back=card.url) }}
{%- elif shows_supports %}<p class="support-count">{{ row.support_count|number }}
  <small>{{ ngettext('apoyo', 'apoyos', row.support_count) }}</small></p>{% endif %}{% endset %}
{%- call ui.card(row.title, card.url, level=2, meta=card.meta, foot=foot) %}
<p{% if row.language != locale %} lang="{{ row.language }}"{% endif %}>{{ row.excerpt }}</p>
{% endcall %}</li>{% endfor -%}
"""
FLAT = """
{%- import "proposals/_cards.html" as list -%}
{{ list.cards(cards, locale, support_open, shows_supports) }}
"""


def cards() -> list[ProposalCard]:
    return [
        ProposalCard(
            SimpleNamespace(
                id=7,
                title="<b>Agua</b> & «vías»",
                excerpt="Cuando llueve, el agua 'entra' a las casas.",
                language=language,
                support_count=count,
                supported=supported,
                published_at=dt.datetime(2026, 3, 3, tzinfo=dt.UTC),
            ),
            "/procesos/uno/propuestas/7",
            ["Rosa <Quintero>", "La Loma"],
            denial,
        )
        for language, count, supported, denial in (
            ("es", 0, False, None),
            ("pt", 1, False, None),
            ("es", 2, True, "Usted ya apoya esta propuesta."),
            ("es", 12345, False, "Es su propuesta."),
        )
    ]


def squeezed(html: str) -> str:
    return "".join(html.split())


@pytest.mark.parametrize("support_open", [True, False])
@pytest.mark.parametrize("shows_supports", [True, False])
def test_flat_cards_are_what_the_macros_give(
    app: Flask, support_open: bool, shows_supports: bool
) -> None:
    shown = {
        "cards": cards(),
        "locale": "es",
        "support_open": support_open,
        "shows_supports": shows_supports,
    }
    with app.test_request_context():
        flat, expected = (
            squeezed(app.jinja_env.from_string(source).render(**shown))
            for source in (FLAT, BY_MACROS)
        )
    assert flat == expected
    assert "<b>" not in flat
