"""The files of a published outcome: what they are called and what is in them. Pure.

Nothing in them is of a person: ballots are sorted by what they say, pot by pot, so that no order
and no number tells whose they are, nor which ballots of two pots are of the same person.
"""

import hashlib
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from participa.core import tables
from participa.tally import Outcome, Parameters, command

SUMS = "SHA256SUMS"
RULE = "regla.json"
FIGURES = "cifras.json"
PROJECT_COLUMNS = (
    "numero", "titulo", "bolsa", "categoria", "costo", "votos", "puntos", "resultado", "orden"
)  # fmt: skip
BALLOT_COLUMNS = ("papeleta", "proyectos", "puntos")


@dataclass(frozen=True, slots=True)
class File:
    """A file to publish."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The digest that is published with it."""
        return hashlib.sha256(self.content).hexdigest()


def name_of(kind: str, ending: str, pot: str = "", edition: int = 0) -> str:
    """Return what a file is called: ``bolsa-ciudad.pb``, ``bolsa-ciudad.edicion-1.pb``."""
    stem = f"{kind}-{pot}" if pot else kind
    return f"{stem}.edicion-{edition}{ending}" if edition else f"{stem}{ending}"


def sums(files: Iterable[tuple[str, str]]) -> bytes:
    """Return names and digests as ``sha256sum -c`` reads them."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(files)).encode()


def figures_json(figures: Mapping[str, Any]) -> bytes:
    """Return what was counted at the closing, as the page of the outcome says it."""
    said = {
        "votantes": figures["marks"],
        "votos": figures["ballots"],
        "hojas_rechazadas": figures["rejected"],
        "sin_enviar": figures["drafts"],
        "documentos_liberados_despues_de_votar": figures["released"],
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{text}\n".encode()


def ballots_csv(outcome: Outcome) -> bytes:
    """Return the ballots of one pot as CSV: projects by number, best first in a ranking."""
    ids = [project.id for project in outcome.election.projects]
    rows = []
    for (choices, points), number in outcome.election.ballots.items():
        row = f"{' '.join(ids[each] for each in choices)},{' '.join(map(str, points))}"
        rows += [row] * number
    rows.sort()
    # Digits and blanks: nothing to quote, and nothing that a spreadsheet would run.
    body = "".join(f"{number},{row}\r\n" for number, row in enumerate(rows, 1))
    return f"{','.join(BALLOT_COLUMNS)}\r\n{body}".encode()


@dataclass(frozen=True, slots=True)
class Line:
    """A project in the list of results."""

    number: int
    title: str
    pot: str
    category: str
    cost: str
    """In units of the currency."""
    votes: int
    score: int
    verdict: str
    """``gana``, ``no alcanza``, ``retirado`` or ``queda fuera`` (by an override)."""
    place: int = 0
    """Its turn among the winners of its pot, from 1."""


def projects_csv(lines: Sequence[Line]) -> bytes:
    """Return the projects with what became of each, as CSV."""
    rows = [
        (
            str(each.number), each.title, each.pot, each.category, each.cost, str(each.votes),
            str(each.score), each.verdict, str(each.place or ""),
        )
        for each in lines
    ]  # fmt: skip
    return tables.write(PROJECT_COLUMNS, rows).encode()


def recount(parameters: Parameters, name: str) -> str:
    """Return the one command that counts a file again."""
    program, tool, rest = command(parameters).split(" ", 2)
    return f"{program} {tool} {shlex.quote(name)} {rest}"


def verdicts(
    winners: Sequence[int], excluded: Iterable[int], withdrawn: Iterable[int]
) -> Mapping[int, str]:
    """Return what became of each project that is not simply behind."""
    return (
        dict.fromkeys(withdrawn, "retirado")
        | dict.fromkeys(excluded, "queda fuera")
        | dict.fromkeys(winners, "gana")
    )
