"""What this room adds to the product."""

from flask_babel import lazy_gettext as _l

from participa.core.registry import Room
from participa.processes import binding, events, policy, resources
from participa.processes.views import blueprint, home, pages

ROOM = Room(
    name="processes",
    label=_l("Procesos"),
    actions=policy.ACTIONS,
    facts=events.FACTS,
    resources=(resources.PROCESS,),
    blueprints=(blueprint,),
    init=binding.init_app,
)

__all__ = ["ROOM", "home", "pages"]
