"""What people may do with their own account, and what staff may do with people."""

from flask_babel import lazy_gettext as _l

from participa.core.policy import (
    ADMINISTRATORS,
    EVERYBODY,
    PARTICIPANTS,
    PROCESS_MANAGERS,
    Action,
)

SIGN_UP = Action("accounts.sign_up", _l("Crear una cuenta"), EVERYBODY, listed=False)
SIGN_IN = Action("accounts.sign_in", _l("Entrar"), EVERYBODY, listed=False)
MANAGE_OWN = Action(
    "accounts.manage_own", _l("Cambiar los datos de la propia cuenta"), PARTICIPANTS, listed=False
)
MANAGE_PEOPLE = Action(
    "accounts.manage_people", _l("Registrar personas y dar roles"), ADMINISTRATORS, listed=False
)
GIVE_PROCESS_ROLES = Action(
    "accounts.give_process_roles",
    _l("Dar y quitar roles del proceso"),
    PROCESS_MANAGERS,
    listed=False,
)

ACTIONS = (SIGN_UP, SIGN_IN, MANAGE_OWN, MANAGE_PEOPLE, GIVE_PROCESS_ROLES)
"""The permission table of this room."""
