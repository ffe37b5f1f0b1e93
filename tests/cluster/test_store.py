"""The store alone: its watches' window, its bookmarks, and its file."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tablecast.cluster.embedded.store import EmbeddedStore
from tablecast.cluster.port import CONFIG_MAP, NAMESPACE, POD
from tablecast.errors import ClusterBusy, ObjectMissing, VersionGone

from .manifests import config_map, namespace


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(
        tmp_path / "objects.sqlite", history=5, watch_seconds=0.4, bookmark_seconds=0.1
    )
    yield opened
    opened.close()


async def test_a_version_out_of_the_window_is_gone(store: EmbeddedStore) -> None:
    await store.create(namespace("n"))
    start = (await store.list(CONFIG_MAP)).resource_version
    for number in range(6):
        await store.create(config_map("n", f"c{number}"))
    with pytest.raises(VersionGone) as gone:
        async for _ in store.watch(CONFIG_MAP, resource_version=start):
            pass
    assert gone.value.status == 410


async def test_a_slow_watch_is_told_that_it_missed_something(store: EmbeddedStore) -> None:
    await store.create(namespace("n"))
    start = (await store.list(CONFIG_MAP)).resource_version
    await store.create(config_map("n", "first"))
    watch = store.watch(CONFIG_MAP, resource_version=start)
    assert (await anext(watch)).object["metadata"]["name"] == "first"
    for number in range(7):
        await store.create(config_map("n", f"c{number}"))
    with pytest.raises(VersionGone):
        _ = [event async for event in watch]


async def test_silence_is_bookmarked_and_a_watch_ends_by_itself(store: EmbeddedStore) -> None:
    await store.create(namespace("n"))
    listing = await store.list(CONFIG_MAP)
    await store.create(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"}}
    )
    async with asyncio.timeout(5):
        watch = store.watch(CONFIG_MAP, resource_version=listing.resource_version)
        events = [event async for event in watch]
    assert events
    assert {event.type for event in events} == {"BOOKMARK"}
    bookmark = events[-1].object
    assert bookmark["kind"] == "ConfigMap"
    assert int(bookmark["metadata"]["resourceVersion"]) > int(listing.resource_version)


async def test_a_bookmark_is_a_place_to_go_on_from(store: EmbeddedStore) -> None:
    await store.create(namespace("n"))
    version = (await store.list(CONFIG_MAP)).resource_version
    async for event in store.watch(CONFIG_MAP, resource_version=version):
        version = event.object["metadata"]["resourceVersion"]
    await store.create(config_map("n", "late"))
    first = await anext(store.watch(CONFIG_MAP, resource_version=version))
    assert first.object["metadata"]["name"] == "late"


async def test_after_a_restart_only_the_present_can_be_watched(tmp_path: Path) -> None:
    first = EmbeddedStore(tmp_path / "objects.sqlite")
    old = (await first.list(CONFIG_MAP)).resource_version
    await first.create(namespace("n"))
    await first.create(config_map("n", "one"))
    present = (await first.list(CONFIG_MAP)).resource_version
    first.close()
    second = EmbeddedStore(tmp_path / "objects.sqlite")
    with pytest.raises(VersionGone):
        await anext(second.watch(CONFIG_MAP, resource_version=old))
    watch = second.watch(CONFIG_MAP, resource_version=present)
    await second.create(config_map("n", "two"))
    assert (await anext(watch)).object["metadata"]["name"] == "two"
    second.close()


async def test_a_write_that_fails_leaves_nothing(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.create(namespace("n"))
    version = (await store.list(NAMESPACE)).resource_version

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store._rows, "put", full)
    with pytest.raises(ClusterBusy, match="disk is full"):
        await store.create(config_map("n", "one"))
    monkeypatch.undo()
    with pytest.raises(ObjectMissing):
        await store.get(CONFIG_MAP, "n", "one")
    assert (await store.list(NAMESPACE)).resource_version == version


async def test_tens_of_thousands_of_objects_are_no_trouble(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "objects.sqlite")
    await store.create(namespace("n"))
    for number in range(12_000):
        pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"x": "y" * 500}}
        labels = {"tablecast.dev/managed": "true", "of": f"w{number // 3}"}
        metadata = {"name": f"p{number}", "namespace": "n", "labels": labels}
        await store.create({**pod, "metadata": metadata})
    loop = asyncio.get_running_loop()
    start = loop.time()
    assert len((await store.list(POD, namespace="n", selector="of=w77")).objects) == 3
    few = loop.time() - start
    assert len((await store.list(POD, selector="tablecast.dev/managed=true")).objects) == 12_000
    store.close()
    # an index answers the narrow question; the broad one is a relist and may take its time
    assert few < 0.05


@pytest.mark.parametrize("version", ["999999999", "0"])
async def test_a_version_that_never_was_is_gone(store: EmbeddedStore, version: str) -> None:
    with pytest.raises(VersionGone):
        await anext(store.watch(CONFIG_MAP, resource_version=version))
