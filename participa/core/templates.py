"""How templates are compiled: once per language, and for pages that show hundreds of values."""

from collections.abc import Callable, Iterator, MutableMapping
from types import FunctionType, MappingProxyType
from typing import Any, cast

from flask import Flask, request
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser
from jinja2.runtime import Context, Macro
from markupsafe import Markup, _escape_inner

from participa.core.i18n import current_locale, phrase


def written(value: Any) -> str:
    """Return what ``escape`` gives, six times as fast: what a page joins need not be Markup."""
    kind = type(value)
    if kind is Markup:
        return cast("str", value)
    if kind is str:
        return _escape_inner(value)
    if hasattr(value, "__html__"):
        return cast("str", value.__html__())
    return _escape_inner(str(value))


class _Writer(CodeGenerator):
    """Writes the values of a page with :func:`written`."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        self.writeline(f"from {__name__} import {written.__name__}")
        super().visit_Template(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write(f"{written.__name__}(")
        else:
            super()._output_child_pre(node, frame, finalize)


class _Translated(Extension):
    """Puts the phrase where a template says ``_('…')``, in the language that is being read.

    Phrases with values are left: they are made when the values are known.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            yield from self._phrase(token, stream) if token.test("name:_") else (token,)

    def _phrase(self, token: Token, stream: TokenStream) -> Iterator[Token]:
        given = [token]
        for wanted in ("lparen", "string", "rparen"):
            if stream.current.type != wanted:
                break
            given.append(next(stream))
        else:
            line, message = token.lineno, given[2].value
            given[2] = Token(line, "string", str(phrase(message)))
            # "safe" on a constant is worked out when the template is compiled.
            given[3:3] = Token(line, "pipe", "|"), Token(line, "name", "safe")
            del given[0]
        yield from given


MOST_KEPT = 50
"""Fragments that are kept with one object."""


class Kept(Extension):
    """``{% kept owner, key… %}…{% endkept %}`` writes its inside once per key, for all readers.

    It is kept with ``owner``, a view that never changes (a new version is another object); the key
    names whatever else it depends on, besides the language. Without an owner nothing is kept.
    Nothing inside may be somebody's own (tokens, names, this page's address): a test looks.
    """

    tags = {"kept"}

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        key = parser.parse_tuple(with_condexpr=True)
        body = parser.parse_statements(("name:endkept",), drop_needle=True)
        return nodes.CallBlock(self.call_method("kept", [key]), [], [], body, lineno=line)

    def kept(self, key: tuple[Any, ...], caller: Callable[[], str]) -> str:
        """Return the fragment kept under a key, or what ``caller`` writes now."""
        owner, *rest = key
        if not hasattr(owner, "__dict__"):
            return caller()
        fragments: dict[Any, str] = vars(owner).setdefault("_fragments", {})
        where = current_locale(), request.script_root, *rest
        found = fragments.get(where)
        if found is None:
            if len(fragments) >= MOST_KEPT:
                fragments.clear()
            found = fragments[where] = caller()
        return found


class _Context(Context):
    """Calls macros and functions at once: Jinja asks four times how each wants to be called."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        kind = type(called)
        if kind is Macro:
            args = self.eval_ctx, *args
        elif kind is not FunctionType or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)


class Templates(Environment):
    """Flask's environment, for our pages."""

    code_generator_class = _Writer
    context_class = _Context

    def make_globals(self, d: MutableMapping[str, Any] | None) -> Any:
        """Give templates the environment's globals themselves, not a slow chain of mappings."""
        return super().make_globals(d) if d else MappingProxyType(self.globals)


def template(app: Flask, name: str) -> Template:
    """Return a template as it is compiled for the language of the page being written."""
    languages: dict[str, Any] = app.extensions.setdefault("participa_templates", {})
    language = current_locale()
    if language not in languages:
        languages[language] = app.jinja_env.overlay(extensions=[_Translated]), {}
    environment, found = languages[language]
    # Jinja looks into its loader first, and a page asks for a piece several times.
    if name not in found or environment.auto_reload:
        found[name] = environment.get_template(name)
    return cast("Template", found[name])
