"""What this room adds to the product."""

from participa.core.registry import Room
from participa.organizations import events, policy, views

ROOM = Room(
    name="organizations",
    actions=policy.ACTIONS,
    facts=events.FACTS,
    blueprints=(views.blueprint,),
    init=views.init_app,
)
