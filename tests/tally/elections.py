"""Elections for tests: small ones by hand, and random ones for hypothesis."""

from collections import Counter

from hypothesis import strategies as st

from participa.tally import Election, Project, VoteType

META = {
    "description": "Presupuesto de prueba",
    "country": "Colombia",
    "unit": "Usme",
    "instance": "2026",
    "rule": "greedy",
    "date_begin": "2026",
    "date_end": "2026",
}


def election(costs, ballots, budget, vote_type=VoteType.APPROVAL, **options):
    """`costs` by id; `ballots` as lists of ids, or of (id, points)."""
    ids = list(costs)
    counted = Counter()
    for ballot in ballots:
        pairs = [each if isinstance(each, tuple) else (each, None) for each in ballot]
        if vote_type is not VoteType.ORDINAL:
            pairs = sorted(pairs, key=lambda pair: ids.index(pair[0]))
        choices = tuple(ids.index(key) for key, _points in pairs)
        points = tuple(points for _key, points in pairs if points is not None)
        counted[choices, points] += 1
    unit = options.pop("unit", 1)
    return Election(
        projects=tuple(
            Project(key, cost, f"Proyecto {key}", withdrawn=cost == 999_999_999 * unit)
            for key, cost in costs.items()
        ),
        budget=budget,
        vote_type=vote_type,
        ballots=dict(counted),
        unit=unit,
        meta=META | options.pop("meta", {}),
        **options,
    )


@st.composite
def elections(draw, vote_types=tuple(VoteType), people=12):
    """Small enough to shrink, with many ties and equal purses: where mistakes live."""
    kind = draw(st.sampled_from(vote_types))
    ids = [f"p{number}" for number in range(draw(st.integers(1, 7)))]
    costs = {key: draw(st.integers(1, 40)) for key in ids}
    ballots = []
    for _person in range(draw(st.integers(1, people))):
        if kind is VoteType.CHOOSE_ONE:
            chosen = [draw(st.sampled_from(ids))]
        else:
            chosen = draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
        if kind.has_points:
            least = 0 if kind is VoteType.CUMULATIVE else -2
            chosen = [(key, draw(st.integers(least, 6))) for key in chosen]
        ballots.append(chosen)
    meta = {"max_sum_points": "100"} if kind is VoteType.CUMULATIVE else {}
    return election(
        costs, ballots, draw(st.integers(1, 120)), kind, unit=draw(st.sampled_from([1, 1, 100])),
        meta=meta,
    )  # fmt: skip
