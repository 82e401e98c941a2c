"""Where a change was asked for: from our own pages, from elsewhere, or by who cannot tell."""

import dataclasses
import re
from html import unescape

import pytest
import sqlalchemy as sa

from participa.accounts.models import KeptForm
from participa.accounts.passwords import hashed
from participa.core import clock, origin
from participa.core.facts import FactRow
from participa.core.origin import UsedToken
from tests import factories
from tests.budgets.polls import Poll
from tests.conftest import ENGINES
from tests.pages import world as worlds


@pytest.fixture(params=ENGINES)
def engine_name(request):
    """Both: a used token is remembered by the database."""
    return str(request.param)


EXEMPT = {"notifications.stop_now"}
"""Signed by its own link (RFC 8058)."""

SECRETS = {
    "password": "Secreto-de-la-clave",
    "current": "Secreto-de-antes",
    "quitar-password": "Secreto-de-quitar",
    "clave": "Secreto-en-espanol",
}
MAKE_ADMINISTRATOR = {"role": "organization_admin", "confirmado": "1"}

TODAY = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
BROWSERS = {
    "today's": TODAY,
    "typed or reloaded": {"Sec-Fetch-Site": "none"},
    "without Sec-Fetch": {"Origin": "http://localhost"},
    "null origin": {"Origin": "null"},
    "old phone": {},
}
FOREIGN = {
    "cross-site": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"},
    "cross-site, null": {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    "sibling host": {"Sec-Fetch-Site": "same-site", "Origin": "http://blog.localhost"},
    "empty": {"Sec-Fetch-Site": ""},
    "unknown word": {"Sec-Fetch-Site": "Same-Origin"},
    "our origin, but cross-site": {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    "old, sibling host": {"Origin": "http://blog.localhost"},
    "old, another port": {"Origin": "http://localhost:8001"},
    "old, another scheme": {"Origin": "https://localhost"},
    "old, no address": {"Origin": "nonsense"},
    "old, no port": {"Origin": "http://localhost:x"},
}


def browse_as(client, headers):
    """Make a browser send these headers with all that it asks for."""
    client.environ_base.pop("HTTP_SEC_FETCH_SITE")
    for name, value in headers.items():
        client.environ_base["HTTP_" + name.upper().replace("-", "_")] = value
    return client


def fields_of(page):
    """Return the hidden fields of the form in the main part of a page, as a browser sends them."""
    form = re.search(r"<main.*?<form[^>]*>(.*?)</form>", page, re.DOTALL)[1]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    found += re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', form, re.DOTALL)
    return {name: unescape(value) for name, value in found}


def send(client, path, data=None):
    """Post a form; where the page asks to send it again, do."""
    answer = client.post(path, data=data)
    if answer.status_code == 400:
        assert "Envíe de nuevo" in answer.text
        assert "Set-Cookie" not in answer.headers
        answer = client.post(path, data=fields_of(answer.text))
    return answer


def facts(session):
    session.expire_all()
    return session.scalar(sa.select(sa.func.count()).select_from(FactRow))


def posts(world):
    for rule in worlds.rules_of(world.app):
        for method in sorted(rule.methods & {"POST", "PUT", "PATCH", "DELETE"}):
            if rule.endpoint not in EXEMPT:
                yield method, world.address(rule)


def test_no_post_that_began_elsewhere_does_anything(world):
    client = browse_as(world.client("organization_admin"), FOREIGN["sibling host"])
    before = facts(world.session)
    wrong = []
    for method, address in posts(world):
        answer = client.open(address, method=method, data={"title": "Lo que escribió otro"})
        if answer.status_code != 403 or "Esto no se envió desde este sitio" not in answer.text:
            wrong.append(f"{method} {address}: {answer.status_code}")
        if "Lo que escribió otro" in answer.text or "Set-Cookie" in answer.headers:
            wrong.append(f"{method} {address}: shows the text, or sets a cookie")
    assert not wrong, "\n".join(wrong)
    assert facts(world.session) == before


def test_every_post_of_who_cannot_tell_is_shown_and_asked_again(world):
    client = browse_as(world.client("organization_admin"), {})
    before = facts(world.session)
    shown = {"title": "Lo que escribí <b>", "empty": "", "ground_code": "uno\r\ndos"}
    wrong = []
    for method, address in posts(world):
        answer = client.open(address, method=method, data={**shown, **SECRETS, "confirmado": "1"})
        page = answer.text
        if answer.status_code != 400 or "Envíe de nuevo" not in page:
            wrong.append(f"{method} {address}: {answer.status_code}")
            continue
        wrong += [f"{address}: shows {each}" for each in SECRETS.values() if each in page]
        wrong += [f"{address}: hides {each}" for each in shown if f"<dt>{each}</dt>" not in page]
        wrong += [f"{address}: no {each}" for each in SECRETS if f'id="again-{each}"' not in page]
        if "Lo que escribí &lt;b&gt;</dd>" not in page or 'name="confirmado"' in page:
            wrong.append(f"{address}: what was typed is not shown, or says yes")
        if "no-store" not in answer.headers["Cache-Control"] or "Set-Cookie" in answer.headers:
            wrong.append(f"{address}: {answer.headers}")
    assert not wrong, "\n".join(wrong)
    assert facts(world.session) == before


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_forged_request_makes_nobody_an_administrator(world, kind):
    client = browse_as(world.client("organization_admin"), FOREIGN[kind])
    address = f"/gestion/personas/{world.author.id}/roles/dar"
    before = facts(world.session)
    answer = client.post(address, data=MAKE_ADMINISTRATOR)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert facts(world.session) == before
    del client.environ_base["HTTP_ORIGIN" if kind.startswith("old") else "HTTP_SEC_FETCH_SITE"]
    client.environ_base.pop("HTTP_ORIGIN", None)
    assert client.get("/gestion/personas").status_code == 200, "still signed in"


def test_one_click_on_what_was_forged_gives_no_role(world):
    """An old browser tells a forged request from another by nothing: its person reads, twice."""
    client = browse_as(world.client("organization_admin"), {})
    address = f"/gestion/personas/{world.author.id}/roles/dar"
    before = facts(world.session)
    asked = client.post(address, data=MAKE_ADMINISTRATOR).text
    assert '<dd class="mail-text">organization_admin</dd>' in asked
    answer = client.post(address, data=fields_of(asked))
    assert answer.status_code == 200
    assert "Sí" in answer.text
    assert facts(world.session) == before
    # And yet nobody is asked for ever.
    sure = fields_of(answer.text)
    assert sure["confirmado"] == "1"
    assert client.post(address, data=sure).status_code == 303
    assert facts(world.session) > before
    assert client.post(address, data=sure).status_code == 400


@pytest.mark.parametrize("kind", BROWSERS)
def test_every_browser_votes(app, client, session, kind):
    with app.app_context():
        poll = Poll(session, ballot="approval", maximum=2)
    factories.sign_in(client, session, poll.person)
    browse_as(client, BROWSERS[kind])
    here = "/procesos/presupuesto/presupuesto/votar"
    chosen = send(client, f"{here}/escoger", {"papeleta": poll.ids[0], "on": "1"})
    assert chosen.status_code == 303
    seen = re.search(r'name="visto" value="([^"]*)"', client.get(f"{here}/revisar").text)[1]
    assert send(client, f"{here}/revisar", {"visto": seen}).headers["Location"].endswith("/enviado")
    # What asks "are you sure?" ends too.
    send(client, f"{here}/escoger", {"papeleta": poll.ids[1], "on": "1"})
    sure = send(client, f"{here}/descartar")
    assert "¿Descartar lo que escogió" in sure.text
    assert send(client, f"{here}/descartar", fields_of(sure.text)).status_code == 303
    spent = session.scalar(sa.select(sa.func.count()).select_from(UsedToken))
    assert spent == (5 if kind in {"null origin", "old phone"} else 0)


@pytest.mark.parametrize("kind", BROWSERS)
def test_every_browser_signs_in_and_out(client, session, kind):
    """Without a session's cookie there is nothing that somebody else could make use of."""
    password = "cuatro gatos en la loma"
    factories.make_person(session, email="rosa@ejemplo.com", password_hash=hashed(password))
    session.commit()
    browse_as(client, BROWSERS[kind])
    typed = {"login": "rosa@ejemplo.com", "password": password}
    assert client.post("/entrar", data=typed).status_code == 303
    again = client.post("/salir")
    assert again.status_code == (400 if kind in {"null origin", "old phone"} else 303)
    assert client.get("/cuenta").status_code == (200 if again.status_code == 400 else 303)


def test_a_token_is_good_once_for_its_session_path_and_fields(app, world):
    old = browse_as(world.client("participant"), {})
    path, other = "/avisos/leidos", "/salir"
    data = {"hasta": "5", "words": "uno\r\ndos"}
    token = fields_of(old.post(path, data=data).text)[origin.TOKEN]
    good = {**data, origin.TOKEN: token}
    somebody = browse_as(world.client("organization_admin"), {})
    for who, to, fields in (
        (somebody, path, good),
        (old, other, good),
        (old, f"{path}?x=1", good),
        (old, path, {**good, "hasta": "6"}),
        (old, path, {**good, "more": "1"}),
        (old, path, {**good, "confirmado": "1"}),
        (old, path, {**data, origin.TOKEN: f"{token}x"}),
    ):
        assert who.post(to, data=fields).status_code == 400, (to, fields)
    assert old.post(path, data=good).status_code != 400
    assert old.post(path, data=good).status_code == 400


def test_used_tokens_are_forgotten_when_they_are_too_old(app, world, monkeypatch):
    old = browse_as(world.client("participant"), {})
    send(old, "/avisos/leidos", {"hasta": "5"})
    kept = sa.select(sa.func.count()).select_from(UsedToken)
    assert world.session.scalar(kept) == 1
    later = clock.now() + origin.LIFETIME
    with app.app_context():
        origin.forget_used()
        origin.db.session.commit()
        assert world.session.scalar(kept) == 1
        monkeypatch.setattr(clock, "now", lambda: later)
        origin.forget_used()
        origin.db.session.commit()
    assert world.session.scalar(kept) == 0


@pytest.mark.parametrize(
    ("base_url", "demo", "good", "bad"),
    [
        (
            "https://participa.ciudad.test",
            False,
            ["https://participa.ciudad.test", "https://participa.ciudad.test:443"],
            ["http://participa.ciudad.test", "https://ciudad.test", "https://localhost"],
        ),
        (
            "https://participa.ciudad.test:8443/",
            False,
            ["https://participa.ciudad.test:8443"],
            ["https://participa.ciudad.test"],
        ),
        (
            "http://127.0.0.1:8000",
            True,
            ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"],
            ["http://localhost:8001", "https://localhost:8000", "http://ciudad.test:8000"],
        ),
    ],
)
def test_what_is_configured_is_ours_and_not_what_the_host_says(
    client, app, monkeypatch, base_url, demo, good, bad
):
    before = app.extensions["participa_config"]
    monkeypatch.setitem(
        app.extensions,
        "participa_config",
        dataclasses.replace(before, base_url=base_url, demo=demo),
    )
    for wanted, addresses in ((422, good), (403, bad)):
        for address in addresses:
            browse_as(fresh := app.test_client(), {"Origin": address})
            answer = fresh.post("/entrar", headers={"X-Forwarded-Host": "evil.test"})
            assert answer.status_code == wanted, address


def test_only_the_link_in_mails_is_exempt(app):
    marked = {
        name for name, view in app.view_functions.items() if getattr(view, "any_origin", False)
    }
    assert marked == EXEMPT


def test_no_page_gives_a_visitor_a_cookie_for_its_forms(world):
    """What chose something does: a language, an order drawn by lot, a preview."""
    chosen = {"accounts.choose_language", "processes.preview", "proposals.index", "budgets.index"}
    for rule in worlds.rules_of(world.app):
        if "GET" in rule.methods and rule.endpoint not in chosen:
            answer = world.client("visitor").get(world.address(rule))
            has_cookie = "Set-Cookie" in answer.headers
            assert answer.status_code != 200 or not has_cookie, rule.endpoint


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
