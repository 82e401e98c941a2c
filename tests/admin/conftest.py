"""Staff of every kind, each in a browser of their own."""

import re

import pytest

from participa.core.policy import ORGANIZATION_ROLES, Role
from tests import factories


@pytest.fixture
def process(session):
    return factories.make_process(session)


@pytest.fixture
def person(session, process):
    """Return a maker of people with one role, by its name; ``None`` is a citizen."""

    def make(role=None):
        if role is None:
            return factories.make_person(session, "Vecina")
        kind = Role(role)
        given = kind if kind in ORGANIZATION_ROLES else (kind, process.id)
        return factories.make_person(session, f"Persona {role}", roles=[given])

    return make


@pytest.fixture
def browser(app, session, person):
    """Return a maker of browsers signed in with a role."""

    def make(role=None):
        return factories.sign_in(app.test_client(), session, person(role))

    return make


@pytest.fixture
def admin(browser):
    return browser("organization_admin")


FIELD = re.compile(
    r"<(input|textarea|select)\b([^>]*)>(.*?)(?=<(?:input|textarea|select)\b|</form>)", re.DOTALL
)
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


@pytest.fixture
def fields_of():
    """Return a reader of the form whose fields include a name, as a browser would post it."""

    def read(page, name):
        for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
            found = _fields(form)
            if name in found:
                return found
        message = f"no form with {name}"
        raise LookupError(message)

    return read


def _fields(form):
    found = {}
    for kind, raw, rest in FIELD.findall(form):
        attributes = dict(ATTRIBUTE.findall(raw))
        name = attributes.get("name")
        if not name or attributes.get("type") in {"submit", "file"}:
            continue
        if kind == "select":
            options = re.findall(r"<option([^>]*)>", rest)
            chosen = [each for each in options if re.search(r"\bselected\b", each)] or options
            found[name] = dict(ATTRIBUTE.findall(chosen[0])).get("value", "") if chosen else ""
        elif kind == "textarea":
            found[name] = rest.split("</textarea>")[0].removeprefix("\n")
        elif attributes.get("type") in {"checkbox", "radio"}:
            if re.search(r"\bchecked\b", raw):
                found[name] = attributes.get("value", "on")
            else:
                found.setdefault(name, "")
        else:
            found[name] = attributes.get("value", "")
    from html import unescape

    return {key: unescape(value) for key, value in found.items()}
