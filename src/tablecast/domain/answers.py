"""Answers of deeds that make no operation, kept under the asker's idempotency key.

A deed that makes one keeps its key there (`deeds.once`). Either looks at the other's keys too: one key
is one request, whatever kind it is. Of two different requests with one key at the very same moment,
one of each kind, both are done; a repetition gets its own first answer all the same.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from tortoise.exceptions import IntegrityError

from tablecast.domain.deeds import Asked, Deed, key_reused
from tablecast.domain.identity import new_id
from tablecast.domain.retrying import again
from tablecast.domain.tables import KeptAnswer, Operation
from tablecast.errors import Conflict

ResultT = TypeVar("ResultT")


async def answered_once(
    asked: Asked,
    act: Callable[[], Awaitable[ResultT]],
    read: Callable[[Any], Awaitable[ResultT]],
) -> ResultT:
    """Run `act`, a whole deed that calls `keep`; or make its first answer from what it kept.

    Raises `Conflict` (IDEMPOTENCY_KEY_REUSED) where the key was used for something else.
    """
    kept = await _kept(asked)
    if kept is None:
        try:
            return await again(act)
        except (IntegrityError, Conflict):
            # Two requests with one key at the same moment: perhaps the other one won.
            kept = await _kept(asked)
            if kept is None:
                raise
    return await read(kept.content)


async def keep(tx: Deed, content: Any) -> None:
    """Keep, within the deed, what its answer is made from again; nothing where no key was given."""
    if tx.asked.key is None:
        return
    await KeptAnswer.create(
        id=new_id(),
        project_id=tx.project_id,
        requested_by=tx.asked.subject,
        idempotency_key=tx.asked.key,
        fingerprint=tx.asked.fingerprint,
        content=content,
    )


async def _kept(asked: Asked) -> KeptAnswer | None:
    if asked.key is None:
        return None
    mine: dict[str, Any] = {"requested_by": asked.subject, "idempotency_key": asked.key}
    kept = await KeptAnswer.get_or_none(**mine)
    if kept is None and await Operation.exists(**mine):
        raise key_reused()
    if kept is not None and kept.fingerprint != asked.fingerprint:
        raise key_reused()
    return kept
