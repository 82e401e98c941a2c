"""The tally core beside pabutools, in one run: ``python -m benchmarks.tally``.

pabutools (GPL, heavy) is never a dependency: it is installed into a folder that goes away, and runs
as a program of its own. Every measurement is a process of its own too, so that peak memory is that
of one task. Times are processor time, so that what else the machine does is not counted; the best
of several, or the only one where pabutools takes long. Two elections of the size of the largest
real ones are made up here (always the same); real files are taken from ``../shared/pabulib``, or
from the folder that PARTICIPA_PABULIB names, where it exists.
"""

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PABUTOOLS = "pabutools==1.2.3"
REAL = Path(os.environ.get("PARTICIPA_PABULIB") or ROOT.parent / "shared" / "pabulib")
MEDIANS = (
    "Poland_Warszawa_2026_Golabki_Szamoty_Niedzwiadek.pb",
    "Poland_Warszawa_2026_Stary_Mokotow.pb",
    "Netherlands_Amsterdam_358.pb",
    "Poland_Warszawa_2024_Wilanow.pb",
)
LARGE = "Poland_Lodz_2020.pb"
LIMIT = 1800
LARGE_FILE = 1_000_000
FEW = 5

TARGETS = {"parse": 8, "shares": 300, "median shares": 10, "median add1": 5}
MEMORY = 200

OURS = """
import json, resource, sys, time
from pathlib import Path
from participa.tally import Completion, Parameters, Rule, read, tally
file, task, repeat = sys.argv[1], sys.argv[2], int(sys.argv[3])
completion = Completion.ADD1_EXHAUSTIVE if task == "add1" else Completion.NONE
parameters = Parameters(Rule.EQUAL_SHARES, completion=completion, ties="id")
parse, count = [], []
for _ in range(repeat):
    start = time.process_time()
    election = read(Path(file).read_bytes()).election
    parse.append(time.process_time() - start)
    winners = None
    if task != "parse":
        start = time.process_time()
        winners = tally(election, parameters).ids
        count.append(time.process_time() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([min(parse), min(count, default=None), winners, peak]))
"""
THEIRS = """
import json, resource, sys, time
from pabutools.election import Cost_Sat, parse_pabulib
from pabutools.rules import method_of_equal_shares
file, task, repeat = sys.argv[1], sys.argv[2], int(sys.argv[3])
options = {"voter_budget_increment": 1} if task == "add1" else {}
parse, count = [], []
for _ in range(repeat):
    start = time.process_time()
    instance, profile = parse_pabulib(file)
    parse.append(time.process_time() - start)
    winners = None
    if task != "parse":
        start = time.process_time()
        found = method_of_equal_shares(instance, profile, sat_class=Cost_Sat, **options)
        count.append(time.process_time() - start)
        winners = [project.name for project in found]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([min(parse), min(count, default=None), winners, peak]))
"""


def make(path: Path, voters: int, projects: int, most: int, budget: int, distinct: int) -> None:
    """Write an approval election: popular and obscure projects, people with their topics."""
    chance = random.Random(1)
    popular = [1 / (place + 3) ** 0.9 for place in range(projects)]
    chance.shuffle(popular)
    costs = [
        min(budget // 5, max(5000, int(math.exp(chance.gauss(math.log(budget / 60), 1.1)))))
        // 100
        * 100
        for _project in range(projects)
    ]
    topics = [chance.randrange(12) for _project in range(projects)]
    weights = [
        [popular[each] * (6 if topics[each] == topic else 1) for each in range(projects)]
        for topic in range(12)
    ]
    votes: list[tuple[int, ...]] = []
    seen: set[frozenset[int]] = set()
    while len(votes) < voters:
        if len(seen) >= distinct:
            votes.append(chance.choice(votes))
            continue
        wanted, liked = chance.randint(1, most), weights[chance.randrange(12)]
        chosen: set[int] = set()
        while len(chosen) < wanted:
            chosen.update(chance.choices(range(projects), liked, k=wanted - len(chosen)))
        votes.append(tuple(chosen))
        seen.add(frozenset(chosen))
    counts = [0] * projects
    for vote in votes:
        for each in vote:
            counts[each] += 1
    lines = [
        "META", "key;value", "description;Made up", "country;Colombia", "unit;Usme",
        "instance;2026", f"num_projects;{projects}", f"num_votes;{voters}", f"budget;{budget}",
        "vote_type;approval", "rule;equalshares", "date_begin;2026", "date_end;2026",
        "PROJECTS", "project_id;cost;votes;name",
        *(f"{each + 100};{costs[each]};{counts[each]};P{each}" for each in range(projects)),
        "VOTES", "voter_id;vote;age;sex;voting_method",
        *(f"{number};{','.join(str(each + 100) for each in vote)};40;F;internet"
          for number, vote in enumerate(votes, 1)),
    ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n", "utf-8")


Result = tuple[float, float | None, list[str] | None, float]


def run(python: Path, program: str, file: Path, task: str, repeat: int) -> Result | None:
    """Return the best times, the winners and the peak in MB; None when it takes too long."""
    try:
        done = subprocess.run(
            [python, "-c", program, file, task, str(repeat)],
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return None
    found: Result = tuple(json.loads(done.stdout.splitlines()[-1]))
    return found


class Table:
    """Rows of both, their ratios, and whether each target is met."""

    def __init__(self, theirs: Path) -> None:
        self.theirs = theirs
        self.failed = False
        print(f"{'':44} {'pabutools':>12} {'participa':>12} {'ratio':>8}")

    def measure(self, name: str, file: Path, task: str, repeat: int) -> tuple[float, float]:
        """Measure one task on one file; print it and return both times."""
        ours = run(Path(sys.executable), OURS, file, task, repeat)
        theirs = run(self.theirs, THEIRS, file, task, 3 if repeat > FEW and task != "add1" else 1)
        if ours is None or theirs is None:
            sys.exit(f"{name}: took longer than {LIMIT} s")
        if ours[2] is not None and ours[2] != theirs[2]:
            sys.exit(f"{name}: other winners: {ours[2]} and {theirs[2]}")
        mine, other = (ours[0], theirs[0]) if task == "parse" else (ours[1], theirs[1])
        if mine is None or other is None:
            sys.exit(f"{name}: nothing was measured")
        self.row(name, other, mine)
        if task == "shares" and repeat <= FEW:
            self.row(f"{name}: peak MB", theirs[3], ours[3], unit="")
            if file.stat().st_size > LARGE_FILE:
                self.target("peak memory, MB (at most)", ours[3], MEMORY, at_most=True)
        return other, mine

    def row(self, name: str, other: float, mine: float, unit: str = " s") -> None:
        """Print one row."""
        print(f"{name:44} {other:>10.4g}{unit:2} {mine:>10.4g}{unit:2} {other / mine:>8.1f}")

    def target(self, name: str, found: float, target: float, *, at_most: bool = False) -> None:
        """Print whether a target is met."""
        met = found <= target if at_most else found >= target
        self.failed |= not met
        print(f"   → {name}: {found:.1f}, target {target}: {'met' if met else 'MISSED'}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything; exit code 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, help="a Python that has pabutools already")
    parser.add_argument("--only", choices=["big", "median"], help="only these")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        theirs = options.python
        if theirs is None:
            venv.create(Path(folder) / "venv", with_pip=True)
            theirs = Path(folder) / "venv" / "bin" / "python"
            subprocess.run([theirs, "-m", "pip", "install", "--quiet", PABUTOOLS], check=True)
        table = Table(theirs)
        if options.only != "median":
            big(table, Path(folder))
        if options.only != "big":
            median(table)
        if table.failed:
            sys.exit(1)


def big(table: Table, folder: Path) -> None:
    """The largest elections."""
    files = {
        "90,494 votes, 160 projects": (90_494, 160, 12, 25_000_000, 10**6),
        "61,668 votes, 83 projects, 51,202 distinct": (61_668, 83, 15, 28_000_000, 51_202),
    }
    made = {}
    for name, shape in files.items():
        made[name] = folder / f"{shape[0]}.pb"
        make(made[name], *shape)
    first, *_others = made
    other, mine = table.measure(f"parse {first}", made[first], "parse", 3)
    table.target("parse, times faster", other / mine, TARGETS["parse"])
    if (REAL / LARGE).is_file():
        made["Łódź 2020: 51,472 votes, 151 projects"] = REAL / LARGE
    for name, file in made.items():
        other, mine = table.measure(name, file, "shares", 5)
        table.target("Equal Shares, times faster", other / mine, TARGETS["shares"])


def median(table: Table) -> None:
    """Real elections of the usual size."""
    present = [name for name in MEDIANS if (REAL / name).is_file()]
    if not present:
        print(f"no real elections in {REAL}: the median is not measured")
        return
    for task in ("shares", "add1"):
        ratios = []
        for name in present:
            times = table.measure(f"{name[:34]} {task}", REAL / name, task, 10)
            ratios.append(times[0] / times[1])
        table.target(f"median {task}, times faster", statistics.median(ratios),
                     TARGETS[f"median {task}"])  # fmt: skip


if __name__ == "__main__":
    main()
