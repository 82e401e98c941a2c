"""Filters wait for their button, and a list says how many there are."""

import re

from tests import factories
from tests.budgets.polls import with_vote

PROPOSALS = "/procesos/presupuesto/propuestas"


def test_no_filter_is_sent_by_an_arrow_key(client, session):
    factories.make_process(session)
    session.commit()
    assert "data-submit-on-change" not in client.get(f"{PROPOSALS}?q=agua").text


def test_lists_say_how_many(client, session):
    where = with_vote(session).components[0]
    factories.make_projects(session, where, [100] * 30)
    session.commit()
    found = client.get("/procesos/presupuesto/presupuesto").text
    assert re.search(r'role="status">3[03] resultados', found)
