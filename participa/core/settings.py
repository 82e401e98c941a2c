"""Declared settings: each has a type, a default and a sentence, said once in a frozen dataclass.

The admin forms, their validation, ``docs/settings.md`` and the process file are drawn from here.
"""

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l

from participa.core.errors import Problem
from participa.core.i18n import SUPPORTED_LOCALES, Localized
from participa.core.sanitize import control_characters


@dataclass(frozen=True, slots=True)
class Spec:
    """How a setting is asked for: its label, its sentence and its bounds."""

    label: Any
    help: Any
    minimum: int | None = None
    maximum: int | None = None
    choices: Mapping[str, Any] | None = None
    unit: Any = None
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared setting of a settings class."""

    name: str
    type: Any
    default: Any
    spec: Spec


def setting(
    default: Any,
    *,
    label: Any,
    help: Any,  # noqa: A002  (the word that the admin form shows)
    minimum: int | None = None,
    maximum: int | None = None,
    choices: Mapping[str, Any] | None = None,
    unit: Any = None,
    multiline: bool = False,
) -> Any:
    """Declare a dataclass field as a setting. ``maximum`` of a text is its length in characters."""
    spec = Spec(label, help, minimum, maximum, choices, unit, multiline)
    return field(default=default, metadata={"setting": spec})


def declared(cls: type) -> tuple[Declared, ...]:
    """Return the settings of ``cls`` in the order they are written; none for ``NoneType``."""
    if not dataclasses.is_dataclass(cls):
        return ()
    hints = typing.get_type_hints(cls)
    return tuple(
        Declared(each.name, hints[each.name], each.default, each.metadata["setting"])
        for each in dataclasses.fields(cls)
        if "setting" in each.metadata
    )


T = TypeVar("T")


def parse(cls: type[T], data: Any, path: str = "") -> tuple[T, list[Problem]]:
    """Read a mapping into ``cls``. Returns the instance (defaults where wrong) and the problems."""
    prefix = f"{path}." if path else ""
    if data is None:
        data = {}
    if not isinstance(data, Mapping):
        return cls(), [Problem(path, _l("debe ser un grupo de opciones «nombre: valor»"))]
    problems: list[Problem] = []
    known = {each.name: each for each in declared(cls)}
    for name in data:
        if name not in known:
            options = ", ".join(known) or "—"
            problems.append(
                Problem(
                    f"{prefix}{name}",
                    _l("no se conoce esta opción; existen: %(options)s", options=options),
                )
            )
    values: dict[str, Any] = {}
    for name, each in known.items():
        if name in data:
            value, problem = convert(each, data[name])
            if problem is None:
                values[name] = value
            else:
                problems.append(Problem(f"{prefix}{name}", problem))
    return cls(**values), problems


def dump(instance: Any) -> dict[str, Any]:
    """Return the settings that differ from their defaults, as plain data for JSON or YAML."""
    return {
        each.name: _plain(getattr(instance, each.name))
        for each in declared(type(instance))
        if getattr(instance, each.name) != each.default
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Localized):
        return dict(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value


def kind_of(each: Declared) -> str:
    """Return the plain kind of a setting: bool, int, text, localized, choice, choices or date."""
    bare = each.type
    if isinstance(bare, types.UnionType):
        bare = next(option for option in typing.get_args(bare) if option is not type(None))
    if typing.get_origin(bare) is tuple:
        return "choices"
    if each.spec.choices is not None:
        return "choice"
    return {bool: "bool", int: "int", str: "text", Localized: "localized", dt.date: "date"}[bare]


def is_optional(each: Declared) -> bool:
    """Return whether the setting may be left without a value."""
    return isinstance(each.type, types.UnionType) and type(None) in typing.get_args(each.type)


def convert(each: Declared, value: Any) -> tuple[Any, Any]:
    """Check one value against its declaration: ``(value, None)`` or ``(None, sentence)``."""
    if value is None:
        return (None, None) if is_optional(each) else (None, _l("falta el valor"))
    return _CONVERTERS[kind_of(each)](each, value)


def _bool(_each: Declared, value: Any) -> tuple[Any, Any]:
    if isinstance(value, bool):
        return value, None
    return None, _l("debe ser sí o no (true o false)")


def _int(each: Declared, value: Any) -> tuple[Any, Any]:
    spec = each.spec
    if isinstance(value, bool) or not isinstance(value, int):
        return None, _l("debe ser un número entero")
    if spec.minimum is not None and value < spec.minimum:
        return None, _l("no puede ser menor que %(minimum)s", minimum=spec.minimum)
    if spec.maximum is not None and value > spec.maximum:
        return None, _l("no puede ser mayor que %(maximum)s", maximum=spec.maximum)
    return value, None


def _text(each: Declared, value: Any) -> tuple[Any, Any]:
    if not isinstance(value, str):
        return None, _l("debe ser un texto")
    return _checked_text(value, each.spec.maximum or 10_000)


def _checked_text(value: str, maximum: int) -> tuple[Any, Any]:
    found = control_characters(value)
    if found:
        return None, _l("tiene caracteres invisibles (%(names)s)", names=", ".join(found))
    if len(value) > maximum:
        return None, _l(
            "tiene %(length)s caracteres; el máximo es %(maximum)s",
            length=len(value),
            maximum=maximum,
        )
    return value, None


def _localized(each: Declared, value: Any) -> tuple[Any, Any]:
    return localized(value, each.spec.maximum or 10_000)


def localized(value: Any, maximum: int) -> tuple[Any, Any]:
    """Check a text in several languages. Returns ``(Localized, None)`` or ``(None, sentence)``."""
    if isinstance(value, Localized):
        value = dict(value)
    if isinstance(value, str):
        value = {"es": value}
    if not isinstance(value, Mapping):
        return None, _l("debe ser un texto o un grupo «idioma: texto»")
    for code, text in value.items():
        if code not in SUPPORTED_LOCALES:
            return None, _l(
                "no se conoce el idioma «%(code)s»; existen: %(known)s",
                code=code,
                known=", ".join(SUPPORTED_LOCALES),
            )
        if not isinstance(text, str):
            return None, _l("el texto en «%(code)s» debe ser un texto", code=code)
        _checked, problem = _checked_text(text, maximum)
        if problem is not None:
            return None, problem
    return Localized(value), None


def _choice(each: Declared, value: Any) -> tuple[Any, Any]:
    choices = each.spec.choices or {}
    if isinstance(value, str) and value in choices:
        return value, None
    return None, _l(
        "«%(value)s» no es posible; elija: %(choices)s", value=value, choices=", ".join(choices)
    )


def _choices(each: Declared, value: Any) -> tuple[Any, Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return None, _l("debe ser una lista")
    chosen = []
    for item in value:
        good, problem = _choice(each, item)
        if problem is not None:
            return None, problem
        chosen.append(good)
    return tuple(chosen), None


def _date(_each: Declared, value: Any) -> tuple[Any, Any]:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value, None
    try:
        return dt.date.fromisoformat(value), None
    except (TypeError, ValueError):
        return None, _l("debe ser una fecha año-mes-día, por ejemplo 2026-03-03")


_CONVERTERS = {
    "bool": _bool,
    "int": _int,
    "text": _text,
    "localized": _localized,
    "choice": _choice,
    "choices": _choices,
    "date": _date,
}
