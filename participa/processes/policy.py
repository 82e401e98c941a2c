"""What may be done with processes."""

from flask_babel import lazy_gettext as _l

from participa.core.policy import (
    ADMINISTRATORS,
    EVERYBODY,
    PROCESS_MANAGERS,
    PROCESS_STAFF,
    Action,
)

VIEW = Action("processes.view", _l("Leer el proceso"), EVERYBODY)
SEE_BOARD = Action(
    "processes.see_board", _l("Ver el tablero del proceso"), PROCESS_STAFF, listed=False
)
PREVIEW = Action(
    "processes.preview", _l("Ver el proceso en otra fecha"), PROCESS_STAFF, listed=False
)
CREATE = Action("processes.create", _l("Crear procesos"), ADMINISTRATORS, listed=False)
EDIT = Action("processes.edit", _l("Cambiar textos, fechas y componentes"), PROCESS_MANAGERS)
OVERRIDE = Action(
    "processes.override", _l("Abrir o cerrar una fase fuera de sus fechas"), PROCESS_MANAGERS
)
PUBLISH = Action("processes.publish", _l("Publicar, despublicar y archivar"), PROCESS_MANAGERS)
GIVE_ROLES = Action(
    "processes.give_roles", _l("Dar y quitar roles en el proceso"), PROCESS_MANAGERS
)
LINK = Action("processes.link", _l("Enlazar aportes entre sí"), PROCESS_MANAGERS)

ACTIONS = (VIEW, SEE_BOARD, PREVIEW, CREATE, EDIT, OVERRIDE, PUBLISH, GIVE_ROLES, LINK)
"""The permission table of this room."""
