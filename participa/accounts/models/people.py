"""Tables of people and of what they were allowed."""

import datetime as dt
import unicodedata
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from participa.core import clock
from participa.core.db import Base, BigId, Json, OrganizationScoped, Stamped
from participa.core.policy import Role


def folded(text: str) -> str:
    """Return ``text`` as people search for it: lower case, without accents, single blanks."""
    bare = unicodedata.normalize("NFKD", text)
    return " ".join(
        "".join(char for char in bare if not unicodedata.combining(char)).casefold().split()
    )


class Person(OrganizationScoped, Stamped, Base):
    """Somebody with an account in one organization. May have no e-mail."""

    __tablename__ = "persons"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "email"),
        sa.UniqueConstraint("organization_id", "username"),
        sa.Index(
            "ix_persons_organization_id_search_name_id", "organization_id", "search_name", "id"
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    """The public name."""
    search_name: Mapped[str] = mapped_column(sa.String(200), default="")
    """The name as :func:`folded` leaves it; follows the name by itself."""
    email: Mapped[str | None] = mapped_column(sa.String(254))
    """Lower case. ``None`` for accounts that staff made for people without e-mail."""
    username: Mapped[str | None] = mapped_column(sa.String(20))
    """Short code that somebody without e-mail signs in with."""
    email_confirmed_at: Mapped[dt.datetime | None]
    new_email: Mapped[str | None] = mapped_column(sa.String(254))
    """An address asked for and not confirmed yet."""
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    locale: Mapped[str] = mapped_column(sa.String(8), default="es")
    birth_date: Mapped[dt.date | None]
    territory_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("territories.id", ondelete="SET NULL")
    )
    totp_secret: Mapped[str | None] = mapped_column(sa.String(200))
    """Encrypted with the installation's key: whoever reads the database alone has no codes."""
    totp_confirmed_at: Mapped[dt.datetime | None]
    totp_last_counter: Mapped[int | None]
    """The last time step accepted, so that a code works once."""
    registered_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="SET NULL")
    )
    deleted_at: Mapped[dt.datetime | None]

    @validates("name")
    def _fold_name(self, _key: str, name: str) -> str:
        self.search_name = folded(name)[:200]
        return name


class RecoveryCode(Base):
    """One of the codes that replace the second factor, usable once."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    used_at: Mapped[dt.datetime | None]


class SecondFactorReset(OrganizationScoped, Base):
    """That an administrator asked to reset somebody's second factor; a second one decides."""

    __tablename__ = "second_factor_resets"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id", ondelete="CASCADE"))
    asked_at: Mapped[dt.datetime] = mapped_column(default=clock.now)


class UserSession(Base):
    """One signed-in browser. The cookie holds the token, the table only its SHA-256."""

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    device: Mapped[str] = mapped_column(sa.String(120), default="")
    """Browser and system in words, to recognise it in the list."""
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[dt.datetime]


class RoleGrant(OrganizationScoped, Base):
    """A role given to a person, in the organization or in one process. Deleted when taken."""

    __tablename__ = "role_grants"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "role", "process_id"),
        sa.Index(
            "uq_role_grants_organization_wide",
            "person_id",
            "role",
            unique=True,
            postgresql_where=sa.text("process_id IS NULL"),
            sqlite_where=sa.text("process_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[Role] = mapped_column(
        sa.Enum(
            Role,
            native_enum=False,
            length=30,
            values_callable=lambda roles: [r.value for r in roles],
        )
    )
    process_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("processes.id", ondelete="CASCADE"), index=True
    )
    granted_by_id: Mapped[int | None]
    granted_at: Mapped[dt.datetime] = mapped_column(default=clock.now)


class Group(OrganizationScoped, Base):
    """People whom the entity convened: a council, a school, a team of evaluators."""

    __tablename__ = "groups"
    __table_args__ = (sa.UniqueConstraint("organization_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(60))
    name: Mapped[str] = mapped_column(sa.String(160))


class GroupMember(OrganizationScoped, Base):
    """A person in a group."""

    __tablename__ = "group_members"

    group_id: Mapped[int] = mapped_column(
        sa.ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Consent(OrganizationScoped, Base):
    """One purpose ticked or unticked: text version, time and channel. Never changed."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), index=True
    )
    purpose: Mapped[str] = mapped_column(sa.String(40))
    granted: Mapped[bool]
    text_version: Mapped[str] = mapped_column(sa.String(20))
    channel: Mapped[str] = mapped_column(sa.String(20))
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)


class OneTimeCode(Base):
    """A secret that works once: confirmation link, password reset, first access on paper."""

    __tablename__ = "one_time_codes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), index=True
    )
    purpose: Mapped[str] = mapped_column(sa.String(20))
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class SignUp(OrganizationScoped, Base):
    """What somebody typed to get an account, until whoever reads the address goes on."""

    __tablename__ = "sign_ups"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    typed: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class KeptForm(Base):
    """What somebody had typed when they had to sign in: given back once, then forgotten."""

    __tablename__ = "kept_forms"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    path: Mapped[str] = mapped_column(sa.String(2000))
    """The page to go back to, with its query."""
    action: Mapped[str] = mapped_column(sa.String(2000))
    """The address that the form was sent to."""
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), index=True
    )
    """Whoever signed up from here: the link in the mail may be opened in another browser."""
    fields: Mapped[list[Any]] = mapped_column(Json, default=list)
    """Pairs of field name and value, as posted."""
    expires_at: Mapped[dt.datetime]
