"""The calendar of a process: its phases, their dates, and opening or closing one against them."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _

from participa.admin import editing, queries
from participa.admin.shell import blueprint
from participa.admin.typed import Complaints, line, rows, texts_of, with_text
from participa.admin.views.processes.texts import languages, untitled
from participa.core import clock
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid, Missing, Problem
from participa.core.web import actor, page, render, see_other
from participa.processes import changes, definition, policy, services
from participa.processes.definition import ProcessDefinition
from participa.processes.definition.dates import read_moment
from participa.processes.definition.reader import MOST_PHASES
from participa.processes.models import PhaseKind
from participa.processes.presentation import KIND_LABELS
from participa.processes.queries import people_in
from participa.processes.snapshot import ProcessView
from participa.processes.timeline import Override, PhaseView, is_active, with_active

ADD, UP, DOWN, REMOVE, SORT = "agregar", "subir", "bajar", "quitar", "ordenar"


@dataclass
class PhasesEditor(editing.Editor):
    """Edits which phases there are, their kind, title and dates."""

    def read(self, document: dict[str, Any]) -> Any:
        return [
            {
                "key": each["key"],
                "new": "",
                "kind": each["kind"],
                "title": _main_title(each),
                "start": each["start"][:10],
                "start_hour": each["start"][11:],
                "end": each["end"][:10],
                "end_hour": each["end"][11:],
            }
            for each in document["phases"]
        ]

    def typed(self, data: dict[str, Any]) -> Any:
        names = ("key", "new", "kind", "title", "start", "start_hour", "end", "end_hour")
        return [
            {name: line(each.get(name)).strip() for name in names}
            for each in rows(data.get("phases"))[: MOST_PHASES + 1]
        ]

    def act(self, state: Any, action: str) -> Any:
        word, _dash, number = action.partition("-")
        index = whole_number(number)
        if word == ADD:
            state.append(
                {
                    **dict.fromkeys(("key", "title", "start_hour", "end_hour"), ""),
                    "new": "1",
                    "kind": PhaseKind.IDEATION.value,
                    "start": state[-1]["end"] if state else "",
                    "end": "",
                }
            )
        elif word == SORT:
            state.sort(key=lambda each: (day(each["start"]), each["start_hour"]))
        elif index is not None and index < len(state):
            move(state, index, word)
        return state

    def write(self, state: Any, document: dict[str, Any]) -> dict[str, Any]:
        saved = {each["key"]: each for each in document["phases"]}
        taken = {each["key"] for each in state if each["key"]}
        document["phases"] = []
        for each in state:
            key = each["key"] or free_key(each["title"], taken)
            taken.add(key)
            phase = {**saved.get(key, {}), "key": key, "kind": each["kind"]}
            with_text(phase, "title", languages()[0], each["title"])
            for edge in ("start", "end"):
                written = day(each[edge])
                hour = each[f"{edge}_hour"]
                phase[edge] = f"{written}T{hour}" if written and hour else written or None
            document["phases"].append(phase)
        return document

    def check(self, state: Any) -> list[Problem]:
        return [untitled(f"phases[{i}].title") for i, each in enumerate(state) if not each["title"]]

    def context(self, state: Any) -> dict[str, Any]:
        drawn = editing.as_typed(self.write(state, {**self.document}))
        now = clock.now()
        return {
            "kinds": [(kind.value, str(label)) for kind, label in KIND_LABELS.items()],
            "drawing": editing.drawn(drawn),
            "saved": [(each, is_active(each, now)) for each in g.process.phases],
            "zone": g.organization.time_zone,
        }


def _main_title(part: dict[str, Any]) -> str:
    texts = texts_of(part, "title")
    return texts.get(languages()[0]) or ""


def move(listed: list[Any], index: int, word: str) -> None:
    """Move one of a list up or down, or take it out."""
    each = listed.pop(index)
    if word == UP:
        listed.insert(max(0, index - 1), each)
    elif word == DOWN:
        listed.insert(index + 1, each)
    elif word != REMOVE:
        listed.insert(index, each)


def day(text: str) -> str:
    """Return a typed day as year-month-day; 3/12/2026 is the third of December."""
    match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
    return f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}" if match else text


def free_key(title: str, taken: set[str], fallback: str = "fase") -> str:
    """Return a technical name for a title that nothing else has."""
    plain = unicodedata.normalize("NFD", title.lower())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or fallback
    key, number = base, 2
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    return key


@blueprint.route("/procesos/<process>/fases", methods=["GET", "POST"])
@page(policy.EDIT)
def phases() -> Any:
    """Edit the calendar."""
    return editing.run(
        PhasesEditor(
            template="admin/phases.html",
            title=_("Calendario de fases"),
            url=url_for("admin.phases"),
        )
    )


@blueprint.route("/procesos/<process>/fases/<key>/ahora", methods=["GET", "POST"])
@page(policy.OVERRIDE)
def override_phase(key: str) -> Any:
    """Open a phase that is closed, or close one that is open, with a public reason."""
    phase = g.process.phase(key)
    if phase is None:
        message = f"no phase {key!r}"
        raise Missing(message)
    opens = not is_active(phase, clock.now())
    typed = {name: request.form.get(name, "") for name in ("reason", "until", "until_hour")}
    if request.method == "GET":
        return _override_page(phase, typed, opens=opens)
    if request.form.get("abrir", "") != ("1" if opens else ""):
        flash(_("La fase cambió mientras usted escribía. Mire cómo está ahora."), "warn")
        return see_other(url_for("admin.override_phase", key=key))
    until, problem = _until(typed)
    if problem is not None:
        return _override_page(phase, typed, [Problem("until", problem)], opens=opens)
    try:
        if request.form.get("accion") != editing.SAVE:
            return _look(phase, typed, until, opens=opens)
        services.override_phase(
            db.session(),
            actor(),
            g.process.id,
            key,
            opens=opens,
            until=until,
            reason=typed["reason"],
        )
    except Invalid as error:
        return _override_page(phase, typed, error.problems, opens=opens)
    except Conflict as error:
        flash(error.message, "warn")
        return see_other(url_for("admin.phases"))
    flash(_("La fase quedó abierta.") if opens else _("La fase quedó cerrada."), "ok")
    return see_other(url_for("admin.board"))


def _until(typed: dict[str, str]) -> tuple[dt.datetime | None, Any]:
    written = day(typed["until"].strip())
    if not written:
        return None, None
    hour = typed["until_hour"].strip()
    return read_moment(f"{written}T{hour}" if hour else written, g.organization.zone, is_end=True)


def _look(
    phase: PhaseView, typed: dict[str, str], until: dt.datetime | None, *, opens: bool
) -> Any:
    """Show what would happen. Raises as the service does, where it would refuse."""
    process: ProcessView = g.process
    now = clock.now()
    row = queries.process_row(db.session(), process.id)
    wanted = definition.of_row(row, g.organization)
    override = services.checked_override(
        process, wanted, phase, Override(opens, now, until, typed["reason"], now)
    )
    found = changes.consequences(
        process,
        _overridden(process, wanted, phase, override),
        now,
        people_in(db.session(), process),
    )
    return _override_page(phase, typed, opens=opens, consequences=found)


def _override_page(
    phase: PhaseView,
    typed: dict[str, str],
    problems: Any = (),
    *,
    opens: bool,
    consequences: Any = None,
) -> Any:
    """Draw the page; with ``consequences``, after they were looked at."""
    return render(
        "admin/override.html",
        422 if problems else 200,
        process=g.process,
        phase=phase,
        opens=opens,
        typed=typed,
        complaints=Complaints(problems),
        consequences=consequences or (),
        looked=consequences is not None,
    )


def _overridden(
    process: ProcessView, wanted: ProcessDefinition, phase: PhaseView, override: Override
) -> ProcessView:
    """Return the process as it would be with the phase opened or closed from now on."""
    base = replace(
        process,
        phases=tuple(
            with_active(replace(each, overrides=(*each.overrides, override)))
            if each.key == phase.key
            else each
            for each in process.phases
        ),
    )
    return definition.preview_view(wanted, g.organization, base)
