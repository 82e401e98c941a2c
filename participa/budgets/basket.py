"""What somebody has chosen, pot by pot, in words: for the ballot and its review. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln

from participa.budgets.ballots import (
    BallotKind,
    Form,
    Left,
    Limit,
    Option,
    PotLimit,
    left,
    problems,
)
from participa.core.i18n import format_money


@dataclass(frozen=True, slots=True)
class Bag:
    """A pot on somebody's ballot."""

    pot: Any
    rows: Sequence[Any]
    """Its projects, in this person's order."""
    picked: Sequence[Any]
    """Those chosen: by rank where they are ranked, else in the order of the ballot."""
    spent: int
    left: Left
    sentences: tuple[Any, ...]
    """What is left of each quota, in words."""
    problems: tuple[Any, ...]
    maximum: int | None
    """How many projects may be chosen here; ``None`` is no limit."""
    blocked: Mapping[int, Any]
    """Why a project cannot be added, by its id, in words; those that are missing can be."""

    @property
    def limits_money(self) -> bool:
        """Whether what the chosen projects cost together is limited."""
        return self.left.money is not None


@dataclass(frozen=True, slots=True)
class Basket:
    """A whole ballot as somebody has filled it."""

    form: Form
    bags: Sequence[Bag]
    chosen: Mapping[int, int]
    problems: tuple[Any, ...]
    """Of the ballot as a whole; those of a pot are in its bag."""

    @property
    def is_ready(self) -> bool:
        """Whether it may be sent as it is."""
        return not self.problems and not any(bag.problems for bag in self.bags)

    @property
    def takes_numbers(self) -> bool:
        """Whether people write ranks or points."""
        return self.form.kind in {BallotKind.RANKING, BallotKind.POINTS}


def fill(
    form: Form,
    pots: Sequence[Any],
    limits: Mapping[int, PotLimit],
    rows: Sequence[Any],
    chosen: Mapping[int, int],
    categories: Mapping[int, Any],
) -> Basket:
    """Return a basket. ``rows`` are the projects on the ballot in this person's order."""
    options = {
        row.id: Option(row.id, row.pot_id, row.cost, str(row.category_id or "")) for row in rows
    }
    found = problems(form, limits, options, chosen)
    bags = [
        _bag(
            form,
            limits[pot.id],
            pot,
            [row for row in rows if row.pot_id == pot.id],
            [option for option in options.values() if option.pot_id == pot.id],
            chosen,
            categories,
            tuple(each.message for each in found if each.path == f"pot-{pot.id}"),
        )
        for pot in pots
    ]
    whole = tuple(each.message for each in found if not each.path)
    return Basket(form, [bag for bag in bags if bag.rows], chosen, whole)


def _bag(
    form: Form,
    limit: PotLimit,
    pot: Any,
    rows: Sequence[Any],
    options: Sequence[Option],
    chosen: Mapping[int, int],
    categories: Mapping[int, Any],
    wrong: tuple[Any, ...],
) -> Bag:
    rest = left(form, limit, chosen, options)
    picked = [row for row in rows if row.id in chosen]
    if form.kind is BallotKind.RANKING:
        picked.sort(key=lambda row: (chosen[row.id], row.id))
    is_one = form.kind is BallotKind.CHOOSE_ONE
    return Bag(
        pot,
        rows,
        picked,
        sum(row.cost for row in picked),
        rest,
        tuple(_sentences(form, limit, rest, len(picked), categories)),
        wrong,
        form.maximum_in(limit),
        {}
        if is_one
        else {
            each.id: _blocked(found, form, limit, each, categories)
            for each in options
            if (found := rest.limit_against(each)) is not None
        },
    )


def _blocked(
    found: Limit, form: Form, limit: PotLimit, option: Option, categories: Mapping[int, Any]
) -> Any:
    if found is Limit.PROJECTS:
        return _all_chosen(form.maximum_in(limit) or 0)
    if found is Limit.POINTS:
        return _l("Ya repartió todos sus puntos")
    if found is Limit.CATEGORY:
        name = categories[int(option.category)].name if option.category.isdigit() else ""
        return _ln(
            "Ya escogió el que puede de «%(category)s»",
            "Ya escogió los %(num)s que puede de «%(category)s»",
            form.per_category or 0,
            category=name,
        )
    return _l("No cabe en lo que le queda")


def _all_chosen(number: int) -> Any:
    return _ln("Ya escogió el que puede", "Ya escogió los %(num)s que puede", number)


def _sentences(
    form: Form, limit: PotLimit, rest: Left, number: int, categories: Mapping[int, Any]
) -> Iterable[Any]:
    missing = form.minimum - number
    if form.kind is BallotKind.CHOOSE_ONE:
        missing = 0
    # Nobody must choose in a pot; who does must choose so many, which says nothing where it is one.
    if missing > 0 and number:
        yield _ln("Debe escoger al menos uno más.", "Debe escoger al menos %(num)s más.", missing)
    elif missing > 1:
        yield _l("Si escoge aquí, que sean al menos %(number)s.", number=missing)
    if form.kind is BallotKind.CHOOSE_ONE:
        yield (
            _l("Ya escogió. Si escoge otro, cambia por ese.")
            if number
            else _l("Puede escoger un proyecto.")
        )
    elif rest.projects is not None:
        yield (
            _ln(
                "Puede escoger un proyecto más.",
                "Puede escoger %(num)s proyectos más.",
                rest.projects,
            )
            if rest.projects > 0
            else _l("%(sentence)s.", sentence=_all_chosen(form.maximum_in(limit) or 0))
        )
    if rest.money is not None and rest.money >= 0:
        yield _l(
            "Le quedan %(rest)s de %(amount)s.",
            rest=format_money(rest.money),
            amount=format_money(limit.amount),
        )
    if rest.points is not None and rest.points >= 0:
        yield _ln("Le queda un punto.", "Le quedan %(num)s puntos.", rest.points)
    for key, number_left in sorted(rest.categories.items()):
        if key.isdigit() and int(key) in categories:
            yield _ln(
                "En «%(category)s» puede escoger uno más.",
                "En «%(category)s» puede escoger %(num)s más.",
                max(number_left, 0),
                category=categories[int(key)].name,
            )
