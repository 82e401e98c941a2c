"""Everything held about a person, for their own download; and its erasure.

Rooms above add what they hold when they start::

    personal_data.add_source(my_proposals)  # (session, person_id) → ("propuestas", [...])
    personal_data.add_eraser(forget_follows)  # (session, person_id) → None
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.accounts.purposes import PURPOSES
from participa.accounts.queries import guardians, keys, people, rolls, sanctions, staff
from participa.core import clock
from participa.core.events import as_read, quotes_today
from participa.core.facts import FactRow
from participa.core.policy import ROLE_LABELS
from participa.core.registry import registry, titles_today
from participa.organizations import queries as organizations

Source = Callable[[Session, int], tuple[str, Any]]
Eraser = Callable[[Session, int], None]

sources: list[Source] = []
"""Functions from ``(session, person_id)`` to a section's name and its plain JSON data."""

erasers: list[Eraser] = []
"""Functions that erase what a room holds about somebody who deletes their account."""


def add_source(source: Source) -> None:
    """Add a section to the download; adding it twice does nothing."""
    if source not in sources:
        sources.append(source)


def add_eraser(eraser: Eraser) -> None:
    """Add what is done when an account is deleted; adding it twice does nothing."""
    if eraser not in erasers:
        erasers.append(eraser)


def everything(session: Session, person_id: int) -> dict[str, Any]:
    """Return everything held about a person, as plain JSON data by section."""
    return dict(source(session, person_id) for source in sources)


def _when(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def place(session: Session, territory_id: int | None) -> dict[str, Any] | None:
    """Return a territory's number and name, or ``None`` without one."""
    if territory_id is None:
        return None
    found = organizations.by_id(session, session.info["organization_id"]).territories.get(
        territory_id
    )
    return {"id": territory_id, "nombre": found.name if found else None}


def account(session: Session, person_id: int) -> tuple[str, Any]:
    """The account itself, without its secrets."""
    person: Person = people.get(session, person_id)
    return "cuenta", {
        "id": person.id,
        "nombre": person.name,
        "correo": person.email,
        "correo_por_confirmar": person.new_email,
        "correo_confirmado": _when(person.email_confirmed_at),
        "usuario": person.username,
        "idioma": person.locale,
        "fecha_de_nacimiento": person.birth_date.isoformat() if person.birth_date else None,
        "territorio": place(session, person.territory_id),
        "segundo_paso_desde": _when(person.totp_confirmed_at),
        "registrada_por_la_entidad": person.registered_by_id is not None,
        "creada": _when(person.created_at),
    }


def consents(session: Session, person_id: int) -> tuple[str, Any]:
    """What the person allowed and took back."""
    return "autorizaciones", [
        {
            "finalidad": str(PURPOSES.get(row.purpose, row.purpose)),
            "clave": row.purpose,
            "autoriza": row.granted,
            "version_del_texto": row.text_version,
            "canal": row.channel,
            "fecha": _when(row.at),
        }
        for row in people.consents(session, person_id)
    ]


def sessions(session: Session, person_id: int) -> tuple[str, Any]:
    """Where the account is open."""
    return "sesiones", [
        {
            "dispositivo": row.device,
            "abierta": _when(row.created_at),
            "ultimo_uso": _when(row.seen_at),
        }
        for row in keys.sessions_of(session, person_id, clock.now())
    ]


def standing(session: Session, person_id: int) -> tuple[str, Any]:
    """Roles, groups and verifications."""
    return "roles_grupos_y_verificaciones", {
        "roles": [
            {
                "rol": str(ROLE_LABELS[row.role]),
                "clave": row.role.value,
                "proceso": row.process_id,
                "desde": _when(row.granted_at),
            }
            for row in staff.grants_of(session, person_id)
        ],
        "grupos": [row.name for row in staff.groups_of(session, person_id)],
        "verificaciones": [
            {
                "metodo": row.method,
                "fecha": _when(row.at),
                "vence": _when(row.expires_at),
                "retirada": _when(row.revoked_at),
            }
            for row in staff.verifications_of(session, person_id)
        ],
    }


def lines(session: Session, person_id: int) -> tuple[str, Any]:
    """The lines of rolls that the person claimed."""
    return "lineas_de_padrones", [
        {
            "padron": row.roll_id,
            "linea": row.id,
            "fecha_de_nacimiento": row.birth_date.isoformat() if row.birth_date else None,
            "territorio": place(session, row.territory_id),
            "grupo": row.group,
            "desde": _when(row.claimed_at),
        }
        for row in rolls.entries_of(session, person_id)
    ]


def permissions(session: Session, person_id: int) -> tuple[str, Any]:
    """The permissions that the person asked of whoever looks after them."""
    return "permisos_de_quien_cuida", [
        {
            "estado": row.state.value,
            "nombre": row.guardian_name or None,
            "relacion": row.relation or None,
            "correo": row.email,
            "version_del_texto": row.text_version or None,
            "pedido": _when(row.asked_at),
            "respondido": _when(row.decided_at),
            "retirado": _when(row.ended_at),
            "hasta": _when(row.ends_at),
        }
        for row in guardians.of_person(session, person_id)
    ]


def measures(session: Session, person_id: int) -> tuple[str, Any]:
    """What moderation decided about the person, with their appeals. Not who decided."""
    return "medidas_de_la_moderacion", [
        {
            "medida": str(row.label),
            "clave": row.kind.value,
            "proceso": row.process_id,
            "aportes_por_dia": row.per_day or None,
            "motivo": row.reason,
            "desde": _when(row.starts_at),
            "hasta": _when(row.ends_at),
            "levantada": _when(row.lifted_at),
            "apelacion": row.appeal,
            "apelada": _when(row.appealed_at),
            "respuesta": row.appeal_answer,
            "respondida": _when(row.appeal_decided_at),
        }
        for row in sanctions.of_person(session, person_id)
    ]


def facts(session: Session, person_id: int) -> tuple[str, Any]:
    """What the audit log says that the person did, the newest ten thousand.

    What a fact quotes may be the words of somebody else: today's title stands there, or none.
    """
    rows = session.scalars(
        sa.select(FactRow)
        .where(FactRow.actor_id == person_id)
        .order_by(FactRow.id.desc())
        .limit(10_000)
    ).all()
    titles = titles_today(session, rows)
    return "actividad", [
        {
            "hecho": row.name,
            "fecha": _when(row.at),
            "datos": {**as_read(row), **quotes_today(registry.fact(row.name), row, titles)},
        }
        for row in rows
    ]


for _source in (account, consents, sessions, standing, lines, permissions, measures, facts):
    add_source(_source)
