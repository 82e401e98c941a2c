"""Every SELECT on organizations, territories and themes."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel import Locale, UnknownLocaleError
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core.db import Base
from participa.core.errors import Missing
from participa.core.i18n import Localized
from participa.core.policy import Capability, Rule
from participa.organizations.models import Organization, Territory, Theme, Upload


@dataclass(frozen=True)
class OrganizationView:
    """One organization as pages need it: immutable, kept in memory by version. A policy scope."""

    id: int
    version: int
    host: str | None
    slug: str
    name: str
    summary: Localized
    locales: tuple[str, ...]
    locale: str
    country: str
    time_zone: str
    currency: str
    accent: str
    theme: str
    logo_digest: str | None
    address: str
    hours: str
    phone: str
    email: str
    reporting_url: str
    footer: Localized
    consent_version: str
    consent_text: Localized
    staff_second_factor: bool
    staff_second_factor_from: dt.datetime | None
    territories: Mapping[int, Territory]
    themes: Mapping[int, Theme]

    def asks_second_factor(self, at: dt.datetime) -> bool:
        """Return whether whoever has a role needs the second factor at a moment."""
        begins = self.staff_second_factor_from
        return self.staff_second_factor and (begins is None or at >= begins)

    @property
    def organization_id(self) -> int:
        return self.id

    @property
    def process_id(self) -> None:
        return None

    @property
    def is_public(self) -> bool:
        return True

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def capability(self, name: str) -> Capability:
        message = f"an organization has no capability {name!r}"
        raise LookupError(message)

    def rule(self, name: str, at: object) -> Rule:
        return Rule()

    @property
    def territory_locale(self) -> Locale | None:
        """The locale with the country, for money and dates ("es_CO"); ``None`` when unknown."""
        try:
            return Locale.parse(f"{self.locale}_{self.country}")
        except (UnknownLocaleError, ValueError):
            return None

    def territory_path(self, territory_id: int | None) -> frozenset[str]:
        """Return the codes of a territory and of all that contain it."""
        territory = self.territories.get(territory_id) if territory_id else None
        return frozenset(territory.path) if territory else frozenset()

    @property
    def about(self) -> Localized:
        """One sentence on what happens here."""
        return self.summary

    @property
    def opening_hours(self) -> str:
        """The hours as a page writes them: "p. m." is not torn in two at the end of a line."""
        return self.hours.replace(" m.", "\u00a0m.")

    @property
    def corruption_url(self) -> str:
        """Where the footer's "Denuncie actos de corrupción" leads."""
        return self.reporting_url

    @cached_property
    def place_options(self) -> list[tuple[str, str]]:
        """The territories as (code, indented name), for filters."""
        return [
            (each.code, "\u2003" * (len(each.path) - 1) + each.name)
            for each in self.territories_in_order()
        ]

    @property
    def theme_options(self) -> list[tuple[str, str]]:
        """The themes as (code, name), for filters."""
        return [(each.code, str(each.name)) for each in self.themes.values()]

    def territories_in_order(self) -> list[Territory]:
        """Return the tree as a list: each place right after the one that contains it."""
        children: dict[int | None, list[Territory]] = {}
        for each in self.territories.values():
            children.setdefault(each.parent_id, []).append(each)
        ordered: list[Territory] = []
        waiting = list(reversed(children.get(None, [])))
        while waiting:
            current = waiting.pop()
            ordered.append(current)
            waiting.extend(reversed(children.get(current.id, [])))
        return ordered

    def territories_within(self, code: str) -> list[int]:
        """Return the ids of a territory and of all inside it."""
        return [each.id for each in self.territories.values() if code in each.path]


_memory: OrderedDict[tuple[int, int], OrganizationView] = OrderedDict()
_REMEMBERED = 64

_organizations = Organization.__table__.c
_by_host = (
    sa.select(_organizations.id, _organizations.version, _organizations.processes_version)
    .where(sa.or_(_organizations.host == sa.bindparam("host"), _organizations.is_default))
    .order_by(_organizations.is_default)
    .limit(1)
)


def by_host(session: Session, host: str) -> OrganizationView:
    """Return the organization that answers a host name. Raises :class:`Missing` when none does.

    ``session.info["processes_version"]`` tells from then on up to which change of its processes
    the copies in memory must reach.
    """
    # On the plain connection: before anything is bound, the session would look into each statement.
    found = session.connection().execute(_by_host, {"host": host.lower()}).first()
    if found is None:
        message = f"no organization answers {host!r}"
        raise Missing(message)
    session.info["processes_version"] = found.processes_version
    return _remembered(session, found.id, found.version)


def by_slug(session: Session, slug: str) -> OrganizationView:
    """Return an organization by its slug. Raises :class:`Missing`."""
    found = session.execute(
        sa.select(Organization.id, Organization.version).where(Organization.slug == slug)
    ).first()
    if found is None:
        message = f"no organization {slug!r}"
        raise Missing(message)
    return _remembered(session, *found)


def by_id(session: Session, organization_id: int) -> OrganizationView:
    """Return an organization by id. Raises :class:`Missing`."""
    found = session.execute(
        sa.select(Organization.id, Organization.version).where(Organization.id == organization_id)
    ).first()
    if found is None:
        message = f"no organization {organization_id}"
        raise Missing(message)
    return _remembered(session, *found)


def all_ids(session: Session) -> Sequence[int]:
    """Return the ids of every organization of the installation."""
    return session.scalars(sa.select(Organization.id).order_by(Organization.id)).all()


def forget() -> None:
    """Drop the copies in memory (after a restore, and between tests)."""
    _memory.clear()


def _remembered(session: Session, organization_id: int, version: int) -> OrganizationView:
    view = _memory.get((organization_id, version))
    if view is None:
        view = _load(session, organization_id)
        _memory[view.id, view.version] = view
        while len(_memory) > _REMEMBERED:
            _memory.popitem(last=False)
    return view


def _load(session: Session, organization_id: int) -> OrganizationView:
    row = session.scalars(sa.select(Organization).where(Organization.id == organization_id)).one()
    before = session.info.get("organization_id")
    session.info["organization_id"] = organization_id
    try:
        territories = session.scalars(
            sa.select(Territory).order_by(Territory.position, Territory.id)
        ).all()
        themes = session.scalars(sa.select(Theme).order_by(Theme.position, Theme.id)).all()
    finally:
        session.info["organization_id"] = before
    for each in (*territories, *themes):
        session.expunge(each)
    fields = {
        name: getattr(row, name)
        for name in OrganizationView.__dataclass_fields__
        if name not in {"locales", "territories", "themes"}
    }
    return OrganizationView(
        **fields,
        locales=tuple(row.locales),
        territories={each.id: each for each in territories},
        themes={each.id: each for each in themes},
    )


def logo(session: Session, organization_id: int) -> bytes | None:
    """Return the logo as PNG bytes."""
    return session.scalar(sa.select(Organization.logo).where(Organization.id == organization_id))


# --- where territories and themes are used ------------------------------------------------------

USE_LABELS: Mapping[str, Any] = {
    "persons": _l("personas"),
    "processes": _l("procesos"),
    "proposals": _l("propuestas"),
    "meetings": _l("encuentros"),
    "debates": _l("debates"),
    "projects": _l("proyectos"),
    "results": _l("resultados"),
}
"""What the rows of a table are called; rooms above may add theirs."""


@dataclass(frozen=True, slots=True)
class Use:
    """That some rows of one kind are filed under a territory or a theme."""

    label: Any
    count: int


def territory_uses(
    session: Session, organization: OrganizationView, ids: Iterable[int]
) -> dict[int, list[Use]]:
    """Return what is filed under territories, by id: a statement per table that refers to them."""
    wanted = list(ids)
    uses = _references(session, Territory.__table__.c.id, wanted)
    for code, count in _requirements(session, organization).items():
        territory = next(
            (each for each in organization.territories.values() if each.code == code), None
        )
        if territory is not None and territory.id in wanted:
            uses.setdefault(territory.id, []).append(Use(_l("requisitos de fases"), count))
    return uses


def theme_uses(session: Session, ids: Iterable[int]) -> dict[int, list[Use]]:
    """Return what is filed under themes, by id: one statement per table that refers to them."""
    return _references(session, Theme.__table__.c.id, list(ids))


def _references(session: Session, target: Any, wanted: Sequence[int]) -> dict[int, list[Use]]:
    """Count rows that point at ``target``; its foreign keys are asked for, so none is forgotten."""
    uses: dict[int, list[Use]] = {}
    for table in Base.metadata.sorted_tables:
        if table is target.table:
            continue
        for column in table.c:
            if not any(key.column is target for key in column.foreign_keys):
                continue
            for start in range(0, len(wanted), 500):
                rows = session.execute(
                    sa.select(column, sa.func.count())
                    .where(column.in_(wanted[start : start + 500]))
                    .group_by(column)
                ).all()
                for found, count in rows:
                    uses.setdefault(found, []).append(
                        Use(USE_LABELS.get(table.name, table.name), count)
                    )
    return uses


def _requirements(session: Session, organization: OrganizationView) -> dict[str, int]:
    """Count in how many phases a territory's code is a requirement."""
    tables = Base.metadata.tables
    if "phase_components" not in tables:
        return {}
    opens, phases, processes = tables["phase_components"], tables["phases"], tables["processes"]
    rows = session.scalars(
        sa.select(opens.c.capabilities)
        .join_from(opens, phases, phases.c.id == opens.c.phase_id)
        .join(processes, processes.c.id == phases.c.process_id)
        .where(
            processes.c.organization_id == organization.id,
            sa.cast(opens.c.capabilities, sa.Text).like('%"territory"%'),
        )
    ).all()
    found: dict[str, int] = {}
    for capabilities in rows:
        named = {
            requirement["territory"]
            for rule in (capabilities or {}).values()
            if isinstance(rule, Mapping)
            for requirement in rule.get("requires", ())
            if isinstance(requirement, Mapping) and "territory" in requirement
        }
        for code in named:
            found[code] = found.get(code, 0) + 1
    return found


def upload(session: Session, kind: str, code: str) -> Upload:
    """Return a file that waits for its confirmation. Raises :class:`Missing`."""
    row = session.scalars(sa.select(Upload).where(Upload.code == code, Upload.kind == kind)).first()
    if row is None:
        message = f"no upload {code!r}"
        raise Missing(message)
    return row
