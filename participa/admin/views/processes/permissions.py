"""The matrix of permissions: what each phase opens in each component, and to whom."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _

from participa.accounts.queries import staff
from participa.admin import editing
from participa.admin.shell import blueprint
from participa.admin.typed import group, line, rows
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.policy import STATE_LABELS, State
from participa.core.requirements import VERIFICATION_METHODS
from participa.core.web import page, render
from participa.processes import policy
from participa.processes.changes import rule_in_words
from participa.processes.snapshot import CLOSED, ComponentView

ONCE = ("verified", "age", "territory", "group")
"""Requirements with a value that the page offers once each."""
MOST_IN_A_LIST = 400


@dataclass
class PermissionsEditor(editing.Editor):
    """Edits what every phase opens in one component."""

    component: ComponentView | None = None

    @property
    def key(self) -> str:
        """The component's key."""
        return self.component.key if self.component else ""

    @property
    def capabilities(self) -> Any:
        """What the component can do."""
        return self.component.type.capabilities if self.component else ()

    def read(self, document: dict[str, Any]) -> Any:
        return [
            {
                "key": phase["key"],
                "cells": {
                    each.name: _cell(group(group(phase.get("opens")).get(self.key)).get(each.name))
                    for each in self.capabilities
                },
            }
            for phase in document["phases"]
        ]

    def typed(self, data: dict[str, Any]) -> Any:
        state = self.read(self.document)
        typed = {line(each.get("key")): each for each in rows(data.get("phases"))}
        for phase in state:
            given = group(group(typed.get(phase["key"], {}).get("opens")).get(self.key))
            for name, cell in phase["cells"].items():
                if name in given:
                    cell.update(
                        {word: line(text).strip() for word, text in group(given[name]).items()}
                    )
        return state

    def write(self, state: Any, document: dict[str, Any]) -> dict[str, Any]:
        for phase, given in zip(document["phases"], state, strict=True):
            opens = group(phase.get("opens"))
            before = group(opens.get(self.key))
            after = {"settings": before["settings"]} if before.get("settings") else {}
            for name, cell in given["cells"].items():
                said = before.get(name)
                # What nobody touched stays as it is written, the order of its requirements too.
                rule = said if cell == _cell(said) else _rule(cell)
                if rule is not None:
                    after[name] = rule
            opens.pop(self.key, None)
            if after:
                opens[self.key] = after
            phase["opens"] = opens
        return document

    def context(self, state: Any) -> dict[str, Any]:
        organization = g.organization
        places = list(organization.territories_in_order())[:MOST_IN_A_LIST]
        return {
            "component": self.component,
            "tabs": tabs(self.key),
            "phases": g.process.phases,
            "states": {
                each.name: [(state.value, str(STATE_LABELS[state])) for state in each.states]
                for each in self.capabilities
            },
            "methods": [
                ("", _("no hace falta")),
                *[(k, str(v)) for k, v in VERIFICATION_METHODS.items()],
            ],
            "groups": [
                ("", _("no hace falta")),
                *[(each.key, each.name) for each, _count in staff.groups(db.session())],
            ],
            "places": [(each.code, each.name) for each in places],
        }


def _cell(said: Any) -> dict[str, str]:
    """Return what the file says of a capability as the fields of one cell."""
    requires: Any = []
    state = said if isinstance(said, str) else State.CLOSED.value
    if isinstance(said, Mapping):
        state = said.get("state", State.CLOSED.value)
        requires = said.get("requires", [])
    cell = {"state": state, "email": "", "guardian": "", "extra": "", **dict.fromkeys(ONCE, "")}
    extra = []
    for each in requires if isinstance(requires, list) else [requires]:
        ((kind, value),) = each.items() if isinstance(each, Mapping) else ((each, "1"),)
        name = "email" if kind == "confirmed_email" else kind
        if name in cell and not cell[name]:
            cell[name] = str(value)
        else:
            extra.append(each)
    if extra:
        cell["extra"] = json.dumps(extra, ensure_ascii=False)
    return cell


def _rule(cell: Mapping[str, str]) -> Any:
    """Return what the fields of one cell say, as the file writes it; ``None`` for closed."""
    state = cell["state"]
    if state == State.CLOSED.value:
        return None
    requires: list[Any] = ["confirmed_email"] if cell["email"] else []
    for name in ONCE:
        value: Any = cell[name]
        if value:
            age = whole_number(value) if name == "age" else None
            requires.append({name: value if age is None else age})
    if cell["guardian"]:
        requires.append("guardian")
    if cell["extra"]:
        try:
            extra = json.loads(cell["extra"])
        except ValueError:
            extra = [cell["extra"]]
        requires += extra if isinstance(extra, list) else [extra]
    return {"state": state, "requires": requires} if requires else state


def tabs(current: str) -> list[dict[str, Any]]:
    """Return one tab per component after the overview."""
    return [
        {"label": _("Todo"), "url": url_for("admin.permissions"), "current": not current},
        *[
            {
                "label": str(each.title),
                "url": url_for("admin.permissions", componente=each.key),
                "current": each.key == current,
            }
            for each in g.process.components
        ],
    ]


@blueprint.route("/procesos/<process>/permisos", methods=["GET", "POST"])
@page(policy.EDIT)
def permissions() -> Any:
    """Show the whole matrix, or edit the part of one component."""
    component = g.process.component(request.args.get("componente", ""))
    if component is None:
        return render("admin/permissions.html", tabs=tabs(""), process=g.process, tables=_tables())
    return editing.run(
        PermissionsEditor(
            template="admin/permission_matrix.html",
            title=_("Permisos de «%(title)s»", title=component.title),
            url=url_for("admin.permissions", componente=component.key),
            component=component,
        )
    )


def _tables() -> list[tuple[ComponentView, list[tuple[Any, list[str]]]]]:
    """Return, by component, each capability with its rule in words per phase."""
    tables = []
    for component in g.process.components:
        opened = {each.phase.key: each.rules for each in component.openings}
        tables.append(
            (
                component,
                [
                    (
                        each,
                        [
                            rule_in_words(opened.get(phase.key, {}).get(each.name, CLOSED))
                            for phase in g.process.phases
                        ],
                    )
                    for each in component.type.capabilities
                ],
            )
        )
    return tables
