"""The offer to undo the last decision: kept in the browser's cookie while there is time for it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask import flash, session, url_for

from participa.core import clock
from participa.core.i18n import format_deadline

KEY = "moderation_undo"
SENT_KEY = "moderation_sent"
"""For one page: the draft on the device that was sent and may go."""
TIME = dt.timedelta(minutes=10)


def remember(
    process: str, sentence: Any, decided: Mapping[int, int], *, together: bool = False
) -> None:
    """Offer to undo what was decided: ``{case id: revision}``; the words of items are not kept."""
    session[KEY] = {
        "process": process,
        "sentence": str(sentence),
        "cases": [[case_id, revision] for case_id, revision in decided.items()],
        "together": together,
        "until": (clock.now() + TIME).isoformat(),
    }


def say(sentence: Any) -> None:
    """Tell what was done, where there is nothing to undo."""
    flash(str(sentence), "ok")


def forget() -> None:
    """Offer nothing any more."""
    session.pop(KEY, None)


def offer() -> dict[str, Any] | None:
    """Return what the pages offer to undo, or ``None`` once it is too late."""
    kept = session.get(KEY)
    if not kept:
        return None
    until = dt.datetime.fromisoformat(kept["until"])
    if until <= clock.now():
        return None
    cases = kept["cases"]
    single = not kept["together"]
    return {
        "sentence": kept["sentence"],
        "until": format_deadline(until, clock.now()),
        "url": url_for("moderation.undo", process=kept["process"], case_id=cases[0][0])
        if single
        else url_for("moderation.undo_bulk", process=kept["process"]),
        "fields": [("revision", cases[0][1])] if single else [("caso", each[0]) for each in cases],
    }
