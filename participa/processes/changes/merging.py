"""Two people changed one document: what each of them touched, and where both touched the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ABSENT: Any = object()
"""What a document says where it says nothing."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A place that two people changed, each to another value; ``ABSENT`` where there is none."""

    path: str
    mine: Any
    theirs: Any


def merged(
    base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Clash]]:
    """Return ``theirs`` with what ``mine`` changed since ``base``, and where both changed it.

    There, mine stands in the document.
    """
    clashes: list[Clash] = []
    return _merged(base, mine, theirs, "", clashes), clashes


def _merged(base: Any, mine: Any, theirs: Any, path: str, clashes: list[Clash]) -> Any:
    if mine in (theirs, base):
        return theirs
    if theirs == base:
        return mine
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        base = base if isinstance(base, Mapping) else {}
        found = {
            key: _merged(
                base.get(key, ABSENT),
                mine.get(key, ABSENT),
                theirs.get(key, ABSENT),
                f"{path}.{key}" if path else key,
                clashes,
            )
            for key in [*mine, *(key for key in theirs if key not in mine)]
        }
        return {key: value for key, value in found.items() if value is not ABSENT}
    if _has_keys(mine) and _has_keys(theirs):
        return _list(base if _has_keys(base) else [], mine, theirs, path, clashes)
    clashes.append(Clash(path, mine, theirs))
    return mine


def _list(base: Any, mine: Any, theirs: Any, path: str, clashes: list[Clash]) -> list[Any]:
    """Merge lists whose items have keys: item by item, in the order of whoever moved them."""
    was, own, other = ({each["key"]: each for each in items} for items in (base, mine, theirs))
    stayed = [key for key in own if key in was] == [key for key in was if key in own]
    first, second = (other, own) if stayed else (own, other)
    result: list[Any] = []
    for key in [*first, *(key for key in second if key not in first)]:
        place = f"{path}[{len(result)}]"
        item = _merged(
            was.get(key, ABSENT), own.get(key, ABSENT), other.get(key, ABSENT), place, clashes
        )
        if item is not ABSENT:
            result.append(item)
    return result


def _has_keys(items: Any) -> bool:
    return isinstance(items, list) and all(
        isinstance(each, Mapping) and "key" in each for each in items
    )
