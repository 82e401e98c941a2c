"""Who may do what, when, and why not: one table of actions, one function that decides.

``denial(action, actor, scope, item, at=…)`` is the only decision; :func:`can` and :func:`authorize`
are its two faces. Order: published → role → capability open → requirements → checks; only a visitor
who would have to sign in is told first that the door is closed, since signing in would not help.
"""

from participa.core.policy.actors import (
    ADMINISTRATORS,
    AUDITORS,
    EVERYBODY,
    MODERATORS,
    ORGANIZATION_ROLES,
    PARTICIPANTS,
    PROCESS_MANAGERS,
    PROCESS_ROLES,
    PROCESS_STAFF,
    ROLE_LABELS,
    SYSTEM,
    Actor,
    Role,
    Sanction,
    Verification,
)
from participa.core.policy.decision import (
    NOT_FOUND,
    SECOND_FACTOR,
    SIGN_IN,
    authorize,
    can,
    closed_sentence,
    denial,
    suspended,
)
from participa.core.policy.tables import (
    STATE_LABELS,
    Action,
    Capability,
    Check,
    Denial,
    Denied,
    Invite,
    Requirement,
    Rule,
    Scope,
    State,
)

__all__ = [
    "ADMINISTRATORS",
    "AUDITORS",
    "EVERYBODY",
    "MODERATORS",
    "NOT_FOUND",
    "ORGANIZATION_ROLES",
    "PARTICIPANTS",
    "PROCESS_MANAGERS",
    "PROCESS_ROLES",
    "PROCESS_STAFF",
    "ROLE_LABELS",
    "SECOND_FACTOR",
    "SIGN_IN",
    "STATE_LABELS",
    "SYSTEM",
    "Action",
    "Actor",
    "Capability",
    "Check",
    "Denial",
    "Denied",
    "Invite",
    "Requirement",
    "Role",
    "Rule",
    "Sanction",
    "Scope",
    "State",
    "Verification",
    "authorize",
    "can",
    "closed_sentence",
    "denial",
    "suspended",
]
