"""Applying a whole CSV file of territories or themes, or nothing of it."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.db import public_code, reading
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.events import record
from participa.core.i18n import Localized
from participa.core.policy import Actor, authorize
from participa.core.tables import MOST_PROBLEMS, Table
from participa.organizations import events, policy, queries
from participa.organizations.csv_import import (
    Place,
    Plan,
    Subject,
    plan_territories,
    plan_themes,
    read_territories,
    read_themes,
)
from participa.organizations.models import Territory, Theme, Upload
from participa.organizations.queries import OrganizationView
from participa.organizations.services.entity import lock
from participa.organizations.services.places import in_use

TERRITORIES, THEMES = "territories", "themes"
KEPT = dt.timedelta(days=1)
"""How long a file waits for its confirmation."""
_CHUNK = 500


def upload(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    kind: str,
    data: bytes,
    *,
    name: str = "",
    remove_missing: bool = False,
) -> str:
    """Keep a file for its preview and return its code. Raises :class:`Invalid` if unreadable."""
    authorize(policy.EDIT_TERRITORIES, actor, organization, at=clock.now())
    table = read(kind, data)
    plan = (plan_territories if kind == TERRITORIES else plan_themes)(table, ())
    if plan.problems and not plan.rows:
        raise Invalid(
            [Problem("file", str(each), each.line) for each in plan.problems[:MOST_PROBLEMS]]
        )
    return keep(session, actor, organization, kind, data, name=name, remove_missing=remove_missing)


def keep(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    kind: str,
    data: bytes,
    *,
    name: str = "",
    remove_missing: bool = False,
) -> str:
    """Keep a file between its preview and its confirmation, and return its code.

    Whoever calls has asked the policy. Files of before yesterday go.
    """
    session.execute(sa.delete(Upload).where(Upload.created_at < clock.now() - KEPT))
    row = Upload(
        organization_id=organization.id,
        code=public_code(),
        kind=kind,
        name=name[-200:],
        body=data,
        remove_missing=remove_missing,
        by_id=actor.person_id,
    )
    session.add(row)
    session.flush()
    return row.code


def read(kind: str, data: bytes) -> Table:
    """Read a file, which may take a second: before anything is asked of the database to write."""
    return (read_themes if kind == THEMES else read_territories)(data)


def plan(
    session: Session,
    organization: OrganizationView,
    kind: str,
    table: Table,
    *,
    remove_missing: bool = False,
) -> Plan:
    """Return what a file would do now, with every problem of the file and of what it removes."""
    if kind == THEMES:
        found = plan_themes(table, existing_themes(organization), remove_missing=remove_missing)
        ids = {each.code: each.id for each in organization.themes.values()}
        uses = queries.theme_uses(session, [ids[each.code] for each in found.removed])
    else:
        found = plan_territories(
            table, existing_territories(organization), remove_missing=remove_missing
        )
        ids = {each.code: each.id for each in organization.territories.values()}
        uses = queries.territory_uses(
            session, organization, [ids[each.code] for each in found.removed]
        )
    found.problems += [
        Problem("codigo", in_use(each.name, uses[ids[each.code]]))
        for each in found.removed
        if ids[each.code] in uses
    ]
    return found


def existing_territories(organization: OrganizationView) -> list[Place]:
    """Return the territories as lines of a file, each after the one that contains it."""
    all_of_them = organization.territories
    return [
        Place(
            each.code,
            each.name,
            each.level,
            all_of_them[each.parent_id].code if each.parent_id else "",
        )
        for each in organization.territories_in_order()
    ]


def existing_themes(organization: OrganizationView) -> list[Subject]:
    """Return the themes as lines of a file."""
    return [Subject(each.code, tuple(each.name.items())) for each in organization.themes.values()]


def apply(
    session: Session, actor: Actor, organization: OrganizationView, kind: str, code: str
) -> Plan:
    """Apply a file that was previewed. Raises :class:`Conflict` when it is gone."""
    with reading(session):
        data = _waiting(session, kind, code).body
    table = read(kind, data)
    lock(session, organization)
    row = _waiting(session, kind, code)
    found = apply_table(
        session, actor, organization, kind, table, remove_missing=row.remove_missing
    )
    session.delete(row)
    session.flush()
    return found


def _waiting(session: Session, kind: str, code: str) -> Upload:
    row = session.scalars(sa.select(Upload).where(Upload.code == code, Upload.kind == kind)).first()
    if row is None:
        raise Conflict(_l("Este archivo ya se aplicó o venció. Súbalo de nuevo."))
    return row


def apply_table(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    kind: str,
    table: Table,
    *,
    remove_missing: bool = False,
) -> Plan:
    """Apply a file and return what it did. Raises :class:`Invalid` with every problem, by line."""
    row = lock(session, organization)
    authorize(policy.EDIT_TERRITORIES, actor, organization, at=clock.now())
    present = queries.by_id(session, organization.id)
    found = plan(session, present, kind, table, remove_missing=remove_missing)
    if found.problems:
        raise Invalid(found.problems)
    (_write_themes if kind == THEMES else _write_territories)(session, present, found)
    row.version += 1
    fact = events.ThemesImported if kind == THEMES else events.TerritoriesImported
    record(
        session,
        fact(len(found.added), len(found.changed), len(found.removed)),
        actor=actor,
        organization_id=organization.id,
    )
    return found


def _write_territories(session: Session, organization: OrganizationView, found: Plan) -> None:
    table: Any = Territory.__table__
    ids = {each.code: each.id for each in organization.territories.values()}
    removed = {each.code for each in found.removed}
    merged: dict[str, Place] = {
        **{
            each.code: each
            for each in existing_territories(organization)
            if each.code not in removed
        },
        **found.rows,
    }
    paths = _paths(merged)
    positions = {code: position for position, code in enumerate(found.rows)}
    new = sorted((each for each in found.added), key=lambda each: len(paths[each.code]))
    for depth in sorted({len(paths[each.code]) for each in new}):
        batch = [each for each in new if len(paths[each.code]) == depth]
        for chunk in _chunks(batch):
            rows = session.execute(
                sa.insert(table).returning(table.c.id, table.c.code),
                [
                    {
                        "organization_id": organization.id,
                        "code": each.code,
                        "name": each.name,
                        "level": each.level,
                        "parent_id": ids[each.parent] if each.parent else None,
                        "path": paths[each.code],
                        "position": positions[each.code],
                    }
                    for each in chunk
                ],
            ).all()
            ids.update({row.code: row.id for row in rows})
    before = {each.code: each for each in organization.territories.values()}
    updates = []
    for code, old in before.items():
        if code in removed:
            continue
        place = merged[code]
        values = {
            "name": place.name,
            "level": place.level,
            "parent_id": ids[place.parent] if place.parent else None,
            "path": paths[code],
            "position": positions.get(code, old.position),
        }
        if any(getattr(old, name) != value for name, value in values.items()):
            updates.append(
                {"row_id": old.id, **{f"new_{name}": value for name, value in values.items()}}
            )
    _update(session, table, ("name", "level", "parent_id", "path", "position"), updates)
    gone = [before[each.code] for each in found.removed]
    for depth in sorted({len(each.path) for each in gone}, reverse=True):
        _delete(session, table, [each.id for each in gone if len(each.path) == depth])
    session.expire_all()


def _paths(merged: Mapping[str, Place]) -> dict[str, list[str]]:
    paths: dict[str, list[str]] = {}
    for start in merged:
        waiting = []
        code = start
        while code and code not in paths:
            waiting.append(code)
            code = merged[code].parent
        for each in reversed(waiting):
            parent = merged[each].parent
            paths[each] = [*(paths[parent] if parent else []), each]
    return paths


def _write_themes(session: Session, organization: OrganizationView, found: Plan) -> None:
    table: Any = Theme.__table__
    positions = {code: position for position, code in enumerate(found.rows)}
    if found.added:
        session.execute(
            sa.insert(table),
            [
                {
                    "organization_id": organization.id,
                    "code": each.code,
                    "name": Localized(dict(each.names)),
                    "position": positions[each.code],
                }
                for each in found.added
            ],
        )
    updates = []
    for each in organization.themes.values():
        subject = found.rows.get(each.code)
        if subject is None:
            continue
        name, position = Localized(dict(subject.names)), positions[each.code]
        if dict(name) != dict(each.name) or position != each.position:
            updates.append({"row_id": each.id, "new_name": name, "new_position": position})
    _update(session, table, ("name", "position"), updates)
    ids = {each.code: each.id for each in organization.themes.values()}
    _delete(session, table, [ids[each.code] for each in found.removed])
    session.expire_all()


def _update(
    session: Session, table: Any, names: Sequence[str], rows: Sequence[dict[str, Any]]
) -> None:
    if rows:
        session.connection().execute(
            sa.update(table)
            .where(table.c.id == sa.bindparam("row_id"))
            .values(
                {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
            ),
            rows,
        )


def _delete(session: Session, table: Any, ids: Sequence[int]) -> None:
    for chunk in _chunks(ids):
        session.execute(sa.delete(table).where(table.c.id.in_(chunk)))


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]
