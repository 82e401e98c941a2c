"""Headers and cookies of every answer."""

import re

import pytest

from tests.pages import world as worlds
from tests.security.conftest import all_rules


def directives(answer):
    policy = answer.headers["Content-Security-Policy"]
    return {part.split()[0]: part.split()[1:] for part in policy.split(";") if part.strip()}


def wrong_headers(answer):
    csp = directives(answer)
    said = answer.headers
    checks = {
        "csp default": csp.get("default-src") == ["'self'"],
        "csp inline": "unsafe" not in said["Content-Security-Policy"],
        "csp wildcard": "*" not in said["Content-Security-Policy"],
        "csp frames": csp.get("frame-ancestors") == ["'none'"],
        "csp base": csp.get("base-uri") == ["'none'"],
        "csp forms": csp.get("form-action") == ["'self'"],
        "csp objects": csp.get("object-src") == ["'none'"],
        "nosniff": said.get("X-Content-Type-Options") == "nosniff",
        "referrer": said.get("Referrer-Policy")
        in {"same-origin", "strict-origin-when-cross-origin"},
        "id": re.fullmatch(r"[A-Za-z0-9-]{8,36}", said.get("X-Request-ID", "")),
        "no server's name": "Python" not in said.get("Server", ""),
        "cache": "Cache-Control" in said,
    }
    return [name for name, good in checks.items() if not good]


@pytest.mark.parametrize("role", ["visitor", "organization_admin"])
def test_every_answer_has_them(world, role):
    client = world.client(role)
    wrong = []
    for rule in worlds.rules_of(world.app):
        if rule.endpoint == "accounts.sign_out":
            continue
        address = world.address(rule)
        for method in sorted(rule.methods & {"GET", "POST"}):
            answer = client.open(address, method=method)
            wrong += [f"{method} {address}: {each}" for each in wrong_headers(answer)]
            kept = answer.headers["Cache-Control"]
            if answer.mimetype == "application/atom+xml":
                # The same for everybody, and asked for again each time: never kept unseen.
                assert "no-cache" in kept and "ETag" in answer.headers  # noqa: PT018
                continue
            private = "no-store" in kept or "immutable" in kept
            if role != "visitor" and method == "GET" and not private:
                wrong.append(f"{address}: {kept}")
            if "immutable" not in kept and "public" in kept:
                wrong.append(f"{address}: {kept}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "path", ["/nada", "/healthz", "/readyz", "/metrics", "/robots.txt", "//evil.test/"]
)
def test_errors_and_machines_too(client, path):
    assert wrong_headers(client.get(path)) == []
    assert wrong_headers(client.post(path)) == []
    assert wrong_headers(client.open(path, method="TRACE")) == []


def test_https_is_remembered(client):
    assert "Strict-Transport-Security" not in client.get("/").headers
    secure = client.get("/", base_url="https://localhost")
    assert "max-age=31536000" in secure.headers["Strict-Transport-Security"]


def cookies(answer):
    return [each.split("; ") for each in answer.headers.getlist("Set-Cookie")]


def test_cookies_are_for_the_server_alone(client, app, monkeypatch):
    asked = (("POST", "/cuenta/datos"), ("GET", "/idioma/pt"))
    for method, path in asked:
        for cookie in cookies(client.open(path, method=method)):
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            assert "Secure" not in cookie
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    fresh = app.test_client()
    for method, path in asked:
        found = cookies(fresh.open(path, method=method, base_url="https://localhost"))
        assert found
        assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in found)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        "a" * 37,
        "abc\tdefgh",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "ñandúñandú",
        "a b c d e f g",
    ],
)
def test_a_strange_request_id_is_replaced(client, given):
    answer = client.get("/", headers={"X-Request-ID": given.encode("utf-8").decode("latin-1")})
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["X-Request-ID"])


def test_a_sound_request_id_is_kept(client):
    answer = client.get("/", headers={"X-Request-ID": "abcdef12-3456"})
    assert answer.headers["X-Request-ID"] == "abcdef12-3456"


def test_every_route_has_a_door_or_is_for_machines(app):
    for rule in all_rules(app):
        view = app.view_functions[rule.endpoint]
        assert (
            hasattr(view, "action")
            or getattr(view, "unbound", False)
            or rule.endpoint == "ui.style_page"
        )


def test_robots_keep_out_of_what_is_private(client):
    text = client.get("/robots.txt").text
    for path in ("/cuenta", "/gestion", "/entrar", "/vista-previa/"):
        assert f"Disallow: {path}\n" in text
