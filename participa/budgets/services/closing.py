"""Closing a vote: what must be in order first, and the one act.

After it nobody can join who voted with what was voted. Kept in ``Vote.figures`` at that moment:
``marks`` and ``ballots`` by channel, ``rejected`` sheets (annulled and spoiled), ``drafts`` that
were not sent, ``released`` lines by which somebody had voted, ``roll`` (its key, its size, and
whether the closing froze it).
"""

import datetime as dt
import secrets
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln
from sqlalchemy.orm import Session

from participa.accounts.models import Approval
from participa.accounts.queries import rolls
from participa.accounts.services import approvals
from participa.accounts.services.rolls import making
from participa.budgets import events, policy
from participa.budgets.models import Ballot, Channel, Draft, SheetStatus
from participa.budgets.queries import casting, outcomes, points, votes
from participa.budgets.queries import sheets as queries
from participa.budgets.services import receipts
from participa.budgets.services.lock import Item
from participa.budgets.services.votes import facing
from participa.core import clock
from participa.core.errors import Invalid, Missing, Problem
from participa.core.i18n import format_last_day, format_start
from participa.core.policy import Actor, authorize
from participa.moderation import queries as moderation
from participa.organizations.queries import OrganizationView
from participa.processes import queries as processes
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

CLOSED_FROM = 2**62
"""Ids of ballots in closed boxes begin here; while a vote is open they are all below."""
CHANNELS = {
    Channel.WEB: _l("Por internet"),
    Channel.ASSISTED: _l("Con ayuda"),
    Channel.PAPER: _l("En papel"),
}
HALF_TYPED = (SheetStatus.FIRST, SheetStatus.DIFFERENT)
MOST_NAMED = 10

_ballots = cast("sa.Table", Ballot.__table__)


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
    if _shared(session, component):
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


def _shared(session: Session, component: ComponentView) -> bool:
    """Return whether another vote that is firm and not closed votes by the same roll."""
    others = set(outcomes.open_on(session, component.id))
    return any(
        each.id in others and each.settings.roll == component.settings.roll
        for process in processes.by_components(session, others)
        for each in process.components
    )


CLOSE = "budgets.close"
"""The act of closing, where a second person approves it."""


def close(session: Session, actor: Actor, component: ComponentView) -> Approval | None:
    """Close a vote; where it asks for a second person, ask them, and return the request.

    Raises as :func:`_close`, and ``Conflict`` where it was asked already.
    """
    if not component.settings.second_person or actor.is_operator:
        _close(session, actor, component)
        return None
    _ready(session, actor, component)
    return approvals.ask(
        session,
        actor,
        kind=CLOSE,
        target=str(component.id),
        what=lambda: _l("Cerrar la votación «%(title)s»", title=component.title),
        organization_id=component.organization_id,
        process_id=component.process.id,
        component_id=component.id,
        process=component.process.slug,
        component=component.key,
    )


def close_approved(
    session: Session, actor: Actor, _organization: OrganizationView, approval: Approval
) -> None:
    """Close the vote that somebody else asked to close."""
    number = approval.data["component_id"]
    component = processes.components(session, [number]).get(number)
    if component is None:
        message = f"no component {number}"
        raise Missing(message)
    _close(session, actor, component)


def _close(session: Session, actor: Actor, component: ComponentView) -> None:
    """Close a vote for good. One transaction: all of it or nothing.

    Whoever is casting finishes first, whoever comes later is refused. The roll is frozen, the key
    of the links and the drafts are destroyed, and the box is written anew: random ids, random
    order, no links, no channels. Raises ``Denied``, and ``Invalid`` with what the checklist finds.
    """
    vote, at = _ready(session, actor, component)
    figures = counted(session, component) | {
        "drafts": casting.drafts(session, component),
        "released": outcomes.released_lines(session, component),
    }
    if component.settings.roll:
        vote.roll_digest, figures["roll"] = _freeze(session, actor, component, at)
    shuffle(session, component)
    session.execute(
        sa.delete(Draft).where(Draft.component_id == component.id),
        execution_options={"synchronize_session": False},
    )
    vote.link_key = None
    vote.figures = figures
    vote.closed_at = at
    vote.closed_by_id = actor.person_id
    record_in(
        session,
        actor,
        component,
        events.VoteClosed(component.title, sum(figures["ballots"].values())),
        at=at,
    )


def _damage(found: receipts.Findings) -> list[Problem]:
    """Return what the check of the box found, with what can be done, as sentences."""
    sentences = [
        sentence
        for number, sentence in (
            (
                found.missing,
                _ln(
                    "Falta en la urna el voto de una persona que votó.",
                    "Faltan en la urna los votos de %(num)s personas que votaron.",
                    found.missing,
                ),
            ),
            (
                found.altered,
                _ln(
                    "Un voto de la urna no está como se envió.",
                    "%(num)s votos de la urna no están como se enviaron.",
                    found.altered,
                ),
            ),
            (
                found.foreign,
                _ln(
                    "Un voto de la urna no es de nadie que haya votado.",
                    "%(num)s votos de la urna no son de nadie que haya votado.",
                    found.foreign,
                ),
            ),
        )
        if number
    ]
    return [
        *[Problem("", sentence) for sentence in sentences],
        Problem(
            "",
            _l(
                "La plataforma no hace esto: alguien cambió la base de datos por fuera, o se "
                "restauró solo una parte. No se borró nada y la votación sigue sin cerrar. Pida a "
                "quien administra el servidor que busque qué pasó y compare con una copia de "
                "seguridad. Si hace falta, abra otra vez la fase con un motivo y pida que cada "
                "quien compruebe su constancia: a quien le salga que no cuenta puede enviar su "
                "voto de nuevo."
            ),
        ),
    ]


def _ready(session: Session, actor: Actor, component: ComponentView) -> tuple[Any, dt.datetime]:
    """Return the vote, held and with nothing in the way of its closing, and the moment."""
    vote = votes.for_update(session, component.id)
    at = clock.now()
    authorize(policy.CLOSE, actor, component, facing(vote), at=at)
    found = [
        Problem("", sentence)
        for item in checklist(session, component, at)
        for sentence in item.problems
    ]
    if found:
        raise Invalid(found)
    if findings := receipts.check_box(session, component, vote.link_key):
        raise Invalid(_damage(findings))
    return vote, at


def _freeze(
    session: Session, actor: Actor, component: ComponentView, at: dt.datetime
) -> tuple[str, dict[str, Any]]:
    """Return the digest of the roll as it is now, and its key with whether it is frozen."""
    row = rolls.roll_by_key(session, component.settings.roll)
    if row is None:  # pragma: no cover  (the checklist said so)
        message = "no roll"
        raise LookupError(message)
    if _shared(session, component):
        kept = rolls.roll_for_update(session, row.id)
        digest = kept.digest or making.digest(session, row.id)
        return digest, {"key": row.key, "size": kept.size, "frozen": kept.frozen_at is not None}
    digest = making.freeze(session, row.id, at, actor)
    return digest, {"key": row.key, "size": row.size, "frozen": True}


def shuffle(session: Session, component: ComponentView) -> int:
    """Write the box anew in the order of new random ids. Returns how many ballots it holds.

    Set-based, so memory does not grow with the box. The random numbers are cryptographic: those of
    PostgreSQL's ``gen_random_uuid``, and on SQLite, which has none, of :mod:`secrets`.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # 60 bits: a UUID's fixed ones are in the middle.
        number: Any = sa.literal_column(
            "CAST(CAST('x0' || left(CAST(gen_random_uuid() AS text), 3)"
            " || right(CAST(gen_random_uuid() AS text), 12) AS bit(64)) AS bigint)"
        )
    else:
        driver: Any = connection.connection.driver_connection
        driver.create_function("strong_random", 0, lambda: secrets.randbits(60))
        number = sa.literal_column("strong_random()")
    here = (
        _ballots.c.organization_id == component.organization_id,
        _ballots.c.component_id == component.id,
        _ballots.c.id < CLOSED_FROM,
    )
    drawn = (
        sa.select((number + CLOSED_FROM).label("id"), _ballots.c.choice)
        .where(*here)
        .cte("drawn")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    before = outcomes.box_size(session, component)
    connection.execute(
        sa.insert(_ballots).from_select(
            ["id", "organization_id", "component_id", "choice"],
            sa.select(
                drawn.c.id,
                sa.literal(component.organization_id),
                sa.literal(component.id),
                drawn.c.choice,
            ).order_by(drawn.c.id),
            include_defaults=False,
        )
    )
    connection.execute(sa.delete(_ballots).where(*here))
    after = outcomes.box_size(session, component)
    if after != before:  # pragma: no cover  (a primary key would have refused first)
        message = f"{before} ballots before the shuffle and {after} after it"
        raise RuntimeError(message)
    return after
