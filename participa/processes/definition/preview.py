"""A process as it would be: judged before it is saved."""

import datetime as dt
from collections.abc import Mapping

from participa.core.sanitize import markdown_to_html
from participa.organizations.queries import OrganizationView
from participa.processes.definition.rules import phase_view
from participa.processes.definition.shape import ProcessDefinition
from participa.processes.models import ProcessStatus
from participa.processes.snapshot import Opening, ProcessView, fill_components
from participa.processes.timeline import Override


def overrides_of(process: ProcessView) -> Mapping[str, tuple[Override, ...]]:
    """Return the overrides of a process by the key of their phase."""
    return {phase.key: phase.overrides for phase in process.phases if phase.overrides}


def preview_view(
    definition: ProcessDefinition,
    organization: OrganizationView,
    base: ProcessView | None = None,
) -> ProcessView:
    """Return the view that a definition would have once saved, without saving it.

    ``base`` is the process as it is now: ids, status and overrides come from it. New phases and
    components get negative ids; a process without ``base`` is a draft with id 0.
    """
    overrides = overrides_of(base) if base is not None else {}
    phase_ids = {each.key: each.id for each in base.phases} if base is not None else {}
    component_ids = {each.key: each.id for each in base.components} if base is not None else {}
    territories = {each.code: each.id for each in organization.territories.values()}
    themes = {each.code: each.id for each in organization.themes.values()}
    published_at: dt.datetime | None = base.published_at if base is not None else None
    process = ProcessView(
        id=base.id if base is not None else 0,
        version=base.version if base is not None else 0,
        organization_id=organization.id,
        slug=definition.slug,
        status=base.status if base is not None else ProcessStatus.DRAFT,
        published_at=published_at,
        title=definition.title,
        summary=definition.summary,
        description_html={
            code: markdown_to_html(text, line_breaks=False)
            for code, text in definition.description.items()
        },
        notice=definition.notice,
        outcome=definition.outcome,
        territory_id=territories.get(definition.territory or ""),
        theme_id=themes.get(definition.theme or ""),
        phases=tuple(
            phase_view(each, overrides.get(each.key, ()), id=phase_ids.get(each.key, -index))
            for index, each in enumerate(definition.phases, 1)
        ),
        zone=organization.zone,
    )
    views = {phase.key: phase for phase in process.phases}
    fill_components(
        process,
        [
            (
                component_ids.get(each.key, -index),
                each.key,
                each.type,
                each.title,
                each.settings,
                tuple(
                    Opening(views[phase.key], opening.rules, opening.settings)
                    for phase in definition.phases
                    if (opening := phase.opens.get(each.key)) is not None
                ),
            )
            for index, each in enumerate(definition.components, 1)
        ],
    )
    return process
