"""``participa mail``: what the mail server did not take."""

import click

from participa.cli.context import fail, transaction
from participa.core import mail as mails
from participa.organizations.services import mails as services

organization_option = click.option(
    "--organization", metavar="SLUG", help="Which organization; the default one without it."
)


@click.group()
def mail() -> None:
    """Mails that were given up: a mail is tried for three days, a wrong address once."""


@mail.command()
@organization_option
def failed(organization: str | None) -> None:
    """List the mails that were given up, newest first: number, address, subject, why."""
    with transaction(organization) as (session, place, _operator):
        for each in mails.ended(session, place.id, limit=1000):
            moment = f"{each.created_at:%Y-%m-%dT%H:%MZ}"
            why = " ".join((each.last_error or "").split())
            click.echo(f"{each.id}\t{moment}\t{each.recipient}\t{each.subject}\t{why}")


@mail.command()
@click.argument("number", type=click.IntRange(1), required=False)
@organization_option
def retry(number: int | None, organization: str | None) -> None:
    """Send again the mail with this NUMBER, or all that were given up."""
    with transaction(organization) as (session, place, operator):
        done = services.send_again(session, operator, place, number)
        if number is not None and not done:
            fail(f"el correo {number} no está entre los que no salieron")
        click.echo(f"Vuelven a salir: {done}")
