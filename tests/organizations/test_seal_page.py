"""The newest seal of the facts, for anybody to keep."""

from participa.core import seals
from participa.core.events import record
from participa.core.i18n import Localized
from participa.core.policy import SYSTEM
from participa.organizations.events import ThemeRemoved


def happen(session, organization):
    record(
        session,
        ThemeRemoved("x", Localized({"es": "X"})),
        actor=SYSTEM,
        organization_id=organization.id,
    )


def test_the_newest_seal_is_public(client, session, organization):
    session.commit()
    assert client.get("/entidad/sello.json").json is None
    assert "Todavía no hay ningún sello" in client.get("/entidad/sello").text
    for _turn in range(17):
        happen(session, organization)
    session.commit()
    seals.seal_all(session)
    seal = seals.newest(session, organization.id)
    page = client.get("/entidad/sello").text
    assert seal.hash in page
    told = client.get("/entidad/sello.json").json
    assert (told["entidad"], told["sello"], told["hash"]) == ("aurora", seal.number, seal.hash)
    assert told["hechos_al_menos"] == seal.total // 10 * 10, "no counter tells of a single vote"
    assert '/entidad/sello"' in client.get("/").text, "the footer leads there"
