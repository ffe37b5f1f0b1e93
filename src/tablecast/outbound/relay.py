"""The relay: carries operations to the cluster, a few at a time, and never two of one subject.

The cluster is called outside any transaction. A signal makes a look come sooner; the poll makes a
lost one cost seconds. Nothing that a handler or the cluster does ends this loop.
"""

import asyncio
import logging
from collections.abc import Mapping

from tortoise.exceptions import OperationalError

from tablecast import live, tracing
from tablecast.domain.retrying import again
from tablecast.domain.tables import Operation
from tablecast.errors import ClusterBusy, ClusterRefusal, DatabaseUnavailable
from tablecast.live import Signal
from tablecast.metering import CARRYING, CLAIMED, CLAIMS, RETRIES, TRIES
from tablecast.outbound.claim import claim, release, renew
from tablecast.outbound.context import Context
from tablecast.outbound.handler import Applied, Handler, Refused, Result, Waiting
from tablecast.outbound.handlers import HANDLERS
from tablecast.outbound.marks import Busy, Mark, No, mark

log = logging.getLogger(__name__)

# Fewer waste the cluster's patience on one slow answer; more are what one API server feels.
CONCURRENCY = 8

# A handler is stopped before its lease ends, so that no second one starts beside it; while it goes on
# its lease is renewed so many times as it lasts.
LEASE_USED = 0.8
RENEWALS = 3

# The datastore may hash a whole upload before it answers. Nothing that waits for another thing takes
# as long: that is what `Waiting` is for.
MOST_SECONDS = 1_200.0

# What a handler that was stopped, or a mark, still needs; the next replica waits for it.
STOP_SECONDS = 2.0


class Stopped(Exception):
    """The handler was stopped because this process ends; somebody else will do it all again."""


OUTCOMES = {
    Applied: "applied",
    Waiting: "waiting",
    Busy: "busy",
    No: "refused",
    Refused: "failed",
}


class Relay:
    """Carries out due operations until cancelled. `handlers` are by noun."""

    def __init__(
        self,
        context: Context,
        handlers: Mapping[str, Handler] = HANDLERS,
        signal: Signal = live.relay,
    ) -> None:
        self._context = context
        self._settings = context.settings
        self._handlers = handlers
        self._signal = signal
        self._running = 0
        self._leaving = False
        self._claiming = asyncio.Lock()
        self._carrying: set[asyncio.Task[None]] = set()
        self._deadlines: set[asyncio.Timeout] = set()

    async def run(self) -> None:
        """Claim and carry out operations until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                async with self._claiming:
                    for operation in await self._claim():
                        self._running += 1
                        task = tasks.create_task(self._carry(operation))
                        self._carrying.add(task)
                        task.add_done_callback(self._carrying.discard)
                await self._signal.wait(self._settings.poll_seconds)

    async def hand_over(self, seconds: float) -> None:
        """Claim nothing more, let handlers end for `seconds`, then stop them and give leases back.

        A call that is under way then may still work: whoever claims next finds what it made.
        """
        self._leaving = True
        async with self._claiming:
            carrying = set(self._carrying)
        if carrying:
            await asyncio.wait(carrying, timeout=seconds)
            for deadline in self._deadlines:
                deadline.reschedule(asyncio.get_running_loop().time())
            await asyncio.wait(carrying, timeout=STOP_SECONDS)

    async def run_once(self) -> int:
        """Carry out what is due now, and return how many operations that were."""
        operations = await self._claim()
        self._running += len(operations)
        await asyncio.gather(*(self._carry(operation) for operation in operations))
        return len(operations)

    async def _claim(self) -> list[Operation]:
        free = CONCURRENCY - self._running
        if free <= 0 or self._leaving:
            return []
        try:
            return await _claim(free, self._settings.lease_seconds)
        except DatabaseUnavailable as exc:
            # It comes back; the poll asks again.
            log.warning("no operations could be claimed: %s", exc)
        except OperationalError:
            log.exception("claiming operations failed")
        return []

    async def _carry(self, operation: Operation) -> None:
        with tracing.span(
            f"carry out {operation.verb} {operation.noun}",
            parent=operation.traceparent,
            kind="consumer",
            operation_id=operation.id,
            tries=operation.tries,
        ):
            await self._carry_out(operation)

    async def _carry_out(self, operation: Operation) -> None:
        try:
            with CARRYING.labels(operation.noun).time():
                result = await self._outcome(operation)
            _count(operation, result)
            seconds = await again(lambda: mark(operation, result))
            if seconds is not None:
                # The poll would find it too, only later.
                asyncio.get_running_loop().call_later(seconds, self._signal.set)
        except Stopped:
            await release(operation)
        except DatabaseUnavailable as exc:
            # Unmarked, it is claimed again when its lease has run out.
            log.warning("operation %s is left until its lease ends: %s", operation.id, exc)
        except OperationalError:
            log.exception("operation %s could not be marked", operation.id)
        finally:
            self._running -= 1
            self._signal.set()

    async def _outcome(self, operation: Operation) -> Mark:
        try:
            return await self._handle(operation)
        except ClusterBusy as exc:
            return Busy(exc.message, exc.retry_after)
        except TimeoutError as exc:
            if self._leaving:
                raise Stopped from exc
            return Busy("The cluster did not answer in time.")
        except DatabaseUnavailable as exc:
            log.warning("operation %s is tried again: %s", operation.id, exc)
            return Busy("The database was busy.")
        except ClusterRefusal as exc:
            return No(exc.message)
        except Exception as exc:
            # Ours to repair; meanwhile it is parked like a refusal, and holds up nobody.
            log.exception("operation %s failed unexpectedly", operation.id)
            return No(f"Tablecast itself failed at this: {type(exc).__name__}.")

    async def _handle(self, operation: Operation) -> Result:
        async with asyncio.timeout(self._settings.lease_seconds * LEASE_USED) as deadline:
            renewing = asyncio.create_task(self._renew(operation, deadline))
            self._deadlines.add(deadline)
            try:
                return await self._handlers[operation.noun](operation, self._context)
            finally:
                self._deadlines.discard(deadline)
                renewing.cancel()

    async def _renew(self, operation: Operation, deadline: asyncio.Timeout) -> None:
        """Put a handler's deadline off for as long as its lease can be renewed."""
        lease, loop = self._settings.lease_seconds, asyncio.get_running_loop()
        for _ in range(int(MOST_SECONDS * RENEWALS / lease)):
            await asyncio.sleep(lease / RENEWALS)
            held = await _renewed(operation, lease)
            if held is False:
                return
            if held and not deadline.expired() and not self._leaving:
                deadline.reschedule(loop.time() + lease * LEASE_USED)


async def _claim(limit: int, lease_seconds: float) -> list[Operation]:
    claimed = await claim(limit, lease_seconds)
    live.claims.beat()
    CLAIMS.inc()
    CLAIMED.inc(len(claimed))
    return claimed


def _count(operation: Operation, result: Mark) -> None:
    TRIES.labels(operation.noun, OUTCOMES[type(result)]).inc()
    if operation.tries:
        RETRIES.labels(operation.noun).inc()


async def _renewed(operation: Operation, lease_seconds: float) -> bool | None:
    """Whether the lease is held on, None where that is not known."""
    try:
        return await renew(operation, lease_seconds)
    except (DatabaseUnavailable, OperationalError):
        # The next try comes before the deadline; without it the handler is stopped in time.
        return None
