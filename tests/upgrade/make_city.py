"""Make the city of ``tests/upgrade``: what an installation of commit 379a302 holds, as SQL.

It runs with the code of the revision that it makes a city of, not with the code beside it, which is
free to rename whatever this file imports:

    git worktree add /tmp/participa-379a302 379a302 && cd /tmp/participa-379a302
    make install-test
    PYTHONPATH=. .venv/bin/python HERE/tests/upgrade/make_city.py HERE/tests/upgrade

It writes, for each engine, the rows as SQL (the schema is that of the migrations up to
``REVISION``) and one ``city.json`` with what people and browsers hold: receipts, cookies, links.
The city is made once; a later revision gets a city of its own, beside this one.
"""

import contextvars
import datetime as dt
import gzip
import hashlib
import json
import sys
from http import HTTPStatus
from pathlib import Path

import pyotp
import sqlalchemy as sa
import time_machine

import participa.app  # noqa: F401  (first: the rooms of that revision import one another)
from participa.accounts import passwords
from participa.accounts.models import SanctionKind
from participa.accounts.services import password_reset, sanctions, second_factor, sign_up
from participa.budgets.models import PublishedFile, Sheet
from participa.budgets.queries import outcomes
from participa.budgets.services import (
    casting,
    double_entry,
    drafts,
    overrides,
    sheets,
)
from participa.budgets.services.double_entry import Typing
from participa.comments.services import votes
from participa.comments.services import writing as comments
from participa.comments.services.writing import Draft as Comment
from participa.core import clock, mail, migrate
from participa.core.db import Base, bind_to_organization, db
from participa.core.events import How
from participa.core.facts import Ref
from participa.core.policy import Role, Verification
from participa.moderation import queries as moderation
from participa.moderation.services import grounds
from participa.notifications.services import follows, preferences
from participa.organizations.views import use
from participa.processes import queries as processes
from participa.proposals import services as proposals
from tests import conftest, factories
from tests.budgets.ended import Ended
from tests.budgets.polls import BY_ROLL
from tests.budgets.stations import Station
from tests.moderation.city import City

REVISION = "2026_11_22_search"
MOMENT = dt.datetime(2026, 3, 10, 15, 0, tzinfo=dt.UTC)
PASSWORD = "una-clave-de-antes-2026"
SANCTIONED = "suspendida@ejemplo.test"
OLD_DOCUMENTS = tuple(str(number) for number in range(2001, 2013))

CLOSED = {
    "anterior-aprobacion": {"ballot": "approval", "roll": "padron-anterior"},
    "anterior-partes-iguales": {"preset": "equal-shares", "ballot": "points", "points": 6},
    "anterior-orden": {"ballot": "ranking", "rule": "phragmen"},
    "anterior-minimo": {"ballot": "approval", "rule": "greedy-threshold", "threshold": 5},
}
"""Votes that are over, one per kind of rule and ballot."""


class Made:
    """One engine's city while it is made, and what people keep of it."""

    def __init__(self, app, session, organization):
        self.app, self.session, self.organization = app, session, organization
        self.kept = {"password": PASSWORD, "receipts": {}, "cookies": {}, "links": {}}

    def build(self):
        grounds.ensure(self.session, self.organization)
        self.session.commit()
        self.closed_votes()
        self.station = Station(self.session, self.organization)
        self.open_vote()
        self.conversation()
        self.people()
        self.apart(self.app.extensions["participa_jobs"].run_due)
        self.late_mails()

    def apart(self, call, *values, **more):
        """Call what makes an app context and a transaction of its own."""
        self.session.commit()
        return contextvars.Context().run(call, *values, **more)

    # --- votes that are over

    def closed_votes(self):
        self.kept["closed"] = {}
        for slug, settings in CLOSED.items():
            roll = settings.get("roll")
            if roll:
                _id, first = factories.make_roll(
                    self.session, self.organization, OLD_DOCUMENTS, key=roll
                )
            ended = Ended(
                self.session, slug=slug, cast=BY_ROLL if roll else "open",
                category=slug == "anterior-minimo", **settings,
            )  # fmt: skip
            choices = ended.invented(32)
            if roll:
                self.cast_by_roll(ended, choices[: len(OLD_DOCUMENTS)], first)
                choices = choices[len(OLD_DOCUMENTS) :]
            places = [None, *self.organization.territories]
            ended.fill(choices, territories=places, bands=("18-28", "29-40"))
            ended.close().publish()
            self.override(ended)
            self.kept["closed"][slug] = {
                "component": ended.component.id,
                "boss": ended.person.email,
                "sha256": ended.vote.sha256,
                "files": {
                    row.name: hashlib.sha256(row.content).hexdigest()
                    for row in self.session.scalars(
                        sa.select(PublishedFile)
                        .where(PublishedFile.component_id == ended.component.id)
                        .order_by(PublishedFile.name)
                    )
                },
            }

    def cast_by_roll(self, ended, choices, first):
        receipts = []
        for place, choice in enumerate(choices):
            person = factories.make_person(self.session, f"Votante {place}")
            factories.claim_line(self.session, person.id, first + place)
            actor = factories.actor_of(
                self.session, person, verifications=(Verification("census"),)
            )
            receipts.append(casting.cast(self.session, actor, ended.component, choice).receipt)
        self.session.commit()
        self.kept["receipts"]["closed"] = receipts

    def override(self, ended):
        """Leave the first winner of the city out, then take it back and leave out the second."""
        pot = min(outcomes.outcomes(self.session, ended.component))
        first, *others = outcomes.editions(self.session, ended.component, pot)[-1].winners
        use = (self.session, ended.boss, ended.component)
        overrides.leave_out(*use, first, "El predio no es de la alcaldía.")
        if others:
            overrides.take_back(*use, first, "El predio sí es de la alcaldía.")
            overrides.leave_out(*use, others[0], "No tiene licencia.")
        self.session.commit()

    # --- the vote that is open

    def open_vote(self):
        """1001 votes assisted, 1002 on paper, 1003 by web; 1004 has a draft and a sheet waits."""
        at, session = self.station, self.session
        pot, others = at.ids[:3], at.ids[3:]
        self.kept["open"] = {
            "component": at.component.id,
            "point": at.point,
            "projects": at.ids,
            "emails": {name: person.email for name, person in at.people.items()},
        }
        receipts = self.kept["receipts"]
        receipts["web"] = casting.cast(
            session, at.claimed, at.component, {pot[0]: 1, others[0]: 1}
        ).receipt
        receipts["assisted"] = at.assist("1001", {pot[1]: 1, others[0]: 1})
        first, last = sheets.make(session, at.boss, at.component, at.point, "4")
        session.flush()
        checks = dict(
            session.execute(
                sa.select(Sheet.number, Sheet.check).where(Sheet.number.between(first, last))
            ).all()
        )
        at.hand("1002")
        at.hand("1005")
        for who in (at.typist, at.other):
            self.type_sheet(who, first, checks, "1 4")
        self.type_sheet(at.typist, first + 1, checks, "2 5")
        self.kept["open"]["sheets"] = {
            "waiting": [first + 1, checks[first + 1]],
            "surplus": [[number, checks[number]] for number in range(first + 2, last + 1)],
        }
        at.claim("1004", "neighbour")
        drafting = factories.actor_of(
            session, at.people["neighbour"], verifications=(Verification("census"),)
        )
        drafts.choose(session, drafting, at.component, pot[2])
        session.commit()
        for name in ("claimed", "neighbour", "boss", "promoter", "other"):
            self.kept["cookies"][name] = self.browser(at.people[name])

    def type_sheet(self, who, number, checks, chosen):
        at = self.station
        typing = Typing(str(number), checks[number], chosen)
        double_entry.type_sheet(self.session, who, at.component, typing)

    # --- what people write, and moderation

    def conversation(self):
        session = self.session
        process = factories.make_process(
            session,
            slug="ideas",
            phases=[
                {
                    "key": "ideas",
                    "start": clock.now() - 5 * factories.DAY,
                    "end": clock.now() + 25 * factories.DAY,
                    "opens": {
                        "propuestas": {"create": "open", "support": "open", "comment": "open"}
                    },
                }
            ],
        )
        here = [(Role.MODERATOR, process.id)]
        city = City(
            self.app,
            session,
            self.organization,
            process,
            factories.make_person(session, "Autora Vecina"),
            [factories.make_person(session, f"Vecino {number}") for number in range(4)],
            factories.make_person(session, "Mauro Modera", roles=here),
            factories.make_person(session, "Sara Segunda", roles=here),
            factories.make_person(session, "Otilia Ajena"),
        )
        city.grounds = {each.key: each.id for each in moderation.grounds(session)}
        city.proposal = city.propose()
        city.flag(city.neighbours[0], detail="Insulta a un vecino.")
        city.remove()
        city.appeal()
        self.kept["cases"] = {"appealed": city.case}
        self.kept["removed"] = city.proposal
        city.proposal = city.propose(
            "Arreglar la cancha de la vereda", "Que la cancha tenga luz y malla."
        )
        city.flag(city.neighbours[1], "fuera-de-tema")
        self.kept["cases"]["open"] = city.case
        self.kept["published"] = city.proposal
        comment = self.converse(city, process)
        for person in city.neighbours[:3]:
            proposals.support(session, city.actor(person), process.components[0], city.proposal)
        votes.vote(session, city.actor(city.neighbours[0]), process.components[0], comment)
        session.commit()
        self.kept["moderators"] = {
            "first": city.moderator.email,
            "second": city.second.email,
            "author": city.author.email,
        }
        self.measures(city, process)

    def converse(self, city, process):
        session, component = self.session, process.components[0]
        ref = Ref("proposal", city.proposal)
        for person in city.neighbours[:2]:
            self.follow(person, ref)
        made = comments.create(
            session,
            city.actor(city.neighbours[2]),
            component,
            ref,
            Comment("Con luz se puede usar de noche."),
            "comment-before",
        )
        session.commit()
        return made

    def follow(self, person, ref):
        actor = factories.actor_of(self.session, person)
        with self.app.test_request_context():
            use(self.organization)
            follows.follow(self.session, actor, self.organization, ref)
        self.session.commit()

    def measures(self, city, process):
        session = self.session
        acting = city.actor(city.moderator)
        suspended = factories.make_person(session, "Suspendida", email=SANCTIONED)
        last_day = clock.now().date() + dt.timedelta(days=20)
        told = (
            (suspended, SanctionKind.SUSPENSION, last_day, None),
            (city.author, SanctionKind.WARNING, None, None),
            (city.neighbours[3], SanctionKind.LIMIT, last_day, 2),
        )
        made = {}
        for person, kind, until, per_day in told:
            measure = sanctions.Measure(kind, "Repitió lo mismo varias veces.", until, per_day)
            made[kind] = sanctions.impose(
                session, acting, process, person_id=person.id, measure=measure
            )
        author = city.actor(city.author)
        sanctions.appeal(
            session,
            author,
            self.organization,
            made[SanctionKind.WARNING],
            "Lo escribí una sola vez, no varias.",
        )
        session.commit()
        self.kept["cookies"]["suspended"] = self.browser(suspended)
        self.kept["cookies"]["author"] = self.browser(city.author)
        self.kept["cookies"]["moderator"] = self.browser(city.second)

    # --- accounts

    def people(self):
        session = self.session
        secret = passwords.hashed(PASSWORD)
        roles = [Role.ORGANIZATION_ADMIN]
        careful = factories.make_person(
            session, "Beatriz Segura", email="beatriz@ejemplo.test", password_hash=secret,
            roles=roles,
        )  # fmt: skip
        actor = factories.actor_of(session, careful)
        second_factor.begin(session, actor, self.organization)
        session.commit()
        code = pyotp.TOTP(careful.totp_secret).at(clock.now())
        recovery = second_factor.confirm(session, actor, self.organization, code)
        session.commit()
        self.kept["second_factor"] = {
            "email": careful.email,
            "secret": careful.totp_secret,
            "recovery": recovery,
        }
        self.kept["cookies"]["administrator"] = self.browser(careful)
        rosa = factories.make_person(
            session, "Rosa Quintero", email="rosa@ejemplo.test", password_hash=secret
        )
        factories.make_consent(session, rosa)
        self.kept["plain"] = {"email": rosa.email, "id": rosa.id}
        actor = factories.actor_of(session, rosa)
        kinds = {"comments.published": How.SITE, "proposals.published": How.WEEKLY}
        preferences.choose(session, actor, self.organization, kinds, mail_consent=True)
        self.follow(rosa, Ref("proposal", self.kept["published"]))
        self.kept["cookies"]["rosa"] = self.browser(rosa, by_form=True)
        self.kept_form()
        nobody = factories.actor_of(session, rosa, person_id=None, name="")
        with self.app.test_request_context():
            use(self.organization)
            self.ask_for_links(nobody, rosa)
        session.commit()

    def ask_for_links(self, nobody, rosa):
        """Leave a new password asked for, and an account that waits for its confirmation."""
        here = (self.session, nobody, self.organization)
        password_reset.ask(*here, rosa.email, link=self.link("reset"))
        application = sign_up.Application(
            "Sin Confirmar", "nueva@correo.com", PASSWORD, "es", {"participation"}
        )
        sign_up.sign_up(*here, application, link=self.link("confirm"))

    def link(self, name):
        def keep(secret):
            self.kept["links"][name] = secret
            return f"http://localhost/enlace/{secret}"

        return keep

    def browser(self, person, *, by_form=False):
        """Return the cookie of somebody's browser."""
        client = self.app.test_client()
        if by_form:
            typed = {"login": person.email, "password": PASSWORD}
            answer = self.apart(client.post, "/entrar", data=typed)
            assert answer.status_code == HTTPStatus.SEE_OTHER, answer.status
        else:
            factories.sign_in(client, self.session, person)
        return client.get_cookie(self.app.config["SESSION_COOKIE_NAME"]).value

    def kept_form(self):
        """Leave a proposal typed by somebody who has to sign in first."""
        client = self.app.test_client()
        typed = {"title": "Un puente en la vereda", "body": "Para que pase el bus escolar."}
        page = "/procesos/ideas/propuestas/nueva"
        headers = {"Referer": f"http://localhost{page}"}
        answer = self.apart(client.post, page, data=typed, headers=headers)
        assert answer.status_code == HTTPStatus.SEE_OTHER, answer.status
        self.kept["cookies"]["typed"] = client.get_cookie(
            self.app.config["SESSION_COOKIE_NAME"]
        ).value
        self.kept["typed"] = typed["title"]

    def late_mails(self):
        """After what left: a fact that nobody has delivered, and a mail that waits."""
        mail.queue(
            self.session,
            mail.Mail(
                organization_id=self.organization.id,
                recipient="espera@ejemplo.test",
                subject="Un correo que espera",
                text="Se escribió antes de la actualización.",
            ),
        )
        component = processes.by_slug(self.session, "ideas").components[0]
        person = factories.make_person(self.session, "Última Vecina")
        comments.create(
            self.session,
            factories.actor_of(self.session, person),
            component,
            Ref("proposal", self.kept["published"]),
            Comment("Y que tenga bebederos."),
            "comment-late",
        )
        self.session.commit()
        letters = self.session.scalars(
            sa.select(mail.Mail).where(mail.Mail.stop_url.is_not(None)).order_by(mail.Mail.id)
        ).all()
        assert letters
        self.kept["stop"] = [[each.recipient, each.stop_url] for each in letters]


# --- writing it down


def statements(connection):
    """Yield the rows of every table as INSERT statements, parents first."""
    is_postgres = connection.dialect.name == "postgresql"
    for table in Base.metadata.sorted_tables:
        columns = [each.name for each in table.columns if each.computed is None]
        quoted = ", ".join(f'"{name}"' for name in columns)
        literals = ", ".join(
            f'quote_nullable("{name}"::text)' if is_postgres else f'quote("{name}")'
            for name in columns
        )
        order = ", ".join(f'"{each.name}"' for each in table.primary_key.columns)
        rows = connection.execute(
            sa.text(f'SELECT {literals} FROM "{table.name}" ORDER BY {order}')  # noqa: S608
        ).all()
        for row in rows:
            yield f'INSERT INTO "{table.name}" ({quoted}) VALUES ({", ".join(row)});'  # noqa: S608
        number = table.autoincrement_column
        if rows and is_postgres and number is not None:
            sequence = f"pg_get_serial_sequence('{table.name}', '{number.name}')"
            yield f'SELECT setval({sequence}, max("{number.name}")) FROM "{table.name}";'  # noqa: S608


def make(engine_name, folder):
    """Make the city of one engine, write its rows, and return what people keep."""
    app = conftest.new_app(engine_name, WTF_CSRF_ENABLED=False)
    with app.app_context():
        assert migrate.current(db.engine) == migrate.head() == REVISION
        session = db.session()
        organization = factories.make_organization(session, staff_second_factor=False)
        bind_to_organization(session, organization.id)
        use(organization)
        made = Made(app, session, organization)
        made.build()
        db.session.remove()
        with db.engine.connect() as connection:
            text = "\n".join(statements(connection)) + "\n"
        db.engine.dispose()
    path = folder / f"city.{engine_name}.sql.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{path}: {len(text)} characters, {path.stat().st_size} bytes")
    return made.kept


def main():
    """Make the cities of both engines."""
    folder = Path(sys.argv[1])
    with time_machine.travel(MOMENT, tick=False):
        kept = {name: make(name, folder) for name in ("sqlite", "postgresql")}
    kept["revision"], kept["moment"] = REVISION, MOMENT.isoformat()
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    (folder / "city.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
