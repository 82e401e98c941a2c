"""All that a citizen can write in a conversation and its moderation, read by everybody: no markup.

What is written goes in by the services, as a citizen's own words do, at every stage of a case; it
is looked for in pages, parts of pages, feeds, mails and files.
"""

import csv
import io
import re
import xml.etree.ElementTree as ET

import pytest
import sqlalchemy as sa

from participa.accounts.models import Person
from participa.accounts.services import sanctions
from participa.accounts.services.sanctions import Measure, SanctionKind
from participa.comments.services import writing as comments
from participa.comments.services.writing import Draft as CommentDraft
from participa.core.facts import Ref
from participa.core.mail import Mail
from participa.moderation import queries
from participa.moderation.services import appeals, authors, cases, decisions, flags
from participa.notifications import digests
from participa.notifications.services import follows
from participa.processes import queries as processes
from participa.proposals import services as proposals
from participa.proposals.models import Proposal
from tests import factories
from tests.comments.test_xss import CORPUS, NAMES
from tests.pages import world as worlds
from tests.security.test_stored_xss import BAD, MARK, PAYLOAD, escaped_badly

pytestmark = pytest.mark.slow

WORDS = "\n\n".join(CORPUS)
FORMULA = "=cmd|' /C calc'!A0"
ALIVE = ("<svg/onload", "<iframe", "<style>", "<meta http-equiv", "<b onclick", "<img src=x")
ATOM = "{http://www.w3.org/2005/Atom}"
STAGES = ("flagged", "removed", "appealed", "upheld", "corrected", "published")
TAKES_IT_AWAY = {"comments.delete", "proposals.withdraw"}
READERS = ("visitor", "participant", "author", "answerer", "moderator", "organization_admin")


class Attack:
    """The small city, in which all that its people write is an attack."""

    def __init__(self, world, words=WORDS, title=PAYLOAD, name=NAMES[0]):
        self.world, self.words = world, words
        session = world.session
        world.people["author"] = world.author
        world.people["answerer"] = factories.make_person(session, "Quien responde")
        for person in session.scalars(sa.select(Person)):
            person.name = name
            factories.make_consent(session, person)
        session.commit()
        organization = world.organization
        draft = proposals.Draft(title, words)
        proposal = self.act(proposals.create, "author", organization, self.place, draft, "xss")
        world.proposal, ref = proposal, Ref("proposal", proposal)
        self.act(follows.follow, "participant", organization, ref)
        opening = self.say(comments.create, "author", ref, words, "a")
        self.say(comments.reply, "answerer", opening, f"@{name} {words}", "b")
        world.comment = opening
        ground = next(each for each in queries.grounds(session) if not each.merges).id
        for item in (Ref("comment", opening), ref):
            case = self.act(
                flags.flag, "participant", self.place, item, ground, f"{words} {title}"[:1000]
            )
        self.ground, self.proposal_case = ground, case
        world.case = queries.case_of(session, Ref("comment", opening)).id
        made = self.act(
            sanctions.impose,
            "moderator",
            world.process,
            person_id=world.author.id,
            measure=Measure(SanctionKind.WARNING, f"{title} Le escribimos por esto."),
        )
        self.act(sanctions.appeal, "author", organization, made, words)
        world.sanction = made
        self.work()

    @property
    def place(self):
        return processes.by_id(self.world.session, self.world.process.id).components[0]

    def act(self, service, who, *values, **more):
        with self.world.app.test_request_context():
            made = service(self.world.session, self.world.actor(who), *values, **more)
            self.world.session.commit()
        return made

    def say(self, service, who, about, words, submission):
        draft = CommentDraft(words, acknowledged=True)
        return self.act(service, who, self.place, about, draft, submission)

    def work(self):
        self.world.app.extensions["participa_jobs"].run_due()
        self.world.session.expire_all()

    def decide(self, service, who, *values):
        for case in (self.world.case, self.proposal_case):
            self.world.session.expire_all()
            revision = queries.case(self.world.session, case).revision
            self.act(service, who, case, revision, *values)

    def go(self, stage):
        """Bring both cases one stage further, each with words of its own."""
        if stage == "flagged":
            self.act(cases.note, "moderator", self.world.case, self.words)
        elif stage == "removed":
            self.decide(decisions.remove, "moderator", self.ground, self.words)
        elif stage == "appealed":
            for case in (self.world.case, self.proposal_case):
                self.act(appeals.appeal, "author", case, self.words)
        elif stage == "upheld":
            self.decide(appeals.uphold, "process_admin", self.words)
        elif stage == "corrected":
            typed = {"body": f"{self.words}\n\nCorregido {PAYLOAD}", "title": f"{PAYLOAD} bis"}
            for case in (self.world.case, self.proposal_case):
                self.act(authors.resubmit, "author", case, typed, acknowledged=True)
        else:
            self.decide(decisions.accept, "moderator", self.words)
        self.work()


@pytest.fixture
def attack(app, any_session, organization):
    return Attack(worlds.build(app, any_session, organization))


def alive(text):
    return [*escaped_badly(text), *(bad for bad in ALIVE if bad in text)]


def walk(attack, who, headers=None):
    """Return what came alive for somebody on any address, and how often the mark was read."""
    client, wrong, seen = attack.world.client(who), [], 0
    for rule in worlds.rules_of(attack.world.app):
        if "GET" not in rule.methods:
            continue
        path = attack.world.address(rule)
        answer = client.get(path, headers=headers)
        assert answer.status_code < 500, path
        seen += MARK in answer.text
        if answer.mimetype == "text/html":
            wrong += [f"{who} {path}: {each}" for each in alive(answer.text)]
        elif answer.mimetype == "application/atom+xml":
            feed = ET.fromstring(answer.data)  # noqa: S314 - our own words
            shown = [each.text or "" for each in feed.iter(f"{ATOM}content")]
            wrong += [f"{who} {path}: {bad}" for text in shown for bad in alive(text)]
        elif answer.status_code == 200 and MARK in answer.text:
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            assert "attachment" in answer.headers.get("Content-Disposition", ""), path
    return wrong, seen


def test_no_stage_of_a_case_lets_it_out(attack):
    wrong, seen = [], dict.fromkeys(READERS, 0)
    for stage in STAGES:
        attack.go(stage)
        # Who can see something new at this stage; everybody at the first and at the last.
        everybody = stage in {STAGES[0], STAGES[-1]}
        for who in READERS if everybody else ("visitor", "author", "moderator"):
            found, read = walk(attack, who)
            wrong += [f"{stage}: {each}" for each in found]
            seen[who] += read
    assert not wrong, "\n".join(wrong)
    assert all(count > 3 for count in seen.values()), seen


@pytest.mark.parametrize("name", NAMES[1:])
def test_names_are_only_names(app, any_session, organization, name):
    attack = Attack(
        worlds.build(app, any_session, organization),
        words="Palabras de más de veinte letras.",
        name=name,
    )
    attack.go("removed")
    wrong = []
    for who in ("visitor", "moderator", "organization_admin"):
        wrong += walk(attack, who)[0]
    assert not wrong, "\n".join(wrong)


def test_parts_of_pages_that_a_script_asks_for(attack):
    attack.go("removed")
    for who in ("answerer", "moderator"):
        wrong, _seen = walk(attack, who, headers={"HX-Request": "true"})
        assert not wrong, "\n".join(wrong)


def test_mails_and_inboxes(attack):
    for stage in STAGES:
        attack.go(stage)
    with attack.world.app.app_context():
        digests.send_at_once()
    attack.work()
    mails = attack.world.session.scalars(sa.select(Mail)).all()
    assert len(mails) > 3
    for mail in mails:
        assert not [bad for bad in (*BAD, *ALIVE) if bad in mail.html], mail.subject
        assert not re.search(r"[\r\n]", mail.subject)
    for who in ("author", "participant", "answerer"):
        assert not alive(attack.world.client(who).get("/avisos").text)


def test_no_cell_of_a_file_is_a_formula(app, any_session, organization):
    attack = Attack(
        worlds.build(app, any_session, organization),
        words=f"{FORMULA}\n\n+SUMA(1)\n\n@SUM(1)",
        title=FORMULA,
        name=FORMULA,
    )
    for stage in STAGES:
        attack.go(stage)
    read = 0
    for rule in worlds.rules_of(app):
        if "GET" not in rule.methods:
            continue
        answer = attack.world.client("organization_admin").get(attack.world.address(rule))
        if answer.mimetype == "text/csv":
            read += 1
            rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
            bad = [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "\t"))]
            assert not bad, f"{rule.rule}: {bad}"
    assert read > 2


@pytest.mark.parametrize("stages", [1, 2, 3], ids=STAGES[:3])
def test_forms_that_come_back_show_it_as_text(attack, stages):
    """What was typed wrongly is shown again beside the error, to whoever typed it."""
    for stage in STAGES[:stages]:
        attack.go(stage)
    wrong, shown = [], 0
    long = f"{PAYLOAD} {'x' * 5000}"
    names = ("body", "title", "text", "detail", "ground_id", "reason", "volver", "q", "name",
             "remove-reply", "uphold-reply", "note-text", "hand_over-text", "appeal", "answer",
             "acknowledged", "position")  # fmt: skip
    for who in ("author", "participant", "moderator", "process_admin"):
        for rule in worlds.rules_of(attack.world.app):
            room = rule.endpoint.partition(".")[0]
            if "POST" not in rule.methods or rule.endpoint in TAKES_IT_AWAY:
                continue
            if room not in {"comments", "moderation", "proposals"} and "sanction" not in rule.rule:
                continue
            for decision in ("remove", "uphold"):
                client = attack.world.client(who)
                values = dict.fromkeys(names, long) | {"decision": decision, "confirmado": "1"}
                answer = client.post(attack.world.address(rule), data=values)
                assert answer.status_code < 500, rule.rule
                if answer.mimetype == "text/html":
                    shown += MARK in answer.text
                    wrong += [f"{who} {rule.rule}: {each}" for each in alive(answer.text)]
    assert not wrong, "\n".join(wrong)
    assert shown > 10


def test_the_reason_of_a_withdrawal(attack):
    """Chosen from a list: nothing that is typed, or was once, stands on the page."""
    self, typed = attack.world, f"suelta {PAYLOAD}"
    page = f"/procesos/{self.process.slug}/propuestas/{self.proposal}"
    answer = self.client("author").post(f"{page}/retirar", data={"reason": typed})
    assert (answer.status_code, "suelta" in answer.text) == (422, False)
    assert not alive(answer.text)
    attack.act(proposals.withdraw, "author", attack.place, self.proposal, "done")
    self.session.execute(sa.update(Proposal).values(withdrawal_reason=typed))
    self.session.commit()
    for who in ("visitor", "author", "moderator"):
        shown = self.client(who).get(page).text
        assert "Propuesta retirada" in shown
        assert "suelta" not in shown
        assert not alive(shown)
