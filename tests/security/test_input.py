"""Whatever is sent, the answer is a page: never a crash, never half a change."""

import base64
import json

import pytest
import sqlalchemy as sa

from participa.core.facts import FactRow
from participa.proposals.models import Proposal
from tests import factories
from tests.conftest import ENGINES
from tests.pages import world as worlds

pytestmark = pytest.mark.slow

BOTH = pytest.mark.parametrize("engine_name", ENGINES, indirect=True)

STRANGE = [
    "\x00",
    "a\x00b",
    "²",
    "٣",
    "9" * 5000,
    "-1",
    str(2**31),
    str(2**63 - 1),
    str(2**63),
    "1e9",
    "NaN",
    "\ufffd",
    "\u202e",
    "'; DROP TABLE persons; --",
    "%",
    "_%\\",
    "${7*7}{{7*7}}",
    "[]",
    "None",
    "true",
    "a" * 20_000,
]


def cursor(*values):
    raw = json.dumps([0, *values]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


CURSORS = [
    cursor("\x00", 1),
    cursor("\ud800", 1),
    cursor(2**63 - 1),
    cursor(-(2**63) + 1, 5),
    cursor(2**70),
]
QUERIES = ["desde", "hasta", "q", "pagina", "orden", "semilla", "territorio", "tema", "mias", "proceso",
           "persona", "hecho", "volver", "listo", "dentro", "estado", "fase", "plantilla"]  # fmt: skip


def states_of(world, addresses, **values):
    """Return the addresses that crash."""
    client = world.client("organization_admin")
    crashed = []
    for address in addresses:
        answer = client.open(address, **values)
        if answer.status_code >= 500:
            crashed.append(f"{address[:80]!r}: {answer.status_code}")
    return crashed


def addresses_of(world, methods):
    return [
        world.address(rule)
        for rule in worlds.rules_of(world.app)
        if rule.methods & methods and rule.endpoint != "accounts.sign_out"
    ]


@BOTH
def test_no_query_crashes_a_page(world):
    client = world.client("organization_admin")
    crashed = []
    pages = addresses_of(world, {"GET"})
    for number, strange in enumerate([*STRANGE, *CURSORS]):
        # Every page with some of the strange values, and the lists with all of them.
        for place, address in enumerate(pages):
            if place % 8 != number % 8 and not address.endswith(
                ("propuestas", "registro", "personas", "avisos")
            ):
                continue
            answer = client.get(address, query_string=dict.fromkeys(QUERIES, strange))
            if answer.status_code >= 500:
                crashed.append(f"{address} with {strange[:20]!r}: {answer.status_code}")
    assert not crashed, "\n".join(crashed)


@BOTH
@pytest.mark.parametrize("number", [0, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**30])
def test_no_id_crashes_a_page(world, number):
    crashed = []
    client = world.client("organization_admin")
    for rule in worlds.rules_of(world.app):
        numbers = [
            name
            for name in rule.arguments
            if type(rule._converters.get(name)).__name__ == "RowConverter"
        ]
        if not numbers:
            continue
        address = world.address(rule)
        with world.app.test_request_context():
            values = world.app.url_map.bind("localhost").match(
                address, method=next(iter(rule.methods & {"GET", "POST"}))
            )[1]
        path = rule.rule
        for name, value in values.items():
            for part in [
                f"<{name}>",
                *[p for p in _placeholders(rule.rule) if p.endswith(f":{name}>")],
            ]:
                path = path.replace(part, str(number if name in numbers else value))
        for method in sorted(rule.methods & {"GET", "POST"}):
            answer = client.open(path, method=method)
            if answer.status_code >= 500:
                crashed.append(f"{method} {path}: {answer.status_code}")
    assert not crashed, "\n".join(crashed)


def _placeholders(rule):
    return [f"<{part.partition('>')[0]}>" for part in rule.split("<")[1:]]


@BOTH
@pytest.mark.parametrize(
    "strange", ["\x00", "\x00" * 20 + "largo texto", "²" * 30, "9" * 5000, "\ud800", "a" * 20_000]
)
def test_no_form_crashes_a_page(world, strange):
    names = ["title", "body", "name", "email", "login", "password", "code", "username", "reason", "key", "slug",
             "territory_id", "theme_id", "language", "submission", "volver", "version", "hasta", "desde", "q", "host",
             "role", "person", "person_id", "purposes", "hours", "until", "start", "end", "day", "hour", "birth_date",
             "phases[0].title.es", "phases[²].title", "components[0].settings.support_limit", "confirmado", "locale",
             "nuevos-code", "quitar-code", "quitar-password", "current", "kind", "source", "target", "slug", "template",
             "participation", "on", "text", "body_es", "name_es", "level", "parent_id", "place", "accent", "file"]  # fmt: skip
    data = dict.fromkeys(names, strange.encode("utf-8", "surrogatepass"))
    crashed = states_of(world, addresses_of(world, {"POST"}), method="POST", data=data)
    assert not crashed, "\n".join(crashed)


@BOTH
def test_strange_paths_are_pages_that_do_not_exist(world):
    client = world.client("organization_admin")
    for path in (
        "/procesos/%00", "/procesos/a%00b/propuestas", "/procesos/%ff%fe", "/%ff", "/procesos/%F0%9F%92%A9",
        "/procesos/..%2f..%2fetc%2fpasswd", "/procesos/" + "a" * 5000, "/confirmar/" + "a" * 101, "/clave/nueva/%00",
        "/vista-previa/%00", "/avisos/parar/%00", "/avisos/parar/W10.x", "/entidad/logo-%00.png", "/static/%00",
        "/gestion/territorios/importar/%00", "/idioma/%00", "/seguir/%00/1", "/dejar-de-seguir/proposal/²",
    ):  # fmt: skip
        for method in ("GET", "POST"):
            answer = client.open(path, method=method)
            assert answer.status_code < 500, (method, path, answer.status_code)
            assert answer.status_code >= 400 or "Location" in answer.headers


@pytest.mark.parametrize(
    "method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "OPTIONS", "HEAD", "get"]
)
def test_other_methods_do_nothing(world, method):
    client = world.client("organization_admin")
    before = world.session.scalar(sa.select(sa.func.count()).select_from(FactRow))
    for address in addresses_of(world, {"GET", "POST"})[::3]:
        answer = client.open(address, method=method, headers={"X-HTTP-Method-Override": "POST"})
        assert answer.status_code < 500, (address, answer.status_code)
    assert world.session.scalar(sa.select(sa.func.count()).select_from(FactRow)) == before


MEGABYTE = b"x" * 2**20
PART = b'--b\r\nContent-Disposition: form-data; name="body"\r\n\r\n'
LARGE = {
    "multipart/form-data; boundary=b": PART + 9 * MEGABYTE + b"\r\n--b--\r\n",
    "multipart/form-data; boundary=b ": PART + 3 * MEGABYTE + b"\r\n--b--\r\n",
    "application/x-www-form-urlencoded": b"title=Un+buen+titulo&body=" + 9 * MEGABYTE,
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_form_too_large_is_told_in_spanish_and_does_nothing(world, kind):
    client = world.client("participant")
    address = f"/procesos/{world.process.slug}/propuestas/nueva"
    before = world.session.scalar(sa.select(sa.func.count()).select_from(Proposal))
    answer = client.post(address, data=LARGE[kind], content_type=kind.strip())
    assert answer.status_code == 413
    assert "demasiado grande" in answer.text
    assert world.session.scalar(sa.select(sa.func.count()).select_from(Proposal)) == before


def test_thousands_of_fields_and_deep_documents_are_no_crash(world):
    client = world.client("organization_admin")
    many = "&".join(f"f{n}=1" for n in range(20_000))
    form = "application/x-www-form-urlencoded"
    assert client.post("/clave/olvidada", data=many, content_type=form).status_code < 500
    deep = "[" * 100_000 + "]" * 100_000
    for kind in (
        "application/json",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        form,
    ):
        answer = client.post("/clave/olvidada", data=deep, content_type=kind)
        assert answer.status_code < 500, kind
    assert client.get("/", query_string="a=1&" * 50_000).status_code < 500


@BOTH
def test_the_key_of_a_form_is_only_a_key(client, session, organization):
    """``submission`` travels through the browser: longer, stranger or empty, it still counts once."""
    factories.make_process(session)
    person = factories.make_person(session)
    factories.sign_in(client, session, person)
    for number, key in enumerate(["x" * 500, "\x00", "ñ", "a'b"]):
        for _ in range(2):
            answer = client.post(
                "/procesos/presupuesto/propuestas/nueva",
                data={
                    "title": f"Luces en el sendero {number}",
                    "body": "Luces solares cada veinte metros hasta el colegio.",
                    "language": "es",
                    "submission": key,
                },
            )
            assert answer.status_code == 303
    session.expire_all()
    assert session.scalar(sa.select(sa.func.count()).select_from(Proposal)) == 4
