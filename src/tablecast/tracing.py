"""Tracing: which work a log line, an operation or a span belongs to, in W3C trace context's terms.

All work has a trace id, whether or not anybody collects traces: it is on each log line, and an
operation keeps it, so that one trace leads from a mutation through the relay to what observes it.
Only finished spans are handed on, to whoever called `collect`; there is nothing here to import for it.
"""

import random
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

Kind = Literal["internal", "server", "producer", "consumer"]

# Version 00, and what a later one may add after its flags.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1

# Its own: whoever seeds the common one for a run that repeats itself wants no ids that do.
_chance = random.Random()


@dataclass(slots=True)
class Trace:
    """A place in a trace: 32 and 16 hex digits, and whether the trace is collected."""

    trace_id: str
    span_id: str
    sampled: bool = True

    @property
    def traceparent(self) -> str:
        """It as the header says it, 55 characters."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


@dataclass(eq=False, slots=True)
class Span:
    """A piece of work. `parent` is None at a trace's beginning; times are unix nanoseconds."""

    name: str
    trace: Trace
    parent: Trace | None
    kind: Kind
    operation_id: str
    attributes: dict[str, str | int | float | bool]
    began: int = 0
    ended: int = 0
    error: str = ""


_current: ContextVar[Span | None] = ContextVar("span", default=None)


@dataclass
class _Collecting:
    """Who gets finished spans, and which share of the traces that begin here are collected."""

    take: Callable[[Span], None] | None = None
    share: float = 1.0


_collecting = _Collecting()


def collect(take: Callable[[Span], None] | None, share: float = 1.0) -> None:
    """Have `take` called with each finished span of sampled traces, of which `share` (0 to 1) are."""
    _collecting.take, _collecting.share = take, share


def parsed(traceparent: str | None) -> Trace | None:
    """Read a traceparent; None for what is none, as the standard wants it."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found is None:
        return None
    trace_id, span_id, flags, more = found.groups()
    if not int(trace_id, 16) or not int(span_id, 16) or (more and traceparent[:2] == "00"):  # type: ignore[index]
        return None
    return Trace(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))


def current() -> Span | None:
    """The innermost span that this task works in."""
    return _current.get()


def traceparent() -> str:
    """Where what is begun now goes on from: the current span, or else the beginning of a trace."""
    span = _current.get()
    return (span.trace if span else _place(None)).traceparent


def note_operation(operation_id: str) -> None:
    """Say which operation the current span turned out to be about; the first one counts."""
    span = _current.get()
    if span is not None and not span.operation_id:
        span.operation_id = operation_id


def describe(name: str, **attributes: str | int | float | bool) -> None:
    """Give the current span its name and more attributes, once they are known."""
    span = _current.get()
    if span is not None:
        span.name = name
        span.attributes.update(attributes)


class span:  # noqa: N801
    """Work within a span: a child of the current one, or of the traceparent `parent`.

    Where the current span is of that same trace it stays the parent: it is the nearer one. (A class, not
    a generator: every request goes through here, at half the price.)
    """

    __slots__ = ("_opened", "_token")

    def __init__(
        self,
        name: str,
        *,
        parent: str | None = "",
        kind: Kind = "internal",
        operation_id: str = "",
        **attributes: str | int | float | bool,
    ) -> None:
        around = _current.get()
        given = parsed(parent) if parent else None
        if around is not None and (given is None or given.trace_id == around.trace.trace_id):
            given = around.trace
            operation_id = operation_id or around.operation_id
        self._opened = Span(name, _place(given), given, kind, operation_id, attributes)

    def __enter__(self) -> Span:
        self._opened.began = time.time_ns()
        self._token = _current.set(self._opened)
        return self._opened

    def __exit__(
        self, type_: type[BaseException] | None, exc: BaseException | None, _: object
    ) -> None:
        _current.reset(self._token)
        if isinstance(exc, Exception):
            self._opened.error = f"{type(exc).__name__}: {exc}"[:500]
        if _collecting.take is not None and self._opened.trace.sampled:
            self._opened.ended = time.time_ns()
            _collecting.take(self._opened)


def _place(parent: Trace | None) -> Trace:
    span_id = f"{_chance.getrandbits(64) or 1:016x}"
    if parent is not None:
        return Trace(parent.trace_id, span_id, parent.sampled)
    trace_id = f"{_chance.getrandbits(128) or 1:032x}"
    return Trace(trace_id, span_id, _chance.random() < _collecting.share)
