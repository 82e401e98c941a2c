"""Nothing for axe to find, on any page, as anybody, after any wrong form, in light and in dark."""

import pytest

from participa.app import create_app
from participa.core.config import Config
from tests.browser import axe
from tests.browser.city import IDEAS, PROPOSALS
from tests.browser.tour import Tour

pytestmark = pytest.mark.browser

START = ("/", "/buzon", f"{IDEAS}/quien-puede-que", PROPOSALS, f"{PROPOSALS}/nueva")
OWN = ("/cuenta", "/avisos", "/avisos/preferencias")
STAFF = ("/gestion", "/gestion/procesos", "/gestion/procesos/ideas-para-el-espacio-publico")

ALREADY = (
    "accounts.account",
    "accounts.consents",
    "accounts.delete",
    "accounts.email",
    "accounts.own_data",
    "accounts.password",
    "accounts.profile",
    "accounts.second_factor",
    "accounts.sessions",
    "accounts.verification",
    "notifications.followed",
    "notifications.inbox",
    "notifications.preferences",
    "processes.activity",
    "processes.phase",
    "processes.who_can",
)
"""Pages that a citizen has and that look the same to staff: not walked again as them."""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The demonstration's map of addresses; nothing is served from here."""
    return create_app(Config(data_dir=str(tmp_path_factory.mktemp("map")), demo=True), testing=True)


@pytest.mark.parametrize(
    ("who", "start", "more"),
    [
        (None, START, {"processes.show": 12, "proposals.index": 3}),
        ("Rosa", (*START, *OWN), {}),
        ("Carolina", STAFF, dict.fromkeys(ALREADY, 0)),
        ("Beatriz", STAFF, dict.fromkeys(ALREADY, 0)),
    ],
    ids=["visitor", "citizen", "process-staff", "administrator"],
)
def test_pages(open_browser, app, who, start, more):
    page = open_browser(who=who)
    tour = Tour(page, app, most=1 if start is STAFF else 2, more=more)
    tour.walk(start)
    print(f"\n{who or 'visitor'}: {sum(tour.seen.values())} pages, {tour.spoiled.total()} forms")
    assert len(tour.seen) > 10, "hardly anything was found"
    assert not tour.problems, "\n".join(tour.problems)


def test_the_script_is_the_one_that_is_named():
    assert f"axe v{axe.VERSION}" in axe.source()[:100]
    assert axe.VERSION in (axe.FILE.parent / "README.md").read_text(encoding="utf-8")
