"""The one clear action of a process: what can I do here, now, and until when?"""

import datetime as dt
from typing import Any

from participa.core.db import db
from participa.core.registry import Invitation
from participa.core.web import actor
from participa.processes.snapshot import ProcessView


def invitation(process: ProcessView, at: dt.datetime) -> Invitation | None:
    """Return the most pressing thing that its components invite to, or ``None``."""
    offers: list[Any] = [
        component.type.call_to_action(db.session(), component, actor(), at)
        for component in process.components
        if component.type.call_to_action is not None
    ]
    return max(
        (each for each in offers if each is not None), key=lambda each: each.priority, default=None
    )
