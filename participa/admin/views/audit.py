"""The record: every fact that changed something, to read, to filter and to take away."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any

from flask import Flask, Response, g, request, url_for
from flask_babel import gettext as _

from participa.accounts import queries as accounts
from participa.accounts.queries import people
from participa.admin import queries
from participa.admin.queries import FactFilter
from participa.admin.shell import blueprint
from participa.core import clock, tables
from participa.core.db import bind_to_organization, db
from participa.core.digits import whole_number
from participa.core.events import FOLLOWERS, Fact, as_read, sentence
from participa.core.facts import FactRow
from participa.core.i18n import current_locale, format_datetime
from participa.core.registry import registry, titles_today
from participa.core.web import page, render, request_app
from participa.organizations import policy
from participa.organizations.queries import OrganizationView
from participa.organizations.views import use
from participa.processes import queries as processes

COLUMNS = (
    "numero",
    "momento_utc",
    "momento_local",
    "hecho",
    "frase",
    "persona",
    "persona_id",
    "proceso",
    "objeto",
    "publico",
    "solicitud",
    "datos",
)
"""Of the exported file."""
FILTERS = ("hecho", "proceso", "persona", "desde", "hasta")
SIMILAR_NAMES = 50
"""How many people one searched name may stand for."""


@blueprint.get("/registro")
@page(policy.READ_AUDIT)
def audit() -> Any:
    """Show the facts, newest first."""
    wanted, typed, problems = _filter()
    found = queries.facts(db.session(), wanted, request.args.get("pagina"))
    kept: dict[str, Any] = {name: value for name, value in typed.items() if value}
    return render(
        "admin/audit.html",
        rows=written(found.rows, as_recorded=True),
        typed=typed,
        problems=problems,
        kinds=_kinds(),
        processes=processes.visible(db.session(), drafts_of=None),
        filtered=bool(kept),
        next_url=url_for("admin.audit", **kept, pagina=found.next) if found.next else None,
        prev_url=url_for("admin.audit", **kept, pagina=found.previous) if found.previous else None,
        export_url=url_for("admin.audit_csv", **kept),
    )


def _kinds() -> list[tuple[str, str]]:
    """Return every kind of fact with its label, by label."""
    return sorted(
        ((fact.NAME, str(fact.LABEL)) for fact in registry.facts()), key=lambda each: each[1]
    )


def _filter() -> tuple[FactFilter, dict[str, str], list[str]]:
    """Read the filter from the address: what it asks for, what was typed, and what is wrong."""
    typed = {name: request.args.get(name, "").strip()[:100] for name in FILTERS}
    problems: list[str] = []
    zone = g.organization.zone
    since = _day(typed["desde"], problems)
    until = _day(typed["hasta"], problems)
    process_id = None
    if typed["proceso"]:
        slugs = {each.slug: each.id for each in processes.visible(db.session(), drafts_of=None)}
        process_id = slugs.get(typed["proceso"], 0)
    actor_ids: tuple[int, ...] | None = None
    if typed["persona"]:
        person_id = whole_number(typed["persona"])
        if person_id is not None:
            actor_ids = (person_id,)
        else:
            same = people.search(db.session(), typed["persona"], size=SIMILAR_NAMES).rows
            actor_ids = tuple(each.id for each in same)
    wanted = FactFilter(
        names=(typed["hecho"],) if typed["hecho"] else (),
        process_id=process_id,
        actor_ids=actor_ids,
        since=clock.start_of_day(since, zone) if since else None,
        until=clock.end_of_day(until, zone) if until else None,
    )
    return wanted, typed, problems


def _day(text: str, problems: list[str]) -> dt.date | None:
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 2999:  # noqa: PLR2004
        problems.append(_("«%(text)s» no es una fecha. Escríbala como 2026-03-12.", text=text))
        return None
    return day


def written(rows: Sequence[FactRow], *, as_recorded: bool = False) -> list[dict[str, Any]]:
    """Write facts for people: who, what, where. One statement for the names.

    What they quote are the titles of today, none of what was removed; ``as_recorded`` is for those
    who read the record itself.
    """
    names = accounts.names(db.session(), [row.actor_id for row in rows if row.actor_id])
    titles = {
        each.id: each
        for each in processes.by_ids(
            db.session(), [row.process_id for row in rows if row.process_id]
        )
    }
    kinds = {each.NAME: each for each in registry.facts()}
    today = None if as_recorded else titles_today(db.session(), rows)
    written = []
    for row in rows:
        kind = kinds.get(row.name)
        who = names.get(row.actor_id or 0) or (
            _("Una cuenta eliminada") if row.actor_id else _("El sistema")
        )
        written.append(
            {
                "id": row.id,
                "at": row.at,
                "name": row.name,
                "label": str(kind.LABEL) if kind else row.name,
                "sentence": _as_notice(kind, sentence(kind, row, who, titles=today)),
                "who": who,
                "actor_id": row.actor_id,
                "process": titles.get(row.process_id or 0),
                "public": row.public,
                "row": row,
            }
        )
    return written


def _as_notice(kind: type[Fact] | None, text: str) -> str:
    """Return a sentence for whoever it does not speak to: a notice to one person is quoted."""
    if kind is None or kind.PUBLIC or not kind.TELLS or "%(actor)s" in str(kind.SENTENCE):
        return text
    if not FOLLOWERS.isdisjoint(kind.TELLS):
        return text
    return str(_("Se le avisó a quien le toca: «%(notice)s»", notice=text))


@blueprint.get("/registro/<int:fact_id>")
@page(policy.READ_AUDIT)
def fact(fact_id: int) -> Any:
    """Show one fact with everything that was kept of it."""
    row = queries.fact(db.session(), fact_id)
    return render(
        "admin/fact.html",
        fact=written([row], as_recorded=True)[0],
        data=[(name, _plain(value)) for name, value in as_read(row).items()],
    )


def _plain(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("sí") if value else _("no")
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "\n".join(value) or "—"
    return (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    )


@blueprint.get("/registro.csv")
@page(policy.READ_AUDIT)
def audit_csv() -> Any:
    """Give every fact of the same filter as CSV, without ever holding more than a batch."""
    wanted, _typed, _problems = _filter()
    return Response(
        _parts(request_app(), g.organization, current_locale(), wanted),
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=registro.csv"},
    )


def _parts(
    app: Flask, organization: OrganizationView, locale: str, wanted: FactFilter
) -> Iterator[str]:
    """Give the file a batch at a time, each in a context and a transaction of its own.

    The request has ended by then, and whoever downloads slowly must not hold a transaction open.
    """
    yield "\ufeff" + tables.line(COLUMNS)
    before: int | None = None
    while True:
        with app.app_context():
            use(organization)
            g.mail_locale = locale
            session = db.session()
            session.info["read_only"] = True
            bind_to_organization(session, organization.id)
            rows = queries.facts_before(session, wanted, before)
            text = "".join(tables.line(_cells(each)) for each in written(rows, as_recorded=True))
            before = rows[-1].id if rows else None
        if before is None:
            return
        yield text


def _cells(each: dict[str, Any]) -> list[str]:
    row = each["row"]
    return [
        str(row.id),
        row.at.isoformat(timespec="seconds"),
        format_datetime(row.at),
        row.name,
        each["sentence"],
        each["who"],
        str(row.actor_id or ""),
        each["process"].slug if each["process"] else "",
        str(row.subject or ""),
        "si" if row.public else "no",
        row.request_id or "",
        json.dumps(row.data, ensure_ascii=False, sort_keys=True),
    ]
