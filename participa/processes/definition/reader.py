"""From plain data to a definition: every problem is found, named, and placed on its line."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core import settings
from participa.core.errors import Problem
from participa.core.policy import Rule, State
from participa.core.registry import ComponentType, registry
from participa.core.requirements import VERIFICATION_METHODS, LivesIn, Verified
from participa.organizations.queries import OrganizationView
from participa.processes.definition.rules import inspect, slug_problem
from participa.processes.definition.shape import (
    ComponentDefinition,
    OpeningDefinition,
    PhaseDefinition,
    ProcessDefinition,
)
from participa.processes.definition.values import Values, below
from participa.processes.definition.writer import tidy
from participa.processes.models import PhaseKind
from participa.processes.snapshot import read_rule
from participa.processes.timeline import Override

TITLE, SUMMARY, SENTENCE, OUTCOME, TEXT = 160, 300, 500, 5_000, 20_000
"""Longest texts, in characters."""
MOST_PHASES, MOST_COMPONENTS, MOST_PROBLEMS = 30, 60, 100

PROCESS_WORDS = (
    "slug",
    "title",
    "summary",
    "description",
    "notice",
    "outcome",
    "territory",
    "theme",
    "phases",
    "components",
)
PHASE_WORDS = ("key", "kind", "title", "description", "start", "end", "opens")
COMPONENT_WORDS = ("key", "type", "title", "settings")
SETTINGS = "settings"


def read(
    document: Any,
    organization: OrganizationView,
    *,
    lines: Mapping[str, int] | None = None,
    overrides: Mapping[str, Iterable[Override]] | None = None,
) -> tuple[ProcessDefinition | None, list[Problem]]:
    """Read a process file's document. Returns the definition, or ``None`` and every problem found.

    ``lines`` maps paths to lines (see :func:`participa.processes.files.load`). ``overrides`` are
    those of the process that the definition is meant for, by phase key: they count when phases
    that overlap are looked for.
    """
    reader = _Reader(organization, lines or {})
    definition = reader.process(document)
    if not reader.problems and definition is not None:
        for each in inspect(definition, organization.zone, overrides):
            reader.problem(each.path, each.message)
    if reader.problems:
        return None, reader.problems[:MOST_PROBLEMS]
    return definition, []


class _Reader(Values):
    """Reads one process."""

    def process(self, document: Any) -> ProcessDefinition | None:
        data = self.group("", document, PROCESS_WORDS)
        if data is None:
            return None
        slug = self.word("slug", data.get("slug"))
        if slug is not None and (problem := slug_problem(slug)) is not None:
            self.problem("slug", problem)
        title = self.texts("title", data.get("title"), TITLE, needed=True)
        summary = self.texts("summary", data.get("summary"), SUMMARY)
        description = self.texts("description", data.get("description"), TEXT)
        notice = self.texts("notice", data.get("notice"), SENTENCE)
        outcome = self.texts("outcome", data.get("outcome"), OUTCOME)
        territory = self.code("territory", data.get("territory"), self.territories)
        theme = self.code("theme", data.get("theme"), self.themes)
        components = self.components(data.get("components"))
        phases = self.phases(data.get("phases"), components)
        if slug is None:
            return None
        return ProcessDefinition(
            slug=slug,
            title=title,
            summary=summary,
            description=description,
            notice=notice,
            outcome=outcome,
            territory=territory,
            theme=theme,
            phases=tuple(phases.values()),
            components=tuple(each for each in components.values() if each is not None),
        )

    def components(self, data: Any) -> dict[str, ComponentDefinition | None]:
        """Return components by key; ``None`` for one whose key is good and the rest is not."""
        read: dict[str, ComponentDefinition | None] = {}
        for index, each in enumerate(self.items("components", data, MOST_COMPONENTS)):
            path = below("components", index)
            group = self.group(path, each, COMPONENT_WORDS)
            if group is None:
                continue
            key = self.key(below(path, "key"), group.get("key"), read)
            kind = self.component_type(path, group.get("type"), key)
            title = self.texts(below(path, "title"), group.get("title"), TITLE, needed=True)
            chosen = self.settings(
                below(path, SETTINGS), group.get(SETTINGS), kind.settings if kind else None
            )
            if kind is not None and kind.check_settings is not None and chosen is not None:
                for problem in kind.check_settings(chosen):
                    self.problem(below(below(path, SETTINGS), problem.path), problem.message)
            if key is not None:
                read[key] = (
                    ComponentDefinition(key, kind, title, chosen) if kind is not None else None
                )
        return read

    def component_type(self, path: str, data: Any, key: str | None) -> ComponentType | None:
        name = self.one_of(below(path, "type"), data, [each.name for each in registry.components()])
        kind = registry.component(name) if name is not None else None
        if kind is None or key is None:
            return kind
        if key != kind.segment and not key.startswith(f"{kind.segment}-"):
            self.problem(
                below(path, "key"),
                _l(
                    "la clave debe ser «%(segment)s» o empezar por «%(segment)s-»",
                    segment=kind.segment,
                ),
            )
        return kind

    def settings(self, path: str, data: Any, cls: Callable[[], Any] | None) -> Any:
        if not isinstance(cls, type):
            return None
        chosen: Any
        chosen, problems = settings.parse(cls, data, path)
        names = [each.name for each in settings.declared(cls)]
        for each in problems:
            name = each.path.removeprefix(f"{path}.")
            if isinstance(data, Mapping) and name in data and name not in names:
                self.unknown(each.path, name, names)
            else:
                self.problem(each.path, each.message)
        return chosen

    def phases(
        self, data: Any, components: Mapping[str, ComponentDefinition | None]
    ) -> dict[str, PhaseDefinition]:
        read: dict[str, PhaseDefinition] = {}
        taken: dict[str, bool] = {}
        for index, each in enumerate(self.items("phases", data, MOST_PHASES)):
            path = below("phases", index)
            group = self.group(path, each, PHASE_WORDS)
            if group is None:
                continue
            key = self.key(below(path, "key"), group.get("key"), taken)
            kind = self.one_of(below(path, "kind"), group.get("kind"), list(PhaseKind))
            title = self.texts(below(path, "title"), group.get("title"), TITLE, needed=True)
            description = self.texts(below(path, "description"), group.get("description"), TEXT)
            start = self.moment(below(path, "start"), group.get("start"), is_end=False)
            end = self.moment(below(path, "end"), group.get("end"), is_end=True)
            opens = self.opens(below(path, "opens"), group.get("opens"), components)
            if key is not None:
                taken[key] = True
            if start is not None and end is not None and end <= start:
                self.problem(below(path, "end"), _l("la fase debe terminar después de empezar"))
            elif key is not None and kind is not None and start is not None and end is not None:
                read[key] = PhaseDefinition(
                    key=key,
                    kind=PhaseKind(kind),
                    title=title,
                    description=description,
                    start=start,
                    end=end,
                    opens=opens,
                )
        return read

    def opens(
        self, path: str, data: Any, components: Mapping[str, ComponentDefinition | None]
    ) -> dict[str, OpeningDefinition]:
        if data is None:
            return {}
        group = self.group(path, data, components)
        read: dict[str, OpeningDefinition] = {}
        for key, component in components.items():
            if group is None or key not in group or component is None:
                continue
            opening = self.opening(below(path, key), group[key], component.type)
            if opening is not None and (tidied := tidy(opening, component)) is not None:
                read[key] = tidied
        return read

    def opening(self, path: str, data: Any, kind: ComponentType) -> OpeningDefinition | None:
        names = [each.name for each in kind.capabilities]
        group = self.group(path, {} if data is None else data, [*names, SETTINGS])
        if group is None:
            return None
        rules = {
            name: self.rule(below(path, name), group[name], kind, name)
            for name in names
            if name in group
        }
        chosen = self.settings(below(path, SETTINGS), group.get(SETTINGS), kind.phase_settings)
        return OpeningDefinition(rules, chosen)

    def rule(self, path: str, data: Any, kind: ComponentType, name: str) -> Rule:
        rule, problems = read_rule(data)
        for inside, sentence in problems:
            self.problem(below(path, inside) if inside else path, sentence)
        states = kind.capability(name).states
        if rule.state not in states:
            self.problem(
                below(path, "state") if isinstance(data, Mapping) else path,
                _l(
                    "«%(state)s» no es posible aquí; elija: %(states)s",
                    state=rule.state.value,
                    states=", ".join(state.value for state in State if state in states),
                ),
            )
        for index, requirement in enumerate(rule.requires):
            where = below(below(path, "requires"), index)
            if isinstance(requirement, LivesIn) and requirement.code not in self.territories:
                self.unknown(where, requirement.code, self.territories)
            if isinstance(requirement, Verified) and requirement.method not in VERIFICATION_METHODS:
                self.unknown(where, requirement.method, VERIFICATION_METHODS)
        return rule
