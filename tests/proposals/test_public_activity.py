"""What a process's public activity says of proposals that were corrected or withdrawn."""

from participa.proposals import services
from participa.proposals.services import Draft
from tests import factories

BODY = "Hace falta un puente peatonal para cruzar la quebrada sin peligro."
PAGE = "/procesos/presupuesto/actividad"


def test_it_speaks_of_today_and_never_of_what_was_withdrawn(client, session, organization):
    component = factories.make_process(session).components[0]
    actor = factories.actor_of(session, factories.make_person(session, "Autora"))
    made = services.create(
        session, actor, organization, component, Draft("Puente viejo", BODY), "una"
    )
    services.edit(session, actor, organization, component, made, Draft("Puente nuevo", BODY))
    session.commit()
    page = client.get(PAGE).text
    assert "propuso «Puente nuevo»" in page
    assert "Puente viejo" not in page
    services.withdraw(session, actor, component, made, "")
    session.commit()
    page = client.get(PAGE).text
    assert "propuso «texto que ya no se publica»" in page
    assert "Puente" not in page.replace("Puente peatonal", "")
