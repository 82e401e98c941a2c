"""House rules that are not a matter of taste: each one is read from the source, and says why.

Nothing of participa is imported here: these checks read text and syntax trees, so they run in a
second and still speak when the program does not start.
"""

import ast
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "participa"

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}

# Libraries that may be imported inside a function, and why. Anything else goes to the top.
LAZY_IMPORTS = {
    "PIL": "loads native codecs; only uploads need it",
    "weasyprint": "an optional extra that needs system libraries",
    "openpyxl": "slow to import; only imports of spreadsheets need it",
    "xlsxwriter": "only spreadsheet exports need it",
    "obstore": "an optional extra",
    "authlib": "an optional extra",
    "webauthn": "slow to import; only the second factor needs it",
    "numpy": "never a dependency of a web process",
    "redis": "an optional extra",
    "huey.consumer": "starts threads machinery that only a worker needs",
    "gunicorn": "does not exist on every system; only `serve` needs it",
    "alembic": "only the database commands need it, and it is slow to import",
}

MAX_LINES = 400

COMPONENT_FILES = {
    "__init__",
    "component",
    "settings",
    "policy",
    "events",
    "models",
    "queries",
    "services",
    "forms",
    "views",
    "admin",
    "exports",
    "moderation",
}

# Rules of a component that are numbers and words only, and why. They know neither the database nor
# the web, so that a command, a test or another program can run them: the check below proves it.
PURE_NOUNS = {
    "budgets": {
        "ballots": "what a ballot may hold: the page, the paper, the check and the export share it",
        "basket": "what somebody has chosen, pot by pot, in words",
        "counting": "from ballots and rules to what the tally counts",
        "outcome_figures": "figures of participation, small groups put together",
        "outcome_files": "the files of a published outcome, as bytes",
        "rehearsal": "the invented votes of the try-it page",
        "rules": "what settings and preset say together, as locked and as published",
        "sentences": "the rules in words",
        "wording": "sentences of the tally, kept as data and said in the reader's language",
        "typed": "what somebody typed of a paper ballot, read into a choice",
    },
}

# Modules that decide, write and read: they take plain values and a Session, never a request.
DOMAIN_MODULES = {"services", "queries", "policy", "models"}
WEB_LIBRARIES = {"flask", "flask_login", "flask_wtf", "flask_sqlalchemy", "wtforms"}

GETTEXT = {
    # name: positions of the arguments that are sentences (or their context)
    "_": (0,),
    "_l": (0,),
    "_n": (0, 1),
    "_ln": (0, 1),
    "_p": (0, 1),
    "gettext": (0,),
    "lazy_gettext": (0,),
    "ngettext": (0, 1),
    "lazy_ngettext": (0, 1),
    "pgettext": (0, 1),
    "lazy_pgettext": (0, 1),
    "npgettext": (0, 1, 2),
    "lazy_npgettext": (0, 1, 2),
}


# --- reading ------------------------------------------------------------------------------


@cache
def repository_files() -> tuple[Path, ...]:
    """Every file that is committed or could be: tracked, or untracked and not ignored."""
    listed = subprocess.run(
        # A clone may belong to somebody else than who runs the tests in it.
        [
            "git",
            "-c",
            f"safe.directory={ROOT}",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


@cache
def python_files() -> tuple[Path, ...]:
    return tuple(sorted(PACKAGE.rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


@cache
def templates() -> tuple[Path, ...]:
    return tuple(
        sorted(
            path
            for path in PACKAGE.rglob("*")
            if path.is_file() and "templates" in path.parent.relative_to(PACKAGE).parts
        )
    )


def inside(path: Path) -> str:
    """The path as a person would write it."""
    return path.relative_to(ROOT).as_posix()


def at(path: Path, node: ast.AST | int) -> str:
    return f"{inside(path)}:{node if isinstance(node, int) else node.lineno}"


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def dotted(node: ast.AST) -> str:
    """`dt.datetime.now` for the expression that reads so; an empty string for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return []


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def in_package(name: str, allowed: Iterable[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


def refuse(offenders: Iterable[str], why: str) -> None:
    """Fail with every offender at once, and with what to do about them."""
    found = sorted(set(offenders))
    if found:
        pytest.fail("\n".join([why, "", *(f"  {one}" for one in found)]), pytrace=False)


# --- names and sizes ----------------------------------------------------------------------


def test_no_module_is_called_utils():
    refuse(
        (
            inside(path)
            for path in repository_files()
            if path.suffix == ".py" and VAGUE_NAMES & {path.stem, path.parent.name}
        ),
        "A 'utils' has no subject, so everything ends up in it and everybody imports it.\n"
        "Name the noun that the functions are about: money.py, slugs.py, tally.py.",
    )


def test_no_file_is_too_long_to_read():
    refuse(
        (
            f"{inside(path)}: {length} lines"
            for path in python_files()
            if (length := len(path.read_text("utf-8").splitlines())) > MAX_LINES
        ),
        f"A file of more than {MAX_LINES} lines holds more than one noun.\n"
        "Make it a package of the same name with one module per noun.",
    )


def test_components_look_alike():
    offenders = []
    for manifest in PACKAGE.glob("*/component.py"):
        if not any(
            isinstance(target, ast.Name) and target.id == "COMPONENT"
            for statement in tree(manifest).body
            if isinstance(statement, ast.Assign | ast.AnnAssign)
            for target in getattr(statement, "targets", None) or [statement.target]
        ):
            continue  # a room that defines what a component is, not a component
        for entry in manifest.parent.iterdir():
            if entry.name in {"__pycache__", "templates"}:
                continue
            known = entry.stem if entry.suffix == ".py" else entry.name
            if known in PURE_NOUNS.get(manifest.parent.name, {}):
                continue
            if known not in COMPONENT_FILES or (entry.is_file() and entry.suffix != ".py"):
                offenders.append(inside(entry))
        folder = manifest.parent / "templates"
        if folder.is_dir():
            offenders += [
                f"{inside(entry)}: templates of a room live in templates/<name of the room>/"
                for entry in folder.iterdir()
                if entry.name != manifest.parent.name
            ]
    refuse(
        offenders,
        "A component has the same files as every other, so that whoever knows one knows all.\n"
        f"Allowed: {', '.join(sorted(COMPONENT_FILES))} (as .py or as a package), templates/.\n"
        "See docs/architecture.md, 'Inside a component'.",
    )


def test_pure_nouns_are_pure():
    outside = {"flask", "sqlalchemy", "alembic", "werkzeug", "wtforms", "flask_wtf"}
    offenders = []
    for room, nouns in PURE_NOUNS.items():
        for noun in nouns:
            folder = PACKAGE / room / noun
            for path in sorted(folder.rglob("*.py")) or [folder.with_suffix(".py")]:
                offenders += [
                    f"{at(path, node)}: {name}"
                    for node in ast.walk(tree(path))
                    for name in imported(node)
                    if in_package(name, outside)
                ]
    refuse(
        offenders,
        "This module is on the list of pure nouns because anybody must be able to run it without\n"
        "a server: move what needs the database or a request to queries, services or views.",
    )


def test_every_room_has_a_floor():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    floors = next(
        contract
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["id"] == "floors"
    )
    named = set(re.findall(r"\w+", " ".join(floors["layers"])))
    rooms = {
        path.stem
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
    }
    refuse(
        (f"participa.{room}" for room in rooms - named),
        "A room without a floor may import anything, and soon does.\n"
        "Name it in [tool.importlinter] of pyproject.toml, contract 'floors'.",
    )


def test_every_folder_with_code_is_a_package():
    refuse(
        {
            inside(path.parent)
            for path in python_files()
            if not (path.parent / "__init__.py").is_file()
        },
        "Without __init__.py a folder is invisible to import contracts and types.\n"
        "Add an __init__.py with one sentence that says what the package is.",
    )


# --- imports ------------------------------------------------------------------------------


def test_imports_are_at_the_top():
    offenders = []
    for path in python_files():
        for function in ast.walk(tree(path)):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            offenders += [
                f"{at(path, node)}: {name}"
                for node in ast.walk(function)
                for name in imported(node)
                if not in_package(name, LAZY_IMPORTS)
            ]
    refuse(
        offenders,
        "An import inside a function hides a dependency from readers and from the contracts;\n"
        "when it is there to break a cycle, the cycle is the fault: move what both sides need to\n"
        "the lower floor, or subscribe to an event. (Heavy optional libraries may be added to\n"
        "LAZY_IMPORTS in this test, with the reason.)",
    )


def at_import(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Give the statements that run when a module is imported, but for those for type checkers."""
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        for part in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from at_import(getattr(node, part, ()))
        for handler in getattr(node, "handlers", ()):
            yield from at_import(handler.body)


def ancestors(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts))}


def needs(module: str, path: Path, modules: Mapping[str, Path]) -> set[str]:
    """Return what must be whole before ``module`` is: what it imports, and the packages of that.

    Not its own packages, which Python has begun with by then, unless it takes a name from them.
    """
    found = set()
    for node in at_import(tree(path).body):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{each.name}" for each in node.names}
            found |= inner & modules.keys()
            if not inner <= modules.keys():
                found.add(node.module)
    found &= modules.keys()
    around = {each for name in found for each in ancestors(name)}
    return (found | (around - ancestors(module))) - {module}


def test_every_module_can_be_the_first_that_is_imported():
    """Each command loads its own modules only: a cycle that the whole app hides breaks one."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in python_files()
        if PACKAGE in path.parents
    }
    graph = {name: needs(name, path, modules) for name, path in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        refuse([" <- ".join(error.args[1])], "Move what both sides need to a module of its own.")


def test_the_domain_does_not_know_the_web():
    refuse(
        (
            f"{at(path, node)}: {name}"
            for path in python_files()
            if DOMAIN_MODULES & {path.stem, *path.parent.relative_to(PACKAGE).parts}
            for node in ast.walk(tree(path))
            for name in imported(node)
            if in_package(name, WEB_LIBRARIES)
        ),
        "Services, queries, policies and models are called by pages, by the API, by commands and\n"
        "by jobs: only the first has a request. Take what you need as an argument (person,\n"
        "moment, Session) and leave flask to views.py, admin.py and forms.py.",
    )


# --- one place for each danger ------------------------------------------------------------


def test_only_the_sanitiser_vouches_for_markup():
    sanitiser = PACKAGE / "core" / "sanitize.py"
    offenders = [
        at(path, call)
        for path in python_files()
        if path != sanitiser
        for call in calls(path)
        if dotted(call.func).rpartition(".")[2] == "Markup"
    ]
    unsafe = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\s+false")
    for path in templates():
        text = without_comments(path)
        offenders += [at(path, line_of(text, match.start())) for match in unsafe.finditer(text)]
    refuse(
        offenders,
        "Text marked as safe is shown as it is: one mistake and a citizen's text runs as a script\n"
        "in everybody's browser. Only participa/core/sanitize.py may do it: store what clean()\n"
        "returned and show it with trusted().",
    )


def test_only_the_clock_reads_the_clock():
    clock = PACKAGE / "core" / "clock.py"
    reading = re.compile(
        r"(^|\.)(datetime|date)\.(now|utcnow|today|utcfromtimestamp)$"
        r"|(^|\.)time\.(time|time_ns|localtime|gmtime)$"
        r"|(^|\.)func\.(now|current_timestamp|current_date|localtimestamp)$"
    )
    offenders = []
    for path in python_files():
        if path == clock:
            continue
        offenders += [
            f"{at(path, node)}: {name}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute) and reading.search(name := dotted(node))
        ]
        offenders += [
            f"{at(path, node)}: from time import {alias.name}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ImportFrom) and node.module == "time"
            for alias in node.names
            if alias.name in {"time", "time_ns", "localtime", "gmtime"}
        ]
    refuse(
        offenders,
        "What is open depends on the moment: tests freeze it around every phase and staff preview\n"
        "other dates, which only works when there is one clock.\n"
        "Use participa.core.clock.now(), or take the moment as an argument.",
    )


def test_only_the_edge_commits():
    refuse(
        (
            at(path, call)
            for path in python_files()
            if not re.match(r"participa/(core/|cli)", inside(path))
            for call in calls(path)
            if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
        ),
        "The request is the transaction: returning commits, raising undoes. A service that\n"
        "commits leaves half a change behind when the next line fails.\n"
        "Return instead; the request, the command or the job commits.",
    )


# --- templates ----------------------------------------------------------------------------


def without_comments(path: Path) -> str:
    """The template with its Jinja comments blanked out, line numbers kept."""
    return re.sub(
        r"\{#.*?#\}",
        lambda match: re.sub(r"[^\n]", " ", match.group()),
        path.read_text("utf-8"),
        flags=re.DOTALL,
    )


INLINE = {
    "an inline script": re.compile(
        r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*\btype\s*=\s*[\"']?application/(?:ld\+)?json)",
        re.IGNORECASE,
    ),
    "an on… attribute": re.compile(r"\son[a-z]{3,}\s*=\s*[\"']", re.IGNORECASE),
    "an hx-on attribute": re.compile(r"\s(?:data-)?hx-on[:-]", re.IGNORECASE),
    "a javascript: address": re.compile(r"[\"'(]\s*javascript:", re.IGNORECASE),
}
INLINE_STYLE = {
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"\sstyle\s*=\s*[\"']", re.IGNORECASE),
}


def test_templates_have_no_inline_code():
    offenders = []
    for path in templates():
        # Mail programs read no style sheets: there, and only there, styles are inline.
        mail = "mail" in path.parent.relative_to(PACKAGE).parts or path.stem.startswith("mail")
        text = without_comments(path)
        for what, pattern in (INLINE if mail else INLINE | INLINE_STYLE).items():
            offenders += [
                f"{at(path, line_of(text, match.start()))}: {what}"
                for match in pattern.finditer(text)
            ]
    refuse(
        offenders,
        "The content security policy refuses inline code, so it would be dead in a browser, and\n"
        "allowing it would let an injected text run.\n"
        "Use a class of the style sheet, or a data- attribute read by a script file.",
    )


# --- words --------------------------------------------------------------------------------


def test_sentences_are_literals():
    # i18n.py defines these functions, so it passes on what it was given.
    definitions = PACKAGE / "core" / "i18n.py"
    offenders = []
    for path in python_files():
        if path == definitions:
            continue
        for call in calls(path):
            name = dotted(call.func).rpartition(".")[2]
            sentences = [call.args[i] for i in GETTEXT.get(name, ()) if i < len(call.args)]
            if not all(
                isinstance(sentence, ast.Constant) and isinstance(sentence.value, str)
                for sentence in sentences
            ):
                offenders.append(at(path, call))
    refuse(
        offenders,
        "Messages are collected by reading the source: a variable, a sum or an f-string\n"
        "never reaches the translators, and its page stays half Spanish.\n"
        'Write the sentence whole and name its parts: _("Faltan %(days)s días", days=days).',
    )


# --- what is committed --------------------------------------------------------------------

# Put together from parts, so that this file does not contain them.
REGISTRIES = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "yarn" + "pkg.com",
    "crates" + ".io",
    "ruby" + "gems.org",
    "proxy.go" + "lang.org",
    "ana" + "conda.org",
    "repo.maven" + ".apache.org",
)
MACHINE_PATHS = re.compile(
    r"(?<![\w./~-])/(?:"
    + "|".join(
        (
            "wor" + r"k/(?:main|shared)\b",
            "roo" + "t/",
            "hom" + r"e/\w+/",
            "User" + r"s/\w+/",
            "op" + r"t/(?:wheels|pypi)",
        )
    )
    + ")"
)


def committed_texts() -> Iterator[tuple[Path, str]]:
    for path in repository_files():
        try:
            yield path, path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # an image, a font


def offending(find: Callable[[str], Iterable[int]]) -> Iterator[str]:
    for path, text in committed_texts():
        for position in find(text):
            yield at(path, line_of(text, position))


def test_no_registry_address_is_committed():
    pattern = re.compile("|".join(map(re.escape, REGISTRIES)), re.IGNORECASE)
    refuse(
        offending(lambda text: (match.start() for match in pattern.finditer(text))),
        "Where packages come from is the business of the machine that installs them (a mirror, a\n"
        "proxy, an offline folder): locks hold versions and hashes, never addresses.\n"
        "Write the locks with `make lock`; in prose say 'the public package registry'.",
    )


def test_no_path_of_one_machine_is_committed():
    refuse(
        offending(lambda text: (match.start() for match in MACHINE_PATHS.finditer(text))),
        "A path of one developer's machine is wrong on every other one.\n"
        "Start from Path(__file__), from a setting, or from /srv/participa in examples.",
    )


def test_locks_hold_versions_and_hashes_only():
    offenders = []
    versions: dict[str, dict[str, str]] = {}
    for path in sorted((ROOT / "requirements").glob("*.lock")):
        text = path.read_text("utf-8")
        lines = text.splitlines()
        offenders += [
            f"{at(path, number)}: {line.strip()}"
            for number, line in enumerate(lines, 1)
            if "://" in line or re.match(r"\s*--(?!hash=)", line) or " @ " in line
        ]
        blocks = re.findall(r"^([\w.\[\]-]+)==(\S+)((?:.*\\\n)*.*)$", text, re.MULTILINE)
        offenders += [
            f"{inside(path)}: {name} has no hash"
            for name, _, rest in blocks
            if "--hash=sha256:" not in rest
        ]
        versions[path.stem] = {f"{name}=={version}": rest for name, version, rest in blocks}
    assert set(versions) == {"base", "test", "dev"}, "requirements/ holds base, test and dev.lock"
    for smaller, larger in (("base", "test"), ("test", "dev")):
        offenders += [
            f"requirements/{smaller}.lock: {one} differs from {larger}.lock"
            for one in versions[smaller].keys() - versions[larger].keys()
        ]
    refuse(
        offenders,
        "What is tested is what is deployed: the same versions in every lock, each with its hash,\n"
        "and no address. Run `make lock`.",
    )


def test_nothing_generated_is_committed():
    generated = {".mo", ".pot", ".pyc", ".sqlite", ".sqlite3", ".db"}
    refuse(
        (inside(path) for path in repository_files() if path.suffix in generated),
        "These files are made by the build or by running the program; committed, they go stale.",
    )
