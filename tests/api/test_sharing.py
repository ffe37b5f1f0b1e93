"""What several ask alike, with the same rights, is executed once and told to all, over real sockets."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from tablecast import live
from tablecast.api.auth import Authenticator
from tablecast.api.graphql.view import GraphQLEndpoint
from tablecast.api.limits import extensions_for
from tablecast.api.schema import build_schema
from tablecast.domain.deeds import SYSTEM, deed
from tablecast.domain.members import add_member, remove_member
from tablecast.domain.states import Noun, Role
from tablecast.domain.tables import Training
from tablecast.settings import Limits, Settings
from tests.api.endpoint import SECRET
from tests.api.followers import TRAINING, Server, counting, narrow, told, told_until
from tests.api.rows import gid
from tests.api.serving import served
from tests.api.sockets import hear, say, subscribe
from tests.api.streams import EVENTS, happen
from tests.api.streams import say as change
from tests.api.world import Api
from tests.domain.world import ANN as ANN_ASKS
from tests.domain.world import a_project, a_training, a_version

SPACED = f"# the same\n{TRAINING}\n\n".replace("{ message", "{\n\n  message,")
NO_FIELD = "subscription Follow($id: ID!) { training(id: $id) {"


@pytest.fixture
async def server(live_api: Api) -> AsyncIterator[Server]:
    settings, limits = Settings(secret=SECRET), Limits()
    project = await a_project()
    there = Server(project, await a_training(await a_version(project)))
    schema = build_schema([counting(there.executions), *extensions_for(settings, limits)])
    endpoint = GraphQLEndpoint(schema, Authenticator(settings), live_api.context, settings, limits)
    async with served(Starlette(routes=[WebSocketRoute("/graphql", endpoint)])) as there.address:
        yield there
    assert live.hub.projects() == []


async def test_a_change_is_executed_once_and_everybody_who_asks_alike_hears_of_it(
    server: Server,
) -> None:
    """On one socket or several, whatever their ids and spacing."""
    async with AsyncExitStack() as stack:
        listeners = [
            await stack.enter_async_context(server.listener(text=text))
            for text in (TRAINING, SPACED) * 4
        ]
        await server.follow(listeners[0], id_='"second"')
        assert (await hear(listeners[0]))["id"] == '"second"'
        before = len(server.executions)
        for number in range(5):
            await change(server.training, f"m{number}")
            ids = {(await hear(listeners[0]))["id"] for _ in range(2)}
            assert ids == {"1", '"second"'}
            for listener in listeners[1:]:
                assert await told(listener) == f"m{number}"
        assert len(server.executions) - before == 5


@pytest.mark.parametrize(
    ("who", "text", "variables"),
    [
        pytest.param(("bob", False), TRAINING, {}, id="another subject"),
        pytest.param(("ann", True), TRAINING, {}, id="an admin of the same name"),
        pytest.param(("ann", False), TRAINING, {"more": True}, id="another variable"),
        pytest.param(("ann", False), TRAINING.replace("Follow", "F"), {}, id="another name"),
        pytest.param(("ann", False), TRAINING.replace("name", "state"), {}, id="another field"),
    ],
)
async def test_who_asks_otherwise_or_is_somebody_else_has_an_execution_of_their_own(
    server: Server, who: tuple[str, bool], text: str, variables: dict[str, Any]
) -> None:
    """Each is shown what is theirs."""
    await add_member(ANN_ASKS, server.project.id, "bob", Role.VIEWER)
    async with server.listener() as one, server.socket(*who) as other:
        await server.follow(other, text, **variables)
        await hear(other)
        before = len(server.executions)
        await change(server.training, "changed")
        mine, theirs = await hear(one), await hear(other)
        assert len(server.executions) - before == 2
    role = {"bob": "VIEWER", "ann": "OWNER"}[who[0]]
    assert mine["payload"]["data"]["training"]["project"]["role"] == "OWNER"
    assert theirs["payload"]["data"]["training"]["project"]["role"] == role
    assert ("name" in theirs["payload"]["data"]["training"]) == ("more" in variables)


async def test_who_stops_reading_holds_up_nobody_and_hears_the_newest_when_they_read_again(
    server: Server,
) -> None:
    """200 kB a message: more than any buffer holds. The others hear every state meanwhile."""
    states = [f"{number} {'x' * 200_000}" for number in range(60)]
    async with (
        server.listener(sock=narrow(server.address), max_size=None) as slow,
        server.listener(max_size=None) as quick,
    ):
        slow.transport.pause_reading()
        for state in states:
            await change(server.training, state)
            assert await told(quick) == state
        slow.transport.resume_reading()
        heard = await told_until(slow, states[-1])
        assert len(heard) < len(states)
        assert heard == [state for state in states if state in set(heard)]


async def test_nothing_is_executed_while_nobody_has_room_for_more(server: Server) -> None:
    """What was asked for and is not read costs a buffer, and then no more."""
    async with server.listener(sock=narrow(server.address), max_size=None) as slow:
        slow.transport.pause_reading()
        executed, number = -1, 0
        while executed < len(server.executions):
            executed, number = len(server.executions), number + 1
            await change(server.training, f"{number} {'x' * 200_000}")
            for _ in range(50):
                if len(server.executions) > executed:
                    break
                await asyncio.sleep(0.02)
        assert 1 < executed < 100
        slow.transport.resume_reading()
        await change(server.training, "read again")
        assert len(await told_until(slow, "read again")) > 1


async def test_who_comes_late_is_shown_what_is_true_then_and_the_others_no_step_back(
    server: Server,
) -> None:
    """Also what no event has told yet; who was there hears of it once."""
    async with server.listener() as early:
        await change(server.training, "told")
        assert await told(early) == "told"
        await Training.filter(id=server.training.id).update(message="untold")
        async with server.socket() as late:
            await server.follow(late)
            assert [await told(late), await told(early)] == ["untold", "untold"]
            await change(server.training, "after")
            assert [await told(late), await told(early)] == ["after", "after"]


async def test_who_was_there_is_not_told_again_what_a_newcomer_asks(server: Server) -> None:
    """A newcomer costs the others nothing."""
    async with server.listener() as early:
        for _ in range(3):
            async with server.listener():
                pass
        await change(server.training, "next")
        assert await told(early) == "next"


async def test_whoever_comes_while_it_changes_sees_no_older_state_and_ends_with_the_newest(
    server: Server,
) -> None:
    """Twenty come at any moment of a hundred changes, and some leave again."""
    dice = random.Random(7)
    committed = 0

    async def come(moment: float) -> list[int]:
        await asyncio.sleep(moment)
        async with server.socket() as socket:
            least = committed
            await server.follow(socket)
            if dice.random() < 0.3:
                return [least]
            return [least, *(int(state) for state in await told_until(socket, "100"))]

    await change(server.training, "0")
    async with asyncio.TaskGroup() as group:
        coming = [group.create_task(come(dice.random())) for _ in range(20)]
        for number in range(1, 101):
            await change(server.training, str(number))
            committed = number
            await asyncio.sleep(0.01)
    stayed = [task.result() for task in coming if len(task.result()) > 1]
    assert len(stayed) > 5
    for seen in stayed:
        assert seen == sorted(seen)
        assert len(set(seen[1:])) == len(seen[1:])


async def test_a_lost_membership_reaches_all_of_that_subject_and_nobody_else(
    server: Server,
) -> None:
    """The others go on; whoever is let in again begins anew."""
    await add_member(ANN_ASKS, server.project.id, "bob", Role.VIEWER)
    async with AsyncExitStack() as stack:
        bobs = [await stack.enter_async_context(server.listener("bob")) for _ in range(3)]
        ann = await stack.enter_async_context(server.listener())
        await remove_member(ANN_ASKS, server.project.id, "bob")
        for bob in bobs:
            refused, end = await hear(bob), await hear(bob)
            (error,) = refused["payload"]["errors"]
            assert error["extensions"]["code"] == "TRAINING_NOT_FOUND"
            assert end == {"id": "1", "type": "complete"}
        await add_member(ANN_ASKS, server.project.id, "bob", Role.VIEWER)
        await server.follow(bobs[0])
        assert await told(bobs[0]) == ""
        await change(server.training, "still here")
        assert await told(ann) == "still here"


async def test_the_end_of_what_is_followed_reaches_everybody(server: Server) -> None:
    """Null, and the subscription is complete; one socket more or less."""
    async with server.listener() as one, server.listener() as other:
        async with deed(SYSTEM, server.project.id) as tx:
            await Training.filter(id=server.training.id).delete()
            tx.tell("TRAINING_DELETED", Noun.TRAINING, server.training.id)
        for socket in (one, other):
            assert (await hear(socket))["payload"] == {"data": {"training": None}}
            assert (await hear(socket))["type"] == "complete"


async def test_a_socket_that_breaks_ends_nothing_for_the_others_and_the_last_ends_all(
    server: Server,
) -> None:
    """Also where it is the one that came first."""
    before = asyncio.all_tasks()
    async with AsyncExitStack() as stack:
        first, second, third = [
            await stack.enter_async_context(server.listener()) for _ in range(3)
        ]
        first.transport.abort()
        await change(server.training, "one is gone")
        assert [await told(second), await told(third)] == ["one is gone"] * 2
        await say(second, id="1", type="complete")
        await change(server.training, "one is left")
        assert await told(third) == "one is left"
        third.transport.abort()
        begun = asyncio.all_tasks() - before
    _, running = await asyncio.wait(begun, timeout=5)
    assert not running


async def test_a_refused_document_is_explained_to_each_by_their_own_text(server: Server) -> None:
    """Locations are those in what one has sent."""
    async with server.socket() as one, server.socket() as other:
        await server.follow(one, NO_FIELD + " nope } }")
        await server.follow(other, NO_FIELD + "\n nope } }")
        refused = [await hear(one), await hear(other)]
    assert [message["type"] for message in refused] == ["error", "error"]
    lines = [message["payload"][0]["locations"][0]["line"] for message in refused]
    assert lines == [1, 2]


async def test_two_who_follow_a_feed_alike_each_hear_all_of_it(server: Server) -> None:
    """A feed is told without a gap, so it is not shared."""
    async with AsyncExitStack() as stack:
        pair = [await stack.enter_async_context(server.socket()) for _ in range(2)]
        for socket in pair:
            await subscribe(socket, EVENTS, variables={"id": gid(server.project)})
            await hear(socket)
        await happen(server.project, 20)
        for socket in pair:
            events: list[int] = []
            while len(events) < 20:
                batch = (await hear(socket))["payload"]["data"]["projectEvents"]["events"]
                events += [event["sequence"] for event in batch]
            assert events == list(range(events[0], events[0] + 20))
