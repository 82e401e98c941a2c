"""Tables of people and of what they were allowed: one module per noun."""

from participa.accounts.models.approvals import Approval, ApprovalState
from participa.accounts.models.guardians import GuardianConsent, GuardianState
from participa.accounts.models.people import (
    Consent,
    Group,
    GroupMember,
    KeptForm,
    OneTimeCode,
    Person,
    RecoveryCode,
    RoleGrant,
    SecondFactorReset,
    SignUp,
    UserSession,
    folded,
)
from participa.accounts.models.rolls import (
    Roll,
    RollEntry,
    RollUpload,
    RollUploadCandidate,
    RollUploadLine,
)
from participa.accounts.models.sanctions import SanctionKind, SanctionRecord
from participa.accounts.models.verification import VerificationCode, VerificationRecord

__all__ = [
    "Approval",
    "ApprovalState",
    "Consent",
    "Group",
    "GroupMember",
    "GuardianConsent",
    "GuardianState",
    "KeptForm",
    "OneTimeCode",
    "Person",
    "RecoveryCode",
    "RoleGrant",
    "Roll",
    "RollEntry",
    "RollUpload",
    "RollUploadCandidate",
    "RollUploadLine",
    "SanctionKind",
    "SanctionRecord",
    "SecondFactorReset",
    "SignUp",
    "UserSession",
    "VerificationCode",
    "VerificationRecord",
    "folded",
]
