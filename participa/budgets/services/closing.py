"""Closing a vote: the one act, once all of :mod:`before_closing` is in order.

After it nobody can join who voted with what was voted. Kept in ``Vote.figures`` at that moment:
``marks`` and ``ballots`` by channel, ``rejected`` sheets (annulled and spoiled), ``drafts`` that
were not sent, ``released`` lines by which somebody had voted, ``roll`` (its key, its size, and
whether the closing froze it).
"""

import datetime as dt
import secrets
from functools import partial
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
from participa.budgets.models import Ballot, Draft
from participa.budgets.queries import casting, outcomes, votes
from participa.budgets.services import receipts
from participa.budgets.services.before_closing import checklist, counted, is_shared
from participa.budgets.services.votes import facing
from participa.core import clock
from participa.core.db import after_commit
from participa.core.engines import checkpoint
from participa.core.errors import Invalid, Missing, Problem
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView
from participa.processes import queries as processes
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

CLOSED_FROM = 2**62
"""Ids of ballots in closed boxes begin here; while a vote is open they are all below."""
CLOSE = "budgets.close"
"""The act of closing, where a second person approves it."""

_ballots = cast("sa.Table", Ballot.__table__)


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
    # Nothing of the old box stays in the log of SQLite's file; old rows of PostgreSQL wait for
    # `participa db scrub`, which cannot run in a transaction.
    after_commit(session, "checkpoint", partial(_checkpoint, session.connection().engine))
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


def _checkpoint(engine: sa.Engine) -> None:
    checkpoint(engine)


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
    if is_shared(session, component):
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
