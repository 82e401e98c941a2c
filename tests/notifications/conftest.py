"""A small room whose facts tell people, so that these tests need no real component."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.core.events import Audience, Fact, How, record
from participa.core.facts import Ref
from participa.core.outbox import subscriptions
from participa.core.policy import SYSTEM
from participa.core.registry import Card, ResourceType, Room, registry
from participa.notifications.models import Follow
from participa.organizations import queries as organizations
from tests import factories


@dataclass(frozen=True)
class ThingPublished(Fact):
    NAME = "things.published"
    LABEL = "Cosa publicada"
    SENTENCE = "%(actor)s publicó «%(title)s»"
    PUBLIC = True
    TELLS = (Audience.SUBJECT_FOLLOWERS, Audience.PROCESS_FOLLOWERS)
    FOLLOWS = True

    title: str


@dataclass(frozen=True)
class ThingAnswered(Fact):
    NAME = "things.answered"
    LABEL = "Respuesta a una cosa"
    SENTENCE = "%(actor)s respondió a «%(title)s»"
    TELLS = (Audience.AUTHOR,)
    DEFAULT_MAIL = How.NOW

    title: str
    author_id: int


@dataclass(frozen=True)
class ThingCounted(Fact):
    NAME = "things.counted"
    LABEL = "Cosa contada"
    SENTENCE = "Se contó una cosa"


@dataclass
class Things:
    """The resources of the small room, and ways to make things happen to them."""

    session: Session
    organization: organizations.OrganizationView
    titles: dict[int, str] = field(default_factory=dict)

    def happen(self, fact: Fact, *, by: Person | None = None, thing: int = 1, **values: Any) -> int:
        actor = factories.actor_of(self.session, by) if by is not None else SYSTEM
        fact_id = record(
            self.session,
            fact,
            actor=actor,
            organization_id=self.organization.id,
            subject=Ref("thing", thing),
            **values,
        )
        self.session.commit()
        return fact_id

    def person(
        self, *, follows: Sequence[Ref] = (), consents: bool = True, **values: Any
    ) -> Person:
        person = factories.make_person(self.session, **values)
        for ref in follows:
            self.session.add(Follow(person_id=person.id, subject_kind=ref.kind, subject_id=ref.id))
        factories.make_consent(self.session, person, granted=consents)
        self.session.commit()
        return person


@pytest.fixture
def things(
    app: Flask, session: Session, organization: organizations.OrganizationView
) -> Iterator[Things]:
    made = Things(session, organization, {1: "Parque La Loma", 2: "Agua limpia"})

    def cards(_session: Session, ids: Sequence[int]) -> Mapping[int, Card]:
        return {
            id: Card(Ref("thing", id), made.titles[id], f"/cosas/{id}", "Cosa")
            for id in ids
            if id in made.titles
        }

    room = Room(
        name="things",
        label="Cosas",
        facts=(ThingPublished, ThingAnswered, ThingCounted),
        resources=(ResourceType("thing", "Cosa", cards),),
    )
    registry.register(room)
    subscriptions._wanting.clear()
    yield made
    del registry._rooms["things"]
    subscriptions._wanting.clear()


@pytest.fixture
def work(app: Flask, session: Session) -> Callable[[], None]:
    """Do what a worker does: deliver facts, queue mails, send them."""

    def run() -> None:
        app.extensions["participa_jobs"].run_due()
        session.expire_all()

    return run
