"""What this room adds to the product."""

from flask_babel import lazy_gettext as _l

from participa.contributions import events
from participa.core.registry import Room

ROOM = Room(name="contributions", label=_l("Aportes"), facts=events.FACTS)
