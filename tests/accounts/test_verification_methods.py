"""What holds for every way of proving who one is: it ends, it is revoked, and it says why not."""

import datetime as dt

import pytest
from flask_babel import force_locale

from participa.accounts.models import VerificationRecord
from participa.accounts.queries import signed_in
from participa.accounts.services import profile, sessions
from participa.accounts.services import verification as services
from participa.accounts.services.one_time_codes import NEW_EMAIL, issue
from participa.accounts.verification import by_code, records
from participa.accounts.verification.methods import METHODS
from participa.core import clock
from participa.core.policy import Role
from participa.core.requirements import Guardian, Verified
from tests import factories

KEYS = [each.key for each in METHODS]
DAY = dt.timedelta(days=1)


@pytest.fixture
def rosa(session):
    return factories.make_person(
        session, birth_date=clock.now().date().replace(day=1) - 15 * 366 * DAY
    )


def actor(session, organization, person, at):
    """Return who a cookie signs in, with what they are verified by, as every request does."""
    token = sessions.start(session, person, "Navegador")
    session.flush()
    return signed_in(session, organization, token, at).actor


def refused(session, organization, person, key, at):
    wanted = Guardian() if key == "guardian" else Verified(key)
    return wanted.denial(actor(session, organization, person, at), at, organization.zone)


def test_these_are_the_methods():
    assert KEYS == ["census", "email_code", "sms_code", "in_person", "guardian"]


@pytest.mark.parametrize("method", METHODS, ids=KEYS)
def test_every_method_says_what_it_is(app, organization, method):
    with app.app_context(), force_locale("es"):
        for said in (method.label, method.title, method.how(organization)):
            assert str(said)


@pytest.mark.parametrize("key", KEYS)
def test_every_method_ends(session, organization, rosa, key):
    now = clock.now()
    assert refused(session, organization, rosa, key, now).invite == "verify"
    records.write(session, rosa, key, now, expires_at=now + DAY)
    assert refused(session, organization, rosa, key, now) is None
    late = refused(session, organization, rosa, key, now + DAY)
    assert late.invite == "verify"
    assert "venció" in str(late) or "ya no vale" in str(late)


@pytest.mark.parametrize("key", KEYS)
def test_staff_revoke_every_method(session, organization, rosa, key):
    now = clock.now()
    row = records.write(session, rosa, key, now, evidence=f"{key}-9")
    assert refused(session, organization, rosa, key, now) is None
    boss = factories.actor_of(
        session, factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    )
    services.revoke_verification(session, boss, organization, row.id)
    session.flush()
    assert refused(session, organization, rosa, key, now).invite == "verify"


def test_another_address_ends_the_code_to_the_one_of_before(app, session, organization, rosa):
    now = clock.now()
    records.write(session, rosa, by_code.EMAIL.key, now)
    records.write(session, rosa, "in_person", now)
    rosa.new_email = "otra@ejemplo.test"
    secret = issue(session, rosa, NEW_EMAIL, now)
    session.flush()
    visitor = factories.actor_of(session, rosa, person_id=None)
    with app.app_context():
        profile.confirm_email(session, visitor, organization, secret)
    session.flush()
    session.expire_all()
    living = session.query(VerificationRecord).filter_by(revoked_at=None).all()
    assert [row.method for row in living] == ["in_person"]
