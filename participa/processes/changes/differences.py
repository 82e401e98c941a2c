"""What differs between two definitions, in readable lines: for a dry run and for the record."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext

from participa.core import settings
from participa.core.i18n import Localized, in_languages
from participa.core.policy import STATE_LABELS, Rule
from participa.core.registry import ComponentType
from participa.organizations.queries import OrganizationView
from participa.processes.definition import (
    ComponentDefinition,
    OpeningDefinition,
    PhaseDefinition,
    ProcessDefinition,
)
from participa.processes.definition.dates import Moment
from participa.processes.snapshot import CLOSED

LONGEST = 80
"""Characters of a text that a line of difference shows."""
LONGEST_SUMMARY = 300
MOST_LINES = 200
"""Lines of difference that the record keeps of one change, in each language."""


def differences(
    before: ProcessDefinition | None, after: ProcessDefinition, organization: OrganizationView
) -> list[str]:
    """Return what differs, one readable line each; empty exactly when nothing does."""
    if before is None:
        before = ProcessDefinition(slug=after.slug, title=Localized())
    return list(_process(before, after, organization.zone))


def for_the_record(
    before: ProcessDefinition, after: ProcessDefinition, organization: OrganizationView
) -> tuple[Localized, Localized]:
    """Return what differs as one short sentence and as lines, in the organization's languages.

    Both are empty exactly when nothing differs.
    """
    written = in_languages(
        lambda: "\n".join(differences(before, after, organization)), organization.locales
    )
    lines = {code: text.split("\n") for code, text in written.items()}
    number = max(map(len, lines.values()), default=0)
    if number > 1:
        short = in_languages(
            lambda: ngettext("%(num)s cambio", "%(num)s cambios", number), organization.locales
        )
    else:
        short = Localized({code: text[:LONGEST_SUMMARY] for code, text in written.items()})
    return short, Localized({code: "\n".join(each[:MOST_LINES]) for code, each in lines.items()})


def _process(before: ProcessDefinition, after: ProcessDefinition, zone: ZoneInfo) -> Iterator[str]:
    if before.slug != after.slug:
        yield _("Dirección: «%(before)s» → «%(after)s»", before=before.slug, after=after.slug)
    for label, name in (
        (_("Título"), "title"),
        (_("Resumen"), "summary"),
        (_("Descripción"), "description"),
        (_("Aviso"), "notice"),
        (_("Lo que resultó"), "outcome"),
    ):
        yield from _texts(label, getattr(before, name), getattr(after, name))
    yield from _value(_("Territorio"), before.territory, after.territory)
    yield from _value(_("Tema"), before.theme, after.theme)
    yield from _components(before, after)
    yield from _phases(before, after, zone)


def _value(label: str, before: Any, after: Any) -> Iterator[str]:
    if before != after:
        yield f"{label}: {_shown(before)} → {_shown(after)}"


def _shown(value: Any) -> str:
    if value is None or value in ("", (), Localized()):
        return "—"
    if isinstance(value, bool):
        return _("sí") if value else _("no")
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _texts(label: str, before: Localized, after: Localized) -> Iterator[str]:
    for code in sorted({*before, *after}):
        old, new = before.get(code, ""), after.get(code, "")
        if old == new:
            continue
        where = f"{label} ({code})"
        if len(old) > LONGEST and len(new) > LONGEST:
            yield _(
                "%(label)s: texto cambiado (%(before)s → %(after)s caracteres)",
                label=where,
                before=len(old),
                after=len(new),
            )
        else:
            yield from _value(where, old, new)


def _components(before: ProcessDefinition, after: ProcessDefinition) -> Iterator[str]:
    for gone in before.components:
        if after.component(gone.key) is None:
            yield _("Se quita el componente «%(title)s» (%(key)s)", title=gone.title, key=gone.key)
    for each in after.components:
        old = before.component(each.key)
        if old is None:
            yield _("Se agrega el componente «%(title)s» (%(key)s)", title=each.title, key=each.key)
            old = ComponentDefinition(each.key, each.type, each.title, each.type.settings())
        label = _("Componente «%(title)s»", title=each.title)
        if old.type.name != each.type.name:
            yield f"{label}: {old.type.label} → {each.type.label}"
        yield from _texts(_("%(label)s, título", label=label), old.title, each.title)
        if type(old.settings) is type(each.settings):
            yield from _settings(label, old.settings, each.settings)
    if _moved([each.key for each in before.components], [each.key for each in after.components]):
        yield _("Cambia el orden de los componentes")


def _settings(label: str, before: Any, after: Any) -> Iterator[str]:
    for each in settings.declared(type(after)):
        name = f"{label}, {each.spec.label}"
        old, new = getattr(before, each.name), getattr(after, each.name)
        if isinstance(new, Localized):
            yield from _texts(name, old, new)
        else:
            yield from _value(name, old, new)


def _moved(before: list[str], after: list[str]) -> bool:
    """Return whether what both lists hold comes in another order."""
    return [key for key in before if key in after] != [key for key in after if key in before]


def _phases(before: ProcessDefinition, after: ProcessDefinition, zone: ZoneInfo) -> Iterator[str]:
    for gone in before.phases:
        if after.phase(gone.key) is None:
            yield _("Se quita la fase «%(title)s» (%(key)s)", title=gone.title, key=gone.key)
    for each in after.phases:
        old = before.phase(each.key)
        if old is None:
            yield _(
                "Se agrega la fase «%(title)s» (%(key)s), desde el %(start)s hasta el %(end)s",
                title=each.title,
                key=each.key,
                start=Moment(each.start, zone),
                end=Moment(each.end, zone, is_end=True),
            )
            old = PhaseDefinition(each.key, each.kind, each.title, each.start, each.end)
        yield from _phase(old, each, zone, after, before)
    if _moved([each.key for each in before.phases], [each.key for each in after.phases]):
        yield _("Cambia el orden de las fases")


def _phase(
    before: PhaseDefinition,
    after: PhaseDefinition,
    zone: ZoneInfo,
    process: ProcessDefinition,
    process_before: ProcessDefinition,
) -> Iterator[str]:
    label = _("Fase «%(title)s»", title=after.title)
    yield from _value(_("%(label)s, clase", label=label), before.kind.value, after.kind.value)
    yield from _texts(_("%(label)s, título", label=label), before.title, after.title)
    yield from _texts(
        _("%(label)s, descripción", label=label), before.description, after.description
    )
    if before.start != after.start:
        yield _(
            "%(label)s: empieza el %(after)s en vez del %(before)s",
            label=label,
            after=Moment(after.start, zone),
            before=Moment(before.start, zone),
        )
    if before.end != after.end:
        yield _(
            "%(label)s: termina el %(after)s en vez del %(before)s",
            label=label,
            after=Moment(after.end, zone, is_end=True),
            before=Moment(before.end, zone, is_end=True),
        )
    for key in dict.fromkeys([*before.opens, *after.opens]):
        component = process.component(key) or process_before.component(key)
        if component is not None:
            yield from _opening(
                f"{label}, {component.title}",
                component.type,
                before.opens.get(key),
                after.opens.get(key),
            )


def _opening(
    label: str,
    kind: ComponentType,
    before: OpeningDefinition | None,
    after: OpeningDefinition | None,
) -> Iterator[str]:
    nothing = OpeningDefinition({}, kind.phase_settings())
    before, after = before or nothing, after or nothing
    for each in kind.capabilities:
        old, new = before.rules.get(each.name, CLOSED), after.rules.get(each.name, CLOSED)
        yield from _value(f"{label}, {each.label}", rule_in_words(old), rule_in_words(new))
    if type(before.settings) is type(after.settings):
        yield from _settings(label, before.settings, after.settings)


def rule_in_words(rule: Rule) -> str:
    """Return a rule as people read it: "Abierto, con correo confirmado, desde los 14 años"."""
    return ", ".join(
        [str(STATE_LABELS[rule.state]), *[str(each.sentence) for each in rule.requires]]
    )
