"""What staff may set for a participatory budget. A preset says the rest."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.accounts.models.rolls import KEY_LENGTH
from participa.comments.settings import CommentSettings
from participa.contributions.settings import ReviewSettings
from participa.core.i18n import Localized
from participa.core.settings import setting

PRESETS = {
    "most-voted": _l("Más votados: se financian los más votados que quepan"),
    "equal-shares": _l("Partes iguales: cada persona pesa lo mismo en el reparto"),
    "bogota-localidad": _l("Bogotá, localidad: una billetera; lo escogido debe caber en la bolsa"),
    "rosario": _l("Rosario: cuatro votos en un distrito, dos por categoría"),
    "usme-rural": _l("Usme rural: nueve votos"),
    "usme-urbano": _l("Usme urbano: siete votos"),
}
BALLOTS = {
    "approval": _l("Elegir proyectos"),
    "knapsack": _l("Gastar el dinero: los elegidos deben caber en la bolsa"),
    "choose-1": _l("Elegir un solo proyecto"),
    "ranking": _l("Ordenar proyectos por preferencia"),
    "points": _l("Repartir puntos entre proyectos"),
}
POTS = {
    "all": _l("En todas las bolsas"),
    "one": _l("En una bolsa, la que cada persona escoja"),
    "one-and-city": _l("En una bolsa de su elección y en las de toda la ciudad"),
}
RULES = {
    "greedy": _l("Más votos primero; lo que no cabe se salta"),
    "greedy-no-skip": _l("Más votos primero, hasta el primero que no quepa"),
    "greedy-threshold": _l("Más votos primero, solo con un mínimo de votos"),
    "equal-shares": _l("Partes iguales (Method of Equal Shares)"),
    "phragmen": _l("Phragmén secuencial"),
}
UTILITIES = {
    "cost": _l("Lo que cuesta: un proyecto caro vale más que uno barato"),
    "cardinality": _l("Uno, cueste lo que cueste"),
}
COMPLETIONS = {
    "none": _l("El saldo no se reparte"),
    "add1": _l("Se suma a cada parte mientras lo elegido quepa en la bolsa"),
    "add1-exhaustive": _l("Se suma a cada parte hasta que no quepa nada más"),
    "greedy": _l("Con el saldo, los más votados que quepan"),
}
TIES = {
    "lot": _l("Por sorteo, con una semilla pública"),
    "file": _l("Primero el que se presentó antes"),
    "cost": _l("Primero el de menor costo"),
}


@dataclass(frozen=True)
class OwnSettings:
    """What a vote itself is asked. What is left empty is as the preset says."""

    preset: str = setting(
        "most-voted",
        label=_l("Modelo"),
        help=_l("Un punto de partida que ya se usó. Lo que llene abajo cambia solo eso."),
        choices=PRESETS,
    )
    ballot: str | None = setting(
        None,
        label=_l("Cómo se vota"),
        help=_l("Qué hace cada persona con los proyectos."),
        choices=BALLOTS,
    )
    pots: str | None = setting(
        None,
        label=_l("En qué bolsas vota cada persona"),
        help=_l("Una bolsa es el dinero de la ciudad, de un distrito o de una categoría."),
        choices=POTS,
    )
    minimum: int | None = setting(
        None,
        label=_l("Mínimo de proyectos"),
        help=_l("Cuántos proyectos debe escoger cada persona, como mínimo, en cada bolsa."),
        minimum=1,
        maximum=100,
    )
    maximum: int | None = setting(
        None,
        label=_l("Máximo de proyectos"),
        help=_l("Cuántos proyectos puede escoger cada persona en cada bolsa. Vacío: sin máximo."),
        minimum=1,
        maximum=1000,
    )
    per_category: int | None = setting(
        None,
        label=_l("Máximo por categoría"),
        help=_l("Cuántos proyectos de una misma categoría puede escoger cada persona."),
        minimum=1,
        maximum=100,
    )
    minimum_spent: int | None = setting(
        None,
        label=_l("Gasto mínimo"),
        help=_l("Qué parte de la bolsa debe gastar, como mínimo, quien vota gastando el dinero."),
        minimum=0,
        maximum=100,
        unit="%",
    )
    points: int | None = setting(
        None,
        label=_l("Puntos por persona"),
        help=_l("Cuántos puntos reparte cada persona en cada bolsa."),
        minimum=1,
        maximum=1000,
    )
    points_per_project: int | None = setting(
        None,
        label=_l("Puntos por proyecto"),
        help=_l("Cuántos puntos, como máximo, puede recibir un proyecto de una misma persona."),
        minimum=1,
        maximum=1000,
    )
    rule: str | None = setting(
        None,
        label=_l("Regla"),
        help=_l("Cómo se decide, con los votos, qué se financia."),
        choices=RULES,
    )
    utility: str | None = setting(
        None,
        label=_l("Qué vale un proyecto financiado"),
        help=_l("Con partes iguales: qué gana quien escogió un proyecto que se financia."),
        choices=UTILITIES,
    )
    threshold: int | None = setting(
        None,
        label=_l("Votos mínimos"),
        help=_l("Cuántos votos necesita un proyecto, como mínimo, para poder ganar."),
        minimum=1,
        maximum=10_000_000,
    )
    completion: str | None = setting(
        None,
        label=_l("Qué pasa con el saldo"),
        help=_l("Con partes iguales casi siempre queda dinero sin asignar."),
        choices=COMPLETIONS,
    )
    compare: bool = setting(
        False,
        label=_l("Comparar con los más votados"),
        help=_l(
            "Se calculan las dos reglas y se queda la que deja a más personas con más proyectos "
            "suyos financiados."
        ),
    )
    ties: str | None = setting(
        None,
        label=_l("Empates"),
        help=_l("Qué decide entre dos proyectos igualados. Se publica antes de abrir."),
        choices=TIES,
    )
    roll: str = setting(
        "",
        label=_l("Padrón"),
        help=_l(
            "La clave del padrón de quienes votan, por ejemplo votantes. Vacío: vota cada cuenta "
            "que cumpla los requisitos. Con ayuda o en papel solo se vota con un padrón."
        ),
        maximum=KEY_LENGTH,
    )
    order: str = setting(
        "random",
        label=_l("Orden de los proyectos"),
        help=_l("En qué orden ve cada persona los proyectos al votar."),
        choices={
            "random": _l("Al azar, distinto para cada persona"),
            "number": _l("Por su número, igual para todas"),
        },
    )
    changeable: bool = setting(
        True,
        label=_l("Cambiar el voto"),
        help=_l("Quien ya votó puede cambiar su voto hasta el cierre."),
    )
    second_person: bool = setting(
        False,
        label=_l("Pedir una segunda persona"),
        help=_l(
            "Cerrar la votación, liberar una línea del padrón con la que ya se votó y dar roles "
            "mientras se vota esperan a que otra persona lo apruebe. Recomendado si el resultado "
            "obliga. Con la votación en firme ya no se quita."
        ),
    )
    smallest_group: int = setting(
        5,
        label=_l("Grupo más pequeño que se publica"),
        help=_l("Las cifras de grupos con menos personas no se publican, para no señalar a nadie."),
        minimum=3,
        maximum=100,
    )


@dataclass(frozen=True)
class Settings(CommentSettings, OwnSettings):
    """Settings of the whole component: its own, then those of its comments."""


@dataclass(frozen=True)
class PhaseSettings(ReviewSettings):
    """Settings that may differ from phase to phase."""

    instructions: Localized = setting(
        Localized(),  # immutable
        label=_l("Indicaciones"),
        help=_l("Un texto breve que se muestra sobre los proyectos durante la fase."),
        maximum=1000,
        multiline=True,
    )
