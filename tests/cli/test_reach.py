"""`participa check` tries what the installation talks to; `participa user list` names places."""

import socket
from contextlib import closing
from threading import Thread

import pytest
import sqlalchemy as sa
from fakeredis import TcpFakeServer

from participa.accounts.models import Person, RoleGrant
from participa.budgets.models import Point, Promoter
from participa.cli import reach
from participa.cli.context import transaction
from participa.core.policy import Role
from participa.processes import queries as processes

pytestmark = pytest.mark.slow


@pytest.fixture
def ready(run):
    run("db", "upgrade")
    run("organization", "create", "--slug", "uno", "--name", "Uno")
    return run


@pytest.fixture
def nowhere():
    """A port where nothing listens: bound, so that nobody else takes it meanwhile."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def greeting(*answers):
    """Serve one visitor: say the first line at once, and each other after a line of theirs."""
    server = socket.create_server(("127.0.0.1", 0))

    def talk():
        with server, server.accept()[0] as peer, peer.makefile("rb") as lines:
            for each in answers:
                peer.sendall(each)
                lines.readline()

    Thread(target=talk, daemon=True).start()
    return server.getsockname()[1]


@pytest.mark.parametrize(
    ("variable", "url", "who"),
    [
        ("PARTICIPA_MAIL_URL", "smtp://ana:secreto@127.0.0.1:{port}", "al servidor de correo"),
        ("PARTICIPA_MAIL_URL", "smtps://ana:secreto@127.0.0.1:{port}", "al servidor de correo"),
        ("PARTICIPA_REDIS_URL", "redis://:secreto@127.0.0.1:{port}/0", "a Redis"),
    ],
)
def test_a_server_that_is_not_there_is_told(ready, monkeypatch, nowhere, variable, url, who):
    monkeypatch.setenv(variable, url.format(port=nowhere))
    answer = ready("check")
    assert answer.exit_code == 1
    line = next(each for each in answer.output.splitlines() if each.startswith(variable))
    assert line == (
        f"{variable}: no se llega {who} 127.0.0.1:{nowhere}: nadie contesta en esa dirección"
    )
    assert "Todo está en orden" not in answer.output
    assert "secreto" not in answer.output


def test_a_server_that_never_answers_is_told(ready, monkeypatch):
    monkeypatch.setattr(reach, "PATIENCE", 0.1)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("PARTICIPA_MAIL_URL", f"smtp://127.0.0.1:{port}")
        monkeypatch.setenv("PARTICIPA_REDIS_URL", f"redis://127.0.0.1:{port}")
        answer = ready("check")
    assert answer.exit_code == 1
    assert answer.output.count("no contesta") == 2


def test_a_mail_server_that_offers_no_encryption_is_told(ready, monkeypatch):
    port = greeting(b"220 here\r\n", b"250 hello\r\n", b"221 bye\r\n")
    monkeypatch.setenv("PARTICIPA_MAIL_URL", f"smtp://127.0.0.1:{port}")
    answer = ready("check")
    assert answer.exit_code == 1
    assert "PARTICIPA_MAIL_URL: el servidor de correo no responde como se espera" in answer.output


def test_servers_that_answer_leave_no_word(ready, monkeypatch):
    with TcpFakeServer(("127.0.0.1", 0)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PARTICIPA_REDIS_URL", f"redis://127.0.0.1:{server.server_address[1]}")
        answer = ready("check")
        server.shutdown()
    assert "REDIS" not in answer.output


def test_a_list_of_people_names_where_each_role_is_held(ready, tmp_path):
    for key in ("bga-taller-lab", "usme-innova-2023"):
        file = tmp_path / f"{key}.yaml"
        file.write_text(ready("process", "templates", key).output, encoding="utf-8")
        made = ready("process", "apply", file)
        assert made.exit_code == 0, made.output
    for name in ("Ana", "Eva"):
        words = ("--email", f"{name}@x.co", "--name", name, "--password-stdin")
        assert ready("user", "create", *words, input="una clave bien larga\n").exit_code == 0
    with transaction() as (session, place, _actor):
        ana, eva = session.scalars(sa.select(Person.id).order_by(Person.name))
        here = processes.visible(session, drafts_of=None)
        own = {"organization_id": place.id}
        session.add_all(
            RoleGrant(**own, person_id=ana, role=Role.MODERATOR, process_id=each.id)
            for each in here
        )
        point = Point(**own, component_id=here[0].components[0].id, name="Casa de la cultura")
        session.add(point)
        session.flush()
        session.add(Promoter(**own, point_id=point.id, person_id=eva))
    lines = [line.split("\t") for line in ready("user", "list").output.splitlines()]
    assert {line[2]: line[3] for line in lines} == {
        "Ana": "Moderación (bga-taller-lab, usme-innova-2023)",
        "Eva": "Promotora (Casa de la cultura)",
    }
