"""The one door through which contributions come in and change their standing."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln
from sqlalchemy.orm import Session

from participa.contributions import events, queries, screening, texts
from participa.contributions.contract import moderation_of
from participa.contributions.models import Contribution, Standing
from participa.contributions.settings import Review
from participa.core.errors import Missing, Problem
from participa.core.facts import Ref
from participa.core.policy import Actor, Denial, Denied
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

FIRST = 2
"""Published contributions after which somebody is no longer new."""
SPEED = (dt.timedelta(minutes=10), 8)
"""Contributions of one person within this time that are still ordinary."""
SHORTEST_TO_REPEAT = 40
"""Characters: two people may well write the same short sentence."""


@dataclass(frozen=True, slots=True)
class Screened:
    """What the checks found: how the contribution begins, and why a moderator is called."""

    status: Standing
    reasons: tuple[str, ...]
    fingerprint: str


def screen(
    session: Session,
    actor: Actor,
    component: ComponentView,
    typed: Mapping[str, str],
    at: dt.datetime,
    *,
    acknowledged: bool,
    is_new: bool = True,
) -> Screened:
    """Look at what somebody is about to publish. ``typed`` is the words by field.

    Raises :class:`Denied` past the daily limit that moderation set for the person, and
    ``Warned`` with a sentence beside the field where personal data seems to be, unless
    ``acknowledged``. An edit (``is_new=False``) is looked at for its words only.
    """
    found: list[str] = []
    fingerprint = texts.fingerprint(*typed.values())
    warnings = [
        Problem(
            path,
            _l(
                "Aquí parece haber datos personales: %(found)s. Lo que se publica lo lee "
                "cualquiera.",
                found=", ".join(f"«{each}»" for each in personal),
            ),
        )
        for path, text in typed.items()
        if (personal := screening.personal_data(text))
    ]
    if warnings and not acknowledged:
        raise screening.Warned(warnings)
    if warnings:
        found.append("personal_data")
    whole = "\n".join(typed.values())
    if screening.links(whole) > screening.MOST_LINKS:
        found.append("links")
    review = getattr(component.phase_settings_at(at), "review", Review.NOBODY.value)
    if is_new:
        today = at.astimezone(component.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        record_ = queries.record_of(
            session,
            component.organization_id,
            actor.person_id or 0,
            fingerprint,
            lately_from=at - SPEED[0],
            today_from=today,
        )
        _refuse_past_limit(actor, component, record_.today, at)
        if record_.repeated and len(whole) >= SHORTEST_TO_REPEAT:
            found.append("repeated")
        if record_.lately >= SPEED[1]:
            found.append("speed")
        if review == Review.FIRST and record_.published < FIRST:
            found.append("first")
    if review == Review.ALL:
        found.append("everything")
    waits = bool(found) and review != Review.NOBODY
    return Screened(Standing.WAITING if waits else Standing.PUBLISHED, tuple(found), fingerprint)


def _refuse_past_limit(actor: Actor, component: ComponentView, today: int, at: dt.datetime) -> None:
    limit = actor.daily_limit(component.process_id, at)
    if limit is not None and today >= limit:
        raise Denied(
            Denial(
                "daily_limit",
                _ln(
                    "La moderación le permite un aporte por día, y hoy ya lo hizo. "
                    "En sus avisos está el motivo.",
                    "La moderación le permite %(num)s aportes por día, y hoy ya los hizo. "
                    "En sus avisos está el motivo.",
                    limit,
                ),
                invite="sanctions",
            )
        )


def enter(
    session: Session,
    actor: Actor,
    component: ComponentView,
    ref: Ref,
    screened: Screened,
    at: dt.datetime,
) -> None:
    """Write a new contribution into the ledger, and call a moderator where the checks ask so."""
    session.add(
        Contribution(
            organization_id=component.organization_id,
            kind=ref.kind,
            item_id=ref.id,
            process_id=component.process.id,
            component_id=component.id,
            author_id=actor.person_id,
            status=screened.status,
            at=at,
            fingerprint=screened.fingerprint,
        )
    )
    question(session, actor, component, ref, screened)


def question(
    session: Session, actor: Actor, component: ComponentView, ref: Ref, screened: Screened
) -> None:
    """Call a moderator to a contribution, where the checks ask so."""
    if screened.reasons:
        record_in(
            session,
            actor,
            component,
            events.ContributionQuestioned(
                list(screened.reasons), waiting=screened.status is Standing.WAITING
            ),
            subject=ref,
        )


def stand(session: Session, ref: Ref, standing: Standing, at: dt.datetime) -> None:
    """Move a contribution, in its own table and in the ledger. Raises :class:`Missing`.

    Whoever calls holds the item's lock and has asked the policy.
    """
    moderation = moderation_of(ref.kind)
    if moderation is None:
        message = f"{ref} is not moderated"
        raise Missing(message)
    moderation.stand(session, ref.id, standing, at)
    note(session, ref, standing)


def note(session: Session, ref: Ref, standing: Standing) -> None:
    """Write into the ledger how an item stands that its own room has moved."""
    entry = queries.entry(session, ref)
    if entry is not None:
        entry.status = standing
