"""Readiness, liveness and startup probes: httpGet and tcpSocket over loopback."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

# Until its first success a readiness probe is asked oftener than its period: people wait for it.
_FIRST_PAUSE = 0.1
_PAUSE_GROWTH = 1.3


class Prober:
    """Asks one container's probes; `ports` maps what it declares to loopback."""

    def __init__(
        self, session: aiohttp.ClientSession, container: dict[str, Any], ports: Mapping[int, int]
    ) -> None:
        self._session = session
        self._container = container
        self._ports = ports

    async def run(
        self, started: Callable[[], None], ready: Callable[[bool], None], dead: Callable[[], None]
    ) -> None:
        """Probe until cancelled: `started` once, `ready` on each change, `dead` on failed life."""
        startup = self._container.get("startupProbe")
        if startup and not await self._first_success(startup, dead):
            return
        started()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_readiness(ready))
            if liveness := self._container.get("livenessProbe"):
                group.create_task(self._follow_liveness(liveness, dead))

    async def _first_success(self, probe: dict[str, Any], dead: Callable[[], None]) -> bool:
        await asyncio.sleep(probe.get("initialDelaySeconds", 0))
        patience = probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)
        try:
            async with asyncio.timeout(patience):
                await self._until_success(probe)
        except TimeoutError:
            dead()
            return False
        return True

    async def _until_success(self, probe: dict[str, Any]) -> None:
        pause = _FIRST_PAUSE
        while not await self._ask(probe):
            await asyncio.sleep(pause)
            pause = min(pause * _PAUSE_GROWTH, probe.get("periodSeconds", 10))

    async def _follow_readiness(self, ready: Callable[[bool], None]) -> None:
        probe = self._container.get("readinessProbe")
        if not probe:
            ready(True)
            return
        await asyncio.sleep(probe.get("initialDelaySeconds", 0))
        while True:
            await self._until_success(probe)
            ready(True)
            await self._until_failures(probe)
            ready(False)

    async def _follow_liveness(self, probe: dict[str, Any], dead: Callable[[], None]) -> None:
        await asyncio.sleep(probe.get("initialDelaySeconds", 0))
        await self._until_failures(probe)
        dead()

    async def _until_failures(self, probe: dict[str, Any]) -> None:
        failures = 0
        while failures < probe.get("failureThreshold", 3):
            await asyncio.sleep(probe.get("periodSeconds", 10))
            failures = 0 if await self._ask(probe) else failures + 1

    async def _ask(self, probe: dict[str, Any]) -> bool:
        timeout = probe.get("timeoutSeconds", 1)
        try:
            async with asyncio.timeout(timeout):
                if "httpGet" in probe:
                    return await self._get(probe["httpGet"])
                if "tcpSocket" in probe:
                    return await self._connect(probe["tcpSocket"])
        except (TimeoutError, OSError, aiohttp.ClientError):
            return False
        return True

    async def _get(self, action: dict[str, Any]) -> bool:
        url = f"http://127.0.0.1:{self._port(action['port'])}{action.get('path', '/')}"
        headers = {h["name"]: h["value"] for h in action.get("httpHeaders", [])}
        async with self._session.get(url, headers=headers, allow_redirects=False) as response:
            return 200 <= response.status < 400

    async def _connect(self, action: dict[str, Any]) -> bool:
        _, writer = await asyncio.open_connection("127.0.0.1", self._port(action["port"]))
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True

    def _port(self, port: int | str) -> int:
        named = {p.get("name"): p["containerPort"] for p in self._container.get("ports", [])}
        number = int(named.get(port, port))
        return self._ports.get(number, number)
