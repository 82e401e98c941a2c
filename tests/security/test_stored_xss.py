"""What people and staff write, wherever it is shown, to whomever: never markup."""

import csv
import datetime as dt
import io
import json
import re
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa

from participa.accounts.models import Group, GroupMember, Person, UserSession
from participa.budgets.models import Project
from participa.core import clock
from participa.core.db import LocalizedText
from participa.core.facts import FactRow
from participa.core.i18n import Localized
from participa.core.mail import Mail
from participa.core.registry import registry
from participa.core.sanitize import markdown_to_html
from participa.notifications.models import Notification
from participa.organizations import queries as organizations
from participa.organizations.models import Organization, Territory, Theme
from participa.processes.models import (
    Component,
    LinkKind,
    Phase,
    PhaseOverride,
    Process,
    ResourceLink,
)
from participa.proposals.models import Proposal
from tests.pages import world as worlds

pytestmark = pytest.mark.slow

MARK = "zqx9"
PAYLOAD = f"<script>{MARK}</script>\"'><img src=x onerror={MARK}> {{{{7*7}}}} {MARK}"
SHORT = f"<b id={MARK}>\"'"
"""For columns that hold few characters."""
BAD = (f"<script>{MARK}", f"<img src=x onerror={MARK}", f"<b id={MARK}", f"{MARK}</script>")


class Reader(HTMLParser):
    """Reads a page as a browser does, and notes whatever the payload became."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.wrong = []

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if names.get("id") == MARK or any(name.startswith("on") for name in names):
            self.wrong.append(f"<{tag} {attrs}>"[:200])
        if tag == "script" and not names.get("src", "").startswith("/"):
            self.wrong.append(f"<{tag} {attrs}>"[:200])
        for name in ("href", "src", "action", "formaction"):
            value = (names.get(name) or "").strip().lower()
            if tag == "img" and value.startswith("data:image/"):
                continue
            if value.startswith(("javascript:", "data:", "vbscript:")):
                self.wrong.append(f"{name}={value}"[:200])


def escaped_badly(page):
    """Return what of the payload came alive in a page."""
    reader = Reader()
    reader.feed(page)
    return [*reader.wrong, *(bad for bad in BAD if bad in page)]


def test_the_reader_sees_what_comes_alive():
    for bad in (f"<p title='{PAYLOAD}'>", PAYLOAD, f"<a href=javascript:{MARK}>", "<p onclick=x>"):
        assert escaped_badly(bad)


@pytest.fixture
def poisoned(app, any_session, organization):  # noqa: C901 - a table of texts, one after another
    """A city in which every text is an attack, put there past every check of the services."""
    world = worlds.build(app, any_session, organization, "open")
    session = any_session
    localized = Localized({"es": PAYLOAD, "en": PAYLOAD, "pt": PAYLOAD})
    every = {"es": markdown_to_html(PAYLOAD)}
    row = session.get_one(Organization, organization.id)
    for column in sa.inspect(Organization).columns:
        kind = column.type
        if column.name in {
            "slug",
            "host",
            "locale",
            "country",
            "time_zone",
            "currency",
            "accent",
            "theme",
            "logo_digest",
        }:
            continue
        if isinstance(kind, LocalizedText):
            setattr(row, column.key, localized)
        elif type(kind) is sa.String and column.key != "reporting_url":
            setattr(
                row,
                column.key,
                (PAYLOAD if (kind.length or 999) >= len(PAYLOAD) else SHORT)[: kind.length],
            )
    row.version += 1
    for each in session.scalars(sa.select(Territory)):
        each.name, each.level = PAYLOAD, SHORT
    for each in session.scalars(sa.select(Theme)):
        each.name = localized
    for each in session.scalars(sa.select(Person)):
        each.name = SHORT + "x" * 20
    for each in session.scalars(sa.select(UserSession)):
        each.device = PAYLOAD
    process = session.get_one(Process, world.process.id)
    process.title = process.summary = process.description = localized
    process.notice = process.outcome = localized
    process.description_html = every
    process.version += 1
    phase = session.scalars(sa.select(Phase)).one()
    phase.title = phase.description = localized
    phase.opens[0].settings = {"instructions": dict(localized)}
    phase.overrides.append(
        PhaseOverride(
            opens=True, start=clock.now() - dt.timedelta(days=1), until=None, reason=PAYLOAD
        )
    )
    for component in session.scalars(sa.select(Component)):
        component.title = localized
    proposal = session.scalars(sa.select(Proposal)).one()
    proposal.title, proposal.body, proposal.excerpt = PAYLOAD, PAYLOAD, PAYLOAD
    proposal.body_html = markdown_to_html(PAYLOAD)
    session.add(
        ResourceLink(
            kind=LinkKind.ANSWERS,
            source_kind="process",
            source_id=process.id,
            target_kind="proposal",
            target_id=proposal.id,
        )
    )
    group = Group(key="g", name=PAYLOAD)
    session.add(group)
    session.flush()
    for number, kind in enumerate(registry.facts()):
        fields = getattr(kind, "__dataclass_fields__", {})
        data = {
            name: 1  # ids, of which addresses are made
            if "int" in str(field.type)
            else [PAYLOAD]
            if str(field.type).startswith("list")
            else PAYLOAD
            for name, field in fields.items()
        }
        fact = FactRow(
            name=kind.NAME,
            at=clock.now(),
            actor_id=world.author.id,
            process_id=process.id,
            public=True,
            data=data,
            subject_kind="proposal" if number % 2 else None,
            subject_id=proposal.id if number % 2 else None,
        )
        session.add(fact)
        session.flush()
        for person in world.people.values():
            session.add(
                Notification(
                    person_id=person.id,
                    fact_id=fact.id,
                    fact_name=kind.NAME,
                    process_id=process.id,
                    direct=True,
                )
            )
    for person in world.people.values():
        session.add(GroupMember(group_id=group.id, person_id=person.id))
    session.commit()
    organizations.forget()
    return world


@pytest.mark.parametrize("role", ["visitor", "participant", "organization_admin"])
def test_no_page_lets_it_out(poisoned, role):
    client = poisoned.client(role)
    wrong, seen = [], 0
    for rule in worlds.rules_of(poisoned.app):
        if "GET" not in rule.methods:
            continue
        address = poisoned.address(rule)
        for path in (address, f"{address}?q={MARK}&volver=/{MARK}%22%3E%3Cb%20id={MARK}%3E"):
            answer = client.get(path)
            assert answer.status_code < 500, path
            if answer.mimetype != "text/html":
                continue
            page = answer.text
            seen += MARK in page
            wrong += [f"{path}: {each}" for each in escaped_badly(page)]
    assert not wrong, "\n".join(wrong)
    assert seen > 3


def test_forms_that_come_back_do_not_let_it_out(poisoned):
    client = poisoned.client("organization_admin")
    wrong = []
    names = ["title", "body", "name", "email", "login", "username", "reason", "key", "slug", "code", "volver", "level",
             "q", "name_es", "summary_es", "footer_es", "address", "phone", "hours", "accent", "phases[0].title.es",
             "title.es", "text", "yaml", "file", "territory_id", "theme_id", "until", "day", "role"]  # fmt: skip
    for rule in worlds.rules_of(poisoned.app):
        if "POST" not in rule.methods or rule.endpoint == "accounts.sign_out":
            continue
        for payload in (PAYLOAD, f"\"'><b id={MARK}>"):
            answer = client.post(poisoned.address(rule), data=dict.fromkeys(names, payload))
            assert answer.status_code < 500, rule.rule
            if answer.mimetype == "text/html":
                wrong += [f"{rule.rule}: {each}" for each in escaped_badly(answer.text)]
    assert not wrong, "\n".join(wrong)


def test_files_are_only_files(poisoned):
    client = poisoned.client("organization_admin")
    for path in (
        "/gestion/registro.csv",
        "/gestion/territorios.csv",
        "/gestion/temas.csv",
        "/cuenta/mis-datos",
    ):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.mimetype != "text/html"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "attachment" in answer.headers["Content-Disposition"]
    assert json.loads(client.get("/cuenta/mis-datos").text)


def split(text, delimiter):
    """Return the cells of a file as Excel reads it in a country that separates them so."""
    return [
        cell
        for row in csv.reader(
            io.StringIO(text.replace("\ufeff", ""), newline=""), delimiter=delimiter
        )
        for cell in row
    ]


def test_no_cell_is_a_formula_wherever_it_is_opened(poisoned):
    poisoned.session.execute(sa.update(Person).values(name="=cmd|' /C calc'!A0"))
    poisoned.session.execute(sa.update(Territory).values(name="@SUM(1)", level="+1"))
    poisoned.session.execute(sa.update(Theme).values(name=Localized({"es": "Parque;=2+5;fin"})))
    poisoned.session.execute(
        sa.update(Project).values(title="Parque;=2+5;fin", summary=" =1", body="a;b\n;-cmd")
    )
    poisoned.session.execute(sa.update(Process).values(title=Localized({"es": "x;\t@SUM(1)"})))
    organization = poisoned.session.get_one(Organization, poisoned.organization.id)
    organization.version += 1
    organization.processes_version += 1
    poisoned.session.commit()
    client = poisoned.client("organization_admin")
    seen = []
    for rule in worlds.rules_of(poisoned.app):
        answer = client.get(poisoned.address(rule)) if "GET" in rule.methods else None
        if answer is None or answer.mimetype != "text/csv":
            continue
        seen.append(rule.endpoint)
        for delimiter in ",;\t":
            run = [
                cell
                for cell in split(answer.text, delimiter)
                if re.match(r"\s*[=+@-]", cell) and not re.fullmatch(r"-?\d+([.,]\d+)?", cell)
            ]
            assert not run, f"{rule.endpoint} split at {delimiter!r}: {run[:3]}"
    assert len(seen) >= 6, seen


def test_mails_do_not_let_it_out(poisoned):
    client = poisoned.app.test_client()
    person = poisoned.author
    client.post("/clave/olvidada", data={"email": person.email})
    poisoned.session.expire_all()
    mail = poisoned.session.scalars(sa.select(Mail)).one()
    assert not any(bad in mail.html for bad in BAD)
    assert "\n" not in mail.subject
    assert MARK in mail.html
