"""What people will notice of a change, in sentences for staff before they save it."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln

from participa.core.policy import State
from participa.processes.changes.differences import rule_in_words
from participa.processes.definition.dates import Moment
from participa.processes.snapshot import CLOSED, ComponentView, ProcessView
from participa.processes.timeline import Interval


@dataclass(frozen=True, slots=True)
class Consequence:
    """What saving a change will open or close, and when, compared with how it is today."""

    kind: Literal["note", "opens_now", "closes_now", "opens", "closes", "rule", "removed", "people"]
    sentence: Any
    component: str | None = None
    """Key of the component that it is about."""
    capability: str | None = None

    @property
    def is_immediate(self) -> bool:
        """Whether people notice it the moment it is saved."""
        return self.kind in {"opens_now", "closes_now", "removed"}


def consequences(
    before: ProcessView,
    after: ProcessView,
    now: dt.datetime,
    people: Mapping[str, int] = MappingProxyType({}),
) -> list[Consequence]:
    """Return what people will notice of a change, capability by capability.

    ``before`` is the process as it is, ``after`` as it would be (see
    :func:`participa.processes.definition.preview_view`). ``people`` says by component key how many
    have taken part (:func:`participa.processes.queries.people_in`): each component that changes
    ends with for how many.
    """
    found: list[Consequence] = []
    old = {each.key: each for each in before.components}
    for component in after.components:
        earlier = old.pop(component.key, None)
        for each in component.type.capabilities:
            found += _capability(earlier, component, each.name, now)
    for component in old.values():
        was_open = any(
            _stretches(component, each.name, now) for each in component.type.capabilities
        )
        if was_open:
            found.append(
                Consequence(
                    "removed",
                    _l(
                        "Desaparece «%(title)s», que está abierto o iba a abrir.",
                        title=component.title,
                    ),
                    component.key,
                )
            )
    found += [_people(before, key, people[key]) for key in _changed(found) if people.get(key)]
    if found and not after.is_public:
        note = _l("El proceso no está publicado: la gente lo notará cuando se publique.")
        found.insert(0, Consequence("note", note))
    return found


def _changed(found: Iterable[Consequence]) -> list[str]:
    return list(dict.fromkeys(each.component for each in found if each.component is not None))


def _people(process: ProcessView, key: str, number: int) -> Consequence:
    component = process.component(key)
    sentence = _ln(
        "En «%(title)s» ha participado hasta hoy %(num)s persona: esto le toca.",
        "En «%(title)s» han participado hasta hoy %(num)s personas: esto les toca.",
        number,
        title=component.title if component is not None else key,
    )
    return Consequence("people", sentence, key)


def _stretches(component: ComponentView | None, name: str, now: dt.datetime) -> list[Interval]:
    """Return when a capability is open from now on, stretches that touch joined."""
    if component is None or component.process.state(now) == "past":
        return []
    found = sorted(
        (
            Interval(max(active.start, now), active.end)
            for opening in component.openings
            if opening.rules.get(name, CLOSED).state.is_open
            for active in opening.phase.active
            if active.end > now
        ),
        key=lambda each: each.start,
    )
    joined: list[Interval] = []
    for each in found:
        if joined and joined[-1].end >= each.start:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, each.end))
        else:
            joined.append(each)
    return joined


def _capability(
    before: ComponentView | None, after: ComponentView, name: str, now: dt.datetime
) -> Iterator[Consequence]:
    old, new = _stretches(before, name, now), _stretches(after, name, now)
    what = f"{after.title} · {after.type.capability(name).label}"
    if old != new:
        kind, sentence = _moved_stretches(what, old, new, now, after.zone)
        yield Consequence(kind, sentence, after.key, name)
    rule_before = before.rule(name, now) if before is not None else CLOSED
    rule_after = after.rule(name, now)
    both_open = rule_before.state.is_open and rule_after.state.is_open
    both_closed = not rule_before.state.is_open and not rule_after.state.is_open
    if rule_before != rule_after and (both_open or both_closed):
        yield Consequence(
            "rule",
            _l(
                "%(what)s: al guardar pasa de «%(before)s» a «%(after)s».",
                what=what,
                before=rule_in_words(rule_before),
                after=rule_in_words(rule_after),
            ),
            after.key,
            name,
        )
    elif rule_before.state is State.CLOSED and rule_before == rule_after and old == new:
        yield from _later_rules(what, before, after, name, now)


def _later_rules(
    what: str, before: ComponentView | None, after: ComponentView, name: str, now: dt.datetime
) -> Iterator[Consequence]:
    """Tell that the next opening keeps its date but asks for something else."""
    opening = after.next_opening(name, now)
    if opening is None or before is None:
        return
    old, new = before.rule(name, opening), after.rule(name, opening)
    if old != new:
        yield Consequence(
            "rule",
            _l(
                "%(what)s: cuando abra será «%(after)s» en vez de «%(before)s».",
                what=what,
                before=rule_in_words(old),
                after=rule_in_words(new),
            ),
            after.key,
            name,
        )


def _moved_stretches(
    what: str, old: list[Interval], new: list[Interval], now: dt.datetime, zone: ZoneInfo
) -> tuple[Any, Any]:
    """Return the kind and sentence for a capability that is open at other times than before."""
    was, will = bool(old) and old[0].start == now, bool(new) and new[0].start == now
    if was and not will:
        return "closes_now", _closes_now(what, old, new, zone)
    if will and not was:
        return "opens_now", _opens_now(what, old, new, zone)
    if not new:
        return "closes", _l(
            "%(what)s: ya no abrirá el %(before)s.", what=what, before=Moment(old[0].start, zone)
        )
    if not old or old[0].start != new[0].start:
        return "opens", _opens_later(what, old, new, zone)
    if old[0].end != new[0].end:
        return "closes", _l(
            "%(what)s: cerrará el %(after)s en vez del %(before)s.",
            what=what,
            after=Moment(new[0].end, zone, is_end=True),
            before=Moment(old[0].end, zone, is_end=True),
        )
    return "opens", _l(
        "%(what)s: cambian las fechas en que abrirá después: %(dates)s.",
        what=what,
        dates=_Stretches(new[1:], zone),
    )


def _closes_now(what: str, old: list[Interval], new: list[Interval], zone: ZoneInfo) -> Any:
    words = {"what": what, "before": Moment(old[0].end, zone, is_end=True)}
    if not new:
        return _l(
            "%(what)s: al guardar se cierra ahora (estaba abierto hasta el %(before)s).", **words
        )
    return _l(
        "%(what)s: al guardar se cierra ahora (estaba abierto hasta el %(before)s) y abrirá"
        " de nuevo el %(after)s.",
        **words,
        after=Moment(new[0].start, zone),
    )


def _opens_now(what: str, old: list[Interval], new: list[Interval], zone: ZoneInfo) -> Any:
    words = {"what": what, "after": Moment(new[0].end, zone, is_end=True)}
    if not old:
        return _l("%(what)s: al guardar se abre ahora, hasta el %(after)s.", **words)
    return _l(
        "%(what)s: al guardar se abre ahora, hasta el %(after)s (iba a abrir el %(before)s).",
        **words,
        before=Moment(old[0].start, zone),
    )


def _opens_later(what: str, old: list[Interval], new: list[Interval], zone: ZoneInfo) -> Any:
    words = {
        "what": what,
        "after": Moment(new[0].start, zone),
        "end": Moment(new[0].end, zone, is_end=True),
    }
    if not old:
        return _l("%(what)s: abrirá el %(after)s, hasta el %(end)s.", **words)
    return _l(
        "%(what)s: abrirá el %(after)s en vez del %(before)s, hasta el %(end)s.",
        **words,
        before=Moment(old[0].start, zone),
    )


class _Stretches:
    """Dates in words, written when read."""

    def __init__(self, stretches: list[Interval], zone: ZoneInfo) -> None:
        self._parts = [(Moment(e.start, zone), Moment(e.end, zone, is_end=True)) for e in stretches]

    def __str__(self) -> str:
        return ", ".join(f"{start} → {end}" for start, end in self._parts) or "—"
