"""One trace from a client's mutation to what observes it, as a collector is told of it."""

import socket

import httpx
import pytest

from tests.end_to_end.collector import Collector, Told, collecting
from tests.end_to_end.machine import Machine, free_port
from tests.end_to_end.measures import lines

CREATE = """
mutation ($input: CreateProjectInput!) {
  createProject(input: $input) { ... on CreateProjectPayload { operation { id } project { id } } }
}"""
TRACE, CLIENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def collector():
    """A collector of traces."""
    with collecting() as running:
        yield running


@pytest.fixture
def traced(tmp_path, collector):
    """A machine that sends its traces there."""
    machine = Machine(tmp_path / "state", TABLECAST_TRACES_ENDPOINT=collector.url)
    machine.start()
    yield machine
    machine.kill()


def create(machine: Machine, name: str, **headers: str) -> None:
    """Create a project, with these headers."""
    body = {"query": CREATE, "variables": {"input": {"name": name}}}
    answer = httpx.post(f"{machine.url}/graphql", json=body, headers=headers, timeout=30)
    assert answer.json()["data"]["createProject"]["operation"]["id"]


def one(found: list[Told]) -> Told:
    """The only one."""
    (only,) = found
    return only


def test_a_clients_trace_goes_on_to_what_observes_its_mutation(traced, collector: Collector):
    """Request, deed, relay, projections, observation: each below the one that caused it."""
    create(traced, "traced", traceparent=f"00-{TRACE}-{CLIENT}-01")
    observed = one(
        collector.until(
            30, lambda: collector.named("observe CREATE PROJECT", TRACE), "the observation"
        )
    )
    projected = collector.until(
        10, lambda: collector.named("project Deployment", TRACE), "the datastore's projection"
    )
    request = one(collector.named("mutation createProject", TRACE))
    deed = one(collector.named("do createProject", TRACE))
    written = one(
        [each for each in collector.named("transaction", TRACE) if each.parent_id == deed.span_id]
    )
    carried = collector.named("carry out CREATE PROJECT", TRACE)
    assert request.parent_id == CLIENT
    assert deed.parent_id == request.span_id
    assert carried
    assert {span.parent_id for span in carried} == {written.span_id}
    ids = {span.span_id for span in collector.spans if span.trace_id == TRACE}
    assert observed.parent_id in ids
    assert {span.parent_id for span in projected} <= ids
    operation = deed.attributes["tablecast.operation_id"]
    of_it = [*carried, *projected, observed]
    assert {span.attributes["tablecast.operation_id"] for span in of_it} == {operation}
    assert collector.services == {"tablecast"}
    assert TRACE in {span.trace_id for span in collector.named("", TRACE)}


def test_a_client_who_wants_no_trace_is_not_collected(traced, collector: Collector):
    """Its flag says so; what others ask meanwhile is."""
    create(traced, "unseen", traceparent=f"00-{TRACE}-{CLIENT}-00")
    create(traced, "seen")
    collector.until(
        30,
        lambda: [span for span in collector.spans if span.name == "observe CREATE PROJECT"],
        "the other's observation",
    )
    assert collector.named("", TRACE) == []
    created = [span for span in collector.spans if span.name == "mutation createProject"]
    assert one(created).parent_id == ""


@pytest.mark.parametrize("away", ["refuses", "never answers"])
def test_a_collector_that_is_away_costs_nobody_anything(tmp_path, away):
    """Mutations are answered, and the process ends as ever."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1] if away == "never answers" else free_port()
        endpoint = f"http://127.0.0.1:{port}/v1/traces"
        machine = Machine(tmp_path / "state", TABLECAST_TRACES_ENDPOINT=endpoint)
        machine.start()
        try:
            create(machine, "alone")
            assert machine.stop() == 0
        finally:
            machine.kill()
    loggers = {line["logger"] for line in lines(machine) if line.get("level") == "ERROR"}
    assert all(name.startswith("opentelemetry") for name in loggers), loggers
