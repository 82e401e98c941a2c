"""What click and the operating system say of a wrong command, in the language of the rest."""

import errno
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError

REASONS = {
    errno.ENOENT: "no existe",
    errno.ENOTDIR: "no existe",
    errno.EACCES: "no hay permiso",
    errno.EPERM: "no hay permiso",
    errno.EROFS: "está en un disco de solo lectura",
    errno.EISDIR: "es una carpeta",
    errno.ENOSPC: "no queda espacio en el disco",
    errno.ECONNREFUSED: "nadie contesta en esa dirección",
    errno.EADDRNOTAVAIL: "esa dirección no es de esta máquina",
}


def reason(error: OSError) -> str:
    """Return why the system refused: in Spanish for what is usual, else as the system says it."""
    if isinstance(error, TimeoutError):
        return "no contesta"
    if isinstance(error, socket.gaierror):
        return "no se conoce ese nombre"
    return REASONS.get(error.errno or 0) or error.strerror or str(error)


class WrongUsage(click.UsageError):
    """A usage error of click, told in Spanish; the exit code is click's (2)."""

    def show(self, file: Any = None) -> None:
        if self.ctx is not None:
            pieces = " ".join(self.ctx.command.collect_usage_pieces(self.ctx))
            path = self.ctx.command_path
            click.echo(f"Uso: {path} {pieces}\nAyuda: {path} --help\n", err=True)
        click.echo(f"Error: {self.message}", err=True)


class Group(click.Group):
    """A group whose usage errors, and those of every command below it, are in Spanish."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _translated():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _translated():
            return super().invoke(ctx)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (WrongUsage, NoArgsIsHelpError):
        raise
    except click.UsageError as error:
        raise WrongUsage(_sentence(error), error.ctx) from error


def _sentence(error: click.UsageError) -> str:
    """Return a usage error in Spanish; a kind that click adds one day, as click says it."""
    match error:
        case click.MissingParameter():
            if isinstance(error.param, click.Argument):
                return f"falta {error.param.make_metavar(error.ctx or _no_context())}"
            return f"falta la opción {_name(error)}"
        case click.BadParameter():
            return f"{_name(error)}: {_demand(error)}"
        case click.NoSuchOption():
            return f"no hay una opción {error.option_name}{_near(error.possibilities)}"
        case click.BadOptionUsage():
            wants = "necesita" if "requires" in error.message else "no lleva"
            return f"la opción {error.option_name} {wants} un valor"
    command = getattr(error, "command_name", None)  # NoSuchCommand, of click 8.4 and later
    if command is not None:
        return f"no hay una orden «{command}»{_near(getattr(error, 'possibilities', None))}"
    if "extra argument" in error.message:
        return f"sobran palabras: {error.message.partition('(')[2].rstrip(').')}"
    return error.format_message()


def _no_context() -> click.Context:
    return click.Context(click.Command(None))


def _name(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Option):
        return max(error.param.opts, key=len)
    return (error.param.human_readable_name if error.param else "") or str(error.param_hint or "")


def _demand(error: click.BadParameter) -> str:
    kind = error.param.type if error.param is not None else None
    match kind:
        case click.IntRange(min=least, max=None):
            return f"debe ser un número entero, {least} o mayor"
        case click.IntRange(min=least, max=most):
            return f"debe ser un número entero entre {least} y {most}"
        case click.types.IntParamType():
            return "debe ser un número entero"
        case click.Choice():
            return f"debe ser una de estas palabras: {', '.join(map(str, kind.choices))}"
    return error.message


def _near(possibilities: Sequence[str] | None) -> str:
    return f"; ¿quiso decir {' o '.join(possibilities)}?" if possibilities else ""
