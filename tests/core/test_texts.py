"""Languages, dates, money and words. No database."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from flask import Flask, g, render_template_string
from flask_babel import force_locale

from participa.core import i18n, words
from participa.core.i18n import Localized


@pytest.fixture(scope="module")
def bare():
    app = Flask(__name__)
    i18n.init_app(app, lambda: None)
    return app


@pytest.fixture
def reading(bare):
    """Read as in a request of a city of Colombia."""
    with bare.test_request_context():
        g.time_zone = ZoneInfo("America/Bogota")
        g.currency = "COP"
        g.territory_locale = Locale.parse("es_CO")
        yield


def in_country(currency, locale):
    g.currency, g.territory_locale = currency, Locale.parse(locale)


def test_dates_are_those_of_the_organization(reading):
    late = dt.datetime(2026, 3, 4, 2, 30, tzinfo=dt.UTC)
    assert i18n.format_date(late) == "3 de marzo de 2026"
    assert i18n.format_date(late.date()) == "4 de marzo de 2026"
    assert i18n.format_datetime(late).startswith("3")
    assert i18n.format_datetime(late).endswith("21:30")
    for write in (i18n.format_date, i18n.format_last_day, i18n.format_datetime):
        assert write(None) == ""
    with force_locale("en"):
        assert i18n.format_date(late) == "March 3, 2026"
    with force_locale("pt"):
        assert i18n.format_date(late) == "3 de março de 2026"


@pytest.mark.parametrize(
    ("end", "day"),
    [
        # A midnight of Bogotá is five in the morning UTC: the last open day is the one before.
        (dt.datetime(2026, 5, 1, 5, tzinfo=dt.UTC), "30 de abril de 2026"),
        (dt.datetime(2026, 5, 1, 5, 0, 0, 1, tzinfo=dt.UTC), "1 de mayo de 2026 a las 0:00"),
        (dt.datetime(2026, 5, 1, 19, tzinfo=dt.UTC), "1 de mayo de 2026 a las 14:00"),
    ],
)
def test_the_last_day_of_a_half_open_end(reading, end, day):
    assert i18n.format_last_day(end) == day


def test_a_start_names_its_hour_unless_it_is_a_midnight(reading):
    assert i18n.format_start(dt.datetime(2026, 5, 1, 5, tzinfo=dt.UTC)) == "1 de mayo de 2026"
    morning = dt.datetime(2026, 5, 1, 13, 30, tzinfo=dt.UTC)
    assert i18n.format_start(morning) == "1 de mayo de 2026 a las 8:30"
    with force_locale("en"):
        assert "8:30" in i18n.format_start(morning)


def test_a_deadline_names_its_day_unless_it_is_today(reading):
    evening = dt.datetime(2026, 5, 1, 23, tzinfo=dt.UTC)
    assert i18n.format_deadline(evening + dt.timedelta(hours=2), evening) == "las 20:00"
    tomorrow = i18n.format_deadline(evening + dt.timedelta(hours=14), evening)
    assert tomorrow == "el 2 de mayo de 2026 a las 8:00"


def bare_digits(text):
    return text.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("currency", "locale", "amount", "expected"),
    [
        ("COP", "es_CO", 150_000_000, "1.500.000"),
        ("COP", "es_CO", 150_000_050, "1.500.000,50"),
        ("ARS", "es_AR", 123_456, "1.234,56"),
        ("ARS", "es_AR", 123_400, "1.234"),
        ("CLP", "es_CL", 1_500_000, "1.500.000"),
        ("BRL", "pt_BR", 123_456, "1.234,56"),
        ("BRL", "pt_BR", 100, "1"),
        ("COP", "es_CO", 0, "0"),
        ("ARS", "es_AR", -123_456, "1.234,56"),
    ],
)
def test_money_in_minor_units(reading, currency, locale, amount, expected):
    in_country(currency, locale)
    with force_locale(locale.partition("_")[0]):
        written = bare_digits(i18n.format_money(amount))
    sign = "R$" if currency == "BRL" else "$"
    assert sign in written
    assert written.replace(sign, "").replace("-", "").strip() == expected
    assert ("-" in written) is (amount < 0)


def test_cents_never_round_to_others(reading):
    in_country("ARS", "es_AR")
    assert bare_digits(i18n.format_money(9_007_199_254_740_993)).endswith("90.071.992.547.409,93")


def test_numbers(reading):
    assert i18n.format_number(1234567) == "1.234.567"
    with force_locale("en"):
        assert i18n.format_number(1234567) == "1,234,567"


def test_timespans(reading):
    now = dt.datetime(2026, 3, 3, tzinfo=dt.UTC)
    assert i18n.format_timespan(now - dt.timedelta(days=3), now) == "hace 3 días"
    assert i18n.format_timespan(now + dt.timedelta(hours=2), now) == "dentro de 2 horas"


def test_outside_of_everything_it_is_spanish_and_utc():
    late = dt.datetime(2026, 3, 4, 2, 30, tzinfo=dt.UTC)
    assert i18n.current_locale() == "es"
    assert i18n.format_date(late) == "4 de marzo de 2026"


@pytest.mark.parametrize(
    ("texts", "asked", "expected"),
    [
        ({"es": "Uno", "en": "One"}, "en", "One"),
        ({"es": "Uno", "en": "One"}, "pt", "Uno"),
        ({"en": "One"}, "pt", "One"),
        ({"pt": "Um", "en": "One"}, "es", "Um"),
        ({"es": "", "en": "One"}, "es", "One"),
        ({}, "es", ""),
        (None, "es", ""),
        ("Uno", "en", "Uno"),
    ],
)
def test_a_text_in_several_languages_has_no_holes(texts, asked, expected):
    assert Localized(texts).text(asked) == expected


def test_localized_is_a_value():
    one, same = Localized({"es": "A", "en": ""}), Localized("A")
    assert one == same
    assert hash(one) == hash(same)
    assert not Localized({"es": ""})
    assert Localized({"en": "B"}).language("pt") == "en"


def test_localized_is_escaped_in_templates(reading):
    text = Localized({"es": '<b onclick="x">&', "en": "<i>"})
    page = render_template_string("{{ t }}|{{ t|e }}|{{ t ~ '' }}|<p title='{{ t }}'>", t=text)
    assert "<b" not in page
    assert page.count("&lt;b onclick=&#34;x&#34;&gt;&amp;") == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("participación", "PARTICIPACION"),
        ("propuesta", "propuestas"),
        ("caminos", "camino"),
        ("pingüino", "pinguino"),
        ("Árboles", "arbol"),
        ("ñandú", "ñandu"),
    ],
)
def test_a_word_is_found_however_it_is_typed(one, other):
    assert words.normalize(one) == words.normalize(other) != ""


def test_what_is_no_word_is_left_out():
    assert words.normalize("  ¡Luces!\x00 — (100 %)  ").split() == ["luc", "100"]
    assert words.normalize("") == ""
