"""The first page shows six processes of each kind, and says where the rest are."""

import datetime as dt

from participa.core import clock
from tests import factories


def test_what_the_first_page_leaves_out_is_a_link_away(client, session, organization):
    now = clock.now()
    over = {"key": "fin", "start": now - dt.timedelta(days=60), "end": now - dt.timedelta(days=30)}
    for number in range(6):
        factories.make_process(session, slug=f"viejo-{number}", phases=[over])
    assert "ver todos</a>" not in client.get("/").text
    for number in range(6, 8):
        factories.make_process(session, slug=f"viejo-{number}", phases=[over])
    page = client.get("/").text
    assert '<a href="/procesos?estado=past">Hay 2 procesos más: ver todos</a>' in page
