"""Live: what a subscriber has not taken yet, and waiting for it."""

import asyncio

from tablecast.live import Change, Hub, Renewal
from tablecast.metering import REGISTRY

FIRST, SECOND = Change("TRAINING", "a", 1), Change("TRAINING", "a", 2)


async def settled() -> None:
    """Whatever can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_take_waits_though_what_it_was_woken_for_was_taken_before() -> None:
    """A change that is taken at once leaves its signal behind: that is no change."""
    hub = Hub()
    with hub.subscribe("p") as subscription:
        hub.publish("p", [FIRST])
        assert await subscription.take(5) == [FIRST]
        waiting = asyncio.create_task(subscription.take(5))
        await settled()
        assert not waiting.done()
        hub.publish("p", [SECOND])
        assert await waiting == [SECOND]


async def test_a_take_ends_without_changes_when_its_time_is_over() -> None:
    """Also after a signal of something that is not there any more."""
    hub = Hub()
    with hub.subscribe("p") as subscription:
        hub.publish("p", [FIRST])
        await subscription.take(5)
        began = asyncio.get_running_loop().time()
        assert await subscription.take(0.1) == []
        assert asyncio.get_running_loop().time() - began >= 0.09


async def test_of_changes_of_one_subject_the_newest_is_taken() -> None:
    """One slot a subject, however long nobody takes."""
    hub = Hub()
    with hub.subscribe("p") as subscription:
        hub.publish("p", [FIRST, SECOND])
        assert await subscription.take(5) == [SECOND]


async def test_a_renewal_ends_a_take_until_a_reading_has_begun() -> None:
    """Whoever asks before a reading begins is served by it, and nobody who asks later."""
    hub, renewal = Hub(), Renewal()
    with hub.subscribe("p", None, renewal) as subscription:
        waiting = asyncio.create_task(subscription.take(5))
        await settled()
        first, second = renewal.ask(), renewal.ask()
        assert await waiting == []
        assert renewal.begin()
        assert first < second == renewal.begun < renewal.ask()
        assert await subscription.take(5) == []


def test_a_change_that_takes_an_older_ones_place_is_counted() -> None:
    """What a slow subscriber never sees one by one."""

    def merged() -> float:
        return (
            REGISTRY.get_sample_value("tablecast_messages_merged_total", {"where": "subscriber"})
            or 0.0
        )

    before, hub = merged(), Hub()
    with hub.subscribe("p"):
        for sequence in range(1, 6):
            hub.publish("p", [Change("TRAINING", "t", sequence)])
        hub.publish("p", [Change("TRAINING", "another", 6)])
    assert merged() == before + 4
