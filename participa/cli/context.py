"""What every command begins with: a sound configuration, the app, one transaction."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from flask import Flask, g
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from participa.app import create_app
from participa.cli.spanish import reason
from participa.core import migrate
from participa.core.config import Config, from_environment
from participa.core.db import bind_to_organization, db
from participa.core.errors import Missing, Problem
from participa.core.policy import Actor, Role
from participa.organizations import queries as organizations
from participa.organizations.queries import OrganizationView
from participa.organizations.views import use

BAD_INPUT = 2
REFUSED = 1


def fail(message: object, code: int = REFUSED) -> NoReturn:
    """End the command with a sentence on standard error and an exit code."""
    click.echo(f"Error: {message}", err=True)
    raise SystemExit(code)


def configuration() -> Config:
    """Return the configuration. Ends with one line per problem and code 2 when it is wrong."""
    config, problems = from_environment()
    if problems:
        for problem in problems:
            click.echo(str(problem), err=True)
        raise SystemExit(BAD_INPUT)
    return config


def newer(found: str | None) -> str:
    """Return the sentence about a database of a later version; nothing for any other."""
    if not migrate.is_newer(found):
        return ""
    return (
        f"la base de datos es de la versión «{found}», más nueva que este programa, que conoce "
        f"hasta «{migrate.head()}»: instale la versión de participa que la dejó así"
    )


def refuse_newer(found: str | None) -> None:
    """End with a sentence when the database belongs to a later version of the product."""
    if sentence := newer(found):
        fail(sentence)


@contextmanager
def application(config: Config | None = None, code: int = BAD_INPUT) -> Iterator[Flask]:
    """Give the app inside its context; no connection to database or queue outlives the block.

    ``code`` is the exit code when it cannot be made.
    """
    app = make(config or configuration(), code)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
            app.extensions["participa_jobs"].close()


def make(config: Config, code: int = BAD_INPUT) -> Flask:
    """Return the app. Ends with one line and ``code`` when the data folder cannot be used."""
    try:
        return create_app(config)
    except OSError as error:
        why = reason(error)
    except sqlite3.OperationalError:  # the queue's file
        why = "no se puede escribir en ella"
    line = f"no se puede usar la carpeta {config.folder}: {why}; elija otra"
    click.echo(str(Problem("PARTICIPA_DATA_DIR", line)), err=True)
    raise SystemExit(code)


@contextmanager
def transaction(slug: str | None = None) -> Iterator[tuple[Session, OrganizationView, Actor]]:
    """Give a session bound to an organization (the default one without ``slug``) and an actor.

    What the block did is saved when it ends, and undone when it raises.
    """
    with application():
        session = db.session()
        try:
            organization = (
                organizations.by_slug(session, slug) if slug else organizations.by_host(session, "")
            )
        except Missing:
            fail(
                f"no hay una entidad «{slug}»" if slug else "no hay ninguna entidad todavía",
                BAD_INPUT,
            )
        except DBAPIError as error:
            fail(f"la base de datos no responde o no está lista: {error.orig}")
        bind_to_organization(session, organization.id)
        use(organization)
        g.actor = operator(organization)
        try:
            yield session, organization, g.actor
        except BaseException:
            session.rollback()
            raise
        session.commit()


def operator(organization: OrganizationView) -> Actor:
    """Return the actor of the command line: whoever holds the server may administer it."""
    return Actor(
        organization_id=organization.id,
        name="línea de órdenes",
        email_confirmed=True,
        organization_roles=frozenset({Role.ORGANIZATION_ADMIN}),
        is_operator=True,
    )
