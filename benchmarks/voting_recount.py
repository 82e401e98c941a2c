"""Every published ``.pb`` counted again by pabutools, which shares no line with the product.

Small votes of every kind of ballot and every rule are made, closed and published by the product's
own services. pabutools (GPL, heavy) is never a dependency: it is installed into a folder that goes
away, and runs as a program of its own. What it is told is what the file declares, and the order of
ties, which it does not know by itself; Add1 that stops before the overshoot is its Equal Shares run
again and again with one unit more.
"""

import json
import shutil
import subprocess
import tempfile
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.tally import PABUTOOLS
from benchmarks.voting_city import Shape, build, end_voting, leader
from participa.app import create_app
from participa.budgets.models import Outcome, Pot, Project, PublishedFile
from participa.budgets.rules import PRESETS
from participa.budgets.services import closing, publishing
from participa.core import migrate
from participa.core.config import Config
from participa.core.db import db
from participa.processes import queries as processes
from participa.tally import declared, read
from participa.tally.parameters import tie_order

PEOPLE = 90
SEED = "4821"
RULES: tuple[Mapping[str, Any], ...] = (
    {"rule": "greedy"},
    {"rule": "greedy-no-skip"},
    {"rule": "greedy-threshold", "threshold": 12},
    {"rule": "phragmen"},
    {"rule": "equal-shares"},
    {"rule": "equal-shares", "completion": "add1"},
    {"rule": "equal-shares", "completion": "add1-exhaustive"},
    {"rule": "equal-shares", "completion": "greedy"},
    {"rule": "equal-shares", "completion": "add1", "compare": True},
)
BALLOTS: tuple[Mapping[str, Any], ...] = (
    {"ballot": "approval"},
    {"ballot": "knapsack"},
    {"ballot": "choose-1"},
    {"ballot": "ranking"},
    {"ballot": "points", "points": 10},
)

THEIRS = """
import json, sys
from pabutools.election import (
    AbstractCumulativeProfile, AbstractOrdinalProfile, Additive_Borda_Sat, Additive_Cardinal_Sat,
    ApprovalBallot, ApprovalProfile, Cardinality_Sat, Cost_Sat, parse_pabulib)
from pabutools.election.satisfaction import AdditiveSatisfaction
from pabutools.fractions import frac
from pabutools.rules import (
    BudgetAllocation, greedy_utilitarian_welfare, method_of_equal_shares, sequential_phragmen)
from pabutools.rules.mes.mes_rule import method_of_equal_shares_scheme
from pabutools.tiebreaking import TieBreakingRule


class Ranks(AdditiveSatisfaction):
    # What the product's greedy sorts ranked ballots by: k, k - 1, … 1 on a list of k. Its Equal
    # Shares gives the last of the list nothing, as pabutools does.
    def __init__(self, instance, profile, ballot):
        super().__init__(instance, profile, ballot, lambda _i, _p, own, project, _pre: (
            len(own) - own.position(project) if project in own else 0))


UTILITIES = {"cost": Cost_Sat, "cardinality": Cardinality_Sat, "points": Additive_Cardinal_Sat,
             "borda": Additive_Borda_Sat}


def times_cost(base):
    # Its greedy divides what a project is worth by the cost; the product's goes by votes or points.
    class Worth(AdditiveSatisfaction):
        def __init__(self, instance, profile, ballot):
            one = base(instance, profile, ballot)
            super().__init__(instance, profile, ballot,
                             lambda _i, _p, _b, project, _pre: one.sat([project]) * project.cost)
    return Worth


def run(job):
    instance, profile = parse_pabulib(job["file"])
    order = {name: place for place, name in enumerate(job["order"])}
    ties = TieBreakingRule(lambda _i, _p, project: order[project.name])
    utility = UTILITIES[job["utility"]]
    counts = Cardinality_Sat
    if isinstance(profile, AbstractCumulativeProfile):
        counts = Additive_Cardinal_Sat
    elif isinstance(profile, AbstractOrdinalProfile):
        counts = Ranks

    def greedy(initial=()):
        return greedy_utilitarian_welfare(
            instance, profile, sat_class=times_cost(counts), tie_breaking=ties,
            initial_budget_allocation=initial)

    def shares(**options):
        return method_of_equal_shares(instance, profile, sat_class=utility, tie_breaking=ties,
                                      **options)

    if job["rule"] == "greedy":
        return greedy()
    if job["rule"] == "phragmen":
        chosen = ApprovalProfile([ApprovalBallot(ballot) for ballot in profile], instance=instance)
        return sequential_phragmen(instance, chosen, tie_breaking=ties)
    if job["rule"] != "equal-shares" or job["compare"]:
        return None
    if job["completion"] == "none":
        return shares()
    if job["completion"] == "add1-exhaustive":
        return shares(voter_budget_increment=1)
    if job["completion"] == "greedy":
        return greedy(shares())
    purse, best = frac(instance.budget_limit, profile.num_ballots()), shares()
    worth = profile.as_sat_profile(utility)
    while len(best) < len(instance):
        purse += 1
        found = method_of_equal_shares_scheme(
            instance, profile, worth, purse, BudgetAllocation(), ties,
            binary_sat=isinstance(profile, ApprovalProfile))
        if sum(each.cost for each in found) > instance.budget_limit:
            break
        best = found
    return best


for line in sys.stdin:
    job = json.loads(line)
    try:
        found = run(job)
        print(json.dumps(None if found is None else sorted(each.name for each in found)))
    except Exception as error:
        print(json.dumps("failed: " + repr(error)))
    sys.stdout.flush()
"""


def run(python: Path | None) -> list[str]:
    """Make, publish and recount everything; print the figures and return what differs."""
    wrong: list[str] = []
    same = unknown = 0
    with tempfile.TemporaryDirectory(prefix="participa-recount-") as name:
        folder = Path(name)
        with _pabutools(folder, python) as ask:
            for label, settings in _votes():
                for job, winners in _published(folder, settings):
                    found = ask(job)
                    if found is None:
                        unknown += 1
                    elif found == sorted(winners):
                        same += 1
                    else:
                        wrong.append(f"{label}, {Path(job['file']).name}: {found}, not {winners}")
    print(f"\n{same} published files recounted alike by {PABUTOOLS}, {unknown} by rules that it "
          f"does not know, {len(wrong)} not alike")  # fmt: skip
    for each in wrong:
        print(f"  {each}")
    return wrong


def _votes() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the settings of each vote, with a name for it."""
    for preset in PRESETS:
        yield preset, {"preset": preset}
    for ballot in BALLOTS:
        for rule in RULES:
            utilities: tuple[str | None, ...] = (None,)
            if rule["rule"] == "equal-shares" and ballot["ballot"] in {"approval", "knapsack"}:
                utilities = ("cost", "cardinality")
            for utility in utilities:
                settings = {**ballot, **rule, **({"utility": utility} if utility else {})}
                yield " ".join(map(str, settings.values())), settings


@contextmanager
def _pabutools(folder: Path, python: Path | None) -> Iterator[Any]:
    """Give a function that asks pabutools for the winners of a job."""
    if python is None:
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", PABUTOOLS], check=True)
    with subprocess.Popen(
        [python, "-c", THEIRS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018, S101
        to, answers = process.stdin, process.stdout

        def ask(job: Mapping[str, Any]) -> Any:
            to.write(json.dumps(job) + "\n")
            to.flush()
            return json.loads(answers.readline())

        yield ask
        to.close()


def _published(
    folder: Path, settings: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Make a vote and publish it; give each of its files as a job, with the published winners."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        config = Config(
            database_url=f"sqlite:///{_fresh(folder, Path(name))}",
            data_dir=name,
            secret_key="benchmark-" * 4,
            embedded_worker=False,
        )
        app = create_app(config, testing=True)
        with app.app_context():
            yield from _counted(Path(name), settings)
            db.session.remove()
            db.engine.dispose()


def _fresh(folder: Path, own: Path) -> Path:
    """Return a copy of an empty database that is migrated once."""
    empty = folder / "empty.sqlite3"
    if not empty.exists():
        config = Config(
            database_url=f"sqlite:///{empty}", data_dir=str(folder), secret_key="benchmark-" * 4
        )
        app = create_app(config, testing=True)
        with app.app_context():
            migrate.upgrade(db.engine)
            db.engine.dispose()
    return Path(shutil.copy(empty, own / "vote.sqlite3"))


def _counted(
    folder: Path, settings: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], list[str]]]:
    session = db.session()
    processes.forget()
    hall = build(
        session,
        Shape(
            PEOPLE, voted=PEOPLE, roll=False, pots=2, projects=9, scale=20_00,
            settings=dict(settings), distinct=1,
        ),
    )  # fmt: skip
    component = end_voting(session, hall)
    actor = leader(component)
    closing.close(session, actor, component)
    session.commit()
    publishing.ask(session, actor, component, seed=SEED)
    session.commit()
    publishing.run(session)
    session.commit()
    numbers = {each.id: str(each.number) for each in session.scalars(sa.select(Project))}
    keys = {each.id: each.key for each in session.scalars(sa.select(Pot))}
    files = {each.name: each.content for each in session.scalars(sa.select(PublishedFile))}
    for outcome in session.scalars(sa.select(Outcome)).all():
        path = folder / f"bolsa-{keys[outcome.pot_id]}.pb"
        path.write_bytes(files[path.name])
        election = read(path.read_bytes()).election
        rules = declared(election)
        rank = tie_order(election, rules.ties)
        places = sorted(range(len(election.projects)), key=lambda place: rank[place])
        yield (
            {
                "file": str(path),
                "rule": rules.rule,
                "utility": rules.utility,
                "completion": rules.completion,
                "compare": rules.compare,
                "order": [election.projects[place].id for place in places],
            },
            [numbers[each] for each in outcome.winners],
        )
