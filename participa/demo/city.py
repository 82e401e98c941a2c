"""Building the demonstration city in an empty database."""

import dataclasses
import datetime as dt
import itertools
import random
from collections.abc import Callable, Mapping
from typing import Any

from flask import g
from sqlalchemy.orm import Session

from participa.accounts.models import Consent, Person, RoleGrant
from participa.accounts.passwords import hashed
from participa.core import clock
from participa.core.db import bind_to_organization
from participa.core.i18n import Localized
from participa.core.policy import Actor, Role
from participa.core.registry import registry
from participa.demo import budget, cases, ended, history, measures, points, proposals, roll, texts
from participa.demo.conversations import converse
from participa.moderation.services import grounds
from participa.organizations import queries as organizations
from participa.organizations.models import Organization, Territory, Theme
from participa.organizations.queries import OrganizationView
from participa.organizations.views import use
from participa.processes import catalogue, services
from participa.processes.definition import ProcessDefinition
from participa.processes.snapshot import ProcessView

PASSWORD = "demostracion-2026"  # noqa: S105  (printed on the screen: a demonstration has no secrets)
DOMAIN = "demo.participa"
NEIGHBOURS_DOMAIN = "vecindario.participa"
"""Neighbours only fill the city: the sign-in page does not offer their accounts."""
CYCLE = "bga-ciclo-lab"
"""The template whose dates are shifted, so that one process is in each kind of phase."""
IDEAS = "ideas-para-el-espacio-publico"
"""The process of that cycle that takes ideas today: there is something to moderate in it."""

ACCOUNTS: tuple[tuple[str, str, str, Role | None], ...] = (
    ("ciudadana", "Rosa", "Ciudadana", None),
    ("funcionaria", "Carolina", "Funcionaria", Role.PROCESS_ADMIN),
    ("moderadora", "Martha", "Moderadora", Role.MODERATOR),
    ("revisora", "Ingrid", "Revisora técnica", Role.REVIEWER),
    ("promotora", "Nubia", "Promotora", None),
    ("concejo", "Julio", "Concejo", Role.COUNCIL),
    ("administradora", "Beatriz", "Administradora", Role.ORGANIZATION_ADMIN),
)
"""(mailbox, first name, what it shows, role): one demo account per role, and who is in charge of
polling points."""

TERRITORIES = (
    ("valle-sereno", "Valle Sereno", "municipio", None),
    ("comuna-1", "Comuna 1", "comuna", "valle-sereno"),
    ("centro", "Centro", "barrio", "comuna-1"),
    ("villa-rosa", "Villa Rosa", "barrio", "comuna-1"),
    ("corregimiento-norte", "Corregimiento Norte", "corregimiento", "valle-sereno"),
    ("el-mirador", "El Mirador", "vereda", "corregimiento-norte"),
    ("la-esperanza", "La Esperanza", "vereda", "corregimiento-norte"),
)

THEMES = (
    ("agua", "Agua y ambiente", "Water and environment", "Água e ambiente"),
    ("movilidad", "Movilidad", "Mobility", "Mobilidade"),
    ("educacion", "Educación", "Education", "Educação"),
    ("cultura", "Cultura y deporte", "Culture and sport", "Cultura e esporte"),
    ("seguridad", "Seguridad", "Safety", "Segurança"),
    ("salud", "Salud", "Health", "Saúde"),
    ("campo", "Campo", "Countryside", "Campo"),
)

SHIFTED = Localized(
    {
        "es": "Demostración: las fechas del ciclo del laboratorio están corridas "
        "para que hoy haya un proceso en cada fase.",
        "en": "Demonstration: the dates of the lab's cycle are shifted "
        "so that today there is a process in each phase.",
        "pt": "Demonstração: as datas do ciclo do laboratório estão deslocadas "
        "para que hoje haja um processo em cada fase.",
    }
)

SOON = dt.timedelta(days=12)
AHEAD = Localized(
    {
        "es": "Demostración: las fechas del ciclo del laboratorio están corridas "
        "para que este proceso empiece dentro de unos días.",
        "en": "Demonstration: the dates of the lab's cycle are shifted "
        "so that this process begins in some days.",
        "pt": "Demonstração: as datas do ciclo do laboratório estão deslocadas "
        "para que este processo comece em alguns dias.",
    }
)


def build(session: Session, say: Callable[[str], None]) -> None:
    """Fill an empty database with the demonstration city; ``say`` tells how it goes."""
    say("Creando la ciudad…")
    organization = _make_organization(session)
    use(organization)
    grounds.ensure(session, organization)
    administrator = Actor(
        organization_id=organization.id,
        name="Demostración",
        organization_roles=frozenset({Role.ORGANIZATION_ADMIN}),
        is_operator=True,
    )
    g.actor = administrator
    people = _make_people(session, organization)
    say("Creando los procesos…")
    processes = [
        *[_make_cycle(session, administrator, organization, *cycle) for cycle in texts.CYCLES],
        *[
            _make_historic(session, administrator, organization, template.key)
            for template in catalogue.catalogue()
            if template.key not in {CYCLE, budget.TEMPLATE}
        ],
        _make_vote(session, administrator, organization),
        _make_ended_vote(session, administrator, organization),
        _make_coming(session, administrator, organization),
    ]
    _give_roles(session, people, processes)
    say("Escribiendo las propuestas…")
    dice = random.Random(2026)  # noqa: S311  (the same demonstration every time)
    for process in processes:
        for component in process.components:
            if component.type is registry.component("proposals"):
                proposals.fill(session, organization, component, people["neighbours"], dice)
                converse(session, component, people["neighbours"], dice)
    accounts = dict(zip([mailbox for mailbox, *_rest in ACCOUNTS], people["accounts"], strict=True))
    ideas = next(each for each in processes if each.slug == IDEAS)
    reported = cases.write_some(session, ideas, accounts["ciudadana"], people["neighbours"])
    session.flush()
    history.write(session, [each for process in processes for each in process.components])
    roll.make(session, administrator, organization, accounts["ciudadana"])
    _fill_votes(session, administrator, organization, processes)
    session.flush()
    for component in [each for process in processes for each in process.components]:
        if component.type is registry.component("budgets") and points.today(component):
            points.make(
                session,
                organization,
                component,
                administrator,
                promoter=accounts["promotora"],
                typists=(accounts["revisora"], accounts["moderadora"]),
            )
    measures.take(session, organization, ideas, accounts["moderadora"], accounts["ciudadana"])
    cases.open_some(
        session,
        ideas,
        accounts["moderadora"],
        accounts["ciudadana"],
        people["neighbours"],
        reported,
    )


def _make_organization(session: Session) -> OrganizationView:
    row = Organization(
        slug="valle-sereno",
        name="Valle Sereno",
        is_default=True,
        locales=["es", "en", "pt"],
        summary=Localized(
            {
                "es": "Aquí se propone, se decide y se ve qué se hizo en Valle Sereno.",
                "en": "Where Valle Sereno proposes, decides and shows what was done.",
                "pt": "Onde Valle Sereno propõe, decide e mostra o que foi feito.",
            }
        ),
        address="Calle 5 # 6-20, Valle Sereno",
        hours="Lunes a viernes, de 8:00 a. m. a 4:00 p. m.",
        phone="601 000 0000",
        email=f"participacion@{DOMAIN}",
        staff_second_factor=False,
    )
    session.add(row)
    session.flush()
    bind_to_organization(session, row.id)
    made: dict[str, Territory] = {}
    for position, (code, name, level, parent) in enumerate(TERRITORIES):
        above = made.get(parent) if parent else None
        made[code] = Territory(
            code=code,
            name=name,
            level=level,
            parent_id=above.id if above else None,
            path=[*(above.path if above else []), code],
            position=position,
        )
        session.add(made[code])
        session.flush()
    for position, (code, es, en, pt) in enumerate(THEMES):
        session.add(
            Theme(code=code, name=Localized({"es": es, "en": en, "pt": pt}), position=position)
        )
    session.flush()
    return organizations.by_id(session, row.id)


def _make_people(session: Session, organization: OrganizationView) -> Mapping[str, list[Person]]:
    secret = hashed(PASSWORD)
    places = itertools.cycle(
        [
            each.id
            for each in organization.territories.values()
            if each.level in {"barrio", "vereda"}
        ]
    )
    born = dt.date(1984, 5, 17)

    def make(name: str, address: str) -> Person:
        person = Person(
            organization_id=organization.id,
            name=name,
            email=address,
            email_confirmed_at=clock.now(),
            password_hash=secret,
            birth_date=born,
            territory_id=next(places),
        )
        session.add(person)
        return person

    accounts = [
        make(f"{name} ({what})", f"{mailbox}@{DOMAIN}") for mailbox, name, what, _role in ACCOUNTS
    ]
    neighbours = [
        make(name, f"vecino{number}@{NEIGHBOURS_DOMAIN}")
        for number, name in enumerate(texts.NEIGHBOURS, 1)
    ]
    session.flush()
    for person in (*accounts, *neighbours):
        for purpose in ("participation", "notifications"):
            session.add(
                Consent(
                    organization_id=organization.id,
                    person_id=person.id,
                    purpose=purpose,
                    granted=True,
                    text_version=organization.consent_version,
                    channel="demo",
                )
            )
    return {"accounts": accounts, "neighbours": neighbours}


def _give_roles(
    session: Session, people: Mapping[str, list[Person]], processes: list[ProcessView]
) -> None:
    for person, (_mailbox, _name, _what, role) in zip(people["accounts"], ACCOUNTS, strict=True):
        if role is None:
            continue
        where = [None] if role is Role.ORGANIZATION_ADMIN else [process.id for process in processes]
        for process_id in where:
            session.add(
                RoleGrant(
                    organization_id=person.organization_id,
                    person_id=person.id,
                    role=role,
                    process_id=process_id,
                )
            )


def _make_cycle(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    kind: str,
    slug: str,
    title: Mapping[str, str],
    summary: Mapping[str, str],
) -> ProcessView:
    """Make a process of the lab's cycle, with today in the middle of one kind of phase."""
    definition = _around_today(organization, CYCLE, lambda phase: phase.kind.value == kind)
    definition = dataclasses.replace(
        definition, slug=slug, title=Localized(title), summary=Localized(summary), notice=SHIFTED
    )
    return _published(session, actor, organization, definition, CYCLE)


def _make_coming(session: Session, actor: Actor, organization: OrganizationView) -> ProcessView:
    """Make a process of the lab's cycle that begins in some days."""
    slug, title, summary = texts.COMING
    today = clock.now().astimezone(organization.zone).date()
    definition = dataclasses.replace(
        catalogue.from_template(CYCLE, organization, start=today + SOON),
        slug=slug,
        title=Localized(title),
        summary=Localized(summary),
        notice=AHEAD,
    )
    return _published(session, actor, organization, definition, CYCLE)


def _around_today(
    organization: OrganizationView, template: str, wanted: Callable[[Any], bool]
) -> ProcessDefinition:
    """Return a template with its dates moved so that today is in the middle of a phase."""
    original = catalogue.from_template(template, organization)
    first = min(phase.start for phase in original.phases)
    phase = next(phase for phase in original.phases if wanted(phase))
    middle = phase.start + (phase.end - phase.start) / 2
    today = clock.now().astimezone(organization.zone).date()
    return catalogue.from_template(template, organization, start=today - (middle - first))


def _make_vote(session: Session, actor: Actor, organization: OrganizationView) -> ProcessView:
    """Make the participatory budget, with today in the middle of its vote."""
    definition = _around_today(
        organization, budget.TEMPLATE, lambda phase: phase.key == budget.VOTING
    )
    definition = dataclasses.replace(definition, notice=budget.NOTICE)
    return _published(session, actor, organization, definition, budget.TEMPLATE)


def _make_ended_vote(session: Session, actor: Actor, organization: OrganizationView) -> ProcessView:
    """Make last year's participatory budget, whose vote is over."""
    definition = _around_today(
        organization, budget.TEMPLATE, lambda phase: phase.key == ended.PRESENT
    )
    return _published(session, actor, organization, ended.of(definition), budget.TEMPLATE)


def _fill_votes(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    processes: list[ProcessView],
) -> None:
    """Write the projects into the votes that are open now, and hold the one that is over."""
    for process in processes:
        for component in process.components:
            if component.type is registry.component("budgets") and component.closes_at(
                "cast", clock.now()
            ):
                budget.fill_vote(session, actor, organization, component)
            elif process.slug == ended.SLUG and component.key == ended.COMPONENT:
                ended.hold(session, actor, organization, component)


def _make_historic(
    session: Session, actor: Actor, organization: OrganizationView, key: str
) -> ProcessView:
    definition = catalogue.from_template(key, organization)
    if key in texts.OUTCOMES:
        definition = dataclasses.replace(definition, outcome=Localized(texts.OUTCOMES[key]))
    return _published(session, actor, organization, definition, key)


def _published(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    definition: ProcessDefinition,
    template: str,
) -> ProcessView:
    made = services.create(session, actor, organization, definition, template=template)
    history.announce(session, made)
    published = services.publish(session, actor, made.id)
    history.date(session, published)
    return published
