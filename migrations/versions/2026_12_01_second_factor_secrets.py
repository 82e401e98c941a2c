"""Secrets of second factors are encrypted with the installation's key.

Revision ID: 2026_12_01_second_factor_secrets
Revises: 2026_11_22_search
"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import context, op

from participa.core.encryption import decrypt, encrypt

revision = "2026_12_01_second_factor_secrets"
down_revision = "2026_11_22_search"
branch_labels = None
depends_on = None

LABEL = "totp"


def upgrade() -> None:
    """Make room for encrypted secrets and encrypt those that there are."""
    _rewrite(sa.String(200), lambda key, person, secret: encrypt(LABEL, key, secret, person))


def downgrade() -> None:
    """Decrypt them, as the version before reads them."""
    _rewrite(sa.String(64), lambda key, person, secret: decrypt(LABEL, key, secret, person))


def _rewrite(size: sa.String, change: Callable[[str, int, str], str]) -> None:
    persons = sa.table("persons", sa.column("id"), sa.column("totp_secret"))
    rows = op.get_bind().execute(sa.select(persons).where(persons.c.totp_secret.is_not(None))).all()
    key = context.config.attributes["secret_key"]
    if rows and not key:
        message = "the installation's key is needed: use `participa db`"
        raise RuntimeError(message)
    if op.get_bind().dialect.name == "sqlite":
        # Not in a batch: that makes the table anew, and dropping the old one would delete, by
        # their foreign keys, the rows of everybody's sessions, roles and verifications.
        op.drop_column("persons", "totp_secret")
        op.add_column("persons", sa.Column("totp_secret", size))
    else:
        op.execute(sa.update(persons).values(totp_secret=None))
        op.alter_column("persons", "totp_secret", type_=size)
    for person, secret in rows:
        op.execute(
            sa.update(persons)
            .where(persons.c.id == person)
            .values(totp_secret=change(key, person, secret))
        )
