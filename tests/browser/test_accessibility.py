"""Nothing for axe to find, on any page, as anybody, after any wrong form, in light and in dark."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from participa.app import create_app
from participa.core.config import Config
from participa.core.policy import PROCESS_STAFF, Role
from tests.browser import axe
from tests.browser.city import BUDGET, ENDED, IDEAS, PROPOSALS, UNLOCKED
from tests.browser.tour import NOT_WALKED, Tour

pytestmark = pytest.mark.browser

MINOR = "90000006"
"""The document of somebody of fifteen whom only this test knows."""
GUARDIAN = "marleny.de.julio@vecindario.participa"

START = (
    *("/", "/buzon", f"{IDEAS}/quien-puede-que", PROPOSALS, f"{PROPOSALS}/nueva", BUDGET),
    f"{ENDED}/resultado",
)
OWN = ("/cuenta", "/avisos", "/avisos/preferencias")
STAFF = (
    "/gestion",
    "/gestion/procesos",
    "/gestion/procesos/ideas-para-el-espacio-publico",
    f"/gestion{BUDGET}",
    f"/gestion{BUDGET}/cierre",
    f"/gestion{ENDED}/cierre",
    f"{UNLOCKED}/en-firme",
    f"{UNLOCKED}/importar",
    f"{UNLOCKED}/proyectos/de-propuestas",
    "/gestion/padrones",
    "/gestion/moderacion/reversiones",  # led to by a notice, on the day that there is something
)

ALSO_STAFF = {"budgets.show", "comments.index", "processes.show", "proposals.show"}
"""Pages of the public that show more to staff: looked at as staff too."""

EVERYWHERE = {
    "admin.duplicate",
    "moderation.new_measure_everywhere",
    "moderation.people_everywhere",
    "moderation.person_everywhere",
}
"""Pages of administrators, by actions that others may do in their own process."""


def drawn_as(app, who):
    """Return the pages that somebody's walk looks at: each page is looked at in one walk.

    Others are only asked for on the way, as they look the same in the walk that comes by them.
    """
    actions = {
        rule.endpoint: getattr(app.view_functions[rule.endpoint], "action", None)
        for rule in app.url_map.iter_rules()
        if who not in {"Carolina", "Beatriz"} or rule.rule.startswith("/gestion")
    }
    others = PROCESS_STAFF - {Role.ORGANIZATION_ADMIN, Role.AUDITOR}
    highest = {
        name
        for name, action in actions.items()
        if name in EVERYWHERE or (action is not None and not action.roles & others)
    }
    return {
        "Carolina": actions.keys() - highest | ALSO_STAFF,
        "Beatriz": highest,
    }.get(who, actions.keys())


BOTH = {"budgets.staff_point": 2, "budgets.closing": 2}
"""What is at work and what is over lead to different pages: a polling point, a vote."""


BY_VISITORS = {
    "accounts.first_access",
    "accounts.forgotten",
    "accounts.resend",
    "accounts.sign_in",
    "accounts.sign_up",
}
"""Pages that lead on those who have signed in: the visitor's walk comes by them."""

BY_CITIZENS = {
    "moderation.own_case",
    "accounts.sanction",
    "accounts.sanctions",
}
"""Pages about what moderation did: the citizen, who was warned, comes by them."""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The demonstration's map of addresses; nothing is served from here."""
    return create_app(Config(data_dir=str(tmp_path_factory.mktemp("map")), demo=True), testing=True)


@pytest.mark.parametrize(
    ("who", "start", "more"),
    [
        (None, START, {"processes.show": 12, "proposals.index": 3}),
        ("Rosa", (*START, *OWN), {}),
        ("Carolina", STAFF, BOTH),
        ("Beatriz", STAFF, BOTH),
    ],
    ids=["visitor", "citizen", "process-staff", "administrator"],
)
def test_pages(open_browser, app, who, start, more):
    page = open_browser(who=who)
    most = 1 if start is STAFF else 2
    tour = Tour(page, app, most=most, more=more, drawn=drawn_as(app, who))
    tour.walk(start)
    print(f"\n{who or 'visitor'}: {sum(tour.seen.values())} pages, {tour.spoiled.total()} forms")
    assert len(tour.seen) > 10, "hardly anything was found"
    missed = {None: BY_VISITORS, "Rosa": BY_CITIZENS}.get(who, set()) - tour.seen.keys()
    assert not missed, f"nobody came by {missed}"
    assert not tour.problems, "\n".join(tour.problems)


BY_PROMOTERS = {
    "budgets.desk",
    "budgets.undo_handing",
}
"""Pages of whoever is in charge of a polling point: that one's walk comes by them."""


@pytest.mark.parametrize(
    ("who", "start", "pages"),
    [
        ("Nubia", f"{BUDGET}/puntos", {"budgets.points": 1} | dict.fromkeys(BY_PROMOTERS, 1)),
        ("Julio", f"/gestion{ENDED}/cierre", {"budgets.closing": 1, "budgets.override": 1}),
    ],
    ids=["promoter", "council"],
)
def test_pages_of_one_task(open_browser, app, who, start, pages):
    page = open_browser(who=who)
    tour = Tour(page, app, most=0, more=pages)
    tour.walk([start])
    assert pages.keys() <= tour.seen.keys()
    assert not tour.problems, "\n".join(tour.problems)


BY_MAIL = {
    "accounts.guardian",
}
"""Pages that only a mail leads to: the test below follows its link."""


def test_what_a_guardian_is_sent_to(open_browser, app):
    """Somebody of fifteen is on the roll and asks whoever looks after them for permission."""
    staff = open_browser(who="Beatriz")
    staff.goto("/gestion/padrones")
    staff.get_by_role("link", name="Padrón de la votación").first.click()
    staff.get_by_role("link", name="Agregar una línea").click()
    staff.locator("[name=document_type]").select_option("TI")
    staff.locator("[name=document_number]").fill(MINOR)
    staff.locator("[name=birth_date]").fill(f"{dt.date.today().year - 16}-12-31")  # noqa: DTZ011
    staff.locator("[name=reason]").fill("Se inscribió en su colegio.")
    staff.get_by_role("button", name="Agregar").click()
    expect(staff.locator(".flashes")).to_be_visible()
    minor = open_browser(who="Julio")
    minor.goto("/cuenta/verificacion/census")
    minor.locator("[name=document_type]").select_option("TI")
    minor.locator("[name=document_number]").fill(MINOR)
    minor.get_by_role("button", name="Verificarme").click()
    minor.wait_for_url("**/cuenta/verificacion")
    minor.goto("/cuenta/verificacion/guardian")
    minor.locator("[name=guardian_name]").fill("Marleny Pabón")
    minor.locator("[name=guardian_relation]").select_option("mother")
    minor.locator("[name=guardian_email]").fill(GUARDIAN)
    minor.get_by_role("button", name="Pedir el permiso").click()
    expect(minor.locator("main")).to_contain_text("falta su respuesta")
    page = open_browser()
    page.goto(f"/buzon?para={GUARDIAN}")
    page.locator(".inbox a").first.click()
    link = page.locator(".mail-text a[href*='/permiso/']").get_attribute("href")
    tour = Tour(page, app, most=0, more=dict.fromkeys(BY_MAIL, 1))
    tour.walk([link])
    assert (tour.seen["accounts.guardian"], tour.spoiled["accounts.guardian"]) == (1, 1)
    assert not tour.problems, "\n".join(tour.problems)


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
    "budgets.assist_receipt",  # shown once, after a vote: in test_voting_points.py
    "budgets.print_sheets",  # shown once, after they were made: in test_voting_points.py
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
    "admin.roll_file_problems",
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
    drawn = set()
    for who, start in (("Rosa", (*START, *OWN)), ("Carolina", STAFF), ("Beatriz", STAFF)):
        tour = Tour(open_browser(who=who), app, most=1, more=BOTH)
        tour.glance(start)
        drawn |= tour.seen.keys() & drawn_as(app, who)
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods
        and not getattr(app.view_functions[rule.endpoint], "unbound", False)
    }
    elsewhere = NOT_WALKED.keys() | THE_SAME.keys() | IN_STEPS
    elsewhere |= BY_VISITORS | BY_CITIZENS | BY_PROMOTERS | BY_MAIL
    forgotten = pages - drawn - elsewhere - NO_PAGES
    assert not forgotten, f"link to these pages, or look at them in test_steps: {forgotten}"


def test_the_script_is_the_one_that_is_named():
    assert f"axe v{axe.VERSION}" in axe.source()[:100]
    assert axe.VERSION in (axe.FILE.parent / "README.md").read_text(encoding="utf-8")
