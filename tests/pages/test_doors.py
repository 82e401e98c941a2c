"""Role by phase by action for every page: drawn from the policy tables and the address map.

The expectation is the policy's own answer; what is proved is that no page opens without asking it,
and that every refusal is a page with a sentence and never a crash.
"""

import dataclasses

import pytest

from participa.core import clock
from participa.core.policy import denial
from tests import factories
from tests.pages import world as worlds

SAFE = {"GET"}
WITHOUT_CITY = {"code", "locale", "filename", "accent", "token", "digest", "method"}
"""What an address may hold that is the same in every city."""


def scope_of(world, rule):
    if "component" in rule.arguments:
        return world.component(rule)
    return world.process if {"process", "slug"} & rule.arguments else world.organization


def test_every_route_has_an_action(app):
    without = [
        rule.rule
        for rule in worlds.rules_of(app)
        if not hasattr(app.view_functions[rule.endpoint], "action")
        and rule.endpoint != "ui.style_page"
    ]
    assert not without, f"put @page(ACTION) on the views of {without}"


@pytest.mark.parametrize("role", worlds.ROLES)
@pytest.mark.parametrize("state", worlds.STATES)
def test_pages_ask_the_policy(app, engine_name, any_session, organization, state, role):
    if engine_name == "postgresql" and state not in {"open", "draft"}:
        pytest.skip("the policy is the same code on both engines: two states are enough to compare")
    world = worlds.build(app, any_session, organization, state)
    actor = world.actor(role)
    client = world.client(role)
    wrong = []
    for rule in worlds.rules_of(app):
        action = getattr(app.view_functions[rule.endpoint], "action", None)
        if action is None:
            continue
        at_the_door = dataclasses.replace(action, checks=())
        refused = denial(at_the_door, actor, scope_of(world, rule), at=clock.now())
        for method in sorted(rule.methods & {"GET", "POST"}):
            if rule.endpoint == "accounts.sign_out":
                continue
            address = world.address(rule)
            answer = client.open(address, method=method)
            problem = _problem(refused, answer)
            if problem:
                wrong.append(f"{method} {address}: {problem}")
            if role != "visitor":
                client = world.client(role)
    assert not wrong, "\n".join(wrong)


def _problem(refused, answer):
    status = answer.status_code
    if status >= 500:
        return f"crashed with {status}"
    if refused is None:
        return None
    if refused.invite == "sign_in":
        invited = status == 401 or (status == 303 and "/entrar" in answer.headers["Location"])
        return None if invited else f"let a visitor in with {status}"
    if status != refused.status:
        return f"answered {status} where the policy says {refused.status} ({refused.key})"
    if status == 403 and str(refused.message) not in answer.text.replace("&#39;", "'"):
        return f"did not say why: {refused.message}"
    return None


@pytest.mark.parametrize("role", worlds.ROLES)
def test_every_page_has_a_title_and_one_heading(app, any_session, organization, role):
    world = worlds.build(app, any_session, organization)
    client = world.client(role)
    wrong = []
    for rule in worlds.rules_of(app):
        if "GET" not in rule.methods:
            continue
        address = world.address(rule)
        answer = client.get(address)
        if answer.mimetype != "text/html" or answer.status_code in {302, 303}:
            continue
        page = answer.text
        if page.count("<h1") != 1:
            wrong.append(f"{address} ({answer.status_code}): {page.count('<h1')} h1")
        title = page.partition("<title>")[2].partition("</title>")[0].strip()
        if not title or title.startswith("·"):
            wrong.append(f"{address}: no title")
        forbidden = (' style="', "<script>", " onclick=", " onload=")
        wrong += [f"{address}: {each}" for each in forbidden if each in page]
    assert not wrong, "\n".join(wrong)


def test_no_page_of_another_city_opens(app, any_session, organization):
    """Everything of one city, asked for at the address of another: not there."""
    world = worlds.build(app, any_session, organization)
    other = factories.make_organization(any_session, "otra")
    stranger = factories.make_person(any_session, "Forastera", roles=["organization_admin"])
    any_session.commit()
    client = app.test_client()
    base = f"http://{other.host}"
    factories.sign_in(client, any_session, stranger, base_url=base)
    leaked = []
    for rule in worlds.rules_of(app):
        if not rule.arguments - WITHOUT_CITY:
            continue
        if rule.endpoint == "notifications.unfollow":
            continue  # letting go of what one never followed changes nothing and says nothing
        for method in sorted(rule.methods & {"GET", "POST"}):
            address = world.address(rule)
            answer = client.open(address, method=method, base_url=base)
            if answer.status_code not in {404, 405}:
                leaked.append(f"{method} {address}: {answer.status_code}")
            if "Luces en el sendero" in answer.text or "Autora Vecina" in answer.text:
                leaked.append(f"{method} {address}: told something")
    assert not leaked, "\n".join(leaked)
