"""What can happen to a participatory budget: one module per noun.

No fact carries what somebody chose, a document number or a receipt.
"""

from participa.budgets.events import points
from participa.budgets.events.outcomes import (
    CountAsked,
    OutcomePublished,
    VoteClosed,
    WinnerLeftOut,
    WinnerTakenBack,
)
from participa.budgets.events.points import (
    BallotAssisted,
    HandingUndone,
    PaceUnusual,
    PointReconciled,
    PointRemoved,
    PointReopened,
    PointSaved,
    PromoterEnded,
    PromoterGiven,
    SheetCounted,
    SheetHanded,
    SheetLeftOut,
    SheetsDiffer,
    SheetsPrinted,
    SheetsReprinted,
    SheetTyped,
)
from participa.budgets.events.preparing import (
    CategoryRemoved,
    CategorySaved,
    FirmAmended,
    PotRemoved,
    PotSaved,
    ProjectRemoved,
    ProjectSaved,
    ProjectsImported,
    ProjectsTaken,
    RulesLocked,
)
from participa.budgets.events.voting import (
    BallotCast,
    BallotChanged,
    UnsentReminded,
)
from participa.core.events import Fact

FACTS: tuple[type[Fact], ...] = (
    PotSaved,
    PotRemoved,
    CategorySaved,
    CategoryRemoved,
    ProjectSaved,
    ProjectRemoved,
    ProjectsImported,
    ProjectsTaken,
    RulesLocked,
    FirmAmended,
    BallotCast,
    BallotChanged,
    UnsentReminded,
    *points.FACTS,
    VoteClosed,
    CountAsked,
    OutcomePublished,
    WinnerLeftOut,
    WinnerTakenBack,
)

__all__ = [
    "FACTS",
    "BallotAssisted",
    "BallotCast",
    "BallotChanged",
    "CategoryRemoved",
    "CategorySaved",
    "CountAsked",
    "FirmAmended",
    "HandingUndone",
    "OutcomePublished",
    "PaceUnusual",
    "PointReconciled",
    "PointRemoved",
    "PointReopened",
    "PointSaved",
    "PotRemoved",
    "PotSaved",
    "ProjectRemoved",
    "ProjectSaved",
    "ProjectsImported",
    "ProjectsTaken",
    "PromoterEnded",
    "PromoterGiven",
    "RulesLocked",
    "SheetCounted",
    "SheetHanded",
    "SheetLeftOut",
    "SheetTyped",
    "SheetsDiffer",
    "SheetsPrinted",
    "SheetsReprinted",
    "UnsentReminded",
    "VoteClosed",
    "WinnerLeftOut",
    "WinnerTakenBack",
]
