"""A collector of traces as OpenTelemetry's protocol wants it, OTLP over HTTP; it keeps what it is sent."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Told:
    """A span as it arrived; ids are hex."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any]


class Collector:
    """What arrived so far; `url` is where it is sent to."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1/traces"
        self.spans: list[Told] = []
        self.services: set[str] = set()

    def take(self, body: bytes) -> None:
        """Keep a request's spans."""
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services |= {
                each.value.string_value
                for each in group.resource.attributes
                if each.key == "service.name"
            }
            self.spans += [_told(span) for scope in group.scope_spans for span in scope.spans]

    def named(self, beginning: str, trace_id: str) -> list[Told]:
        """Spans of a trace whose names begin so."""
        return [
            span
            for span in list(self.spans)
            if span.trace_id == trace_id and span.name.startswith(beginning)
        ]

    def until(self, seconds: float, holds: Callable[[], Any], what: str) -> Any:
        """Wait until something holds; return it."""
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            arrived = sorted({span.name for span in self.spans})
            assert time.monotonic() < deadline, f"waited {seconds} s for {what}; came: {arrived}"
            time.sleep(0.05)
        return found


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _told(span: Any) -> Told:
    attributes = {each.key: each.value.string_value for each in span.attributes}
    return Told(
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        attributes,
    )
