"""What this room adds to the product."""

from participa.core.registry import Room
from participa.processes import events, models, policy

ROOM = Room(name="processes", actions=policy.ACTIONS, facts=events.FACTS)

__all__ = ["ROOM", "models"]
