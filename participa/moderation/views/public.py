"""What anybody can read of moderation: its rules, its promises, its accounts."""

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from flask import Response, g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from participa.core import tables
from participa.core.db import db
from participa.core.i18n import format_date
from participa.core.limits import by_address, limiter
from participa.core.web import page, render
from participa.moderation import policy, queries
from participa.moderation.models import Ground, Move
from participa.moderation.queries import Month
from participa.moderation.views import blueprint, decisions, reserve
from participa.processes import queries as processes

MONTHS = 12
"""How far back the figures go."""
OUTCOMES: Sequence[tuple[Any, tuple[Move, ...]]] = (
    (_l("Se mantuvieron"), (Move.KEEP,)),
    (_l("Se retiraron"), (Move.REMOVE, Move.REMOVE_URGENTLY)),
    (_l("Se corrigieron"), (Move.ACCEPT,)),
    (_l("Se unieron a otro"), (Move.MERGE,)),
)
"""What may be decided, as the figures count it."""

SPOOLED = 1024 * 1024
"""Bytes of the file that stay in memory."""
CHUNK = 64 * 1024


@blueprint.get("/moderacion")
@page(policy.RULES)
def rules() -> Any:
    """Say by which rules, how, by whom and how fast it is decided; and give account of it."""
    session = db.session()
    months = _from_the_first(queries.figures(session, g.organization.id, MONTHS))
    grounds = queries.grounds(session, active=False)
    chosen = request.args.get("mes", "")
    known = {f"{each.month:%Y-%m}": each for each in months}
    shown = known.get(chosen)
    return render(
        "moderation/rules.html",
        grounds=[(each.name, each.text) for each in grounds if each.is_active],
        terms=queries.terms(session, g.organization.id),
        options=[
            ("", ngettext("El último mes", "Los últimos %(num)s meses", MONTHS)),
            *((key, _named(each.month)) for key, each in known.items()),
        ],
        chosen=chosen if shown else "",
        shown=_figures(months, shown, grounds),
    )


def _from_the_first(months: Sequence[Month]) -> Sequence[Month]:
    """Leave out the months before the first in which anything happened; the present one stays."""
    busy = [n for n, each in enumerate(months) if each.decisions or each.appeals or each.reverted]
    return months[: max(busy, default=0) + 1]


def _named(month: dt.date) -> str:
    return format_date(month, "LLLL yyyy")


def _used(months: Sequence[Month], grounds: Iterable[Ground]) -> list[Ground]:
    return [each for each in grounds if any(month.by_ground.get(each.id) for month in months)]


def _outcomes(months: Sequence[Month]) -> list[list[reserve.Shown]]:
    """Return what was decided, a row per month, with small cells reserved."""
    return reserve.table(
        [
            [sum(month.by_decision.get(move, 0) for move in moves) for _label, moves in OUTCOMES]
            for month in months
        ]
    )


def _by_ground(months: Sequence[Month], used: Sequence[Ground]) -> list[list[reserve.Shown]]:
    """Return why, a row per month, with small cells reserved."""
    return reserve.table([[month.by_ground.get(each.id, 0) for each in used] for month in months])


def _figures(months: Sequence[Month], chosen: Month | None, grounds: Iterable[Ground]) -> Any:
    """Return what the page shows of the months, or of one of them, with small cells reserved."""
    used = _used(months, grounds)
    outcomes = _outcomes(months)
    by_ground = _by_ground(months, used)
    appeals = reserve.numbers([each.appeals for each in months])
    reverted = reserve.numbers([each.reverted for each in months])
    # The last line of each is that of all months together.
    line = months.index(chosen) if chosen is not None else -1
    *cells, total = outcomes[line]
    return {
        "total": total,
        "median": _span(chosen.median_hours) if chosen is not None and total else None,
        "appeals": appeals[line],
        "reverted": reverted[line],
        "outcomes": [(label, count) for (label, _m), count in zip(OUTCOMES, cells, strict=True)],
        "largest": max((count or 0 for count in cells), default=0),
        "grounds": [
            (each.name, count) for each, count in zip(used, by_ground[line][:-1], strict=True)
        ],
        "months": [
            {
                "label": _named(month.month),
                "total": outcomes[number][-1],
                "median": _span(month.median_hours) if outcomes[number][-1] else None,
                "appeals": appeals[number],
                "reverted": reverted[number],
            }
            for number, month in enumerate(months)
        ],
    }


def _span(hours: float | None) -> str | None:
    """Return a median in words: hours below two days, else days; ``None`` where there is none."""
    if hours is None:
        return None
    if hours < 1:
        return _("menos de una hora")
    if hours < 48:  # noqa: PLR2004  (two days: from there on, hours are hard to picture)
        return str(ngettext("%(num)s hora", "%(num)s horas", round(hours)))
    return str(ngettext("%(num)s día", "%(num)s días", round(hours / 24)))


@blueprint.get("/moderacion/decisiones.csv")
@page(policy.RULES)
@limiter.limit("30/minute", key_func=by_address)
def decisions_csv() -> Any:
    """Give every decision as CSV, without names, words or days, reserved as the page's figures are.

    The file is written before the answer begins: whoever downloads slowly holds no transaction.
    """
    session, organization = db.session(), g.organization
    grounds = queries.grounds(session, active=False)
    months = _from_the_first(queries.figures(session, organization.id, MONTHS))
    outcomes, by_ground = _outcomes(months), _by_ground(months, _used(months, grounds))
    answers = [
        *reserve.numbers([each.appeals for each in months]),
        *reserve.numbers([each.reverted for each in months]),
    ]
    keys = [f"{each.month:%Y-%m}" for each in months]
    file = tempfile.SpooledTemporaryFile(  # noqa: SIM115  (closed when the answer ends)
        SPOOLED, "w+", encoding="utf-8", newline=""
    )
    file.write("\ufeff")
    file.write(tables.line(decisions.COLUMNS))
    for row in decisions.rows(
        queries.decisions(session, organization.id),
        {each.id: each.name.text(organization.locale) for each in grounds},
        _processes(session),
        known_months=keys,
        open_months={key for key, line in zip(keys, outcomes, strict=False) if line[-1]},
        whole_months={
            key
            for key, *lines in zip(keys, outcomes, by_ground, strict=False)
            if None not in [*lines[0], *lines[1]]
        },
        answers_shown=None not in answers,
    ):
        file.write(tables.line(row))
    file.seek(0)
    answer = Response(
        _chunks(file),
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=decisiones-de-moderacion.csv"},
    )
    answer.call_on_close(file.close)
    if request.method == "HEAD":
        file.close()  # nothing will be read, and nobody closes what is not read
    return answer


def _processes(session: Session) -> dict[int, str]:
    """Return the address of every process that anybody can see, by id."""
    found = processes.by_ids(session, queries.judged_in(session))
    return {each.id: each.slug for each in found if each.is_public}


def _chunks(file: IO[str]) -> Iterator[str]:
    with file:
        while part := file.read(CHUNK):
            yield part
