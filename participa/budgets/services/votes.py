"""How the policy sees a vote."""

from typing import Any

from participa.budgets.policy import Facing
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
