"""Access: the credentials of the moment, renewed before they run out and when they are refused."""

import asyncio
import logging
import time

from tablecast.cluster.kubernetes.configuration import (
    UNREADABLE,
    ConfigurationRefused,
    Credentials,
    Loaded,
    chosen,
    load,
)
from tablecast.errors import ClusterBusy

log = logging.getLogger(__name__)

# A pod's token is replaced minutes before it runs out; a plugin is asked only when its answer has.
RENEW_SECONDS = 60.0
# Who is refused again and again must not start a plugin with each request.
REREAD_SECONDS = 5.0


class Access:
    """Credentials for one cluster; safe to ask from many tasks."""

    def __init__(self, kubeconfig: str, context: str) -> None:
        self._kubeconfig = chosen(kubeconfig)
        self._context = context
        self._loaded: Loaded | None = None
        self._current: Credentials | None = None
        self._renewed_at = 0.0
        self._reread_at = float("-inf")
        self._lock = asyncio.Lock()

    @property
    def in_cluster(self) -> bool:
        """Whether this process is a pod of the cluster itself."""
        return not self._kubeconfig

    async def open(self) -> None:
        """Read the configuration; raises `ConfigurationRefused`."""
        self._loaded = await load(self._kubeconfig, self._context)
        try:
            self._current = await self._loaded.credentials()
        except UNREADABLE as error:
            raise ConfigurationRefused(f"The cluster's credentials: {error}.") from error
        self._renewed_at = time.monotonic()

    async def current(self) -> Credentials:
        """Return what is valid now."""
        if time.monotonic() - self._renewed_at >= RENEW_SECONDS:
            async with self._lock:
                if time.monotonic() - self._renewed_at >= RENEW_SECONDS:
                    await self._renew()
        assert self._current is not None, "opened first"
        return self._current

    async def reread(self, refused: Credentials) -> bool:
        """Read everything again after `refused` got a 401; tell whether a new try makes sense."""
        async with self._lock:
            if self._current is not refused:
                return True
            if time.monotonic() - self._reread_at < REREAD_SECONDS:
                return False
            self._reread_at = time.monotonic()
            try:
                await self.open()
            except ConfigurationRefused as error:
                raise ClusterBusy(str(error), 401, "Unauthorized") from error
        return True

    async def _renew(self) -> None:
        assert self._loaded is not None, "opened first"
        self._renewed_at = time.monotonic()
        try:
            self._current = await self._loaded.credentials()
        except UNREADABLE as error:
            # The old ones may do for a while yet; a 401 tells when they do not.
            log.warning("credentials could not be renewed: %s", error)
