"""Links that let somebody without an account read an unpublished process."""

import datetime as dt
import secrets

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.queries import digest
from participa.core import clock
from participa.core.errors import Invalid, Missing
from participa.core.policy import Actor
from participa.processes import events, policy
from participa.processes.models import PreviewLink
from participa.processes.services.facts import record_of
from participa.processes.services.locked import lock

LONGEST_HOURS = 30 * 24


def make_preview_link(session: Session, actor: Actor, process_id: int, *, hours: int) -> str:
    """Make a link that works for some hours. Returns its token, which is kept nowhere.

    Raises ``Missing``, ``Denied`` and ``Invalid`` (field ``hours``, from 1 to 720).
    """
    locked = lock(session, actor, policy.PREVIEW, process_id)
    if not 1 <= hours <= LONGEST_HOURS:
        raise Invalid.of(
            path="hours", message=_l("Elija entre 1 y %(most)s horas.", most=LONGEST_HOURS)
        )
    token = secrets.token_urlsafe(24)
    now = clock.now()
    link = PreviewLink(
        organization_id=locked.organization.id,
        process_id=process_id,
        token_hash=digest(token),
        made_by_id=actor.person_id,
        created_at=now,
        expires_at=now + dt.timedelta(hours=hours),
    )
    session.add(link)
    record_of(
        session, actor, locked.row, events.PreviewLinkMade(expires=link.expires_at.isoformat())
    )
    return token


def revoke_preview_link(session: Session, actor: Actor, process_id: int, link_id: int) -> None:
    """Make a preview link stop working at once. Raises ``Missing`` and ``Denied``."""
    locked = lock(session, actor, policy.PREVIEW, process_id)
    link = session.get(PreviewLink, link_id)
    if link is None or link.process_id != process_id:
        message = f"no preview link {link_id}"
        raise Missing(message)
    session.delete(link)
    record_of(
        session, actor, locked.row, events.PreviewLinkRevoked(expires=link.expires_at.isoformat())
    )
