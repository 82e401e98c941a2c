"""Voting begins with what is missing, never with an error: each step once, with its one button."""

import datetime as dt
import re

import pytest

from participa.core import clock
from tests import factories
from tests.budgets.polls import Poll

VOTE = "/procesos/presupuesto/presupuesto/votar"
REQUIRES = ["confirmed_email", {"age": 14}, "guardian"]


def page_for(client, session, app, *, requires=REQUIRES, born=1990, **person):
    with app.app_context():
        Poll(session, cast={"state": "open", "requires": requires}, ballot="approval")
    who = factories.make_person(
        session, "Vecina", birth_date=dt.date(born, 1, 1) if born else None, **person
    )
    factories.sign_in(client, session, who)
    session.commit()
    return client.get(VOTE)


def steps(page):
    listed = re.search(r"<ol class=\"stack\">(.*?)</ol>", page.text, re.DOTALL)[1]
    return re.findall(r"<li.*?</li>", listed, re.DOTALL)


def test_every_step_is_named_once(client, session, app):
    page = page_for(client, session, app, born=None, email_confirmed_at=None)
    assert "Para votar le faltan 2 pasos" in page.text
    assert "Código 403" not in page.text
    email, profile = steps(page)
    assert "Confirmar mi correo" in email
    assert "Completar mis datos" in profile
    assert f"volver={VOTE.replace('/', '%2F')}" in email


def test_who_is_fifteen_asks_for_permission_and_is_told_that_it_waits(client, session, app):
    born = clock.now().year - 15
    page = page_for(client, session, app, born=born)
    assert "Para votar le falta un paso" in page.text
    (step,) = steps(page)
    assert "permiso" in step


def test_who_is_too_young_is_told_so_at_once(client, session, app):
    born = clock.now().year - 10
    page = page_for(client, session, app, born=born, email_confirmed_at=None)
    assert page.status_code == 403
    assert "Esto es desde los 14 años" in page.text
    assert "le falta" not in page.text


@pytest.mark.parametrize("method", ["email_code", "in_person"])
def test_only_the_way_of_verifying_that_serves_this_vote(client, session, app, method):
    page = page_for(client, session, app, requires=[{"verified": method}])
    (step,) = steps(page)
    assert ("verificacion/email_code" in step) == (method == "email_code")
    assert ("metodo=in_person" in step) == (method == "in_person")
