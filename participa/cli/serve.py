"""``participa serve`` and ``participa worker``."""

import errno
import gc
import socket
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from gunicorn.app.base import BaseApplication

from participa.app import create_app
from participa.cli.buffered import BufferedWorker
from participa.cli.context import BAD_INPUT, configuration, fail, make, refuse_newer
from participa.cli.spanish import reason
from participa.core import migrate
from participa.core.config import Config
from participa.core.db import db
from participa.core.health import BEGAN

MEMORY = Path("/dev/shm")  # noqa: S108  (a folder in memory that gunicorn makes its own files in)


TURN = 0.5
"""Seconds between two questions to a database that does not answer yet."""

PATIENCE = 0.5
"""Seconds that a page waits for the one before it: one that hangs does not hold up the others."""


class InTurns:
    """A WSGI application that writes its pages one after the other.

    The threads of a process are there to wait: for a database, for a row that another one holds.
    Making a page is work, which Python does for one thread at a time: threads
    that take it from each other in the middle cost a fifth of the page and make none sooner. Turns
    are for safe methods only: who writes may have to wait for a row that another one holds.
    """

    def __init__(
        self, application: Callable[..., Iterable[bytes]], patience: float = PATIENCE
    ) -> None:
        self._application = application
        self._patience = patience
        self._turn = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return self._application(environ, start_response)
        environ[BEGAN] = time.perf_counter()
        is_ours = self._turn.acquire(timeout=self._patience)
        try:
            return self._application(environ, start_response)
        finally:
            if is_ours:
                self._turn.release()


class Server(BaseApplication):
    """Gunicorn, told by options instead of by a file."""

    def __init__(self, config: Config, options: dict[str, Any]) -> None:
        self.config = config
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        app = create_app(self.config)
        if self.config.embedded_worker:
            app.extensions["participa_jobs"].start_thread()
        # What is loaded by now lives as long as the process: nobody need look through it for waste.
        gc.collect()
        gc.freeze()
        # A page makes some thousands of objects and nearly all go with it: looking through them
        # every 700 costs a tenth of the page.
        gc.set_threshold(10_000, 20, 20)
        return InTurns(app)


def gunicorn_options(
    *, host: str, port: int, workers: int, threads: int, quiet: bool = False
) -> dict[str, Any]:
    """Return gunicorn's settings, the same wherever the product is served."""
    return {
        "bind": f"{host}:{port}",
        "workers": workers,
        "threads": threads,
        "worker_class": BufferedWorker,
        "loglevel": "error" if quiet else "warning",
        # Heartbeats are files: in memory, where there is such a place.
        "worker_tmp_dir": str(MEMORY) if MEMORY.is_dir() else None,
        "control_socket_disable": True,
    }


def run(
    config: Config, *, host: str, port: int, workers: int, threads: int, quiet: bool = False
) -> None:
    """Serve until interrupted. Each worker process makes its own app and its own connections."""
    options = gunicorn_options(host=host, port=port, workers=workers, threads=threads, quiet=quiet)
    Server(config, options).run()


wait_option = click.option(
    "--wait",
    default=60,
    show_default=True,
    type=click.IntRange(0),
    help="Seconds to wait for a database that is still starting.",
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Processes: one per core, two where the database is far. With SQLite, one is best.",
)
@click.option(
    "--threads",
    default=8,
    show_default=True,
    type=click.IntRange(1),
    help="Threads per process.",
)
@wait_option
def serve(host: str, port: int, workers: int, threads: int, wait: int) -> None:
    """Serve the site with gunicorn."""
    config = configuration()
    refuse_busy_port(host, port)
    refuse_old_database(config, wait)
    click.echo(f"Sirviendo en http://{host}:{port} (Ctrl+C para detener)")
    run(config, host=host, port=port, workers=workers, threads=threads)


def refuse_busy_port(host: str, port: int) -> None:
    """End with a sentence when nobody can listen there; the server would try for five seconds."""
    try:
        family, kind, _protocol, _name, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        fail(f"no se conoce la dirección «{host}»; elija otra con --host", BAD_INPUT)
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                fail(f"el puerto {port} está ocupado; elija otro con --port")
            fail(f"no se puede escuchar en {host}:{port}: {reason(error)}")


def refuse_old_database(config: Config, wait: int = 0) -> None:
    """End with a sentence when the database is not at this version's revision.

    One that cannot be reached may be starting: it is asked again for ``wait`` seconds.
    """
    app = make(config)
    with app.app_context():
        found = _revision(0 if config.is_sqlite else wait)
        db.engine.dispose()
    refuse_newer(found)
    if found != migrate.head():
        fail("la base de datos no está al día: `participa db upgrade`")


def _revision(wait: int) -> str | None:
    until = time.monotonic() + wait
    has_told = False
    while True:
        try:
            return migrate.current(db.engine)
        except sa.exc.OperationalError as error:
            if time.monotonic() >= until:
                fail(f"no se puede leer la base de datos: {error.orig}")
            if not has_told:
                first_line = str(error.orig).splitlines()[0]
                click.echo(
                    f"La base de datos no responde todavía; se espera hasta {wait} segundos. "
                    f"Dice: {first_line}",
                    err=True,
                )
                has_told = True
            time.sleep(TURN)
        except sa.exc.SQLAlchemyError as error:
            fail(f"no se puede leer la base de datos: {error}")


@click.command()
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Threads that do jobs.",
)
@wait_option
@click.option("--once", is_flag=True, help="Do what is due and end.")
def worker(*, workers: int, wait: int, once: bool) -> None:
    """Deliver facts, send mail and run what is due, in a process of its own."""
    config = configuration()
    refuse_old_database(config, wait)
    jobs = make(config).extensions["participa_jobs"]
    if once:
        click.echo(f"Hecho: {jobs.run_due()} entregas.")
        return
    click.echo("Trabajando (Ctrl+C para detener)")
    jobs.work(workers)
