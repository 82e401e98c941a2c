"""Adding, changing and removing one territory or one theme."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core import clock, tables
from participa.core.errors import Invalid, Missing, Problem
from participa.core.events import record
from participa.core.i18n import Localized, in_languages
from participa.core.policy import Actor, authorize
from participa.core.settings import localized
from participa.organizations import csv_import, events, policy, queries
from participa.organizations.models import Territory, Theme
from participa.organizations.queries import OrganizationView
from participa.organizations.services.entity import lock, text


def add_territory(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    *,
    code: str,
    name: str,
    level: str,
    parent_id: int | None,
) -> int:
    """Add a territory and return its id. Raises :class:`Invalid`."""
    row = lock(session, organization)
    authorize(policy.EDIT_TERRITORIES, actor, organization, at=clock.now())
    problems: list[Problem] = []
    code = _code(problems, code, session.scalars(sa.select(Territory.code)).all())
    name = text(problems, "name", name, 160, required=True)
    level = text(problems, "level", level, 40, required=True)
    parent = _parent(session, problems, parent_id)
    if problems:
        raise Invalid(problems)
    last = session.scalar(sa.select(sa.func.max(Territory.position)))
    territory = Territory(
        organization_id=organization.id,
        code=code,
        name=name,
        level=level,
        parent_id=parent.id if parent else None,
        path=[*(parent.path if parent else []), code],
        position=(last or 0) + 1,
    )
    session.add(territory)
    row.version += 1
    _record(session, actor, organization, events.PlaceAdded(code, name))
    return territory.id


def change_territory(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    territory_id: int,
    *,
    name: str,
    level: str,
    parent_id: int | None,
) -> None:
    """Rename a territory or move it, with all inside it. Raises :class:`Invalid`."""
    row = lock(session, organization)
    authorize(policy.EDIT_TERRITORIES, actor, organization, at=clock.now())
    territory = _get(session, Territory, territory_id)
    problems: list[Problem] = []
    name = text(problems, "name", name, 160, required=True)
    level = text(problems, "level", level, 40, required=True)
    parent = _parent(session, problems, parent_id)
    below = [
        each for each in session.scalars(sa.select(Territory)).all() if territory.code in each.path
    ]
    if parent is not None and territory.code in parent.path:
        problems.append(
            Problem("parent_id", _l("Un territorio no puede quedar dentro de sí mismo."))
        )
    elif parent is not None:
        deepest = max(len(each.path) for each in below) - len(territory.path) + 1
        if len(parent.path) + deepest > csv_import.MOST_LEVELS:
            problems.append(
                Problem(
                    "parent_id",
                    _l("El árbol tendría más de %(most)s niveles.", most=csv_import.MOST_LEVELS),
                )
            )
    if problems:
        raise Invalid(problems)
    said = [_l("nombre")] if name != territory.name else []
    said += [_l("nivel")] if level != territory.level else []
    said += (
        [_l("lugar en el árbol")] if (parent.id if parent else None) != territory.parent_id else []
    )
    if not said:
        return
    start = len(territory.path) - 1
    above = list(parent.path) if parent else []
    for each in below:
        each.path = [*above, *each.path[start:]]
    territory.name, territory.level = name, level
    territory.parent_id = parent.id if parent else None
    row.version += 1
    summary = in_languages(lambda: ", ".join(str(each) for each in said), organization.locales)
    _record(session, actor, organization, events.PlaceChanged(territory.code, name, summary))


def remove_territory(
    session: Session, actor: Actor, organization: OrganizationView, territory_id: int
) -> None:
    """Remove a territory that nothing uses. Raises :class:`Invalid` that says where it is used."""
    row = lock(session, organization)
    authorize(policy.EDIT_TERRITORIES, actor, organization, at=clock.now())
    territory = _get(session, Territory, territory_id)
    inside = session.scalar(
        sa.select(sa.func.count()).select_from(Territory).where(Territory.parent_id == territory_id)
    )
    if inside:
        sentence = _l(
            "«%(name)s» contiene otros territorios (%(count)s). Muévalos o quítelos primero.",
            name=territory.name,
            count=inside,
        )
        raise Invalid([Problem("", sentence)])
    uses = queries.territory_uses(session, organization, [territory_id]).get(territory_id)
    if uses:
        raise Invalid([Problem("", in_use(territory.name, uses))])
    session.delete(territory)
    row.version += 1
    _record(session, actor, organization, events.PlaceRemoved(territory.code, territory.name))


def add_theme(
    session: Session, actor: Actor, organization: OrganizationView, *, code: str, name: Localized
) -> int:
    """Add a theme at the end of the list and return its id. Raises :class:`Invalid`."""
    row = lock(session, organization)
    authorize(policy.EDIT_TERRITORIES, actor, organization, at=clock.now())
    problems: list[Problem] = []
    code = _code(problems, code, session.scalars(sa.select(Theme.code)).all())
    name = _names(problems, name)
    if problems:
        raise Invalid(problems)
    last = session.scalar(sa.select(sa.func.max(Theme.position)))
    theme = Theme(
        organization_id=organization.id,
        code=code,
        name=name,
        position=0 if last is None else last + 1,
    )
    session.add(theme)
    row.version += 1
    _record(session, actor, organization, events.ThemeAdded(code, name))
    return theme.id


def change_theme(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    theme_id: int,
    *,
    name: Localized,
    place: int | None = None,
) -> None:
    """Rename a theme, or put it at a place of the list (the first is 1)."""
    row = lock(session, organization)
    authorize(policy.EDIT_TERRITORIES, actor, organization, at=clock.now())
    theme = _get(session, Theme, theme_id)
    problems: list[Problem] = []
    name = _names(problems, name)
    if problems:
        raise Invalid(problems)
    ordered = list(session.scalars(sa.select(Theme).order_by(Theme.position, Theme.id)).all())
    before = ordered.index(theme)
    if place is not None:
        ordered.remove(theme)
        ordered.insert(max(0, min(place - 1, len(ordered))), theme)
    if dict(name) == dict(theme.name) and ordered.index(theme) == before:
        return
    theme.name = name
    for position, each in enumerate(ordered):
        each.position = position
    row.version += 1
    _record(session, actor, organization, events.ThemeChanged(theme.code, name))


def remove_theme(
    session: Session, actor: Actor, organization: OrganizationView, theme_id: int
) -> None:
    """Remove a theme that nothing uses. Raises :class:`Invalid` that says where it is used."""
    row = lock(session, organization)
    authorize(policy.EDIT_TERRITORIES, actor, organization, at=clock.now())
    theme = _get(session, Theme, theme_id)
    uses = queries.theme_uses(session, [theme_id]).get(theme_id)
    if uses:
        raise Invalid([Problem("", in_use(theme.name.text(), uses))])
    session.delete(theme)
    row.version += 1
    _record(session, actor, organization, events.ThemeRemoved(theme.code, theme.name))


def in_use(name: str, uses: Iterable[queries.Use]) -> Any:
    """Return the sentence that says where something is used."""
    where = ", ".join(f"{each.label}: {each.count}" for each in uses)
    return _l(
        "«%(name)s» no se puede quitar porque está en uso (%(where)s).", name=name, where=where
    )


def _get(session: Session, kind: Any, row_id: int) -> Any:
    row = session.scalars(sa.select(kind).where(kind.id == row_id)).first()
    if row is None:
        message = f"no {kind.__name__} {row_id}"
        raise Missing(message)
    return row


def _parent(session: Session, problems: list[Problem], parent_id: int | None) -> Territory | None:
    if parent_id is None:
        return None
    parent = session.scalars(sa.select(Territory).where(Territory.id == parent_id)).first()
    if parent is None:
        problems.append(Problem("parent_id", _l("Elija un territorio de la lista.")))
    return parent


def _code(problems: list[Problem], code: str, taken: Iterable[str]) -> str:
    code = text(problems, "code", code, 60, required=True)
    if code and not tables.CODE.fullmatch(code):
        problems.append(
            Problem(
                "code", _l("Use letras sin tilde, cifras, punto, guion o guion bajo, sin espacios.")
            )
        )
    elif code in set(taken):
        problems.append(Problem("code", _l("Ya hay otro con este código.")))
    return code


def _names(problems: list[Problem], name: Localized) -> Localized:
    for language, value in name.items():
        text(problems, f"name_{language}", value, 160)
    if not name.get("es", "").strip():
        problems.append(Problem("name_es", _l("El nombre en español hace falta.")))
    good, problem = localized({code: value.strip() for code, value in name.items()}, 160)
    return good if problem is None else name


def _record(
    session: Session, actor: Actor, organization: OrganizationView, fact: events.Fact
) -> None:
    record(session, fact, actor=actor, organization_id=organization.id)
