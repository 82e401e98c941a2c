"""Typing sheets: each by two people who do not see each other, counted or left out.

What is typed stays with the sheet until two people have typed the same; then its ballot goes into
the box, tied to nobody, and the sheet forgets it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.checked import checked_reason
from participa.budgets import ballots, events, policy, typed
from participa.budgets.models import (
    CAUSES,
    SHEET_REASON_LENGTH,
    TYPED_CAUSES,
    Cause,
    ProjectStatus,
    Sheet,
    SheetStatus,
)
from participa.budgets.queries import ballot_rules, casting, points, projects
from participa.budgets.queries import sheets as queries
from participa.budgets.queries.ballot_rules import BallotRules
from participa.budgets.services import box
from participa.budgets.services.points import begin
from participa.budgets.services.sheets import find
from participa.core.errors import Invalid, Problem
from participa.core.i18n import SOURCE_LOCALE, Localized, in_languages
from participa.core.policy import Actor
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

_STATUS_OF = {
    Cause.SPOILED: SheetStatus.SPOILED,
    Cause.EXCHANGED: SheetStatus.VOID,
    Cause.RETURNED: SheetStatus.VOID,
    Cause.SURPLUS: SheetStatus.VOID,
}
DECIDED = (
    SheetStatus.COUNTED,
    SheetStatus.REJECTED,
    SheetStatus.SPOILED,
    SheetStatus.VOID,
)


class Came(StrEnum):
    """What came of typing a sheet."""

    FIRST = "first"
    """Somebody else has to type it."""
    DIFFERENT = "different"
    """Others typed something else: somebody has to look at the paper."""
    COUNTED = "counted"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Typing:
    """A sheet as somebody typed it."""

    number: str
    check: str = ""
    """The letters; they may also stand in ``number``, as a reader of the printed code types them.
    """
    projects: str = ""
    cause: str = ""
    """Why it does not count (one of :data:`TYPED_CAUSES`), instead of ``projects``."""
    reason: str = ""
    sure: bool = False
    """Whether the sheet really says what is no valid ballot."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it, for whoever typed."""

    number: int
    came: Came
    gone: tuple[int, ...] = ()
    """Numbers of projects that were typed and are no longer on the ballot."""


@dataclass(frozen=True, slots=True)
class _Paper:
    """What sheets of a vote are read against."""

    rules: BallotRules
    numbers: Mapping[int, int]
    """Ids of what is on the ballot, by the numbers that are printed there."""
    gone: frozenset[int]
    """Numbers of what was withdrawn."""

    def problems(self, choice: Mapping[int, int]) -> list[Problem]:
        rules = self.rules
        return ballots.problems(rules.form, rules.pots, rules.options, choice)

    def plain(self, entry: Mapping[str, Any]) -> Any:
        """Return what an entry says, to compare it with another."""
        if "cause" in entry:
            return entry["cause"]
        choice = casting.chosen(entry["choice"])
        return typed.present(self.rules.form.kind, choice, self.rules.options)


def _paper(session: Session, component: ComponentView, vote: Any) -> _Paper:
    rules = ballot_rules.of_vote(session, component, vote)
    every = projects.every(session, component)
    return _Paper(
        rules,
        {row.number: row.id for row in every if row.id in rules.options},
        frozenset(row.number for row in every if row.status == ProjectStatus.WITHDRAWN),
    )


def type_sheet(session: Session, actor: Actor, component: ComponentView, typing: Typing) -> Result:
    """Keep what somebody typed of a sheet; when somebody else typed the same, decide it.

    Nobody is told what others typed. Typing again replaces one's own. No more sheets of a point
    stand for somebody than people were marked there as having got one. Raises ``Denied``, and
    ``Invalid`` on ``number``, ``check``, ``papeleta``, ``cause``, ``reason``; on ``sure`` for what
    is no valid ballot, unless ``typing.sure``.
    """
    place = find(session, component, typing.number, typing.check)
    # Whole: two sheets that are decided at once must not both be the last one that was handed out.
    vote, point = begin(
        session, actor, component, place.point_id, policy.TYPE_SHEETS, whole=True, opens=True
    )
    row = queries.for_update(session, component.id, place.number)
    if row is None:  # pragma: no cover  (sheets are never deleted)
        message = f"no sheet {place.number}"
        raise LookupError(message)
    if row.status in DECIDED:
        if actor.person_id in row.by_ids:
            return Result(row.number, _came(row.status))
        raise Invalid.of(
            path="number", message=_l("La hoja %(number)s ya está decidida.", number=row.number)
        )
    paper = _paper(session, component, vote)
    mine, gone = _entry(paper, typing)
    others = [each for each in row.entries if each["by"] != actor.person_id]
    said = paper.plain(mine)
    same = next((each for each in others if paper.plain(each) == said), None)
    if same is None:
        row.entries = [*others, {"by": actor.person_id, **mine}]
        return Result(row.number, _wait(session, actor, component, row), gone)
    status = _status(paper, said)
    if status is not SheetStatus.VOID:
        _refuse_surplus(session, component, point.id)
    row.by_ids = [same["by"], actor.person_id]
    row.entries = []
    row.status = status
    if status is SheetStatus.COUNTED:
        box.put_sheet(session, component, vote, said)
        fact: Any = events.SheetCounted(row.number)
    else:
        _leave_out(row, paper, said, mine.get("reason") or same.get("reason", ""))
        fact = events.SheetLeftOut(row.number, row.cause, _why(row))
    session.flush()
    record_in(session, actor, component, fact)
    return Result(row.number, _came(row.status), gone)


def _status(paper: _Paper, said: Any) -> SheetStatus:
    if isinstance(said, dict):
        return SheetStatus.REJECTED if paper.problems(said) else SheetStatus.COUNTED
    return _STATUS_OF.get(Cause(said), SheetStatus.REJECTED)


def _refuse_surplus(session: Session, component: ComponentView, point_id: int) -> None:
    """Raise :class:`Invalid` where every sheet that was handed out at a point is decided."""
    figures = points.figures(session, component, point_id)[point_id]
    if figures.missing <= 0:
        raise Invalid.of(
            path="number",
            message=_l(
                "Esta hoja es una más que las personas anotadas con hoja en este punto. Mire el "
                "papel y la lista de firmas; si nadie la recibió, diga que sobra."
            ),
        )


def _entry(paper: _Paper, typing: Typing) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Return what is kept of what was typed. Raises :class:`Invalid`."""
    if typing.cause:
        return _cause_entry(typing), ()
    rules = paper.rules
    read = typed.read(rules.form.kind, typing.projects, paper.numbers, rules.options, paper.gone)
    if read.problem is not None:
        raise Invalid.of(path="papeleta", message=read.problem)
    if not typing.projects.strip():
        raise Invalid.of(
            path="papeleta",
            message=_l("Escriba los números marcados, o diga por qué la hoja no se cuenta."),
        )
    wrong = paper.problems(read.choice)
    if wrong and not typing.sure:
        raise Invalid(
            [
                *[Problem("papeleta", each.message) for each in wrong],
                Problem("sure", _l("Así la hoja no se cuenta.")),
            ]
        )
    return {"choice": {str(key): value for key, value in read.choice.items()}}, read.gone


def _cause_entry(typing: Typing) -> dict[str, Any]:
    known = {each.value for each in TYPED_CAUSES}
    if typing.cause not in known:
        raise Invalid.of(path="cause", message=_l("Elija un motivo de la lista."))
    if typing.projects.strip():
        raise Invalid.of(
            path="cause",
            message=_l("O la hoja se cuenta, o no: deje solo los proyectos o solo el motivo."),
        )
    reason = " ".join(typing.reason.split())
    if reason:
        reason = checked_reason(reason)
    if len(reason) > SHEET_REASON_LENGTH:
        raise Invalid.of(
            path="reason",
            message=_l("Es muy largo: caben %(most)s letras.", most=SHEET_REASON_LENGTH),
        )
    if typing.cause == Cause.OTHER and not reason:
        raise Invalid.of(
            path="reason", message=_l("Escriba cuál es el motivo: se publica en el acta.")
        )
    return {"cause": typing.cause, "reason": reason}


def _wait(session: Session, actor: Actor, component: ComponentView, row: Sheet) -> Came:
    is_first = len(row.entries) == 1
    row.status = SheetStatus.FIRST if is_first else SheetStatus.DIFFERENT
    session.flush()
    record_in(session, actor, component, events.SheetTyped(row.number))
    if is_first:
        return Came.FIRST
    record_in(session, actor, component, events.SheetsDiffer(row.number))
    return Came.DIFFERENT


def _leave_out(row: Sheet, paper: _Paper, said: Any, reason: str) -> None:
    if isinstance(said, dict):
        row.cause = Cause.INVALID.value
        with force_locale(SOURCE_LOCALE):
            reason = " ".join(str(each.message) for each in paper.problems(said))
    else:
        row.cause = Cause(said).value
    row.reason = reason[:SHEET_REASON_LENGTH]


def _why(row: Sheet) -> Localized:
    reason = f". {row.reason}" if row.reason else ""
    return in_languages(lambda: f"{CAUSES[Cause(row.cause)]}{reason}")


def _came(status: SheetStatus) -> Came:
    return Came.COUNTED if status is SheetStatus.COUNTED else Came.LEFT_OUT
