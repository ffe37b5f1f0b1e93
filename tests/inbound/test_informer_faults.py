"""Informers on a real API server do not lie, whatever happens to it or on the way to it.

Each time four kinds are followed into rows while objects change, go, and are made again under the same
name. Afterwards the rows equal the cluster within ten seconds, nothing that was told is older than what
was told before, and no kind was asked more than ten times in any minute.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import NAMESPACE, SERVICE_ACCOUNT, Manifest
from tablecast.domain.identity import new_id
from tablecast.errors import ClusterBusy, ObjectMissing
from tablecast.inbound.informer import Timing
from tests.cluster import manifests
from tests.cluster.control_plane import ControlPlane
from tests.cluster.fake_api import kubeconfig_for
from tests.cluster.waiting import found, until
from tests.domain.world import a_project
from tests.inbound.faults import INSTEAD, faults
from tests.inbound.following import KINDS, Counted, Following, informers

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("world")]

# Shorter than the server's freeze; long enough that a cluster at rest is asked nine times a minute.
SILENCE = 7.0
FAULT_SECONDS = 9.0
CAUGHT_UP_SECONDS = 10.0
ASKED_A_MINUTE = 10
LEASE_SECONDS = 60.0


@pytest.fixture
async def cluster(kubeconfig: str) -> AsyncIterator[KubernetesCluster]:
    """The cluster as it is."""
    async with KubernetesCluster(kubeconfig) as opened:
        yield opened


async def followed(cluster: KubernetesCluster) -> Following:
    """A project with its first objects in a namespace of its own."""
    project = await a_project()
    space = f"tc-test-{new_id()}"
    await cluster.create(manifests.namespace(space))

    async def account() -> Manifest | None:
        return await found(cluster, SERVICE_ACCOUNT, space, "default")

    # Pods need it. After an outage the controllers may have to win their lease again first.
    await until(account, LEASE_SECONDS)
    following = Following(space, project.id)
    await following.begin(cluster)
    return following


async def caught_up(following: Following, cluster: KubernetesCluster) -> None:
    """Wait until the rows are as the cluster is; no longer than promised."""
    truth = await following.truth(cluster)
    rows: dict[str, str] = {}
    try:
        async with asyncio.timeout(CAUGHT_UP_SECONDS):
            while rows != truth:
                await asyncio.sleep(0.05)
                rows = await following.rows()
    except TimeoutError:
        lacking = truth.items() - rows.items()
        raise AssertionError(
            f"rows lack {lacking} and have {rows.items() - truth.items()}"
        ) from None


async def back(
    control_plane: ControlPlane, following: Following, cluster: KubernetesCluster
) -> None:
    """Start the API server again; return once it serves every kind, some seconds after it is ready."""
    await asyncio.to_thread(control_plane.up)

    async def serves() -> bool:
        try:
            await following.truth(cluster)
        except ClusterBusy:
            return False
        return True

    await until(serves)


async def took_it_well(following: Following, cluster: KubernetesCluster, counted: Counted) -> None:
    """The rows are right, nothing went backwards, nobody was pestered; and the namespace goes."""
    await caught_up(following, cluster)
    assert following.backwards == []
    assert counted.most_in_a_minute() <= ASKED_A_MINUTE
    with suppress(ObjectMissing):
        await cluster.delete(NAMESPACE, "", following.space)


@pytest.mark.parametrize("fault", [*INSTEAD, "delay", "cut"])
async def test_a_fault_on_the_way_is_lived_through(
    cluster: KubernetesCluster, kubeconfig: str, tmp_path: Path, fault: str
) -> None:
    following = await followed(cluster)
    async with (
        faults(kubeconfig) as (switch, url),
        KubernetesCluster(kubeconfig_for(tmp_path, url)) as faulty,
    ):
        counted = Counted(faulty)
        async with informers(following, counted, Timing()):
            await caught_up(following, cluster)
            switch.inject(fault)
            await following.change(cluster, "1")
            await asyncio.sleep(FAULT_SECONDS / 2)
            await following.change(cluster, "2")
            await asyncio.sleep(FAULT_SECONDS / 2)
            switch.clear()
            await took_it_well(following, cluster, counted)


@pytest.mark.parametrize("fault", ["drop", "swallow"])
async def test_events_that_never_came_are_missed_and_made_up_for_by_a_list(
    cluster: KubernetesCluster, kubeconfig: str, tmp_path: Path, fault: str
) -> None:
    """Their watches stay open, and say no more than those of a cluster at rest."""
    following = await followed(cluster)
    async with (
        faults(kubeconfig) as (switch, url),
        KubernetesCluster(kubeconfig_for(tmp_path, url)) as faulty,
    ):
        counted = Counted(faulty)
        async with informers(following, counted, Timing()):
            await caught_up(following, cluster)
            switch.inject(fault)
            await following.change(cluster, "1")
            assert await following.rows() != await following.truth(cluster)
            if fault == "drop":
                switch.clear()
            await took_it_well(following, cluster, counted)


async def test_an_api_server_that_is_killed_and_comes_back(control_plane: ControlPlane) -> None:
    path = control_plane.kubeconfig
    async with KubernetesCluster(path) as cluster, KubernetesCluster(path) as theirs:
        following, counted = await followed(cluster), Counted(theirs)
        async with informers(following, counted, Timing()):
            await caught_up(following, cluster)
            control_plane.kill("kube-apiserver")
            await asyncio.sleep(FAULT_SECONDS)
            await back(control_plane, following, cluster)
            await following.change(cluster, "1")
            await took_it_well(following, cluster, counted)


async def test_an_api_server_that_is_frozen_beyond_the_silence_limit(
    control_plane: ControlPlane,
) -> None:
    path = control_plane.kubeconfig
    async with (
        KubernetesCluster(path) as cluster,
        KubernetesCluster(path) as theirs,
    ):
        following, counted = await followed(cluster), Counted(theirs)
        async with informers(following, counted, Timing(silence=SILENCE)):
            await caught_up(following, cluster)
            with control_plane.frozen("kube-apiserver"):
                await asyncio.sleep(2 * SILENCE)
            await following.change(cluster, "1")
            await took_it_well(following, cluster, counted)
    # Controllers that lost their lease in the silence have ended.
    await asyncio.to_thread(control_plane.up)


async def test_a_version_that_was_compacted_away_is_made_up_for_by_a_list(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    path = control_plane.kubeconfig
    async with KubernetesCluster(path) as cluster, faults(path) as (switch, url):
        following = await followed(cluster)
        async with KubernetesCluster(kubeconfig_for(tmp_path, url)) as faulty:
            counted = Counted(faulty)
            async with informers(following, counted, Timing()):
                await caught_up(following, cluster)
                switch.inject("500")
                await following.change(cluster, "1")
                await compact(control_plane)
                control_plane.kill("kube-apiserver")
                await back(control_plane, following, cluster)
                switch.clear()
                await took_it_well(following, cluster, counted)
                assert all(len(counted.lists[kind.plural]) == 2 for kind in KINDS)


async def compact(control_plane: ControlPlane) -> None:
    """Have etcd forget all that is not now."""
    async with aiohttp.ClientSession(control_plane.etcd) as etcd:
        everything = {"key": b64encode(b"/").decode(), "limit": 1}
        async with etcd.post("/v3/kv/range", json=everything) as answer:
            revision = (await answer.json())["header"]["revision"]
        whole = {"revision": revision, "physical": True}
        async with etcd.post("/v3/kv/compaction", json=whole) as answer:
            assert answer.status == 200, await answer.text()
