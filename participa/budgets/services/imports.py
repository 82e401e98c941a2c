"""Projects from a file: the whole of it, or nothing."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.budgets import events
from participa.budgets.models import Project
from participa.budgets.queries import projects as queries
from participa.budgets.services import project_lines
from participa.budgets.services.firm import Change
from participa.budgets.services.project_files import FILE, Plan
from participa.budgets.services.projects import fill
from participa.core import tables
from participa.core.db import reading
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.policy import Actor
from participa.organizations import queries as organizations
from participa.organizations.queries import OrganizationView
from participa.organizations.services.imports import keep
from participa.processes.snapshot import ComponentView


def upload(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    data: bytes,
    *,
    name: str = "",
) -> str:
    """Keep a file for its preview and return its code.

    Raises ``Denied``, and ``Invalid`` when nothing of it can be read.
    """
    table = tables.read_table(data, FILE)
    _change(session, actor, component)
    found = project_lines.plan(session, organization, component, table)
    if found.problems and found.does_nothing and not found.unchanged:
        raise Invalid([Problem("file", str(each), each.line) for each in _first(found.problems)])
    return keep(session, actor, organization, kind(component), data, name=name)


def apply(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    code: str,
) -> Plan:
    """Do what a file says, whole.

    Raises ``Denied``, ``Missing``, ``Conflict`` when it would do nothing, and ``Invalid`` with
    every problem when there is one.
    """
    with reading(session):
        data = organizations.upload(session, kind(component), code).body
    table = tables.read_table(data, FILE)
    change = _change(session, actor, component)
    row = organizations.upload(session, kind(component), code)
    found = project_lines.plan(session, organization, component, table)
    if found.problems:
        raise Invalid(found.problems)
    if found.does_nothing:
        raise Conflict(_l("El archivo dice lo que ya hay: no se cambió nada."))
    following = queries.next_number(session, component.id)
    following = max([following, *[each["number"] + 1 for each in found.added if each["number"]]])
    for values in found.added:
        number = values["number"]
        if number is None:
            number, following = following, following + 1
        project = Project(component_id=component.id, number=number)
        fill(project, {key: value for key, value in values.items() if key != "number"})
        session.add(project)
    for each in found.changed:
        fill(each.project, each.values)
    session.delete(row)
    session.flush()
    change.record(events.ProjectsImported(len(found.added), len(found.changed)), "")
    return found


def kind(component: ComponentView) -> str:
    """Return under which word the files of a component wait for their confirmation."""
    return f"projects-{component.id}"[:20]


def _change(session: Session, actor: Actor, component: ComponentView) -> Change:
    change = Change(session, actor, component)
    if change.is_firm:
        raise Conflict(_l("Los proyectos ya están en firme: no se importan más."))
    return change


def plan(
    session: Session, organization: OrganizationView, component: ComponentView, data: bytes
) -> Plan:
    """Return what a file would do now, with every problem by line and column."""
    return project_lines.plan(session, organization, component, tables.read_table(data, FILE))


def _first(problems: list[Problem]) -> list[Problem]:
    return problems[: tables.MOST_PROBLEMS]
