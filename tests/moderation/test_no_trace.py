"""Removed words leave nothing behind: not in what was sent, kept, searched, exported or answered.

``test_leaks.py`` reads every address as every role. Here are the ways around that: people who had
to do with the item before, words that travel by mail and feed, copies, filters, parts of pages,
answers to what somebody sends, and drafts.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from participa.comments.services import votes
from participa.comments.services import writing as comments
from participa.comments.services.writing import Draft as CommentDraft
from participa.core.events import How
from participa.core.facts import FactRow, Ref
from participa.core.mail import Mail
from participa.core.policy import Role
from participa.moderation import queries
from participa.moderation.services import appeals, decisions, flags
from participa.notifications import digests
from participa.notifications.models import Notification, Preference
from participa.notifications.services import follows
from participa.processes import queries as processes
from participa.processes.models import Process, ProcessStatus
from participa.processes.services.previews import make_preview_link
from participa.proposals import services as proposals
from tests import factories
from tests.pages import world as worlds

pytestmark = pytest.mark.slow

MORNING = dt.datetime(2026, 3, 4, 15, 5, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SECRETS = ("Luces", "solares", "cada veinte", "alumbren", "Ojalá", "Nombra a alguien")
"""Words of the small city's proposal and comment, and of the reply to their author."""
REPLY = "Y que duren prendidas toda la noche."
"""What a neighbour answered to the comment: it stays, folded."""
LISTS = "q=sendero&orden=newest&estado=decididas&volver=/&decision=merge&posicion=&mes=todo"
"""Filters of every list. What is looked for is no secret here: it comes back in its box."""
DOWN = pytest.mark.parametrize("who", ["visitor", "follower", "supporter", "flagger", "answerer"])


@dataclass
class Affair:
    """A city in which somebody's proposal and comment were removed, and who had to do with them."""

    world: worlds.World
    traveller: Any
    """Moves the frozen clock."""

    @property
    def place(self):
        return processes.by_id(self.world.session, self.world.process.id).components[0]

    @property
    def proposal(self):
        return f"/procesos/{self.world.process.slug}/propuestas/{self.world.proposal}"

    @property
    def comments(self):
        return f"/procesos/{self.world.process.slug}/propuestas/comentarios"

    def act(self, service, who, *values):
        with self.world.app.test_request_context():
            made = service(self.world.session, self.world.actor(who), *values)
            self.world.session.commit()
        return made

    def work(self):
        self.world.app.extensions["participa_jobs"].run_due()
        self.world.session.expire_all()

    def remove(self):
        ground = queries.grounds(self.world.session)[0].id
        for case in self.cases:
            revision = queries.case(self.world.session, case).revision
            self.act(decisions.remove, "moderator", case, revision, ground, "Nombra a alguien.")
        self.work()

    def restore(self):
        for case in self.cases:
            words = "No nombro a nadie: son solo luces."
            with self.world.app.app_context():
                author = factories.actor_of(self.world.session, self.world.author)
                appeals.appeal(self.world.session, author, case, words)
                self.world.session.commit()
            self.world.session.expire_all()
            revision = queries.case(self.world.session, case).revision
            self.act(appeals.revert, "process_admin", case, revision, "Tenía razón.")
        self.work()

    @property
    def cases(self):
        refs = (
            Ref("comment", self.world.comment),
            Ref("proposal", self.world.proposal),
        )
        return [queries.case_of(self.world.session, ref).id for ref in refs]


@pytest.fixture
def affair(app, any_session, organization):
    with time_machine.travel(MORNING, tick=False) as traveller:
        world = worlds.build(app, any_session, organization)
        session = world.session
        found = Affair(world, traveller)
        place, ref = found.place, Ref("proposal", world.proposal)
        for who in ("follower", "supporter", "flagger", "answerer"):
            person = factories.make_person(session, f"Persona {who}")
            world.people[who] = person
            factories.make_consent(session, person)
        session.commit()
        author = world.author
        world.people["author"] = author
        found.act(follows.follow, "follower", organization, ref)
        found.act(follows.follow, "follower", organization, Ref("process", world.process.id))
        found.act(proposals.support, "supporter", place, world.proposal)
        found.act(votes.vote, "supporter", place, world.comment)
        found.act(comments.reply, "answerer", place, world.comment, CommentDraft(REPLY), "uno")
        # Something to be told of: another comment, and a proposal after the follow.
        found.act(comments.create, "answerer", place, ref, CommentDraft("Me apunto."), "dos")
        ground = queries.grounds(session)[0].id
        found.act(flags.flag, "flagger", place, ref, ground, "Sobra.")
        found.act(flags.flag, "flagger", place, Ref("comment", world.comment), ground, "Sobra.")
        found.work()
        yield found


def _link(session, actor, process_id):
    return make_preview_link(session, actor, process_id, hours=24)


def told(text):
    return [each for each in SECRETS if each in text]


def leaks_of(affair, client, *, headers=None, query="", methods=("GET",), spare=()):
    """Return where any of the words stands: ``METHOD address: words``."""
    found = []
    for rule in worlds.rules_of(affair.world.app):
        if rule.endpoint in spare:
            continue
        for method in sorted(rule.methods & set(methods)):
            address = affair.world.address(rule)
            path = f"{address}?{query}" if query else address
            follow = method == "GET"
            answer = client.open(path, method=method, headers=headers, follow_redirects=follow)
            assert answer.status_code < 500, f"{method} {path}"
            seen = answer.get_data(as_text=True) + str(answer.headers)
            if told(seen):
                found.append(f"{method} {path} ({answer.status_code}): {told(seen)}")
    return found


@DOWN
def test_whoever_had_to_do_with_it_reads_it_nowhere(affair, who):
    affair.remove()
    client = affair.world.client(who)
    assert not leaks_of(affair, client)
    assert not leaks_of(affair, affair.world.client(who), query=LISTS)


@pytest.mark.parametrize("who", ["visitor", "supporter", "council"])
def test_no_part_of_a_page_and_no_answer_to_what_is_sent_has_it(affair, who):
    affair.remove()
    client = affair.world.client(who)
    assert not leaks_of(affair, client, headers={"HX-Request": "true"})
    spare = {"accounts.sign_out", "accounts.end_sessions", "accounts.delete"}
    for headers in ({}, {"HX-Request": "true"}):
        client = affair.world.client(who)
        assert not leaks_of(affair, client, headers=headers, methods=("POST",), spare=spare)


def test_moderators_of_other_processes_and_other_staff_search_in_vain(affair):
    affair.remove()
    world = affair.world
    other = factories.make_process(world.session, slug="otro")
    for role in (Role.MODERATOR, Role.PROCESS_ADMIN):
        world.people["elsewhere"] = factories.make_person(
            world.session, f"Ajena {role.value}", roles=[(role, other.id)]
        )
        client = world.client("elsewhere")
        assert not leaks_of(affair, client, query=LISTS)
        for path in ("", "/personas", "/registro", f"/personas/{world.author.id}"):
            answer = client.get(f"/gestion/procesos/otro/moderacion{path}", follow_redirects=True)
            assert not told(answer.text), path


def test_those_who_may_read_it_read_it_on_these_pages_only(affair):
    """Moderators need the words to answer an appeal; the record keeps what was recorded."""
    affair.remove()
    found = set()
    for rule in worlds.rules_of(affair.world.app):
        if "GET" in rule.methods:
            client = affair.world.client("organization_admin")
            text = client.get(affair.world.address(rule), follow_redirects=True).text
            if set(told(text)) - {"Nombra a alguien"}:
                found.add(rule.endpoint)
    assert found <= {
        "admin.audit",
        "admin.audit_csv",
        "admin.fact",
        "comments.index",
        "comments.thread",
        "comments.reply",
        "comments.edit",
        "comments.delete",
        "moderation.case",
        "moderation.own_case",  # leads to the case
        "moderation.person_items",
        "moderation.queue",
        "moderation.queues",
        "proposals.show",
    }


def test_lists_filters_counts_and_figures_forget_it(affair):
    client = affair.world.client("visitor")
    place = affair.proposal.rpartition("/")[0]
    before = client.get(f"{place}?q=sendero").text
    assert affair.proposal in before
    affair.remove()
    for query in ("q=sendero", "orden=newest", "orden=most_supported", "orden=random&semilla=1"):
        for who in ("visitor", "supporter", "council"):
            text = affair.world.client(who).get(f"{place}?{query}").text
            assert f'href="{affair.proposal}"' not in text, query
    process = client.get(f"/procesos/{affair.world.process.slug}").text
    assert f'href="{affair.proposal}"' not in process
    # Of the comments of what was removed, a count stands nowhere in public lists either.
    csv = client.get("/moderacion/decisiones.csv").text
    assert not told(csv)
    assert str(affair.world.author.name) not in csv


def test_titles_and_what_other_sites_preview_say_nothing(affair):
    affair.remove()
    for path in (
        affair.proposal,
        f"{affair.comments}/{affair.world.comment}",
        f"{affair.comments}/propuesta-{affair.world.proposal}",
        f"/procesos/{affair.world.process.slug}",
        f"/procesos/{affair.world.process.slug}/actividad",
    ):
        page = affair.world.client("visitor").get(path).text
        head = page.partition("</head>")[0]
        assert re.search(r"<title>[^<]+</title>", head), path
        assert "og:title" in head, path
        assert not told(page), path
        assert affair.world.author.name not in head, path


def test_copies_that_somebody_kept_are_not_served_again(affair):
    """Who holds a copy is not told that it still holds, and is sent one without the words."""
    client = affair.world.client("visitor")
    paths = [
        f"{affair.comments}.atom",
        f"{affair.comments}/propuesta-{affair.world.proposal}.atom",
        affair.proposal,
        affair.proposal.rpartition("/")[0],
        f"{affair.comments}/propuesta-{affair.world.proposal}",
        f"{affair.comments}/{affair.world.comment}",
    ]
    kept = {}
    for path in paths:
        answer = client.get(path)
        assert told(answer.text), path
        # Nothing in between may answer without asking here first.
        control = answer.headers.get("Cache-Control", "")
        assert "no-cache" in control or "no-store" in control, f"{path}: {control!r}"
        assert "max-age" not in control, path
        kept[path] = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
    affair.remove()
    for path, (etag, modified) in kept.items():
        headers = {"If-None-Match": etag} if etag else {}
        if modified:
            headers["If-Modified-Since"] = modified
        answer = client.get(path, headers=headers)
        assert answer.status_code != 304, path
        assert not told(answer.text), path
    affair.restore()
    for path, (etag, _modified) in kept.items():
        answer = client.get(path, headers={"If-None-Match": etag} if etag else {})
        assert answer.status_code == 304 or told(answer.text), f"{path} did not come back"


def test_nothing_that_is_sent_after_a_removal_quotes_it(affair):
    """The digests tell of things from before: without titles of what is gone since."""
    session, world = affair.world.session, affair.world
    for who in ("supporter", "answerer"):
        session.add(Preference(person_id=world.people[who].id, fact_name="*", how=How.WEEKLY))
    session.commit()
    sent_before = session.scalar(sa.select(sa.func.max(Mail.id))) or 0
    assert session.scalar(
        sa.select(sa.func.count()).where(Notification.person_id == world.people["follower"].id)
    ), "the follower was to be told of something"
    affair.remove()
    for day in (1, 2, 6):
        affair.traveller.move_to(MORNING + day * DAY)
        with world.app.app_context():
            digests.send_digests()
        affair.work()
    letters = session.scalars(sa.select(Mail).where(Mail.id > sent_before)).all()
    readers = {each.recipient for each in letters}
    assert world.people["follower"].email in readers
    assert world.people["flagger"].email in readers
    assert world.author.email in readers
    for letter in letters:
        assert not told(letter.subject + letter.text + letter.html), letter.subject


@pytest.mark.parametrize("goes", ["removed", "withdrawn"])
def test_mails_that_waited_for_their_server_leave_without_it(affair, monkeypatch, goes):
    """Written before the removal, sent after it: made anew at the moment of sending."""
    session, world, left = affair.world.session, affair.world, []
    jobs = world.app.extensions["participa_jobs"]

    def down(_mail):
        raise ConnectionRefusedError

    monkeypatch.setattr(jobs, "sender", down)
    affair.traveller.move_to(MORNING + DAY)
    with world.app.app_context():
        digests.send_digests()
    affair.work()
    queued = sa.select(Mail).where(Mail.sent_at.is_(None), Mail.due_at.is_not(None))
    assert any(told(each.text) for each in session.scalars(queued))
    if goes == "removed":
        affair.remove()
    else:
        affair.act(proposals.withdraw, "author", affair.place, world.proposal, "")
    monkeypatch.setattr(jobs, "sender", left.append)
    affair.traveller.shift(DAY / 24)
    affair.work()
    assert world.people["follower"].email in {each.recipient for each in left}
    for letter in left:
        assert not told(letter.subject + letter.text + letter.html), letter.subject
    assert session.scalars(queued).all() == []


@DOWN
def test_inboxes_tell_no_titles_of_it(affair, who):
    if who == "visitor":
        pytest.skip("has no inbox")
    affair.remove()
    for path in ("/avisos", "/avisos/siguiendo", "/avisos/seguidos", "/cuenta/reportes"):
        assert not told(affair.world.client(who).get(path, follow_redirects=True).text), path


@DOWN
def test_downloads_of_own_data_have_no_words_of_others(affair, who):
    if who == "visitor":
        pytest.skip("has no data")
    affair.remove()
    data = affair.world.client(who).get("/cuenta/mis-datos")
    assert data.status_code == 200
    assert not told(data.text)
    if who == "answerer":
        assert REPLY in data.text


def test_moderation_records_no_words(affair):
    """What the room itself writes down of a removal never repeats what was removed."""
    before = affair.world.session.scalar(sa.select(sa.func.max(FactRow.id)))
    affair.remove()
    rows = affair.world.session.scalars(sa.select(FactRow).where(FactRow.id > before)).all()
    assert len(rows) >= 4
    for row in rows:
        assert not told(str(row.data)), row.name


def test_a_preview_link_does_not_open_it(affair):
    world = affair.world
    token = affair.act(_link, "process_admin", world.process.id)
    affair.remove()
    row = world.session.get_one(Process, world.process.id)
    row.status, row.version = ProcessStatus.DRAFT, row.version + 1
    world.session.commit()
    processes.forget()
    for who in ("visitor", "supporter"):
        client = world.client(who)
        opened = client.get(f"/vista-previa/{token}", follow_redirects=True)
        assert opened.status_code == 200
        assert not leaks_of(affair, client, query=LISTS)


def test_restoring_brings_all_of_it_back(affair):
    """The same pages as before, letter by letter, for a visitor, a supporter and a feed reader."""
    place = affair.proposal.rpartition("/")[0]
    paths = [
        affair.proposal,
        f"{place}?orden=newest",
        f"{place}?q=sendero",
        f"{affair.comments}/propuesta-{affair.world.proposal}",
        f"{affair.comments}/{affair.world.comment}",
        f"{affair.comments}.atom",
    ]

    def read(who):
        client = affair.world.client(who)
        # Only a form's one-time marks differ between two readings.
        return {
            path: re.sub(r'(name="submission"[^>]*value=")[^"]*', r"\1", page)
            for path in paths
            if (page := client.get(path).text)
        }

    before = {who: read(who) for who in ("visitor", "supporter")}
    affair.remove()
    assert {who: read(who) for who in ("visitor", "supporter")} != before
    affair.restore()
    for who in ("visitor", "supporter"):
        after = read(who)
        for path in paths:
            assert after[path] == before[who][path], f"{path} for {who}"
