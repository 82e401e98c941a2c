"""What this room adds to the product."""

from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import personal_data
from participa.core.facts import FactRow
from participa.core.outbox import Subscriber
from participa.core.registry import Room, registry
from participa.notifications import digests, events, mails, policy, views
from participa.notifications.personal_data import own_notifications
from participa.notifications.services import audiences, inbox


def wants(fact_name: str) -> bool:
    """Return whether a kind of fact tells anybody, or makes its actor follow its subject."""
    kind = registry.fact(fact_name)
    return kind is not None and bool(kind.TELLS or kind.FOLLOWS)


def handle(session: Session, fact: FactRow) -> None:
    """Notify a fact's audience; idempotent."""
    kind = registry.fact(fact.name)
    if kind is not None:
        audiences.tell(session, fact, kind)


def init_app(app: Flask) -> None:
    """Ask for the jobs that send mails, and give templates the bell and the follow button."""
    personal_data.add_source(own_notifications)
    personal_data.add_eraser(inbox.forget)
    jobs: Any = app.extensions["participa_jobs"]
    jobs.after_deliveries(digests.send_at_once)
    jobs.before_mails(mails.holds)
    jobs.every("digests", "*/10", digests.send_digests)
    app.jinja_env.globals.update(unread_count=views.unread_count, follow_button=views.follow_button)


ROOM = Room(
    name="notifications",
    label=_l("Avisos"),
    actions=policy.ACTIONS,
    facts=events.FACTS,
    subscribers=(Subscriber("notifications", wants, handle),),
    blueprints=(views.blueprint,),
    init=init_app,
)
