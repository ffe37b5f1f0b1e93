"""Pools: model servers that a project's shared servings have in common, filled by memory, opened as
needed.

A revision's place is decided once, when it is made, under its project's row lock: that is what makes
two servings that come at once find the same room only once. What may still be in a server's memory
counts, leaving ones too: whatever is placed fits.
"""

from collections.abc import Collection, Mapping, Sequence

from tortoise.queryset import QuerySet

from tablecast.domain.sizing import POOL_MODELS_BYTES, model_memory, pool_has_room
from tablecast.domain.states import RevisionState, ServingState
from tablecast.domain.tables import ModelVersion, Project, Revision, Serving
from tablecast.errors import LimitReached

SHARED = "SHARED"
DEDICATED = "DEDICATED"

PREFIX = "pool-"

Filled = Mapping[str, Sequence[int]]


def revisions_in(project_id: str, pool: str = "") -> QuerySet[Revision]:
    """Shared revisions that are in a pool, will be, or have not been seen to leave it; of all pools
    where none is named."""
    there = Revision.filter(project_id=project_id, mode=SHARED)
    there = there.exclude(state=RevisionState.RETIRED)
    return there.filter(inference_service=pool) if pool else there


async def open_pools(project_id: str) -> list[str]:
    """Names of the pools that have users, the first one first."""
    names = await revisions_in(project_id).values_list("inference_service", flat=True)
    return sorted({str(name) for name in names}, key=_number)


async def replicas(project_id: str, pool: str) -> int:
    """Replicas of a pool: as many as any serving in it wishes."""
    serving_ids = await revisions_in(project_id, pool).values_list("serving_id", flat=True)
    using = Serving.filter(id__in=set(serving_ids)).exclude(state=ServingState.DELETING)
    wishes = await using.values_list("replicas", flat=True)
    return max((int(str(wish)) for wish in wishes), default=1)


async def place(serving: Serving, most: int | None) -> str:
    """Return the pool for a serving's next revision, in a transaction that locks its project here.

    It stays beside the revision before, for which room was kept; a pool is opened where none has
    room. `LimitReached` (POOL_FULL) where that makes more than `most` pools, or no pool could hold it.
    """
    await Project.select_for_update().get_or_none(id=serving.project_id)
    there = await revisions_in(serving.project_id).order_by("id")
    wanted = serving.model_version_id
    sizes = await _memory_of({wanted, *(one.model_version_id for one in there)})
    memory = sizes.get(wanted, 0)
    if most is not None and not pool_has_room([memory]):
        raise _too_large()
    filled, near = _filled(serving, there, sizes)
    chosen = choose(filled, memory, near)
    if chosen in filled or most is None or len(filled) < most:
        return chosen
    raise _no_room(most)


def choose(filled: Filled, memory: int, near: str = "") -> str:
    """The pool for a model of `memory` bytes among those that are filled so far; a new one's name
    where none has room. Pure.

    Each keeps room for a second copy of its biggest; who has a copy in `near` already may use it.
    """
    if near in filled and sum(filled[near]) + memory <= POOL_MODELS_BYTES:
        return near
    for name in sorted(filled, key=_number):
        if pool_has_room([*filled[name], memory]):
            return name
    return _free_name(filled)


async def has_room(revision: Revision, version: ModelVersion) -> bool:
    """Whether a model fits beside those that may be in its pool's memory now."""
    others = revisions_in(revision.project_id, revision.inference_service)
    others = others.exclude(id=revision.id).exclude(state=RevisionState.PENDING)
    version_ids = [other.model_version_id for other in await others]
    sizes = await _memory_of(version_ids)
    used = sum(sizes.get(version_id, 0) for version_id in version_ids)
    return used + model_memory(version.bytes) <= POOL_MODELS_BYTES


def _filled(
    serving: Serving, there: Sequence[Revision], sizes: Mapping[str, int]
) -> tuple[Filled, str]:
    """Memory of the models in each pool, and the pool in which a serving's own newest is."""
    filled: dict[str, list[int]] = {}
    near = ""
    for one in there:
        pool = filled.setdefault(one.inference_service, [])
        own = one.serving_id == serving.id
        near = one.inference_service if own else near
        # What of its own never loaded is taken away before the next one is made.
        if not (own and one.state == RevisionState.FAILED):
            pool.append(sizes.get(one.model_version_id, 0))
    return filled, near


async def _memory_of(version_ids: Collection[str]) -> dict[str, int]:
    found = ModelVersion.filter(id__in=set(version_ids))
    return {version.id: model_memory(version.bytes) for version in await found.only("id", "bytes")}


def _number(pool: str) -> int:
    return int(pool.removeprefix(PREFIX))


def _free_name(taken: Collection[str]) -> str:
    numbers = range(1, len(taken) + 2)
    return next(name for name in (f"{PREFIX}{number}" for number in numbers) if name not in taken)


def _too_large() -> LimitReached:
    return LimitReached(
        "No pool of shared models could hold this one.",
        code="POOL_FULL",
        field="mode",
        limit=POOL_MODELS_BYTES,
        hint="Serve it DEDICATED.",
    )


def _no_room(most: int) -> LimitReached:
    return LimitReached(
        f"The project's {most} pools of shared models have no room for this one.",
        code="POOL_FULL",
        field="mode",
        limit=most,
        hint="Serve it DEDICATED, or delete another serving first.",
    )
