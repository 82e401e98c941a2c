"""The states of a case and the moves between them. Pure: the services ask it, a test walks it."""

from collections.abc import Mapping

from participa.moderation.models import CaseState, Move

PENDING = (CaseState.OPEN, CaseState.STUDYING)
"""Something is to be decided."""
_DECIDED = (CaseState.KEPT, CaseState.CORRECTED, CaseState.REVERTED, CaseState.MERGED)
"""What was joined may stand on its own again, once what it was joined to has gone."""

NEXT: Mapping[tuple[CaseState, Move], CaseState] = {
    **{(state, Move.CLAIM): CaseState.STUDYING for state in PENDING},
    (CaseState.STUDYING, Move.RELEASE): CaseState.OPEN,
    **{(state, Move.HAND_OVER): CaseState.OPEN for state in PENDING},
    **{(state, Move.KEEP): CaseState.KEPT for state in PENDING},
    **{(state, Move.REMOVE): CaseState.REMOVED for state in PENDING},
    **{(state, Move.REMOVE_URGENTLY): CaseState.REMOVED for state in PENDING},
    **{(state, Move.MERGE): CaseState.MERGED for state in PENDING},
    # What was decided is looked at again when somebody flags it, or its author changes it.
    **{(state, Move.OPEN): CaseState.OPEN for state in _DECIDED},
    **{(state, Move.FLAG): CaseState.OPEN for state in _DECIDED},
    **{(state, Move.QUESTION): CaseState.OPEN for state in _DECIDED},
    **{(state, move): state for state in PENDING for move in (Move.FLAG, Move.QUESTION)},
    **{(state, Move.EDIT): state for state in PENDING},
    (CaseState.REMOVED, Move.REVIEW_URGENT): CaseState.REMOVED,
    (CaseState.REMOVED, Move.RESUBMIT): CaseState.OPEN,
    (CaseState.REMOVED, Move.APPEAL): CaseState.APPEALED,
    (CaseState.REMOVED, Move.REVERT): CaseState.REVERTED,  # by who reviews an urgent removal
    **{
        (CaseState.APPEALED, move): CaseState.APPEALED
        for move in (Move.CLAIM, Move.RELEASE, Move.HAND_OVER)
    },
    (CaseState.APPEALED, Move.UPHOLD): CaseState.UPHELD,
    (CaseState.APPEALED, Move.REVERT): CaseState.REVERTED,
    (CaseState.UPHELD, Move.RESUBMIT): CaseState.OPEN,
    **{(state, Move.ACCEPT): CaseState.CORRECTED for state in PENDING},
    # Taken back by who decided, while there is time for that.
    **{
        (state, Move.UNDO): CaseState.STUDYING
        for state in (CaseState.KEPT, CaseState.REMOVED, CaseState.MERGED, CaseState.CORRECTED)
    },
    # Whatever could still become of an item that its author has taken back, nothing will.
    **{
        (state, Move.WITHDRAW): CaseState.WITHDRAWN
        for state in (
            *PENDING,
            CaseState.REMOVED,
            CaseState.APPEALED,
            CaseState.UPHELD,
            CaseState.MERGED,
        )
    },
    **{(state, Move.NOTE): state for state in CaseState},
}
"""``(state, move)`` → the state after it. What is not here is not possible."""


def waits(state: CaseState, *, is_urgent: bool) -> bool:
    """Return whether a case in this state waits for moderation: to decide, or to look again."""
    return (
        state in PENDING
        or state is CaseState.APPEALED
        or (state is CaseState.REMOVED and is_urgent)
    )


def after(state: CaseState, move: Move) -> CaseState | None:
    """Return the state that a move leads to, or ``None`` where it is not possible."""
    return NEXT.get((state, move))
