"""Every write on proposals and supports: lock, check, write, record, return."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln
from sqlalchemy.orm import Session

from participa.accounts.queries import people
from participa.contributions import services as contributions
from participa.contributions import texts
from participa.contributions.models import Standing
from participa.core import clock, words
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.events import Fact
from participa.core.facts import Ref
from participa.core.policy import Actor, Denial, Denied, authorize
from participa.core.sanitize import VERSION, markdown_to_html, normalize
from participa.organizations.queries import OrganizationView
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView
from participa.proposals import events, policy, queries
from participa.proposals.models import Proposal, Support
from participa.proposals.services import merging

TITLE_LENGTH = (5, 150)
"""Characters a title must have, and may have."""
BODY_MINIMUM = 20
WITHDRAWALS: Mapping[str, Any] = {
    "done": _l("Lo que pedía ya se hizo"),
    "another": _l("Hay otra propuesta igual o mejor"),
    "rethought": _l("Hay que pensarla mejor"),
    "mistaken": _l("Tenía errores"),
    "circumstances": _l("Las cosas cambiaron"),
}
"""Why an author takes a proposal back, as its page says. Chosen and not written: on a page that no
longer can be flagged or corrected, nobody leaves words that moderation could not take down."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author wrote."""

    title: str
    body: str
    territory_id: int | None = None
    theme_id: int | None = None
    language: str = "es"
    acknowledged: bool = False
    """Whether the author saw the warnings about the words, and sends them all the same."""

    @property
    def words(self) -> dict[str, str]:
        """What is screened, by field."""
        return {"title": self.title, "body": self.body}


def create(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    draft: Draft,
    submission: str,
) -> int:
    """Publish a proposal and return its id; the same ``submission`` twice makes one.

    Where the phase asks for it, it waits until a moderator has read it. Raises :class:`Denied` when
    proposing is not open to the actor, :class:`Invalid` with a sentence per field, its subclass
    ``Warned`` for words that the author should look at again.
    """
    at = clock.now()
    people.hold(session, actor.person_id)
    authorize(policy.CREATE, actor, component, at=at)
    keys = texts.submission_keys(submission, at, str(component.id), draft.title, draft.body)
    before = queries.submitted(session, _person(actor), keys)
    if before is not None:
        return before
    _refuse_too_many(session, actor, component)
    draft = checked(draft, organization, component)
    screened = contributions.screen(
        session, actor, component, draft.words, at, acknowledged=draft.acknowledged
    )
    row = Proposal(
        component_id=component.id,
        author_id=actor.person_id,
        status=screened.status,
        published_at=at,
        submission=keys[0],
        language=draft.language,
    )
    fill(row, draft)
    session.add(row)
    session.flush()
    ref = Ref("proposal", row.id)
    is_published = row.status is Standing.PUBLISHED
    fact = events.ProposalPublished(row.title) if is_published else events.ProposalSubmitted()
    record_in(session, actor, component, fact, subject=ref)
    contributions.enter(session, actor, component, ref, screened, at)
    return row.id


def edit(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    proposal_id: int,
    draft: Draft,
) -> None:
    """Correct one's own proposal within the window. Raises as :func:`create`."""
    row = queries.for_update(session, component.id, proposal_id)
    at = clock.now()
    authorize(policy.EDIT, actor, component, facing(row), at=at)
    draft = checked(draft, organization, component)
    screened = contributions.screen(
        session, actor, component, draft.words, at, acknowledged=draft.acknowledged, is_new=False
    )
    fill(row, draft)
    row.edited_at = at
    session.flush()  # moving it below reads its row again
    ref = Ref("proposal", row.id)
    if screened.status is Standing.WAITING and row.status is Standing.PUBLISHED:
        contributions.stand(session, ref, Standing.WAITING, at)
    contributions.question(session, actor, component, ref, screened)
    record_in(session, actor, component, events.ProposalEdited(row.title), subject=ref)


def withdraw(
    session: Session, actor: Actor, component: ComponentView, proposal_id: int, reason: str = ""
) -> None:
    """Withdraw one's own proposal: it leaves the lists, and its supports are given back.

    What had been joined to it as a duplicate stands on its own again, with the supports that it
    brought. ``reason``: a key of :data:`WITHDRAWALS`, or nothing.
    """
    joined = queries.joined_to(session, [proposal_id], component.id)
    for duplicate in joined:  # before what they were joined to, as whoever undoes a merge does
        queries.any_for_update(session, duplicate)
    row = queries.for_update(session, component.id, proposal_id)
    at = clock.now()
    authorize(policy.WITHDRAW, actor, component, facing(row), at=at)
    if reason and reason not in WITHDRAWALS:
        raise Invalid([Problem("reason", _l("Elija una de las razones de la lista."))])
    for duplicate in queries.joined_to(session, [proposal_id], component.id):
        _part(session, Actor(component.organization_id), component, duplicate, at)
    row.status = Standing.WITHDRAWN
    row.withdrawn_at = at
    row.withdrawal_reason = reason
    row.support_count = 0
    session.execute(sa.delete(Support).where(Support.proposal_id == row.id))
    ref = Ref("proposal", row.id)
    contributions.note(session, ref, Standing.WITHDRAWN)
    record_in(session, actor, component, events.ProposalWithdrawn(), subject=ref)


def stand_alone(session: Session, actor: Actor, component: ComponentView, proposal_id: int) -> None:
    """Set one's own proposal apart again, whose other was removed: nobody is hidden for another.

    Raises :class:`Denied` while the other may still be read.
    """
    row = queries.for_update(session, component.id, proposal_id)
    item = replace(facing(row), other_is_gone=other_is_gone(session, row))
    at = clock.now()
    authorize(policy.PART, actor, component, item, at=at)
    _part(session, actor, component, proposal_id, at)


def other_is_gone(session: Session, row: Any) -> bool:
    """Return whether what a proposal was joined to was removed or withdrawn."""
    return queries.standing_of_other(session, row) in {Standing.REMOVED, Standing.WITHDRAWN}


def _part(
    session: Session, actor: Actor, component: ComponentView, proposal_id: int, at: dt.datetime
) -> None:
    """Let a duplicate stand as it did. Moderation looks again, as what it decided on is no more."""
    row, ref = merging.part(session, proposal_id, at), Ref("proposal", proposal_id)
    contributions.note(session, ref, row.status)
    screened = contributions.Screened(row.status, ("parted",), "")
    contributions.question(session, actor, component, ref, screened)
    if row.status is Standing.PUBLISHED:
        parted = events.ProposalParted(row.title, row.author_id)
        record_in(session, actor, component, parted, subject=ref)


def support(session: Session, actor: Actor, component: ComponentView, proposal_id: int) -> int:
    """Support a proposal and return its new count. Raises :class:`Denied`, :class:`Missing`.

    The person's row is locked first, so that two simultaneous requests cannot pass the limit.
    """
    return _support_or_take_back(session, actor, component, proposal_id, gives=True)


def take_support_back(
    session: Session, actor: Actor, component: ComponentView, proposal_id: int
) -> int:
    """Take a support back and return the new count. Raises :class:`Denied`, :class:`Missing`."""
    return _support_or_take_back(session, actor, component, proposal_id, gives=False)


_supports = cast("sa.Table", Support.__table__)
_proposals = cast("sa.Table", Proposal.__table__)
_insert_support = sa.insert(_supports)
_delete_support = sa.delete(_supports).where(
    _supports.c.proposal_id == sa.bindparam("one_proposal"),
    _supports.c.person_id == sa.bindparam("one_person"),
)
_change = sa.bindparam("change", type_=sa.Integer)
_count_one = (
    sa.update(_proposals)
    .where(
        _proposals.c.id == sa.bindparam("one_proposal"),
        # Asked again under the row's lock: it may have been withdrawn or joined at this moment.
        sa.or_(_change < 0, _proposals.c.status == Standing.PUBLISHED.value),
    )
    .values(support_count=_proposals.c.support_count + _change)
    .returning(_proposals.c.support_count)
)


def _support_or_take_back(
    session: Session, actor: Actor, component: ComponentView, proposal_id: int, *, gives: bool
) -> int:
    at = clock.now()
    connection = session.connection()
    people.hold(session, actor.person_id)
    row = queries.faced(
        session, component.organization_id, component.id, proposal_id, actor.person_id
    )
    item = facing(row, supported=row.supported, supports_used=row.used)
    authorize(policy.SUPPORT if gives else policy.WITHDRAW_SUPPORT, actor, component, item, at=at)
    if gives:
        connection.execute(
            _insert_support,
            {
                "proposal_id": proposal_id,
                "person_id": actor.person_id,
                "component_id": component.id,
                "organization_id": component.organization_id,
                "at": at,
            },
        )
        changed = 1
    else:
        values = {"one_proposal": proposal_id, "one_person": actor.person_id}
        changed = -connection.execute(_delete_support, values).rowcount
    count: int | None = connection.execute(
        _count_one, {"one_proposal": proposal_id, "change": changed}
    ).scalar()
    if count is None or not changed:
        raise Conflict(_l("Esta propuesta acaba de cambiar. Vuelva a mirarla."))
    fact: Fact = events.ProposalSupported() if gives else events.SupportWithdrawn()
    # The record is read by staff, too: counted by proposal, it would tell what must stay hidden.
    subject = Ref("proposal", proposal_id) if policy.shows_supports(component, at) else None
    record_in(session, actor, component, fact, subject=subject)
    return count


def facing(row: Any, *, supported: bool = False, supports_used: int = 0) -> policy.Facing:
    """Return a proposal's row as the policy looks at it."""
    return policy.Facing(
        author_id=row.author_id,
        status=Standing(row.status),
        published_at=row.published_at,
        support_count=row.support_count,
        supported=supported,
        supports_used=supports_used,
    )


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise Denied(Denial("sign_in", _l("Para hacer esto, entre con su cuenta."), "sign_in", 401))
    return actor.person_id


def _refuse_too_many(session: Session, actor: Actor, component: ComponentView) -> None:
    limit = component.settings.proposals_per_person
    if limit and queries.published_by(session, component.id, _person(actor)) >= limit:
        raise Denied(
            Denial(
                "proposals_per_person",
                _ln(
                    "Aquí cada persona puede tener una propuesta, y usted ya la tiene.",
                    "Aquí cada persona puede tener %(num)s propuestas, y usted ya las tiene.",
                    limit,
                ),
            )
        )


def checked(draft: Draft, organization: OrganizationView, component: ComponentView) -> Draft:
    """Return a draft as it is kept. Raises :class:`Invalid` with a sentence per field."""
    title = re.sub(r"\s+", " ", normalize(draft.title))
    body = normalize(draft.body)
    problems = [
        *texts.problems("title", title, *TITLE_LENGTH, missing=_l("Escriba un título.")),
        *texts.problems(
            "body",
            body,
            BODY_MINIMUM,
            component.settings.body_length,
            missing=_l("Cuente de qué se trata."),
        ),
    ]
    territory_id = draft.territory_id if component.settings.with_territory else None
    theme_id = draft.theme_id if component.settings.with_theme else None
    if territory_id is not None and territory_id not in organization.territories:
        problems.append(Problem("territory_id", _l("Elija un lugar de la lista.")))
    if theme_id is not None and theme_id not in organization.themes:
        problems.append(Problem("theme_id", _l("Elija un tema de la lista.")))
    if draft.language not in organization.locales:
        problems.append(Problem("language", _l("Elija un idioma de la lista.")))
    if problems:
        raise Invalid(problems)
    return replace(draft, title=title, body=body, territory_id=territory_id, theme_id=theme_id)


def fill(row: Proposal, draft: Draft) -> None:
    """Put a checked draft into a row, with its safe HTML, excerpt and search words."""
    row.title = draft.title
    row.body = draft.body
    row.body_html = markdown_to_html(draft.body)
    row.body_html_version = VERSION
    row.excerpt = texts.excerpt(draft.body)
    row.territory_id = draft.territory_id
    row.theme_id = draft.theme_id
    row.language = draft.language
    row.search_text = words.normalize(f"{draft.title} {draft.body}")


def editable_until(row: Any, component: ComponentView) -> dt.datetime:
    """Return when the window for correcting a proposal ends."""
    published: dt.datetime = row.published_at
    return published + dt.timedelta(minutes=component.settings.edit_minutes)
