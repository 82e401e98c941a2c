"""What people may do with their own notifications."""

from flask_babel import lazy_gettext as _l

from participa.core.policy import EVERYBODY, PARTICIPANTS, Action

READ = Action("notifications.read", _l("Leer los propios avisos"), PARTICIPANTS, listed=False)
FOLLOW = Action("notifications.follow", _l("Seguir procesos y aportes"), PARTICIPANTS, listed=False)
CHOOSE = Action(
    "notifications.choose", _l("Elegir cómo recibir los propios avisos"), PARTICIPANTS, listed=False
)
STOP = Action(
    "notifications.stop",
    _l("Detener los correos con el enlace que traen"),
    EVERYBODY,
    listed=False,
)

ACTIONS = (READ, FOLLOW, CHOOSE, STOP)
"""The permission table of this room."""
