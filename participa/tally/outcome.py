"""What a tally gives: winners in order, what they cost, and the log of every round."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from participa.tally.election import Election
from participa.tally.equal_shares import Purchase, Purchases
from participa.tally.greedy import Step
from participa.tally.parameters import Parameters
from participa.tally.phragmen import Drip


@dataclass(frozen=True, slots=True)
class Preference:
    """How many people have more chosen projects funded by Equal Shares, and by most votes."""

    shares: int
    greedy: int


@dataclass(frozen=True)
class Outcome:
    """The result of one rule over one election.

    ``steps`` are the turns of a greedy rule, or of the greedy completion; ``purchases`` the rounds
    of Equal Shares; ``drips`` those of Phragmén. ``preference`` is there after a comparison.
    """

    election: Election
    parameters: Parameters
    winners: tuple[int, ...]
    steps: tuple[Step, ...] = ()
    purchases: Purchases | None = None
    drips: tuple[Drip, ...] = ()
    preference: Preference | None = None
    kept: tuple[int, ...] = ()
    """The winners that were funded beforehand: the first."""

    @property
    def rest(self) -> int:
        """The money with which the others were counted, in smallest units."""
        return self.election.budget - sum(self.election.projects[each].cost for each in self.kept)

    @property
    def ids(self) -> list[str]:
        """The ids of the winners, in order."""
        return [self.election.projects[each].id for each in self.winners]

    @property
    def spent(self) -> int:
        """What the winners cost, in smallest units."""
        return sum(self.election.projects[each].cost for each in self.winners)

    def plain(self) -> dict[str, Any]:
        """Return rule, parameters, winners, what is spent and the rounds, as plain data.

        Whole amounts are numbers; others are decimals in text. What is not a decimal is exact: a
        fraction in text, beside its decimal.
        """
        rounds = [self._purchase(each) for each in self.purchases.rounds] if self.purchases else []
        rounds += [self._drip(each) for each in self.drips]
        rounds += [self._step(each) for each in self.steps]
        data = {
            "rule": str(self.parameters.rule),
            "parameters": dict(self.parameters.plain()),
            "winners": self.ids,
            "spent": self._amount(self.spent),
            "rounds": rounds,
        }
        if self.purchases:
            data["purse"] = self._amount(self.purchases.purse)
            data["purse_exact"] = str(self.election.money(self.purchases.purse))
        if self.preference:
            data["preference"] = {
                "equal-shares": self.preference.shares,
                "greedy": self.preference.greedy,
            }
        return data

    def _amount(self, amount: int | Fraction) -> int | str:
        """Write money in units of the currency: a number when whole, else to the cent or finer."""
        value = self.election.money(amount)
        if value.denominator == 1:
            return value.numerator
        digits = max(2, len(str(self.election.unit)) - 1)
        scaled = round(abs(value) * 10**digits)
        text = f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}}"
        return f"-{text}" if value < 0 else text

    def _ids(self, projects: tuple[int, ...]) -> list[str]:
        return [self.election.projects[each].id for each in projects]

    def _round(self, project: int, tied: tuple[int, ...]) -> dict[str, Any]:
        data: dict[str, Any] = {
            "project": self.election.projects[project].id,
            "cost": self._amount(self.election.projects[project].cost),
        }
        if tied:
            data["tied"] = self._ids(tied)
        return data

    def _purchase(self, each: Purchase) -> Mapping[str, Any]:
        payments = [
            {"voters": people.bit_count(), "each": self._amount(each.share * utility)}
            for utility, people in each.full
            if people
        ]
        data = self._round(each.project, each.tied)
        data["round"] = "equal-shares"
        data["share"] = self._amount(each.share)
        data["share_exact"] = str(self.election.money(each.share))
        data["payments"] = payments
        if each.exhausted:
            data["exhausted"] = {
                "voters": each.exhausted.bit_count(),
                "together": self._amount(each.remains),
            }
        return data

    def _drip(self, each: Drip) -> Mapping[str, Any]:
        return self._round(each.project, each.tied) | {
            "round": "phragmen",
            "voters": each.people,
            "received": self._amount(each.moment),
            "received_exact": str(self.election.money(each.moment)),
            "verdict": "funded" if each.fits else "over",
        }

    def _step(self, each: Step) -> Mapping[str, Any]:
        return self._round(each.project, each.tied) | {
            "round": "greedy",
            "score": each.score,
            "left": self._amount(each.left),
            "verdict": str(each.verdict),
        }
