"""Six digits to an address or a telephone: ten minutes, five attempts, one telephone one person."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
import time_machine
from flask import g

from participa.accounts.models import VerificationCode, VerificationRecord
from participa.accounts.verification import by_code, sms
from participa.core import clock
from participa.core.db import Base
from participa.core.mail import Mail
from tests import factories

EMAIL, SMS = "/cuenta/verificacion/email_code", "/cuenta/verificacion/sms_code"
PHONE = "300 123 4567"


@pytest.fixture
def rosa(session):
    return factories.make_person(session)


@pytest.fixture
def browser(client, session, rosa):
    return factories.sign_in(client, session, rosa)


def newest(session):
    session.flush()
    mail = session.query(Mail).order_by(Mail.id.desc()).first()
    return re.search(r"\b\d{6}\b", mail.text)[0], mail


def other_than(digits):
    return f"{(int(digits) + 1) % 1_000_000:06}"


def test_a_code_by_mail(browser, session, rosa):
    assert "Enviarme el código" in browser.get(EMAIL).text
    sent = browser.post(f"{EMAIL}/codigo", data={"volver": "/procesos"})
    assert sent.status_code == 303
    assert "paso=codigo" in sent.location
    assert 'inputmode="numeric"' in browser.get(sent.location).text
    digits, mail = newest(session)
    assert mail.recipient == rosa.email
    assert digits in mail.html
    assert digits not in session.query(VerificationCode).one().code_hash
    assert browser.post(EMAIL, data={"code": ""}).status_code == 422
    assert browser.post(EMAIL, data={"code": other_than(digits)}).status_code == 422
    spaced = f"{digits[:3]} {digits[3:]}"
    done = browser.post(EMAIL, data={"code": spaced, "volver": "/procesos"})
    assert (done.status_code, done.location) == (303, "/procesos")
    session.expire_all()
    (record,) = session.query(VerificationRecord).all()
    assert (record.method, record.expires_at - record.at) == ("email_code", by_code.LASTS)
    assert session.query(VerificationCode).count() == 0
    assert browser.post(EMAIL, data={"code": digits}).status_code == 422, "once"


def test_a_code_lasts_ten_minutes(session, organization, rosa, app):
    with app.test_request_context(), time_machine.travel("2026-03-01 12:00Z", tick=False) as travel:
        g.organization = organization
        by_code.EMAIL.start(session, organization, rosa, {}, clock.now())
        digits, _mail = newest(session)
        travel.shift(dt.timedelta(minutes=10))
        refused = by_code.EMAIL.verify(session, organization, rosa, {"code": digits}, clock.now())
        assert "otro código" in str(refused.sentence)


def test_five_attempts_then_not_even_the_right_one(session, organization, rosa, app):
    with app.test_request_context():
        g.organization = organization
        by_code.EMAIL.start(session, organization, rosa, {}, clock.now())
        digits, _mail = newest(session)
        typed = {"code": other_than(digits)}
        said = [
            str(by_code.EMAIL.verify(session, organization, rosa, typed, clock.now()).sentence)
            for _each in range(5)
        ]
        assert ["no es el código" in each for each in said] == [True] * 4 + [False]
        typed = {"code": digits}
        refused = by_code.EMAIL.verify(session, organization, rosa, typed, clock.now())
        assert "otro código" in str(refused.sentence)


def test_attempts_count_on_the_page_too(browser, session):
    browser.post(f"{EMAIL}/codigo")
    digits, _mail = newest(session)
    browser.post(EMAIL, data={"code": other_than(digits)})
    session.expire_all()
    assert session.query(VerificationCode).one().attempts == 1


def test_codes_are_sent_seldom(browser, session):
    answers = [browser.post(f"{EMAIL}/codigo").status_code for _each in range(5)]
    assert answers == [303] * 4 + [429]
    assert session.query(Mail).count() == 4


def test_one_telephone_verifies_one_person(app, browser, session):
    assert browser.post(f"{SMS}/codigo", data={"phone": "12"}).status_code == 422
    assert browser.post(f"{SMS}/codigo", data={"phone": PHONE}).status_code == 303
    digits, mail = newest(session)
    assert (mail.recipient, mail.subject) == ("+573001234567", "SMS")
    assert browser.post(SMS, data={"code": digits}).status_code == 303
    other = factories.sign_in(app.test_client(), session, factories.make_person(session))
    other.post(f"{SMS}/codigo", data={"phone": "+57 (300) 123-4567"})
    refused = other.post(SMS, data={"code": newest(session)[0]})
    assert refused.status_code == 422
    assert "otra cuenta" in refused.text
    session.expire_all()
    assert session.query(VerificationRecord).count() == 1
    # The number is where the message goes, and nowhere else.
    for table in Base.metadata.sorted_tables:
        if table.name != "mails":
            for row in session.connection().execute(sa.select(table)):
                assert "3001234567" not in repr(tuple(row)), table.name
    # A number whose time is over is free again.
    row = session.query(VerificationRecord).one()
    row.expires_at = clock.now()
    session.commit()
    other.post(f"{SMS}/codigo", data={"phone": PHONE})
    assert other.post(SMS, data={"code": newest(session)[0]}).status_code == 303


def test_without_a_sender_there_are_no_messages(browser):
    sms.use(None)
    try:
        assert "no envía mensajes de texto" in browser.get(SMS).text
        assert browser.post(f"{SMS}/codigo", data={"phone": PHONE}).status_code == 422
    finally:
        sms.use(sms.to_mailbox)


def test_without_an_address_there_is_no_code_by_mail(app, session):
    paper = factories.make_person(session, email=None, username="rosa1234")
    browser = factories.sign_in(app.test_client(), session, paper)
    assert "no tiene correo" in browser.get(EMAIL).text
    assert browser.post(f"{EMAIL}/codigo").status_code == 422


@pytest.mark.parametrize(
    ("text", "country", "phone"),
    [
        ("300 123 4567", "CO", "+573001234567"),
        ("+57 300-123-4567", "AR", "+573001234567"),
        ("0300123", "CO", None),
        ("300 123 4567", "XX", None),
        ("trescientos", "CO", None),
        ("+1" + "2" * 20, "CO", None),
    ],
)
def test_telephones(text, country, phone):
    assert by_code.normal_phone(text, country) == phone
