"""Writing a definition into the rows of its process, which keep their ids by key."""

from typing import Any

from participa.core import settings
from participa.core.registry import registry
from participa.core.sanitize import markdown_to_html
from participa.organizations.queries import OrganizationView
from participa.processes.definition import (
    ComponentDefinition,
    OpeningDefinition,
    PhaseDefinition,
    ProcessDefinition,
)
from participa.processes.models import Component, Phase, PhaseComponent, Process
from participa.processes.snapshot import write_rule


def put(row: Process, wanted: ProcessDefinition, organization: OrganizationView) -> None:
    """Make the rows say what a definition says. Components of unknown types are left alone."""
    territories = {each.code: each.id for each in organization.territories.values()}
    themes = {each.code: each.id for each in organization.themes.values()}
    _set(
        row,
        slug=wanted.slug,
        title=wanted.title,
        summary=wanted.summary,
        description=wanted.description,
        notice=wanted.notice,
        outcome=wanted.outcome,
        territory_id=territories.get(wanted.territory or ""),
        theme_id=themes.get(wanted.theme or ""),
        description_html={
            code: markdown_to_html(text, line_breaks=False)
            for code, text in wanted.description.items()
        },
    )
    components = _put_components(row, wanted.components)
    phases = {each.key: each for each in row.phases}
    for gone in [each for each in row.phases if wanted.phase(each.key) is None]:
        row.phases.remove(gone)
    for position, each in enumerate(wanted.phases):
        phase = phases.get(each.key)
        if phase is None:
            phase = Phase(key=each.key)
            row.phases.append(phase)
        _put_phase(phase, each, position, components)
    row.phases.sort(key=lambda phase: phase.position)
    row.components.sort(key=lambda component: component.position)


def _set(row: Any, **values: Any) -> None:
    """Assign only what differs, so that an unchanged row is not written."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _put_components(row: Process, wanted: tuple[ComponentDefinition, ...]) -> dict[str, Component]:
    by_key = {each.key: each for each in row.components}
    keys = {each.key for each in wanted}
    for each in list(row.components):
        if each.key not in keys and registry.component(each.type) is not None:
            for phase in row.phases:
                phase.opens = [
                    opening for opening in phase.opens if opening.component_id != each.id
                ]
            row.components.remove(each)
    for position, said in enumerate(wanted):
        component = by_key.get(said.key)
        if component is None:
            component = Component(
                organization_id=row.organization_id, key=said.key, type=said.type.name
            )
            by_key[said.key] = component
            row.components.append(component)
        _set(component, title=said.title, settings=settings.dump(said.settings), position=position)
    return by_key


def _put_phase(
    row: Phase, wanted: PhaseDefinition, position: int, components: dict[str, Component]
) -> None:
    _set(
        row,
        kind=wanted.kind,
        title=wanted.title,
        description=wanted.description,
        start=wanted.start,
        end=wanted.end,
        position=position,
    )
    opened = {each.component: each for each in row.opens}
    for component, gone in opened.items():
        known = registry.component(component.type) is not None
        if known and component.key not in wanted.opens:
            row.opens.remove(gone)
    for key, each in wanted.opens.items():
        opening = opened.get(components[key])
        if opening is None:
            opening = PhaseComponent(component=components[key])
            row.opens.append(opening)
        _set(opening, **_capabilities(each))


def _capabilities(opening: OpeningDefinition) -> dict[str, Any]:
    return {
        "capabilities": {name: write_rule(rule) for name, rule in opening.rules.items()},
        "settings": settings.dump(opening.settings),
    }
