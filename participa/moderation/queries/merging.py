"""What a duplicate might be joined to."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from participa.contributions.contract import Written, moderation_of
from participa.contributions.models import Standing
from participa.core import words as words_
from participa.moderation.models import Case

MOST = 10
WORDS_OF_TITLE = 3


def merge_targets(session: Session, case: Case, words: str = "") -> Sequence[Written]:
    """Return published items of the same kind and component that a case's item may repeat.

    Without ``words``, those that share the longest words of its title come first. At most
    :data:`MOST`; a fixed number of statements.
    """
    moderation = moderation_of(case.kind)
    if moderation is None or moderation.merge is None or moderation.find is None:
        return []
    find = moderation.find
    asked = [words] if words.strip() else _telling_words(session, case)
    hits: dict[int, int] = {}
    for each in asked:
        for item_id in find(session, case.component_id, each, MOST + 1):
            hits[item_id] = hits.get(item_id, 0) + 1
    hits.pop(case.item_id, None)
    best = sorted(hits, key=lambda item_id: (-hits[item_id], -item_id))[:MOST]
    found = moderation.load(session, best)
    return [
        found[item_id]
        for item_id in best
        if item_id in found and found[item_id].status is Standing.PUBLISHED
    ]


def _telling_words(session: Session, case: Case) -> list[str]:
    moderation = moderation_of(case.kind)
    item = moderation.load(session, [case.item_id]).get(case.item_id) if moderation else None
    title = words_.normalize(item.title).split() if item is not None else []
    return sorted(dict.fromkeys(title), key=len, reverse=True)[:WORDS_OF_TITLE]
