"""The values that a process file is made of: each reader names what is wrong and goes on."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core import settings
from participa.core.errors import Problem
from participa.core.i18n import Localized
from participa.core.sanitize import control_characters, normalize
from participa.organizations.queries import OrganizationView
from participa.processes import files
from participa.processes.definition.dates import read_moment
from participa.processes.definition.rules import SLUG

KEY = 60
"""Longest key, in characters."""
MOST_GUESSES, MOST_NAMED = 20, 12
"""Looking for the word that was meant costs time; a list of all that exist may be endless."""


def nearest(word: Any, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    found = difflib.get_close_matches(str(word)[:KEY].lower(), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def below(path: str, name: Any) -> str:
    """Return the path of something inside ``path``: an index or a name."""
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else str(name)


class Values:
    """Reads the parts of one document; what is wrong gathers in ``problems``."""

    def __init__(self, organization: OrganizationView, lines: Mapping[str, int]) -> None:
        self.zone = organization.zone
        self.territories = [each.code for each in organization.territories.values()]
        self.themes = [each.code for each in organization.themes.values()]
        self.lines = lines
        self.problems: list[Problem] = []

    # --- problems -----------------------------------------------------------------------------

    def problem(self, path: str, message: Any) -> None:
        self.problems.append(Problem(files.readable(path, 200), message, self.line(path)))

    def line(self, path: str) -> int | None:
        """Return the line of a path, or of the nearest thing around it that has one."""
        while path not in self.lines and path:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path)

    def unknown(self, path: str, word: Any, known: Iterable[str]) -> None:
        known = list(known)
        meant = nearest(word, known) if len(self.problems) < MOST_GUESSES else None
        if meant is not None:
            sentence = _l(
                "no se conoce «%(word)s»; ¿quiso decir «%(meant)s»?",
                word=files.readable(word, KEY),
                meant=meant,
            )
        else:
            shown = known[:MOST_NAMED] + (["…"] if len(known) > MOST_NAMED else [])
            sentence = _l(
                "no se conoce «%(word)s»; existen: %(known)s",
                word=files.readable(word, KEY),
                known=", ".join(shown) or "—",
            )
        self.problem(path, sentence)

    def group(self, path: str, data: Any, words: Iterable[str]) -> Mapping[str, Any] | None:
        """Return a mapping after naming the words it should not have, or ``None``."""
        if not isinstance(data, Mapping):
            self.problem(path, _l("debe ser un grupo de datos «nombre: valor»"))
            return None
        words = list(words)
        for name in data:
            if name not in words:
                self.unknown(below(path, name), name, words)
        return data

    def items(self, path: str, data: Any, most: int) -> list[Any]:
        if data is None:
            return []
        if not isinstance(data, list | tuple):
            self.problem(path, _l("debe ser una lista"))
            return []
        if len(data) > most:
            self.problem(
                path,
                _l("tiene %(count)s elementos; el máximo es %(most)s", count=len(data), most=most),
            )
        return list(data[:most])

    # --- values -------------------------------------------------------------------------------

    def texts(self, path: str, data: Any, longest: int, *, needed: bool = False) -> Localized:
        """Read a text in several languages; a bare text is Spanish."""
        if isinstance(data, str):
            data = {"es": data}
        if data is None:
            data = {}
        read: dict[str, str] = {}
        before = len(self.problems)
        if isinstance(data, Mapping):
            for code, text in data.items():
                _text, problem = settings.localized({code: text}, longest)
                if problem is not None:
                    self.problem(below(path, code), problem)
                elif text := normalize(text):
                    read[code] = text
        else:
            self.problem(path, _l("debe ser un texto o un grupo «idioma: texto»"))
        if needed and not read and len(self.problems) == before:
            self.problem(path, _l("falta el texto"))
        return Localized(read)

    def word(self, path: str, data: Any) -> str | None:
        """Read a short technical text: a key, a code, a slug."""
        if data is None:
            self.problem(path, _l("falta"))
        elif not isinstance(data, str):
            self.problem(path, _l("debe ser un texto"))
        elif found := control_characters(data):
            self.problem(
                path, _l("tiene caracteres invisibles (%(names)s)", names=", ".join(found))
            )
        else:
            return data
        return None

    def one_of(self, path: str, data: Any, known: Iterable[str]) -> str | None:
        word = self.word(path, data)
        if word is None:
            return None
        known = list(known)
        if word in known:
            return word
        self.unknown(path, word, known)
        return None

    def code(self, path: str, data: Any, known: Iterable[str]) -> str | None:
        return None if data is None else self.one_of(path, data, known)

    def key(self, path: str, data: Any, taken: Mapping[str, Any]) -> str | None:
        word = self.word(path, data)
        if word is None:
            return None
        if len(word) > KEY or not SLUG.fullmatch(word):
            self.problem(
                path,
                _l(
                    "«%(word)s» no sirve como clave: use letras minúsculas sin tilde, números y"
                    " guiones, hasta %(most)s caracteres",
                    word=files.readable(word, KEY),
                    most=KEY,
                ),
            )
            return None
        if word in taken:
            self.problem(path, _l("la clave «%(word)s» está repetida", word=word))
            return None
        return word

    def moment(self, path: str, data: Any, *, is_end: bool) -> Any:
        if data is None:
            self.problem(path, _l("falta la fecha"))
            return None
        moment, problem = read_moment(data, self.zone, is_end=is_end)
        if problem is not None:
            self.problem(path, problem)
        return moment
