"""The try-it page: invented votes, counted by several rules side by side."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from babel.numbers import get_currency_precision
from flask import g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from participa.budgets import policy, rehearsal
from participa.budgets.ballots import Option, PotLimit
from participa.budgets.counting import Candidate
from participa.budgets.models import ProjectStatus
from participa.budgets.queries import pots, projects, votes
from participa.budgets.rehearsal import Rehearsal, Trait
from participa.budgets.rules import Rules
from participa.budgets.views import PREFIX, blueprint
from participa.budgets.views.projects import place
from participa.budgets.views.rules import parts
from participa.budgets.wording import say
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.i18n import format_number
from participa.core.limits import limiter
from participa.core.web import page, render

PEOPLE = (100, 300, 600)
MOST_PROJECTS = 60
"""Projects of one pot that are counted: a rehearsal needs no more."""
MOST_SEEDS = 1_000_000
EXAMPLES = (
    (_l("Parque del barrio"), 40, 1, "a"),
    (_l("Cancha cubierta"), 55, 1, "b"),
    (_l("Luces en el sendero"), 15, 2, "a"),
    (_l("Biblioteca los sábados"), 12, 1, "b"),
    (_l("Tanque de agua de la vereda"), 35, 2, "c"),
    (_l("Puesto de salud"), 30, 2, "c"),
    (_l("Huerta del colegio"), 8, 3, "c"),
    (_l("Rampas en las esquinas"), 20, 3, "a"),
)
"""Where there are no projects yet: title, millions, place, interest."""
EXAMPLE_POT = 100


@blueprint.get(f"{PREFIX}/pruebe")
@page(policy.VIEW)
@limiter.limit("60/minute")
def rehearse() -> Any:
    """Invent votes and show what each rule would fund with them, and why."""
    component = g.component
    vote = votes.state(db.session(), component)
    rules = votes.rules(component, vote)
    bags = pots.pots(db.session(), component)
    unit = 10 ** get_currency_precision(g.organization.currency)
    limits, traits = _real(bags)
    is_example = not traits
    names = {bag.id: bag.name for bag in bags}
    if is_example:
        limits, traits = _examples(unit)
        names = {0: _("Una bolsa de ejemplo")}
    people = _number("vecinos", PEOPLE[1])
    if people not in PEOPLE:
        people = PEOPLE[1]
    seed = _number("semilla", 1)
    found = _rehearsals(rules, limits, traits, people, seed, unit)
    return render(
        "budgets/try.html",
        rehearsals=found,
        names=names,
        ballots={each.pot.id: each.columns[0].outcome.election.voters for each in found},
        labels=[_rule_label(each) for each in (found[0].columns if found else ())],
        say=say,
        unit=unit,
        people=people,
        people_options=[(each, format_number(each)) for each in PEOPLE],
        seed=seed,
        other_url=url_for("budgets.rehearse", vecinos=people, semilla=(seed + 1) % MOST_SEEDS),
        is_example=is_example,
        parts_shown=parts(component, vote, bags),
        **place(),
    )


def _number(name: str, default: int) -> int:
    number = whole_number(request.args.get(name))
    return default if number is None else number % MOST_SEEDS


def _real(bags: Sequence[Any]) -> tuple[tuple[PotLimit, ...], tuple[Trait, ...]]:
    found: list[Trait] = []
    counts: dict[int, int] = {}
    for row in projects.every(db.session(), g.component):
        if row.status != ProjectStatus.FEASIBLE:
            continue
        counts[row.pot_id] = counts.get(row.pot_id, 0) + 1
        if counts[row.pot_id] <= MOST_PROJECTS:
            found.append(
                Trait(
                    Candidate(row.id, row.number, row.title, row.cost),
                    Option(row.id, row.pot_id, row.cost, str(row.category_id or "")),
                    row.territory_id,
                )
            )
    used = {each.option.pot_id for each in found}
    limits = pots.limits([bag for bag in bags if bag.id in used])
    return tuple(limits.values()), tuple(found)


def _examples(unit: int) -> tuple[tuple[PotLimit, ...], tuple[Trait, ...]]:
    million = 1_000_000 * unit
    return (PotLimit(0, EXAMPLE_POT * million),), tuple(
        Trait(
            Candidate(number, number, str(title), cost * million),
            Option(number, 0, cost * million, interest),
            territory,
        )
        for number, (title, cost, territory, interest) in enumerate(EXAMPLES, 1)
    )


@lru_cache(maxsize=32)
def _rehearsals(
    rules: Rules,
    limits: tuple[PotLimit, ...],
    traits: tuple[Trait, ...],
    people: int,
    seed: int,
    unit: int,
) -> tuple[Rehearsal, ...]:
    by_id = {each.id: each for each in limits}
    choices = rehearsal.invent(rules.form, by_id, traits, people=people, seed=seed)
    return (
        tuple(
            rehearsal.rehearse(
                rules,
                pot,
                [each.candidate for each in traits if each.option.pot_id == pot.id],
                choices,
                unit,
            )
            for pot in limits
        )
        if choices
        else ()
    )


def _rule_label(column: rehearsal.Column) -> Any:
    if column.is_own:
        return _l("La regla de esta votación")
    if column.rules.rule == "equal-shares":
        return _SHARES[column.rules.completion]
    return _OTHERS[column.rules.rule]


_SHARES = {
    "none": _l("Partes iguales"),
    "add1": _l("Partes iguales, repartiendo el saldo"),
}
_OTHERS = {
    "greedy": _l("Más votados"),
    "greedy-no-skip": _l("Más votados, sin saltar"),
    "phragmen": _l("Phragmén"),
}
