"""What must be in order before a vote is closed, with figures and nothing of what anybody chose."""

import datetime as dt
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln
from sqlalchemy.orm import Session

from participa.accounts.queries import rolls
from participa.budgets.models import Channel, SheetStatus
from participa.budgets.queries import casting, outcomes, points
from participa.budgets.queries import sheets as queries
from participa.budgets.services.lock import Item
from participa.core.i18n import format_last_day, format_start
from participa.moderation import queries as moderation
from participa.processes import queries as processes
from participa.processes.snapshot import ComponentView

CHANNELS = {
    Channel.WEB: _l("Por internet"),
    Channel.ASSISTED: _l("Con ayuda"),
    Channel.PAPER: _l("En papel"),
}
HALF_TYPED = (SheetStatus.FIRST, SheetStatus.DIFFERENT)
MOST_NAMED = 10


def checklist(session: Session, component: ComponentView, at: dt.datetime) -> list[Item]:
    """Return what must be in order before a vote is closed, with what is not.

    Says figures, and nothing of what anybody chose.
    """
    return [
        _phases_item(component, at),
        _points_item(session, component),
        _sheets_item(session, component),
        _figures_item(session, component),
        _cases_item(session, component),
        _drafts_item(session, component),
        _roll_item(session, component),
        _seconds_item(component),
    ]


def _phases_item(component: ComponentView, at: dt.datetime) -> Item:
    found = []
    for capability in ("cast", "assist"):
        until = component.closes_at(capability, at)
        again = component.next_opening(capability, at)
        label = component.capability(capability).label
        if until is not None:
            found.append(
                _l(
                    "«%(what)s» sigue abierto hasta el %(until)s. Si hay que terminar antes, "
                    "cierre la fase con su motivo.",
                    what=label,
                    until=format_last_day(until),
                )
            )
        elif again is not None:
            found.append(
                _l(
                    "«%(what)s» vuelve a abrir el %(date)s.",
                    what=label,
                    date=format_start(again),
                )
            )
    return Item(_l("Ya no se vota"), tuple(found))


def _points_item(session: Session, component: ComponentView) -> Item:
    names = list(points.unreconciled(session, component))
    found = [_l("Falta conciliar el punto «%(name)s».", name=name) for name in names[:MOST_NAMED]]
    if len(names) > MOST_NAMED:
        found.append(_ln("Y uno más.", "Y %(num)s más.", len(names) - MOST_NAMED))
    return Item(_l("Los puntos de votación están conciliados"), tuple(found))


def _sheets_item(session: Session, component: ComponentView) -> Item:
    found = queries.counts(session, component)
    half = sum(found.get(status.value, 0) for status in HALF_TYPED)
    problems = (
        (_ln("Una hoja está a medio digitar.", "%(num)s hojas están a medio digitar.", half),)
        if half
        else ()
    )
    return Item(_l("Las hojas de papel están digitadas dos veces"), problems)


def counted(session: Session, component: ComponentView) -> dict[str, Any]:
    """Return who voted and what is in the box, by channel, and the rejected sheets: numbers."""
    sheets = queries.counts(session, component)
    return {
        "marks": casting.turnout(session, component),
        "ballots": outcomes.ballots_by_channel(session, component),
        "rejected": sum(sheets.get(status.value, 0) for status in outcomes.UNCOUNTED),
    }


def _figures_item(session: Session, component: ComponentView) -> Item:
    figures = counted(session, component)
    problems: list[Any] = []
    notes: list[Any] = []
    surplus, explained = _by_point(session, component)
    problems += surplus
    for channel, label in CHANNELS.items():
        marks = figures["marks"].get(channel.value, 0)
        ballots = figures["ballots"].get(channel.value, 0)
        if channel is not Channel.PAPER:
            if marks != ballots:
                problems.append(
                    _l(
                        "%(channel)s: votantes, %(marks)s; votos en la urna, %(ballots)s.",
                        channel=label,
                        marks=marks,
                        ballots=ballots,
                    )
                )
            continue
        missing = marks - ballots - figures["rejected"]
        if missing:
            sentence = _l(
                "%(channel)s: votantes, %(marks)s; votos en la urna, %(ballots)s; "
                "hojas rechazadas, %(rejected)s.",
                channel=label,
                marks=marks,
                ballots=ballots,
                rejected=figures["rejected"],
            )
            # A sheet too few can be explained; one too many is a ballot of nobody.
            (notes if missing == explained else problems).append(sentence)
    return Item(_l("Por cada canal hay tantos votos como votantes"), tuple(problems), tuple(notes))


def _by_point(session: Session, component: ComponentView) -> tuple[list[Any], int]:
    """Return which points have more sheets than marks, and how many missing ones their acts tell.

    Somebody may leave with a sheet: the remarks of the act say so, and the vote can be closed. A
    sheet too many at one point is never made up for by one too few at another.
    """
    surplus: list[Any] = []
    explained = 0
    known = points.figures(session, component)
    for row in points.listed(session, component):
        figures = known.get(row.id, points.Figures())
        if figures.missing < 0:
            surplus.append(
                _l(
                    "En el punto «%(name)s» sobran hojas: personas anotadas con hoja, %(marks)s; "
                    "hojas contadas o rechazadas, %(sheets)s.",
                    name=row.name,
                    marks=figures.marks,
                    sheets=figures.counted + figures.left_out,
                )
            )
        elif row.reconciled_at is not None and row.remarks:
            explained += figures.missing
    return surplus, explained


def _cases_item(session: Session, component: ComponentView) -> Item:
    cases = moderation.waiting_in(session, component.id)
    notes = (
        (
            _ln(
                "Un caso sobre comentarios espera decisión: conviene resolverlo antes.",
                "%(num)s casos sobre comentarios esperan decisión: conviene resolverlos antes.",
                cases,
            ),
        )
        if cases
        else ()
    )
    return Item(_l("La moderación está al día"), notes=notes)


def _drafts_item(session: Session, component: ComponentView) -> Item:
    drafts = casting.drafts(session, component)
    notes = (
        (
            _ln(
                "Una persona escogió y no envió su voto: no cuenta y se borra.",
                "%(num)s personas escogieron y no enviaron su voto: no cuentan y se borran.",
                drafts,
            ),
        )
        if drafts
        else ()
    )
    return Item(_l("Lo que no se envió se borra"), notes=notes)


def _roll_item(session: Session, component: ComponentView) -> Item:
    title = _l("El padrón se puede congelar")
    key = component.settings.roll
    if not key:
        return Item(title, notes=(_l("Esta votación no usa padrón: se votó con la cuenta."),))
    if rolls.roll_by_key(session, key) is None:
        return Item(title, (_l("El padrón «%(key)s» no existe.", key=key),))
    if is_shared(session, component):
        return Item(
            title,
            notes=(
                _l(
                    "Otra votación abierta usa este padrón: hoy se guarda su huella, y se congela "
                    "cuando cierre la última."
                ),
            ),
        )
    return Item(title)


def _seconds_item(component: ComponentView) -> Item:
    title = _l("Otra persona aprueba el cierre")
    if component.settings.second_person:
        return Item(title)
    return Item(
        title,
        notes=(
            _l(
                "En esta votación basta una persona para cerrar. Si el resultado obliga, conviene "
                "que la aprueben dos: actívelo en las opciones, en «Pedir una segunda persona»."
            ),
        ),
    )


def is_shared(session: Session, component: ComponentView) -> bool:
    """Return whether another vote that is firm and not closed votes by the same roll."""
    others = set(outcomes.open_on(session, component.id))
    return any(
        each.id in others and each.settings.roll == component.settings.roll
        for process in processes.by_components(session, others)
        for each in process.components
    )
