"""A city with a process full of proposals, people, supports and comments."""

import datetime as dt
import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from benchmarks.bulk import fill
from benchmarks.conversation import talk
from participa.accounts.models import Person, UserSession, folded
from participa.contributions.texts import excerpt
from participa.core import clock, words
from participa.core.db import bind_to_organization
from participa.core.facts import FactRow
from participa.core.i18n import Localized
from participa.core.sanitize import markdown_to_html
from participa.core.shuffle import SPAN
from participa.organizations.models import Organization, Territory, Theme
from participa.processes.models import (
    Component,
    Phase,
    PhaseComponent,
    PhaseKind,
    Process,
    ProcessStatus,
)
from participa.proposals.models import Proposal, Support

PROCESS = "presupuesto"
COMPONENT = "propuestas"
TERRITORY = "comuna-2"
THEME = "agua"
FILED = 0.9
"""How many of the proposals name a place, and how many a theme."""

VERBS = (
    "Arreglar", "Recuperar", "Construir", "Mejorar", "Iluminar", "Sembrar", "Ampliar", "Cuidar",
    "Pavimentar", "Abrir", "Dotar", "Señalizar",
)  # fmt: skip
THINGS = (
    "el parque", "la cancha", "el salón comunal", "la biblioteca", "el acueducto", "los andenes",
    "el camino de herradura", "la huerta", "el puente peatonal", "la casa de la cultura",
    "el polideportivo", "la quebrada", "el puesto de salud", "la plaza de mercado",
)  # fmt: skip
PLACES = (
    "de La Loma", "de la vereda El Progreso", "del barrio Santander", "junto a la escuela",
    "de la parte alta", "de la entrada al pueblo", "frente a la iglesia", "del corregimiento",
)  # fmt: skip
SENTENCES = (
    "Desde hace años las familias de aquí pedimos una solución y nadie ha respondido.",
    "Cuando llueve, el agua entra a las casas y los niños no pueden llegar a la escuela.",
    "Proponemos que la obra se haga con mano de obra del mismo barrio.",
    "Las personas mayores y quienes usan silla de ruedas no pueden pasar por ahí.",
    "La junta de acción comunal ya tiene un plano y tres cotizaciones.",
    "Con **poca plata** se puede empezar por la parte más dañada.",
    "Sirve a unas cuatrocientas familias y también a quienes vienen los domingos al mercado.",
    "Pedimos además que se explique en una reunión cuándo empieza y cuándo termina.",
    "Los jóvenes se ofrecieron a cuidar el lugar y a pintar los muros.",
    "En la noche es oscuro y da miedo devolverse sola del trabajo.",
)
NAMES = (
    "Rosa",
    "Jairo",
    "Luz Marina",
    "Édgar",
    "Yolanda",
    "Nelson",
    "Diana",
    "Ómar",
    "Gloria",
    "Wilson",
)
SURNAMES = (
    "Quintero",
    "Ñáñez",
    "Rodríguez",
    "Cárdenas",
    "Muñoz",
    "Ortiz",
    "Peña",
    "Castañeda",
    "Vargas",
)


@dataclass(frozen=True, slots=True)
class City:
    """What was seeded, as the loads need to know it."""

    process: str
    component: str
    territory: str
    theme: str
    proposals: Sequence[int]
    popular: int
    """A proposal of average length to read."""
    voters: Sequence[str]
    """Session tokens of people who neither wrote nor supported anything."""


def seed(session: Session, *, proposals: int, people: int, supports: int) -> City:
    """Fill an empty, migrated database; the same arguments give the same city."""
    chance = random.Random(7)
    organization = make_organization(session)
    component = _process(session)
    territories, themes = make_places(session)
    connection = session.connection()
    fill(connection, Person.__table__, people_rows(organization, people, territories))
    tokens = {number: f"voter-{number}" for number in range(people // 2 + 1, people + 1)}
    fill(connection, UserSession.__table__, session_rows(tokens))
    counts = _support_counts(proposals, supports, people // 2, chance)
    writers = people // 2
    fill(
        connection,
        Proposal.__table__,
        _proposals(organization, component, writers, territories, themes, counts, chance),
    )
    fill(connection, Support.__table__, _supports(organization, component.id, writers, counts))
    fill(connection, FactRow.__table__, _facts(organization, component, writers, proposals))
    talk(session, component, writers)
    session.commit()
    return City(
        PROCESS,
        COMPONENT,
        TERRITORY,
        THEME,
        range(1, proposals + 1),
        proposals // 2,
        list(tokens.values()),
    )


def make_organization(session: Session) -> int:
    """Make the city and bind the session to it; returns its id."""
    row = Organization(
        slug="aurora",
        name="Municipio de Aurora",
        is_default=True,
        locales=["es", "en"],
        summary=Localized("Las decisiones de Aurora, entre todas y todos."),
        address="Calle 5 # 4-32",
        phone="+57 2 555 0101",
        email="participa@aurora.test",
    )
    session.add(row)
    session.flush()
    bind_to_organization(session, row.id)
    return row.id


def make_places(session: Session) -> tuple[list[int], list[int]]:
    """Make its territories and themes; returns the ids of the barrios and of the themes."""
    town = Territory(code="aurora", name="Aurora", level="municipio", path=["aurora"])
    session.add(town)
    session.flush()
    leaves = []
    for number in range(1, 7):
        code = f"comuna-{number}"
        comuna = Territory(
            code=code,
            name=f"Comuna {number}",
            level="comuna",
            parent_id=town.id,
            path=["aurora", code],
        )
        session.add(comuna)
        session.flush()
        for letter in "abcde":
            path = ["aurora", code, f"{code}{letter}"]
            leaves.append(
                Territory(
                    code=path[-1],
                    name=f"Barrio {number}{letter}",
                    level="barrio",
                    parent_id=comuna.id,
                    path=path,
                )
            )
    themes = [
        Theme(code=name.lower(), name=Localized(name), position=number)
        for number, name in enumerate(
            ("Agua", "Vías", "Deporte", "Cultura", "Salud", "Ambiente", "Seguridad")
        )
    ]
    session.add_all([*leaves, *themes])
    session.flush()
    return [each.id for each in leaves], [each.id for each in themes]


def _process(session: Session) -> Component:
    now = clock.now()
    process = Process(
        slug=PROCESS,
        title=Localized("Presupuesto participativo"),
        summary=Localized("Usted propone, la comunidad decide."),
        status=ProcessStatus.PUBLISHED,
        published_at=now,
        organization_id=session.info["organization_id"],
    )
    component = Component(
        organization_id=process.organization_id,
        key=COMPONENT,
        type="proposals",
        title=Localized("Propuestas"),
    )
    process.components.append(component)
    start = now - dt.timedelta(days=20)
    for position, (kind, title, days) in enumerate(
        (
            (PhaseKind.DIAGNOSIS, "Lo que nos pasa", 15),
            (PhaseKind.IDEATION, "Ideas de los barrios", 60),
            (PhaseKind.EVALUATION, "Votación", 20),
        )
    ):
        phase = Phase(
            key=f"fase-{position}",
            kind=kind,
            title=Localized(title),
            start=start,
            end=start + dt.timedelta(days=days),
            position=position,
        )
        if kind is PhaseKind.IDEATION:
            phase.opens.append(
                PhaseComponent(
                    component=component,
                    capabilities={"create": "open", "support": "open", "comment": "open"},
                )
            )
        process.phases.append(phase)
        start = phase.end
    session.add(process)
    session.flush()
    return component


def people_rows(
    organization: int, number: int, territories: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """Rows of people with the ids 1 to ``number``, each at home in some barrio."""
    now = clock.now()
    for key in range(1, number + 1):
        name = f"{NAMES[key % len(NAMES)]} {SURNAMES[key % len(SURNAMES)]}"
        yield {
            "id": key,
            "organization_id": organization,
            "name": name,
            "search_name": folded(name),
            "email": f"persona{key}@aurora.test",
            "email_confirmed_at": now,
            "territory_id": territories[key % len(territories)],
        }


def session_rows(tokens: dict[int, str]) -> Iterator[dict[str, Any]]:
    """Rows of sessions in which each person (id) is signed in with a token."""
    expires = clock.now() + dt.timedelta(days=30)
    for person, token in tokens.items():
        yield {
            "person_id": person,
            "token_hash": hashlib.sha256(token.encode()).hexdigest(),
            "device": "Prueba",
            "expires_at": expires,
        }


@lru_cache
def _bodies() -> tuple[tuple[str, str, str, str], ...]:
    """Return texts of many lengths: (Markdown, HTML, excerpt, words)."""
    chance = random.Random(3)
    made = []
    for _ in range(400):
        sentences = chance.choices(SENTENCES, k=min(24, 2 + int(chance.expovariate(0.2))))
        body = "\n\n".join(
            " ".join(sentences[start : start + 3]) for start in range(0, len(sentences), 3)
        )
        made.append((body, markdown_to_html(body), excerpt(body), words.normalize(body)))
    return tuple(made)


@lru_cache
def _words(text: str) -> str:
    return words.normalize(text)


def _proposals(
    organization: int,
    component: Component,
    writers: int,
    territories: Sequence[int],
    themes: Sequence[int],
    counts: Sequence[int],
    chance: random.Random,
) -> Iterator[dict[str, Any]]:
    first = clock.now() - dt.timedelta(days=4)
    step = dt.timedelta(days=4) / (len(counts) + 1)
    for key, count in enumerate(counts, start=1):
        pieces = chance.choice(VERBS), chance.choice(THINGS), chance.choice(PLACES)
        body, html, short, normal = chance.choice(_bodies())
        yield {
            "id": key,
            "organization_id": organization,
            "component_id": component.id,
            "author_id": key % writers + 1,
            "title": " ".join(pieces),
            "body": body,
            "body_html": html,
            "excerpt": short,
            "territory_id": chance.choice(territories) if chance.random() < FILED else None,
            "theme_id": chance.choice(themes) if chance.random() < FILED else None,
            "published_at": first + step * key,
            "support_count": count,
            "shuffle": chance.randrange(SPAN),
            "search_text": " ".join((*map(_words, pieces), normal)),
            "submission": f"seed-{key}",
        }


def _support_counts(proposals: int, supports: int, givers: int, chance: random.Random) -> list[int]:
    """Return how many supports each proposal has: many have few, few have many."""
    weights = [chance.paretovariate(1.2) for _ in range(proposals)]
    scale = supports / sum(weights)
    return [min(givers, round(weight * scale)) for weight in weights]


def _supports(
    organization: int, component: int, givers: int, counts: Sequence[int]
) -> Iterator[dict[str, Any]]:
    now = clock.now()
    first = 0
    for key, count in enumerate(counts, start=1):
        for offset in range(count):
            yield {
                "proposal_id": key,
                "person_id": (first + offset) % givers + 1,
                "component_id": component,
                "organization_id": organization,
                "at": now,
            }
        first += count + 1


def _facts(
    organization: int, component: Component, writers: int, number: int
) -> Iterator[dict[str, Any]]:
    now = clock.now()
    for key in range(1, number + 1):
        yield {
            "organization_id": organization,
            "name": "proposals.published",
            "at": now,
            "actor_id": key % writers + 1,
            "process_id": component.process_id,
            "component_id": component.id,
            "subject_kind": "proposal",
            "subject_id": key,
            "public": True,
            "data": {"title": "Una propuesta"},
        }
