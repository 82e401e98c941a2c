"""Role by phase by action for every page: drawn from the policy tables and the address map.

The expectation is the policy's own answer; what is proved is that no page opens without asking it,
and that every answer is a page with one heading, a refusal says why, and nothing crashes.
"""

import dataclasses
import datetime as dt
import re

import pytest
import time_machine
from flask import g

from participa.core import clock
from participa.core.limits import limiter
from participa.core.policy import denial
from participa.processes.definition import RESERVED_SLUGS, slug_problem
from tests import factories
from tests.conftest import ENGINES
from tests.pages import world as worlds

WITHOUT_CITY = {"code", "locale", "filename", "accent", "token", "digest", "method"}
"""What an address may hold that is the same in every city."""

NOON = dt.datetime(2026, 3, 4, 17, tzinfo=dt.UTC)
"""A moment that is the same day here and in the city: reasons are told with their day."""

BY_ROLE = {"role", "sign_in"}
"""Refusals for which the policy looks at no phase: the same door gives the same answer."""
STATES_OF_A_PROCESS = {"draft", "open", "archived"}


def is_asked(state, scope, action, refused):
    """Return whether a door is knocked at in this state.

    Who is let in knocks in every state. A refusal by role alone is asked for once per status that
    a process can have, and at the doors of the city once.
    """
    if refused is None or refused.key not in BY_ROLE or action.capability is not None:
        return True
    return state in STATES_OF_A_PROCESS if scope.process_id else state == "open"


def scope_of(world, rule):
    if "component" in rule.arguments:
        return world.component(rule)
    return world.process if {"process", "slug"} & rule.arguments else world.organization


def test_no_process_may_take_the_address_of_a_page(app):
    """A slug that is a fixed word of the address map would hide the process behind that page."""
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    places = {
        before
        for before, process, _after in (
            re.split(r"(<(?:process|slug)>)", rule, maxsplit=1)
            for rule in rules
            if re.search(r"<(?:process|slug)>", rule)
        )
    }
    assert {"/procesos/", "/gestion/procesos/"} <= places
    words = {
        rule.removeprefix(place).partition("/")[0]
        for place in places
        for rule in rules
        if rule.startswith(place)
    }
    fixed = {word for word in words if word and "<" not in word}
    open_to_all = {word for word in fixed if slug_problem(word) is None}
    assert not open_to_all, "put these into RESERVED_SLUGS of processes/definition/rules.py"
    assert fixed >= RESERVED_SLUGS, "no page has these words of RESERVED_SLUGS any more"


def test_every_route_has_an_action(app):
    without = [
        rule.rule
        for rule in worlds.rules_of(app)
        if not hasattr(app.view_functions[rule.endpoint], "action")
        and rule.endpoint != "ui.style_page"
    ]
    assert not without, f"put @page(ACTION) on the views of {without}"


@time_machine.travel(NOON, tick=False)
@pytest.mark.slow
@pytest.mark.parametrize("state", worlds.STATES)
def test_pages_ask_the_policy(app, engine_name, any_session, organization, state):
    """Everybody knocks at every door of one city, which each finds as if nobody had been there."""
    if engine_name == "postgresql" and state not in {"open", "draft"} and "sqlite" in ENGINES:
        pytest.skip("the policy is the same code on both engines: two states are enough to compare")
    world = worlds.build(app, any_session, organization, state)
    doors = [
        (rule, world.address(rule), scope_of(world, rule), _at_the_door(app, rule))
        for rule in worlds.rules_of(app)
    ]
    visits = [(role, world.actor(role), world.key(role)) for role in worlds.ROLES]
    any_session.rollback()
    browser = app.test_client(use_cookies=False)
    wrong = []
    for role, actor, key in visits:
        limiter.reset()
        for rule, address, scope, action in doors:
            refused = None if action is None else denial(action, actor, scope, at=clock.now())
            why = _in_words(app, organization, refused)
            for method in sorted(rule.methods & {"GET", "POST"}):
                if not is_asked(state, scope, action, refused):
                    continue
                answer = worlds.knock(browser, address, method, headers=key)
                found = _shape(answer) if method == "GET" else []
                if action is not None:
                    found.append(_problem(refused, why, answer))
                wrong += [f"{role}: {method} {address}: {each}" for each in found if each]
    assert not wrong, "\n".join(wrong)


def _at_the_door(app, rule):
    action = getattr(app.view_functions[rule.endpoint], "action", None)
    return action and dataclasses.replace(action, checks=())


def _in_words(app, organization, refused):
    """Write a refusal as its page does: hours are those of the city."""
    with app.app_context():
        g.time_zone = organization.zone
        return "" if refused is None else str(refused.message)


def _problem(refused, why, answer):
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
    if status == 403 and why not in answer.text.replace("&#39;", "'"):
        return f"did not say why: {why}"
    return None


def _shape(answer):
    """Return what a whole page lacks, or has and must not have."""
    if answer.mimetype != "text/html" or answer.status_code in {302, 303}:
        return []
    page = answer.text
    found = []
    if page.count("<h1") != 1:
        found.append(f"{page.count('<h1')} h1 ({answer.status_code})")
    title = page.partition("<title>")[2].partition("</title>")[0].strip()
    if not title or title.startswith("·"):
        found.append("no title")
    # With a maxlength the browser cuts what is pasted, and says nothing.
    forbidden = (' style="', "<script>", " onclick=", " onload=", " maxlength=")
    return found + [each for each in forbidden if each in page]


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
