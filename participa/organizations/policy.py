"""What may be done with the organization itself."""

from flask_babel import lazy_gettext as _l

from participa.core.policy import ADMINISTRATORS, AUDITORS, EVERYBODY, Action

VIEW = Action("organizations.view", _l("Ver las páginas públicas"), EVERYBODY, listed=False)
EDIT = Action(
    "organizations.edit", _l("Cambiar los datos de la entidad"), ADMINISTRATORS, listed=False
)
EDIT_TERRITORIES = Action(
    "organizations.edit_territories",
    _l("Cambiar territorios y temas"),
    ADMINISTRATORS,
    listed=False,
)
READ_AUDIT = Action(
    "organizations.read_audit",
    _l("Leer el registro de hechos"),
    ADMINISTRATORS | AUDITORS,
    listed=False,
)
SEND_MAIL_AGAIN = Action(
    "organizations.send_mail_again",
    _l("Ver los correos que no salieron y enviarlos otra vez"),
    ADMINISTRATORS,
    listed=False,
)

ACTIONS = (VIEW, EDIT, EDIT_TERRITORIES, READ_AUDIT, SEND_MAIL_AGAIN)
"""The permission table of this room."""
