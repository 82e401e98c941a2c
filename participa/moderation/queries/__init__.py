"""Every SELECT of moderation, one module per noun."""

from participa.moderation.queries.accounts import (
    Decision,
    Month,
    Reversals,
    decisions,
    figures,
    unusual,
)
from participa.moderation.queries.cases import (
    about_author,
    by_ids,
    case,
    case_of,
    flagged_by,
    flaggers,
    flags,
    flags_of,
    for_update,
    last_step,
    lock_all,
    record_of,
    sent_by,
    steps,
)
from participa.moderation.queries.grounds import defaults, ground, grounds, terms
from participa.moderation.queries.merging import merge_targets
from participa.moderation.queries.notices import Notice, notices
from participa.moderation.queries.people import administrators, locale_of, moderators
from participa.moderation.queries.queue import Filters, Work, counts, queue, tallies, work

__all__ = [
    "Decision",
    "Filters",
    "Month",
    "Notice",
    "Reversals",
    "Work",
    "about_author",
    "administrators",
    "by_ids",
    "case",
    "case_of",
    "counts",
    "decisions",
    "defaults",
    "figures",
    "flagged_by",
    "flaggers",
    "flags",
    "flags_of",
    "for_update",
    "ground",
    "grounds",
    "last_step",
    "locale_of",
    "lock_all",
    "merge_targets",
    "moderators",
    "notices",
    "queue",
    "record_of",
    "sent_by",
    "steps",
    "tallies",
    "terms",
    "unusual",
    "work",
]
