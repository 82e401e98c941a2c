"""Pages for machines: is it alive, is it ready, what does it measure."""

import hmac
import time

import sqlalchemy as sa
import structlog
from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from participa.core import clock, heartbeat, migrate
from participa.core.db import ALL, bind_to_organization, db
from participa.core.mail import Mail
from participa.core.metrics import metrics, request_seconds, requests_total
from participa.core.outbox import Delivery
from participa.core.web import unbound

log = structlog.get_logger(__name__)
blueprint = Blueprint("health", __name__)

BEGAN = "participa.began"
"""In a request's environment: when it came (``perf_counter``), if it had to wait for its turn."""


@blueprint.get("/healthz")
@unbound
def alive() -> Response:
    """Answer that the process runs; touches nothing."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@unbound
def ready() -> Response:
    """Answer whether the database can be read and is at this version's revision."""
    try:
        revision = migrate.current(db.engine)
    except sa.exc.SQLAlchemyError:
        log.exception("not_ready")
        return Response("database: unreachable\n", 503, mimetype="text/plain")
    if revision != migrate.head():
        return Response("database: not migrated\n", 503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")


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
    waiting = {
        "participa_deliveries_due": sa.select(sa.func.count()).where(
            Delivery.due_at <= clock.now()
        ),
        "participa_mails_due": sa.select(sa.func.count()).where(Mail.due_at <= clock.now()),
    }
    heard = heartbeat.last(session)
    silence = "NaN" if heard is None else (clock.now() - heard).total_seconds()
    lines = [f"participa_worker_silence_seconds {silence}"]
    lines += [f"{name} {session.scalar(select)}" for name, select in waiting.items()]
    body = generate_latest(metrics).decode() + "\n".join(lines) + "\n"
    return Response(body, content_type=CONTENT_TYPE_LATEST)


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
    app.register_blueprint(blueprint)
