"""Trace context: what the standard allows is continued, anything else begins a trace of our own."""

import asyncio
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tablecast import tracing
from tablecast.tracing import Span

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
HEADER = f"00-{TRACE}-{PARENT}-01"


@pytest.fixture
def collected() -> Iterator[list[Span]]:
    """Finished spans, oldest first."""
    spans: list[Span] = []
    tracing.collect(spans.append)
    yield spans
    tracing.collect(None)


@pytest.mark.parametrize(
    ("header", "sampled"),
    [
        pytest.param(HEADER, True, id="collected"),
        pytest.param(HEADER[:-2] + "00", False, id="not collected"),
        pytest.param(HEADER[:-2] + "03", True, id="with a flag of the future"),
        pytest.param("cc" + HEADER[2:] + "-more", True, id="of a later version, with more"),
    ],
)
def test_a_traceparent_is_read(header: str, sampled: bool) -> None:
    found = tracing.parsed(header)
    assert found is not None
    assert (found.trace_id, found.span_id, found.sampled) == (TRACE, PARENT, sampled)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("ff" + HEADER[2:], id="the forbidden version"),
        pytest.param(HEADER.upper(), id="capitals"),
        pytest.param(HEADER + "-more", id="version 00 with more"),
        pytest.param(f"00-{'0' * 32}-{PARENT}-01", id="no trace"),
        pytest.param(f"00-{TRACE}-{'0' * 16}-01", id="no span"),
        pytest.param(HEADER[:-1], id="too short"),
        pytest.param(HEADER + "\n", id="a line end"),
    ],
)
def test_what_is_no_traceparent_begins_a_trace(header: str | None) -> None:
    assert tracing.parsed(header) is None
    with tracing.span("work", parent=header) as work:
        assert work.parent is None
        assert work.trace.trace_id != TRACE


@given(st.text())
def test_no_header_is_too_strange(text: str) -> None:
    """It is a stranger's: nothing that it holds may be an error, or leave in another shape."""
    with tracing.span("work", parent=text):
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", tracing.traceparent())


def test_work_within_work_is_its_child_and_knows_its_operation(collected: list[Span]) -> None:
    with tracing.span("outer", parent=HEADER) as outer:
        tracing.note_operation("first")
        tracing.note_operation("second")
        with tracing.span("inner") as inner:
            assert tracing.current() is inner
    assert tracing.current() is None
    assert [span.name for span in collected] == ["inner", "outer"]
    assert outer.parent is not None
    assert (outer.parent.span_id, outer.trace.trace_id) == (PARENT, TRACE)
    assert (inner.parent, inner.operation_id) == (outer.trace, "first")


def test_the_nearer_parent_of_the_same_trace_counts_and_another_trace_is_left(
    collected: list[Span],
) -> None:
    """An operation observed within its own projection is below it, within another's it is not."""
    with tracing.span("projection", parent=HEADER, operation_id="ours") as ours:
        with tracing.span("observed", parent=HEADER) as near:
            pass
        other = f"00-{'a' * 32}-{PARENT}-01"
        with tracing.span("observed", parent=other) as far:
            pass
    assert near.parent == ours.trace
    assert far.trace.trace_id == "a" * 32
    assert (near.operation_id, far.operation_id) == ("ours", "")


async def test_tasks_side_by_side_do_not_see_each_others_work() -> None:
    async def work(name: str) -> str:
        with tracing.span(name):
            await asyncio.sleep(0)
            span = tracing.current()
            await asyncio.sleep(0)
            return span.name if span else ""

    names = [str(number) for number in range(20)]
    assert await asyncio.gather(*map(work, names)) == names


def test_a_share_of_the_traces_is_collected_and_a_trace_never_in_parts() -> None:
    spans: list[Span] = []
    tracing.collect(spans.append, share=0.5)
    try:
        for _ in range(400):
            with tracing.span("outer"), tracing.span("inner"):
                pass
    finally:
        tracing.collect(None)
    traces = [span.trace.trace_id for span in spans]
    assert {traces.count(each) for each in set(traces)} == {2}
    assert 100 < len(set(traces)) < 300


def test_what_is_raised_within_is_told(collected: list[Span]) -> None:
    with pytest.raises(LookupError), tracing.span("work"):
        raise LookupError("no such thing")
    assert collected[0].error == "LookupError: no such thing"
