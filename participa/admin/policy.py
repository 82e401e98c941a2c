"""Who may enter the staff shell. What is done inside is asked of each room's own table."""

import datetime as dt
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core.policy import PARTICIPANTS, SECOND_FACTOR, Action, Actor, Check, Denial


def _holds_a_role(actor: Actor, _scope: Any, _item: Any, _at: dt.datetime) -> Denial | None:
    if not actor.staff_roles:
        return Denial(
            "role",
            _l(
                "Estas páginas son para quienes gestionan los procesos. Su cuenta no tiene ese rol."
            ),
        )
    return SECOND_FACTOR if actor.needs_second_factor else None


# A role in one process is enough, so the door cannot ask for the organization's roles.
ENTER = Action(
    "admin.enter",
    _l("Entrar a la gestión"),
    PARTICIPANTS,
    checks=(Check("role", _l("tener un rol en la entidad o en un proceso"), _holds_a_role),),
    listed=False,
)

ACTIONS = (ENTER,)
"""The permission table of this room."""
