"""The cluster port's contract: what every side of it does, asked of one that a fixture gives.

A test module subclasses `ClusterContract` and gives the fixtures `cluster` and `space` (an empty
namespace of its own). Nothing here knows which cluster it is.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from tablecast.cluster.port import (
    CONFIG_MAP,
    INFERENCE_SERVICE,
    NAMESPACE,
    POD,
    SECRET,
    TRAINED_MODEL,
    WORKFLOW,
    Cluster,
    Kind,
    WatchEvent,
)
from tablecast.errors import (
    ClusterRefusal,
    ObjectExists,
    ObjectMissing,
)

from . import manifests
from .contract_apply import ApplyContract, a_map
from .waiting import until_gone, until_object

# a real cluster puts objects of its own into new namespaces
MINE = "tablecast.dev/managed"


async def followed(
    cluster: Cluster, kind: Kind, space: str, version: str, count: int, selector: str = MINE
) -> list[WatchEvent]:
    """The first `count` events after `version`, without bookmarks."""
    events: list[WatchEvent] = []
    watch = cluster.watch(kind, namespace=space, selector=selector, resource_version=version)
    async with asyncio.timeout(20), aclosing(as_generator(watch)) as stream:
        async for event in stream:
            if event.type != "BOOKMARK":
                events.append(event)
            if len(events) == count:
                break
    return events


async def as_generator(events: AsyncIterator[WatchEvent]) -> AsyncIterator[WatchEvent]:
    async for event in events:
        yield event


class ClusterContract(ApplyContract):
    """Sentences that are true of every cluster."""

    async def test_what_is_created_can_be_read(self, cluster: Cluster, space: str) -> None:
        made = await cluster.create(a_map(space, a="1"))
        read = await cluster.get(CONFIG_MAP, space, "one")
        assert read["data"] == {"a": "1"}
        assert read["metadata"]["uid"] == made["metadata"]["uid"]
        assert read["metadata"]["resourceVersion"]
        assert read["metadata"]["creationTimestamp"].endswith("Z")

    async def test_a_name_is_given_once(self, cluster: Cluster, space: str) -> None:
        await cluster.create(a_map(space))
        with pytest.raises(ObjectExists) as refused:
            await cluster.create(a_map(space))
        assert refused.value.status == 409

    async def test_what_is_not_there_is_missing(self, cluster: Cluster, space: str) -> None:
        with pytest.raises(ObjectMissing) as missing:
            await cluster.get(CONFIG_MAP, space, "nobody")
        assert missing.value.status == 404
        with pytest.raises(ObjectMissing):
            await cluster.delete(CONFIG_MAP, space, "nobody")

    async def test_nothing_is_made_in_a_namespace_that_is_not_there(
        self, cluster: Cluster, space: str
    ) -> None:
        with pytest.raises(ObjectMissing):
            await cluster.create(a_map(f"{space}-not"))

    @pytest.mark.parametrize("name", ["Upper", "under_score", "-dash", "a" * 254, "a b", "é"])
    async def test_a_name_that_is_none_is_refused(
        self, cluster: Cluster, space: str, name: str
    ) -> None:
        with pytest.raises(ClusterRefusal) as refused:
            await cluster.create(a_map(space, name))
        assert refused.value.status == 422

    async def test_lists_select_by_label(self, cluster: Cluster, space: str) -> None:
        for name, colour in (("r", "red"), ("g", "green"), ("n", "")):
            made = a_map(space, name)
            made["metadata"]["labels"] = {"colour": colour, "own": space} if colour else {}
            await cluster.create(made)

        async def names(selector: str) -> set[str]:
            listing = await cluster.list(CONFIG_MAP, namespace=space, selector=selector)
            return {each["metadata"]["name"] for each in listing.objects} & {"r", "g", "n"}

        assert await names("") == {"r", "g", "n"}
        assert await names("colour=red") == {"r"}
        assert await names(f"own={space},colour!=red") == {"g"}
        assert await names("colour in (red, green)") == {"r", "g"}
        assert await names("colour") == {"r", "g"}
        assert await names("!colour") == {"n"}
        everywhere = await cluster.list(CONFIG_MAP, selector=f"own={space}")
        assert {each["metadata"]["name"] for each in everywhere.objects} == {"r", "g"}

    async def test_versions_are_those_of_a_list(self, cluster: Cluster, space: str) -> None:
        labels = {"space": space}
        for name in ("one", "two"):
            made = manifests.workflow(space, name, manifests.step("a"))
            made["metadata"]["labels"] = labels
            await cluster.create(made)
        listing = await cluster.list(WORKFLOW, selector=f"space={space}")
        found = await cluster.versions(
            WORKFLOW, selector=f"space={space}", at_least=listing.resource_version
        )
        all_metadata = [each["metadata"] for each in listing.objects]
        assert found.of == {one["uid"]: one["resourceVersion"] for one in all_metadata}
        assert int(found.resource_version) >= int(listing.resource_version)

    async def test_a_watch_tells_what_came_after_its_version(
        self, cluster: Cluster, space: str
    ) -> None:
        await cluster.create(a_map(space, "before"))
        listing = await cluster.list(CONFIG_MAP, namespace=space)
        await cluster.create(a_map(space, "one", a="1"))
        await cluster.apply(a_map(space, "one", b="2"))
        await cluster.delete(CONFIG_MAP, space, "one")
        events = await followed(cluster, CONFIG_MAP, space, listing.resource_version, 3)
        assert [event.type for event in events] == ["ADDED", "MODIFIED", "DELETED"]
        assert {event.object["metadata"]["name"] for event in events} == {"one"}
        versions = [int(event.object["metadata"]["resourceVersion"]) for event in events]
        assert versions == sorted(versions)
        assert events[1].object["data"] == {"a": "1", "b": "2"}

    async def test_a_watch_hears_what_happens_while_it_waits(
        self, cluster: Cluster, space: str
    ) -> None:
        listing = await cluster.list(CONFIG_MAP, namespace=space)
        hearing = asyncio.create_task(
            followed(cluster, CONFIG_MAP, space, listing.resource_version, 1)
        )
        await asyncio.sleep(0)
        await cluster.create(a_map(space, "later"))
        [event] = await hearing
        assert event.object["metadata"]["name"] == "later"

    async def test_a_watch_sees_objects_enter_and_leave_its_selector(
        self, cluster: Cluster, space: str
    ) -> None:
        listing = await cluster.list(CONFIG_MAP, namespace=space)
        for colour in ("blue", "red", "blue"):
            made = a_map(space, "one")
            made["metadata"]["labels"] = {"colour": colour}
            await cluster.apply(made)
        events = await followed(
            cluster, CONFIG_MAP, space, listing.resource_version, 2, "colour=red"
        )
        assert [event.type for event in events] == ["ADDED", "DELETED"]

    async def test_a_finalizer_holds_a_deletion(self, cluster: Cluster, space: str) -> None:
        held = a_map(space)
        held["metadata"]["finalizers"] = ["tablecast.dev/test"]
        await cluster.apply(held, manager="holder")
        await cluster.delete(CONFIG_MAP, space, "one")
        waiting = await cluster.get(CONFIG_MAP, space, "one")
        assert waiting["metadata"]["deletionTimestamp"]
        await cluster.apply(a_map(space), manager="holder")
        await until_gone(cluster, CONFIG_MAP, space, "one")

    async def test_dependents_go_with_their_owner(self, cluster: Cluster, space: str) -> None:
        owner = await cluster.create(a_map(space, "owner"))
        owned = a_map(space, "owned")
        owned["metadata"]["ownerReferences"] = [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "name": "owner",
                "uid": owner["metadata"]["uid"],
            }
        ]
        await cluster.create(owned)
        await cluster.delete(CONFIG_MAP, space, "owner")
        await until_gone(cluster, CONFIG_MAP, space, "owned")

    async def test_a_secrets_text_is_kept_encoded(self, cluster: Cluster, space: str) -> None:
        await cluster.apply(manifests.secret(space, "s", token="abc"))
        kept = await cluster.get(SECRET, space, "s")
        assert kept["data"] == {"token": "YWJj"}
        assert "stringData" not in kept

    @pytest.mark.parametrize("kind", [WORKFLOW, INFERENCE_SERVICE, TRAINED_MODEL])
    async def test_a_misspelt_field_is_refused(
        self, cluster: Cluster, space: str, kind: Kind
    ) -> None:
        wrong = {
            WORKFLOW: manifests.workflow(space, "wrong", manifests.step("a")),
            INFERENCE_SERVICE: manifests.inference_service(space, "wrong"),
            TRAINED_MODEL: manifests.trained_model(space, "wrong", "m"),
        }[kind]
        wrong["spec"]["predictorSpec"] = {}
        with pytest.raises(ClusterRefusal, match="predictorSpec"):
            await cluster.create(wrong)

    async def test_a_kind_that_is_not_served_is_missing(self, cluster: Cluster, space: str) -> None:
        with pytest.raises(ClusterRefusal):
            await cluster.create(
                {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "t", "namespace": space}}
            )

    async def test_a_namespace_takes_everything_with_it(self, cluster: Cluster, space: str) -> None:
        await cluster.create(a_map(space))
        await cluster.delete(NAMESPACE, "", space)
        await until_gone(cluster, NAMESPACE, "", space)
        assert not (await cluster.list(CONFIG_MAP, namespace=space)).objects

    async def test_a_namespace_waits_for_what_is_held_in_it(
        self, cluster: Cluster, space: str
    ) -> None:
        held = a_map(space)
        held["metadata"]["finalizers"] = ["tablecast.dev/test"]
        await cluster.apply(held, manager="holder")
        await cluster.delete(NAMESPACE, "", space)
        await until_object(
            cluster, NAMESPACE, "", space, lambda o: o["status"]["phase"] == "Terminating"
        )
        with pytest.raises(ClusterRefusal, match="terminat"):
            await cluster.create(a_map(space, "late"))
        await until_object(
            cluster, CONFIG_MAP, space, "one", lambda o: o["metadata"].get("deletionTimestamp")
        )
        await cluster.apply(a_map(space), manager="holder")
        await until_gone(cluster, NAMESPACE, "", space)

    async def test_logs_of_no_pod_are_missing(self, cluster: Cluster, space: str) -> None:
        with pytest.raises(ObjectMissing):
            _ = [chunk async for chunk in cluster.logs(space, "nobody")]

    async def test_every_kind_lists(self, cluster: Cluster, space: str) -> None:
        for kind in (POD, WORKFLOW, INFERENCE_SERVICE, TRAINED_MODEL):
            listing = await cluster.list(kind, namespace=space)
            assert listing.objects == []
            assert listing.resource_version.isdigit()
