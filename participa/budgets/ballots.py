"""What a ballot may hold. Pure: the page, the paper sheet, the check and the export share it.

A choice maps the id of each chosen project to a whole number: 1 where projects are only chosen, the
rank where they are ordered (1 is best), the points where points are given. Money is in minor units.
Kinds of ballots and quotas: see "Ballots" in ``docs/budgets.md``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln

from participa.core.errors import Problem


class BallotKind(StrEnum):
    """What people do with the projects."""

    APPROVAL = "approval"
    KNAPSACK = "knapsack"
    CHOOSE_ONE = "choose-1"
    RANKING = "ranking"
    POINTS = "points"


class PotScope(StrEnum):
    """In which pots one person votes."""

    ALL = "all"
    ONE = "one"
    ONE_AND_CITY = "one-and-city"


@dataclass(frozen=True, slots=True)
class Option:
    """A project as the ballot sees it."""

    id: int
    pot_id: int
    cost: int
    category: str = ""


@dataclass(frozen=True, slots=True)
class PotLimit:
    """A pot as the ballot sees it."""

    id: int
    amount: int
    citywide: bool = False
    maximum: int | None = None
    """Projects that may be chosen in this pot, where it differs from the rest."""


@dataclass(frozen=True, slots=True)
class Form:
    """The declaration of a ballot; limits count per pot."""

    kind: BallotKind = BallotKind.APPROVAL
    scope: PotScope = PotScope.ALL
    minimum: int = 1
    maximum: int | None = None
    per_category: int | None = None
    minimum_spent: int = 0
    """Percent of the pot (knapsack)."""
    points: int = 0
    points_per_project: int | None = None

    def maximum_in(self, pot: PotLimit) -> int | None:
        """Return how many projects may be chosen in a pot; ``None`` is no limit."""
        if self.kind is BallotKind.CHOOSE_ONE:
            return 1
        return pot.maximum if pot.maximum is not None else self.maximum


class Limit(StrEnum):
    """What can keep one more project out of a pot."""

    PROJECTS = "projects"
    MONEY = "money"
    POINTS = "points"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Left:
    """What a person still has in one pot; ``None`` where there is no such limit."""

    projects: int | None
    money: int | None
    points: int | None
    categories: Mapping[str, int]
    """What is left of each category's quota; empty without quotas."""

    def limit_against(self, option: Option) -> Limit | None:
        """Return the limit that keeps one more project out; ``None`` where it may be chosen."""
        if self.projects is not None and self.projects <= 0:
            return Limit.PROJECTS
        if self.points is not None and self.points <= 0:
            return Limit.POINTS
        if self.categories.get(option.category, 1) <= 0:
            return Limit.CATEGORY
        if self.money is not None and option.cost > self.money:
            return Limit.MONEY
        return None

    def allows(self, option: Option) -> bool:
        """Return whether one more project may be chosen (an upper bound for the page)."""
        return self.limit_against(option) is None


def left(form: Form, pot: PotLimit, chosen: Mapping[int, int], options: Iterable[Option]) -> Left:
    """Return what is left to choose in a pot after ``chosen``."""
    mine = [each for each in options if each.pot_id == pot.id]
    picked = [each for each in mine if each.id in chosen]
    maximum = form.maximum_in(pot)
    quotas: dict[str, int] = {}
    if form.per_category is not None:
        used = Counter(each.category for each in picked)
        quotas = {
            category: form.per_category - used[category]
            for category in {each.category for each in mine}
        }
    return Left(
        None if maximum is None else maximum - len(picked),
        pot.amount - sum(each.cost for each in picked)
        if form.kind is BallotKind.KNAPSACK
        else None,
        form.points - sum(chosen[each.id] for each in picked)
        if form.kind is BallotKind.POINTS
        else None,
        quotas,
    )


def problems(
    form: Form,
    pots: Mapping[int, PotLimit],
    options: Mapping[int, Option],
    chosen: Mapping[int, int],
) -> list[Problem]:
    """Return everything that keeps a choice from being cast; empty when it is a valid ballot.

    ``path`` of a problem is ``pot-<id>``, or empty for the ballot as a whole.
    """
    unknown = [key for key in chosen if key not in options]
    if unknown:
        return [Problem("", _l("Uno de los proyectos ya no está en la votación."))]
    voted = {options[key].pot_id for key in chosen}
    if not voted:
        return [Problem("", _l("Todavía no ha escogido ningún proyecto."))]
    found = _scope_problems(form, pots, voted)
    for pot_id in sorted(voted):
        here = {key: value for key, value in chosen.items() if options[key].pot_id == pot_id}
        found += [
            Problem(f"pot-{pot_id}", sentence)
            for sentence in _pot_problems(form, pots[pot_id], options, here)
        ]
    return found


def _scope_problems(form: Form, pots: Mapping[int, PotLimit], voted: set[int]) -> list[Problem]:
    if form.scope is PotScope.ALL:
        return []
    counted = voted
    if form.scope is PotScope.ONE_AND_CITY:
        counted = {each for each in voted if not pots[each].citywide}
    if len(counted) <= 1:
        return []
    return [Problem("", _l("Escoja proyectos de una sola bolsa: ha escogido de varias."))]


def _pot_problems(
    form: Form, pot: PotLimit, options: Mapping[int, Option], chosen: Mapping[int, int]
) -> list[Any]:
    found: list[Any] = []
    rest = left(form, pot, chosen, [options[key] for key in chosen])
    if len(chosen) < form.minimum and form.kind is not BallotKind.CHOOSE_ONE:
        missing = form.minimum - len(chosen)
        found.append(_ln("Le falta escoger un proyecto.", "Le falta escoger %(num)s.", missing))
    if rest.projects is not None and rest.projects < 0:
        found.append(
            _ln(
                "Escogió un proyecto de más: quite uno.",
                "Escogió %(num)s proyectos de más: quítelos.",
                -rest.projects,
            )
        )
    if rest.money is not None and rest.money < 0:
        found.append(_l("Lo escogido cuesta más que la bolsa: quite algún proyecto."))
    if form.kind is BallotKind.KNAPSACK and form.minimum_spent:
        spent = sum(options[key].cost for key in chosen)
        if spent * 100 < pot.amount * form.minimum_spent:
            found.append(
                _l(
                    "Le falta gastar: lo escogido debe sumar al menos el %(percent)s %% de la "
                    "bolsa.",
                    percent=form.minimum_spent,
                )
            )
    over = [category for category, number in rest.categories.items() if number < 0]
    if over:
        found.append(
            _ln(
                "Puede escoger un solo proyecto por categoría.",
                "Puede escoger hasta %(num)s proyectos por categoría.",
                form.per_category or 0,
            )
        )
    return [*found, *_value_problems(form, rest, chosen)]


def _value_problems(form: Form, rest: Left, chosen: Mapping[int, int]) -> list[Any]:
    values = sorted(chosen.values())
    if form.kind is BallotKind.RANKING and values != list(range(1, len(values) + 1)):
        return [_l("Cada proyecto debe tener un puesto distinto, desde el 1 y sin saltos.")]
    if form.kind not in {BallotKind.POINTS, BallotKind.RANKING} and set(values) - {1}:
        return [_l("Aquí los proyectos se escogen o no: sin puntos ni puestos.")]
    if form.kind is not BallotKind.POINTS:
        return []
    found: list[Any] = []
    if any(value < 1 for value in values):
        found.append(_l("Dé al menos un punto a cada proyecto escogido."))
    if rest.points is not None and rest.points < 0:
        found.append(
            _ln("Repartió un punto de más.", "Repartió %(num)s puntos de más.", -rest.points)
        )
    if form.points_per_project is not None and values and values[-1] > form.points_per_project:
        found.append(
            _l(
                "A un proyecto puede darle hasta %(maximum)s puntos.",
                maximum=form.points_per_project,
            )
        )
    return found
