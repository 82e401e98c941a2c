"""What this room adds to the product."""

from participa.core.registry import Room
from participa.organizations import policy, views

ROOM = Room(
    name="organizations",
    actions=policy.ACTIONS,
    blueprints=(views.blueprint,),
    init=views.init_app,
)
