"""The server's account on a real API server: all that the server does goes with it, and it holds no
verb that the server was not seen to ask for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tablecast.clients.datastore import DatastoreClient
from tablecast.clients.inference import InferenceClient
from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.kubernetes.requests import Direct
from tablecast.cluster.kubernetes.server import Ask, new_session
from tablecast.cluster.port import INFERENCE_SERVICE, NAMESPACE, ROLE, Call, Target
from tablecast.domain.pools import DEDICATED
from tablecast.domain.projects import ProjectWish, create_project, delete_project
from tablecast.domain.servings import (
    ServingChange,
    ServingWish,
    create_serving,
    delete_serving,
    update_serving,
)
from tablecast.domain.states import ProjectState
from tablecast.domain.tables import Project, Serving
from tablecast.domain.trainings import cancel_training, delete_training
from tablecast.errors import ClusterRefusal, Unreachable
from tablecast.inbound.kinds import WATCHED
from tablecast.inbound.process import Inbound
from tablecast.outbound.context import Context
from tablecast.outbound.manifests.project import step_account
from tablecast.outbound.sweep import Sweep
from tablecast.settings import Settings
from tablecast_demo.session import Session
from tests.cluster.waiting import until, until_gone
from tests.domain.world import ANN, LIMITS, a_model_version, a_training, a_version, open_world
from tests.end_to_end.test_kubernetes import CREATE, DELETE, Server, until_state
from tests.helm.charts import EXTERNAL
from tests.helm.releases import a_namespace, installed, kubeconfig_of, token
from tests.helm.verbs import ASKED, Verbs, of_request
from tests.outbound.fakes import FakeCluster
from tests.outbound.manifests import samples
from tests.outbound.relaying import carry
from tests.outbound.serving import answer

pytestmark = pytest.mark.cluster


@pytest.fixture
async def cluster(kubeconfig: str) -> AsyncIterator[KubernetesCluster]:
    """The cluster as its administrator sees it, who also plays its controllers."""
    async with KubernetesCluster(kubeconfig) as opened:
        yield opened


@pytest.fixture
async def account(
    cluster: KubernetesCluster, kubeconfig: str, tmp_path: Path
) -> AsyncIterator[str]:
    """The kubeconfig of an installed release's account."""
    async with a_namespace(cluster) as space, installed(kubeconfig, space, EXTERNAL):
        path = kubeconfig_of(kubeconfig, tmp_path, await token(cluster, space))
        async with KubernetesCluster(path) as own:

            async def may() -> bool:
                # who may what reaches the API server's own memory a moment later
                with suppress(ClusterRefusal):
                    return bool(await own.list(NAMESPACE))
                return False

            await until(may)
        yield path


class Recorder:
    """What a cluster's API server was asked for, and what it refused, by way of its sender."""

    def __init__(self, cluster: KubernetesCluster) -> None:
        self.asked: Verbs = {}
        self.refused: list[str] = []
        self._send: Callable[..., Any] = cluster._server._send
        cluster._server._send = self._recorded  # type: ignore[method-assign]

    async def _recorded(self, ask: Ask, credentials: Any) -> Any:
        got = await self._send(ask, credentials)
        path, _, query = ask.url.partition("?")
        what, verbs = of_request(ask.method, path, query, got.status)
        if got.status == 403:
            self.refused.append(f"{ask.method} {path}")
        self.asked.setdefault(what, set()).update(verbs)
        return got


class World:
    """A server's two sides by hand on a real API server, with a datastore that always says yes."""

    def __init__(self, cluster: KubernetesCluster) -> None:
        settings = Settings(secret="s" * 32, poll_seconds=0.05)
        self.datastores = FakeCluster()
        datastore = DatastoreClient(self.datastores, settings.datastore_token, settings.signing_key)
        self.context = Context(cluster, datastore, settings, LIMITS)
        self.inbound = Inbound(cluster, datastore, InferenceClient(self.datastores), settings)

    async def project(self) -> Project:
        """A project that was applied; its datastore is said to answer."""
        made = (await create_project(ANN, ProjectWish(name="rights"), LIMITS)).row
        await carry(self.context)
        await Project.filter(id=made.id).update(state=ProjectState.READY)
        project = await Project.get(id=made.id)
        assert project.namespace_uid, "it was not applied"
        return project


async def test_the_account_may_what_the_server_asks_for_and_no_more(
    cluster: KubernetesCluster, account: str, tmp_path: Path
) -> None:
    async with KubernetesCluster(account) as own, open_world(tmp_path):
        recorder, world = Recorder(own), World(own)
        project = await world.project()
        await _reach(own, cluster, project)
        await _follow(world, recorder)
        await _train(world, project)
        await _serve(world, cluster, project)
        await Sweep(world.context).sweep()
        await _end(world, project)
    assert recorder.refused == []
    assert recorder.asked == ASKED


async def _reach(own: KubernetesCluster, cluster: KubernetesCluster, project: Project) -> None:
    """Ask pods and Services as a pod of the cluster does: straight, once their address is known."""
    metadata = {"name": "waits", "namespace": project.namespace}
    limits = {"limits": {"cpu": "1m", "memory": "1Mi"}}
    security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {"name": "main", "image": "none", "resources": limits, "securityContext": security}
    spec = {
        "containers": [container],
        "serviceAccountName": "step",
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    }
    await cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    async with new_session() as session:
        direct = Direct(own.get, session)
        for target in (
            Target(project.namespace, "waits", 8080, "Pod"),
            Target(project.namespace, "datastore", 80),
        ):
            with pytest.raises(Unreachable):
                async with direct.request(Call(target)):
                    raise AssertionError("nothing runs here")


async def _follow(world: World, recorder: Recorder) -> None:
    following = asyncio.create_task(world.inbound.run())
    kinds = {(one.kind.group, one.kind.plural) for one in WATCHED}

    async def watched() -> bool:
        assert not following.done(), following
        return {what for what, verbs in recorder.asked.items() if "watch" in verbs} >= kinds

    await until(watched)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


async def _train(world: World, project: Project) -> None:
    training = await a_training(await a_version(project))
    await carry(world.context)
    await cancel_training(ANN, training.id)
    await carry(world.context)
    await delete_training(ANN, training.id)
    await carry(world.context, rounds=3)


async def _serve(world: World, cluster: KubernetesCluster, project: Project) -> None:
    version = await a_version(project, name="others")
    model, better = [
        await a_model_version(await a_training(version, name=name)) for name in ("one", "two")
    ]
    wishes = ({"name": "shared"}, {"name": "alone", "mode": DEDICATED})
    for wish in wishes:
        serving = await _serving(model, **wish)
        await carry(world.context)
        await _play_kserve(cluster, project)
        await carry(world.context)
        await answer(serving)
        await update_serving(ANN, serving.id, ServingChange(better.id), LIMITS)
        await carry(world.context)
        await answer(serving)
        await carry(world.context)
        await delete_serving(ANN, serving.id)
        await carry(world.context, rounds=4)
    assert await Serving.all().count() == 0


async def _serving(model: Any, **wish: Any) -> Serving:
    asked = ServingWish(project_id=model.project_id, model_version_id=model.id, **wish)
    return (await create_serving(ANN, asked, LIMITS)).row


async def _play_kserve(cluster: KubernetesCluster, project: Project) -> None:
    """Say Ready of every InferenceService."""
    listing = await cluster.list(INFERENCE_SERVICE, namespace=project.namespace)
    for there in listing.objects:
        names = {key: there["metadata"][key] for key in ("name", "namespace")}
        ready = {"type": "Ready", "status": "True"}
        told = {"apiVersion": there["apiVersion"], "kind": there["kind"], "metadata": names}
        await cluster.apply(told | {"status": {"conditions": [ready]}}, subresource="status")


async def _end(world: World, project: Project) -> None:
    await delete_project(ANN, project.id, project.name)

    async def gone() -> bool:
        await carry(world.context)
        return not await Project.exists(id=project.id)

    await until(gone)


async def test_without_holding_the_steps_rights_nobody_could_grant_them(
    cluster: KubernetesCluster, kubeconfig: str, tmp_path: Path
) -> None:
    async with a_namespace(cluster) as space:
        rule = {
            "apiGroups": [ROLE.group],
            "resources": ["roles"],
            "verbs": ["create", "patch"],
        }
        names = {"name": "weak", "namespace": space}
        subject = {"kind": "ServiceAccount", "name": "default", "namespace": space}
        reference = {"apiGroup": ROLE.group, "kind": "Role", "name": "weak"}
        for kind, content in (
            ("Role", {"rules": [rule]}),
            ("RoleBinding", {"roleRef": reference, "subjects": [subject]}),
        ):
            api = {"apiVersion": f"{ROLE.group}/v1", "kind": kind, "metadata": names}
            await cluster.apply(api | content)
        weak = kubeconfig_of(kubeconfig, tmp_path, await _soon_token(cluster, space))
        async with KubernetesCluster(weak) as own:
            role = next(one for one in step_account(samples.PROJECT) if one["kind"] == "Role")
            role["metadata"]["namespace"] = space

            async def said() -> str:
                with pytest.raises(ClusterRefusal) as refused:
                    await own.apply(role)
                return str(refused.value) if "attempting to grant" in str(refused.value) else ""

            assert "workflowtaskresults" in await until(said)


async def _soon_token(cluster: KubernetesCluster, space: str) -> str:
    async def made() -> str:
        # a controller makes a namespace's default account
        with suppress(ClusterRefusal):
            return await token(cluster, space, "default")
        return ""

    return await until(made)


async def test_the_whole_server_sets_a_project_up_and_takes_it_away_with_this_account(
    account: str, tmp_path: Path, cluster: KubernetesCluster
) -> None:
    server = Server(tmp_path / "state", TABLECAST_KUBECONFIG=account)
    server.start()
    try:
        async with Session(server.url) as session:
            made = await session.mutate(CREATE, name="real")
            seen = await until_state(session, made["operation"]["id"], "APPLIED", "FAILED")
            assert seen == {"state": "APPLIED", "lastError": "", "tries": 1}
            project = made["project"]
            gone = await session.mutate(DELETE, projectId=project["id"], confirmName="real")
            await until_gone(cluster, NAMESPACE, "", project["namespace"])
            await until_state(session, gone["operation"]["id"], "OBSERVED")
        assert "Traceback" not in server.log()
    finally:
        server.kill()
