"""Pages for machines."""

import time

from participa.core import health, migrate
from tests.conftest import new_app


def test_alive_and_ready(client):
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ok\n"


def test_ready_only_at_this_revision(client, monkeypatch):
    monkeypatch.setattr(migrate, "head", lambda: "another")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database: not migrated\n")


def test_an_unreachable_database_is_not_ready(client, monkeypatch):
    def fail(_engine):
        cause = Exception("secreto en la dirección")
        raise health.sa.exc.OperationalError(str(cause), {}, cause)

    monkeypatch.setattr(migrate, "current", fail)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database: unreachable\n")


def test_machines_need_no_organization(engine_name):
    client = new_app(engine_name).test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    page = client.get("/")
    assert page.status_code == 404
    assert "<h1" in page.text


def test_metrics_are_for_who_knows_the_token(engine_name):
    app = new_app(engine_name, metrics_token="larga-y-secreta")
    client = app.test_client()
    client.get("/clave/nueva/un-secreto-que-no-debe-verse")
    for header in (
        {},
        {"Authorization": "Bearer no"},
        {"Authorization": "Bearer ñ"},
        {"Authorization": ""},
    ):
        assert client.get("/metrics", headers=header).status_code == 404
    answer = client.get("/metrics", headers={"Authorization": "Bearer larga-y-secreta"})
    assert answer.status_code == 200
    assert "participa_mails_due 0" in answer.text
    assert (
        'rule="/healthz"'
        in client.get("/metrics", headers={"Authorization": "Bearer larga-y-secreta"}).text
        or "participa_requests_total" in answer.text
    )
    assert "un-secreto" not in answer.text


def test_without_a_token_metrics_are_closed(client):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    assert client.get("/metrics").status_code == 404


def test_waiting_for_a_turn_counts_as_waiting(client):
    def seconds():
        return health.metrics.get_sample_value(
            "participa_request_seconds_sum", {"rule": "/healthz"}
        )

    client.get("/healthz")
    before = seconds()
    client.get("/healthz", environ_overrides={health.BEGAN: time.perf_counter() - 3})
    assert 3 <= seconds() - before < 60
