"""People who ask the API by hand: with a token of their own, and with sight of the raw answer."""

import subprocess
import sys
from typing import Any

import httpx

from tests.end_to_end.machine import Machine


def token(machine: Machine, subject: str) -> str:
    """A bearer token for a person who is no admin, as `tablecast token` prints it."""
    command = [sys.executable, "-m", "tablecast", "token", subject, "--state", str(machine.state)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


class Person:
    """One caller; `token` "" is the anonymous one, who is an admin on `tablecast dev`."""

    def __init__(self, url: str, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=30)
        self.token = token

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def post(self, document: str, **variables: Any) -> httpx.Response:
        """The raw answer to a GraphQL request."""
        body = {"query": document, "variables": variables}
        return self.http.post("/graphql", json=body)

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """What a GraphQL request's answer holds: data, errors."""
        answer: dict[str, Any] = self.post(document, **variables).json()
        return answer
