"""Measure a running server: `make serve` (or `demo`) in one terminal, `make bench` in another.

Asks for each address from several connections at once, for some seconds, and prints requests per
second, the median and the 95th percentile. An answer other than 200 is an error and is counted.
"""

import argparse
import http.client
import statistics
import sys
import threading
import time
from urllib.parse import urlsplit


def ask(address: str, until: float, durations: list[float], errors: list[str]) -> None:
    """Ask for one address over one kept connection until the time is over."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    while time.perf_counter() < until:
        start = time.perf_counter()
        try:
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            errors.append(type(error).__name__)
            connection.close()
            continue
        durations.append(time.perf_counter() - start)
        if answer.status != http.client.OK:
            errors.append(str(answer.status))
    connection.close()


def measure(address: str, connections: int, seconds: float) -> bool:
    """Print one line about one address; return whether every answer was right."""
    durations: list[float] = []
    errors: list[str] = []
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=ask, args=(address, until, durations, errors))
        for _ in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(durations) < 2:  # noqa: PLR2004  (quantiles need two)
        print(f"{address}: no answers ({', '.join(sorted(set(errors)))})")
        return False
    milliseconds = [1000 * each for each in durations]
    print(
        f"{address}: {len(durations) / seconds:.0f} requests/s, "
        f"median {statistics.median(milliseconds):.1f} ms, "
        f"95 % below {statistics.quantiles(milliseconds, n=20)[-1]:.1f} ms, "
        f"{len(errors)} errors"
    )
    return not errors


def main() -> int:
    """Measure every address given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", nargs="+")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args()
    results = [measure(address, given.connections, given.seconds) for address in given.address]
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main())
