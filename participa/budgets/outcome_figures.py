"""Figures of participation that point at nobody: small groups are put together. Pure."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def grouped(counts: Mapping[Key, int], smallest: int) -> tuple[list[tuple[Key, int]], int]:
    """Return the groups whose number may be published, most numerous first, and the others' sum.

    Groups with fewer than ``smallest`` people are put together and not named. As the whole is
    known, what they add up to is known too: so further groups, the smallest first, join them until
    they are two or more, and at least ``smallest`` more people than groups. Then nobody's group can
    be computed, not even by who knows which groups joined. Where that takes all, nothing is named.
    """
    ordered = sorted(
        ((key, number) for key, number in counts.items() if number > 0),
        key=lambda item: (item[1], str(item[0])),
    )
    joined = sum(number < smallest for _key, number in ordered)
    if joined:
        while joined < len(ordered):
            together = sum(number for _key, number in ordered[:joined])
            if joined > 1 and together >= smallest + joined:
                break
            joined += 1
    return ordered[: joined - 1 : -1] if joined else ordered[::-1], sum(
        number for _key, number in ordered[:joined]
    )
