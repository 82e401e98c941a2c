"""Every write on follows, notifications and preferences."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.models import Consent, Person
from participa.core import clock
from participa.core.errors import Invalid, Missing
from participa.core.events import Audience, Fact, How, record
from participa.core.facts import FactRow, Ref
from participa.core.policy import SIGN_IN, Action, Actor, Denied, authorize
from participa.core.registry import Card
from participa.notifications import events, policy, queries
from participa.notifications.models import ANY_KIND, Follow, Notification, Preference
from participa.organizations.queries import OrganizationView
from participa.processes.models import Process, ProcessStatus

MAILED = (How.NOW, How.DAILY, How.WEEKLY)
KEPT = dt.timedelta(days=365)
"""How long a notification stays in the inbox."""

_notifications = cast("sa.Table", Notification.__table__)
_follows = cast("sa.Table", Follow.__table__)
_preferences = cast("sa.Table", Preference.__table__)
_persons = cast("sa.Table", Person.__table__)


def _door(session: Session, action: Action, actor: Actor, organization: OrganizationView) -> int:
    """Lock the person's row, so that two clicks at once do not cross, and ask the policy."""
    if actor.person_id is None:
        raise Denied(SIGN_IN)
    _lock(session, actor.person_id)
    authorize(action, actor, organization, at=clock.now())
    return actor.person_id


def _lock(session: Session, person_id: int) -> None:
    session.execute(
        sa.select(_persons.c.id).where(_persons.c.id == person_id).with_for_update(key_share=True)
    )


# --- following ----------------------------------------------------------------------------------


def follow(session: Session, actor: Actor, organization: OrganizationView, ref: Ref) -> Card:
    """Follow a resource and return its card. Following twice is following once.

    Raises :class:`Missing` for what does not exist or may not be shown to everybody.
    """
    person_id = _door(session, policy.FOLLOW, actor, organization)
    card = queries.card(session, ref)
    if card is None:
        message = f"nothing to follow at {ref}"
        raise Missing(message)
    _add_follow(session, organization.id, person_id, ref)
    return card


def unfollow(session: Session, actor: Actor, organization: OrganizationView, ref: Ref) -> None:
    """Stop following a resource, also one that is not shown any more."""
    person_id = _door(session, policy.FOLLOW, actor, organization)
    session.execute(
        sa.delete(Follow).where(
            Follow.person_id == person_id,
            Follow.subject_kind == ref.kind,
            Follow.subject_id == ref.id,
        )
    )


def _add_follow(session: Session, organization_id: int, person_id: int, ref: Ref) -> None:
    if ref not in queries.following(session, person_id, [ref]):
        session.execute(
            sa.insert(_follows),
            {
                "organization_id": organization_id,
                "person_id": person_id,
                "subject_kind": ref.kind,
                "subject_id": ref.id,
                "created_at": clock.now(),
            },
        )


# --- telling ------------------------------------------------------------------------------------


def tell(session: Session, fact: FactRow, kind: type[Fact]) -> None:
    """Notify a fact's audience. Again for the same fact: nothing more happens.

    The audience never passes through this program: it is one INSERT … SELECT, whatever its size.
    Whoever caused the fact is not told. Followers of a process that is not published are not told
    either; whom it concerns directly is.
    """
    directly = _persons_named(fact, kind)
    if directly:
        _insert(session, fact, kind, _persons.c.id.in_(directly), direct=True)
    followed = [] if _is_hidden(session, fact) else _followed(fact, kind)
    if followed:
        followers = sa.select(_follows.c.person_id).where(
            sa.or_(
                *(
                    sa.and_(_follows.c.subject_kind == ref.kind, _follows.c.subject_id == ref.id)
                    for ref in followed
                )
            )
        )
        _insert(session, fact, kind, _persons.c.id.in_(followers), direct=False)
    if kind.FOLLOWS and fact.actor_id is not None and fact.subject is not None:
        _lock(session, fact.actor_id)
        _add_follow(session, fact.organization_id, fact.actor_id, fact.subject)


def _persons_named(fact: FactRow, kind: type[Fact]) -> list[int]:
    fields = {Audience.AUTHOR: "author_id", Audience.PERSON: "person_id"}
    named: list[int] = []
    for audience in kind.TELLS:
        value = fact.data.get(fields.get(Audience(audience), ""))
        named += value if isinstance(value, list) else [value] if value is not None else []
    return named


def _followed(fact: FactRow, kind: type[Fact]) -> list[Ref]:
    refs: list[Ref] = []
    if Audience.SUBJECT_FOLLOWERS in kind.TELLS and fact.subject is not None:
        refs.append(fact.subject)
    if Audience.PROCESS_FOLLOWERS in kind.TELLS and fact.process_id is not None:
        refs.append(Ref("process", fact.process_id))
    return refs


def _is_hidden(session: Session, fact: FactRow) -> bool:
    if fact.process_id is None:
        return False
    status = session.scalar(sa.select(Process.status).where(Process.id == fact.process_id))
    return status is None or status is ProcessStatus.DRAFT


def _insert(
    session: Session,
    fact: FactRow,
    kind: type[Fact],
    audience: sa.ColumnElement[bool],
    *,
    direct: bool,
) -> None:
    mine, all_kinds = _preferences.alias("mine"), _preferences.alias("all_kinds")
    how = sa.func.coalesce(
        mine.c.how, all_kinds.c.how, sa.literal(How(kind.DEFAULT_MAIL), _preferences.c.how.type)
    )
    mailed = sa.and_(
        how.in_(MAILED), _persons.c.email.is_not(None), _persons.c.email_confirmed_at.is_not(None)
    )
    told = (
        sa.select(
            sa.literal(fact.organization_id),
            _persons.c.id,
            sa.literal(fact.id),
            sa.literal(fact.name),
            sa.literal(fact.process_id, sa.Integer),
            sa.literal(direct),
            sa.literal(clock.now(), _notifications.c.created_at.type),
            sa.case((mailed, how), else_=sa.null()),
        )
        .select_from(_persons)
        .outerjoin(mine, sa.and_(mine.c.person_id == _persons.c.id, mine.c.fact_name == fact.name))
        .outerjoin(
            all_kinds,
            sa.and_(all_kinds.c.person_id == _persons.c.id, all_kinds.c.fact_name == ANY_KIND),
        )
        .where(
            _persons.c.organization_id == fact.organization_id,
            _persons.c.deleted_at.is_(None),
            audience,
            how != How.OFF,
            # Deliveries of one fact never run at once, so that asking is enough.
            ~sa.exists().where(
                _notifications.c.fact_id == fact.id, _notifications.c.person_id == _persons.c.id
            ),
        )
    )
    if fact.actor_id is not None:
        told = told.where(_persons.c.id != fact.actor_id)
    columns = (
        "organization_id",
        "person_id",
        "fact_id",
        "fact_name",
        "process_id",
        "direct",
        "created_at",
        "mail",
    )
    session.execute(
        sa.insert(_notifications).from_select(list(columns), told, include_defaults=False)
    )


# --- reading ------------------------------------------------------------------------------------


def mark_read(
    session: Session, actor: Actor, organization: OrganizationView, notification_id: int
) -> Notification:
    """Mark one of the person's notifications as read; a mail still to come leaves it out.

    Raises :class:`Missing` for one that is not theirs.
    """
    person_id = _door(session, policy.READ, actor, organization)
    row = queries.own(session, person_id, notification_id)
    if row is None:
        message = f"no notification {notification_id} of person {person_id}"
        raise Missing(message)
    row.read_at = row.read_at or clock.now()
    row.mail = None
    return row


def mark_all_read(
    session: Session, actor: Actor, organization: OrganizationView, newest_id: int
) -> None:
    """Mark as read all up to the newest that the person saw, not what arrived meanwhile."""
    person_id = _door(session, policy.READ, actor, organization)
    session.execute(
        sa.update(_notifications)
        .where(
            _notifications.c.person_id == person_id,
            _notifications.c.id <= newest_id,
            _notifications.c.read_at.is_(None),
        )
        .values(read_at=clock.now(), mail=None)
    )


# --- choosing -----------------------------------------------------------------------------------


def choose(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    chosen: Mapping[str, How],
    *,
    mail_consent: bool,
) -> None:
    """Keep how a person wants to be told, kind by kind, and whether they may be written to.

    Raises :class:`Invalid` for a kind of fact that nobody is told of.
    """
    person_id = _door(session, policy.CHOOSE, actor, organization)
    kinds = {kind.NAME: kind for kind in queries.told_kinds()}
    for name in chosen:
        if name not in kinds:
            raise Invalid.of(name, _l("No conocemos esta clase de aviso."))
    before = queries.preferences(session, person_id)
    changed = {
        name: how for name, how in chosen.items() if queries.effective(before, kinds[name]) != how
    }
    for name, how in changed.items():
        _prefer(session, organization.id, person_id, name, how)
    consented = queries.consents_to_mail(session, person_id)
    if mail_consent != consented:
        _consent(session, organization, person_id, granted=mail_consent, channel="web")
    if changed or mail_consent != consented:
        record(session, events.PreferencesChanged(), actor=actor, organization_id=organization.id)


def stop(session: Session, organization: OrganizationView, person_id: int, fact_name: str) -> None:
    """Stop a kind of mail, or all of them (:data:`ANY_KIND`); the site's inbox goes on.

    Called with what a signed link says, without a signed-in person. Stopping all also takes back
    the consent to be written to. Raises :class:`Missing` for somebody who has no account here.
    """
    _lock(session, person_id)
    person = session.scalars(
        sa.select(Person).where(Person.id == person_id, Person.deleted_at.is_(None))
    ).first()
    if person is None:
        message = f"no person {person_id}"
        raise Missing(message)
    before = queries.preferences(session, person_id)
    if fact_name == ANY_KIND:
        stopped = [name for name, how in before.items() if how in MAILED]
        _prefer(session, organization.id, person_id, ANY_KIND, How.SITE)
        if queries.consents_to_mail(session, person_id):
            _consent(session, organization, person_id, granted=False, channel="mail")
    else:
        kinds = {kind.NAME: kind for kind in queries.told_kinds()}
        kind = kinds.get(fact_name)
        mailed = kind is None or queries.effective(before, kind) in MAILED
        stopped = [fact_name] if mailed else []
    for name in stopped:
        _prefer(session, organization.id, person_id, name, How.SITE)
    actor = Actor(organization_id=organization.id, person_id=person_id, name=person.name)
    record(session, events.MailsStopped(fact_name), actor=actor, organization_id=organization.id)


def _prefer(
    session: Session, organization_id: int, person_id: int, fact_name: str, how: How
) -> None:
    """Write one preference; mails that wait follow it."""
    row = session.get(Preference, (person_id, fact_name))
    if row is None:
        session.add(
            Preference(
                organization_id=organization_id, person_id=person_id, fact_name=fact_name, how=how
            )
        )
    else:
        row.how = how
    session.flush()
    waiting = sa.update(_notifications).where(
        _notifications.c.person_id == person_id, _notifications.c.mail.is_not(None)
    )
    if fact_name != ANY_KIND:
        waiting = waiting.where(_notifications.c.fact_name == fact_name)
    session.execute(waiting.values(mail=how if how in MAILED else None))


def _consent(
    session: Session, organization: OrganizationView, person_id: int, *, granted: bool, channel: str
) -> None:
    session.add(
        Consent(
            organization_id=organization.id,
            person_id=person_id,
            purpose=queries.CONSENT,
            granted=granted,
            text_version=organization.consent_version,
            channel=channel,
        )
    )
    if granted:
        # Whoever had stopped all mails and says yes again gets each kind's default back.
        session.execute(
            sa.delete(Preference).where(
                Preference.person_id == person_id, Preference.fact_name == ANY_KIND
            )
        )
    session.flush()


# --- mails --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notification taken to be mailed by whoever claimed it, and by nobody else."""

    id: int
    person_id: int
    fact_id: int
    direct: bool


def claim(
    session: Session, organization_id: int, how: How, before: dt.datetime, person_ids: Sequence[int]
) -> list[Claimed]:
    """Take the mails due to some people; a second call, also at once, gets nothing.

    The caller queues the mails in the same transaction.
    """
    rows = session.execute(
        sa.update(_notifications)
        .where(
            _notifications.c.organization_id == organization_id,
            _notifications.c.mail == how,
            _notifications.c.created_at < before,
            _notifications.c.person_id.in_(person_ids),
        )
        .values(mail=None)
        .returning(
            _notifications.c.id,
            _notifications.c.person_id,
            _notifications.c.fact_id,
            _notifications.c.direct,
        )
    ).all()
    return sorted(
        (Claimed(row.id, row.person_id, row.fact_id, row.direct) for row in rows),
        key=lambda each: each.id,
    )


def mark_mailed(session: Session, notification_ids: Sequence[int]) -> None:
    """Remember that notifications went out in a mail."""
    if notification_ids:
        session.execute(
            sa.update(_notifications)
            .where(_notifications.c.id.in_(notification_ids))
            .values(mailed_at=clock.now())
        )


# --- the end ------------------------------------------------------------------------------------


def prune(session: Session, organization_id: int, limit: int = 1000) -> int:
    """Delete some notifications older than :data:`KEPT`. Returns how many."""
    old = (
        sa.select(_notifications.c.id)
        .where(
            _notifications.c.organization_id == organization_id,
            _notifications.c.created_at < clock.now() - KEPT,
        )
        .limit(limit)
    )
    found = session.scalars(old).all()
    if found:
        session.execute(sa.delete(_notifications).where(_notifications.c.id.in_(found)))
    return len(found)


def forget(session: Session, person_id: int) -> None:
    """Delete all that this room keeps about a person, when their account ends."""
    for model in (Follow, Notification, Preference):
        session.execute(sa.delete(model).where(model.person_id == person_id))
