"""Claims, leases and marks: who has an operation, and whose word about it counts."""

import asyncio

import pytest

from tablecast.domain.identity import new_id
from tablecast.domain.states import OperationState
from tablecast.domain.tables import Operation
from tablecast.outbound.claim import claim, release_all, renew
from tablecast.outbound.context import Context
from tablecast.outbound.handler import Applied, Refused, Result
from tablecast.outbound.marks import Busy, mark
from tests.domain.world import a_project
from tests.outbound.relaying import an_operation, carry, only, run_out_leases

pytestmark = pytest.mark.usefixtures("world")


async def test_two_claims_never_share_an_operation() -> None:
    """However many ask at once, each operation has one lease."""
    project = await a_project()
    for _ in range(10):
        await an_operation(project)
    claims = await asyncio.gather(*(claim(4, 30) for _ in range(4)))
    # Whoever looks while another looks may find nothing; the next look does.
    claims += [await claim(4, 30), await claim(4, 30)]
    ids = [operation.id for claimed in claims for operation in claimed]
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) == 10


async def test_a_subject_has_one_operation_under_way() -> None:
    """A cancel does not start beside the create that it supersedes."""
    project, subject = await a_project(), new_id()
    await an_operation(project, subject)
    first = await claim(8, 30)
    await an_operation(project, subject)
    assert await claim(8, 30) == []
    await mark(first[0], Applied())
    assert [operation.subject_id for operation in await claim(8, 30)] == [subject]


async def test_operations_that_wait_for_their_own_subject_do_not_hide_others() -> None:
    """More than a relay takes at once are skipped, and the next one is found."""
    project = await a_project()
    subjects = [new_id() for _ in range(12)]
    for subject in subjects:
        await an_operation(project, subject)
    await claim(12, 30)
    for subject in subjects:
        await an_operation(project, subject)
    other = await an_operation(project)
    assert [operation.id for operation in await claim(8, 30)] == [other.id]


async def test_a_lease_that_ran_out_lets_another_relay_go_on() -> None:
    """What a killed replica held is taken up again."""
    operation = await an_operation(await a_project())
    await claim(8, 30)
    assert await claim(8, 30) == []
    await run_out_leases()
    assert [again.id for again in await claim(8, 30)] == [operation.id]


async def test_a_process_that_is_alone_need_not_wait_for_its_predecessors_leases() -> None:
    """Released, they can be claimed at once."""
    await an_operation(await a_project())
    await claim(8, 30)
    assert await release_all() == 1
    assert len(await claim(8, 30)) == 1


async def test_a_relay_woken_after_its_lease_ran_out_writes_no_stale_mark() -> None:
    """Another relay's word stands."""
    operation = await an_operation(await a_project())
    (slow,) = await claim(8, 30)
    await run_out_leases()
    (quick,) = await claim(8, 30)
    await mark(quick, Applied(object_uid="quick"))
    await mark(slow, Refused("LATE", "late"))
    row = await Operation.get(id=operation.id)
    assert (row.state, row.object_uid) == (OperationState.APPLIED, "quick")


async def test_a_stale_mark_does_not_end_the_lease_of_whoever_has_it_now() -> None:
    """The second relay is still at it."""
    operation = await an_operation(await a_project())
    (slow,) = await claim(8, 30)
    await run_out_leases()
    (quick,) = await claim(8, 30)
    await mark(slow, Busy("late"))
    assert (await Operation.get(id=operation.id)).lease_token == quick.lease_token


async def test_how_a_superseded_operation_went_is_not_written_over_it() -> None:
    """Only its lease ends, so that the newer one can go."""
    project, subject = await a_project(), new_id()
    old = await an_operation(project, subject)
    (claimed,) = await claim(8, 30)
    await an_operation(project, subject)
    await mark(claimed, Applied())
    row = await Operation.get(id=old.id)
    assert (row.state, row.lease_until) == (OperationState.SUPERSEDED, None)


def short_leases(context: Context, seconds: float = 0.2) -> Context:
    """The same, with leases of a fifth of a second."""
    settings = context.settings.model_copy(update={"lease_seconds": seconds})
    return Context(context.cluster, context.datastore, settings)


async def test_a_lease_is_renewed_by_who_holds_it_and_by_nobody_else() -> None:
    """A relay that woke late learns that another has its operation now."""
    await an_operation(await a_project())
    (first,) = await claim(1, 5.0)
    await run_out_leases()
    (second,) = await claim(1, 5.0)
    assert first.id == second.id
    assert not await renew(first, 5.0)
    assert await renew(second, 5.0)


async def test_a_handler_that_hangs_is_stopped_before_its_lease_ends(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts as no answer."""
    operation = await an_operation(await a_project())
    monkeypatch.setattr("tablecast.outbound.relay.MOST_SECONDS", 0.3)

    async def hang(_: Operation, __: Context) -> Result:
        await asyncio.Event().wait()
        return Applied()

    await carry(short_leases(context), handlers=only(hang))
    row = await Operation.get(id=operation.id)
    assert (row.state, row.last_error) == ("ACCEPTED", "The cluster did not answer in time.")


async def test_a_handler_that_takes_longer_than_a_lease_keeps_it(context: Context) -> None:
    """Nobody else gets the operation meanwhile."""
    operation = await an_operation(await a_project())

    async def slow(_: Operation, __: Context) -> Result:
        await asyncio.sleep(3)
        return Applied(object_uid=str(len(await claim(8, 30))))

    # Two seconds, so that a busy machine may be late with a renewal.
    await carry(short_leases(context, 2), handlers=only(slow))
    row = await Operation.get(id=operation.id)
    assert (row.state, row.object_uid) == ("APPLIED", "0")


async def test_a_handler_whose_lease_was_taken_over_is_stopped(context: Context) -> None:
    """It had slept too long: somebody else is at it."""
    operation = await an_operation(await a_project())
    ended: list[str] = []

    async def robbed(_: Operation, __: Context) -> Result:
        await Operation.filter(id=operation.id).update(lease_token="another")
        await asyncio.sleep(5)
        ended.append("to the end")
        return Applied()

    await carry(short_leases(context), handlers=only(robbed))
    row = await Operation.get(id=operation.id)
    assert (row.state, row.lease_token, ended) == ("ACCEPTED", "another", [])
