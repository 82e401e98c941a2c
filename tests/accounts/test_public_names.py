"""Nobody passes for the entity, whatever alphabet or invisible sign they write its name with."""

import pytest

from participa.accounts import public_names
from participa.core.sanitize import normalize

ENTITY = "Alcaldía de Usme"


@pytest.mark.parametrize(
    "name",
    [
        "Moderación", "MODERACION", "Moderadora de turno", "Alcaldía de Bogotá", "ALCALDIA",
        "Alcald\u00eda\u200b Local", "A l c a l d í a", "4lcaldía", "Al-caldía", "Ⓜoderación",
        "𝐀𝐥𝐜𝐚𝐥𝐝𝐢́𝐚 de Usme", "Ｍｏｄｅｒａｄｏｒ", "alcaldıa", "admin", "Soporte", "S0porte",
        "Secretaría de Planeación", "Equipo de participación", "USME (Alcaldía)", "Alcalde",
        "Mode\U000e0072ración", "Al\u00adcaldía", "Moderacio\u0301n", "алкалдиа alcaldía",
    ],
)  # fmt: skip
def test_names_that_pass_for_the_entity(name):
    assert public_names.problem(normalize(name), ENTITY)


@pytest.mark.parametrize("name", ["Mоderación", "Αlcaldía", "Rоsa Quintero", "Jοsé"])
def test_a_word_of_two_alphabets(name):
    assert public_names.problem(name, ENTITY)


@pytest.mark.parametrize(
    "name",
    [
        "Rosa Quintero", "Luisa María Alcalde", "José Ñáñez", "Siân O'Brien", "Øyvind Łukasz",
        "Оксана Коваленко", "Νίκος Παπαδόπουλος", "王小明", "山田 太郎", "علي حسن", "María Admirable",
        "Soporta Nieves", "Rosa de Usme", "Junta 3", "J. J. Participativo", "Ana 2.ª",
    ],
)  # fmt: skip
def test_names_of_people(name):
    assert public_names.problem(normalize(name), ENTITY) is None


def test_the_entity_s_own_name_is_its_own():
    assert public_names.problem("Sitio de Valle Sereno", "Valle Sereno")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ro\u200bsa\u2060", "Rosa"),
        ("Ro\u200dsa", "Rosa"),
        ("Rosa\U000e0041\U000e007f", "Rosa"),
        ("par\u00adque", "parque"),
        (
            "👩\u200d👧\u200d👦 y ❤\ufe0f y 👩🏽\u200d🌾",
            "👩\u200d👧\u200d👦 y ❤\ufe0f y 👩🏽\u200d🌾",
        ),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        (
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u3164", ""),
    ],
)
def test_what_nobody_sees_goes_and_pictures_stay_whole(typed, kept):
    assert normalize(typed) == kept


def test_signing_up_and_changing_the_name(client, session, organization):
    typed = {"name": "Moderaci\u200bón", "email": "rosa@correo.com.co", "participation": "y"}
    answer = client.post("/registro", data=typed)
    assert (answer.status_code, "está reservado" in answer.text) == (422, True)
