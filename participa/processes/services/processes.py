"""Making and changing a process as a whole."""

from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.i18n import Localized
from participa.core.policy import Actor, authorize
from participa.core.registry import registry
from participa.organizations.queries import OrganizationView
from participa.processes import changes, definition, events, policy, queries
from participa.processes.definition import ProcessDefinition
from participa.processes.models import Process, ProcessStatus
from participa.processes.services.facts import record_of
from participa.processes.services.locked import Locked, checked_reason, fresh, lock
from participa.processes.services.rows import put
from participa.processes.snapshot import ProcessView


def create(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    wanted: ProcessDefinition,
    *,
    template: str | None = None,
) -> ProcessView:
    """Make a process as a draft. ``template`` is the key of the template it came from.

    Raises ``Denied``, and ``Invalid`` for a slug in use or for phases that clash.
    """
    authorize(policy.CREATE, actor, organization, at=clock.now())
    _refuse(definition.inspect(wanted, organization.zone))
    _refuse_slug(session, wanted.slug)
    row = Process(organization_id=organization.id, slug=wanted.slug, template=template, version=1)
    session.add(row)
    put(row, wanted, organization)
    _flush(session)
    record_of(
        session,
        actor,
        row,
        events.ProcessCreated(title=wanted.title, slug=wanted.slug, template=template),
    )
    return fresh(session, row, organization)


def edit(
    session: Session,
    actor: Actor,
    process_id: int,
    wanted: ProcessDefinition,
    *,
    expected_version: int | None = None,
) -> ProcessView:
    """Make a process what ``wanted`` says; phases and components keep their ids by key.

    Saying what the process already is changes and records nothing. Raises ``Missing``, ``Denied``,
    ``Conflict`` when somebody else changed it since ``expected_version``, and ``Invalid`` as
    :func:`checked_definition`.
    """
    locked = lock(session, actor, policy.EDIT, process_id, expected_version=expected_version)
    row, organization = locked.row, locked.organization
    before = definition.of_row(row, organization)
    summary, lines = changes.for_the_record(before, wanted, organization)
    if not lines:
        return locked.view
    put(row, checked_definition(session, row, before, locked.view, wanted), organization)
    row.version += 1
    _flush(session)
    record_of(
        session,
        actor,
        row,
        events.ProcessEdited(title=row.title, summary=summary, changes=lines),
    )
    return fresh(session, row, organization)


def checked_definition(
    session: Session,
    row: Process,
    before: ProcessDefinition,
    process: ProcessView,
    wanted: ProcessDefinition,
) -> ProcessDefinition:
    """Return what a process is to become, once nothing speaks against it; nothing is written.

    ``row``, ``before`` and ``process`` are the process as it is now. Raises ``Invalid`` for a slug
    in use, phases that clash (overrides included), a component of another type, the removal of a
    component that people have used, or a setting that may no longer change.
    """
    _refuse(definition.inspect(wanted, process.zone, definition.overrides_of(process)))
    _refuse_lost_components(session, row, wanted)
    _refuse_firm_settings(session, row, before, wanted)
    if wanted.slug != row.slug:
        _refuse_slug(session, wanted.slug)
    return wanted


def duplicate(
    session: Session,
    actor: Actor,
    process_id: int,
    *,
    slug: str,
    title: Localized,
    shift_days: int = 0,
) -> ProcessView:
    """Make a draft like a process, under another slug and title, its dates moved by whole days.

    What people left in the process, its overrides and its outcome are not copied. Raises
    ``Missing``, ``Denied`` and ``Invalid``.
    """
    locked = lock(session, actor, policy.EDIT, process_id)
    if (problem := definition.slug_problem(slug)) is not None:
        raise Invalid.of(path="slug", message=problem)
    copy = replace(
        definition.of_row(locked.row, locked.organization),
        slug=slug,
        title=title,
        outcome=Localized(),
    )
    moved = definition.shifted(copy, shift_days, locked.organization.zone)
    return create(session, actor, locked.organization, moved, template=locked.row.template)


def publish(session: Session, actor: Actor, process_id: int) -> ProcessView:
    """Let people see a process; one that was archived opens again. Raises ``Conflict`` when seen.

    Raises ``Invalid`` for a process without phases: nobody could do anything in it, ever.
    """
    locked = lock(session, actor, policy.PUBLISH, process_id)
    row = locked.row
    if row.status is ProcessStatus.PUBLISHED:
        raise Conflict(_l("El proceso ya está publicado."))
    if not row.phases:
        raise Invalid.of(
            path="phases", message=_l("Para publicarlo, el proceso necesita al menos una fase.")
        )
    row.status = ProcessStatus.PUBLISHED
    row.published_at = row.published_at or clock.now()
    return _recorded(locked, actor, events.ProcessPublished(title=row.title))


def unpublish(session: Session, actor: Actor, process_id: int, *, reason: str) -> ProcessView:
    """Take a process back to draft, with a reason. Raises ``Conflict`` when it is a draft."""
    locked = lock(session, actor, policy.PUBLISH, process_id)
    row = locked.row
    text = checked_reason(reason)
    if row.status is ProcessStatus.DRAFT:
        raise Conflict(_l("El proceso no está publicado."))
    row.status = ProcessStatus.DRAFT
    return _recorded(locked, actor, events.ProcessUnpublished(title=row.title, reason=text))


def archive(session: Session, actor: Actor, process_id: int) -> ProcessView:
    """Close a process for good: it can be read, nothing in it is open. Raises ``Conflict``."""
    locked = lock(session, actor, policy.PUBLISH, process_id)
    row = locked.row
    if row.status is ProcessStatus.ARCHIVED:
        raise Conflict(_l("El proceso ya está archivado."))
    if row.status is ProcessStatus.DRAFT:
        raise Conflict(_l("El proceso no se ha publicado: no hay nada que archivar."))
    row.status = ProcessStatus.ARCHIVED
    return _recorded(locked, actor, events.ProcessArchived(title=row.title))


def _recorded(locked: Locked, actor: Actor, fact: Any) -> ProcessView:
    view = locked.saved()
    record_of(locked.session, actor, locked.row, fact)
    return view


def _refuse(problems: list[Any]) -> None:
    if problems:
        raise Invalid(problems)


def _refuse_slug(session: Session, slug: str) -> None:
    problem = definition.slug_problem(slug)
    if problem is None and queries.slug_taken(session, slug):
        problem = _l("ya hay un proceso con la dirección «%(slug)s»: elija otra", slug=slug)
    if problem is not None:
        raise Invalid.of(path="slug", message=problem)


def _flush(session: Session) -> None:
    """Write; two people who take one slug at the same moment meet in the database."""
    try:
        session.flush()
    except IntegrityError as error:
        if "slug" not in str(error.orig):
            raise
        raise Conflict(_l("Alguien acaba de crear un proceso con la misma dirección.")) from error


def _refuse_firm_settings(
    session: Session, row: Process, before: ProcessDefinition, wanted: ProcessDefinition
) -> None:
    """Refuse what a component may no longer change, as the rules of a vote that opened."""
    ids = {each.key: each.id for each in row.components}
    for index, each in enumerate(wanted.components):
        old = before.component(each.key)
        if old is None or each.type.refuse_settings is None or old.settings == each.settings:
            continue
        _refuse(
            [
                Problem(f"components[{index}].settings.{problem.path}", problem.message)
                for problem in each.type.refuse_settings(session, ids[each.key], each.settings)
            ]
        )


def _refuse_lost_components(session: Session, row: Process, wanted: ProcessDefinition) -> None:
    for each in row.components:
        kind = registry.component(each.type)
        kept = wanted.component(each.key)
        if kind is None:
            continue
        if kept is not None:
            if kept.type.name != each.type:
                raise Invalid.of(
                    path="components",
                    message=_l(
                        "el componente «%(key)s» no puede cambiar de tipo: agregue otro, con otra"
                        " clave",
                        key=each.key,
                    ),
                )
        elif kind.has_content is not None and kind.has_content(session, each.id):
            raise Invalid.of(
                path="components",
                message=_l(
                    "no se puede quitar «%(title)s»: la gente ya participó ahí. Ciérrelo en todas"
                    " las fases si no debe recibir más",
                    title=each.title,
                ),
            )
