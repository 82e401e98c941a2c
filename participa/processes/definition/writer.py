"""From a process to its file: the exact inverse of the reader."""

from typing import Any
from zoneinfo import ZoneInfo

from participa.core import settings
from participa.core.i18n import Localized
from participa.core.policy import Rule, State
from participa.core.registry import registry
from participa.organizations.queries import OrganizationView
from participa.processes.definition.dates import write_moment
from participa.processes.definition.shape import (
    ComponentDefinition,
    OpeningDefinition,
    PhaseDefinition,
    ProcessDefinition,
)
from participa.processes.models import Process
from participa.processes.snapshot import read_rule, write_rule


def write(definition: ProcessDefinition, organization: OrganizationView) -> dict[str, Any]:
    """Return the plain document of a definition, keys in the order of the file.

    Empty texts, lists and settings at their default are left out; dates are short where they fall
    on midnights of the organization's zone.
    """
    zone = organization.zone
    document: dict[str, Any] = {"slug": definition.slug}
    for name in ("title", "summary", "description", "notice", "outcome"):
        if text := getattr(definition, name):
            document[name] = texts(text)
    if definition.territory is not None:
        document["territory"] = definition.territory
    if definition.theme is not None:
        document["theme"] = definition.theme
    document["phases"] = [_phase(each, zone) for each in definition.phases]
    document["components"] = [_component(each) for each in definition.components]
    return document


def texts(text: Localized) -> dict[str, str]:
    """Return a localized text as plain data, Spanish first and the others by code."""
    return {code: text[code] for code in sorted(text, key=lambda code: (code != "es", code))}


def _phase(phase: PhaseDefinition, zone: ZoneInfo) -> dict[str, Any]:
    written: dict[str, Any] = {
        "key": phase.key,
        "kind": phase.kind.value,
        "title": texts(phase.title),
    }
    if phase.description:
        written["description"] = texts(phase.description)
    written["start"] = write_moment(phase.start, zone, is_end=False)
    written["end"] = write_moment(phase.end, zone, is_end=True)
    if phase.opens:
        written["opens"] = {key: opening(each) for key, each in phase.opens.items()}
    return written


def opening(each: OpeningDefinition) -> dict[str, Any]:
    """Return what a phase opens in a component, as the file writes it."""
    written: dict[str, Any] = {name: write_rule(rule) for name, rule in each.rules.items()}
    if chosen := settings.dump(each.settings):
        written["settings"] = chosen
    return written


def _component(component: ComponentDefinition) -> dict[str, Any]:
    written: dict[str, Any] = {
        "key": component.key,
        "type": component.type.name,
        "title": texts(component.title),
    }
    if chosen := settings.dump(component.settings):
        written["settings"] = chosen
    return written


def tidy(opening: OpeningDefinition, component: ComponentDefinition) -> OpeningDefinition | None:
    """Return an opening in its one form, or ``None`` when it says nothing beyond "closed".

    Capabilities come in the order in which the component declares them.
    """
    rules = {
        each.name: rule
        for each in component.type.capabilities
        if (rule := opening.rules.get(each.name)) is not None and rule != Rule(State.CLOSED)
    }
    if not rules and not settings.dump(opening.settings):
        return None
    return OpeningDefinition(rules, opening.settings)


def of_row(row: Process, organization: OrganizationView) -> ProcessDefinition:
    """Return the definition that a process's row holds.

    Components whose type is not installed are left out; :func:`services.edit` leaves them alone.
    """
    components = {
        each.id: ComponentDefinition(
            key=each.key,
            type=kind,
            title=each.title,
            settings=settings.parse(kind.settings, each.settings)[0],
        )
        for each in row.components
        if (kind := registry.component(each.type)) is not None
    }
    territory = organization.territories.get(row.territory_id or 0)
    theme = organization.themes.get(row.theme_id or 0)
    return ProcessDefinition(
        slug=row.slug,
        title=row.title,
        summary=row.summary,
        description=row.description,
        notice=row.notice,
        outcome=row.outcome,
        territory=territory.code if territory else None,
        theme=theme.code if theme else None,
        phases=tuple(
            PhaseDefinition(
                key=phase.key,
                kind=phase.kind,
                title=phase.title,
                description=phase.description,
                start=phase.start,
                end=phase.end,
                opens=_opens(phase, components),
            )
            for phase in row.phases
        ),
        components=tuple(components.values()),
    )


def _opens(phase: Any, components: dict[int, ComponentDefinition]) -> dict[str, OpeningDefinition]:
    by_component = {each.component_id: each for each in phase.opens}
    found = {}
    for component_id, component in components.items():
        row = by_component.get(component_id)
        if row is None:
            continue
        rules = {name: read_rule(rule)[0] for name, rule in row.capabilities.items()}
        chosen: Any = settings.parse(component.type.phase_settings, row.settings)[0]
        if (tidied := tidy(OpeningDefinition(rules, chosen), component)) is not None:
            found[component.key] = tidied
    return found
