"""Pots and categories: add, change, remove."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.budgets import events
from participa.budgets.models import NAME_LENGTH, Category, Pot
from participa.budgets.queries import pots as queries
from participa.budgets.services.firm import Change
from participa.contributions import texts
from participa.core import words
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Problem
from participa.core.i18n import SOURCE_LOCALE, Localized
from participa.core.money import read_money
from participa.core.policy import Actor
from participa.core.sanitize import normalize
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ComponentView

MOST_CHOSEN = 1000
LONGEST_KEY = 60


@dataclass(frozen=True, slots=True)
class PotDraft:
    """A pot as staff typed it."""

    name: Localized
    amount: str
    """Money as people write it."""
    citywide: bool = False
    territory_id: int | None = None
    maximum: str = ""
    """Empty: as everywhere."""


def save_pot(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    draft: PotDraft,
    pot_id: int | None = None,
    *,
    reason: str = "",
) -> int:
    """Add or change a pot and return its id. Raises ``Denied``, ``Invalid``, ``Missing``."""
    change = Change(session, actor, component, reason)
    row = queries.pot(session, component.id, pot_id) if pot_id is not None else None
    name, problems = _name(draft.name, organization)
    amount, problem = read_money(draft.amount, organization.currency)
    if problem is None and not amount:
        problem = _l("La bolsa debe tener dinero.")
    if problem is not None:
        problems.append(Problem("amount", problem))
    maximum = None
    if draft.maximum.strip():
        maximum = whole_number(draft.maximum, MOST_CHOSEN) or None
        if maximum is None:
            problems.append(
                Problem("maximum", _l("Escriba un número de 1 a %(most)s.", most=MOST_CHOSEN))
            )
    if draft.territory_id is not None and draft.territory_id not in organization.territories:
        problems.append(Problem("territory_id", _l("Elija un lugar de la lista.")))
    change.refuse(problems)
    if row is None:
        taken = [each.key for each in queries.pots(session, component)]
        row = Pot(component_id=component.id, key=free_key(_spanish(name), taken), amount=0)
        row.position = len(taken)
        session.add(row)
    row.name, row.amount, row.maximum = name, amount or 0, maximum
    row.citywide, row.territory_id = draft.citywide, draft.territory_id
    session.flush()
    change.record(events.PotSaved(name, row.amount), _l("la bolsa «%(name)s»", name=name))
    return row.id


def remove_pot(session: Session, actor: Actor, component: ComponentView, pot_id: int) -> None:
    """Remove a pot without projects. Raises ``Denied``, ``Conflict``, ``Missing``."""
    change = _free_change(session, actor, component)
    row = queries.pot(session, component.id, pot_id)
    if queries.has_projects(session, pot_id):
        raise Conflict(_l("Esta bolsa tiene proyectos: páselos a otra o quítelos antes."))
    session.delete(row)
    change.record(events.PotRemoved(row.name), "")


def save_category(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    name: Localized,
    category_id: int | None = None,
    *,
    reason: str = "",
) -> int:
    """Add or change a category and return its id. Raises as :func:`save_pot`."""
    change = Change(session, actor, component, reason)
    row = None
    if category_id is not None:
        row = queries.category(session, component.id, category_id)
    name, problems = _name(name, organization)
    change.refuse(problems)
    if row is None:
        taken = [each.key for each in queries.categories(session, component)]
        row = Category(component_id=component.id, key=free_key(_spanish(name), taken))
        row.position = len(taken)
        session.add(row)
    row.name = name
    session.flush()
    change.record(events.CategorySaved(name), _l("la categoría «%(name)s»", name=name))
    return row.id


def remove_category(
    session: Session, actor: Actor, component: ComponentView, category_id: int
) -> None:
    """Remove a category; its projects stay without one. Raises as :func:`remove_pot`."""
    change = _free_change(session, actor, component)
    row = queries.category(session, component.id, category_id)
    session.delete(row)
    change.record(events.CategoryRemoved(row.name), "")


def _free_change(session: Session, actor: Actor, component: ComponentView) -> Change:
    change = Change(session, actor, component)
    if change.is_firm:
        raise Conflict(_l("Esto ya está en firme: se corrige, pero no se quita."))
    return change


def _name(name: Localized, organization: OrganizationView) -> tuple[Localized, list[Problem]]:
    clean = Localized({code: normalize(text) for code, text in name.items()})
    main = organization.locale
    problems = texts.problems(
        f"name_{main}", clean.get(main, ""), *NAME_LENGTH, missing=_l("Escriba un nombre.")
    )
    for code, text in clean.items():
        if code != main:
            problems += texts.problems(f"name_{code}", text, 0, NAME_LENGTH[1], missing="")
    return clean, problems


def _spanish(name: Localized) -> str:
    return name.text(SOURCE_LOCALE)


def free_key(name: str, taken: Iterable[str]) -> str:
    """Return a short word for a name that is not taken: "Bolsa rural" → ``bolsa-rural``."""
    base = re.sub(r"[^a-z0-9]+", "-", words.plain(name)).strip("-")[: LONGEST_KEY - 4] or "x"
    key, number, known = base, 2, set(taken)
    while key in known:
        key, number = f"{base}-{number}", number + 1
    return key
