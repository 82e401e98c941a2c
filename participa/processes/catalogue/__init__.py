"""Processes to start from: files like any other, shipped with the product."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from participa.core.errors import Invalid, Missing
from participa.core.i18n import Localized
from participa.organizations.queries import OrganizationView
from participa.processes import definition, files
from participa.processes.definition import ProcessDefinition
from participa.processes.models import PhaseKind


@dataclass(frozen=True)
class TemplatePhase:
    """A phase of a template, for the list of templates."""

    key: str
    kind: PhaseKind
    title: Localized
    start: str
    """As the file says it: a day, with or without an hour."""
    end: str


@dataclass(frozen=True)
class Template:
    """A process file of the catalogue. ``key`` is its name without ``.yaml``."""

    key: str
    title: Localized
    summary: Localized
    phases: tuple[TemplatePhase, ...]
    text: str
    """The file itself."""


@cache
def catalogue() -> tuple[Template, ...]:
    """Return the templates, by key."""
    folder = resources.files(__package__ or "")
    found = sorted(each.name for each in folder.iterdir() if each.name.endswith(".yaml"))
    return tuple(
        _template(name.removesuffix(".yaml"), (folder / name).read_text("utf-8")) for name in found
    )


def _template(key: str, text: str) -> Template:
    document, _lines, problems = files.load(text)
    if problems:
        raise Invalid(problems)
    return Template(
        key=key,
        title=Localized(document["title"]),
        summary=Localized(document["summary"]),
        phases=tuple(
            TemplatePhase(
                key=phase["key"],
                kind=PhaseKind(phase["kind"]),
                title=Localized(phase["title"]),
                start=phase["start"],
                end=phase["end"],
            )
            for phase in document["phases"]
        ),
        text=text,
    )


def template(key: str) -> Template:
    """Return a template. Raises ``Missing``."""
    for each in catalogue():
        if each.key == key:
            return each
    message = f"no template {key!r}"
    raise Missing(message)


def from_template(
    key: str, organization: OrganizationView, *, start: dt.date | None = None, **values: Any
) -> ProcessDefinition:
    """Return a template's definition for an organization.

    With ``start``, every date moves by the same number of days so that the first phase begins on
    that day; without it the dates are those of the template, historic as they may be. ``values``
    replace what the file says at its top level (``slug``, ``title``, ``notice``…). Raises
    ``Missing`` for an unknown template and ``Invalid`` for values that do not fit.
    """
    document, lines, _problems = files.load(template(key).text)
    read, problems = definition.read({**document, **values}, organization, lines=lines)
    if read is None:
        raise Invalid(problems)
    if start is None or not read.phases:
        return read
    first = min(phase.start for phase in read.phases).astimezone(organization.zone).date()
    return definition.shifted(read, (start - first).days, organization.zone)
