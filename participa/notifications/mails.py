"""Mails about facts: one at once, or a digest; put in words outside of any request."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, g, url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from participa.core import clock, mail
from participa.core.config import Config
from participa.core.events import How
from participa.core.i18n import current_locale, format_last_day
from participa.notifications import queries, stop_links, stories
from participa.notifications.models import ANY_KIND
from participa.notifications.services import claims
from participa.organizations import queries as organizations
from participa.organizations import views as organization_views
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ProcessView

PEOPLE = 100
"""How many people one transaction writes to."""
STORIES = 30
"""How many facts one digest tells; the others are in the inbox."""
SUBJECT_LENGTH = 150

_BOUND = ("organization", "scope", "time_zone", "currency", "territory_locale")


def address_of(organization: OrganizationView, config: Config) -> str:
    """Return the public address of an organization, without a final slash."""
    return config.address(organization.host)


@contextmanager
def writing_for(app: Flask, organization: OrganizationView) -> Iterator[str]:
    """Let texts, dates and addresses speak for an organization, as in a request to it.

    Yields the organization's public address; whatever was bound before is bound again after.
    """
    address = address_of(organization, app.extensions["participa_config"])
    with app.test_request_context("/", base_url=address):
        before = {name: g.get(name) for name in _BOUND}
        organization_views.use(organization)
        try:
            yield address
        finally:
            for name, value in before.items():
                setattr(g, name, value)


def send(
    session: Session,
    organization: OrganizationView,
    how: How,
    before: dt.datetime,
    people: Sequence[int],
) -> None:
    """Queue the mails of a kind that are due to some people, in this transaction.

    ``before``: only facts told before this moment. Without consent only what concerns a person
    directly is mailed (an answer to what they wrote is part of the service they use, not something
    they subscribed to).
    """
    _tell(session, organization, how, claims.claim(session, organization.id, how, before, people))


def holds(session: Session, letter: mail.Mail) -> bool:
    """Return whether a queued mail still says what may be said; else drop it and make it anew.

    A text may be removed, corrected or taken back, and an account end, while the mail server is
    down: what leaves late is told in today's words, and only of what has not been read meanwhile.
    """
    basis = letter.basis or {}
    organization = organizations.by_id(session, letter.organization_id)
    recipient = queries.recipients(session, [basis["person"]]).get(basis["person"])
    if recipient is not None and recipient.email == letter.recipient:
        with writing_for(_app(), organization), force_locale(_locale(recipient, organization)):
            told = _stories(session, organization, basis["facts"])
        if _shown(told[id] for id in basis["facts"] if id in told) == basis["shows"]:
            return True
    session.execute(sa.delete(mail.Mail).where(mail.Mail.id == letter.id))
    unread = claims.unread(session, basis["notifications"])
    _tell(session, organization, How(basis["how"]), unread)
    return False


def _tell(
    session: Session,
    organization: OrganizationView,
    how: How,
    claimed: Sequence[claims.Claimed],
) -> None:
    recipients = queries.recipients(session, {each.person_id for each in claimed})
    wanted: dict[int, list[claims.Claimed]] = {}
    for each in claimed:
        recipient = recipients.get(each.person_id)
        if recipient is not None and (recipient.consents or each.direct):
            wanted.setdefault(each.person_id, []).append(each)
    app = _app()
    with writing_for(app, organization) as address:
        for locale in sorted({_locale(recipients[id], organization) for id in wanted}):
            mine = {
                recipients[id]: each
                for id, each in wanted.items()
                if _locale(recipients[id], organization) == locale
            }
            with force_locale(locale):
                _write(session, app, organization, address, how, mine)
    claims.mark_mailed(session, [each.id for rows in wanted.values() for each in rows])


def _app() -> Flask:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    return app


def _stories(
    session: Session, organization: OrganizationView, fact_ids: Iterable[int]
) -> dict[int, stories.Story]:
    """Put facts in the words of today."""
    facts = queries.fact_rows(session, fact_ids)
    context = queries.context(session, list(facts.values()))
    return {id: stories.tell(facts[id], context, organization.name) for id in facts}


def _shown(told: Iterable[stories.Story]) -> str:
    """Return a fingerprint of what a mail tells: other words, names or addresses, another one."""
    lines = "\n".join(f"{story.sentence} {story.url}" for story in told)
    return hashlib.sha256(lines.encode()).hexdigest()


def _locale(recipient: queries.Recipient, organization: OrganizationView) -> str:
    return recipient.locale if recipient.locale in organization.locales else organization.locale


def _write(
    session: Session,
    app: Flask,
    organization: OrganizationView,
    address: str,
    how: How,
    wanted: Mapping[queries.Recipient, Sequence[claims.Claimed]],
) -> None:
    told = _stories(
        session,
        organization,
        {each.fact_id for rows in wanted.values() for each in rows[-STORIES:]},
    )
    for recipient, rows in wanted.items():
        batches = [[row] for row in rows] if how is How.NOW and len(rows) <= STORIES else [rows]
        for batch in batches:
            facts = [each.fact_id for each in batch[-STORIES:]]
            shown = [told[id] for id in facts]
            kind = shown[0].name if len(batch) == 1 else ANY_KIND
            token = stop_links.make(app.config["SECRET_KEY"], recipient.id, kind)
            values = {
                **_values(organization, how, shown, len(batch)),
                "stop_url": address + url_for("notifications.stop", token=token),
                "address": address,
            }
            template = "single" if len(batch) == 1 else "digest"
            mail.queue(
                session,
                mail.Mail(
                    organization_id=organization.id,
                    recipient=recipient.email,
                    sender_name=organization.name,
                    subject=_one_line(values["subject"]),
                    text=_render(app, f"notifications/mail/{template}.txt", values),
                    html=_render(app, f"notifications/mail/{template}.html", values),
                    stop_url=values["stop_url"],
                    basis={
                        "how": how.value,
                        "person": recipient.id,
                        "notifications": [each.id for each in batch],
                        "facts": facts,
                        "shows": _shown(shown),
                    },
                ),
            )


def _values(
    organization: OrganizationView, how: How, shown: Sequence[stories.Story], total: int
) -> dict[str, Any]:
    common = {"organization": organization, "locale": current_locale()}
    if total == 1:
        story = shown[0]
        return common | {
            "subject": story.sentence,
            "story": story,
            "phase_line": phase_line(story.process) if story.process is not None else "",
            "path": story.url or url_for("notifications.inbox"),
        }
    subject = {
        How.DAILY: ngettext(
            "Su resumen del día: %(num)s novedad", "Su resumen del día: %(num)s novedades", total
        ),
        How.WEEKLY: ngettext(
            "Su resumen de la semana: %(num)s novedad",
            "Su resumen de la semana: %(num)s novedades",
            total,
        ),
    }.get(how) or ngettext("%(num)s novedad", "%(num)s novedades", total)
    return common | {
        "subject": subject,
        "groups": _by_process(shown),
        "left_out": total - len(shown),
        "total": total,
        "path": url_for("notifications.inbox"),
    }


def _by_process(
    shown: Sequence[stories.Story],
) -> list[tuple[ProcessView | None, list[stories.Story]]]:
    groups: dict[int, list[stories.Story]] = {}
    for story in shown:
        groups.setdefault(story.process.id if story.process else 0, []).append(story)
    return [(each[0].process, each) for each in groups.values()]


def phase_line(process: ProcessView) -> str:
    """Return where a process stands now ("Presupuesto 2026 · Ideas, hasta el 30 de abril")."""
    active = process.phases_at(clock.now())
    if not active:
        return str(process.title)
    phase = active[-1]
    until = next((each.end for each in phase.active if each.contains(clock.now())), phase.end)
    return _(
        "%(process)s · %(phase)s, hasta el %(date)s",
        process=process.title,
        phase=phase.title,
        date=format_last_day(until),
    )


def _render(app: Flask, template: str, values: Mapping[str, Any]) -> str:
    """Render without the context of pages: a mail has no menu, no account and no notices."""
    return app.jinja_env.get_template(template).render(values)


def _one_line(text: str) -> str:
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1].rstrip() + "…"
