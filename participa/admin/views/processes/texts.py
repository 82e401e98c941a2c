"""What a process says, in each language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _

from participa.admin import editing
from participa.admin.shell import blueprint
from participa.admin.typed import line, rows, texts_of, with_text
from participa.core.errors import Problem
from participa.core.i18n import SUPPORTED_LOCALES
from participa.core.web import page
from participa.processes import policy

WORDS = ("title", "summary", "description", "notice", "outcome")
"""The texts of the process itself."""


@dataclass
class TextsEditor(editing.Editor):
    """Edits every text of a process in one language."""

    language: str = "es"

    def read(self, document: dict[str, Any]) -> Any:
        return {
            "slug": document["slug"],
            "territory": document.get("territory", ""),
            "theme": document.get("theme", ""),
            **{name: texts_of(document, name).get(self.language, "") for name in WORDS},
            "phases": [self._part(each, ("title", "description")) for each in document["phases"]],
            "components": [self._part(each, ("title",)) for each in document["components"]],
        }

    def _part(self, part: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
        found = {name: texts_of(part, name).get(self.language, "") for name in names}
        return {"key": part["key"], "was": texts_of(part, "title"), **found}

    def typed(self, data: dict[str, Any]) -> Any:
        state = self.read(self.document)
        for name in ("slug", "territory", "theme"):
            if name in data:
                state[name] = line(data[name]).strip()
        for name in WORDS:
            if isinstance(data.get(name), dict):
                state[name] = line(data[name].get(self.language))
        for kind, names in (("phases", ("title", "description")), ("components", ("title",))):
            typed = {line(each.get("key")): each for each in rows(data.get(kind))}
            for part in state[kind]:
                given = typed.get(part["key"], {})
                for name in names:
                    if isinstance(given.get(name), dict):
                        part[name] = line(given[name].get(self.language))
        return state

    def write(self, state: Any, document: dict[str, Any]) -> dict[str, Any]:
        document["slug"] = state["slug"]
        for name in ("territory", "theme"):
            document.pop(name, None)
            if state[name]:
                document[name] = state[name]
        for name in WORDS:
            with_text(document, name, self.language, state[name])
        for kind, names in (("phases", ("title", "description")), ("components", ("title",))):
            for part, given in zip(document[kind], state[kind], strict=True):
                for name in names:
                    with_text(part, name, self.language, given[name])
        return document

    def check(self, state: Any) -> list[Problem]:
        if self.language != languages()[0]:
            return []
        titles = [("title", state["title"])]
        for kind in ("phases", "components"):
            titles += [(f"{kind}[{i}].title", each["title"]) for i, each in enumerate(state[kind])]
        return [untitled(path) for path, title in titles if not title.strip()]

    def context(self, state: Any) -> dict[str, Any]:
        source = {name: texts_of(self.document, name) for name in WORDS}
        return {
            "language": self.language,
            "source": source if self.language != "es" else {},
            "tabs": [
                {
                    "label": SUPPORTED_LOCALES[code],
                    "url": url_for("admin.texts", idioma=code),
                    "current": code == self.language,
                }
                for code in languages()
            ],
            "is_main": self.language == languages()[0],
            "territories": [
                ("", _("Toda la entidad")),
                *g.organization.place_options,
            ],
            "themes": [
                ("", _("Sin tema")),
                *[(each.code, str(each.name)) for each in g.organization.themes.values()],
            ],
        }


def untitled(path: str) -> Problem:
    """Return the problem of something without a title in the organization's own language."""
    return Problem(path, _("Póngale un título."))


def languages() -> list[str]:
    """Return the languages that texts are written in: the organization's, its own first."""
    offered = [code for code in g.organization.locales if code in SUPPORTED_LOCALES]
    return sorted(offered or ["es"], key=lambda code: code != g.organization.locale)


@blueprint.route("/procesos/<process>/textos", methods=["GET", "POST"])
@page(policy.EDIT)
def texts() -> Any:
    """Edit every text of the process in one language."""
    wanted = request.args.get("idioma", "")
    language = wanted if wanted in languages() else languages()[0]
    return editing.run(
        TextsEditor(
            template="admin/texts.html",
            title=_("Textos (%(language)s)", language=SUPPORTED_LOCALES[language]),
            url=url_for("admin.texts", idioma=language),
            language=language,
        )
    )
