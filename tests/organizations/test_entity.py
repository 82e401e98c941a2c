import dataclasses
import io
import struct
import zlib

import pytest
from PIL import Image

from participa.core.db import db
from participa.core.errors import Conflict, Invalid
from participa.core.facts import FactRow
from participa.core.i18n import Localized
from participa.core.policy import Denied, Role
from participa.organizations import colours, logo, queries
from participa.organizations.services import entity
from tests import factories
from tests.conftest import new_app


@pytest.fixture
def boss(session):
    return factories.actor_of(
        session, factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    )


def change(organization, **values):
    return dataclasses.replace(entity.entity_of(organization), **values)


def picture(size=(900, 600), kind="PNG", **options):
    target = io.BytesIO()
    Image.new("RGB", size, "#0b5c53").save(target, kind, **options)
    return target.getvalue()


def save(session, boss, organization, **values):
    options = {name: values.pop(name) for name in ("picture", "without_logo") if name in values}
    version = values.pop("version", organization.version)
    wanted = change(organization, **values)
    return entity.edit(session, boss, organization, wanted, version=version, **options)


def test_a_change_is_saved_counted_and_recorded_by_field_name(session, organization, boss):
    changed = save(session, boss, organization, name="Alcaldía de Aurora", phone="601 555")
    assert changed == ["name", "phone"]
    after = queries.by_id(session, organization.id)
    assert (after.name, after.version) == ("Alcaldía de Aurora", organization.version + 1)
    row = session.query(FactRow).filter_by(name="organizations.edited").one()
    assert row.data["fields"] == ["name", "phone"]
    assert "601 555" not in str(row.data)


def test_saying_the_same_changes_nothing(session, organization, boss):
    assert save(session, boss, organization) == []
    assert queries.by_id(session, organization.id).version == organization.version


def test_the_hours_are_not_torn_before_the_m(session, organization, boss):
    save(session, boss, organization, hours="Lunes a viernes, 8 a. m. a 5 p. m.")
    view = queries.by_id(session, organization.id)
    assert view.opening_hours == "Lunes a viernes, 8 a.\u00a0m. a 5 p.\u00a0m."


def test_who_saves_second_is_told(session, organization, boss):
    save(session, boss, organization, name="Uno")
    with pytest.raises(Conflict):
        save(session, boss, organization, name="Dos")


def test_only_administrators_may(session, organization):
    moderator = factories.actor_of(session, factories.make_person(session))
    with pytest.raises(Denied):
        save(session, moderator, organization, name="Otra")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "hace falta"),
        ("name", "a" * 161, "máximo es 160"),
        ("name", "a\x00b", "invisibles"),
        ("phone", "a\u202eb", "invisibles"),
        ("locales", (), "al menos un idioma"),
        ("locales", ("xx",), "al menos un idioma"),
        ("locale", "fr", "uno de los elegidos"),
        ("country", "XX1", "país"),
        ("time_zone", "Marte/Base", "zona horaria"),
        ("currency", "ZZ9", "moneda"),
        ("theme", "feo", "estilo"),
        ("accent", "red", "#0b5c53"),
        ("email", "no es", "correo"),
        ("reporting_url", "javascript:alert(1)", "https://"),
        ("summary", Localized({"es": "a" * 301}), "máximo es 300"),
    ],
)
def test_what_is_wrong_is_said_by_field(session, organization, boss, field, value, words):
    with pytest.raises(Invalid) as caught:
        save(session, boss, organization, **{field: value})
    messages = {path: " ".join(map(str, found)) for path, found in caught.value.by_path().items()}
    assert words in messages[field]


def test_a_pale_accent_is_refused_with_its_ratio_and_a_darker_one(session, organization, boss):
    with pytest.raises(Invalid) as caught:
        save(session, boss, organization, accent="#ffcc00")
    sentence = str(caught.value.problems[0].message)
    assert "contraste 1,2 a 1" in sentence
    suggested = sentence.split("Pruebe ")[1][:7]
    assert colours.contrast(suggested, entity.PAPER) >= entity.ENOUGH_CONTRAST
    assert save(session, boss, organization, accent=suggested) == ["accent"]


def test_a_changed_consent_needs_a_new_version(session, organization, boss):
    save(session, boss, organization, consent_text=Localized({"es": "Uno"}))
    organization = queries.by_id(session, organization.id)
    with pytest.raises(Invalid) as caught:
        save(session, boss, organization, consent_text=Localized({"es": "Dos"}))
    assert caught.value.problems[0].path == "consent_version"
    assert save(
        session, boss, organization, consent_text=Localized({"es": "Dos"}), consent_version="2"
    ) == ["consent_text", "consent_version"]


def test_a_logo_is_made_small_and_new(session, organization, boss):
    exif = Image.Exif()
    exif[0x010E] = "secreto"
    data = picture(kind="JPEG", exif=exif)
    assert b"secreto" in data
    assert save(session, boss, organization, picture=data) == ["logo"]
    kept = queries.logo(session, organization.id)
    assert b"secreto" not in kept
    with Image.open(io.BytesIO(kept)) as small:
        assert small.format == "PNG"
        assert small.size == (180, 120)
    organization = queries.by_id(session, organization.id)
    assert save(session, boss, organization, without_logo=True) == ["logo"]


def test_a_small_logo_is_not_blown_up():
    assert logo.read(picture((40, 20))).width == 40


def bomb(width=60_000, height=60_000):
    """Return a PNG of a few bytes that claims 3,600 million pixels."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 64))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "vacío"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "PNG, JPEG"),
        (b"MZ not a picture", "PNG, JPEG"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "dañado"),
        (picture()[:300], "dañado"),
        (bomb(), "demasiados píxeles"),
        (bomb(6000, 6000), "demasiados píxeles"),
        (picture() + b"\0" * logo.LARGEST_FILE, "2 MB"),
    ],
    ids=["empty", "svg", "program", "only a beginning", "cut", "bomb", "small bomb", "heavy"],
)
def test_what_is_no_logo_is_refused_with_a_sentence(data, words):
    with pytest.raises(Invalid) as caught:
        logo.read(data)
    assert words in str(caught.value.problems[0].message)


def test_the_footer_offers_the_source_where_the_installation_says_where_it_is():
    """The licence (AGPL, section 13) wants whoever uses a changed version to find its source."""
    app = new_app("sqlite", source_url="https://codigo.test/participa")
    with app.app_context():
        factories.make_organization(db.session())
        db.session.commit()
    assert '<a href="https://codigo.test/participa"' in app.test_client().get("/").text
