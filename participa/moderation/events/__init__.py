"""What can happen to a case, and what its author and those who flagged are told.

No fact repeats what somebody wrote, and none names a moderator to the author or to those who
flagged. The subject is the item; ``case_id`` leads the author to the page that says the rest.
"""

from participa.moderation.events.answers import (
    FlagAccepted,
    FlagCorrected,
    FlagDismissed,
    FlagMerged,
    FlagReopened,
    FlagReverted,
    FlagSettled,
    FlagUpheld,
)
from participa.moderation.events.outcomes import (
    CaseWithdrawn,
    CorrectionPublished,
    DecisionUndone,
    Kept,
    Merged,
    PutUnderReview,
    RemovalReverted,
    RemovalUpheld,
    Removed,
)
from participa.moderation.events.work import (
    CaseClaimed,
    CaseHandedOver,
    CaseNoted,
    CaseOpened,
    CaseReleased,
    CorrectionSent,
    GroundSaved,
    ItemFlagged,
    RemovalAppealed,
    ReversalsUnusual,
    TermsSaved,
    UrgentReviewed,
    WorkSummarized,
)

FACTS = (
    CaseOpened,
    ItemFlagged,
    CaseClaimed,
    CaseReleased,
    CaseNoted,
    UrgentReviewed,
    CorrectionSent,
    RemovalAppealed,
    GroundSaved,
    TermsSaved,
    CaseHandedOver,
    WorkSummarized,
    ReversalsUnusual,
    PutUnderReview,
    Kept,
    Removed,
    Merged,
    CorrectionPublished,
    DecisionUndone,
    RemovalUpheld,
    RemovalReverted,
    CaseWithdrawn,
    FlagDismissed,
    FlagAccepted,
    FlagMerged,
    FlagReopened,
    FlagUpheld,
    FlagReverted,
    FlagCorrected,
    FlagSettled,
)
