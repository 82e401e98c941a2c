import pytest
import sqlalchemy as sa

from participa.core.db import bind_to_organization
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.facts import FactRow
from participa.core.i18n import Localized
from participa.core.policy import Denied, Role
from participa.organizations import queries
from participa.organizations.models import Territory, Upload
from participa.organizations.services import imports, places
from tests import factories

HEAD = "codigo,nombre,nivel,codigo_padre\n"


def apply_file(session, actor, organization, kind, data, **options):
    table = imports.read(kind, data)
    return imports.apply_table(session, actor, organization, kind, table, **options)


@pytest.fixture
def boss(session):
    return factories.actor_of(
        session, factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    )


@pytest.fixture
def now(session, organization):
    """Return the organization as it is after the last change."""
    return lambda: queries.by_id(session, organization.id)


def by_code(organization):
    return {each.code: each for each in organization.territories.values()}


def test_a_territory_is_added_renamed_moved_and_removed(session, organization, boss, now):
    town = by_code(organization)["aurora"].id
    norte = places.add_territory(
        session,
        boss,
        organization,
        code="norte",
        name="Comuna Norte",
        level="comuna",
        parent_id=town,
    )
    assert by_code(now())["norte"].path == ["aurora", "norte"]
    centro = by_code(now())["centro"].id
    places.change_territory(
        session, boss, now(), centro, name="El Centro", level="barrio", parent_id=norte
    )
    assert by_code(now())["centro"].path == ["aurora", "norte", "centro"]
    places.change_territory(
        session, boss, now(), norte, name="Norte", level="comuna", parent_id=None
    )
    assert by_code(now())["centro"].path == ["norte", "centro"]
    places.remove_territory(session, boss, now(), centro)
    assert "centro" not in by_code(now())
    names = session.scalars(sa.select(FactRow.name).order_by(FactRow.id)).all()
    assert names == [
        "organizations.territory_added",
        "organizations.territory_changed",
        "organizations.territory_changed",
        "organizations.territory_removed",
    ]


def test_a_territory_cannot_go_inside_itself(session, organization, boss):
    found = by_code(organization)
    with pytest.raises(Invalid, match="dentro de sí mismo"):
        places.change_territory(
            session,
            boss,
            organization,
            found["aurora"].id,
            name="Aurora",
            level="municipio",
            parent_id=found["centro"].id,
        )


def test_what_is_used_is_not_removed_and_says_where(session, organization, boss):
    centro = by_code(organization)["centro"].id
    factories.make_person(session, "Vecina", territory_id=centro)
    with pytest.raises(Invalid, match="personas: 1"):
        places.remove_territory(session, boss, organization, centro)
    with pytest.raises(Invalid, match="contiene otros territorios"):
        places.remove_territory(session, boss, organization, by_code(organization)["aurora"].id)


def test_a_territory_that_a_phase_asks_for_is_used(session, organization, boss):
    rule = {"state": "open", "requires": [{"territory": "la-loma"}]}
    now = factories.clock.now()
    factories.make_process(
        session,
        phases=[
            {
                "key": "ideas",
                "start": now,
                "end": now + factories.dt.timedelta(days=1),
                "opens": {"propuestas": {"create": rule}},
            }
        ],
    )
    with pytest.raises(Invalid, match="requisitos de fases: 1"):
        places.remove_territory(session, boss, organization, by_code(organization)["la-loma"].id)


def test_codes_are_unique_and_plain(session, organization, boss):
    for code, words in (
        ("centro", "Ya hay otro"),
        ("con espacio", "sin espacios"),
        ("", "hace falta"),
    ):
        with pytest.raises(Invalid, match=words):
            places.add_territory(
                session, boss, organization, code=code, name="X", level="barrio", parent_id=None
            )


def test_another_city_has_its_own_territories(session, organization, boss):
    centro = by_code(organization)["centro"].id
    other = factories.make_organization(session, "otra")
    bind_to_organization(session, other.id)
    stranger = factories.actor_of(
        session, factories.make_person(session, "Otra", roles=[Role.ORGANIZATION_ADMIN])
    )
    with pytest.raises(Missing):
        places.remove_territory(session, stranger, other, centro)
    with pytest.raises(Denied):
        places.remove_territory(session, boss, other, centro)


def test_themes_are_added_ordered_and_removed(session, organization, boss, now):
    new = places.add_theme(session, boss, organization, code="arte", name=Localized({"es": "Arte"}))
    places.change_theme(
        session, boss, now(), new, name=Localized({"es": "Artes", "en": "Arts"}), place=1
    )
    assert [each.code for each in now().themes.values()] == ["arte", "agua", "vias"]
    factories.make_process(session, theme_id=new)
    with pytest.raises(Invalid, match="procesos: 1"):
        places.remove_theme(session, boss, now(), new)
    places.remove_theme(
        session, boss, now(), next(k for k, v in now().themes.items() if v.code == "agua")
    )
    assert [each.code for each in now().themes.values()] == ["arte", "vias"]
    with pytest.raises(Invalid, match="español"):
        places.add_theme(session, boss, now(), code="x", name=Localized({"en": "X"}))


def test_a_file_is_applied_whole(session, organization, boss, now):
    data = (
        HEAD
        + "norte,Comuna Norte,comuna,aurora\n"
        + "centro,Centro Histórico,barrio,norte\n"
        + "aurora,Aurora,municipio,\n"
    )
    found = apply_file(
        session, boss, organization, imports.TERRITORIES, data.encode(), remove_missing=True
    )
    assert (len(found.added), len(found.changed), len(found.removed)) == (1, 1, 1)
    after = by_code(now())
    assert after["centro"].path == ["aurora", "norte", "centro"]
    assert after["centro"].id == by_code(organization)["centro"].id
    assert set(after) == {"aurora", "norte", "centro"}
    fact = session.query(FactRow).one()
    assert fact.data == {"added": 1, "changed": 1, "removed": 1}


def test_a_file_with_one_error_changes_nothing(session, organization, boss, now):
    data = HEAD + "norte,Comuna Norte,comuna,aurora\nsur,Sur,comuna,nada\n"
    with pytest.raises(Invalid) as caught:
        apply_file(session, boss, organization, imports.TERRITORIES, data.encode())
    assert caught.value.problems[0].line == 3
    assert "norte" not in by_code(now())


def test_a_file_does_not_remove_what_is_used(session, organization, boss):
    factories.make_person(session, "Vecina", territory_id=by_code(organization)["centro"].id)
    with pytest.raises(Invalid, match="personas: 1"):
        apply_file(
            session,
            boss,
            organization,
            imports.TERRITORIES,
            (HEAD + "aurora,Aurora,municipio,\n").encode(),
            remove_missing=True,
        )


def test_an_upload_is_applied_once(session, organization, boss):
    data = (HEAD + "sur,Sur,comuna,aurora\n").encode()
    code = imports.upload(session, boss, organization, imports.TERRITORIES, data)
    imports.apply(session, boss, organization, imports.TERRITORIES, code)
    with pytest.raises(Conflict):
        imports.apply(session, boss, organization, imports.TERRITORIES, code)
    assert not session.query(Upload).count()


def test_twenty_thousand_rows_are_applied(session, organization, boss):
    rows = "".join(f"v{number},Vereda {number},vereda,aurora\n" for number in range(19_990))
    apply_file(session, boss, organization, imports.TERRITORIES, (HEAD + rows).encode())
    assert session.scalar(sa.select(sa.func.count()).select_from(Territory)) == 19_993


def test_themes_are_imported_too(session, organization, boss, now):
    data = "codigo,nombre_es,nombre_en\nvias,Vías,Roads\narte,Arte,\n"
    apply_file(session, boss, organization, imports.THEMES, data.encode(), remove_missing=True)
    assert [(each.code, dict(each.name)) for each in now().themes.values()] == [
        ("vias", {"es": "Vías", "en": "Roads"}),
        ("arte", {"es": "Arte"}),
    ]
