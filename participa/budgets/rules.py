"""The rules of one vote: what the settings and their preset say together. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from participa.budgets.ballots import BallotKind, Form, PotScope
from participa.budgets.settings import Settings


@dataclass(frozen=True, slots=True)
class Rules:
    """How ballots look and how they are counted. Locked when the vote opens."""

    form: Form
    rule: str = "greedy"
    utility: str = "cost"
    """For equal shares: what a funded project is worth to who chose it."""
    completion: str = "none"
    threshold: int = 0
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


_PRESETS: Mapping[str, Mapping[str, Any]] = {
    "most-voted": {"ballot": "approval", "maximum": 5, "rule": "greedy", "ties": "lot"},
    "equal-shares": {
        "ballot": "approval",
        "rule": "equal-shares",
        "completion": "add1",
        "ties": "lot",
    },
    "bogota-localidad": {"ballot": "knapsack", "rule": "greedy"},
    "rosario": {
        "ballot": "approval",
        "pots": "one",
        "maximum": 4,
        "per_category": 2,
        "rule": "greedy",
    },
    "usme-rural": {"ballot": "approval", "maximum": 9, "rule": "greedy"},
    "usme-urbano": {"ballot": "approval", "maximum": 7, "rule": "greedy"},
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
    "threshold": 0,
    "ties": "lot",
}
_UTILITY_OF = {"points": "points", "ranking": "borda"}


def rules_of(settings: Settings) -> Rules:
    """Return the rules that settings mean: what is said, else the preset, else the default."""
    preset = _PRESETS[settings.preset]
    data: dict[str, Any] = {"compare": settings.compare}
    for name, default in _DEFAULTS.items():
        said = getattr(settings, name, None)
        data[name] = said if said is not None else preset.get(name, default)
    data["utility"] = _UTILITY_OF.get(data["ballot"], data["utility"])
    return Rules.read(data)
