"""Log lines: JSON where a program reads, text where a person does, each with whose work it is."""

import json
import os
import pty
import subprocess
import sys
from typing import Any

import pytest

from tests.test_tracing import HEADER, TRACE

SCRIPT = f"""
import logging, sys
from tablecast import logs, tracing
logs.configure(sys.argv[1])
log = logging.getLogger("tablecast.test")
log.info("before %s", "work")
with tracing.span("work", parent={HEADER!r}, operation_id="op"):
    try:
        raise LookupError('no "such" thing')
    except LookupError:
        log.exception("two\\nlines, ümlaut and %s", object)
logging.getLogger("uvicorn.error").info("each connection")
"""


def said(chosen: str, **options: Any) -> str:
    """What a process with this setting logs."""
    command = [sys.executable, "-c", SCRIPT, chosen]
    return subprocess.run(command, check=True, text=True, timeout=30, **options).stderr


@pytest.mark.parametrize("chosen", ["json", "auto"])
def test_a_program_gets_one_json_object_a_line(chosen: str) -> None:
    first, second = map(json.loads, said(chosen, stderr=subprocess.PIPE).splitlines())
    assert (first["level"], first["logger"], first["message"]) == (
        "INFO",
        "tablecast.test",
        "before work",
    )
    assert first["time"].endswith("+00:00")
    assert "trace_id" not in first
    assert (second["operation_id"], second["trace_id"], second["level"]) == ("op", TRACE, "ERROR")
    assert second["message"].startswith("two\nlines, ümlaut")
    assert 'LookupError: no "such" thing' in second["exception"]


def test_a_person_gets_text_with_the_work_at_the_end_of_a_line() -> None:
    lines = said("text", stderr=subprocess.PIPE).splitlines()
    assert lines[0].endswith("INFO tablecast.test before work")
    assert lines[2].endswith(f"[operation_id=op trace_id={TRACE}]")
    assert lines[3].startswith("Traceback")


def test_by_itself_it_is_text_on_a_terminal() -> None:
    ours, theirs = pty.openpty()
    try:
        said("auto", stderr=theirs)
        shown = os.read(ours, 10_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert "INFO tablecast.test before work" in shown
    assert not shown.startswith("{")
