"""Whether the servers that an installation talks to are there; nothing is kept."""

import smtplib
from collections.abc import Iterator
from urllib.parse import urlsplit

from participa.cli.spanish import reason
from participa.core import clock, smtp
from participa.core.config import Config
from participa.core.errors import Problem
from participa.core.mail import FinalError, Mail, ServerError

try:
    import redis
except ImportError:  # an extra of the package; without it the configuration is refused
    redis = None  # type: ignore[assignment,unused-ignore]

PATIENCE = 3.0
"""Seconds for each answer."""


def problems(config: Config) -> Iterator[Problem]:
    """Give one problem for each configured server that cannot be used now."""
    if config.mail_url and (wrong := _of_mail(config.mail_url)):
        yield Problem("PARTICIPA_MAIL_URL", wrong)
    if config.redis_url and (wrong := _of_redis(config.redis_url)):
        yield Problem("PARTICIPA_REDIS_URL", wrong)


def send_test(config: Config, recipient: str) -> Problem | None:
    """Send one mail to an address. Returns what went wrong."""
    if not config.mail_url:
        return Problem("PARTICIPA_MAIL_URL", "sin servidor de correo no hay cómo enviar la prueba")
    test = Mail(
        id=0,
        recipient=recipient,
        sender_name="participa",
        subject="Prueba de correo de participa",
        text=f"Si lee esto, los correos de {config.base_url} salen y llegan.\n",
        created_at=clock.now(),
    )
    try:
        smtp.smtp_sender(config.mail_url, config.mail_sender)(test)
    except FinalError as error:
        return Problem("--mail", f"no se aceptó la dirección «{recipient}»: {error}")
    except ServerError as error:
        cause = error.__cause__
        why = reason(cause) if isinstance(cause, OSError) else str(cause)
        return Problem("PARTICIPA_MAIL_URL", f"no se pudo enviar la prueba: {why}")
    except smtplib.SMTPException as error:
        return Problem("--mail", f"el servidor de correo no recibió la prueba: {error}")
    return None


def _of_mail(url: str) -> str:
    try:
        with smtp.connected(url, timeout=PATIENCE):
            return ""
    except smtplib.SMTPAuthenticationError:
        return "el servidor de correo no acepta ese usuario con esa clave"
    except smtplib.SMTPException as error:
        if isinstance(error.__context__, TimeoutError):
            return f"no se llega al servidor de correo {_place(url)}: {reason(error.__context__)}"
        return f"el servidor de correo no responde como se espera: {error}"
    except OSError as error:
        return f"no se llega al servidor de correo {_place(url)}: {reason(error)}"


def _of_redis(url: str) -> str:
    once = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=once
        ) as client:
            client.ping()
    except redis.AuthenticationError:
        return "Redis no acepta ese usuario con esa clave"
    except redis.RedisError as error:
        cause = error.__cause__ or error.__context__
        why = reason(cause) if isinstance(cause, OSError) else str(error)
        return f"no se llega a Redis {_place(url)}: {why}"
    except OSError as error:
        return f"no se llega a Redis {_place(url)}: {reason(error)}"
    return ""


def _place(url: str) -> str:
    """Return host and port, without user and password."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname or parts.path}{port}"
