"""A checkbox that somebody ticks is ticked for whoever reads the form."""

import io
import re

import pytest
from werkzeug.datastructures import MultiDict

from tests.conftest import ENGINES
from tests.pages import world as worlds

FORM = re.compile(r"<form[^>]*>(.*?)</form>", re.DOTALL)
INPUT = re.compile(r"<input\b[^>]*>")


@pytest.fixture(params=ENGINES[:1])
def engine_name(request):
    return str(request.param)


@pytest.fixture
def world(app, any_session, organization):
    return worlds.build(app, any_session, organization)


def attribute(tag, name):
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""


def ticked(form, *names):
    """Return what a browser sends of a form in which some checkboxes are ticked, in its order."""
    return [
        (attribute(tag, "name"), attribute(tag, "value"))
        for tag in INPUT.findall(form)
        if attribute(tag, "type") != "checkbox" or attribute(tag, "name") in names
        if attribute(tag, "type") != "file"
    ]


@pytest.mark.slow
def test_only_the_reader_of_process_files_meets_a_hidden_no(world):
    """Everybody else asks for a name's first value, and would read the hidden one."""
    wrong = set()
    for role in ("visitor", "participant", "moderator", "process_admin", "organization_admin"):
        client = world.client(role)
        for rule in worlds.rules_of(world.app):
            answer = client.get(world.address(rule)) if "GET" in rule.methods else None
            if answer is None or answer.mimetype != "text/html":
                continue
            for form in FORM.findall(answer.text):
                kinds = {}
                for tag in INPUT.findall(form):
                    kinds.setdefault(attribute(tag, "name"), set()).add(attribute(tag, "type"))
                twice = [name for name, found in kinds.items() if {"hidden", "checkbox"} <= found]
                if twice and 'name="accion"' not in form:
                    wrong.add((rule.endpoint, *twice))
    assert not wrong


@pytest.mark.parametrize(("names", "leave"), [((), "0"), (("replace",), "1")])
def test_the_whole_roll_is_replaced_when_the_page_says_so(world, names, leave):
    client = world.client("organization_admin")
    here = f"/gestion/padrones/{world.roll}/cargar"
    form = next(each for each in FORM.findall(client.get(here).text) if "Reemplazar" in each)
    file = (io.BytesIO(b"tipo_documento,numero_documento\nCC,77777777\n"), "otro.csv")
    sent = MultiDict([*ticked(form, *names), ("reason", "Censo nuevo"), ("file", file)])
    answer = client.post(here, data=sent)
    assert answer.status_code == 303
    shown = re.sub(r"<[^>]+>", " ", client.get(answer.location).text)
    assert re.search(r"(\d+)\s+se retiran", shown)[1] == leave
