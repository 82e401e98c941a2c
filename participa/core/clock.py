"""The only place that reads the clock, so that tests can freeze it and previews can move it."""

import datetime as dt
from zoneinfo import ZoneInfo

from flask import g, has_app_context


def now() -> dt.datetime:
    """Return the present moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def moment() -> dt.datetime:
    """Return the moment the current page speaks about, in UTC.

    It is the present, except while staff look at a process "as of" another date: then it is that
    date. Only what is *shown* may use it; every write uses :func:`now`.
    """
    if has_app_context():
        shown: dt.datetime | None = g.get("preview_moment")
        if shown is not None:
            return shown
    return now()


def start_of_day(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Return the midnight that begins ``day`` in ``zone``, as a UTC moment."""
    return dt.datetime.combine(day, dt.time.min, zone).astimezone(dt.UTC)


def end_of_day(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Return the midnight that ends ``day`` in ``zone`` as UTC: the half-open end of that day."""
    return start_of_day(day + dt.timedelta(days=1), zone)
