"""How much a first visit costs somebody on prepaid data."""

import pytest

from tests.browser.city import IDEAS, PROPOSALS

pytestmark = pytest.mark.browser

LARGEST = 60 * 1024
MOST_REQUESTS = 12


@pytest.mark.parametrize("who", [None, "Rosa"])
@pytest.mark.parametrize("place", ["home", "process", "list", "proposal", "comments"])
def test_first_view_is_light(open_browser, place, who, record_property):
    page = open_browser(phone=True, who=who)
    address = {"home": "/", "process": IDEAS, "list": PROPOSALS}.get(place)
    if address is None:
        # The proposal that the demonstration's neighbours talk most about; any other.
        page.goto(f"{PROPOSALS}?q=cuaderno" if place == "comments" else PROPOSALS)
        address = page.locator("article.card a").first.get_attribute("href")
    page.goto("about:blank")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    sizes = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    total = int(sum(sizes))
    print(f"{place:<9}{who or 'visitor':<8}{total / 1024:6.1f} KB in {len(sizes)} requests")
    record_property("bytes", total)
    record_property("requests", len(sizes))
    assert total <= LARGEST
    assert len(sizes) <= MOST_REQUESTS
    assert total > 5000, "nothing was measured"
