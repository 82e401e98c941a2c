"""Opening a new organization: done by whoever holds the server, from the command line."""

import re
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core.db import across_organizations, bind_to_organization
from participa.core.errors import Invalid, Problem
from participa.core.events import record
from participa.core.policy import SYSTEM
from participa.organizations import queries
from participa.organizations.events import OrganizationCreated
from participa.organizations.models import Organization
from participa.organizations.queries import OrganizationView

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,58}[a-z0-9])")
HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
)
LONGEST_NAME = 160


def create(session: Session, *, slug: str, name: str, host: str | None) -> OrganizationView:
    """Open an organization and bind the session to it; the first of an installation is its default.

    Raises :class:`Invalid` with a sentence per wrong option.
    """
    with across_organizations(session):
        problems = list(_problems(session, slug, name.strip(), host))
        if problems:
            raise Invalid(problems)
        row = Organization(
            slug=slug,
            name=name.strip(),
            host=host,
            is_default=session.scalar(sa.select(sa.func.count()).select_from(Organization)) == 0,
        )
        session.add(row)
        session.flush()
    bind_to_organization(session, row.id)
    record(session, OrganizationCreated(row.name), actor=SYSTEM, organization_id=row.id)
    return queries.by_id(session, row.id)


def _problems(session: Session, slug: str, name: str, host: str | None) -> Any:
    if not SLUG.fullmatch(slug):
        yield Problem(
            "slug", _l("use de 3 a 60 letras minúsculas, números o guiones: «alcaldia-de-usme»")
        )
    elif session.scalar(sa.select(Organization.id).where(Organization.slug == slug)):
        yield Problem("slug", _l("ya hay una entidad «%(slug)s»", slug=slug))
    if not 0 < len(name) <= LONGEST_NAME:
        yield Problem(
            "name", _l("escriba un nombre de hasta %(longest)s caracteres", longest=LONGEST_NAME)
        )
    if host is not None and not HOST.fullmatch(host):
        yield Problem("host", _l("«%(host)s» no es un nombre de servidor", host=host))
    elif host and session.scalar(sa.select(Organization.id).where(Organization.host == host)):
        yield Problem("host", _l("otra entidad ya responde en «%(host)s»", host=host))
