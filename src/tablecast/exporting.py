"""Exporting: finished spans become OpenTelemetry's, and go to a collector by OTLP over HTTP.

The one module that knows OpenTelemetry. It is imported where an endpoint is set, and nowhere else: it
costs tens of megabytes. A collector that is away costs spans, never a request.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from tablecast import tracing
from tablecast.tracing import Span, Trace

VERSION = version("tablecast")

# Seconds: how long the process waits at its end for what is not sent yet.
LAST_SECONDS = 2.0
SEND_SECONDS = 5.0

_KINDS = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
_SCOPE = InstrumentationScope("tablecast", VERSION)


@contextmanager
def exporting(endpoint: str, share: float) -> Iterator[None]:
    """Send spans to `endpoint` (…/v1/traces), of that share of all traces that begin here."""
    processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=SEND_SECONDS))
    resource = Resource.create(
        {
            "service.name": "tablecast",
            "service.version": VERSION,
            "service.instance.id": socket.gethostname(),
        }
    )
    tracing.collect(lambda span: processor.on_end(_exported(span, resource)), share)
    try:
        yield
    finally:
        tracing.collect(None)
        # Its own shutdown may wait for half a minute: what is late then is lost.
        last = threading.Thread(target=processor.shutdown, name="last spans", daemon=True)
        last.start()
        last.join(LAST_SECONDS)


def _exported(span: Span, resource: Resource) -> ReadableSpan:
    attributes = dict(span.attributes)
    if span.operation_id:
        attributes["tablecast.operation_id"] = span.operation_id
    return ReadableSpan(
        span.name,
        context=_context(span.trace, remote=False),
        parent=_context(span.parent, remote=True) if span.parent else None,
        resource=resource,
        attributes=attributes,
        kind=_KINDS[span.kind],
        status=Status(StatusCode.ERROR, span.error) if span.error else Status(),
        start_time=span.began,
        end_time=span.ended,
        instrumentation_scope=_SCOPE,
    )


def _context(trace: Trace, *, remote: bool) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if trace.sampled else TraceFlags.DEFAULT)
    return SpanContext(int(trace.trace_id, 16), int(trace.span_id, 16), remote, flags)
