"""What every form does with an answer: problems beside their fields, texts in several languages."""

from collections.abc import Iterable, Mapping

from flask_wtf import FlaskForm
from wtforms import Field

from participa.core.errors import Invalid
from participa.core.i18n import SUPPORTED_LOCALES, Localized


def explain(form: FlaskForm, error: Invalid) -> None:
    """Put what a service refused beside the fields that it is about, or on top of the form."""
    for problem in error.problems:
        field = form._fields.get(problem.path)
        if field is None:
            field = (
                next(
                    (
                        each
                        for name, each in form._fields.items()
                        if name.startswith(f"{problem.path}_")
                    ),
                    None,
                )
                if problem.path
                else None
            )
        if field is None:
            form.form_errors.append(problem.message)
        else:
            field.errors = [*field.errors, problem.message]


def localized_of(form: FlaskForm, name: str, before: Localized | None = None) -> Localized:
    """Return a text from its fields, one per language (``name_es``, ``name_en``…)."""
    found = dict(before or {})
    found |= {
        code: form._fields[f"{name}_{code}"].data or ""
        for code in SUPPORTED_LOCALES
        if f"{name}_{code}" in form._fields
    }
    return Localized({code: text for code, text in found.items() if text.strip()})


def by_language(name: str, texts: Mapping[str, str], locales: Iterable[str]) -> dict[str, str]:
    """Return a text as the values of its fields, one per language."""
    return {f"{name}_{code}": texts.get(code, "") for code in locales}


def as_sent(field: Field) -> str:
    """Return what came with the form; nothing where it came without, whatever the default is."""
    return str(field.raw_data[0]) if field.raw_data else ""
