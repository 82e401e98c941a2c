"""Dates of a process file: a day of the organization's calendar, or a day with its hour."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from participa.core import clock
from participa.core.i18n import format_date

EARLIEST, LATEST = 2000, 2100
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HOUR = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([+-]\d{2}:\d{2}|Z)?")

_EXAMPLE = _l("debe ser una fecha año-mes-día, por ejemplo 2026-03-03 o 2026-03-03T08:00")


def read_moment(value: Any, zone: ZoneInfo, *, is_end: bool) -> tuple[dt.datetime | None, Any]:
    """Read a date as a UTC moment. Returns ``(moment, None)`` or ``(None, sentence)``.

    A day without hour is its first midnight, or, for an end, the midnight after it: an end date is
    the last open day. An hour without offset is the organization's.
    """
    written = value.isoformat() if isinstance(value, dt.date) else value
    if not isinstance(written, str):
        return None, _EXAMPLE
    try:
        if _DAY.fullmatch(written):
            day = dt.date.fromisoformat(written)
            if not EARLIEST <= day.year <= LATEST:
                return None, _years(day.year)
            return (clock.end_of_day if is_end else clock.start_of_day)(day, zone), None
        if _HOUR.fullmatch(written):
            return _with_hour(dt.datetime.fromisoformat(written), zone)
    except ValueError:
        return None, _l("«%(date)s» no existe en el calendario", date=written.replace("T", " "))
    return None, _EXAMPLE


def _with_hour(read: dt.datetime, zone: ZoneInfo) -> tuple[dt.datetime | None, Any]:
    if not EARLIEST <= read.year <= LATEST:
        return None, _years(read.year)
    if read.tzinfo is not None:
        return read.astimezone(dt.UTC), None
    moment = read.replace(tzinfo=zone).astimezone(dt.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != read:
        return None, _l("esa hora no existe ese día: el reloj se adelanta por el cambio de hora")
    return moment, None


def _years(year: int) -> Any:
    return _l(
        "el año %(year)s no es posible: debe estar entre %(first)s y %(last)s",
        year=year,
        first=EARLIEST,
        last=LATEST,
    )


def write_moment(moment: dt.datetime, zone: ZoneInfo, *, is_end: bool) -> str:
    """Write a UTC moment as short as possible, so that :func:`read_moment` gives it back."""
    nearest = moment - dt.timedelta(microseconds=1) if is_end else moment
    local = moment.astimezone(zone)
    candidates = [
        nearest.astimezone(zone).date().isoformat(),
        local.replace(tzinfo=None).isoformat(timespec="minutes"),
        local.replace(tzinfo=None).isoformat(),
        local.isoformat(),
    ]
    return next(each for each in candidates if read_moment(each, zone, is_end=is_end)[0] == moment)


def shift(moment: dt.datetime, days: int, zone: ZoneInfo) -> dt.datetime:
    """Return the same hour of the organization's clock some days later (or earlier)."""
    local = moment.astimezone(zone)
    if moment == clock.start_of_day(local.date(), zone):
        return clock.start_of_day(local.date() + dt.timedelta(days=days), zone)
    later = local.replace(tzinfo=None) + dt.timedelta(days=days)
    return later.replace(tzinfo=zone).astimezone(dt.UTC)


class Moment:
    """A moment written when read, in the reader's language and the organization's zone.

    The hour is named only where it says something; an end at midnight is named by its last day.
    """

    def __init__(self, moment: dt.datetime, zone: ZoneInfo, *, is_end: bool = False) -> None:
        self._text = write_moment(moment, zone, is_end=is_end)
        local = moment.astimezone(zone)
        whole = _DAY.fullmatch(self._text)
        self._day = dt.date.fromisoformat(self._text) if whole else local.date()
        self._hour = None if whole else f"{local:%H:%M}"

    def __str__(self) -> str:
        day = format_date(self._day)
        if self._hour is None:
            return day
        return str(_l("%(day)s a las %(hour)s", day=day, hour=self._hour))
