"""Pages for machines: is it alive, is it ready, what does it measure."""

import hmac
import time
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.orm import Session

from participa.core import clock, faults, heartbeat, limits
from participa.core.db import ALL, bind_to_organization, db
from participa.core.facts import FactRow
from participa.core.mail import Mail
from participa.core.metrics import metrics, request_seconds, requests_total
from participa.core.outbox import Delivery
from participa.core.readiness import Readiness
from participa.core.web import unbound

log = structlog.get_logger(__name__)
blueprint = Blueprint("health", __name__)

BEGAN = "participa.began"
"""In a request's environment: when it came (``perf_counter``), if it had to wait for its turn."""


DELIVERIES = (
    *("participa_deliveries_due", "participa_deliveries_failing"),
    *("participa_deliveries_given_up", "participa_deliveries_oldest_seconds"),
)
MAILS = (
    *("participa_mails_due", "participa_mails_failing"),
    *("participa_mails_given_up", "participa_mails_oldest_seconds"),
)


@blueprint.get("/healthz")
@unbound
def alive() -> Response:
    """Answer that the process runs; touches nothing."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@unbound
def ready() -> Response:
    """Answer whether the database is at this version's revision and can be read and written.

    Within two seconds, whatever hangs. Without Redis the site serves, and says so.
    """
    problem = current_app.extensions["participa_readiness"].ask()
    if problem:
        faults.throttle.warn("not_ready", reason=problem)
        return Response(f"database: {problem}\n", 503, mimetype="text/plain")
    note = "" if limits.are_shared() else "limits: counted by each process (no Redis)\n"
    return Response(f"ok\n{note}", mimetype="text/plain")


@blueprint.get("/metrics")
@unbound
def measure() -> Response:
    """Answer the metrics to whoever knows the configured token; closed without one."""
    token = current_app.extensions["participa_config"].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        abort(404)
    session = db.session()
    bind_to_organization(session, ALL)
    heard = heartbeat.last(session)
    silence = "NaN" if heard is None else (clock.now() - heard).total_seconds()
    lines = [f"participa_worker_silence_seconds {silence}"]
    deliveries = _of_queue(session, Delivery, Delivery.done_at, FactRow.at)
    mails = _of_queue(session, Mail, Mail.sent_at, Mail.created_at)
    lines += [f"{name} {value}" for name, value in zip(DELIVERIES, deliveries, strict=True)]
    lines += [f"{name} {value}" for name, value in zip(MAILS, mails, strict=True)]
    body = generate_latest(metrics).decode() + "\n".join(lines) + "\n"
    return Response(body, content_type=CONTENT_TYPE_LATEST)


def _of_queue(session: Session, model: Any, done_at: Any, since: Any) -> tuple[float, ...]:
    """Return what is due, failed and is tried again, was given up, and the age of the oldest."""
    now = clock.now()
    select = sa.select(
        sa.func.count().filter(model.due_at <= now),
        sa.func.count().filter(model.due_at.is_not(None), model.attempts > 0),
        sa.func.count().filter(model.due_at.is_(None)),
        sa.func.min(since).filter(model.due_at.is_not(None)),
    ).where(done_at.is_(None))
    if model is Delivery:
        select = select.join_from(Delivery, FactRow, Delivery.fact_id == FactRow.id)
    due, failing, given_up, oldest = session.execute(select).one()
    return due, failing, given_up, (now - oldest).total_seconds() if oldest else 0


def _start() -> None:
    g.began = request.environ.get(BEGAN) or time.perf_counter()


def _observe(response: Response) -> Response:
    """Count and log an answered request: by its rule, since an address may hold a secret."""
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    rule = str(request.url_rule or "—")
    requests_total.labels(rule, response.status_code).inc()
    request_seconds.labels(rule).observe(seconds)
    log.info(
        "request",
        method=request.method,
        rule=rule,
        status=response.status_code,
        milliseconds=round(seconds * 1000, 1),
    )
    return response


def init_app(app: Flask) -> None:
    """Install the pages, the counters and the line that each request leaves in the log."""
    app.before_request(_start)
    app.after_request(_observe)
    with app.app_context():
        app.extensions["participa_readiness"] = Readiness(db.engine)
    app.register_blueprint(blueprint)
