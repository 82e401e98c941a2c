"""What ``participa check --facts`` says: the record of facts against its seals."""

from collections.abc import Iterator

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.core import seals
from participa.core.db import ALL, bind_to_organization, db
from participa.organizations import queries as organizations

SENTENCES = {
    seals.Flaw.ALTERED: "el hecho n.º {fact} fue alterado después del sello {seal}",
    seals.Flaw.MISSING: "falta el hecho n.º {fact}, que está en el sello {seal}",
    seals.Flaw.ADDED: "el hecho n.º {fact} dice ser del sello {seal}, que no lo tiene: se agregó",
    seals.Flaw.ERASED: "al hecho n.º {fact}, del sello {seal}, se le borró la sal sin que se "
    "eliminara ninguna cuenta",
    seals.Flaw.SEAL_ALTERED: "el sello {seal} no es el que se hizo: se alteró, o el anterior",
    seals.Flaw.SEAL_MISSING: "falta el sello {seal}",
}


def compare(kept: tuple[str, int, str] | None = None) -> bool:
    """Compare every organization's facts with their seals; say what differs. True when nothing.

    ``kept`` is a seal that somebody wrote down: organization, number and hash.
    """
    session = db.session()
    session.info["read_only"] = True
    bind_to_organization(session, ALL)
    sound = True
    found = {
        each: organizations.by_id(session, each).slug for each in organizations.all_ids(session)
    }
    if kept is not None and kept[0] not in found.values():
        click.echo(f"{kept[0]}: no hay una entidad con ese nombre", err=True)
        sound = False
    for organization_id, slug in found.items():
        erased = 0
        for line in _problems(session, organization_id):
            if line is None:
                erased += 1
                continue
            sound = False
            click.echo(f"{slug}: {line}", err=True)
        if kept is not None and kept[0] == slug:
            sound &= _is_kept(session, organization_id, *kept)
        chain = seals.chain(session, organization_id)
        click.echo(
            f"{slug}: hechos sellados: {chain.facts}; sellos: {chain.seals}; borrados con una "
            f"cuenta: {erased}; por sellar: {chain.waiting}"
        )
    session.rollback()
    return sound


def _problems(session: Session, organization_id: int) -> Iterator[str | None]:
    """Give a sentence per thing that is wrong; ``None`` per fact erased with its account."""
    for each in seals.verify(session, organization_id):
        if each.flaw is seals.Flaw.ERASED and _went_with_account(session, each):
            yield None
        else:
            yield SENTENCES[each.flaw].format(fact=each.fact_id, seal=each.seal)


def _went_with_account(session: Session, finding: seals.Finding) -> bool:
    if finding.subject is None or finding.subject.kind != "person":
        return False
    gone = sa.select(Person.deleted_at).where(Person.id == finding.subject.id)
    return session.scalar(gone) is not None


def _is_kept(session: Session, organization_id: int, slug: str, number: int, kept: str) -> bool:
    stored = seals.hash_of(session, organization_id, number)
    if stored == kept:
        click.echo(f"{slug}: el sello {number} es el que usted guardó")
        return True
    why = "ya no está" if stored is None else "no es el que usted guardó"
    click.echo(f"{slug}: el sello {number} {why}: el registro se rehízo", err=True)
    return False


def parse(_context: object, _option: object, text: str | None) -> tuple[str, int, str] | None:
    """Read ``entity:number:hash``."""
    if text is None:
        return None
    parts = text.strip().split(":")
    if len(parts) != 3 or not parts[1].isdecimal():  # noqa: PLR2004
        message = f"«{text}» no es un sello: escriba entidad:número:huella"
        raise click.BadParameter(message)
    return parts[0], int(parts[1]), parts[2].lower()
