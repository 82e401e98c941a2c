"""What was typed in a page of many fields: from flat names to nested values, and to places.

A field is named by the path of what it edits in the process file (``phases[0].title.es``), so that
what the reader of files says about a path is shown beside the field of that name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from participa.core.errors import Invalid, Problem

MOST_INDEX = 200
LONGEST_NAME = 200
_STEP = re.compile(r"\[(\d{1,3})\]|\.?([A-Za-z0-9_-]+)")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return posted fields as nested dictionaries and lists; names of another form are left out.

    A name that comes twice keeps its last value, so that a checkbox may follow its hidden "no".
    Numbers give an order and are not kept: a page that does not show all of a list says in a field
    ``key`` which ones it shows, and they are looked for by it.
    """
    root: dict[str, Any] = {}
    for name, value in pairs:
        steps = _steps(name)
        if steps is None:
            continue
        place: Any = root
        for step in steps[:-1]:
            if not isinstance(place, dict):
                break
            place = place.setdefault(step, {})
        if isinstance(place, dict):
            place[steps[-1]] = value
    return _with_lists(root)


def _steps(name: str) -> list[Any] | None:
    if len(name) > LONGEST_NAME:
        return None
    steps: list[Any] = []
    position = 0
    for match in _STEP.finditer(name):
        if match.start() != position:
            return None
        position = match.end()
        steps.append(int(match[1]) if match[1] is not None else match[2])
    if position != len(name) or not steps or not isinstance(steps[0], str):
        return None
    return None if any(isinstance(each, int) and each > MOST_INDEX for each in steps) else steps


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(key, int) for key in value):
        return [_with_lists(value[key]) for key in sorted(value)]
    return {str(key): _with_lists(each) for key, each in value.items()}


def group(value: Any) -> dict[str, Any]:
    """Return a nested value where a group is expected; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[dict[str, Any]]:
    """Return a nested value where a list of groups is expected; anything else is left out."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def line(value: Any) -> str:
    """Return a nested value where a text is expected."""
    return value if isinstance(value, str) else ""


def field_id(path: str) -> str:
    """Return the id of the field that edits a path."""
    return "f-" + re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-")


def sentence(problem: Problem) -> str:
    """Return what is wrong as a sentence of its own; in a file it follows the name of a place."""
    text = str(problem.message)
    return text[:1].upper() + text[1:]


class Complaints:
    """Problems by the field they belong to, for a page that shows some of a process's fields."""

    def __init__(self, problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems)
        self._places: dict[int, str] = {}

    def __bool__(self) -> bool:
        return bool(self.problems)

    def of(self, path: str, *, within: bool = False, place: str | None = None) -> list[Any]:
        """Return the sentences about a path; ``within``, also about what is inside it.

        They are shown beside the field ``place`` (``path`` itself, unless said).
        """
        mine = [
            index
            for index, each in enumerate(self.problems)
            if each.path == path or (within and each.path.startswith((f"{path}.", f"{path}[")))
        ]
        for index in mine:
            self._places.setdefault(index, place or path)
        return [sentence(self.problems[index]) for index in mine]

    def sentences(self) -> list[tuple[str, int | None, str | None]]:
        """Return every problem as ``(sentence, line, field)``; no field where none asked for it."""
        return [
            (sentence(each), each.line, self._places.get(index))
            for index, each in enumerate(self.problems)
        ]


def refuse(problems: Sequence[Problem]) -> None:
    """Raise :class:`Invalid` when there are problems."""
    if problems:
        raise Invalid(problems)


def texts_of(document: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return a text of a process file by language."""
    value = document.get(name)
    if isinstance(value, str):
        return {"es": value}
    return dict(value) if isinstance(value, Mapping) else {}


def with_text(document: dict[str, Any], name: str, language: str, text: str) -> None:
    """Put a text in one language; an empty one takes the language out."""
    texts = texts_of(document, name)
    texts.pop(language, None)
    if text.strip():
        texts[language] = text
    if texts:
        document[name] = texts
    else:
        document.pop(name, None)
