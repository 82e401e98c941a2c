"""Making a vote firm: what must be in order first, and the one act."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln
from sqlalchemy.orm import Session

from participa.accounts.queries import approvals, rolls
from participa.accounts.verification import census
from participa.budgets import events, policy
from participa.budgets.models import SOURCE_LENGTH, ProjectStatus
from participa.budgets.queries import casting, pots, projects, votes
from participa.budgets.rules import Rules, problems, rules_of
from participa.budgets.services.firm import PROCESS, digest, snapshot
from participa.budgets.services.votes import facing
from participa.contributions import texts
from participa.core import clock
from participa.core.errors import Invalid, Problem
from participa.core.i18n import format_money
from participa.core.policy import Actor, Rule, authorize
from participa.core.requirements import Verified
from participa.core.sanitize import normalize
from participa.processes import queries as processes
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

TWO = 2


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the checklist: what must be in order, and why it is not."""

    title: Any
    problems: tuple[Any, ...] = ()
    notes: tuple[Any, ...] = ()
    """What one should look at, and may still be right."""

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is in the way."""
        return not self.problems


def checklist(session: Session, component: ComponentView, at: dt.datetime) -> list[Item]:
    """Return what must be in order before a vote becomes firm, with what is not."""
    rules = rules_of(component.settings)
    bags = pots.pots(session, component)
    every = projects.every(session, component)
    on_ballot = [row for row in every if row.status == ProjectStatus.FEASIBLE]
    return [
        Item(
            _l("Las opciones de la regla van bien juntas"),
            tuple(each.message for each in problems(component.settings)),
        ),
        _pots_item(bags, on_ballot),
        _projects_item(bags, every, on_ballot),
        _quota_item(rules, bags, on_ballot),
        _dates_item(component, at),
        _roll_item(session, component, at),
        seconds_item(session, component),
    ]


def _pots_item(bags: Sequence[Any], on_ballot: Sequence[Any]) -> Item:
    found = []
    if not bags:
        found.append(_l("No hay ninguna bolsa."))
    used = {row.pot_id for row in on_ballot}
    found += [
        _l("La bolsa «%(pot)s» no tiene proyectos en la votación.", pot=bag.name)
        for bag in bags
        if bag.id not in used
    ]
    return Item(_l("Cada bolsa tiene dinero y proyectos"), tuple(found))


def _projects_item(bags: Sequence[Any], every: Sequence[Any], on_ballot: Sequence[Any]) -> Item:
    amounts = {bag.id: bag.amount for bag in bags}
    too_dear = [
        _l(
            "El proyecto %(number)s, «%(title)s», cuesta %(cost)s y su bolsa tiene %(amount)s: no "
            "podría ganar.",
            number=row.number,
            title=row.title,
            cost=format_money(row.cost),
            amount=format_money(amounts[row.pot_id]),
        )
        for row in on_ballot
        if row.cost > amounts[row.pot_id]
    ]
    drafts = sum(row.status == ProjectStatus.DRAFT for row in every)
    notes = []
    if drafts:
        notes.append(
            _ln(
                "Un proyecto sigue en borrador: no estará en la votación.",
                "%(num)s proyectos siguen en borrador: no estarán en la votación.",
                drafts,
            )
        )
    return Item(_l("Cada proyecto cabe en su bolsa"), tuple(too_dear), tuple(notes))


def _quota_item(rules: Rules, bags: Sequence[Any], on_ballot: Sequence[Any]) -> Item:
    form, found = rules.form, []
    if form.per_category is not None:
        bare = [row for row in on_ballot if row.category_id is None]
        if bare:
            found.append(
                _ln(
                    "Hay un máximo por categoría y un proyecto no tiene categoría: el %(numbers)s.",
                    "Hay un máximo por categoría y %(num)s proyectos no tienen categoría: "
                    "%(numbers)s.",
                    len(bare),
                    numbers=", ".join(str(row.number) for row in bare[:20]),
                )
            )
    for bag in bags:
        inside = sum(row.pot_id == bag.id for row in on_ballot)
        if inside and inside < form.minimum:
            found.append(
                _l(
                    "En «%(pot)s» hay que escoger al menos %(minimum)s y solo hay %(number)s.",
                    pot=bag.name,
                    minimum=form.minimum,
                    number=inside,
                )
            )
        if bag.maximum is not None and bag.maximum < form.minimum:
            found.append(
                _l(
                    "En «%(pot)s» el máximo es menor que el mínimo de la regla, que es "
                    "%(minimum)s.",
                    pot=bag.name,
                    minimum=form.minimum,
                )
            )
    return Item(_l("Las cantidades de la papeleta se pueden cumplir"), tuple(found))


def _dates_item(component: ComponentView, at: dt.datetime) -> Item:
    is_open = component.rule("cast", at).state.is_open
    if is_open or component.next_opening("cast", at) is not None:
        return Item(_l("Alguna fase abre la votación"))
    return Item(
        _l("Alguna fase abre la votación"),
        (_l("Ninguna fase abre «Votar» de hoy en adelante: revise las fases del proceso."),),
    )


def _roll_item(session: Session, component: ComponentView, at: dt.datetime) -> Item:
    """Look at who votes: the roll that is named, and what every phase asks for that still votes."""
    key, roll = component.settings.roll, casting.roll(session, component)
    found: list[Any] = []
    if key and roll is None:
        found.append(
            _l("No hay un padrón con la clave «%(key)s»: cárguelo en Gestión, Padrones.", key=key)
        )
    elif roll is not None and not roll.size:
        found.append(_l("El padrón «%(roll)s» está vacío.", roll=roll.name))
    asks = [
        any(isinstance(each, Verified) and each.method == census.KEY for each in rule.requires)
        for rule in _casting_rules(component, at)
    ]
    if key and not all(asks):
        found.append(
            _l(
                "Se vota con un padrón y una fase no pide «identidad verificada con su documento "
                "en el padrón» para votar: agregue ese requisito."
            )
        )
    if not key and any(asks):
        found.append(
            _l(
                "Una fase pide estar en el padrón para votar y las opciones no dicen cuál: escriba "
                "su clave en «Padrón»."
            )
        )
    return Item(_l("Está claro quiénes votan"), tuple(found), tuple(_second_datum(session, roll)))


def _second_datum(session: Session, roll: Any) -> list[Any]:
    """Say where a document number alone makes a voter, and where the other datum is missing."""
    if roll is None:
        return []
    if not roll.asks_birth_date:
        return [
            _l(
                "Para votar con el padrón «%(roll)s» basta el número del documento, que otras "
                "personas pueden saber. Conviene pedir también la fecha de nacimiento: en Gestión, "
                "Padrones.",
                roll=roll.name,
            )
        ]
    dateless = rolls.without_birth_date(session, roll.id)
    if not dateless:
        return []
    return [
        _ln(
            "El padrón pide la fecha de nacimiento y una línea no la tiene: esa persona no podrá "
            "votar hasta que se corrija.",
            "El padrón pide la fecha de nacimiento y %(num)s líneas no la tienen: esas personas "
            "no podrán votar hasta que se corrijan.",
            dateless,
        )
    ]


def seconds_item(session: Session, component: ComponentView) -> Item:
    """Look at whether a second person is asked for, and whether there is one."""
    title = _l("Una segunda persona aprueba lo que no se puede deshacer")
    if not component.settings.second_person:
        return Item(
            title,
            notes=(
                _l(
                    "Hoy basta una persona para cerrar la votación, liberar líneas del padrón y "
                    "dar roles. Si el resultado obliga, conviene pedir dos: actívelo en las "
                    "opciones, en «Pedir una segunda persona»."
                ),
            ),
        )
    if len(approvals.deciders(session, component.process.id)) < TWO:
        return Item(
            title,
            (
                _l(
                    "Se pide una segunda persona y solo una puede cerrar: dé a alguien más el rol "
                    "de administración del proceso."
                ),
            ),
        )
    return Item(title)


def _casting_rules(component: ComponentView, at: dt.datetime) -> list[Rule]:
    """Return the rules of casting of the phases that are not over."""
    return [
        rule
        for opening in component.openings
        if any(each.end > at for each in opening.phase.active)
        and (rule := opening.rules.get("cast")) is not None
        and rule.state.is_open
    ]


def lock(session: Session, actor: Actor, component: ComponentView, *, seed_source: str = "") -> str:
    """Make rules, pots, projects, costs and tie order firm. Returns the SHA-256 of all of it.

    Raises ``Denied``, and ``Invalid`` for what the checklist finds or, where lots decide ties,
    without where the seed will come from.
    """
    vote = votes.for_update(session, component.id)
    at = clock.now()
    authorize(policy.LOCK, actor, component, facing(vote), at=at)
    found = [
        Problem("", sentence)
        for item in checklist(session, component, at)
        for sentence in item.problems
    ]
    source = normalize(seed_source)
    if rules_of(component.settings).ties == "lot":
        found += texts.problems(
            "seed_source",
            source,
            *SOURCE_LENGTH,
            missing=_l("Diga de dónde saldrá la semilla del sorteo de los empates."),
        )
    else:
        source = ""
    if found:
        raise Invalid(found)
    vote.locked_at = at
    vote.rules = snapshot(component.settings) | {PROCESS: component.process.slug}
    vote.seed_source = source
    vote.sha256 = digest(session, component, vote)
    record_in(session, actor, component, events.RulesLocked(vote.sha256))
    return vote.sha256


def refuse_settings(session: Session, component_id: int, settings: Any) -> list[Problem]:
    """Return a problem for new settings that would move rules that are firm."""
    vote = votes.for_update(session, component_id)
    # What was made firm before a roll could be named names none.
    firm = {"roll": ""} | {key: value for key, value in vote.rules.items() if key != PROCESS}
    if vote.locked_at is None:
        return []
    before = processes.components(session, [component_id])[component_id].settings
    if before.second_person and not settings.second_person and vote.closed_at is None:
        return [
            Problem(
                "second_person",
                _l("La votación está en firme y pide una segunda persona: ya no se quita."),
            )
        ]
    if firm == snapshot(settings):
        return []
    return [
        Problem(
            "preset",
            _l("Las reglas de esta votación ya están en firme: estas opciones no se cambian."),
        )
    ]
