"""The rules of one vote: what the settings and their preset say together. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.budgets.ballots import BallotKind, Form, PotScope
from participa.budgets.settings import Settings
from participa.core.errors import Problem

EQUAL_SHARES = "equal-shares"
THRESHOLD = "greedy-threshold"


@dataclass(frozen=True, slots=True)
class Rules:
    """How ballots look and how they are counted. Locked when the vote opens."""

    form: Form
    rule: str = "greedy"
    utility: str = "cost"
    """For equal shares: what a funded project is worth to who chose it."""
    completion: str = "none"
    threshold: int = 0
    """Votes (or points) without which nothing wins, under every rule. At least 1, but in votes that
    became firm before it was so."""
    compare: bool = False
    ties: str = "lot"

    def plain(self) -> dict[str, Any]:
        """Return the rules as plain data, for the record and for the published files."""
        form = self.form
        return {
            "ballot": form.kind.value,
            "pots": form.scope.value,
            "minimum": form.minimum,
            "maximum": form.maximum,
            "per_category": form.per_category,
            "minimum_spent": form.minimum_spent,
            "points": form.points,
            "points_per_project": form.points_per_project,
            "rule": self.rule,
            "utility": self.utility,
            "completion": self.completion,
            "threshold": self.threshold,
            "compare": self.compare,
            "ties": self.ties,
        }

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Rules":
        """Return rules from :meth:`plain` data."""
        form = Form(
            BallotKind(data["ballot"]),
            PotScope(data["pots"]),
            data["minimum"],
            data["maximum"],
            data["per_category"],
            data["minimum_spent"],
            data["points"],
            data["points_per_project"],
        )
        rest = ("rule", "utility", "completion", "threshold", "compare", "ties")
        return cls(form, **{name: data[name] for name in rest})


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "most-voted": {"maximum": 5},
    "equal-shares": {"rule": EQUAL_SHARES, "completion": "add1"},
    "bogota-localidad": {"ballot": "knapsack"},
    "rosario": {"pots": "one", "maximum": 4, "per_category": 2},
    "usme-rural": {"maximum": 9},
    "usme-urbano": {"maximum": 7},
}
"""What each preset says; see ``docs/budgets.md`` for where each comes from."""

_DEFAULTS: Mapping[str, Any] = {
    "ballot": "approval",
    "pots": "all",
    "minimum": 1,
    "maximum": None,
    "per_category": None,
    "minimum_spent": 0,
    "points": 10,
    "points_per_project": None,
    "rule": "greedy",
    "utility": "cost",
    "completion": "none",
    "threshold": 1,
    "compare": False,
    "ties": "lot",
}
_UTILITY_OF = {"points": "points", "ranking": "borda"}
"""What the ballot itself says a project is worth, where it says more than yes."""


_Given = Mapping[str, Any]
_SENSE: Mapping[str, tuple[Callable[[_Given], bool], Any]] = {
    "maximum": (
        lambda data: data["ballot"] != "choose-1",
        _l("Cuando se escoge un solo proyecto no hay máximo que fijar."),
    ),
    "minimum": (
        lambda data: data["ballot"] != "choose-1",
        _l("Cuando se escoge un solo proyecto no hay mínimo que fijar."),
    ),
    "per_category": (
        lambda data: data["ballot"] != "choose-1",
        _l("Cuando se escoge un solo proyecto no hay máximo por categoría."),
    ),
    "minimum_spent": (
        lambda data: data["ballot"] == "knapsack",
        _l("El gasto mínimo solo sirve cuando se vota gastando el dinero."),
    ),
    "points": (
        lambda data: data["ballot"] == "points",
        _l("Los puntos por persona solo sirven cuando se vota repartiendo puntos."),
    ),
    "points_per_project": (
        lambda data: data["ballot"] == "points",
        _l("Los puntos por proyecto solo sirven cuando se vota repartiendo puntos."),
    ),
    "completion": (
        lambda data: data["rule"] == EQUAL_SHARES,
        _l("Qué pasa con el saldo solo se escoge con la regla de partes iguales."),
    ),
    "compare": (
        lambda data: data["rule"] == EQUAL_SHARES,
        _l("La comparación con los más votados solo sirve con la regla de partes iguales."),
    ),
    "utility": (
        lambda data: data["rule"] == EQUAL_SHARES and data["ballot"] not in _UTILITY_OF,
        _l(
            "Qué vale un proyecto solo se escoge con la regla de partes iguales, y si no se vota "
            "con puntos ni puestos."
        ),
    ),
}
"""When each setting has a sense, and what is said when it has none."""


def _together(settings: Settings) -> dict[str, Any]:
    """Return what is said, else what the preset says, else the default."""
    preset = PRESETS[settings.preset]
    found = {}
    for name, default in _DEFAULTS.items():
        said = getattr(settings, name)
        if name == "compare":
            said = said or None
        found[name] = said if said is not None else preset.get(name, default)
    return found


def rules_of(settings: Settings) -> Rules:
    """Return the rules that settings mean; what has no sense with the rest is left out."""
    data = _together(settings)
    for name, (has_sense, _sentence) in _SENSE.items():
        if not has_sense(data):
            data[name] = 0 if name == "points" else _DEFAULTS[name]
    data["utility"] = _UTILITY_OF.get(data["ballot"], data["utility"])
    return Rules.read(data)


def problems(settings: Settings) -> list[Problem]:
    """Return what does not go together in the settings, each beside the setting to change."""
    data = _together(settings)
    defaults = {each.name: each.default for each in fields(settings)}
    found = [
        Problem(name, sentence)
        for name, (has_sense, sentence) in _SENSE.items()
        if getattr(settings, name) not in {defaults[name], 0} and not has_sense(data)
    ]
    if found:
        return found
    if data["rule"] == THRESHOLD and not settings.threshold:
        return [Problem("threshold", _l("Diga cuántos votos necesita un proyecto."))]
    return [*_quota_problems(data), *_points_problems(data)]


def _quota_problems(data: _Given) -> list[Problem]:
    found: list[Problem] = []
    maximum, minimum = data["maximum"], data["minimum"]
    if data["ballot"] == "choose-1" or maximum is None:
        return found
    if minimum > maximum:
        found.append(
            Problem(
                "minimum",
                _l("El mínimo de proyectos es mayor que el máximo, que es %(most)s.", most=maximum),
            )
        )
    if data["per_category"] is not None and data["per_category"] > maximum:
        found.append(
            Problem(
                "per_category",
                _l(
                    "El máximo por categoría es mayor que el máximo en total, que es %(most)s.",
                    most=maximum,
                ),
            )
        )
    return found


def _points_problems(data: _Given) -> list[Problem]:
    if data["ballot"] != "points":
        return []
    found = []
    points, most = data["points"], data["points_per_project"]
    if most is not None and most > points:
        found.append(
            Problem(
                "points_per_project",
                _l("Son más que los puntos por persona, que son %(points)s.", points=points),
            )
        )
    if data["minimum"] > points:
        found.append(
            Problem(
                "minimum",
                _l("Con %(points)s puntos no alcanza para dar uno a cada proyecto.", points=points),
            )
        )
    return found
