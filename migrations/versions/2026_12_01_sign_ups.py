"""Sign-ups wait apart until their address is proved.

Revision ID: 2026_12_01_sign_ups
Revises: 2026_12_01_heartbeats
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_sign_ups"
down_revision = "2026_12_01_heartbeats"
branch_labels = None
depends_on = None


JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
SIGN_UPS = sa.table(
    "sign_ups",
    *(sa.column(name) for name in ("email", "code_hash", "organization_id")),
    sa.column("typed", JSON),
    sa.column("expires_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    """Make the table, and let the links that were mailed already go on as links of sign-ups."""
    op.create_table(
        "sign_ups",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("typed", JSON, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_sign_ups_organization_id_organizations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_sign_ups_code_hash")),
    )
    op.create_index(op.f("ix_sign_ups_email"), "sign_ups", ["email"])
    op.create_index(op.f("ix_sign_ups_organization_id"), "sign_ups", ["organization_id"])
    waiting = _waiting()
    if waiting:
        op.bulk_insert(SIGN_UPS, waiting)


def _waiting() -> list[dict[str, Any]]:
    """Return a sign-up for each link that an account waits for: its password is chosen then."""
    persons = sa.table(
        "persons",
        *(sa.column(name) for name in ("id", "organization_id", "name", "email", "locale")),
        *(sa.column(name) for name in ("email_confirmed_at", "deleted_at", "territory_id")),
        sa.column("birth_date", sa.Date()),
    )
    codes = sa.table(
        "one_time_codes",
        *(sa.column(name) for name in ("id", "person_id", "purpose", "code_hash", "used_at")),
        sa.column("expires_at", sa.DateTime(timezone=True)),
    )
    consents = sa.table(
        "consents", *(sa.column(name) for name in ("id", "person_id", "purpose", "granted"))
    )
    rows = (
        op.get_bind()
        .execute(
            sa.select(persons, codes.c.code_hash, codes.c.expires_at)
            .join(codes, codes.c.person_id == persons.c.id)
            .where(
                codes.c.purpose == "confirm",
                codes.c.used_at.is_(None),
                persons.c.email.is_not(None),
                persons.c.email_confirmed_at.is_(None),
                persons.c.deleted_at.is_(None),
            )
            .order_by(codes.c.id)
        )
        .all()
    )
    said: dict[int, dict[str, bool]] = {row.id: {} for row in rows}
    for each in op.get_bind().execute(
        sa.select(consents)
        .where(
            consents.c.person_id.in_(
                sa.select(persons.c.id).where(persons.c.email_confirmed_at.is_(None))
            )
        )
        .order_by(consents.c.id)
    ):
        said.setdefault(each.person_id, {})[each.purpose] = bool(each.granted)
    return [
        {
            "organization_id": row.organization_id,
            "email": row.email,
            "code_hash": row.code_hash,
            "expires_at": row.expires_at,
            "typed": {
                "name": row.name,
                "locale": row.locale,
                "purposes": sorted(key for key, granted in said[row.id].items() if granted),
                "birth_date": row.birth_date.isoformat() if row.birth_date else None,
                "territory_id": row.territory_id,
                "kept_form": None,
            },
        }
        for row in rows
    ]


def downgrade() -> None:
    """Forget those that wait."""
    op.drop_table("sign_ups")
