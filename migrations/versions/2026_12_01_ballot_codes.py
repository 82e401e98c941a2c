"""ballot codes.

Every ballot of an open vote gets a code that authenticates it. Computed here, once and in the same
transaction as the column, with the installation's key: were ballots without a code accepted
afterwards, whoever writes to the database could empty the code of one and change it.

Revision ID: 2026_12_01_ballot_codes
Revises: 2026_12_01_sign_ups
Created: 2026-12-01 02:50:00
"""

import hashlib
import hmac
import json
import secrets

import sqlalchemy as sa
from alembic import context, op

revision = "2026_12_01_ballot_codes"
down_revision = "2026_12_01_sign_ups"
branch_labels = None
depends_on = None

BATCH = 2000
LINKED = 200
"""Marks among which at least one must have its ballot, or the key is another one."""


def upgrade() -> None:
    op.create_table(
        "budget_void_receipts",
        sa.Column("component_id", sa.Integer(), nullable=False),
        sa.Column("receipt_hash", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"],
            ["components.id"],
            name=op.f("fk_budget_void_receipts_component_id_components"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_budget_void_receipts_organization_id_organizations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "component_id", "receipt_hash", name=op.f("pk_budget_void_receipts")
        ),
    )
    with op.batch_alter_table("budget_void_receipts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_budget_void_receipts_organization_id"), ["organization_id"], unique=False
        )
    with op.batch_alter_table("budget_marks", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("released", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("budget_ballots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("replaced", sa.Boolean(), nullable=True))
    marks = sa.table("budget_marks", sa.column("handed_on"), sa.column("released"))
    op.execute(sa.update(marks).where(marks.c.handed_on.is_(sa.true())).values(released=sa.true()))
    _authenticate(op.get_bind())


def downgrade() -> None:
    with op.batch_alter_table("budget_ballots", schema=None) as batch_op:
        batch_op.drop_column("replaced")
        batch_op.drop_column("code")
    with op.batch_alter_table("budget_marks", schema=None) as batch_op:
        batch_op.drop_column("released")
    with op.batch_alter_table("budget_void_receipts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_budget_void_receipts_organization_id"))
    op.drop_table("budget_void_receipts")


_votes = sa.table(
    "budget_votes", sa.column("component_id"), sa.column("link_key"), sa.column("closed_at")
)
_ballots = sa.table(
    "budget_ballots",
    *(sa.column("id"), sa.column("component_id"), sa.column("link"), sa.column("channel")),
    *(sa.column("choice", sa.JSON()), sa.column("code")),
)
_marks = sa.table("budget_marks", sa.column("id"), sa.column("component_id"), sa.column("channel"))


def _authenticate(connection: sa.Connection) -> None:
    """Write the code of every ballot of the votes that are not closed."""
    here = _ballots.c.component_id == _votes.c.component_id
    rows = connection.execute(
        sa.select(_votes.c.component_id, _votes.c.link_key).where(
            _votes.c.closed_at.is_(None), sa.exists().where(here)
        )
    ).all()
    if rows and not context.config.attributes["secret_key"]:
        message = "the installation's key is needed: use `participa db`"
        raise RuntimeError(message)
    for component_id, link_key in rows:
        key = link_key or secrets.token_hex(32)
        if link_key is None:  # sheets alone: nothing tied them to anybody
            connection.execute(
                sa.update(_votes).where(_votes.c.component_id == component_id).values(link_key=key)
            )
        else:
            _check_key(connection, component_id, key)
        _authenticate_box(connection, component_id, key)


def _check_key(connection: sa.Connection, component_id: int, link_key: str) -> None:
    here = (_marks.c.component_id == component_id, _marks.c.channel != "paper")
    some = connection.scalars(sa.select(_marks.c.id).where(*here).limit(LINKED)).all()
    links = [_keyed("budgets.link", link_key, str(each)) for each in some]
    known = sa.select(_ballots.c.id).where(
        _ballots.c.component_id == component_id, _ballots.c.link.in_(links)
    )
    if some and connection.execute(known.limit(1)).first() is None:
        message = (
            "no ballot of an open vote belongs to its mark: PARTICIPA_SECRET_KEY is not the one "
            "under which people voted"
        )
        raise RuntimeError(message)


def _authenticate_box(connection: sa.Connection, component_id: int, link_key: str) -> None:
    last = None
    write = (
        sa.update(_ballots)
        .where(_ballots.c.id == sa.bindparam("ballot"))
        .values(code=sa.bindparam("authenticated"))
    )
    while True:
        select = sa.select(_ballots).where(_ballots.c.component_id == component_id)
        if last is not None:
            select = select.where(_ballots.c.id > last)
        rows = connection.execute(select.order_by(_ballots.c.id).limit(BATCH)).all()
        if not rows:
            return
        codes = []
        for row in rows:
            said = json.dumps(row.choice, sort_keys=True, separators=(",", ":"))
            text = "\x1f".join((row.link or str(row.id), row.channel, said))
            codes.append(
                {
                    "ballot": row.id,
                    "authenticated": _keyed("budgets.ballot", link_key, text),
                }
            )
        connection.execute(write, codes)
        last = rows[-1].id


def _keyed(purpose: str, link_key: str, text: str) -> str:
    """As :func:`participa.core.keyed.hasher` does, whatever it will do later."""
    secret = context.config.attributes["secret_key"].encode()
    key = hmac.new(secret, f"{purpose}\x1f{link_key}".encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
