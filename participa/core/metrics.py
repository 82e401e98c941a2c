"""What this process counts, for ``/metrics``."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

metrics = CollectorRegistry()
requests_total = Counter(
    "participa_requests_total", "Requests answered", ["rule", "status"], registry=metrics
)
request_seconds = Histogram(
    "participa_request_seconds", "Seconds per request", ["rule"], registry=metrics
)
database_faults = Counter(
    "participa_database_faults_total",
    "Requests that the database did not serve",
    ["reason"],
    registry=metrics,
)
limits_shared = Gauge(
    "participa_limits_shared",
    "1 while limits are counted for all processes together, 0 while each counts for itself",
    registry=metrics,
)
