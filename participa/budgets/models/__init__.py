"""Tables of a participatory budget: pots and projects, the roll, the box, paper, the outcome.

Who voted (:class:`Mark`) and what was voted (:class:`Ballot`) are two tables. While the vote is
open a ballot carries ``link``, a keyed hash of its mark, so that its owner can replace it; at
closing the key is destroyed, the links go, and the box is written anew in random order.
"""

from participa.budgets.models.outcomes import (
    Outcome,
    PublishedFile,
)
from participa.budgets.models.points import (
    ADDRESS_LENGTH,
    CAUSES,
    POINT_NAME_LENGTH,
    SHEET_REASON_LENGTH,
    TYPED_CAUSES,
    Cause,
    Point,
    Promoter,
    Sheet,
    SheetStatus,
)
from participa.budgets.models.projects import (
    ALT_LENGTH,
    BODY_LENGTH,
    FEASIBILITY_LENGTH,
    NAME_LENGTH,
    REASON_LENGTH,
    SHEET,
    SOURCE_LENGTH,
    SUMMARY_LENGTH,
    TITLE_LENGTH,
    Category,
    Pot,
    Project,
    ProjectStatus,
)
from participa.budgets.models.votes import (
    Ballot,
    Channel,
    Draft,
    Mark,
    VoidReceipt,
    Vote,
)

__all__ = [
    "ADDRESS_LENGTH",
    "ALT_LENGTH",
    "BODY_LENGTH",
    "CAUSES",
    "FEASIBILITY_LENGTH",
    "NAME_LENGTH",
    "POINT_NAME_LENGTH",
    "REASON_LENGTH",
    "SHEET",
    "SHEET_REASON_LENGTH",
    "SOURCE_LENGTH",
    "SUMMARY_LENGTH",
    "TITLE_LENGTH",
    "TYPED_CAUSES",
    "Ballot",
    "Category",
    "Cause",
    "Channel",
    "Draft",
    "Mark",
    "Outcome",
    "Point",
    "Pot",
    "Project",
    "ProjectStatus",
    "Promoter",
    "PublishedFile",
    "Sheet",
    "SheetStatus",
    "VoidReceipt",
    "Vote",
]
