"""Public names that could pass for the entity: reserved words, however they are disguised."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _l

RESERVED = _l(
    "Ese nombre parece el de la entidad o el de su equipo, y está reservado. Escriba el suyo."
)
MIXED = _l("Escriba cada palabra del nombre con letras de un solo alfabeto.")

# Letters of other alphabets, and signs, that look like Latin ones (the common part of Unicode's
# TR39). NFKC has already undone mathematical, circled and full-width letters.
_LOOK = dict(
    zip(
        "аеорсухіјѕԁһӏьвнкмтгԛԝαορνυικτχγηβεζμωϲϳıłøđɑɡ0134578@$!|€",
        "aeopcyxijsdhlbbhkmtrqwaopvuiktxynbezmwcjilodagoieastbasiie",
        strict=True,
    )
)

ANYWHERE = (
    *("alcaldia", "gobernacion", "personeria", "contraloria", "procuraduria", "registraduria"),
    *("moderacion", "moderador", "administracion", "ministerio", "prefeitura", "defensoria"),
)
"""Nobody is called so, alone or within a name."""
ALONE = frozenset(
    {
        *("admin", "administrador", "administradora", "alcalde", "alcaldesa", "cabildo", "concejo"),
        *("equipo", "gobierno", "moderator", "municipio", "oficial", "participa", "secretaria"),
        *("sistema", "soporte", "staff", "support"),
    }
)
"""Somebody may be called so in part (Luisa Alcalde), not altogether."""
BEGINNING = ("secretariade", "concejomunicipal", "concejode", "equipode", "gobiernode", "oficinade")


def skeleton(name: str) -> str:
    """Return the letters that a reader takes a name for: lower case, without accents and blanks."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    letters = (_LOOK.get(char, char) for char in folded if not unicodedata.combining(char))
    return "".join(char for char in letters if char.isalnum())


def problem(name: str, entity: str) -> Any:
    """Return why a public name is refused, as a sentence, or ``None``; ``entity`` has one too."""
    if any(len(set(_alphabets(word))) > 1 for word in re.findall(r"\w+", name)):
        return MIXED
    bare, own = skeleton(name), skeleton(entity)
    if (
        bare in ALONE
        or bare.startswith(BEGINNING)
        or any(word in bare for word in ANYWHERE)
        or (own and own in bare)
    ):
        return RESERVED
    return None


def _alphabets(word: str) -> Iterator[str]:
    for char in word:
        if char.isalpha():
            name = unicodedata.name(char, "").split(" ", maxsplit=1)[0]
            # Compatibility letters are what they stand for.
            yield "LATIN" if unicodedata.normalize("NFKC", char).isascii() else name
