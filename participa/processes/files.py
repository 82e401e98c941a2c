"""YAML text to a plain document with the line of every value, and back.

Only what a process file needs is YAML here: mappings with text keys, lists, texts, whole numbers,
``true``/``false`` and ``null``. Dates stay as they are written; ``yes``, ``no`` and ``on`` are
words. Anchors, aliases and tags are refused: they make small files huge, or run code.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from flask_babel import lazy_gettext as _l

from participa.core.errors import Problem

LARGEST = 1_000_000
"""Bytes."""
DEEPEST, MOST_NODES = 20, 20_000

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")


def load(text: str | bytes) -> tuple[Any, Mapping[str, int], list[Problem]]:
    """Read YAML. Returns the document, the line of each path, and every problem found.

    The document is ``None`` when the text cannot be read as a whole; with problems such as a key
    given twice it is what could be read.
    """
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        return _refused(
            _l("es demasiado grande: el máximo es %(largest)s MB", largest=LARGEST // 1_000_000)
        )
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            return _refused(_l("el archivo no es de texto o no está guardado en UTF-8"), line)
    builder = _Builder()
    try:
        for event in yaml.parse(text.removeprefix("\ufeff"), Loader=yaml.SafeLoader):
            builder.take(event)
    except _Refused as error:
        return _refused(error.sentence, error.line)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return _refused(
            _l("tiene un carácter invisible (U+%(code)s)", code=f"{ord(_char(error)):04X}"), line
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark is None:
            return _refused(_l("no se entiende lo que está escrito"))
        return _refused(
            _l("columna %(column)s: %(why)s", column=mark.column + 1, why=_why(error)),
            mark.line + 1,
        )
    return builder.document, builder.lines, builder.problems


def readable(text: Any, longest: int) -> str:
    """Return a word of a file as it may be shown again: short, without invisible characters."""
    return re.sub(r"[^\w .:/@+\[\]-]", "·", str(text))[:longest]


def _refused(
    sentence: Any, line: int | None = None
) -> tuple[None, Mapping[str, int], list[Problem]]:
    return None, {}, [Problem("", sentence, line)]


def _char(error: yaml.reader.ReaderError) -> str:
    character: Any = error.character
    return chr(character) if isinstance(character, int) else str(character)[:1]


class _Refused(Exception):
    """Reading stops: what follows is not worth the time or the memory."""

    def __init__(self, sentence: Any, line: int) -> None:
        self.sentence = sentence
        self.line = line
        super().__init__(str(sentence))


@dataclass
class _Open:
    """A mapping or list that is being read."""

    data: Any
    path: str
    key: str | None = None
    skips: bool = False
    """The next value belongs to a key that cannot be kept."""
    seen: set[str] = field(default_factory=set)


class _Builder:
    """Builds the document from the parser's events, without recursion."""

    def __init__(self) -> None:
        self.document: Any = None
        self.lines: dict[str, int] = {}
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._nodes = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _Refused(_l("hay más de un documento: deje uno por archivo"), line)
        elif isinstance(event, yaml.AliasEvent):
            raise _Refused(
                _l("no se permiten referencias (*nombre): escriba el valor completo"), line
            )
        elif isinstance(event, yaml.NodeEvent):
            self._node(event, line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()

    def _node(self, event: yaml.NodeEvent, line: int) -> None:
        if event.anchor is not None:
            raise _Refused(_l("no se permiten anclas (&nombre): escriba el valor completo"), line)
        if getattr(event, "tag", None) is not None:
            raise _Refused(_l("no se permiten etiquetas (!tipo): escriba solo el valor"), line)
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise _Refused(_l("tiene más de %(most)s valores", most=MOST_NODES), line)
        if self._is_key():
            self._key(event, line)
            return
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            self._place(_scalar(event), line)
            return
        value = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._place(value, line)
        self._open.append(_Open(value, path))
        if len(self._open) > DEEPEST:
            raise _Refused(
                _l("hay más de %(deepest)s niveles, unos dentro de otros", deepest=DEEPEST), line
            )

    def _is_key(self) -> bool:
        if not self._open:
            return False
        inside = self._open[-1]
        return isinstance(inside.data, dict) and inside.key is None and not inside.skips

    def _key(self, event: yaml.NodeEvent, line: int) -> None:
        inside = self._open[-1]
        if not isinstance(event, yaml.ScalarEvent):
            raise _Refused(
                _l("el nombre de un dato debe ser un texto, no un grupo ni una lista"), line
            )
        name = event.value
        path = f"{inside.path}.{name}" if inside.path else name
        if not isinstance(_scalar(event), str):
            self.problems.append(
                Problem(
                    readable(path, 200),
                    _l("el nombre de un dato debe ser un texto: póngalo entre comillas"),
                    line,
                )
            )
            inside.skips = True
        elif name in inside.seen:
            first = self.lines.get(path, line)
            self.problems.append(
                Problem(
                    readable(path, 200),
                    _l("está repetido: ya aparece en la línea %(first)s", first=first),
                    line,
                )
            )
            inside.skips = True
        else:
            inside.key = name
            inside.seen.add(name)
            self.lines[path] = line

    def _place(self, value: Any, line: int) -> str:
        """Put a value where it belongs; returns its path."""
        if not self._open:
            self.document = value
            self.lines[""] = line
            return ""
        inside = self._open[-1]
        if isinstance(inside.data, list):
            path = f"{inside.path}[{len(inside.data)}]"
            inside.data.append(value)
            self.lines[path] = line
            return path
        if inside.skips:
            inside.skips = False
            return f"{inside.path}.?"
        name, inside.key = inside.key or "", None
        inside.data[name] = value
        return f"{inside.path}.{name}" if inside.path else name


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return int(text) if _INTEGER.fullmatch(text) else text


_REASONS = (
    ("'\\t'", _l("hay un tabulador: use espacios para la sangría")),
    ("mapping values are not allowed", _l("sobran dos puntos: ponga el texto entre comillas")),
    ("could not find expected ':'", _l("faltan los dos puntos después de un nombre")),
    ("expected <block end>", _l("la sangría no coincide con la de las líneas de arriba")),
    ("expected ',' or ']'", _l("falta una coma, o cerrar un corchete")),
    ("expected ',' or '}'", _l("falta una coma, o cerrar una llave")),
    ("found unexpected end of stream", _l("falta cerrar unas comillas")),
    ("cannot start any token", _l("un texto no puede empezar así: póngalo entre comillas")),
    ("escape", _l("esa combinación con \\ no existe: use comillas simples")),
)


def _why(error: yaml.MarkedYAMLError) -> Any:
    """Return the parser's complaint as a person would put it."""
    said = f"{error.problem or ''} {error.context or ''}"
    found = (sentence for words, sentence in _REASONS if words in said)
    return next(found, _l("no se entiende lo que está escrito aquí"))


# --- writing ------------------------------------------------------------------------------------

SHORT = 60
"""Characters: what fits in them is written on one line."""
WIDTH = 100


class _Dumper(yaml.SafeDumper):
    """Writes what :func:`load` reads, for people: short groups on a line, long texts as blocks."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002
        super().increase_indent(flow, False)  # noqa: FBT003  (lists are indented below their key)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else ">" if len(text) > WIDTH - 20 else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=_is_small(items))


def _mapping(dumper: yaml.SafeDumper, data: dict[str, Any]) -> yaml.Node:
    is_rule = "state" in data and _is_small(list(data.values()))
    return dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=is_rule)


def _is_small(items: list[Any]) -> bool:
    return len(str(items)) <= SHORT and "\n" not in str(items)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(dict, _mapping)


def dump(document: Any) -> str:
    """Write a document as YAML: the same document is always the same text."""
    text: str = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, indent=2
    )
    return text
