"""Two people change one process at the same moment: one of them is told, and nothing is lost."""

import threading

import pytest

from participa.core.db import bind_to_organization, db
from participa.core.errors import Conflict
from participa.core.policy import Role
from participa.organizations import queries as organizations
from participa.processes import definition, queries, services
from participa.processes.catalogue import from_template
from tests import factories
from tests.conftest import ENGINES, new_app


@pytest.mark.parametrize("engine", ENGINES)
def test_of_two_who_save_together_one_is_told(engine):
    app = new_app(engine)
    queries.forget()  # ids begin at 1 in every database: what is in memory is of another one
    organizations.forget()
    with app.app_context():
        session = db.session()
        organization = factories.make_organization(session)
        person = factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
        actor = factories.actor_of(session, person)
        wanted = from_template("bga-ciclo-lab", organization)
        process = services.create(session, actor, organization, wanted)
        session.commit()
        db.session.remove()

    start = threading.Barrier(4)
    results = []

    def save(number):
        with app.app_context():
            session = db.session()
            bind_to_organization(session, organization.id)
            place = organizations.by_id(session, organization.id)
            mine = definition.read(
                {**definition.write(wanted, place), "title": f"Título {number}"}, place
            )[0]
            session.rollback()
            start.wait()
            try:
                services.edit(session, actor, process.id, mine, expected_version=1)
                session.commit()
                results.append(number)
            except Conflict:
                session.rollback()
                results.append(None)
            db.session.remove()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    (winner,) = [each for each in results if each is not None]
    assert results.count(None) == 3
    with app.app_context():
        session = db.session()
        bind_to_organization(session, organization.id)
        view = queries.by_id(session, process.id)
        assert (str(view.title), view.version) == (f"Título {winner}", 2)
        db.session.remove()
        db.engine.dispose()
    queries.forget()
    organizations.forget()
