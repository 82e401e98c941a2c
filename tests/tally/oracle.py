"""The rules as slowly and plainly as they can be written: voter by voter, in fractions."""

from fractions import Fraction

from participa.tally import Utility


def voters(election):
    return [
        dict(election.graded(ballot))
        for ballot, count in election.ballots.items()
        for _person in range(count)
    ]


def utilities(election, utility, person, project):
    points = person.get(project, 0)
    if utility is Utility.POINTS:
        return max(points, 0)
    if utility is Utility.BORDA:
        return max(points - 1, 0)
    return int(points > 0)


def equal_shares(election, utility, rank, purse):
    """Return the projects bought, and what each voter paid for each."""
    people = voters(election)
    money = [Fraction(purse)] * len(people)
    paid = []
    bought = []
    left = [each for each, project in enumerate(election.projects) if not project.withdrawn]
    while True:
        best = None
        for each in left:
            cost = election.projects[each].cost
            worth = [utilities(election, utility, person, each) for person in people]
            wanting = [i for i in range(len(people)) if worth[i]]
            if not wanting or sum(money[i] for i in wanting) < cost:
                continue
            missing, power = Fraction(cost), sum(worth)
            for i in sorted(wanting, key=lambda i: money[i] / worth[i]):
                share = missing / power
                if money[i] >= share * worth[i]:
                    break
                missing -= money[i]
                power -= worth[i]
            value = cost if utility is Utility.COST else 1
            if best is None or (share / value, rank[each]) < best[0]:
                best = (share / value, rank[each]), each, share, worth
        if best is None:
            return bought, paid
        _key, each, share, worth = best
        payments = [min(money[i], share * worth[i]) for i in range(len(people))]
        money = [have - pay for have, pay in zip(money, payments, strict=True)]
        paid.append(payments)
        bought.append(each)
        left.remove(each)


def add1(election, utility, rank, exhaustive):
    """Return what one run after the other gives, one unit more per voter at a time."""
    costs = [project.cost for project in election.projects]
    wanted = {
        each
        for person in voters(election)
        for each in person
        if utilities(election, utility, person, each) and not election.projects[each].withdrawn
    }
    purse = Fraction(election.budget, election.voters)
    bought, _paid = equal_shares(election, utility, rank, purse)
    while wanted - set(bought):
        spent = sum(costs[each] for each in bought)
        left = wanted - set(bought)
        if exhaustive and min(costs[each] for each in left) > election.budget - spent:
            break
        purse += election.unit
        following, _paid = equal_shares(election, utility, rank, purse)
        if sum(costs[each] for each in following) > election.budget:
            break
        bought = following
    return bought


def phragmen(election, rank):
    people = voters(election)
    loads = [Fraction(0)] * len(people)
    left = [
        each
        for each, project in enumerate(election.projects)
        if project.cost <= election.budget
        and not project.withdrawn
        and any(person.get(each, 0) > 0 for person in people)
    ]
    budget, bought = election.budget, []
    while left:
        moments = {}
        for each in left:
            wanting = [i for i, person in enumerate(people) if person.get(each, 0) > 0]
            moments[each] = (
                (election.projects[each].cost + sum(loads[i] for i in wanting)) / len(wanting),
                wanting,
            )
        first = min(moments[each][0] for each in left)
        tied = [each for each in left if moments[each][0] == first]
        if any(election.projects[each].cost > budget for each in tied):
            break
        each = min(tied, key=lambda each: rank[each])
        for i in moments[each][1]:
            loads[i] = first
        budget -= election.projects[each].cost
        bought.append(each)
        left.remove(each)
    return bought
