"""Open redirects, forged hosts and forged referrers."""

import re

import pytest
import sqlalchemy as sa

from participa.core.mail import Mail
from participa.core.web import safe_target
from tests import factories

ATTACKS = [
    "https://evil.test",
    "http://evil.test/",
    "//evil.test",
    "///evil.test",
    "////evil.test/%2e%2e",
    "/\\evil.test",
    "\\\\evil.test",
    "\\/evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "/\r/evil.test",
    "\t//evil.test",
    " //evil.test",
    "\x00//evil.test",
    "/\x00/evil.test",
    "/\\/evil.test",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "https:evil.test",
    "https:/evil.test",
    "http:///evil.test",
    "//evil.test:80@localhost",
    "http://localhost@evil.test",
    "http://localhost.evil.test",
    "localhost.evil.test",
    "evil.test",
    "//[::1]",
    "//[",
    "http://[",
    "/x\\..\\..\\evil.test",
    "?x",
    "#x",
    "",
    "//%0aevil.test",
    "//evil。test",
    "/" + "a" * 3000,
    "https://localhost/",
    "/ok\r\nSet-Cookie: x=1",
    "/ok\nLocation: https://evil.test",
]


@pytest.mark.parametrize("target", ATTACKS)
def test_no_target_leads_away(target):
    assert safe_target(target, "/casa") == "/casa"


@pytest.mark.parametrize("target", ["/", "/procesos/a?b=c&d=//e#f", "/a/%2F%2Fevil", "/ñ", "/.//x"])
def test_paths_of_this_site_are_kept(target):
    assert safe_target(target, "/casa") == target


def leads_away(answer):
    location = answer.headers.get("Location", "/")
    return not re.match(r"^/(?![/\\])", location) or bool(re.search(r"[\x00-\x1f]", location))


@pytest.mark.parametrize("target", ATTACKS)
def test_signing_in_stays_here(client, session, target):
    person = factories.make_person(session)
    factories.sign_in(client, session, person)
    # Signed in already: the page leads straight to its target.
    answer = client.get("/entrar", query_string={"volver": target})
    assert answer.status_code == (400 if "\x00" in target else 303)
    assert not leads_away(answer), answer.headers["Location"]
    answer = client.get("/idioma/pt", query_string={"volver": target, "next": target})
    assert not leads_away(answer), answer.headers["Location"]
    answer = client.post("/seguir/process/1", data={"volver": target})
    assert answer.status_code == 404 or not leads_away(answer)


@pytest.mark.parametrize(
    "referrer",
    [
        "http://[",
        "http://evil.test/x",
        "http://localhost//evil.test",
        "x" * 9000,
        "javascript:alert(1)",
    ],
)
@pytest.mark.parametrize("header", ["Referer", "HX-Current-URL"])
def test_a_forged_referrer_leads_nowhere(client, session, header, referrer):
    factories.make_process(session)
    answer = client.post(
        "/procesos/presupuesto/propuestas/nueva", data={"title": "x"}, headers={header: referrer}
    )
    assert answer.status_code == 303
    location = answer.headers["Location"]
    assert location.startswith("/entrar?")
    assert "evil" not in location


HOSTS = ["evil.test", "localhost:80@evil.test", "evil.test:443", "localhost.evil.test", "EVIL.TEST"]


@pytest.mark.parametrize("host", HOSTS)
def test_links_in_mails_never_name_the_host_of_the_request(app, client, session, host):
    """Anybody may ask for somebody's password link, naming a host of their own."""
    person = factories.make_person(session)
    for headers in ({"Host": host}, {"X-Forwarded-Host": host}, {"Forwarded": f"host={host}"}):
        client.post("/clave/olvidada", data={"email": person.email}, headers=headers)
    client.post(
        "/registro",
        data={
            "name": "Nueva",
            "email": "nueva@correo.com.co",
            "participation": "y",
        },
        headers={"Host": host},
    )
    client.post(
        "/registro/otro-enlace", data={"email": "nueva@correo.com.co"}, headers={"Host": host}
    )
    session.expire_all()
    mails = session.scalars(sa.select(Mail)).all()
    assert len(mails) >= (2 if "@" in host else 4)
    for mail in mails:
        everything = f"{mail.text} {mail.html} {mail.stop_url}".lower()
        assert "evil" not in everything
        assert "http://localhost/" in everything


@pytest.mark.parametrize("host", HOSTS)
def test_no_page_repeats_a_forged_host(client, host):
    for path in ("/", "/entrar", "/nada"):
        answer = client.get(path, headers={"Host": host, "X-Forwarded-Host": host})
        assert "evil" not in answer.text.lower()
        assert "evil" not in answer.headers.get("Location", "").lower()


@pytest.mark.parametrize(
    "host", ["", "[", "a b", "<script>", "x" * 400, "localhost:puerto", "\x00"]
)
def test_a_broken_host_is_no_crash(client, host):
    assert client.get("/", headers={"Host": host}).status_code < 500


def test_each_city_writes_its_own_address(client, any_session, organization):
    other = factories.make_organization(any_session, "otra")
    person = factories.make_person(any_session)
    client.post("/clave/olvidada", data={"email": person.email}, base_url=f"http://{other.host}")
    mail = any_session.scalars(sa.select(Mail)).one()
    assert f"http://{other.host}/clave/nueva/" in mail.text
