"""What every write on a budget begins with: the vote's row, locked, and how the policy sees it."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.budgets import policy
from participa.budgets.models import Vote
from participa.budgets.policy import Facing
from participa.budgets.queries import votes
from participa.budgets.rules import rules_of
from participa.budgets.settings import Settings
from participa.core import clock
from participa.core.errors import Problem
from participa.core.policy import Actor, authorize
from participa.processes.snapshot import ComponentView


def facing(vote: Any, component: ComponentView | None = None, **values: Any) -> Facing:
    """Return a vote's row as the policy looks at it; ``values`` say what else is known."""
    known: dict[str, Any] = {
        "locked": vote is not None and vote.locked_at is not None,
        "closed": vote is not None and vote.closed_at is not None,
        "published": vote is not None and vote.published_at is not None,
    }
    if component is not None:
        known["changeable"] = component.settings.changeable
    return Facing(**(known | values))


def lock_for_change(session: Session, actor: Actor, component: ComponentView) -> Vote:
    """Lock the vote and ask whether pots and projects may be changed. Raises :class:`Denied`.

    Before they are firm they are changed freely; afterwards only corrected, with a public reason.
    """
    vote = votes.for_update(session, component.id)
    action = policy.MANAGE if vote.locked_at is None else policy.AMEND
    authorize(action, actor, component, facing(vote), at=clock.now())
    return vote


ALSO_FIRM = ("changeable", "order", "smallest_group")
"""Settings that are no rule of the count, and are locked with it all the same."""


def snapshot(settings: Settings) -> dict[str, Any]:
    """Return what is locked of the settings, as plain data."""
    return rules_of(settings).plain() | {name: getattr(settings, name) for name in ALSO_FIRM}


def refuse_settings(session: Session, component_id: int, settings: Settings) -> list[Problem]:
    """Return a problem for new settings that would move rules that are firm."""
    vote = votes.for_update(session, component_id)
    if vote.locked_at is None or vote.rules == snapshot(settings):
        return []
    changed = [name for name, value in snapshot(settings).items() if vote.rules.get(name) != value]
    return [
        Problem(
            "preset",
            _l(
                "Las reglas de esta votación ya están en firme y no se cambian (%(names)s).",
                names=", ".join(changed),
            ),
        )
    ]
