"""A worker says that it works; monitoring and staff hear it."""

import time_machine

from participa.core import heartbeat
from participa.core.db import db
from tests.conftest import new_app


def test_a_heart_that_beats_and_stops(session):
    with time_machine.travel("2026-03-03T12:00:00Z", tick=False) as clock:
        assert not heartbeat.is_working(session)
        heartbeat.beat(session)
        clock.shift(60)
        heartbeat.beat(session)
        clock.shift(heartbeat.SILENCE.total_seconds() - 1)
        assert heartbeat.is_working(session)
        clock.shift(1)
        assert not heartbeat.is_working(session)


def test_monitoring_hears_it(engine_name):
    app = new_app(engine_name, metrics_token="larga-y-secreta")

    def silence():
        answer = app.test_client().get(
            "/metrics", headers={"Authorization": "Bearer larga-y-secreta"}
        )
        found = [each for each in answer.text.splitlines() if "worker_silence" in each]
        return float(found[0].split()[1])

    assert silence() != silence(), "not a number: none ever worked"
    jobs = app.extensions["participa_jobs"]
    jobs.start_mailer()
    jobs.stop_mailer()
    assert 0 <= silence() < 60
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
