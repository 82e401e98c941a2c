"""The one decision, and its two faces."""

import datetime as dt
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core.i18n import format_last_day, format_start
from participa.core.policy.actors import PARTICIPANTS, PROCESS_STAFF, ROLE_LABELS, Actor
from participa.core.policy.tables import STEPS, Action, Capability, Denial, Denied, Rule

NOT_FOUND = Denial("not_found", _l("No encontramos esta página."), status=404)
SIGN_IN = Denial(
    "sign_in", _l("Para hacer esto, entre con su cuenta."), invite="sign_in", status=401
)
SECOND_FACTOR = Denial(
    "second_factor",
    _l(
        "Su entidad pide un segundo paso de seguridad a quienes tienen un rol. "
        "Actívelo para seguir."
    ),
    invite="second_factor",
)


def denial(
    action: Action, actor: Actor, scope: Any, item: Any = None, *, at: dt.datetime
) -> Denial | None:
    """Return why ``actor`` may not do ``action`` in ``scope`` at ``at``, or ``None``."""
    if actor.organization_id != scope.organization_id:
        return NOT_FOUND
    roles = actor.roles_in(scope.process_id)
    if (
        not scope.is_public
        and not roles & PROCESS_STAFF
        and scope.process_id not in actor.preview_processes
    ):
        return NOT_FOUND
    if not roles & action.roles:
        return _closed_to_visitor(action, actor, scope, at) or _wrong_role(action, actor)
    if action.is_for_staff and actor.needs_second_factor:
        return SECOND_FACTOR
    if action.capability is not None:
        refused = _suspended(action, actor, scope, at) or _capability_denial(
            action.capability, actor, scope, at
        )
        if refused is not None:
            return refused
    for check in action.checks:
        found = check.find(actor, scope, item, at)
        if found is not None:
            return found if isinstance(found, Denial) else Denial(check.name, found)
    return None


def _suspended(action: Action, actor: Actor, scope: Any, at: dt.datetime) -> Denial | None:
    if not actor.sanctions or action.while_suspended or not action.roles & PARTICIPANTS:
        return None
    return suspended(actor, scope, at)


def suspended(actor: Actor, scope: Any, at: dt.datetime) -> Denial | None:
    """Return the refusal that a suspension means in a scope, or ``None``."""
    held = actor.suspension(scope.process_id, at)
    if held is None:
        return None
    if held.until is None:
        return Denial(
            "suspended",
            _l(
                "La moderación suspendió su participación aquí. "
                "En sus avisos están el motivo y cómo apelar."
            ),
            invite="sanctions",
        )
    return Denial(
        "suspended",
        _l(
            "La moderación suspendió su participación aquí hasta el %(date)s. "
            "En sus avisos están el motivo y cómo apelar.",
            date=_Day(held.until, last_day=True),
        ),
        invite="sanctions",
    )


def _closed_to_visitor(action: Action, actor: Actor, scope: Any, at: dt.datetime) -> Denial | None:
    name = action.capability
    if actor.is_signed_in or name is None or scope.rule(name, at).state.is_open:
        return None
    return Denial("closed", closed_sentence(name, scope, at))


def _wrong_role(action: Action, actor: Actor) -> Denial:
    if not actor.is_signed_in:
        return SIGN_IN
    wanted = [role for role in ROLE_LABELS if role in action.roles]
    return Denial(
        "role",
        _l(
            "Esto lo hace otro equipo: %(roles)s.",
            roles=_Joined([ROLE_LABELS[role] for role in wanted]),
        ),
    )


class _Joined:
    """Labels joined when read, so that each appears in the reader's language."""

    def __init__(self, labels: list[Any]) -> None:
        self._labels = labels

    def __str__(self) -> str:
        return ", ".join(str(label) for label in self._labels)


class _Day:
    """A moment written as a date when read, in the organization's zone."""

    def __init__(self, moment: dt.datetime, *, last_day: bool = False) -> None:
        self._moment = moment
        self._write = format_last_day if last_day else format_start

    def __str__(self) -> str:
        return self._write(self._moment)


def _capability_denial(name: str, actor: Actor, scope: Any, at: dt.datetime) -> Denial | None:
    rule = scope.rule(name, at)
    if not rule.state.is_open:
        return Denial("closed", closed_sentence(name, scope, at))
    found = _unmet(rule, actor, scope, at)
    # What nobody can remove comes first: nobody takes a step that does not help.
    return next((each for each in found if each.invite is None), found[0] if found else None)


def _unmet(rule: Rule, actor: Actor, scope: Any, at: dt.datetime) -> list[Denial]:
    found = (each.denial(actor, at, scope.zone) for each in rule.requires)
    return [each for each in found if each is not None]


def steps(
    action: Action, actor: Actor, scope: Any, item: Any = None, *, at: dt.datetime
) -> tuple[Denial, ...]:
    """Return every step that ``actor`` can take to be allowed what is refused, in order.

    Empty where it is allowed, or where no step of theirs would help.
    """
    refused = denial(action, actor, scope, item, at=at)
    if refused is None or refused.invite not in STEPS:
        return ()
    found: list[Denial] = []
    if action.capability is not None:
        found += _unmet(scope.rule(action.capability, at), actor, scope, at)
    for check in action.checks:
        missing = check.find(actor, scope, item, at)
        if isinstance(missing, Denial) and missing.invite in STEPS:
            found.append(missing)
    # One page removes several obstacles: it is one step.
    return tuple({(each.invite, each.method): each for each in reversed(found)}.values())[::-1]


def closed_sentence(name: str, scope: Any, at: dt.datetime) -> Any:
    """Return when a closed capability opens, else when it closed, else that it never opens."""
    capability: Capability = scope.capability(name)
    opening = scope.next_opening(name, at)
    if opening is not None:
        return capability.opens_on(_Day(opening))
    closing = scope.last_closing(name, at)
    if closing is not None:
        return capability.closed_on(_Day(closing, last_day=True))
    return capability.never


def can(action: Action, actor: Actor, scope: Any, item: Any = None, *, at: dt.datetime) -> bool:
    """Return whether the action is allowed. Templates ask this."""
    return denial(action, actor, scope, item, at=at) is None


def authorize(
    action: Action, actor: Actor, scope: Any, item: Any = None, *, at: dt.datetime
) -> None:
    """Raise :class:`Denied` unless the action is allowed. Services call this, under their lock."""
    refused = denial(action, actor, scope, item, at=at)
    if refused is not None:
        raise Denied(refused, label=action.label, steps=steps(action, actor, scope, item, at=at))
