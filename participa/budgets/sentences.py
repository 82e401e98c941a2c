"""The rules of a vote in words that a neighbour understands, drawn from the rules themselves. Pure.

Each part answers one question of the public page; what was not chosen is said in a line, so that
nobody has to guess whether it holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln

from participa.budgets.ballots import BallotKind, Form, PotScope
from participa.budgets.rules import EQUAL_SHARES, THRESHOLD, Rules


@dataclass(frozen=True, slots=True)
class Part:
    """A question about the rules and the sentences that answer it."""

    key: str
    title: Any
    sentences: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PotMaximum:
    """A pot where another number of projects may be chosen."""

    pot: Any
    maximum: int


def text(
    rules: Rules,
    *,
    exceptions: Sequence[PotMaximum] = (),
    changeable: bool = True,
    seed_source: str = "",
    roll: Any = "",
) -> list[Part]:
    """Return the rules in words: who votes and how, how it is counted, ties, what is left.

    ``exceptions`` are the pots with a maximum of their own; ``seed_source`` is where the seed of
    the draw will come from, once that was said; ``roll`` is the name of the roll that votes.
    """
    parts = [
        Part("who", _l("Quién vota"), (_who(roll),)),
        Part("vote", _l("Cómo se vota"), tuple(_voting(rules.form, exceptions, changeable))),
        Part("count", _l("Cómo se cuenta"), tuple(_counting(rules))),
        Part("ties", _l("Si hay empate"), tuple(_ties(rules, seed_source))),
        Part("rest", _l("Si queda dinero"), tuple(_rest(rules))),
        Part("not", _l("Lo que aquí no se usa"), tuple(_not_chosen(rules))),
    ]
    return [each for each in parts if each.sentences]


def _who(roll: Any) -> Any:
    if roll:
        return _l("Votan las personas del padrón «%(roll)s», cada una una sola vez.", roll=roll)
    return _l("Vota cada persona con su cuenta, una sola vez.")


def _voting(form: Form, exceptions: Sequence[PotMaximum], changeable: bool) -> list[Any]:  # noqa: FBT001
    found = [_SCOPES[form.scope], _KINDS[form.kind]]
    if form.kind is BallotKind.POINTS:
        found.append(
            _ln(
                "Cada persona tiene un punto en cada bolsa en la que vota.",
                "Cada persona tiene %(num)s puntos en cada bolsa en la que vota; puede dejar "
                "puntos sin usar.",
                form.points,
            )
        )
        if form.points_per_project is not None:
            found.append(
                _ln(
                    "A un mismo proyecto se le da un punto, como máximo.",
                    "A un mismo proyecto se le dan hasta %(num)s puntos.",
                    form.points_per_project,
                )
            )
    if form.kind is not BallotKind.CHOOSE_ONE:
        found += _quantities(form)
        found += [
            _ln(
                "En «%(pot)s» se escoge un solo proyecto.",
                "En «%(pot)s» se escogen hasta %(num)s.",
                each.maximum,
                pot=each.pot,
            )
            for each in exceptions
        ]
        if form.per_category is not None:
            found.append(
                _ln(
                    "De una misma categoría se escoge un solo proyecto, como máximo.",
                    "De una misma categoría se escogen hasta %(num)s proyectos.",
                    form.per_category,
                )
            )
    if form.minimum_spent:
        found.append(
            _l(
                "Lo escogido debe sumar al menos el %(percent)s %% de la bolsa.",
                percent=form.minimum_spent,
            )
        )
    found.append(
        _l("El voto enviado se puede cambiar hasta el cierre: cuenta el último.")
        if changeable
        else _l("El voto enviado ya no se cambia.")
    )
    return found


_SCOPES = {
    PotScope.ALL: _l("Cada persona vota en todas las bolsas que quiera."),
    PotScope.ONE: _l("Cada persona vota en una sola bolsa, la que escoja."),
    PotScope.ONE_AND_CITY: _l(
        "Cada persona vota en una bolsa de su elección y, además, en las de toda la ciudad."
    ),
}
_KINDS = {
    BallotKind.APPROVAL: _l("Escoge los proyectos que le gustan; todos los escogidos valen igual."),
    BallotKind.KNAPSACK: _l(
        "Escoge proyectos como si gastara la bolsa: lo que cuestan, sumado, debe caber en ella."
    ),
    BallotKind.CHOOSE_ONE: _l("Escoge un solo proyecto en cada bolsa en la que vota."),
    BallotKind.RANKING: _l("Ordena proyectos por preferencia: el primero es el que más quiere."),
    BallotKind.POINTS: _l("Reparte puntos entre los proyectos."),
}


def _quantities(form: Form) -> list[Any]:
    if form.maximum is not None and form.minimum == form.maximum:
        return [
            _ln(
                "En cada bolsa en la que vota escoge exactamente un proyecto.",
                "En cada bolsa en la que vota escoge exactamente %(num)s proyectos.",
                form.maximum,
            )
        ]
    found = []
    if form.minimum > 1:
        found.append(
            _ln(
                "En cada bolsa en la que vota escoge al menos un proyecto.",
                "En cada bolsa en la que vota escoge al menos %(num)s proyectos.",
                form.minimum,
            )
        )
    if form.maximum is None:
        found.append(_l("No hay un máximo de proyectos."))
    else:
        found.append(
            _ln(
                "En cada bolsa en la que vota escoge un proyecto, como máximo.",
                "En cada bolsa en la que vota escoge hasta %(num)s proyectos.",
                form.maximum,
            )
        )
    return found


_UNITS = {
    BallotKind.POINTS: _l("Se suman los puntos que recibió cada proyecto."),
    BallotKind.RANKING: _l(
        "Quien ordenó tres proyectos da tres puntos al primero, dos al segundo y uno al tercero, y "
        "así con otras cantidades. Se suman los puntos de cada proyecto."
    ),
}
_MONEY_FIRST = _l("Cada bolsa se cuenta aparte y su dinero no pasa a otra.")


def _counting(rules: Rules) -> list[Any]:
    kind = rules.form.kind
    by_shares = rules.rule in {EQUAL_SHARES, "phragmen"}
    unit = _UNITS.get(kind, _l("Se cuentan los votos de cada proyecto."))
    found: list[Any] = [_MONEY_FIRST]
    if not by_shares:
        found.append(unit)
    if rules.threshold:
        voted = _ln(
            "Solo puede ganar un proyecto que tenga al menos uno.",
            "Solo puede ganar un proyecto que tenga al menos %(num)s.",
            rules.threshold,
        )
        chosen = _ln(
            "Solo puede ganar un proyecto que alguien haya escogido.",
            "Solo puede ganar un proyecto que hayan escogido al menos %(num)s personas.",
            rules.threshold,
        )
        is_number = by_shares and (kind not in _UNITS or rules.threshold == 1)
        found.append(chosen if is_number else voted)
    if by_shares:
        found += _SHARES[rules.rule]
    else:
        what = _l("votos") if kind not in _UNITS else _l("puntos")
        found.append(_most_first(rules.rule, what))
    if rules.rule == EQUAL_SHARES:
        found.append(_UTILITIES[rules.utility])
        if rules.compare:
            found.append(
                _l(
                    "Después se calcula también qué ganaría con los más votados. Se queda el "
                    "resultado que prefieran más personas: cada una prefiere aquel en el que se "
                    "financian más proyectos suyos."
                )
            )
    return found


def _most_first(rule: str, what: Any) -> Any:
    if rule == "greedy-no-skip":
        return _l(
            "Se financia primero el que más %(what)s tiene, después el que sigue, y así. En el "
            "primero que no cabe en el dinero que queda se para: los demás no ganan aunque quepan.",
            what=what,
        )
    if rule == THRESHOLD:
        return _l(
            "Entre ellos, se financia primero el que más %(what)s tiene, después el que sigue, y "
            "así. El que no cabe en el dinero que queda se salta, y se mira el siguiente.",
            what=what,
        )
    return _l(
        "Se financia primero el que más %(what)s tiene, después el que sigue, y así. El que no "
        "cabe en el dinero que queda se salta, y se mira el siguiente.",
        what=what,
    )


_SHARES: dict[str, tuple[Any, ...]] = {
    EQUAL_SHARES: (
        _l(
            "El dinero de la bolsa se reparte por igual entre todas las personas que votaron en "
            "ella."
        ),
        _l(
            "Un proyecto gana si quienes lo escogieron pueden pagarlo entre todos con su parte. "
            "Primero gana el que pide a cada persona lo menos posible por lo que le da, y lo pagan "
            "por igual; a quien no le alcanza pone lo que le queda."
        ),
        _l("Se repite hasta que ningún otro se pueda pagar así."),
    ),
    "phragmen": (
        _l("Cada persona va recibiendo dinero poco a poco, todas al mismo ritmo."),
        _l(
            "Cuando quienes escogieron un proyecto juntan lo que cuesta, se financia, y esas "
            "personas empiezan otra vez desde cero. Se para cuando el siguiente ya no cabe en la "
            "bolsa."
        ),
    ),
}
_UTILITIES = {
    "cost": _l("A cada persona un proyecto le vale lo que cuesta."),
    "cardinality": _l("A cada persona le vale igual cualquier proyecto, cueste lo que cueste."),
    "points": _l("A cada persona un proyecto le vale los puntos que le dio."),
    "borda": _l("A cada persona un proyecto le vale más cuanto más arriba lo puso."),
}


def _ties(rules: Rules, seed_source: str) -> list[Any]:
    if rules.ties != "lot":
        return [_TIES[rules.ties]]
    found = [
        _l(
            "Decide un sorteo que cualquiera puede repetir: se hace con un número público que "
            "nadie conoce antes del cierre (la semilla), y se publica con el resultado."
        )
    ]
    if seed_source:
        found.append(_l("La semilla saldrá de: %(source)s", source=seed_source))
    return found


_TIES = {
    "file": _l("Va primero el que se presentó antes, es decir, el de número menor."),
    "cost": _l("Va primero el que cuesta menos; si también cuestan igual, el de número menor."),
}


def _rest(rules: Rules) -> list[Any]:
    if rules.rule == EQUAL_SHARES:
        return [_COMPLETIONS[rules.completion]]
    return [_l("El saldo que no alcanza para otro proyecto no se gasta en esta votación.")]


_COMPLETIONS = {
    "none": _l("Lo que nadie alcanzó a usar no se gasta en esta votación."),
    "add1": _l(
        "Se vuelve a calcular dando a cada persona un poco más, mientras lo que gana siga cabiendo "
        "en la bolsa, y vale el último resultado que cabe. Lo que aun así sobre no se gasta en "
        "esta votación."
    ),
    "add1-exhaustive": _l(
        "Se vuelve a calcular dando a cada persona un poco más, hasta que con lo que sobra no "
        "alcance para ningún otro proyecto o lo que gana ya no quepa en la bolsa."
    ),
    "greedy": _l(
        "Con lo que sobra se financian los más votados de los que faltan, mientras quepan; lo "
        "demás no se gasta en esta votación."
    ),
}


def _not_chosen(rules: Rules) -> list[Any]:
    form = rules.form
    chosen = {
        "threshold": rules.threshold > 0,
        "category": form.per_category is not None or form.kind is BallotKind.CHOOSE_ONE,
        "shares": rules.rule == EQUAL_SHARES,
        "compare": rules.compare or rules.rule != EQUAL_SHARES,
        "minimum": form.kind is BallotKind.CHOOSE_ONE or form.minimum > 1,
    }
    return [sentence for name, sentence in _NOT.items() if not chosen[name]]


_NOT = {
    "threshold": _l("No hace falta un mínimo de votos para ganar."),
    "category": _l("No hay un máximo por categoría."),
    "minimum": _l("No hay que llenar la papeleta: se puede escoger un solo proyecto."),
    "shares": _l(
        "No se reparte el dinero en partes iguales entre las personas (Method of Equal Shares)."
    ),
    "compare": _l("No se compara con el resultado de los más votados."),
}
