"""What a ballot is checked against once a vote is firm: in memory, for it changes with the digest.

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
class Firm:
    """How ballots look, in which pots one votes, and on which projects."""

    form: Form
    pots: Mapping[int, PotLimit]
    options: Mapping[int, Option]


_memory: OrderedDict[tuple[int, str], Firm] = OrderedDict()
"""By component and digest. Whoever reads the vote under its lock reads the digest that holds."""
_REMEMBERED = 32


def forget() -> None:
    """Drop the copies in memory (between tests)."""
    _memory.clear()


def of_vote(session: Session, component: Any, vote: Any) -> Firm:
    """Return what is firm of a vote: two statements where its digest was not met before.

    ``vote`` is its row as this transaction holds it
    (:func:`participa.budgets.queries.casting.vote`): nobody corrects anything meanwhile.
    """
    key = (component.id, vote.sha256)
    found = _memory.get(key)
    if found is not None:
        return found
    found = Firm(
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
