"""What a ballot is checked against: kept in memory, for it changes only with the vote's digest.

The digest is of all that decides a vote (:func:`participa.budgets.services.firm.document`), so what
is kept under one cannot go stale: a correction of what is firm has another.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from participa.budgets.ballots import Form, Option, PotLimit
from participa.budgets.queries import pots, projects
from participa.budgets.rules import Rules


@dataclass(frozen=True, slots=True)
class BallotRules:
    """How ballots look, in which pots one votes, and on which projects."""

    form: Form
    pots: Mapping[int, PotLimit]
    options: Mapping[int, Option]


_memory: OrderedDict[tuple[int, str], BallotRules] = OrderedDict()
"""By component and digest. Whoever reads the vote under its lock reads the digest that holds."""
_REMEMBERED = 32


def forget() -> None:
    """Drop the copies in memory (between tests)."""
    _memory.clear()


def of_vote(session: Session, component: Any, vote: Any) -> BallotRules:
    """Return what ballots of a vote are checked against: two statements for an unmet digest.

    ``vote`` is its row as this transaction holds it
    (:func:`participa.budgets.queries.casting.vote`): nobody corrects anything meanwhile.
    """
    key = (component.id, vote.sha256)
    found = _memory.get(key)
    if found is not None:
        return found
    found = BallotRules(
        Rules.read(vote.rules).form,
        pots.limits(pots.pots(session, component)),
        projects.options(session, component),
    )
    if not vote.sha256:
        return found
    _memory[key] = found
    while len(_memory) > _REMEMBERED:
        _memory.popitem(last=False)
    return found
