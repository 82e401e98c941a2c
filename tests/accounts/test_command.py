"""``participa user``."""

import re

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from participa.accounts.models import Person
from participa.cli.user import user
from participa.core import clock
from participa.core.db import bind_to_organization, db
from participa.core.facts import FactRow
from participa.core.mail import Mail
from tests import factories
from tests.conftest import new_app

PASSWORD = "cuatro gatos en la loma"


@pytest.fixture
def run(monkeypatch, engine_name):
    app = new_app(engine_name)
    config = app.extensions["participa_config"]
    monkeypatch.setenv("PARTICIPA_DATABASE_URL", config.database)
    monkeypatch.setenv("PARTICIPA_DATA_DIR", config.data_dir)
    monkeypatch.setenv("PARTICIPA_SECRET_KEY", config.secret_key)
    monkeypatch.setenv("PARTICIPA_BASE_URL", "https://participa.example")

    def call(*arguments, **options):
        return CliRunner().invoke(user, arguments, **options)

    yield app, call
    with app.app_context():
        db.engine.dispose()


def test_making_and_listing_accounts(run):
    app, call = run
    ana = ["create", "--email", "ana@ejemplo.com", "--name", "Ana"]
    assert call(*ana).exit_code == 2  # no organization yet
    with app.app_context():
        factories.make_organization(db.session())

    weak = call(*ana, "--password-stdin", input="corta\n")
    assert weak.exit_code == 2
    assert "al menos 10" in weak.stderr
    bad = call("create", "--email", "ana", "--name", "A", "--password-stdin", input=PASSWORD)
    assert (bad.exit_code, bad.stderr.count(";")) == (2, 1)
    made = call(*ana, "--admin", "--password-stdin", input=f"{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    assert "Administración" in made.output
    again = call(*ana, "--password-stdin", input=f"{PASSWORD}\n")
    assert (again.exit_code, "Ya hay una cuenta" in again.stderr) == (2, True)
    assert call("list", "--organization", "nada").exit_code == 2

    linked = call("create", "--email", "luz@ejemplo.com", "--name", "Luz")
    found = re.search(r"https://participa\.example(/clave/nueva/\S+)", linked.output)
    assert found, linked.output
    listed = call("list").output.splitlines()
    assert [line.split("\t")[1] for line in listed] == ["ana@ejemplo.com", "luz@ejemplo.com"]
    assert listed[0].endswith("Administración de la entidad")
    assert len(call("list", "--search", "luz").output.splitlines()) == 1

    client = app.test_client()
    assert client.get(found[1]).status_code == 200
    with app.app_context():
        bind_to_organization(db.session(), None)


@pytest.mark.parametrize("ending", ["test", "example", "invalid", "localhost"])
def test_reserved_endings_are_taken_for_what_they_are(run, ending):
    app, call = run
    with app.app_context():
        factories.make_organization(db.session())
    made = call(
        "create", "--email", f"Ana@aurora.{ending}", "--name", "Ana", "--password-stdin",
        input=f"{PASSWORD}\n",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "no recibe correo" in made.output
    assert f"ana@aurora.{ending}" in call("list").output
    bad = call("create", "--email", f"a b@aurora.{ending}", "--name", "Ana", "--password-stdin",
               input=f"{PASSWORD}\n")  # fmt: skip
    assert bad.exit_code == 2


def secret_in(output):
    return re.search(r"/clave/nueva/(\S+)", output)[1]


def test_roles_links_and_somebody_shut_out(run):
    app, call = run
    with app.app_context():
        session = db.session()
        factories.make_organization(session)
        factories.make_process(session)
        person = factories.make_person(session, "Ana", email="ana@ejemplo.com")
        person.totp_secret, person.totp_confirmed_at = "x", clock.now()
        session.commit()
        db.session.remove()
    assert call("grant", "nadie@ejemplo.com", "moderator").exit_code == 2
    assert "--process" in call("grant", "ana@ejemplo.com", "moderator").stderr
    assert (
        "sin --process"
        in call("grant", "ana@ejemplo.com", "organization_admin", "--process", "presupuesto").stderr
    )
    assert (
        "no hay un proceso"
        in call("grant", "ana@ejemplo.com", "moderator", "--process", "nada").stderr
    )
    given = call("grant", "Ana@ejemplo.com", "moderator", "--process", "presupuesto")
    assert given.exit_code == 0, given.output
    assert call("grant", "ana@ejemplo.com", "organization_admin").exit_code == 0
    listed = call("list").output
    assert "Moderación (presupuesto)" in listed
    assert "Administración de la entidad" in listed
    last = call("revoke", "ana@ejemplo.com", "organization_admin")
    assert (last.exit_code, "única persona" in last.stderr) == (1, True)
    assert call("revoke", "ana@ejemplo.com", "moderator", "--process", "presupuesto").exit_code == 0

    client = app.test_client()
    first = secret_in(call("link", "ana@ejemplo.com").output)
    second = secret_in(call("link", "ana@ejemplo.com").output)
    assert client.get(f"/clave/nueva/{first}").status_code == 410
    assert client.get(f"/clave/nueva/{second}").status_code == 200
    assert call("rescue", "ana@ejemplo.com", input="n\n").exit_code == 1
    third = secret_in(call("rescue", "ana@ejemplo.com", "--yes").output)
    assert client.get(f"/clave/nueva/{third}").status_code == 200
    with app.app_context():
        bind_to_organization(db.session(), 1)
        assert db.session.scalars(sa.select(Person.totp_secret)).one() is None
        names = set(db.session.scalars(sa.select(FactRow.name)))
        assert {"accounts.link_issued_by_command", "accounts.second_factor_removed"} <= names
        assert "segundo paso" in db.session.scalars(sa.select(Mail.subject)).one()
        db.session.remove()
