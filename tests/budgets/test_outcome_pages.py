"""The pages of the closing and of the outcome, as people and staff meet them."""

import hashlib

import pytest
import sqlalchemy as sa

from participa.budgets.models import Channel, Outcome, Project, PublishedFile
from participa.budgets.services import backups, publishing
from participa.core import heartbeat
from participa.core.policy import ORGANIZATION_ROLES, Role
from participa.processes import queries as processes
from participa.processes.models import LinkKind, Process, ProcessStatus, ResourceLink
from tests import factories
from tests.budgets.ended import POTS, Ended
from tests.statements import recorded

HERE = "/procesos/presupuesto/presupuesto"
STAFF = f"/gestion{HERE}"


class Inside:
    """The vote, each act of it in an app context of its own: none stays while pages are asked."""

    def __init__(self, app, session):
        self._app = app
        with app.app_context():
            self._ended = Ended(session)

    def __getattr__(self, name):
        found = getattr(self._ended, name)
        if not callable(found):
            return found

        def act(*args, **kwargs):
            with self._app.app_context():
                found(*args, **kwargs)
            return self

        return act

    def fill(self, people=40, choices=None, **values):
        with self._app.app_context():
            self._ended.fill(choices or self._ended.invented(people), **values)

    def run(self, session):
        with self._app.app_context():
            publishing.run(session)


@pytest.fixture
def ended(app, session):
    return Inside(app, session)


@pytest.fixture
def boss(ended, client, session):
    return factories.sign_in(client, session, ended.person)


SURE = {"confirmado": "1"}


def text(answer):
    return answer.get_data(as_text=True)


def test_from_the_last_ballot_to_the_published_outcome(ended, boss, session):
    ended.fill(40)
    page = text(boss.get(f"{STAFF}/cierre"))
    assert "sigue abierto hasta" in page
    assert "Cerrar la votación</button>" not in page
    refused = boss.post(f"{STAFF}/cierre/cerrar", data=SURE)
    assert (refused.status_code, "sigue abierto" in text(refused)) == (422, True)
    assert backups.note(session, "participa-20260301.tar.age") == 1
    session.commit()
    assert "Copias por destruir" not in page, "while it is open nothing is to be destroyed"
    ended.end()
    assert "Cerrar la votación</button>" in text(boss.get(f"{STAFF}/cierre"))
    asked = boss.post(f"{STAFF}/cierre/cerrar")
    assert (asked.status_code, "No se puede deshacer" in text(asked)) == (200, True)
    assert boss.post(f"{STAFF}/cierre/cerrar", data=SURE).status_code == 303
    assert backups.note(session, "after.tar") == 0
    page = text(boss.get(f"{STAFF}/cierre"))
    assert "lotería del 5 de marzo" in page
    assert "Copias por destruir" in page
    assert "participa-20260301.tar.age" in page
    for sure in ({}, SURE):
        wrong = boss.post(f"{STAFF}/cierre/contar", data=sure | {"seed": "48#21"})
        assert (wrong.status_code, "48#21" in text(wrong)) == (422, True)
    asked = boss.post(f"{STAFF}/cierre/contar", data={"seed": "4821"})
    assert (asked.status_code, 'name="seed" value="4821"' in text(asked)) == (200, True)
    assert "Semilla" in text(boss.get(f"{STAFF}/cierre"))
    counted = boss.post(f"{STAFF}/cierre/contar", data=SURE | {"seed": "4821"})
    assert counted.status_code == 303
    page = text(boss.get(f"{STAFF}/cierre"))
    assert "Nadie está contando ahora" in page
    assert "Se está contando" not in page, "no worker runs"
    heartbeat.beat(session)
    page = text(boss.get(f"{STAFF}/cierre"))
    assert "Se está contando" in page
    assert boss.get(f"{HERE}/resultado").status_code == 403
    session.expire_all()
    ended.run(session)
    assert "Publicado el" in text(boss.get(f"{STAFF}/cierre"))
    assert boss.get(f"{HERE}/resultado").status_code == 200


def test_everybody_reads_what_won_and_why(ended, client, session):
    ended.whole(60)
    row = session.scalars(sa.select(Outcome).order_by(Outcome.pot_id)).first()
    page = text(client.get(f"{HERE}/resultado"))
    for project in row.winners:
        assert ended.rows[project].title in page
    assert "participa tally bolsa-ciudad.pb --rule greedy" in page
    assert "--ties lot:4821" in page
    why = text(client.get(f"{HERE}/resultado/bolsa/ciudad"))
    assert "faltaron" in why
    assert "Phragmén secuencial." in why
    assert client.get(f"{HERE}/resultado/bolsa/no-hay").status_code == 404
    act = text(client.get(f"{HERE}/resultado/acta"))
    for file in session.scalars(sa.select(PublishedFile)):
        assert file.sha256 in act
    assert "Firmas" in act
    projects = text(client.get(HERE))
    assert ("Ganó" in projects, "No se financia" in projects) == (True, True)
    assert "Vea el resultado" in projects
    assert "Ganó: se financia." in text(client.get(f"{HERE}/{row.winners[0]}"))
    assert "Vea el resultado" in text(client.get("/procesos/presupuesto"))


def test_files_are_given_as_they_were_hashed(ended, client, session):
    ended.whole(40)
    page = text(client.get(f"{HERE}/resultado"))
    for file in session.scalars(sa.select(PublishedFile)):
        answer = client.get(f"{HERE}/resultado/archivos/{file.name}")
        assert hashlib.sha256(answer.data).hexdigest() == file.sha256
        assert file.sha256 in page
        assert "immutable" in answer.headers["Cache-Control"]
        again = client.get(
            f"{HERE}/resultado/archivos/{file.name}",
            headers={"If-None-Match": answer.headers["ETag"]},
        )
        assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"{HERE}/resultado/archivos/otro.pb").status_code == 404


def test_before_it_is_published_each_page_says_so(ended, client):
    ended.fill(40)
    ended.close()
    for path in ("resultado", "resultado/bolsa/ciudad", "resultado/acta",
                 "resultado/archivos/bolsa-ciudad.pb"):  # fmt: skip
        answer = client.get(f"{HERE}/{path}")
        assert answer.status_code == 403
        assert "todavía no está publicado" in text(answer)


def test_it_stays_when_the_process_is_archived(ended, client, session):
    ended.whole(40)
    row = session.get_one(Process, ended.component.process.id)
    row.status = ProcessStatus.ARCHIVED
    row.version += 1
    session.commit()
    processes.forget()
    for path in ("", "/bolsa/norte", "/acta", "/archivos/SHA256SUMS"):
        assert client.get(f"{HERE}/resultado{path}").status_code == 200
    assert "Vea el resultado" in text(client.get("/procesos/presupuesto"))


def test_small_pots_and_small_groups(ended, client, organization):
    places = list(organization.territories)
    ended.fill(
        choices=[{ended.ids[0]: 1}] * 30 + [{ended.ids[5]: 1}] * 3,
        territories=[places[0]] * 15 + [places[1]] * 15 + [places[2]] * 3,
        bands=("18-28",),
    )
    ended.close().publish()
    page = text(client.get(f"{HERE}/resultado"))
    assert "votaron menos de 5 personas" in page
    assert "Otros lugares, juntos" in page
    assert organization.territories[places[2]].name not in page.partition("Dónde viven")[2]


def test_an_override_on_its_page(ended, boss, session):
    ended.whole(60)
    row = session.scalars(sa.select(Outcome).order_by(Outcome.pot_id)).first()
    out = row.winners[0]
    address = f"{STAFF}/cierre/ganadores/{out}"
    assert boss.get(address).status_code == 200
    asked = boss.post(address, data={"reason": "El predio es privado."})
    assert (asked.status_code, "El predio es privado." in text(asked)) == (200, True)
    assert "edicion-1" not in text(boss.get(f"{HERE}/resultado"))
    for sure in ({}, SURE):
        wrong = boss.post(address, data=sure | {"reason": " "})
        assert (wrong.status_code, "Escriba el motivo" in text(wrong)) == (422, True)
    assert boss.post(address, data=SURE | {"reason": "El predio es privado."}).status_code == 303
    page = text(boss.get(f"{HERE}/resultado"))
    assert "El predio es privado." in page
    assert "bolsa-ciudad.edicion-1.pb" in page
    assert "No se financia." in text(boss.get(f"{HERE}/{out}"))
    # It won and was left out: that is not the same as not having enough votes.
    behind = text(boss.get(f"{HERE}/resultado/bolsa/ciudad")).partition(">No alcanzaron<")[2]
    assert f'/{out}"' not in behind
    assert "Volver a contar" in text(boss.get(f"{STAFF}/cierre"))
    assert boss.post(address, data=SURE | {"reason": "Ya es público."}).status_code == 303
    assert "Ganó: se financia." in text(boss.get(f"{HERE}/{out}"))
    loser = next(each for each in ended.ids[:5] if each not in row.winners)
    assert boss.get(f"{STAFF}/cierre/ganadores/{loser}").status_code == 404


def test_a_winner_funds_the_proposal_that_it_came_of(ended, session):
    for number, project in enumerate(ended.ids, 1):
        session.add(
            ResourceLink(
                kind=LinkKind.DERIVES_FROM, source_kind="budget_project", source_id=project,
                target_kind="proposal", target_id=number,
            )
        )  # fmt: skip
    ended.whole(60)
    winners = {each for row in session.scalars(sa.select(Outcome)) for each in row.winners}
    funded = session.scalars(
        sa.select(ResourceLink.source_id).where(ResourceLink.kind == LinkKind.FUNDS)
    ).all()
    assert sorted(funded) == sorted(winners)


MAY = {
    "closing": {Role.PROCESS_ADMIN, Role.ORGANIZATION_ADMIN, Role.COUNCIL, Role.AUDITOR},
    "close": {Role.PROCESS_ADMIN, Role.ORGANIZATION_ADMIN},
    "count": {Role.PROCESS_ADMIN, Role.ORGANIZATION_ADMIN, Role.COUNCIL},
}


@pytest.mark.parametrize("stage", ["open", "over", "closed", "published"])
def test_role_by_phase_by_action(  # noqa: C901  (a table, row by row)
    ended, app, session, stage
):
    """Who gets in, and what is refused when: the page, closing, counting, overriding, reading."""
    ended.fill(30)
    if stage == "over":
        ended.end()
    elif stage != "open":
        ended.close()
    if stage == "published":
        ended.publish()
    process = ended.component.process.id
    winner = None
    if stage == "published":
        winner = session.scalars(sa.select(Outcome).order_by(Outcome.pot_id)).first().winners[0]
    for role in Role:
        client = app.test_client()
        if role is not Role.VISITOR:
            held = () if role is Role.PARTICIPANT else (
                [role] if role in ORGANIZATION_ROLES else [(role, process)]
            )  # fmt: skip
            factories.sign_in(client, session, factories.make_person(session, roles=held))
        # Whoever has not signed in is asked to; what nobody could do any more is said at once.
        outside = {302, 303, 403} if role is Role.VISITOR else {403}
        seen = client.get(f"{STAFF}/cierre").status_code
        assert (seen == 200) is (role in MAY["closing"]), role
        assert seen == 200 or seen in outside
        read = client.get(f"{HERE}/resultado").status_code
        assert read == (200 if stage == "published" else 403), role
        if role not in MAY["close"]:
            assert client.post(f"{STAFF}/cierre/cerrar").status_code in outside
        elif stage != "over":
            assert client.post(f"{STAFF}/cierre/cerrar", data=SURE).status_code in {403, 422}
        if role not in MAY["count"]:
            assert client.post(f"{STAFF}/cierre/contar").status_code in outside
        elif stage != "closed":
            for sure in ({}, SURE):
                answer = client.post(f"{STAFF}/cierre/contar", data=sure | {"seed": "1"})
                assert answer.status_code == 403
        project = winner or ended.ids[0]
        got = client.get(f"{STAFF}/cierre/ganadores/{project}").status_code
        allowed = role in MAY["count"] and stage == "published"
        assert (got == 200) is allowed, role


def test_nobody_sees_casts_or_changes_somebody_elses_ballot(ended, app, session):
    """No route and no action of any staff role reaches a ballot."""
    rules = {
        rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("budgets.")
    }
    names = {each.name for each in ended.component.type.actions}
    assert not [each for each in rules if "ballot_of" in each or "edit_ballot" in each]
    casting = {each for each in ended.component.type.actions if each.capability == "cast"}
    assert {each.name for each in casting} == {"budgets.cast"}
    assert all(Role.PARTICIPANT in each.roles for each in casting)
    assert not [name for name in names if "ballot" in name]
    ended.fill(choices=[{ended.ids[0]: 1}] * 20 + [{ended.ids[1]: 1}] * 20, channel=Channel.WEB)
    admin = app.test_client()
    factories.sign_in(
        admin, session, factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    )
    page = text(admin.get(f"{STAFF}/cierre"))
    assert session.get_one(Project, ended.ids[0]).title not in page


MORE = tuple(
    (f"bolsa-{number}", 60_000_000, (10_000_000, 20_000_000, 30_000_000, 40_000_000))
    for number in range(6)
)


def test_the_pages_take_as_many_statements_however_many_pots_and_ballots(app, client, session):
    pages = ("", "/acta", "/bolsa/ciudad", "/archivos/regla.json")
    counted = []
    for slug, pots, people in (("poco", POTS, 20), ("mucho", (*POTS, *MORE), 80)):
        with app.app_context():
            Ended(session, pots=pots, slug=slug).whole(people)
        found = []
        for page in pages:
            address = f"/procesos/{slug}/presupuesto/resultado{page}"
            client.get(address)
            with recorded() as statements:
                assert client.get(address).status_code == 200
            found.append(len(statements))
        counted.append(found)
    assert counted[0] == counted[1], dict(zip(pages, zip(*counted, strict=True), strict=True))
    assert max(counted[0]) <= 16


def test_as_many_people_as_an_effective_vote_stands_for_are_no_money(app, client, session):
    with app.app_context():
        Ended(session, preset="equal-shares").whole(40)
    why = text(client.get(f"{HERE}/resultado/bolsa/ciudad"))
    assert "Precio efectivo: como si " in why
    assert "como si $" not in why
