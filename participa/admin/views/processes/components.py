"""The components of a process: which there are, what they are called, and their settings."""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from participa.admin import editing
from participa.admin.shell import blueprint
from participa.admin.typed import group, line, rows, texts_of, with_text
from participa.admin.views.processes.phases import ADD, free_key, move
from participa.admin.views.processes.texts import languages, untitled
from participa.core import settings
from participa.core.digits import whole_number
from participa.core.errors import Missing, Problem
from participa.core.i18n import SUPPORTED_LOCALES
from participa.core.registry import ComponentType, registry
from participa.core.web import page
from participa.processes import policy
from participa.processes.snapshot import ComponentView


@dataclass
class ComponentsEditor(editing.Editor):
    """Edits which components there are, in which order and with which title."""

    def read(self, document: dict[str, Any]) -> Any:
        main = languages()[0]
        return {
            "components": [
                {
                    "key": each["key"],
                    "type": each["type"],
                    "title": texts_of(each, "title").get(main, ""),
                }
                for each in document["components"]
            ],
            "new": {"type": "", "title": ""},
        }

    def typed(self, data: dict[str, Any]) -> Any:
        new = group(data.get("new"))
        return {
            "components": [
                {name: line(each.get(name)).strip() for name in ("key", "type", "title")}
                for each in rows(data.get("components"))
            ],
            "new": {name: line(new.get(name)).strip() for name in ("type", "title")},
        }

    def act(self, state: Any, action: str) -> Any:
        word, _dash, number = action.partition("-")
        index = whole_number(number)
        listed = state["components"]
        if word == ADD:
            kind = registry.component(state["new"]["type"])
            if kind is not None:
                title = state["new"]["title"] or str(kind.label)
                taken = {each["key"] for each in listed}
                key = kind.segment
                if key in taken:
                    key = f"{kind.segment}-{free_key(title, set())}"
                    key = key if key not in taken else free_key(key, taken)
                listed.append({"key": key, "type": kind.name, "title": title})
                state["new"] = {"type": "", "title": ""}
        elif index is not None and index < len(listed):
            move(listed, index, word)
        return state

    def write(self, state: Any, document: dict[str, Any]) -> dict[str, Any]:
        saved = {each["key"]: each for each in document["components"]}
        document["components"] = []
        for each in state["components"]:
            component = {**saved.get(each["key"], {}), "key": each["key"], "type": each["type"]}
            with_text(component, "title", languages()[0], each["title"])
            document["components"].append(component)
        kept = {each["key"] for each in state["components"]}
        for phase in document["phases"]:
            opens = {key: each for key, each in group(phase.get("opens")).items() if key in kept}
            phase["opens"] = opens
        return document

    def check(self, state: Any) -> list[Problem]:
        return [
            untitled(f"components[{index}].title")
            for index, each in enumerate(state["components"])
            if not each["title"]
        ]

    def context(self, state: Any) -> dict[str, Any]:
        kinds = {each.name: each for each in registry.components()}
        return {
            "kinds": kinds,
            "kind_options": [
                ("", _("Elija uno")),
                *sorted(
                    ((each.name, str(each.label)) for each in kinds.values()), key=lambda e: e[1]
                ),
            ],
            "saved": {each.key for each in g.process.components},
        }


@blueprint.route("/procesos/<process>/componentes", methods=["GET", "POST"])
@page(policy.EDIT)
def components() -> Any:
    """Add, take away, rename and order the components."""
    return editing.run(
        ComponentsEditor(
            template="admin/components.html",
            title=_("Componentes"),
            url=url_for("admin.components"),
        )
    )


@dataclass(frozen=True)
class Place:
    """One group of settings: of a component, or of a phase that opens it."""

    kind: str
    """``components`` or ``phases``: the list of the process file it is in."""
    index: int
    key: str
    """What the component or the phase is called; says which one it is wherever it stands."""
    title: str
    """The phase's title; empty for the component's own settings."""
    cls: type
    holder: dict[str, Any]
    """What the process file says around the settings."""
    within: str = ""
    """The path from the component or the phase to the holder."""

    @property
    def owner(self) -> str:
        """The path of the component or the phase."""
        return f"{self.kind}[{self.index}]"

    @property
    def path(self) -> str:
        """The path of the settings."""
        return f"{self.owner}{self.within}.settings"

    @property
    def said(self) -> dict[str, Any]:
        """What the process file says; changing it changes the file."""
        found: dict[str, Any] = self.holder.setdefault("settings", {})
        return found


@dataclass
class SettingsEditor(editing.Editor):
    """Edits the settings of one component: its own, and those of each phase that opens it."""

    key: str = ""
    kind: ComponentType | None = None

    def _places(self, document: Mapping[str, Any]) -> list[Place]:
        kind = self.kind
        if kind is None:
            return []
        found = [
            Place("components", index, each["key"], "", kind.settings, each)
            for index, each in enumerate(document["components"])
            if each["key"] == self.key
        ]
        if settings.declared(kind.phase_settings):
            main = languages()[0]
            found += [
                Place(
                    "phases",
                    index,
                    phase["key"],
                    texts_of(phase, "title").get(main) or phase["key"],
                    kind.phase_settings,
                    phase["opens"][self.key],
                    f".opens.{self.key}",
                )
                for index, phase in enumerate(document["phases"])
                if self.key in group(phase.get("opens"))
            ]
        return found

    def read(self, document: dict[str, Any]) -> Any:
        return {
            place.path: {
                each.name: _shown(each, place.said) for each in settings.declared(place.cls)
            }
            for place in self._places(document)
        }

    def typed(self, data: dict[str, Any]) -> Any:
        # By key: the page shows some phases only, and others may have moved since it was opened.
        state = self.read(copy.deepcopy(self.document))
        sent = {
            kind: {line(each.get("key")): each for each in rows(data.get(kind))}
            for kind in ("components", "phases")
        }
        for place in self._places(copy.deepcopy(self.document)):
            given: Any = sent[place.kind].get(place.key)
            if given is None:
                continue
            for step in (*place.within.split(".")[1:], "settings"):
                given = group(given).get(step)
            state[place.path] = {
                each.name: _from_form(each, group(given).get(each.name))
                for each in settings.declared(place.cls)
            }
        return state

    def write(self, state: Any, document: dict[str, Any]) -> dict[str, Any]:
        for place in self._places(document):
            said = place.said
            said.clear()
            for each in settings.declared(place.cls):
                value = _to_file(each, state.get(place.path, {}).get(each.name))
                if value is not None or settings.is_optional(each):
                    said[each.name] = value
                elif settings.kind_of(each) in {"int", "date", "choice"}:
                    said[each.name] = None
        return document

    def context(self, state: Any) -> dict[str, Any]:
        return {
            "component": g.process.component(self.key),
            "groups": [
                (
                    place,
                    [(each, settings.kind_of(each)) for each in settings.declared(place.cls)],
                    {x.name for x in settings.declared(place.cls) if settings.is_optional(x)},
                )
                for place in self._places(copy.deepcopy(self.document))
            ],
            "languages": [(code, SUPPORTED_LOCALES[code]) for code in languages()],
        }


def _shown(each: settings.Declared, said: Mapping[str, Any]) -> Any:
    """Return a setting's value as its field shows it."""
    value = said.get(each.name, each.default)
    if value is None:
        return ""
    kind = settings.kind_of(each)
    if kind == "localized":
        return dict(value) if isinstance(value, Mapping) else {"es": value}
    if kind == "choices":
        return list(value)
    return value if kind == "bool" else str(value)


def _from_form(each: settings.Declared, given: Any) -> Any:
    kind = settings.kind_of(each)
    if kind == "bool":
        return line(given) == "1"
    if kind == "localized":
        return {code: line(text) for code, text in group(given).items() if line(text).strip()}
    if kind == "choices":
        return [name for name in (each.spec.choices or {}) if line(group(given).get(name)) == "1"]
    return line(given) if kind == "text" else line(given).strip()


def _to_file(each: settings.Declared, typed: Any) -> Any:
    """Return what was typed as the process file says it; what is no number stays as it is."""
    kind = settings.kind_of(each)
    if kind == "int" and isinstance(typed, str):
        if re.fullmatch(r"-?\d{1,15}", typed):
            return int(typed)
        return typed or None
    if kind in {"date", "choice"}:
        return typed or None
    if kind in {"text", "localized"} and not typed:
        return None if settings.is_optional(each) else ("" if kind == "text" else {})
    return typed


@blueprint.route("/procesos/<process>/componentes/<key>", methods=["GET", "POST"])
@page(policy.EDIT)
def component_settings(key: str) -> Any:
    """Edit the settings of one component."""
    found: ComponentView | None = g.process.component(key)
    if found is None:
        message = f"no component {key!r}"
        raise Missing(message)
    return editing.run(
        SettingsEditor(
            template="admin/settings.html",
            title=_("Opciones de «%(title)s»", title=found.title),
            url=url_for("admin.component_settings", key=key),
            key=key,
            kind=found.type,
        )
    )
