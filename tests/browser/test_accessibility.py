"""Nothing for axe to find, on any page, as anybody, after any wrong form, in light and in dark."""

import pytest

from participa.app import create_app
from participa.core.config import Config
from tests.browser import axe
from tests.browser.city import BUDGET, IDEAS, PROPOSALS, UNLOCKED
from tests.browser.tour import NOT_WALKED, Tour

pytestmark = pytest.mark.browser

START = ("/", "/buzon", f"{IDEAS}/quien-puede-que", PROPOSALS, f"{PROPOSALS}/nueva", BUDGET)
OWN = ("/cuenta", "/avisos", "/avisos/preferencias")
STAFF = (
    "/gestion",
    "/gestion/procesos",
    "/gestion/procesos/ideas-para-el-espacio-publico",
    f"/gestion{BUDGET}",
    f"{UNLOCKED}/en-firme",
    f"{UNLOCKED}/importar",
    f"{UNLOCKED}/proyectos/de-propuestas",
    "/gestion/padrones",
    "/gestion/moderacion/reversiones",  # led to by a notice, on the day that there is something
)

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

BOTH = {"budgets.staff_point": 2}
"""A polling point whose act was made, and one at work, lead to different pages."""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The demonstration's map of addresses; nothing is served from here."""
    return create_app(Config(data_dir=str(tmp_path_factory.mktemp("map")), demo=True), testing=True)


@pytest.mark.parametrize(
    ("who", "start", "more"),
    [
        (None, START, {"processes.show": 12, "proposals.index": 3}),
        ("Rosa", (*START, *OWN), {}),
        ("Carolina", STAFF, dict.fromkeys(ALREADY, 0) | BOTH),
        ("Beatriz", STAFF, dict.fromkeys(ALREADY, 0) | BOTH),
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


BY_VISITORS = {
    "accounts.first_access",
    "accounts.forgotten",
    "accounts.resend",
    "accounts.sign_in",
    "accounts.sign_up",
}
"""Pages that lead on those who have signed in: the visitor's walk comes by them."""

BY_CITIZENS = {
    "accounts.sanction",
    "accounts.sanctions",
}
"""Pages about a measure of moderation: the citizen, who was warned, comes by them."""

THE_SAME = {
    "moderation.answer_appeal_everywhere": "moderation.answer_appeal, of the organization",
}
"""Pages that look as another one, which is walked; the demonstration has no occasion for these."""

IN_STEPS = {
    "accounts.check_mail",
    "accounts.confirm",
    "accounts.confirm_email",
    "accounts.new_password",
    "accounts.reset_sent",
    "accounts.second_step",
    "admin.check_territories",
    "admin.check_themes",
    "admin.check_roll_file",
    "admin.people_group",
    "admin.publish",
    "admin.roll_line",
    "budgets.assist_receipt",  # in test_voting_points.py, as the next ones
    "budgets.desk",
    "budgets.undo_handing",
    "budgets.print_sheets",
    "budgets.check_import",
    "budgets.review",  # in test_voting.py
    "budgets.sent",  # in test_voting.py
    "comments.create",
    "comments.delete",
    "comments.edit",
    "mailbox.show",
    "moderation.appeal",  # in test_fair_moderation.py
    "moderation.case",  # in test_moderation_keyboard.py
    "moderation.correct",  # in test_fair_moderation.py
    "notifications.stop",
    "processes.preview",
    "proposals.edit",
    "proposals.withdraw",
    "ui.style_page",
}
"""Pages that come after something was done: test_steps.py looks at them."""

NO_PAGES = {
    "admin.roll_corrections",
    "admin.stop_preview",
    "budgets.image",
    "budgets.projects_csv",
    "budgets.rule_json",
    "budgets.staff_csv",
    "comments.component_feed",
    "comments.subject_feed",
    "organizations.accent",
    "organizations.logo",
    "organizations.robots",
}


def test_no_page_is_forgotten(open_browser, app):
    page = open_browser(who="Beatriz")
    tour = Tour(page, app, most=1, more=BOTH)
    tour.glance((*START, *OWN, *STAFF))
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods
        and not getattr(app.view_functions[rule.endpoint], "unbound", False)
    }
    elsewhere = NOT_WALKED.keys() | THE_SAME.keys() | BY_VISITORS | BY_CITIZENS | IN_STEPS
    forgotten = pages - tour.seen.keys() - elsewhere - NO_PAGES
    assert not forgotten, f"link to these pages, or look at them in test_steps: {forgotten}"


def test_the_script_is_the_one_that_is_named():
    assert f"axe v{axe.VERSION}" in axe.source()[:100]
    assert axe.VERSION in (axe.FILE.parent / "README.md").read_text(encoding="utf-8")
