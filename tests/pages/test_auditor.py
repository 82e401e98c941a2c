"""The auditor reads what staff of a vote read, and the record of facts, and writes nothing."""

import pytest

from participa.core.limits import limiter
from participa.core.policy import AUDITORS, Role
from participa.core.registry import registry
from tests.pages import world as worlds

READ = {
    "organizations.read_audit",
    "processes.see_board",
    "processes.preview",
    "budgets.see_turnout",
    "budgets.see_exact_turnout",
    "budgets.see_closing",
    "budgets.see_staff_pages",
}
"""What the role opens; each only shows."""


def test_the_role_gives_only_what_shows(app):
    given = {each.name for each in registry.actions() if AUDITORS & each.roles}
    assert given == READ, "an action that writes is not the auditor's"


@pytest.mark.slow
def test_an_auditor_reads_and_writes_nothing(app, any_session, organization):
    world = worlds.build(app, any_session, organization, "open")
    key = world.key(Role.AUDITOR.value)
    rules = [each for each in worlds.rules_of(app) if each.rule.startswith("/gestion")]
    doors = [(rule, world.address(rule)) for rule in rules]
    any_session.rollback()
    browser = app.test_client(use_cookies=False)
    limiter.reset()
    wrong, read = [], set()
    for rule, address in doors:
        for method in sorted(rule.methods & {"GET", "POST"}):
            data = {"confirmado": "1"} if method == "POST" else None
            answer = worlds.knock(browser, address, method, headers=key, data=data)
            if rule.endpoint == "admin.start_preview" and answer.status_code == 303:
                continue  # shows pages as of another date, from a cookie
            if method == "POST" and answer.status_code < 400:
                wrong.append(f"{address}: {answer.status_code}")
            if method == "GET" and answer.status_code == 200:
                read.add(rule.endpoint)
    assert not wrong, "\n".join(wrong)
    assert read >= {
        "admin.home",
        "admin.audit",
        "admin.audit_csv",
        "admin.board",
        "accounts.approvals",
        "budgets.staff",
        "budgets.lock",
        "budgets.turnout",
        "budgets.staff_points",
        "budgets.staff_point",
        "budgets.closing",
    }
