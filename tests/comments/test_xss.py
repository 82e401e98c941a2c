"""Whatever people write in a comment or as their name, nothing of it comes alive anywhere."""

import xml.etree.ElementTree as ET

import pytest

from participa.accounts.models import Person
from tests import factories
from tests.comments.conftest import LIST
from tests.security.test_stored_xss import PAYLOAD, escaped_badly

CORPUS = (
    PAYLOAD,
    "<svg/onload=alert(1)>",
    "[clic](javascript:alert(1)) [clic](JaVaScRiPt:alert(1)) [clic](data:text/html,x)",
    "![x](javascript:alert(1)) ![x](http://evil.test/x.png)",
    "<a href='javascript:alert(1)'>x</a><iframe src=//evil.test></iframe>",
    '<https://x.test/"onmouseover=alert(1)>',
    "`</textarea><script>alert(1)</script>`",
    "]]>\n\n<![CDATA[<script>alert(1)</script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62;",
    "</title><style>*{display:none}</style><meta http-equiv=refresh content=0>",
    "{{ config }} {% raw %} ${7*7} %(actor)s",
)
NAMES = ("<b onclick=x>Ana</b>", "\"'><img src=x onerror=1>", "]]><script>", "{{7*7}} & Cía")


@pytest.mark.parametrize("body", CORPUS)
@pytest.mark.parametrize("name", NAMES[:1])
def test_bodies(client, session, talk, nubia, body, name):
    check(client, session, talk, nubia, body, name)


@pytest.mark.parametrize("name", NAMES)
def test_names(client, session, talk, nubia, name):
    check(client, session, talk, nubia, PAYLOAD, name)


def check(client, session, talk, person, body, name):
    session.get_one(Person, person.id).name = name
    opening = talk.say(person, body)
    answer = talk.answer(person, talk.answer(person, opening, body), f"@{name} {body}")
    factories.sign_in(client, session, person)
    here = f"{LIST}/comentarios"
    about = f"{here}/propuesta-{talk.ref.id}"
    for path in (
        f"{LIST}/{talk.ref.id}",
        about,
        f"{about}/nuevo",
        f"{here}/{opening}",
        f"{here}/{opening}/borrar",
        f"{here}/{opening}/corregir",
        f"{here}/{answer}/responder",
    ):
        shown = client.get(path)
        assert shown.status_code == 200, path
        assert not escaped_badly(shown.text), path
        for bad in ("<svg/onload", "<iframe", "<style>", "<meta http-equiv", "<b onclick"):
            assert bad not in shown.text, path
        assert "<img src=x" not in shown.text
    for path in (f"{about}.atom", f"{here}.atom"):
        told = client.get(path)
        feed = ET.fromstring(told.data)  # noqa: S314 - our own words
        assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 3
        for content in feed.iter("{http://www.w3.org/2005/Atom}content"):
            assert not escaped_badly(content.text), path
    wrong = client.post(f"{about}/nuevo", data={"body": body + "x" * 2000, "volver": name})
    assert wrong.status_code == 422
    assert not escaped_badly(wrong.text)
    voted = client.post(
        f"{here}/{opening}/util", data={"on": "1", "volver": body}, headers={"HX-Request": "true"}
    )
    assert not escaped_badly(voted.text)
