"""Metering: what this process counts and measures, all of it, so that every room may count.

Counters and histograms are this process's own: sum them over replicas. Gauges of the queue are the
database's, the same from every replica: take the largest. Labels are bounded by the program's own names,
never by what a person wrote: a series is for ever.
"""

from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

# The time at which each series began doubles them, and nobody asks for it.
disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)


def _counter(name: str, help_: str, *labels: str) -> Counter:
    return Counter(f"tablecast_{name}", help_, labels, registry=REGISTRY)


def _gauge(name: str, help_: str, *labels: str) -> Gauge:
    return Gauge(f"tablecast_{name}", help_, labels, registry=REGISTRY)


def _histogram(name: str, help_: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(f"tablecast_{name}", help_, labels, buckets=buckets, registry=REGISTRY)


# Seconds. What a person waits for, what the cluster takes its time for, what must not be noticed.
_ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_WORK = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
_LAGS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# The queue, as the database has it: read when somebody asks for metrics.
DATABASE_UP = _gauge("database_up", "1 where the database answered this scrape, 0 where not.")
OPERATIONS = _gauge(
    "operations",
    "Unsettled operations: queued, waiting (for something named), applied (not seen yet), parked.",
    "state",
)
OLDEST = _gauge(
    "operation_oldest_seconds",
    "Seconds since the oldest of these operations was asked for.",
    "state",
)
LATE = _gauge("operation_late_seconds", "Seconds that the longest due operation waits for a relay.")
WAITING = _gauge("operations_waiting", "Operations that wait for something, by its code.", "code")

# The relay.
CLAIMS = _counter("claims", "Times that this relay asked the database for due operations.")
CLAIMED = _counter("claimed_operations", "Operations that this relay took.")
RELAY_SILENCE = _gauge("relay_silence_seconds", "Seconds since this relay last could claim.")
TRIES = _counter(
    "operation_tries",
    "Operations carried out, by how it went: applied, waiting, busy and refused (tried again), failed.",
    "noun",
    "outcome",
)
RETRIES = _counter("operation_retries", "Tries of operations that were tried before.", "noun")
CARRYING = _histogram("operation_seconds", "Seconds that carrying one out took.", _WORK, "noun")
OBSERVED = _histogram(
    "operation_observed_seconds", "Seconds from a wish to its effect being seen.", _WORK, "noun"
)

# Informers.
WATCH_LAG = _gauge("watch_lag_seconds", "Seconds since a kind's newest event or bookmark.", "kind")
WATCH_SILENCE = _gauge(
    "watch_silence_seconds", "Seconds since a kind's last sign of life of any sort.", "kind"
)
RECONNECTS = _counter(
    "watch_reconnects", "Watches opened again, by why the one before ended.", "kind", "reason"
)
RELISTS = _counter(
    "watch_relists", "Lists of a kind, by why: start, gone (a version), due.", "kind", "reason"
)
PROJECTING = _histogram(
    "projection_seconds", "Seconds that looking at one object's change took.", _ANSWERS, "kind"
)

# Live.
WEBSOCKETS = _gauge("websockets", "Open websockets.")
SUBSCRIBERS = _gauge(
    "subscribers", "Operations that run on websockets: subscriptions, and for a moment others."
)
SOURCES = _gauge("subscription_sources", "Subscriptions executed once for all who ask alike.")
SENT = _counter("messages_sent", "Subscription messages sent.")
MERGED = _counter(
    "messages_merged",
    "Changes that took the place of one not yet looked at, of a subscriber or of an object's worker.",
    "where",
)
DROPPED = _counter(
    "messages_dropped", "Payloads left out for slow subscribers, who got newer ones."
)
FEED_LAG = _histogram(
    "feed_lag_seconds", "Seconds from an event's writing to its telling in this process.", _LAGS
)

# The API.
GRAPHQL = _histogram(
    "graphql_seconds",
    "Seconds of queries and mutations, by root field of the schema, and whether errors were told.",
    _ANSWERS,
    "type",
    "field",
    "outcome",
)
FAILURES = _counter("internal_errors", "Failures of ours, each with an id in the log.", "where")
PREDICTING = _histogram(
    "prediction_seconds",
    "Seconds of predicts: answered, refused (the rows), unavailable, failed.",
    _ANSWERS,
    "outcome",
)
PREDICTED = _counter("predicted_rows", "Rows that predictions were answered for.")

# The process.
LOOP_LAG = _histogram("event_loop_lag_seconds", "Seconds that the event loop was late.", _LAGS)
CONNECTIONS = _gauge("database_connections", "Connections of this process's pool in use.")
MOST_CONNECTIONS = _gauge("database_connections_limit", "Most connections of the pool.")


def exposition(accept: str) -> tuple[bytes, str]:
    """All of it in the format that an Accept header asks for, and that format's content type."""
    encode, content_type = choose_encoder(accept)
    written: Any = encode(REGISTRY)
    return written, content_type
