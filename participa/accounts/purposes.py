"""For what people may let their data be used, each asked about on its own."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

PARTICIPATION = "participation"
NOTIFICATIONS = "notifications"
STATISTICS = "statistics"

PURPOSES: Mapping[str, Any] = {
    PARTICIPATION: _l("Participar: publicar mis aportes con mi nombre y contar mis apoyos y votos"),
    NOTIFICATIONS: _l("Avisarme por correo de los procesos y aportes que sigo"),
    STATISTICS: _l("Hacer estadísticas sin mi nombre sobre quiénes participan"),
}
REQUIRED = frozenset({PARTICIPATION})
"""Without these there is no account."""

DEFAULT_TEXT = _l(
    "La entidad usa sus datos solo para lo que usted marque aquí. No los vende ni los entrega "
    "para otros fines. Usted puede verlos, corregirlos, descargarlos y pedir que se borren, en la "
    "página de su cuenta, cuando quiera."
)
"""Shown, and said to be provisional, until the organization writes its own text."""
