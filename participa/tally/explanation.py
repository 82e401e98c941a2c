"""Why each project was funded or not, in sentences: for the page, the mail and the command line.

Data and sentences only (:mod:`sentences`): whoever shows them translates them and writes money.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from participa.tally.election import VoteType
from participa.tally.equal_shares import Purchase
from participa.tally.greedy import Step, Verdict
from participa.tally.names import rule_name
from participa.tally.outcome import Outcome
from participa.tally.parameters import LOT, Completion, Parameters, Rule, Unsuitable
from participa.tally.rules import tally
from participa.tally.sentences import Money, Number, Sentence, _l, _ln

LISTED = 5
"""How many projects a sentence names before it says how many more there are."""


@dataclass(frozen=True, slots=True)
class Account:
    """What there is to say about one project."""

    project: int
    funded: bool
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """What another rule would have funded that this one did not, and the other way round."""

    name: Sentence
    parameters: Parameters
    gained: tuple[int, ...]
    lost: tuple[int, ...]
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole: how it was counted, project by project, and what other rules would have done."""

    summary: tuple[Sentence, ...]
    accounts: tuple[Account, ...]
    alternatives: tuple[Alternative, ...]


def explain(outcome: Outcome) -> Explanation:
    """Return the account of an outcome: winners in order, then the others by votes."""
    winners = set(outcome.winners)
    scores = outcome.election.scores
    others = sorted(
        (each for each in range(len(scores)) if each not in winners),
        key=lambda each: (-scores[each], each),
    )
    teller = _Teller(outcome)
    return Explanation(
        tuple(teller.summary()),
        tuple(
            Account(each, each in winners, tuple(teller.account(each)))
            for each in [*outcome.winners, *others]
        ),
        tuple(alternatives(outcome)),
    )


class _Teller:
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.election = outcome.election
        self.steps = {each.project: each for each in outcome.steps}
        self.drips = {each.project: each for each in outcome.drips}
        self.purchases = outcome.purchases
        preference = outcome.preference
        if preference and preference.greedy > preference.shares:
            self.purchases = None
        rounds = self.purchases.rounds if self.purchases else ()
        self.rounds = {each.project: (turn, each) for turn, each in enumerate(rounds, 1)}
        self.supporters = [
            sum(levels.values()) for levels in self.election.support()
        ] if self.purchases else []  # fmt: skip

    def money(self, amount: int | Fraction) -> Money:
        return Money(self.election.money(amount))

    def names(self, projects: Sequence[int]) -> Sentence | str:
        named = "; ".join(f"«{self.election.projects[each].label}»" for each in projects[:LISTED])
        more = len(projects) - LISTED
        if more <= 0:
            return named
        return _ln("%(named)s y otro más", "%(named)s y otros %(num)s", more, named=named)

    # --- the whole -------------------------------------------------------------------------

    def summary(self) -> Iterator[Sentence]:
        election, outcome = self.election, self.outcome
        yield rule_name(outcome.parameters)
        yield _ln(
            "Se contó una papeleta; la bolsa es de %(budget)s.",
            "Se contaron %(num)s papeletas; la bolsa es de %(budget)s.",
            election.voters,
            budget=self.money(election.budget),
        )
        if outcome.kept:
            yield _ln(
                "Se mantiene un proyecto que ya se había anunciado; lo demás se cuenta con los "
                "%(rest)s que quedan.",
                "Se mantienen %(num)s proyectos que ya se habían anunciado; lo demás se cuenta con "
                "los %(rest)s que quedan.",
                len(outcome.kept),
                rest=self.money(outcome.rest),
            )
        if self.purchases:
            purse = self.purchases.purse
            start = Fraction(outcome.rest, election.voters) if election.voters else Fraction(0)
            yield (
                _l(
                    "Cada persona empezó con %(purse)s: su parte de la bolsa, %(start)s, y "
                    "%(more)s más para acercar el gasto a la bolsa.",
                    purse=self.money(purse),
                    start=self.money(start),
                    more=self.money(purse - start),
                )
                if purse > start
                else _l(
                    "Cada persona empezó con %(purse)s: su parte de la bolsa.",
                    purse=self.money(purse),
                )
            )
        if preference := outcome.preference:
            values = {"shares": preference.shares, "greedy": preference.greedy}
            if preference.greedy > preference.shares:
                yield _l(
                    "Se comparó con los más votados: %(greedy)s personas ven financiados más de "
                    "sus proyectos así y %(shares)s con partes iguales. Quedan los más votados.",
                    **values,
                )
            else:
                yield _l(
                    "Se comparó con los más votados: %(greedy)s personas verían financiados más de "
                    "sus proyectos así y %(shares)s con partes iguales. Queda partes iguales.",
                    **values,
                )
        yield _ln(
            "Se financia un proyecto por %(spent)s; sobran %(left)s.",
            "Se financian %(num)s proyectos por %(spent)s; sobran %(left)s.",
            len(outcome.winners),
            spent=self.money(outcome.spent),
            left=self.money(election.budget - outcome.spent),
        )

    # --- one project -----------------------------------------------------------------------

    def account(self, each: int) -> Iterator[Sentence]:
        project = self.election.projects[each]
        if project.withdrawn:
            yield _l("Se retiró de la votación: no se cuenta.")
            return
        if each in self.outcome.kept:
            yield _l("Ya se había anunciado que ganó: se mantiene.")
            return
        if each in self.rounds:
            yield from self._bought(*self.rounds[each])
            return
        if each not in self.steps and self.election.scores[each] < self.threshold:
            yield self._below(self.election.scores[each])
            return
        if self.purchases:
            yield from self._not_bought(each)
        if each in self.drips:
            yield from self._dripped(each)
        elif self.outcome.parameters.rule is Rule.PHRAGMEN:
            yield self._not_dripped(each)
        if each in self.steps:
            yield from self._step(self.steps[each])

    def _tie(self, tied: Sequence[int]) -> Iterator[Sentence]:
        if tied:
            ties = self.outcome.parameters.ties
            if ties.startswith(LOT):
                how = _l("decidió el sorteo con la semilla «%(seed)s»",
                         seed=ties.removeprefix(LOT))  # fmt: skip
            elif ties == "cost":
                how = _l("va primero el de menor costo")
            elif ties == "id":
                how = _l("va primero el de menor identificador")
            else:
                how = _l("va primero el que se presentó antes")
            yield _l("Empató con %(others)s: %(how)s.", others=self.names(tied), how=how)

    def _bought(self, turn: int, bought: Purchase) -> Iterator[Sentence]:
        cost = self.election.projects[bought.project].cost
        people = sum(each.bit_count() for _utility, each in bought.full)
        yield _l(
            "Turno %(turn)s: cuesta %(cost)s y lo pagaron quienes lo escogieron.",
            turn=turn,
            cost=self.money(cost),
        )
        for utility, payers in bought.full:
            if payers:
                yield _ln(
                    "Una persona pagó %(each)s.",
                    "%(num)s personas pagaron %(each)s cada una.",
                    payers.bit_count(),
                    each=self.money(bought.share * utility),
                )
        if bought.exhausted:
            yield _ln(
                "A otra le quedaba menos y dio todo: %(together)s.",
                "A otras %(num)s les quedaba menos y dieron todo: %(together)s entre ellas.",
                bought.exhausted.bit_count(),
                together=self.money(bought.remains),
            )
        if self.outcome.parameters.utility == "cost":
            yield _l(
                "Precio efectivo: como si %(votes)s personas lo pagaran por partes iguales.",
                votes=Number(cost / bought.share),
            )
        elif people:
            yield _l(
                "Precio efectivo: %(share)s por cada punto o voto.", share=self.money(bought.share)
            )
        yield from self._tie(bought.tied)

    def _not_bought(self, each: int) -> Iterator[Sentence]:
        """How far short it fell, and where its supporters' money went."""
        supporters = self.supporters[each]
        cost = self.election.projects[each].cost
        if not supporters:
            yield _l("Cuesta %(cost)s y nadie lo escogió.", cost=self.money(cost))
            return
        spent = self._spending(supporters)
        purse = self.purchases.purse if self.purchases else Fraction(0)
        left = purse * supporters.bit_count() - sum(amount for amount, _other in spent)
        yield _ln(
            "Cuesta %(cost)s. A la persona que lo escogió le quedaban %(left)s: faltaron "
            "%(missing)s.",
            "Cuesta %(cost)s. A las %(num)s personas que lo escogieron les quedaban %(left)s entre "
            "todas: faltaron %(missing)s.",
            supporters.bit_count(),
            cost=self.money(cost),
            left=self.money(left),
            missing=self.money(cost - left),
        )
        if spent:
            rest = sum(amount for amount, _other in spent[LISTED:])
            largest = tuple(
                _l(
                    "«%(project)s», %(amount)s",
                    project=self.election.projects[other].label,
                    amount=self.money(amount),
                )
                for amount, other in spent[:LISTED]
            )
            yield (
                _l("Su dinero fue a: %(largest)s; y %(rest)s a otros.",
                   largest=largest, rest=self.money(rest))
                if rest
                else _l("Su dinero fue a: %(largest)s.", largest=largest)
            )  # fmt: skip

    def _spending(self, supporters: int) -> list[tuple[Fraction, int]]:
        """Return what these people paid for each project, most first; exact."""
        found: list[tuple[Fraction, int]] = []
        before: list[tuple[int, Fraction]] = []
        purse = self.purchases.purse if self.purchases else Fraction(0)
        for bought in self.purchases.rounds if self.purchases else ():
            last = bought.exhausted & supporters
            amount = purse * last.bit_count() - sum(
                paid * (payers & last).bit_count() for payers, paid in before
            ) if last else Fraction(0)  # fmt: skip
            for utility, payers in bought.full:
                amount += bought.share * utility * (payers & supporters).bit_count()
                before.append((payers, bought.share * utility))
            if amount:
                found.append((amount, bought.project))
        return sorted(found, key=lambda item: (-item[0], item[1]))

    def _dripped(self, each: int) -> Iterator[Sentence]:
        drip = self.drips[each]
        values = {
            "cost": self.money(self.election.projects[each].cost),
            "received": self.money(drip.moment),
        }
        if drip.fits:
            yield _ln(
                "Cuesta %(cost)s: la persona que lo escogió lo pudo pagar cuando cada quien había "
                "recibido %(received)s.",
                "Cuesta %(cost)s: las %(num)s personas que lo escogieron lo pudieron pagar cuando "
                "cada quien había recibido %(received)s.",
                drip.people,
                **values,
            )
            yield from self._tie(drip.tied)
        else:
            left = self.election.budget - self.outcome.spent
            yield _l(
                "Era su turno, pero cuesta %(cost)s y quedaban %(left)s: ahí terminó la cuenta.",
                cost=values["cost"],
                left=self.money(left),
            )

    def _not_dripped(self, each: int) -> Sentence:
        project = self.election.projects[each]
        if project.cost > self.outcome.rest:
            return _l("Cuesta %(cost)s, más que la bolsa.", cost=self.money(project.cost))
        return _l(
            "Cuesta %(cost)s: quienes lo escogieron no alcanzaron a reunirlo antes de que la "
            "cuenta terminara.",
            cost=self.money(project.cost),
        )

    @property
    def threshold(self) -> int:
        """With less, nothing wins. That nobody chose it is said in another way."""
        return self.outcome.parameters.threshold if self.outcome.parameters.threshold > 1 else 0

    def _score(self, score: int) -> Sentence:
        if self.election.vote_type in {VoteType.APPROVAL, VoteType.CHOOSE_ONE}:
            return _ln("un voto", "%(num)s votos", score)
        return _ln("un punto", "%(num)s puntos", score)

    def _below(self, score: int) -> Sentence:
        return _l(
            "Obtuvo %(score)s y hacían falta %(threshold)s.",
            score=self._score(score),
            threshold=self.outcome.parameters.threshold,
        )

    def _step(self, step: Step) -> Iterator[Sentence]:
        project = self.election.projects[step.project]
        cost, left = self.money(project.cost), self.money(step.left)
        score = self._score(step.score)
        if step.verdict is Verdict.FUNDED:
            yield _l(
                "Obtuvo %(score)s, cuesta %(cost)s y quedaban %(left)s: cabe.",
                score=score, cost=cost, left=left,
            )  # fmt: skip
        elif step.verdict is Verdict.OVER:
            yield _l(
                "Obtuvo %(score)s. Cuesta %(cost)s y quedaban %(left)s: faltaron %(missing)s.",
                score=score, cost=cost, left=left, missing=self.money(project.cost - step.left),
            )  # fmt: skip
        elif step.verdict is Verdict.BELOW:
            yield self._below(step.score)
        else:
            yield _l(
                "Obtuvo %(score)s. La cuenta se detuvo antes, en el primero que no cabía.",
                score=score,
            )
        yield from self._tie(step.tied)


def alternatives(outcome: Outcome) -> Iterator[Alternative]:
    """Count again by every other rule, with the same ties, and say what would be different."""
    mine = outcome.parameters
    # A minimum of many votes is a rule of its own; that somebody chose it goes for all.
    plain = replace(mine, rule=Rule.GREEDY, compare=False, threshold=min(mine.threshold, 1))
    shares = replace(plain, rule=Rule.EQUAL_SHARES)
    others = [
        plain,
        replace(plain, rule=Rule.GREEDY_NO_SKIP),
        *([replace(mine, rule=Rule.GREEDY_THRESHOLD, compare=False)] if mine.threshold > 1 else []),
        replace(shares, completion=Completion.NONE),
        replace(shares, completion=Completion.ADD1),
        replace(plain, rule=Rule.PHRAGMEN),
    ]
    teller = _Teller(outcome)
    for other in others:
        if (other.rule, other.plain()) == (mine.rule, mine.plain()):
            continue
        try:
            winners = tally(outcome.election, other).winners
        except Unsuitable:
            continue
        gained = tuple(each for each in winners if each not in outcome.winners)
        lost = tuple(each for each in outcome.winners if each not in winners)
        name = rule_name(other)
        if gained and lost:
            sentence = _l("Se habrían financiado %(gained)s, y no %(lost)s.",
                          gained=teller.names(gained), lost=teller.names(lost))  # fmt: skip
        elif gained:
            sentence = _l("Además se habrían financiado %(gained)s.", gained=teller.names(gained))
        elif lost:
            sentence = _l("No se habrían financiado %(lost)s.", lost=teller.names(lost))
        else:
            sentence = _l("Se habrían financiado los mismos.")
        yield Alternative(name, other, gained, lost, sentence)
