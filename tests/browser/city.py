"""The demonstration city as `participa demo` serves it: the real server, worker and CSP."""

import fcntl
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE = 600
"""Seconds that the city may take to be built and to answer: on a busy machine, minutes."""

IDEAS = "/procesos/ideas-para-el-espacio-publico"
"""The process of the demonstration that is in ideation today, whatever day it is."""
PROPOSALS = f"{IDEAS}/propuestas"
BUDGET = "/procesos/presupuesto-participativo/presupuesto"
"""The vote of the demonstration, firm and open today."""
UNLOCKED = "/gestion/procesos/usme-innova-2023/presupuesto"
"""A budget that was never made firm: its staff pages can still be filled in."""
ENDED = "/procesos/presupuesto-participativo-anterior/presupuesto"
"""The vote of the demonstration that is over, with its outcome."""
PROGRAM = Path(sys.executable).with_name("participa")


def built() -> Path:
    """Return a demonstration city that nobody serves, to be copied: built once per run."""
    folder = Path(tempfile.gettempdir()) / "built-city"
    done = folder / "is-whole"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            subprocess.run([PROGRAM, "demo", "--prepare-only", "--data", folder], check=True)
            done.touch()
    return folder


class City:
    """A running demonstration in a folder of its own, on a loopback port of its own.

    ``like`` is a city that was built before: this one begins as a copy of it.
    """

    def __init__(self, folder: Path, like: Path | None = None) -> None:
        self.folder = folder / "city"
        if like is not None:
            shutil.copytree(like, self.folder)
        self.log = folder / "server.log"
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [PROGRAM, "demo", "--port", str(port), "--data", self.folder]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):  # noqa: S310
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        message = f"participa demo did not start:\n{self.log.read_text(errors='replace')}"
        raise RuntimeError(message)

    def secret_key(self) -> str:
        """Return the key that the city signs its links with."""
        return (self.folder / "secret_key").read_text(encoding="utf-8").strip()

    def stop(self) -> None:
        """End the server that was started here."""
        # As Ctrl+C does: at once, without waiting for connections that browsers keep open.
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def crashes(self) -> str:
        """Return what the server wrote about requests that failed."""
        text = self.log.read_text(errors="replace")
        return text if re.search(r"Traceback|request_failed|job_failed", text) else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
