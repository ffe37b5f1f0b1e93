"""Logs: one JSON object a line where a program reads them, a line of text where a person does.

Every line says which operation and which trace its work belongs to, where there is one.
"""

import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

from tablecast import tracing

Format = Literal["auto", "json", "text"]

TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"
# A line for each request and connection; and URLs, which may carry signatures.
QUIET = ("aiohttp.access", "uvicorn.error")


def configure(chosen: Format) -> None:
    """Log to standard error; "auto" is text on a terminal, and JSON elsewhere."""
    text = chosen == "text" or (chosen == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextLines(TEXT) if text else JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def of_work() -> dict[str, str]:
    """What tells whose work the current task does: operation_id, trace_id, span_id, as far as known."""
    span = tracing.current()
    if span is None:
        return {}
    told = {"operation_id": span.operation_id} if span.operation_id else {}
    return told | {"trace_id": span.trace.trace_id, "span_id": span.trace.span_id}


class JsonLines(logging.Formatter):
    """time (UTC, ISO 8601), level, logger, message; of work; and `exception` with its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One line: JSON has no line ends of its own."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **of_work(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class TextLines(logging.Formatter):
    """Text, with what is known of the work at the end of its first line."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The line without a traceback."""
        told = of_work()
        told.pop("span_id", None)
        suffix = " ".join(f"{key}={value}" for key, value in told.items())
        return super().formatMessage(record) + (f" [{suffix}]" if suffix else "")
