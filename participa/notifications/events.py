"""What can happen to how people are told.

What somebody follows and reads is nobody's business: it changes their own rows, which disappear
with the account, and leaves no fact in a log that is never erased.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Fact


@dataclass(frozen=True)
class PreferencesChanged(Fact):
    """Somebody chose how to be told."""

    NAME = "notifications.preferences_changed"
    LABEL = _l("Preferencias de avisos cambiadas")
    SENTENCE = _l("%(actor)s cambió cómo recibe sus avisos")


@dataclass(frozen=True)
class MailsStopped(Fact):
    """Somebody stopped a kind of mail, or all, from the link that each mail carries."""

    NAME = "notifications.mails_stopped"
    LABEL = _l("Correos detenidos")
    SENTENCE = _l("%(actor)s detuvo correos de avisos")

    kind: str


FACTS = (PreferencesChanged, MailsStopped)
