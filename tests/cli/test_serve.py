"""Pages of one process are made in turns; nobody else waits for them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from participa.cli import serve
from participa.cli.serve import InTurns
from participa.core import migrate
from participa.core.config import Config

LONG = 20
"""Seconds after which a test that hangs says so."""


class Pages:
    """An application whose page ``/slow`` is made until somebody lets it go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.inside = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, environ: dict[str, Any], _start_response: Any) -> Iterator[bytes]:
        self.asked.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/slow":
            self.inside.set()
            assert self.let_go.wait(LONG)
        if environ["PATH_INFO"] == "/broken":
            raise ValueError
        return self._body(environ["PATH_INFO"])

    @staticmethod
    def _body(path: str) -> Iterator[bytes]:
        yield path.encode()


@contextmanager
def _together(ask: Callable[..., Any], *, path: str = "/slow") -> Iterator[None]:
    thread = threading.Thread(target=ask, args=(path,))
    thread.start()
    yield
    thread.join(LONG)
    assert not thread.is_alive()


@pytest.fixture
def pages() -> Pages:
    return Pages()


def asking(pages: Pages, patience: float = LONG) -> Callable[..., bytes]:
    """Return a browser of the pages, which wait for each other so many seconds."""
    served = InTurns(pages, patience)

    def ask(path: str, method: str = "GET") -> bytes:
        return b"".join(served({"PATH_INFO": path, "REQUEST_METHOD": method}, None))

    return ask


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_waits_for_the_one_before_it(pages: Pages, method: str) -> None:
    ask = asking(pages)
    with _together(ask):
        assert pages.inside.wait(LONG)
        second = threading.Thread(target=ask, args=("/second", method))
        second.start()
        second.join(0.1)
        assert pages.asked == ["/slow"]
        pages.let_go.set()
        second.join(LONG)
    assert pages.asked == ["/slow", "/second"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_who_writes_waits_for_no_page(pages: Pages, method: str) -> None:
    ask = asking(pages)
    with _together(ask):
        assert pages.inside.wait(LONG)
        assert ask("/written", method) == b"/written"
        pages.let_go.set()


def test_a_page_that_hangs_does_not_hold_up_the_others(pages: Pages) -> None:
    ask = asking(pages, 0.01)
    with _together(ask):
        assert pages.inside.wait(LONG)
        assert ask("/impatient") == b"/impatient"
        assert ask("/another") == b"/another"
        pages.let_go.set()
    assert ask("/after") == b"/after"


def test_a_page_that_breaks_gives_its_turn_back(pages: Pages) -> None:
    ask = asking(pages)
    with pytest.raises(ValueError, match=r"^$"):
        ask("/broken")
    # In an impatient second it would have gone ahead without a turn: this one does not.
    started = threading.Thread(target=ask, args=("/after",))
    started.start()
    started.join(LONG / 4)
    assert pages.asked == ["/broken", "/after"]


def test_a_slow_reader_holds_no_turn(pages: Pages) -> None:
    served = InTurns(pages, LONG)
    slowly = iter(served({"PATH_INFO": "/export", "REQUEST_METHOD": "GET"}, None))
    assert b"".join(served({"PATH_INFO": "/page", "REQUEST_METHOD": "GET"}, None)) == b"/page"
    assert next(slowly) == b"/export"


def test_a_database_that_is_still_starting_is_waited_for(monkeypatch, capsys):
    config = Config(database_url="postgresql://127.0.0.1:1/none", secret_key="k" * 40)
    down = sa.exc.OperationalError("", {}, Exception("the database system is starting up"))
    answers = iter([down, down, migrate.head()])

    def current(_engine):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(serve.migrate, "current", current)
    monkeypatch.setattr(serve, "TURN", 0.001)
    serve.refuse_old_database(config, wait=LONG)
    said = capsys.readouterr().err
    assert said.count("no responde todavía") == 1
    assert "is starting up" in said
    answers = iter([down])
    with pytest.raises(SystemExit):
        serve.refuse_old_database(config, wait=0)
