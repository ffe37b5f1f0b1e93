"""A client behind a load balancer, as small as one can be: round robin, and the few retries that one may.

It sends a request again where the connection was refused, or broke before any byte of an answer came,
and where 502 or 503 came: all that it is given can be repeated, by an idempotency key or by itself.
"""

import asyncio
from itertools import cycle
from typing import Any

import httpx

TRIES = 6
MAY_RETRY = (502, 503)


class Balancer:
    """One client of all replicas; `retries` are why requests were sent again."""

    def __init__(self, urls: list[str]) -> None:
        self._turns = cycle(urls)
        self._client = httpx.AsyncClient(timeout=60, trust_env=False)
        self.retries: list[str] = []

    async def __aenter__(self) -> "Balancer":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._client.aclose()

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """What one replica or another answers; raises what no load balancer would hide."""
        payload = {"query": document, "variables": variables}
        for left in range(TRIES, 0, -1):
            url = next(self._turns)
            try:
                answer = await self._client.post(f"{url}/graphql", json=payload)
            except (httpx.ConnectError, httpx.ReadError, httpx.WriteError) as error:
                self._note(left, error)
            except httpx.RemoteProtocolError as error:
                # The one that means: closed before a byte of an answer.
                if "without sending" not in str(error):
                    raise
                self._note(left, error)
            else:
                if answer.status_code not in MAY_RETRY or left == 1:
                    answer.raise_for_status()
                    found: dict[str, Any] = answer.json()
                    assert "errors" not in found, found
                    return found["data"]
                self.retries.append(str(answer.status_code))
            await asyncio.sleep(0.01)
        raise AssertionError("unreachable")

    def _note(self, left: int, error: Exception) -> None:
        if left == 1:
            raise error
        self.retries.append(type(error).__name__)
