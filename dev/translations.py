"""Keep the message catalogues whole: `make translations`, `make translations-check`.

`update` extracts the messages (Spanish, as written in the source) and brings every catalogue up to
date: sorted, without locations and without guesses, so that a change in code changes only the lines
of its own messages. `check` says whether `update` would change anything. The template (.pot) is
never written.
"""

import io
import sys
import tomllib
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ("en", "pt")
DOMAIN = "messages"
TRANSLATOR_COMMENTS = ("Translators:",)

# The names under which the code asks for a sentence, and which arguments hold it.
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "_l": None,
    "_n": (1, 2),
    "_ln": (1, 2),
    "_p": ((1, "c"), 2),
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "lazy_npgettext": ((1, "c"), 2, 3),
}


def catalogue_path(locale: str) -> Path:
    """Return where the catalogue of `locale` is kept."""
    return ROOT / "translations" / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def extract() -> Catalog:
    """Return a template with every message of the Python code and the templates."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["babel"]
    method_map: list[tuple[str, str]] = []
    options_map: dict[str, dict[str, str]] = {}
    for mapping in mappings["mappings"]:
        options = dict(mapping)
        pattern = options.pop("pattern")
        method_map.append((pattern, options.pop("method")))
        options_map[pattern] = options
    template = Catalog(project="participa", charset="utf-8")
    for _file, _line, message, comments, context in extract_from_dir(
        ROOT,
        method_map,
        options_map,
        keywords=KEYWORDS,
        comment_tags=TRANSLATOR_COMMENTS,
        strip_comment_tags=True,
    ):
        template.add(message, auto_comments=comments, context=context)
    return template


def updated(locale: str, template: Catalog) -> bytes:
    """Return the catalogue of `locale` as it should be, as the bytes of its file."""
    path = catalogue_path(locale)
    if path.exists():
        with path.open("rb") as stream:
            catalogue = read_po(stream, locale=locale)
        # A new date for an old catalogue is not a change worth a merge conflict.
        template.creation_date = catalogue.creation_date
        catalogue.update(template, no_fuzzy_matching=True)
    else:
        catalogue = Catalog(locale=locale, project="participa", charset="utf-8", fuzzy=False)
        catalogue.update(template, no_fuzzy_matching=True)
    catalogue.header_comment = f"# {catalogue.locale.english_name} messages of participa."
    catalogue.fuzzy = False
    written = io.BytesIO()
    write_po(
        written,
        catalogue,
        width=100,
        no_location=True,
        sort_output=True,
        ignore_obsolete=True,
    )
    return written.getvalue()


def update() -> int:
    """Write every catalogue."""
    template = extract()
    for locale in LOCALES:
        path = catalogue_path(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(updated(locale, template))
        with path.open("rb") as stream:
            catalogue = read_po(stream, locale=locale)
        missing = [message for message in catalogue if message.id and not _complete(message.string)]
        print(f"{locale}: {len(catalogue)} messages, {len(missing)} to translate")
    return 0


def check() -> int:
    """Say which catalogues are behind the source."""
    template = extract()
    behind = [
        locale
        for locale in LOCALES
        if not catalogue_path(locale).exists()
        or catalogue_path(locale).read_bytes() != updated(locale, template)
    ]
    for locale in behind:
        name = catalogue_path(locale).relative_to(ROOT)
        print(f"{name} is behind the source: run `make translations` and translate what is new")
    return 1 if behind else 0


def _complete(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(string) if isinstance(string, (list, tuple)) else bool(string)


if __name__ == "__main__":
    commands = {"update": update, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:  # noqa: PLR2004  (program, command)
        sys.exit(f"usage: {sys.argv[0]} {'|'.join(commands)}")
    sys.exit(commands[sys.argv[1]]())
