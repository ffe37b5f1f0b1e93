"""The relay: three sorts of error, waiting and waking."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.identity import new_id
from tablecast.domain.observe import observed
from tablecast.domain.operations import retry_operation, wake, wake_retries
from tablecast.domain.states import Noun, OperationState, Verb
from tablecast.domain.tables import Event, Operation, Project
from tablecast.errors import ClusterBusy, ClusterRefusal, Conflict, Unreachable
from tablecast.live import Signal
from tablecast.outbound.claim import claim
from tablecast.outbound.context import Context
from tablecast.outbound.handler import Applied, Refused, Result, Waiting
from tablecast.outbound.marks import MOST_BACK_OFF, back_off
from tablecast.outbound.relay import Relay
from tests.domain.world import ANN, a_project
from tests.outbound.relaying import an_operation, carry, make_due, only

pytestmark = pytest.mark.usefixtures("world")


async def applied(_: Operation, __: Context) -> Result:
    """It worked."""
    return Applied(object_uid="u-1")


async def unreachable(_: Operation, __: Context) -> Result:
    """No answer."""
    raise Unreachable("connection refused")


async def refused(_: Operation, __: Context) -> Result:
    """The cluster's no."""
    raise ClusterRefusal("admission webhook denied the request", status=400)


async def waiting(_: Operation, __: Context) -> Result:
    """Something else must come first."""
    return Waiting("POOL_NOT_READY", "It starts.", seconds=300)


async def test_an_unreachable_cluster_is_tried_for_ever(context: Context) -> None:
    """Accepted it stays, with the last word and a next try; back again, it is applied."""
    operation = await an_operation(await a_project())
    await carry(context, rounds=10, handlers=only(unreachable))
    row = await Operation.get(id=operation.id)
    assert (row.state, row.tries, row.last_error) == ("ACCEPTED", 10, "connection refused")
    assert row.due_at is not None
    assert row.due_at > datetime.now(UTC)
    await carry(context, handlers=only(applied))
    row = await Operation.get(id=operation.id)
    assert (row.state, row.last_error) == ("APPLIED", "")


async def test_a_cluster_that_answers_again_makes_retries_due_and_no_refusal(
    context: Context,
) -> None:
    """Nobody waits out a pause that was for an outage; the cluster's no is still a no."""
    lost, denied = [await an_operation(await a_project(name=name)) for name in ("lost", "no")]

    async def answer(operation: Operation, context: Context) -> Result:
        return await (unreachable if operation.id == lost.id else refused)(operation, context)

    await carry(context, handlers=only(answer))
    before = {row.id: row.due_at for row in await Operation.all()}
    await wake_retries()
    due = {row.id: row.due_at for row in await Operation.all()}
    assert due[lost.id] <= datetime.now(UTC) < before[lost.id]
    assert due[denied.id] == before[denied.id]


async def test_a_cluster_that_is_down_all_night_fills_no_feed(context: Context) -> None:
    """The same words again are no news."""
    operation = await an_operation(await a_project())
    await carry(context, rounds=6, handlers=only(unreachable))
    told = await Event.filter(subject_id=operation.id).order_by("sequence").values_list("type")
    assert [type_ for (type_,) in told] == ["OPERATION_ACCEPTED", "OPERATION_RETRYING"]


async def test_back_off_grows_and_is_bounded() -> None:
    """Between a second and five minutes, spread so that many do not come back together."""
    assert all(1 <= back_off(1) <= 2 for _ in range(50))
    late = [back_off(1000) for _ in range(200)]
    assert all(1 <= seconds <= MOST_BACK_OFF for seconds in late)
    assert max(late) - min(late) > MOST_BACK_OFF / 2


async def test_the_clusters_own_wish_to_wait_is_respected(context: Context) -> None:
    """429 with Retry-After."""
    operation = await an_operation(await a_project())

    async def throttled(_: Operation, __: Context) -> Result:
        raise ClusterBusy("slow down", status=429, retry_after=120)

    await carry(context, handlers=only(throttled))
    due = (await Operation.get(id=operation.id)).due_at
    assert due is not None
    assert due > datetime.now(UTC) + timedelta(seconds=110)


async def test_a_refusal_is_parked_after_three_tries_and_visible(context: Context) -> None:
    """FAILED with the cluster's own words, tried again each hour, and at once when told to."""
    operation = await an_operation(await a_project())
    await carry(context, rounds=2, handlers=only(refused))
    assert (await Operation.get(id=operation.id)).state == OperationState.ACCEPTED
    await carry(context, handlers=only(refused))
    row = await Operation.get(id=operation.id)
    assert (row.state, row.last_error) == ("FAILED", "admission webhook denied the request")
    assert row.due_at is not None
    assert row.due_at > datetime.now(UTC) + timedelta(minutes=50)
    assert (await retry_operation(ANN, operation.id)).row.state == OperationState.ACCEPTED
    await Relay(context, only(applied)).run_once()
    row = await Operation.get(id=operation.id)
    assert (row.state, row.settled_at) == (OperationState.APPLIED, None)


async def test_what_is_done_or_replaced_is_not_retried_by_hand(context: Context) -> None:
    """A typed conflict."""
    project, subject = await a_project(), new_id()
    old = await an_operation(project, subject)
    new = await an_operation(project, subject)
    await carry(context, handlers=only(applied))
    for operation in (old, new):
        with pytest.raises(Conflict) as refusal:
            await retry_operation(ANN, operation.id)
        assert refusal.value.code == "OPERATION_SETTLED"


async def test_a_final_no_is_not_tried_again(context: Context) -> None:
    """It failed, and has no next try."""
    operation = await an_operation(await a_project())

    async def final(_: Operation, __: Context) -> Result:
        return Refused("CHECKSUM_MISMATCH", "The bytes are others.")

    await carry(context, rounds=3, handlers=only(final))
    row = await Operation.get(id=operation.id)
    assert (row.state, row.due_at, row.tries) == ("FAILED", None, 1)
    assert row.last_error == "The bytes are others."


async def test_a_poison_operation_holds_up_no_other(context: Context) -> None:
    """It is parked without a word of our code to the person; the relay goes on."""
    project = await a_project()
    poison = await an_operation(project)
    good = [await an_operation(project) for _ in range(20)]

    async def handler(operation: Operation, _: Context) -> Result:
        if operation.id == poison.id:
            raise KeyError("secret detail")
        return Applied()

    await carry(context, rounds=4, handlers=only(handler))
    states = {row.id: row.state for row in await Operation.filter(noun=Noun.MODEL)}
    assert {states[operation.id] for operation in good} == {"APPLIED"}
    row = await Operation.get(id=poison.id)
    assert row.state == OperationState.FAILED
    assert "secret" not in row.last_error


async def test_what_waits_says_why_and_is_woken(context: Context) -> None:
    """`since` stays while the reason does; a wake makes it due at once, another project's does not."""
    project, other = await a_project(), await a_project(name="bees")
    operation = await an_operation(project)
    await carry(context, handlers=only(waiting))
    first = await Operation.get(id=operation.id)
    await carry(context, handlers=only(waiting))
    row = await Operation.get(id=operation.id)
    assert row.blocked_by == first.blocked_by
    assert row.blocked_by["code"] == "POOL_NOT_READY"
    await wake(other.id)
    assert await claim(8, 30) == []
    await wake(project.id)
    assert [woken.id for woken in await claim(8, 30)] == [operation.id]


async def test_a_wake_while_the_handler_looks_is_not_lost(context: Context) -> None:
    """What it waits for came after it looked: it is due again at once."""
    project = await a_project()
    operation = await an_operation(project)

    async def looks_too_early(_: Operation, __: Context) -> Result:
        await wake(project.id)
        return Waiting("POOL_NOT_READY", "It starts.", seconds=300)

    await carry(context, handlers=only(looks_too_early))
    assert [again.id for again in await claim(8, 30)] == [operation.id]


async def test_waiting_is_no_try(context: Context) -> None:
    """Back-off after a long wait begins at a second."""
    operation = await an_operation(await a_project())
    await carry(context, rounds=20, handlers=only(waiting))
    assert (await Operation.get(id=operation.id)).tries == 0


async def test_a_subject_shows_what_its_operation_waits_for(context: Context) -> None:
    """On its own row, until it is applied."""
    project = await a_project()
    async with deed(SYSTEM, project.id) as tx:
        await tx.record(Verb.UPDATE, Noun.PROJECT, project.id, generation=2)
    await carry(context, handlers=only(waiting))
    shown = (await Project.get(id=project.id)).blocked_by
    assert shown["code"] == "POOL_NOT_READY"
    await carry(context, handlers=only(applied))
    assert (await Project.get(id=project.id)).blocked_by is None


async def test_what_somebody_else_wrote_of_a_subject_stays(context: Context) -> None:
    """A pod that finds no node is not unblocked by an apply that worked."""
    project = await a_project()
    theirs = {"code": "UNSCHEDULABLE", "message": "no node", "since": "2026-01-01T00:00:00Z"}
    await Project.filter(id=project.id).update(blocked_by=theirs)
    async with deed(SYSTEM, project.id) as tx:
        await tx.record(Verb.UPDATE, Noun.PROJECT, project.id, generation=2)
    await carry(context, handlers=only(applied))
    assert (await Project.get(id=project.id)).blocked_by == theirs


async def test_an_effect_seen_before_the_mark_counts(context: Context) -> None:
    """A relay died between apply and mark, or its answer was lost: the effect was seen all the same."""
    project = await a_project()
    async with deed(SYSTEM, project.id) as tx:
        operation = await tx.record(Verb.UPDATE, Noun.PROJECT, project.id, generation=2)
    async with deed(SYSTEM, project.id) as tx:
        await observed(tx, Noun.PROJECT, project.id, 2)
    assert (await Operation.get(id=operation.id)).state == OperationState.ACCEPTED
    await carry(context, handlers=only(applied))
    assert (await Operation.get(id=operation.id)).state == OperationState.OBSERVED


async def test_an_effect_of_an_older_wish_does_not_settle_a_newer_one(context: Context) -> None:
    """Only what was wished up to that generation is OBSERVED."""
    project = await a_project()
    async with deed(SYSTEM, project.id) as tx:
        operation = await tx.record(Verb.UPDATE, Noun.PROJECT, project.id, generation=3)
    await carry(context, handlers=only(applied))
    async with deed(SYSTEM, project.id) as tx:
        await observed(tx, Noun.PROJECT, project.id, 2)
    assert (await Operation.get(id=operation.id)).state == OperationState.APPLIED
    async with deed(SYSTEM, project.id) as tx:
        await observed(tx, Noun.PROJECT, project.id, 3)
    assert (await Operation.get(id=operation.id)).state == OperationState.OBSERVED


async def test_the_loop_is_woken_by_its_signal_and_finds_by_itself_what_no_signal_told(
    context: Context,
) -> None:
    """Operations that come while it runs are carried out, woken or not, and retried in their time."""
    project = await a_project()
    settled = asyncio.Event()

    async def handler(operation: Operation, _: Context) -> Result:
        if operation.tries == 0:
            raise Unreachable("not yet")
        settled.set()
        return Applied(observed=True)

    loop = asyncio.create_task(Relay(context, only(handler), Signal()).run())
    operation = await an_operation(project)
    async with asyncio.timeout(10):
        while not settled.is_set():
            await make_due()
            await asyncio.sleep(0.02)
        while await Operation.exists(id=operation.id, settled_at__isnull=True):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert (await Operation.get(id=operation.id)).tries == 2


async def test_who_leaves_gives_back_what_it_cannot_end(context: Context) -> None:
    """Due at once for another, not counted as a try; what comes afterwards it leaves alone."""
    project = await a_project()
    begun = asyncio.Event()

    async def handler(_: Operation, __: Context) -> Result:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    relay = Relay(context, only(handler), Signal())
    operation = await an_operation(project)
    loop = asyncio.create_task(relay.run())
    async with asyncio.timeout(10):
        await begun.wait()
    await relay.hand_over(0.05)
    row = await Operation.get(id=operation.id)
    assert (row.state, row.tries, row.last_error) == ("ACCEPTED", 0, "")
    assert operation.id in [one.id for one in await claim(8, 30)]
    later = await an_operation(project)
    await relay.run_once()
    assert (await Operation.get(id=later.id)).lease_token == ""
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_who_leaves_lets_end_what_is_about_to(context: Context) -> None:
    """It is marked as ever."""
    begun, end = asyncio.Event(), asyncio.Event()

    async def handler(_: Operation, __: Context) -> Result:
        begun.set()
        await end.wait()
        return Applied(observed=True)

    relay = Relay(context, only(handler), Signal())
    operation = await an_operation(await a_project())
    loop = asyncio.create_task(relay.run())
    async with asyncio.timeout(10):
        await begun.wait()
        handing = asyncio.create_task(relay.hand_over(10))
        end.set()
        await handing
    assert (await Operation.get(id=operation.id)).state == "OBSERVED"
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
