"""What this room adds to the product."""

from participa.accounts import login, policy
from participa.core.registry import Room

ROOM = Room(name="accounts", actions=policy.ACTIONS, init=login.init_app)
