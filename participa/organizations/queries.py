"""Every SELECT on organizations, territories and themes."""

import colorsys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel import Locale, UnknownLocaleError
from sqlalchemy.orm import Session

from participa.core.errors import Missing
from participa.core.i18n import Localized
from participa.core.policy import Capability, Rule
from participa.organizations.models import Organization, Territory, Theme


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
    territories: Mapping[int, Territory]
    themes: Mapping[int, Theme]

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

    def rule(self, name: str, at: object) -> Rule:  # noqa: ARG002
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

    def territories_within(self, code: str) -> list[int]:
        """Return the ids of a territory and of all inside it."""
        return [each.id for each in self.territories.values() if code in each.path]


_memory: OrderedDict[tuple[int, int], OrganizationView] = OrderedDict()
_REMEMBERED = 64

_by_host = (
    sa.select(Organization.id, Organization.version)
    .where(sa.or_(Organization.host == sa.bindparam("host"), Organization.is_default))
    .order_by(Organization.is_default)
    .limit(1)
)


def by_host(session: Session, host: str) -> OrganizationView:
    """Return the organization that answers a host name. Raises :class:`Missing` when none does."""
    found = session.execute(_by_host, {"host": host.lower()}).first()
    if found is None:
        message = f"no organization answers {host!r}"
        raise Missing(message)
    return _remembered(session, *found)


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
        territories = session.scalars(sa.select(Territory).order_by(Territory.position, Territory.id)).all()
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


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2.2, definition of relative luminance)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, 1.4.3)."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def lightened(colour: str, against: str, wanted: float = 4.6) -> str:
    """Return ``colour``, lightened until its contrast against a dark ground is enough."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    while contrast(colour, against) < wanted and light < 0.98:
        light = min(0.98, light + 0.02)
        channels = colorsys.hls_to_rgb(hue, light, saturation)
        colour = "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
    return colour
