"""Metrics change as the world does: looked at from outside, at the address that is scraped."""

import asyncio
import socket
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.end_to_end import job
from tests.end_to_end.machine import Machine, free_port
from tests.end_to_end.measures import Metrics, lines, ready, until

TRACE = "0af7651916cd43dd8448eb211c80319c"

# An operation of a noun that no handler knows: a newer version's, say.
POISON = {
    "id": "0000000000poison",
    "project_id": "gone",
    "verb": "UPDATE",
    "noun": "NONSENSE",
    "subject_id": "nothing",
    "generation": 1,
    "state": "ACCEPTED",
    "requested_by": "ann",
    "fingerprint": "",
    "tries": 0,
    "refusals": 0,
    "lease_token": "",
    "object_uid": "",
    "last_error": "",
    "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
}


@pytest.fixture
def started(tmp_path):
    """Starts machines with settings; nothing of them is left afterwards."""
    machines = []

    def start(**settings: str) -> Machine:
        machine = Machine(tmp_path / f"state-{len(machines)}", **settings)
        machines.append(machine)
        machine.start()
        return machine

    yield start
    for machine in machines:
        machine.kill()


class Unfinished:
    """A request whose body never comes, while the context lasts."""

    def __init__(self, port: int) -> None:
        self._port = port

    def __enter__(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port))
        self._socket.sendall(
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 10\r\n\r\n{"
        )

    def __exit__(self, *exc: object) -> None:
        self._socket.close()


def write(machine: Machine, row: dict) -> None:
    """Put a row into the operations of a machine that is not running."""
    now = datetime.now(UTC).isoformat(sep=" ")
    row = row | {"created_at": now, "updated_at": now, "due_at": now}
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    with closing(sqlite3.connect(machine.state / "tablecast.db")) as file, file:
        file.execute(f"INSERT INTO operation ({names}) VALUES ({marks})", list(row.values()))


def test_a_parked_operation_is_counted_and_its_log_lines_are_its_own(machine):
    """Refused three times it is parked, and each line about it says so in JSON, with its trace."""
    assert Metrics(machine.url).value("tablecast_operations", state="parked") == 0
    machine.kill()
    write(machine, POISON)
    machine.start()
    metrics = until(
        30,
        machine.url,
        lambda seen: seen.value("tablecast_operations", state="parked"),
        "the operation to be parked",
    )
    assert metrics.value("tablecast_operations", state="parked") == 1
    assert metrics.value("tablecast_operation_oldest_seconds", state="parked") > 1
    of_it = {"noun": "NONSENSE"}
    assert metrics.value("tablecast_operation_tries_total", outcome="refused", **of_it) == 3
    assert metrics.value("tablecast_operation_retries_total", **of_it) == 2
    assert metrics.value("tablecast_operation_seconds_count", **of_it) == 3
    told = [line for line in lines(machine) if line.get("operation_id") == POISON["id"]]
    assert len(told) == 3
    assert {line["trace_id"] for line in told} == {TRACE}
    assert all("KeyError" in line["exception"] for line in told)
    spans = {line["span_id"] for line in told}
    assert len(spans) == 3, "each try is a piece of work of its own"


def test_reconnects_are_counted_by_kind_and_reason(started):
    """A watch is taken for dead after a second of silence, again and again."""
    machine = started(TABLECAST_WATCH_SILENCE_SECONDS="1")
    name = "tablecast_watch_reconnects_total"
    metrics = until(
        20,
        machine.url,
        lambda seen: seen.value(name, kind="workflows", reason="silence") >= 2,
        "two reconnects",
    )
    assert metrics.labels(name, "kind") >= {"pods", "workflows", "namespaces"}
    assert metrics.value("tablecast_watch_relists_total", kind="pods", reason="start") == 1
    # Nothing happened and nothing was listed again: neither news nor life since the beginning.
    assert metrics.value("tablecast_watch_lag_seconds", kind="workflows") > 1.5


async def test_a_subscriber_is_counted_and_uncounted(shared_machine):
    """While it listens, and no longer; its message is counted too."""
    url = shared_machine.url
    async with asyncio.timeout(60), Session(url) as session:
        project = await job.project(session, "counted")
        before = await asyncio.to_thread(
            until,
            10,
            url,
            lambda seen: seen.value("tablecast_subscribers") == 0,
            "nobody to listen",
        )
        assert before.value("tablecast_websockets") == 1
        stream = session.follow(documents.FOLLOW_PROJECT, id=project)
        await anext(stream)
        during = Metrics(url)
        assert during.value("tablecast_subscribers") == 1
        assert during.value("tablecast_subscription_sources") == 1
        sent = "tablecast_messages_sent_total"
        assert during.value(sent) == before.value(sent) + 1
        await stream.aclose()
        gone = await asyncio.to_thread(
            until, 10, url, lambda seen: seen.value("tablecast_subscribers") == 0, "it to go"
        )
        assert gone.value("tablecast_subscription_sources") == 0
    await asyncio.to_thread(
        until, 10, url, lambda seen: seen.value("tablecast_websockets") == 0, "its websocket to go"
    )


async def test_the_main_job_is_counted_at_each_of_its_stations(shared_machine):
    """Mutations, tries, observations, changes, events, predictions: each moved by what was done."""
    url = shared_machine.url
    before = Metrics(url)
    async with asyncio.timeout(120), Session(url) as session:
        ids = await job.whole(session, "measured")
        await job.predict(session, ids["Serving"])
        await job.predict(session, ids["Serving"])
    after = Metrics(url)

    def grew(name: str, **labels: str) -> float:
        return after.value(name, **labels) - before.value(name, **labels)

    assert grew("tablecast_graphql_seconds_count", type="mutation", field="createTraining") == 1
    assert grew("tablecast_graphql_seconds_count", field="predict", outcome="ok") == 2
    assert grew("tablecast_prediction_seconds_count", outcome="answered") == 2
    assert grew("tablecast_predicted_rows_total") == 2
    for noun in ("PROJECT", "UPLOAD", "DATASET_VERSION", "TRAINING", "SERVING"):
        assert grew("tablecast_operation_tries_total", noun=noun, outcome="applied") >= 1, noun
        assert grew("tablecast_operation_observed_seconds_count", noun=noun) >= 1, noun
    assert grew("tablecast_claimed_operations_total") >= 5
    assert grew("tablecast_claims_total") > 0
    assert grew("tablecast_projection_seconds_count", kind="workflows") > 0
    assert grew("tablecast_feed_lag_seconds_count") > 0
    assert grew("tablecast_event_loop_lag_seconds_count") > 0
    assert after.value("tablecast_operations") == 0, "everything is settled"


def test_what_a_person_writes_is_never_a_label(shared_machine, person):
    """Operation names, aliases, unknown fields: none of them makes a series."""
    person.ask("query Mischief4711 { alias4711: version }")
    person.ask("query Mischief4711 { nonsense4711 }")
    person.ask("query Mischief4711 { a4711: version b4711: version }")
    person.ask("query Mischief4711 { __schema { queryType { name } } }")
    person.ask("query Mischief4711 {")
    metrics = Metrics(shared_machine.url)
    counted = "tablecast_graphql_seconds_count"
    assert metrics.labels(counted, "field") >= {"version", "several", "introspection", "invalid"}
    assert not any("4711" in value for each in metrics.samples for value in each.labels.values())
    assert metrics.value(counted, field="invalid", outcome="ok") == 0
    assert metrics.value(counted, field="invalid", outcome="errors") >= 2


def test_a_process_that_ends_says_so_where_it_is_looked_after(started):
    """A request that does not end holds it up; meanwhile it is not ready, with the reason."""
    apart = free_port()
    machine = started(TABLECAST_METRICS_PORT=str(apart))
    place = f"http://127.0.0.1:{apart}"
    assert Metrics(place).value("tablecast_database_up") == 1
    with Unfinished(machine.port):
        machine.terminate()
        deadline = time.monotonic() + 4
        while (told := ready(place))["ready"]:
            assert time.monotonic() < deadline, told
            time.sleep(0.02)
    parts = {part["name"]: part for part in told["parts"]}
    assert parts["process"]["reason"] == "It is shutting down."
    assert parts["database"]["ok"] is True
    assert machine.ended() == 0
