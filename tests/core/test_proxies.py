"""Behind a proxy, each visitor has an address of their own."""

import pytest
from flask import request

from participa.core import proxies
from tests.conftest import new_app

FORWARDED = {"X-Forwarded-For": "10.0.0.7"}


@pytest.mark.parametrize("hops", [0, 1])
def test_a_proxy_is_believed_where_it_is_configured(hops):
    with new_app("sqlite", proxy_hops=hops).test_client() as client:
        client.get("/healthz", headers=FORWARDED)
        assert request.remote_addr == ("10.0.0.7" if hops else "127.0.0.1")


def test_an_unread_header_is_told_once(monkeypatch):
    told = []
    monkeypatch.setattr(proxies.log, "warning", lambda event, **_values: told.append(event))
    client = new_app("sqlite", proxy_hops=0).test_client()
    client.get("/healthz")
    assert told == []
    for _each in range(3):
        client.get("/healthz", headers=FORWARDED)
    assert told == ["forwarded_address_unread"]
