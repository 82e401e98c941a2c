"""Asking for pages with ``wrk``, and what it says about them."""

import re
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import Running

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
NUMBER = re.compile(r"(\d+) requests in")
PERCENTILE = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m)\s*$", re.MULTILINE)
WRONG = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)|wrong answers: ([1-9]\d*)")
POSTS = Path(__file__).with_name("posts.lua")


@dataclass(frozen=True, slots=True)
class Measure:
    """How fast a page was: requests per second, and milliseconds for half and for 99 % of them."""

    rate: float
    p50: float
    p99: float
    processor: float = 0.0
    """Milliseconds of processor that the server's processes used per request."""
    trouble: str = ""
    """What was wrong with the answers, in wrk's words."""


def load(
    server: Running,
    path: str,
    *,
    seconds: float,
    connections: int,
    headers: Mapping[str, str] | None = None,
) -> Measure:
    """Ask for one address over kept connections."""
    extra = [part for name, value in (headers or {}).items() for part in ("-H", f"{name}: {value}")]
    return _wrk(server, [*extra, server.url + path], seconds, connections)


def load_posts(
    server: Running, requests: Path, *, seconds: float, connections: int, leads: str = "/%d+$"
) -> Measure:
    """Send each prepared POST (a line ``path<TAB>cookie<TAB>body``) once.

    Whatever is not answered with a 303 to an address that ends as ``leads`` says (a pattern of
    Lua's) is counted as wrong.
    """
    arguments = ["-s", str(POSTS), server.url, "--", str(requests), leads]
    return _wrk(server, arguments, seconds, connections)


def _wrk(server: Running, arguments: Sequence[str], seconds: float, connections: int) -> Measure:
    before = server.processor_seconds()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency"]
    answer = subprocess.run(
        [*command, *arguments], check=True, capture_output=True, text=True
    ).stdout
    used = server.processor_seconds() - before
    rate, number = RATE.search(answer), NUMBER.search(answer)
    found = {name: float(value) * UNITS[unit] for name, value, unit in PERCENTILE.findall(answer)}
    wrong = WRONG.search(answer)
    if rate is None or number is None or len(found) != len(("50", "99")):
        message = f"wrk said:\n{answer}"
        raise RuntimeError(message)
    per_request = 1000 * used / max(int(number[1]), 1)
    return Measure(float(rate[1]), found["50"], found["99"], per_request, wrong[0] if wrong else "")


def median(measures: Sequence[Measure]) -> Measure:
    """Return the middle of several runs, each figure by itself."""
    return Measure(
        statistics.median(each.rate for each in measures),
        statistics.median(each.p50 for each in measures),
        statistics.median(each.p99 for each in measures),
        statistics.median(each.processor for each in measures),
        "; ".join(dict.fromkeys(each.trouble for each in measures if each.trouble)),
    )
