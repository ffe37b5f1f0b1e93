"""What answers to garbage must be: errors with a code, below status 500, and none of them ours."""

import base64
import json
from typing import Any

import httpx

from tests.end_to_end.schema_walk import NOBODYS_ROW

JSON = {"content-type": "application/json"}
VIEWER = "{ viewer { subject } }"
ROW_ID = NOBODYS_ROW


def refused(answer: httpx.Response) -> list[str]:
    """The codes of an answer's errors, of which there must be some, and none of ours."""
    assert answer.status_code < 500, answer.text
    errors = answer.json()["errors"]
    codes = [error["extensions"]["code"] for error in errors]
    assert codes, answer.text
    assert "INTERNAL" not in codes, answer.text
    return codes


def sound(answer: httpx.Response) -> dict[str, Any]:
    """A GraphQL answer that may be data or errors, but tells of no fault of ours."""
    assert answer.status_code < 500, answer.text
    assert "INTERNAL" not in answer.text, answer.text
    told: dict[str, Any] = answer.json()
    assert "data" in told or "errors" in told
    return told


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def asked(query: str, **variables: Any) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()
