"""A process whose proposals are commented, and people who talk."""

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.comments.models import Comment, CommentCount, Position
from participa.comments.services import votes, writing
from participa.contributions import services as contributions
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.facts import Ref
from participa.core.policy import Actor
from participa.processes.snapshot import ComponentView
from participa.proposals import services as proposals
from participa.proposals.services import Draft as Proposal
from tests import factories

LIST = "/procesos/presupuesto/propuestas"
DAY = dt.timedelta(days=1)
_numbers = itertools.count(1)


def make_component(
    session: Session, opens: Any = None, phase: Any = None, **settings: Any
) -> ComponentView:
    """Make a process with proposals whose comments are open, around now."""
    now = clock.now()
    process = factories.make_process(
        session,
        components=[{"key": "propuestas", "type": "proposals", "settings": settings}],
        phases=[
            {
                "key": "ideas",
                "start": now - DAY,
                "end": now + 9 * DAY,
                "opens": {
                    "propuestas": opens or {"create": "open", "support": "open", "comment": "open"}
                },
                **(phase or {}),
            }
        ],
    )
    return process.components[0]


@dataclass
class Talk:
    """A proposal and ways to talk about it."""

    app: Flask
    session: Session
    component: ComponentView
    author: Person
    ref: Ref

    def actor(self, person: Person) -> Actor:
        return factories.actor_of(self.session, person)

    def person(self, name: str = "Nubia O.", **values: Any) -> Person:
        return factories.make_person(self.session, name, **values)

    def say(self, person: Person, body: str = "Me parece bien.", **values: Any) -> int:
        """Comment on the proposal; ``key`` is the form's."""
        key = values.pop("key", f"forma-{next(_numbers)}")
        with self.app.app_context():
            made = writing.create(
                self.session,
                self.actor(person),
                self.component,
                self.ref,
                writing.Draft(body, **values),
                key,
            )
        self.session.commit()
        return made

    def answer(self, person: Person, comment: int, body: str = "Gracias.", **values: Any) -> int:
        with self.app.app_context():
            made = writing.reply(
                self.session,
                self.actor(person),
                self.component,
                comment,
                writing.Draft(body, **values),
                f"forma-{next(_numbers)}",
            )
        self.session.commit()
        return made

    def edit(self, person: Person, comment: int, body: str, **values: Any) -> None:
        with self.app.app_context():
            writing.edit(
                self.session,
                self.actor(person),
                self.component,
                comment,
                writing.Draft(body, **values),
            )
        self.session.commit()

    def delete(self, person: Person, comment: int) -> None:
        writing.delete(self.session, self.actor(person), self.component, comment)
        self.session.commit()

    def vote(self, person: Person, comment: int) -> int:
        return votes.vote(self.session, self.actor(person), self.component, comment)

    def unvote(self, person: Person, comment: int) -> int:
        return votes.unvote(self.session, self.actor(person), self.component, comment)

    def stand(self, comment: int, standing: Standing, kind: str = "comment") -> None:
        """What moderation does, once it has decided."""
        with self.app.app_context():
            contributions.stand(self.session, Ref(kind, comment), standing, clock.now())
        self.session.commit()

    def row(self, comment: int) -> Comment:
        self.session.expire_all()
        return self.session.get_one(Comment, comment)

    def counts(self) -> tuple[int, int, int, int]:
        self.session.expire_all()
        row = self.session.get(CommentCount, (self.ref.kind, self.ref.id))
        return (row.published, row.in_favour, row.against, row.neutral) if row else (0, 0, 0, 0)


def make_talk(app: Flask, session: Session, organization: Any, component: ComponentView) -> Talk:
    """Publish a proposal of somebody, to be talked about."""
    author = factories.make_person(session, "Autora Vecina")
    with app.app_context():
        proposal = proposals.create(
            session,
            factories.actor_of(session, author),
            organization,
            component,
            Proposal("Luces en el sendero", "Luces solares cada veinte metros hasta el colegio."),
            "una",
        )
    session.commit()
    return Talk(app, session, component, author, Ref("proposal", proposal))


@pytest.fixture
def talk(app: Flask, session: Session, organization: Any) -> Talk:
    """A proposal with open comments that ask for a position."""
    return make_talk(app, session, organization, make_component(session, comment_positions=True))


@pytest.fixture
def nubia(talk: Talk) -> Person:
    return talk.person("Nubia O.")


@pytest.fixture
def efrain(talk: Talk) -> Person:
    return talk.person("Efraín S.")


FOR, AGAINST, NEUTRAL = Position.FOR, Position.AGAINST, Position.NEUTRAL
