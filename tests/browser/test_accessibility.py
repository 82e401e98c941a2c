"""Nothing for axe to find, on any page, as anybody, after any wrong form, in light and in dark."""

import pytest

from participa.app import create_app
from participa.core.config import Config
from tests.browser import axe
from tests.browser.city import IDEAS, PROPOSALS
from tests.browser.tour import Tour

pytestmark = pytest.mark.browser

START = ("/", "/buzon", f"{IDEAS}/quien-puede-que", PROPOSALS, f"{PROPOSALS}/nueva")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The demonstration's map of addresses; nothing is served from here."""
    return create_app(Config(data_dir=str(tmp_path_factory.mktemp("map")), demo=True), testing=True)


@pytest.mark.parametrize("who", [None, "Rosa", "Carolina", "Beatriz"])
def test_pages(open_browser, app, who):
    page = open_browser(who=who)
    more = {"processes.show": 12, "proposals.index": 4} if who is None else {}
    tour = Tour(page, app, most=2, more=more)
    tour.walk([*START, "/cuenta", "/avisos", "/gestion"] if who else START)
    print(
        f"\n{who or 'visitor'}: {sum(tour.seen.values())} pages, {sum(tour.spoiled.values())} forms"
    )
    print(sorted(tour.seen), sorted(tour.spoiled))
    assert not tour.problems, "\n".join(tour.problems)


def test_the_script_is_the_one_that_is_named():
    assert f"axe v{axe.VERSION}" in axe.source()[:100]
