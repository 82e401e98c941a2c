"""Every form needs its token; without it nothing happens and nothing typed is lost."""

import sqlalchemy as sa

from participa.accounts.models import KeptForm
from participa.core.facts import FactRow
from tests import factories
from tests.pages import world as worlds

EXEMPT = {"notifications.stop_now"}
"""Signed by its own link (RFC 8058)."""

SECRETS = {
    "password": "Secreto-de-la-clave",
    "current": "Secreto-de-antes",
    "quitar-password": "Secreto-de-quitar",
    "code": "Secreto-del-codigo",
    "quitar-code": "Secreto-de-seis",
    "nuevos-code": "Secreto-nuevo",
    "csrf_token": "Secreto-de-la-ficha",
    "clave": "Secreto-en-espanol",
    "token": "Secreto-del-enlace",
}


def test_every_post_is_refused_without_its_token(world, with_csrf):
    client = world.client("organization_admin")
    before = world.session.scalar(sa.select(sa.func.count()).select_from(FactRow))
    wrong = []
    for rule in worlds.rules_of(world.app):
        for method in sorted(rule.methods & {"POST", "PUT", "PATCH", "DELETE"}):
            if rule.endpoint in EXEMPT:
                continue
            address = world.address(rule)
            data = {"title": "Lo que escribí <b>", "reason": "", **SECRETS}
            answer = client.open(address, method=method, data=data)
            page = answer.text
            if answer.status_code != 400 or "Envíe de nuevo" not in page:
                wrong.append(f"{method} {address}: {answer.status_code}")
            if "Lo que escribí &lt;b&gt;" not in page:
                wrong.append(f"{address}: what was typed is gone")
            wrong += [f"{address}: shows {each}" for each in SECRETS.values() if each in page]
            if "no-store" not in answer.headers["Cache-Control"]:
                wrong.append(f"{address}: {answer.headers['Cache-Control']}")
    assert not wrong, "\n".join(wrong)
    world.session.expire_all()
    assert world.session.scalar(sa.select(sa.func.count()).select_from(FactRow)) == before


def test_the_page_of_again_can_be_sent(client, app, with_csrf):
    page = client.post("/clave/olvidada", data={"email": "rosa@ejemplo.test"}).text
    assert 'action="/clave/olvidada"' in page
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    answer = client.post(
        "/clave/olvidada", data={"email": "rosa@ejemplo.test", "csrf_token": token}
    )
    assert answer.status_code == 303


def test_the_token_of_another_browser_is_worth_nothing(app, organization, with_csrf):
    page = app.test_client().get("/clave/olvidada").text
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    assert token
    other = app.test_client()
    other.get("/clave/olvidada")
    answer = other.post("/clave/olvidada", data={"email": "a@b.co", "csrf_token": token})
    assert answer.status_code == 400


def test_reading_never_writes(world):
    """Every GET as an administrator leaves every table as it was."""
    client = world.client("organization_admin")
    tables = [FactRow.__table__, KeptForm.__table__]

    def state():
        return [
            world.session.scalar(sa.select(sa.func.count()).select_from(each)) for each in tables
        ]

    before = state()
    for rule in worlds.rules_of(world.app):
        if "GET" in rule.methods:
            answer = client.get(world.address(rule))
            assert answer.status_code < 500, rule.rule
    assert state() == before


def test_a_visitor_who_must_sign_in_leaves_no_secret_behind(client, session):
    factories.make_process(session)
    for path in ("/cuenta/clave", "/cuenta/segundo-paso/quitar", "/cuenta/eliminar"):
        answer = client.post(path, data={"name": "Se guarda", **SECRETS})
        assert answer.status_code == 303
    session.expire_all()
    kept = session.scalars(sa.select(KeptForm)).all()
    assert len(kept) == 3
    assert [each.fields for each in kept] == [[["name", "Se guarda"]]] * 3
