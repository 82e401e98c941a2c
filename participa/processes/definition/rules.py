"""Rules that a process must keep whoever writes it: a file, a form or a template."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from participa.core.errors import Problem
from participa.core.i18n import Localized
from participa.processes.definition.dates import Moment, shift
from participa.processes.definition.shape import PhaseDefinition, ProcessDefinition
from participa.processes.timeline import Overlap, Override, PhaseView, overlaps, with_active

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SHORTEST_SLUG, LONGEST_SLUG = 3, 80
RESERVED_SLUGS = frozenset({"nuevo"})
"""Words that stand where a process's slug does in the address of a page of its own."""


def slug_problem(slug: str) -> Any:
    """Return what is wrong with the last part of a process's address, or ``None``."""
    if not SHORTEST_SLUG <= len(slug) <= LONGEST_SLUG:
        return _l(
            "debe tener entre %(shortest)s y %(longest)s caracteres",
            shortest=SHORTEST_SLUG,
            longest=LONGEST_SLUG,
        )
    if not SLUG.fullmatch(slug):
        return _l("solo puede tener letras minúsculas sin tilde, números y guiones entre ellos")
    if slug in RESERVED_SLUGS:
        return _l("«%(slug)s» es la dirección de otra página: elija otra", slug=slug)
    return None


def phase_view(
    phase: PhaseDefinition, overrides: Iterable[Override] = (), *, id: int = 0
) -> PhaseView:
    """Return a defined phase as pages see it, with its active intervals."""
    return with_active(
        PhaseView(
            id=id,
            key=phase.key,
            kind=phase.kind,
            title=phase.title,
            description=phase.description,
            start=phase.start,
            end=phase.end,
            overrides=tuple(overrides),
        )
    )


def clashes(
    definition: ProcessDefinition, overrides: Mapping[str, Iterable[Override]]
) -> list[tuple[Overlap, str]]:
    """Return every pair of phases that is active together while both configure a component."""
    opened = {phase.key: set(phase.opens) for phase in definition.phases}
    views = [phase_view(phase, overrides.get(phase.key, ())) for phase in definition.phases]
    found = []
    for overlap in overlaps(views):
        both = opened[overlap.first.key] & opened[overlap.second.key]
        found += [
            (overlap, component.key) for component in definition.components if component.key in both
        ]
    return found


def clash_sentence(overlap: Overlap, component: Localized | str, zone: ZoneInfo) -> Any:
    """Return the refusal of two phases that configure one component at the same time."""
    return _l(
        "las fases «%(first)s» y «%(second)s» están activas a la vez, desde el %(start)s hasta el"
        " %(end)s, y las dos configuran «%(component)s»: separe sus fechas o quite el componente"
        " de una de ellas",
        first=overlap.first.title,
        second=overlap.second.title,
        start=Moment(overlap.shared.start, zone),
        end=Moment(overlap.shared.end, zone, is_end=True),
        component=component,
    )


def inspect(
    definition: ProcessDefinition,
    zone: ZoneInfo,
    overrides: Mapping[str, Iterable[Override]] | None = None,
) -> list[Problem]:
    """Return what is wrong with a definition as a whole: what no single value can show."""
    problems = []
    for index, phase in enumerate(definition.phases):
        if phase.end <= phase.start:
            problems.append(
                Problem(f"phases[{index}].end", _l("la fase debe terminar después de empezar"))
            )
    positions = {phase.key: index for index, phase in enumerate(definition.phases)}
    for overlap, key in clashes(definition, overrides or {}):
        component = definition.component(key)
        title = component.title if component is not None and component.title else key
        path = f"phases[{positions[overlap.second.key]}].opens.{key}"
        problems.append(Problem(path, clash_sentence(overlap, title, zone)))
    return problems


def shifted(definition: ProcessDefinition, days: int, zone: ZoneInfo) -> ProcessDefinition:
    """Return the definition with every date moved by whole days of the organization's calendar."""
    return replace(
        definition,
        phases=tuple(
            replace(phase, start=shift(phase.start, days, zone), end=shift(phase.end, days, zone))
            for phase in definition.phases
        ),
    )
