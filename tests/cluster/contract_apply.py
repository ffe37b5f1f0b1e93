"""The half of the port's contract that is about server-side apply."""

import pytest

from tablecast.cluster.port import CONFIG_MAP, Cluster, Manifest
from tablecast.errors import ObjectConflict, ObjectMissing

from . import manifests


def a_map(space: str, name: str = "one", **data: str) -> Manifest:
    return manifests.config_map(space, name, **data)


class ApplyContract:
    """Sentences about apply that are true of every cluster."""

    async def test_an_apply_makes_the_object_where_there_is_none(
        self, cluster: Cluster, space: str
    ) -> None:
        made = await cluster.apply(a_map(space, a="1"))
        assert made["data"] == {"a": "1"}
        assert (await cluster.get(CONFIG_MAP, space, "one"))["data"] == {"a": "1"}

    async def test_an_apply_that_changes_nothing_keeps_the_version(
        self, cluster: Cluster, space: str
    ) -> None:
        first = await cluster.apply(a_map(space, a="1"))
        second = await cluster.apply(a_map(space, a="1"))
        assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]

    async def test_a_field_that_is_applied_no_longer_goes(
        self, cluster: Cluster, space: str
    ) -> None:
        await cluster.apply(a_map(space, a="1", b="2"))
        after = await cluster.apply(a_map(space, a="1"))
        assert after["data"] == {"a": "1"}

    async def test_a_field_that_another_manager_applies_too_stays(
        self, cluster: Cluster, space: str
    ) -> None:
        await cluster.apply(a_map(space, a="1", b="2"))
        await cluster.apply(a_map(space, b="2"), manager="another")
        after = await cluster.apply(a_map(space, a="1"))
        assert after["data"] == {"a": "1", "b": "2"}

    async def test_an_apply_leaves_what_others_set(self, cluster: Cluster, space: str) -> None:
        await cluster.create(a_map(space, made="by create"))
        await cluster.apply(a_map(space, mine="1"), manager="another")
        after = await cluster.apply(a_map(space, a="1"))
        assert after["data"] == {"made": "by create", "mine": "1", "a": "1"}

    async def test_an_apply_takes_a_field_by_force(self, cluster: Cluster, space: str) -> None:
        await cluster.apply(a_map(space, a="1"), manager="another")
        assert (await cluster.apply(a_map(space, a="2")))["data"] == {"a": "2"}
        # it is ours now: the other manager's next apply without it does not remove it
        after = await cluster.apply(a_map(space, b="3"), manager="another")
        assert after["data"] == {"a": "2", "b": "3"}

    async def test_a_deleted_object_is_not_raised_by_its_uid(
        self, cluster: Cluster, space: str
    ) -> None:
        made = await cluster.apply(a_map(space))
        await cluster.delete(CONFIG_MAP, space, "one")
        again = a_map(space)
        again["metadata"]["uid"] = made["metadata"]["uid"]
        with pytest.raises(ObjectConflict):
            await cluster.apply(again)
        with pytest.raises(ObjectMissing):
            await cluster.get(CONFIG_MAP, space, "one")

    async def test_a_namesake_is_not_changed_by_anothers_uid(
        self, cluster: Cluster, space: str
    ) -> None:
        first = await cluster.create(a_map(space))
        await cluster.delete(CONFIG_MAP, space, "one")
        await cluster.create(a_map(space, a="1"))
        stale = a_map(space, a="2")
        stale["metadata"]["uid"] = first["metadata"]["uid"]
        with pytest.raises(ObjectConflict):
            await cluster.apply(stale)
        with pytest.raises(ObjectConflict):
            await cluster.delete(CONFIG_MAP, space, "one", uid=first["metadata"]["uid"])
        assert (await cluster.get(CONFIG_MAP, space, "one"))["data"] == {"a": "1"}

    async def test_a_status_is_written_apart(self, cluster: Cluster, space: str) -> None:
        isvc = manifests.inference_service(space, "stuck")
        isvc["spec"]["predictor"]["model"]["runtime"] = "nowhere"
        isvc["status"] = {"url": "http://made-up"}
        made = await cluster.create(isvc)
        assert made.get("status", {}).get("url") != "http://made-up"
        identity = {key: made["metadata"][key] for key in ("name", "namespace", "uid")}
        told = {k: made[k] for k in ("apiVersion", "kind")} | {"metadata": identity}
        told["status"] = {"servingRuntimeName": "told"}
        after = await cluster.apply(told, manager="a-controller", subresource="status")
        assert after["status"]["servingRuntimeName"] == "told"
        assert after["spec"]["predictor"]["model"]["runtime"] == "nowhere"

    async def test_generations_count_wishes_not_reports(self, cluster: Cluster, space: str) -> None:
        wish = manifests.inference_service(space, "counted")
        wish["spec"]["predictor"]["model"]["runtime"] = "nowhere"
        first = await cluster.apply(wish)
        wish["metadata"]["labels"] = {**manifests.MANAGED, "more": "labels"}
        assert (await cluster.apply(wish))["metadata"]["generation"] == 1
        wish["spec"]["predictor"]["minReplicas"] = 0
        assert (await cluster.apply(wish))["metadata"]["generation"] == 2
        identity = {key: first["metadata"][key] for key in ("name", "namespace", "uid")}
        report = {k: first[k] for k in ("apiVersion", "kind")} | {"metadata": identity}
        report["status"] = {"servingRuntimeName": "x"}
        told = await cluster.apply(report, manager="a-controller", subresource="status")
        assert told["metadata"]["generation"] == 2

    async def test_a_status_of_nothing_is_missing(self, cluster: Cluster, space: str) -> None:
        told = manifests.inference_service(space, "nobody") | {"status": {}}
        with pytest.raises(ObjectMissing):
            await cluster.apply(told, subresource="status")
