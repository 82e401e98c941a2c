"""From plain data to a definition: every problem is found, named, and placed on its line."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core import settings
from participa.core.errors import Problem
from participa.core.i18n import Localized
from participa.core.policy import Rule, State
from participa.core.registry import ComponentType, registry
from participa.core.requirements import VERIFICATION_METHODS, LivesIn, Verified
from participa.core.sanitize import control_characters, normalize
from participa.organizations.queries import OrganizationView
from participa.processes.definition.dates import read_moment
from participa.processes.definition.rules import SLUG, inspect, slug_problem
from participa.processes.definition.shape import (
    ComponentDefinition,
    OpeningDefinition,
    PhaseDefinition,
    ProcessDefinition,
)
from participa.processes.definition.writer import tidy
from participa.processes.models import PhaseKind
from participa.processes.snapshot import read_rule
from participa.processes.timeline import Override

TITLE, SUMMARY, SENTENCE, OUTCOME, TEXT, KEY = 160, 300, 500, 5_000, 20_000, 60
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


def nearest(word: Any, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    found = difflib.get_close_matches(str(word)[:KEY].lower(), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def below(path: str, name: Any) -> str:
    """Return the path of something inside ``path``: an index or a name."""
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else str(name)


class _Reader:
    """Reads one document; what is wrong gathers in ``problems`` and reading goes on."""

    def __init__(self, organization: OrganizationView, lines: Mapping[str, int]) -> None:
        self.zone = organization.zone
        self.territories = [each.code for each in organization.territories.values()]
        self.themes = [each.code for each in organization.themes.values()]
        self.lines = lines
        self.problems: list[Problem] = []

    # --- problems -----------------------------------------------------------------------------

    def problem(self, path: str, message: Any) -> None:
        self.problems.append(Problem(path, message, self.line(path)))

    def line(self, path: str) -> int | None:
        """Return the line of a path, or of the nearest thing around it that has one."""
        while path not in self.lines and path:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path)

    def unknown(self, path: str, word: Any, known: Iterable[str]) -> None:
        known = list(known)
        meant = nearest(word, known)
        if meant is not None:
            sentence = _l(
                "no se conoce «%(word)s»; ¿quiso decir «%(meant)s»?", word=_short(word), meant=meant
            )
        else:
            sentence = _l(
                "no se conoce «%(word)s»; existen: %(known)s",
                word=_short(word),
                known=", ".join(known) or "—",
            )
        self.problem(path, sentence)

    def group(self, path: str, data: Any, words: Iterable[str]) -> Mapping[str, Any] | None:
        """Return a mapping after naming the words it should not have, or ``None``."""
        if not isinstance(data, Mapping):
            self.problem(path, _l("debe ser un grupo de datos «nombre: valor»"))
            return None
        words = list(words)
        for name in data:
            if name not in words:
                self.unknown(below(path, name), name, words)
        return data

    def items(self, path: str, data: Any, most: int) -> list[Any]:
        if data is None:
            return []
        if not isinstance(data, list | tuple):
            self.problem(path, _l("debe ser una lista"))
            return []
        if len(data) > most:
            self.problem(
                path,
                _l("tiene %(count)s elementos; el máximo es %(most)s", count=len(data), most=most),
            )
        return list(data[:most])

    # --- values -------------------------------------------------------------------------------

    def texts(self, path: str, data: Any, longest: int, *, needed: bool = False) -> Localized:
        """Read a text in several languages; a bare text is Spanish."""
        if isinstance(data, str):
            data = {"es": data}
        if data is None:
            data = {}
        read: dict[str, str] = {}
        before = len(self.problems)
        if isinstance(data, Mapping):
            for code, text in data.items():
                _text, problem = settings.localized({code: text}, longest)
                if problem is not None:
                    self.problem(below(path, code), problem)
                elif text := normalize(text):
                    read[code] = text
        else:
            self.problem(path, _l("debe ser un texto o un grupo «idioma: texto»"))
        if needed and not read and len(self.problems) == before:
            self.problem(path, _l("falta el texto"))
        return Localized(read)

    def word(self, path: str, data: Any) -> str | None:
        """Read a short technical text: a key, a code, a slug."""
        if data is None:
            self.problem(path, _l("falta"))
        elif not isinstance(data, str):
            self.problem(path, _l("debe ser un texto"))
        elif found := control_characters(data):
            self.problem(
                path, _l("tiene caracteres invisibles (%(names)s)", names=", ".join(found))
            )
        else:
            return data
        return None

    def one_of(self, path: str, data: Any, known: Iterable[str]) -> str | None:
        word = self.word(path, data)
        if word is None:
            return None
        known = list(known)
        if word in known:
            return word
        self.unknown(path, word, known)
        return None

    def code(self, path: str, data: Any, known: Iterable[str]) -> str | None:
        return None if data is None else self.one_of(path, data, known)

    def key(self, path: str, data: Any, taken: Mapping[str, Any]) -> str | None:
        word = self.word(path, data)
        if word is None:
            return None
        if len(word) > KEY or not SLUG.fullmatch(word):
            self.problem(
                path,
                _l(
                    "«%(word)s» no sirve como clave: use letras minúsculas sin tilde, números y"
                    " guiones, hasta %(most)s caracteres",
                    word=_short(word),
                    most=KEY,
                ),
            )
            return None
        if word in taken:
            self.problem(path, _l("la clave «%(word)s» está repetida", word=word))
            return None
        return word

    # --- the file -----------------------------------------------------------------------------

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

    def moment(self, path: str, data: Any, *, is_end: bool) -> Any:
        if data is None:
            self.problem(path, _l("falta la fecha"))
            return None
        moment, problem = read_moment(data, self.zone, is_end=is_end)
        if problem is not None:
            self.problem(path, problem)
        return moment

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


def _short(word: Any) -> str:
    """Return a wrong word as it may be shown again: short and without invisible characters."""
    return re.sub(r"[^\w .:/@+-]", "·", str(word))[:KEY]
