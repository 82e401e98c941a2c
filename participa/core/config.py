"""The configuration of an installation: declared once, read from ``PARTICIPA_*`` variables."""

import dataclasses
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from participa.core.errors import Problem

PREFIX = "PARTICIPA_"
SHORTEST_KEY = 32
"""Characters."""
MOST_PROXIES = 5
KEY_FILE = "secret_key"
"""File of the data folder."""


def _option(default: Any, sentence: str) -> Any:
    return field(default=default, metadata={"sentence": sentence})


@dataclass(frozen=True, slots=True)
class Config:
    """Every variable that an installation may set, with its default and a sentence."""

    database_url: str = _option(
        "", "Base de datos: postgresql://… ; vacía usa un archivo SQLite en la carpeta de datos."
    )
    data_dir: str = _option(
        "participa-data", "Carpeta de datos: SQLite, cola de tareas y clave secreta."
    )
    secret_key: str = _option(
        "", "Clave que firma sesiones y enlaces; vacía se crea una vez en la carpeta de datos."
    )
    base_url: str = _option(
        "http://127.0.0.1:8000", "Dirección pública, para los enlaces de los correos."
    )
    redis_url: str = _option(
        "", "Redis para la cola y los límites: redis://… ; vacío usa lo embebido."
    )
    mail_url: str = _option(
        "", "Servidor de correo: smtp://… o smtps://… ; vacío usa el buzón local."
    )
    mail_sender: str = _option("participa@localhost", "Remitente de los correos.")
    proxy_hops: int = _option(
        0,
        "Cuántos proxies propios hay delante, para la dirección de quien visita. Detrás de nginx: "
        "1. Con 0, quienes llegan por un proxy comparten una dirección y sus límites.",
    )
    log_level: str = _option("INFO", "Detalle del registro: DEBUG, INFO, WARNING o ERROR.")
    demo: bool = _option(
        False, "Instalación de demostración: cuentas a la vista y aviso en cada página."
    )
    debug: bool = _option(
        False, "Desarrollo: página de estilo y errores completos. Nunca en producción."
    )
    embedded_worker: bool = _option(True, "El servidor también hace las tareas (en un hilo).")
    source_url: str = _option(
        "", "Dirección del código fuente de esta instalación: la ofrece el pie de cada página."
    )
    metrics_token: str = _option("", "Clave para leer /metrics; vacía lo cierra.")

    @property
    def folder(self) -> Path:
        """The data folder as an absolute path."""
        return Path(self.data_dir).expanduser().resolve()

    @property
    def database(self) -> str:
        """The database URL, with the embedded default filled in."""
        return self.database_url or f"sqlite:///{self.folder / 'participa.sqlite3'}"

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.database.startswith("sqlite")

    @property
    def host(self) -> str:
        """Host name of the public address."""
        return urlsplit(self.base_url).hostname or "localhost"

    def address(self, host: str | None = None) -> str:
        """Return the public address, without a final slash, of the organization at ``host``.

        Links in mails begin with it, never with the host that a request named: anybody can ask for
        a password link with a host of their own.
        """
        base = self.base_url.rstrip("/")
        if host is None:
            return base
        parts = urlsplit(base)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{host}{port}"

    def secret(self) -> str:
        """Return the signing key; makes it once, readable by its owner only, when none is set."""
        if self.secret_key:
            return self.secret_key
        path = self.folder / KEY_FILE
        if not path.exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text(encoding="utf-8").strip()


def _write_once(path: Path, text: str) -> None:
    """Make a file that only its owner reads, whole at once; of two who try, the first wins."""
    own = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        with suppress(FileExistsError):
            path.hardlink_to(own)
    except OSError:  # a file system without hard links: the last wins, but always whole
        own.replace(path)
    finally:
        own.unlink(missing_ok=True)


def options() -> list[tuple[str, Any, str]]:
    """Return ``(variable, default, sentence)`` of every option, for help and docs."""
    return [
        (PREFIX + each.name.upper(), each.default, each.metadata["sentence"])
        for each in dataclasses.fields(Config)
    ]


def from_environment(environment: Mapping[str, str] | None = None) -> tuple[Config, list[Problem]]:
    """Read the configuration. Returns it (defaults where wrong) with every problem found."""
    environment = os.environ if environment is None else environment
    known = {PREFIX + each.name.upper(): each for each in dataclasses.fields(Config)}
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for variable, raw in environment.items():
        if not variable.startswith(PREFIX) or variable.startswith(f"{PREFIX}TEST_"):
            continue
        each = known.get(variable)
        if each is None:
            if variable != f"{PREFIX}PABULIB":
                problems.append(Problem(variable, "no se conoce esta variable"))
            continue
        try:
            values[each.name] = _READERS[type(each.default)](raw)
        except ValueError as error:
            problems.append(Problem(variable, str(error)))
    config = Config(**values)
    return config, problems + inspect(config)


def inspect(config: Config) -> list[Problem]:
    """Return what is wrong with a configuration, without touching network or database."""
    problems = []
    if config.log_level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        problems.append(Problem(f"{PREFIX}LOG_LEVEL", "debe ser DEBUG, INFO, WARNING o ERROR"))
    for name, url in (
        ("BASE_URL", config.base_url),
        ("SOURCE_URL", config.source_url or "http://-"),
    ):
        parts = _parts(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            sentence = "debe empezar por http:// o https:// y nombrar un servidor"
            problems.append(Problem(PREFIX + name, sentence))
    scheme = _parts(config.database).scheme.partition("+")[0]
    if scheme not in {"sqlite", "postgresql"}:
        problems.append(
            Problem(f"{PREFIX}DATABASE_URL", "debe empezar por postgresql:// o sqlite:///")
        )
    if config.mail_url and _parts(config.mail_url).scheme not in {"smtp", "smtps"}:
        problems.append(Problem(f"{PREFIX}MAIL_URL", "debe empezar por smtp:// o smtps://"))
    problems += _of_redis(config)
    if config.secret_key and len(config.secret_key) < SHORTEST_KEY:
        problems.append(Problem(f"{PREFIX}SECRET_KEY", "debe tener al menos 32 caracteres"))
    if "@" not in config.mail_sender:
        problems.append(Problem(f"{PREFIX}MAIL_SENDER", "debe ser una dirección de correo"))
    if not 0 <= config.proxy_hops <= MOST_PROXIES:
        problems.append(Problem(f"{PREFIX}PROXY_HOPS", "debe estar entre 0 y 5"))
    return problems


def _of_redis(config: Config) -> list[Problem]:
    sentence = ""
    if config.redis_url and _parts(config.redis_url).scheme not in {"redis", "rediss", "unix"}:
        sentence = "debe empezar por redis://, rediss:// o unix://"
    elif config.redis_url and find_spec("redis") is None:
        sentence = "falta el paquete de Python que habla con Redis: pip install 'participa[redis]'"
    return [Problem(f"{PREFIX}REDIS_URL", sentence)] if sentence else []


def _parts(url: str) -> SplitResult:
    """Split an address; one that cannot be split has no parts."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _read_bool(raw: str) -> bool:
    word = raw.strip().lower()
    if word in {"1", "true", "yes", "si", "sí", "on"}:
        return True
    if word in {"", "0", "false", "no", "off"}:
        return False
    message = f"debe ser sí o no, no «{raw}»"
    raise ValueError(message)


def _read_int(raw: str) -> int:
    try:
        return int(raw)
    except ValueError:
        message = f"debe ser un número entero, no «{raw}»"
        raise ValueError(message) from None


_READERS: Mapping[type, Callable[[str], Any]] = {str: str, bool: _read_bool, int: _read_int}
