"""How proposals are moderated: read, moved, marked, rewritten and merged."""

import datetime as dt
from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.contributions.contract import Moderation, Text, Written, path_of
from participa.contributions.models import Standing
from participa.core.db import bound_organization
from participa.core.facts import Ref
from participa.core.policy import Actor
from participa.organizations import queries as organizations
from participa.processes import queries as processes
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView
from participa.proposals import events, queries, services
from participa.proposals.models import Proposal
from participa.proposals.services import merging


def _load(session: Session, proposal_ids: Sequence[int]) -> Mapping[int, Written]:
    rows = queries.any_by_ids(session, proposal_ids)
    places = processes.components(session, {row.component_id for row in rows})
    return {row.id: _written(row, places[row.component_id]) for row in rows}


def _written(row: Proposal, place: ComponentView) -> Written:
    return Written(
        Ref("proposal", row.id),
        row.author_id,
        row.component_id,
        row.status,
        row.under_review,
        row.title,
        (
            Text("title", _l("Título"), row.title, multiline=False),
            Text("body", _l("¿Qué propone y para qué sirve?"), row.body),
        ),
        path_of("proposals.show", process=place.process.slug, component=place.key, proposal=row.id),
        row.published_at,
        row.edited_at,
        row.language,
    )


def _lock(session: Session, proposal_id: int) -> Written:
    row = queries.any_for_update(session, proposal_id)
    return _written(row, processes.component(session, row.component_id))


def _stand(session: Session, proposal_id: int, standing: Standing, at: dt.datetime) -> None:
    row = queries.any_for_update(session, proposal_id)
    is_first = row.status is Standing.WAITING and not row.was_published
    row.status = standing
    if standing is not Standing.PUBLISHED:
        row.under_review = False
    if is_first and standing is Standing.PUBLISHED:
        row.published_at = at
        component = processes.component(session, row.component_id)
        record_in(
            session,
            Actor(row.organization_id, row.author_id),
            component,
            events.ProposalPublished(row.title),
            subject=Ref("proposal", row.id),
            at=at,
        )
    session.flush()


def _mark(session: Session, proposal_id: int, under_review: bool) -> None:  # noqa: FBT001
    queries.any_for_update(session, proposal_id).under_review = under_review
    session.flush()


def _rewrite(session: Session, proposal_id: int, typed: Mapping[str, str], at: dt.datetime) -> None:
    row = queries.any_for_update(session, proposal_id)
    component = processes.component(session, row.component_id)
    organization = organizations.by_id(session, row.organization_id)
    draft = services.Draft(
        typed.get("title", row.title),
        typed.get("body", row.body),
        row.territory_id,
        row.theme_id,
        row.language,
    )
    services.fill(row, services.checked(draft, organization, component))
    row.edited_at = at
    session.flush()


def _merge(session: Session, proposal_id: int, into_id: int, at: dt.datetime) -> None:
    row, into = merging.join(session, proposal_id, into_id)
    component = processes.component(session, row.component_id)
    record_in(
        session,
        Actor(row.organization_id),
        component,
        events.ProposalMerged(
            into.title,
            str(Ref("proposal", into.id)),
            component.process.slug,
            component.key,
            into.id,
            row.author_id,
        ),
        subject=Ref("proposal", row.id),
        at=at,
    )


def _split(session: Session, proposal_id: int, at: dt.datetime) -> None:
    merging.part(session, proposal_id, at)


def _find(session: Session, component_id: int, words: str, limit: int) -> Sequence[int]:
    page = queries.list_page(
        session,
        bound_organization(session),
        component_id,
        order="newest",
        seed=0,
        filters=queries.Filters(words=words),
        person_id=None,
        cursor=None,
        size=limit,
    )
    return [row.id for row in page.rows]


MODERATION = Moderation(
    _load,
    _lock,
    _stand,
    _mark,
    _rewrite,
    _merge,
    _split,
    find=_find,
    taken_back=events.ProposalWithdrawn.NAME,
)
