"""What the settings mean, which of them do not go together, and the rules in words."""

import pytest

from participa.budgets import sentences
from participa.budgets.rules import PRESETS, Rules, problems, rules_of
from participa.budgets.settings import PRESETS as NAMES
from participa.budgets.settings import Settings
from participa.core.policy import Role
from participa.processes import definition, services
from tests import factories


def said(settings, **values):
    return {
        part.key: [str(each) for each in part.sentences]
        for part in sentences.text(rules_of(settings), **values)
    }


GREEDY = (
    "Se financia primero el que más votos tiene, después el que sigue, y así. El que no cabe en el dinero que queda "
    "se salta, y se mira el siguiente."
)
APART = "Cada bolsa se cuenta aparte y su dinero no pasa a otra."
AT_LEAST_ONE = "Solo puede ganar un proyecto que tenga al menos uno."
COUNTED = [APART, "Se cuentan los votos de cada proyecto.", AT_LEAST_ONE, GREEDY]
BY_ACCOUNT = ["Vota cada persona con su cuenta, una sola vez."]
EVERYWHERE = "Cada persona vota en todas las bolsas que quiera."
CHOOSES = "Escoge los proyectos que le gustan; todos los escogidos valen igual."
CHANGES = "El voto enviado se puede cambiar hasta el cierre: cuenta el último."
LOT = [
    "Decide un sorteo que cualquiera puede repetir: se hace con un número público que nadie conoce antes del cierre (la semilla), y se publica con el resultado."
]
STAYS = ["El saldo que no alcanza para otro proyecto no se gasta en esta votación."]
NO_CATEGORY = "No hay un máximo por categoría."
NO_FILLING = "No hay que llenar la papeleta: se puede escoger un solo proyecto."
NO_SHARES = "No se reparte el dinero en partes iguales entre las personas (Method of Equal Shares)."
UNUSED = [NO_CATEGORY, NO_FILLING, NO_SHARES]


def most(number):
    return f"En cada bolsa en la que vota escoge hasta {number} proyectos."


TEXTS = {
    "most-voted": {
        "who": BY_ACCOUNT,
        "vote": [EVERYWHERE, CHOOSES, most(5), CHANGES],
        "count": COUNTED,
        "ties": LOT,
        "rest": STAYS,
        "not": UNUSED,
    },
    "equal-shares": {
        "who": BY_ACCOUNT,
        "vote": [EVERYWHERE, CHOOSES, "No hay un máximo de proyectos.", CHANGES],
        "count": [
            APART,
            "Solo puede ganar un proyecto que alguien haya escogido.",
            "El dinero de la bolsa se reparte por igual entre todas las personas que votaron en ella.",
            "Un proyecto gana si quienes lo escogieron pueden pagarlo entre todos con su parte. Primero gana el que pide a cada persona lo menos posible por lo que le da, y lo pagan por igual; a quien no le alcanza pone lo que le queda.",
            "Se repite hasta que ningún otro se pueda pagar así.",
            "A cada persona un proyecto le vale lo que cuesta.",
        ],
        "ties": LOT,
        "rest": [
            "Se vuelve a calcular dando a cada persona un poco más, mientras lo que gana siga cabiendo en la bolsa, y vale el último resultado que cabe. Lo que aun así sobre no se gasta en esta votación."
        ],
        "not": [
            NO_CATEGORY,
            NO_FILLING,
            "No se compara con el resultado de los más votados.",
        ],
    },
    "bogota-localidad": {
        "who": BY_ACCOUNT,
        "vote": [
            EVERYWHERE,
            "Escoge proyectos como si gastara la bolsa: lo que cuestan, sumado, debe caber en ella.",
            "No hay un máximo de proyectos.",
            CHANGES,
        ],
        "count": COUNTED,
        "ties": LOT,
        "rest": STAYS,
        "not": UNUSED,
    },
    "rosario": {
        "who": BY_ACCOUNT,
        "vote": [
            "Cada persona vota en una sola bolsa, la que escoja.",
            CHOOSES,
            most(4),
            "De una misma categoría se escogen hasta 2 proyectos.",
            CHANGES,
        ],
        "count": COUNTED,
        "ties": LOT,
        "rest": STAYS,
        "not": [NO_FILLING, NO_SHARES],
    },
    "usme-rural": {
        "who": BY_ACCOUNT,
        "vote": [EVERYWHERE, CHOOSES, most(9), CHANGES],
        "count": COUNTED,
        "ties": LOT,
        "rest": STAYS,
        "not": UNUSED,
    },
    "usme-urbano": {
        "who": BY_ACCOUNT,
        "vote": [EVERYWHERE, CHOOSES, most(7), CHANGES],
        "count": COUNTED,
        "ties": LOT,
        "rest": STAYS,
        "not": UNUSED,
    },
}


@pytest.mark.parametrize("preset", NAMES)
def test_each_preset_in_words(preset):
    assert said(Settings(preset=preset)) == TEXTS[preset]


def test_the_roll_is_said_by_its_name():
    assert said(Settings(), roll="Padrón de Aurora")["who"] == [
        "Votan las personas del padrón «Padrón de Aurora», cada una una sola vez."
    ]


def test_every_preset_has_its_rules():
    assert set(PRESETS) == set(NAMES) == set(TEXTS)


@pytest.mark.parametrize("preset", NAMES)
def test_no_preset_contradicts_itself(preset):
    assert problems(Settings(preset=preset)) == []


@pytest.mark.parametrize("preset", NAMES)
def test_rules_are_read_as_they_are_written(preset):
    rules = rules_of(Settings(preset=preset))
    assert Rules.read(rules.plain()) == rules


def test_other_ballots_in_words():
    points = said(Settings(ballot="points", points=10, points_per_project=3))
    assert points["vote"][1:4] == [
        "Reparte puntos entre los proyectos.",
        "Cada persona tiene 10 puntos en cada bolsa en la que vota; puede dejar puntos sin usar.",
        "A un mismo proyecto se le dan hasta 3 puntos.",
    ]
    assert points["count"][1:] == [
        "Se suman los puntos que recibió cada proyecto.",
        AT_LEAST_ONE,
        GREEDY.replace("votos", "puntos"),
    ]
    knapsack = said(Settings(ballot="knapsack", minimum_spent=80), changeable=False)
    assert knapsack["vote"][-2:] == [
        "Lo escogido debe sumar al menos el 80 % de la bolsa.",
        "El voto enviado ya no se cambia.",
    ]
    exactly = said(Settings(minimum=3, maximum=3))
    assert "En cada bolsa en la que vota escoge exactamente 3 proyectos." in exactly["vote"]
    one = said(Settings(ballot="choose-1"))
    assert one["vote"][1] == "Escoge un solo proyecto en cada bolsa en la que vota."
    assert not any("hasta" in each and "proyectos" in each for each in one["vote"])


def test_pots_with_a_maximum_of_their_own_are_named():
    text = said(Settings(preset="usme-urbano"), exceptions=[sentences.PotMaximum("Rural", 9)])
    assert "En «Rural» se escogen hasta 9." in text["vote"]


def test_where_the_seed_comes_from_is_said():
    text = said(Settings(), seed_source="el sorteo de la lotería del 5 de marzo")
    assert text["ties"][1] == "La semilla saldrá de: el sorteo de la lotería del 5 de marzo"
    assert said(Settings(ties="cost"))["ties"] == [
        "Va primero el que cuesta menos; si también cuestan igual, el de número menor."
    ]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"ballot": "choose-1", "maximum": 3}, ["maximum"]),
        ({"ballot": "choose-1", "minimum": 2}, ["minimum"]),
        ({"ballot": "choose-1", "per_category": 2}, ["per_category"]),
        ({"minimum_spent": 50}, ["minimum_spent"]),
        ({"points": 5}, ["points"]),
        ({"points_per_project": 5}, ["points_per_project"]),
        ({"threshold": 5}, []),
        ({"rule": "greedy-threshold"}, ["threshold"]),
        ({"completion": "add1"}, ["completion"]),
        ({"compare": True}, ["compare"]),
        ({"utility": "cost"}, ["utility"]),
        ({"rule": "equal-shares", "ballot": "points", "utility": "cost"}, ["utility"]),
        ({"minimum": 6}, ["minimum"]),
        ({"maximum": 2, "per_category": 3}, ["per_category"]),
        ({"ballot": "points", "points": 4, "points_per_project": 5}, ["points_per_project"]),
        ({"ballot": "points", "points": 4, "minimum": 5}, ["minimum"]),
        ({"points": 5, "minimum_spent": 5}, ["points", "minimum_spent"]),
        ({"preset": "equal-shares", "rule": "greedy"}, []),
        ({"preset": "rosario", "ballot": "choose-1"}, []),
        ({"rule": "equal-shares", "completion": "add1", "compare": True}, []),
        ({"rule": "greedy-threshold", "threshold": 10}, []),
        ({"ballot": "knapsack", "minimum_spent": 90}, []),
    ],
)
def test_what_does_not_go_together(values, wrong):
    assert sorted(each.path for each in problems(Settings(**values))) == sorted(wrong)


def test_what_has_no_sense_with_the_rest_of_a_preset_is_left_out():
    rules = rules_of(Settings(preset="equal-shares", rule="greedy"))
    assert (rules.completion, rules.utility) == ("none", "cost")
    assert rules_of(Settings(preset="rosario", ballot="choose-1")).form.per_category is None
    assert rules_of(Settings(ballot="points")).form.points == 10
    assert rules_of(Settings()).form.points == 0
    assert rules_of(Settings(rule="equal-shares", ballot="ranking")).utility == "borda"


def test_a_process_with_such_settings_is_not_saved(session, organization):
    admin = factories.actor_of(
        session, factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    )
    view = factories.make_process(
        session, components=[{"key": "presupuesto", "type": "budgets"}], phases=[]
    )
    from participa.processes import queries

    document = definition.write(
        definition.of_row(queries.row(session, view.id), organization), organization
    )
    document["components"][0]["settings"] = {"points": 7}
    wanted, found = definition.read(document, organization)
    assert wanted is None
    assert [each.path for each in found] == ["components[0].settings.points"]
    document["components"][0]["settings"] = {"maximum": 7}
    wanted, found = definition.read(document, organization)
    assert found == []
    assert services.edit(session, admin, view.id, wanted).version == view.version + 1
