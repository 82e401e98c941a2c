"""Every SELECT on processes, phases, components and links."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from participa.core import settings
from participa.core.db import bound_organization
from participa.core.errors import Missing
from participa.core.facts import Ref
from participa.core.registry import ComponentType, registry
from participa.organizations.models import Organization
from participa.processes.models import (
    Component,
    LinkKind,
    Phase,
    PhaseComponent,
    PreviewLink,
    Process,
    ProcessStatus,
    ResourceLink,
)
from participa.processes.snapshot import ComponentView, ProcessView, build_components
from participa.processes.timeline import Override, PhaseView, with_active

_Key = tuple[int, int, str]
"""Of a view: the process, its version, and the zone of its city, which may change under it."""

_memory: OrderedDict[_Key, ProcessView] = OrderedDict()
_by_slug: OrderedDict[tuple[int, int, str], ProcessView] = OrderedDict()
"""By organization, its ``processes_version`` and slug: what most requests begin with."""
_REMEMBERED = 512

_WHOLE = (
    selectinload(Process.phases).selectinload(Phase.overrides),
    selectinload(Process.phases).selectinload(Phase.opens),
    selectinload(Process.components),
)
"""A process with all that belongs to it."""


def forget() -> None:
    """Drop the copies in memory (after a restore, and between tests)."""
    _memory.clear()
    _by_slug.clear()


def mark_changed(session: Session, process_id: int) -> None:
    """Keep what this session reads of a process out of the memory that all requests share.

    The session has written the process: until it commits, nobody else may see that, and if it is
    undone, somebody else's change will carry the same version.
    """
    session.info.setdefault("changed_processes", set()).add(process_id)


_keys = sa.select(Process.id, Process.version, Organization.time_zone).join(
    Organization, Organization.id == Process.organization_id
)
_of_slug = _keys.where(
    Process.organization_id == sa.bindparam("organization"), Process.slug == sa.bindparam("slug")
)


def by_slug(session: Session, slug: str) -> ProcessView:
    """Return a process by its slug, published or not. Raises :class:`Missing`.

    Asks nothing where the organization's row said that no process changed since.
    """
    organization_id = bound_organization(session)
    reached = session.info.get("processes_version")
    # A session that has itself changed a process may be undone: what it sees is its own.
    shared = reached is not None and not session.info.get("changed_processes")
    key = (organization_id, reached or 0, slug)
    if shared and (known := _by_slug.get(key)) is not None:
        return known
    values = {"organization": organization_id, "slug": slug}
    found = session.connection().execute(_of_slug, values).first()
    if found is None:
        message = f"no process {slug!r}"
        raise Missing(message)
    view = _remembered(session, [found])[0]
    if shared:
        _by_slug[key] = view
        while len(_by_slug) > _REMEMBERED:
            _by_slug.popitem(last=False)
    return view


def by_id(session: Session, process_id: int) -> ProcessView:
    """Return a process by id. Raises :class:`Missing`."""
    found = by_ids(session, [process_id])
    if not found:
        message = f"no process {process_id}"
        raise Missing(message)
    return found[0]


def by_ids(session: Session, process_ids: Iterable[int]) -> list[ProcessView]:
    """Return processes by id, in the order asked for; the missing are left out."""
    wanted = list(dict.fromkeys(process_ids))
    if not wanted:
        return []
    rows = session.execute(_keys.where(Process.id.in_(wanted))).all()
    found = {view.id: view for view in _remembered(session, rows)}
    return [found[each] for each in wanted if each in found]


def by_components(session: Session, component_ids: Iterable[int]) -> list[ProcessView]:
    """Return the processes that hold the components, each once."""
    wanted = set(component_ids)
    if not wanted:
        return []
    holding = sa.select(Component.process_id).where(Component.id.in_(wanted))
    rows = session.execute(_keys.where(Process.id.in_(holding)).order_by(Process.id)).all()
    return _remembered(session, rows)


def components(
    session: Session, component_ids: Iterable[int], *, public: bool = False
) -> dict[int, ComponentView]:
    """Return the components of the processes that hold these; ``public``: only of public ones."""
    return {
        each.id: each
        for process in by_components(session, component_ids)
        if process.is_public or not public
        for each in process.components
    }


def visible(session: Session, *, drafts_of: Iterable[int] | None = ()) -> list[ProcessView]:
    """Return the published processes, newest start first, and the drafts of the ids given.

    ``drafts_of=None`` means every draft.
    """
    shown = Process.status != ProcessStatus.DRAFT
    if drafts_of is None:
        shown = sa.true()
    elif drafts := list(drafts_of):
        shown = sa.or_(shown, Process.id.in_(drafts))
    rows = session.execute(_keys.where(shown).order_by(Process.id)).all()
    views = _remembered(session, rows)
    return sorted(views, key=lambda view: (view.start is not None, view.start), reverse=True)


def component(session: Session, component_id: int) -> ComponentView:
    """Return a component instance by id. Raises :class:`Missing`."""
    found = components(session, [component_id]).get(component_id)
    if found is None:
        message = f"no component {component_id}"
        raise Missing(message)
    return found


def people_in(session: Session, process: ProcessView) -> Mapping[str, int]:
    """Return how many people have taken part in each component that counts them, by its key."""
    return {
        component.key: component.type.people(session, component.id)
        for component in process.components
        if component.type.people is not None and component.id
    }


def for_update(session: Session, process_id: int) -> Process:
    """Return the process's row, locked until the transaction ends. Raises :class:`Missing`.

    Its phases and components are read again too: what this session read before it had the lock may
    have been changed meanwhile.
    """
    row = session.scalars(
        sa.select(Process)
        .where(Process.id == process_id)
        .options(*_WHOLE)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        message = f"no process {process_id}"
        raise Missing(message)
    return row


def slug_taken(session: Session, slug: str) -> bool:
    """Return whether a process of this organization already has the slug."""
    return session.scalar(sa.select(Process.id).where(Process.slug == slug)) is not None


def preview_link(session: Session, token_hash: str) -> PreviewLink | None:
    """Return a preview link by its token's digest."""
    return session.scalars(
        sa.select(PreviewLink).where(PreviewLink.token_hash == token_hash)
    ).first()


def preview_link_works(
    session: Session, process_id: int, link_ids: Iterable[int], at: dt.datetime
) -> bool:
    """Return whether one of the preview links still opens the process."""
    found = session.scalar(
        sa.select(PreviewLink.id)
        .where(
            PreviewLink.id.in_(list(link_ids)),
            PreviewLink.process_id == process_id,
            PreviewLink.expires_at > at,
        )
        .limit(1)
    )
    return found is not None


def preview_links(session: Session, process_id: int) -> Sequence[PreviewLink]:
    """Return a process's preview links, newest first."""
    return session.scalars(
        sa.select(PreviewLink)
        .where(PreviewLink.process_id == process_id)
        .order_by(PreviewLink.id.desc())
    ).all()


def link_between(session: Session, kind: LinkKind, source: Ref, target: Ref) -> ResourceLink | None:
    """Return the link of one kind from one resource to another, if there is one."""
    return session.scalars(
        sa.select(ResourceLink).where(
            ResourceLink.kind == kind,
            ResourceLink.source_kind == source.kind,
            ResourceLink.source_id == source.id,
            ResourceLink.target_kind == target.kind,
            ResourceLink.target_id == target.id,
        )
    ).first()


def row(session: Session, process_id: int) -> Process:
    """Return a process's row to read its definition from, not locked. Raises :class:`Missing`."""
    found = session.scalars(sa.select(Process).where(Process.id == process_id)).first()
    if found is None:
        message = f"no process {process_id}"
        raise Missing(message)
    return found


_link = ResourceLink.__table__.c
_links_of = (
    sa.select(
        _link.id, _link.kind, _link.source_kind, _link.source_id, _link.target_kind, _link.target_id
    )
    .where(
        _link.organization_id == sa.bindparam("organization"),
        sa.or_(
            sa.and_(
                _link.source_kind == sa.bindparam("kind"), _link.source_id == sa.bindparam("id")
            ),
            sa.and_(
                _link.target_kind == sa.bindparam("kind"), _link.target_id == sa.bindparam("id")
            ),
        ),
    )
    .order_by(_link.id)
)


def links_of(session: Session, ref: Ref) -> Sequence[Any]:
    """Return every link from or to a resource, oldest first, as plain rows."""
    return (
        session.connection()
        .execute(
            _links_of, {"organization": bound_organization(session), "kind": ref.kind, "id": ref.id}
        )
        .all()
    )


def _remembered(session: Session, rows: Sequence[Any]) -> list[ProcessView]:
    changed = session.info.get("changed_processes", ())
    wanted: list[_Key] = [(row.id, row.version, row.time_zone) for row in rows]
    known = {key: view for key in wanted if key[0] not in changed and (view := _memory.get(key))}
    missing = {key[0]: key[2] for key in wanted if key not in known}
    fresh = {view.id: view for view in _load(session, missing)} if missing else {}
    for view in fresh.values():
        if view.id not in changed:
            _memory[view.id, view.version, view.zone.key] = view
    while len(_memory) > _REMEMBERED:
        _memory.popitem(last=False)
    return [view for key in wanted if (view := known.get(key) or fresh.get(key[0])) is not None]


def _load(session: Session, zones: Mapping[int, str]) -> list[ProcessView]:
    rows = session.scalars(
        sa.select(Process)
        .where(Process.id.in_(zones))
        .options(*_WHOLE)
        .execution_options(populate_existing=True)
    ).all()
    return [view_of(row, ZoneInfo(zones[row.id])) for row in rows]


def view_of(row: Process, zone: ZoneInfo) -> ProcessView:
    """Return the immutable view of a process's row."""
    process = ProcessView(
        id=row.id,
        version=row.version,
        organization_id=row.organization_id,
        slug=row.slug,
        status=row.status,
        published_at=row.published_at,
        title=row.title,
        summary=row.summary,
        description_html=row.description_html or {},
        notice=row.notice,
        outcome=row.outcome,
        territory_id=row.territory_id,
        theme_id=row.theme_id,
        phases=tuple(phase_view(phase) for phase in row.phases),
        zone=zone,
    )
    by_key = {phase.key: phase for phase in process.phases}
    opens: dict[int, list[tuple[PhaseView, Mapping[str, Any], Any]]] = {}
    kinds = {each.id: registry.component(each.type) for each in row.components}
    for phase in row.phases:
        for each in phase.opens:
            opens.setdefault(each.component_id, []).append(
                (by_key[phase.key], each.capabilities, _phase_settings(each, kinds))
            )
    build_components(
        process,
        [
            (each.id, each.key, kind, each.title, settings.parse(kind.settings, each.settings)[0])
            for each in row.components
            if (kind := kinds[each.id]) is not None
        ],
        opens,
    )
    return process


def _phase_settings(row: PhaseComponent, kinds: Mapping[int, ComponentType | None]) -> Any:
    kind = kinds.get(row.component_id)
    return settings.parse(kind.phase_settings, row.settings)[0] if kind is not None else None


def phase_view(row: Phase) -> PhaseView:
    """Return the immutable view of a phase's row, with its active intervals."""
    return with_active(
        PhaseView(
            id=row.id,
            key=row.key,
            kind=row.kind,
            title=row.title,
            description=row.description,
            start=row.start,
            end=row.end,
            overrides=tuple(
                Override(each.opens, each.start, each.until, each.reason, each.at, each.by_id)
                for each in row.overrides
            ),
        )
    )
