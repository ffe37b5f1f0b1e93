"""The images on a real node, each under Pod Security "restricted" and on a read-only root."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tablecast.clients.datastore import DatastoreClient
from tablecast.cluster.kubernetes.cluster import KubernetesCluster
from tablecast.cluster.port import DEPLOYMENT, Call, Target
from tablecast.outbound.manifests.project import project_manifests
from tests.cluster.waiting import until, until_object
from tests.node.images import TARGETS
from tests.node.pods import (
    CLAIM,
    EMPTY,
    PATIENCE,
    plain,
    said,
    serve_pod,
    step_pod,
    until_ended,
    until_ready,
)
from tests.outbound.manifests.samples import PROJECT
from tests.steps.tables import birds
from tests.steps.volume import Volume

pytestmark = [pytest.mark.cluster, pytest.mark.node, pytest.mark.slow]

STEPS = ("preprocess", "features", "train")
LIBRARIES = {
    "server": {"pyarrow", "strawberry", "tortoise", "kubernetes_asyncio"},
    "preprocess": {"pyarrow"},
    "features": {"pyarrow", "pandas", "sklearn", "skops"},
    "train": {"pyarrow", "pandas", "sklearn", "skops", "lightgbm", "flaml"},
    "serve": {"pyarrow", "pandas", "sklearn", "skops", "lightgbm", "kserve"},
}
UNWANTED = {"xgboost", "nvidia", "torch", "pytest", "ruff", "gcc", "cc"}
LOOK = f"""
import importlib.util, json, os, shutil
names = {sorted(UNWANTED.union(*LIBRARIES.values()))}
found = [one for one in names if importlib.util.find_spec(one) or shutil.which(one)]
print(json.dumps({{"user": os.getuid(), "found": found}}))
"""


@pytest.mark.parametrize("target", TARGETS)
async def test_an_image_runs_as_user_1000_and_holds_only_what_it_needs(
    cluster: KubernetesCluster, space: str, images: dict[str, str], target: str
) -> None:
    await cluster.create(plain(space, "look", images[target], "python", "-c", LOOK))
    await until_ended(cluster, space, "look")
    seen = json.loads(await said(cluster, space, "look"))
    assert seen == {"user": 1000, "found": sorted(LIBRARIES[target])}


async def test_the_server_image_knows_the_command_line(
    cluster: KubernetesCluster, space: str, images: dict[str, str]
) -> None:
    await cluster.create(plain(space, "help", images["server"], "tablecast", "--help"))
    end = await until_ended(cluster, space, "help")
    printed = await said(cluster, space, "help")
    assert end["exitCode"] == 0, printed
    assert "serve" in printed
    assert "migrate" in printed


async def test_the_server_image_serves_by_itself_and_says_what_it_lacks(
    cluster: KubernetesCluster, space: str, images: dict[str, str]
) -> None:
    await cluster.create(plain(space, "serve", images["server"]))
    end = await until_ended(cluster, space, "serve")
    printed = await said(cluster, space, "serve")
    assert end["exitCode"] == 1
    assert "TABLECAST_SECRET" in printed
    assert "Traceback" not in printed


async def test_the_server_image_brings_the_migrations_that_lead_to_its_tables(
    cluster: KubernetesCluster, space: str, images: dict[str, str]
) -> None:
    recorded = (
        "from tablecast.domain.migrations import recorded_models\n"
        "from tablecast.settings import Settings\n"
        "print(*sorted(recorded_models(Settings().migrations)))"
    )
    await cluster.create(plain(space, "tables", images["server"], "python", "-c", recorded))
    end = await until_ended(cluster, space, "tables")
    printed = await said(cluster, space, "tables")
    assert end["exitCode"] == 0, printed
    assert "models.Training" in printed.split()


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_that_is_told_nothing_ends_with_its_typed_error(
    cluster: KubernetesCluster, space: str, images: dict[str, str], step: str
) -> None:
    await cluster.create(step_pod(space, step, images[step], {}, EMPTY))
    end = await until_ended(cluster, space, step)
    assert end["exitCode"] == 1, await said(cluster, space, step)
    assert json.loads(end["message"])["error"]["code"] == "INTERNAL"


async def test_the_model_server_is_ready_with_no_model_yet(
    cluster: KubernetesCluster, space: str, images: dict[str, str]
) -> None:
    await cluster.create(serve_pod(space, images["serve"], EMPTY))
    await until_ready(cluster, space, "serve")
    call = Call(Target(space, "serve", 8080, "Pod"), "POST", "/v2/repository/index")
    async with cluster.request(call) as response:
        assert (response.status, await response.read()) == (200, b"[]")


async def test_what_the_images_upload_convert_and_train_the_model_server_predicts(
    cluster: KubernetesCluster, space: str, images: dict[str, str]
) -> None:
    """Every image at work on one volume: what a library lacked in its image would fail here."""
    project = replace(PROJECT, namespace=space, image_server=images["server"])
    for one in project_manifests(project):
        await cluster.apply(one)
    await until_object(
        cluster,
        DEPLOYMENT,
        space,
        "datastore",
        lambda seen: seen.get("status", {}).get("readyReplicas") == 1,
        PATIENCE,
    )
    spec = await trainable(cluster, space)
    for step in STEPS:
        await cluster.create(step_pod(space, step, images[step], spec, CLAIM))
        end = await until_ended(cluster, space, step)
        assert end["exitCode"] == 0, await said(cluster, space, step)
    await cluster.create(serve_pod(space, images["serve"], CLAIM, "models/m"))
    await until_ready(cluster, space, "serve")
    answer = await predicted(cluster, space)
    assert answer["predictions"][0]["prediction"] == "Gentoo"


async def trainable(cluster: KubernetesCluster, space: str) -> dict[str, Any]:
    """Upload a table and have it converted; return a step's spec that trains on it."""
    store = DatastoreClient(
        cluster, lambda space: PROJECT.datastore_token, lambda space: PROJECT.signing_key
    )
    columns = birds()
    rows = zip(*columns.values(), strict=True)
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    table = "\n".join([",".join(columns), *lines]).encode()
    await store.ensure_upload(space, "u", len(table))
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    headers["Tus-Resumable"] = "1.0.0"
    async with store.forward(space, "PATCH", "/uploads/u", headers, table) as sent:
        assert sent.status == 204
    await store.finish_upload(space, "u")
    await store.start_conversion(space, "d", "v", upload="u", file_name="birds.csv")

    async def converted() -> dict[str, Any] | None:
        state = await store.version_state(space, "d", "v")
        assert state["state"] != "FAILED", state
        return state if state["state"] == "READY" else None

    ready = await until(converted, PATIENCE)
    assert ready is not None
    spec = Volume(Path("/data")).spec
    spec["dataset"].update(sha256=ready["sha256"], rows=ready["rows"])
    return spec | {"target": "species", "time_budget_seconds": 3}


async def predicted(cluster: KubernetesCluster, space: str) -> dict[str, Any]:
    row = {"bill": 47.5, "mass": 5200, "island": "Biscoe", "year": 2008}
    call = Call(
        Target(space, "serve", 8080, "Pod"),
        "POST",
        "/v1/models/birds:predict",
        {"Content-Type": "application/json"},
        json.dumps({"instances": [row]}).encode(),
    )
    async with cluster.request(call) as response:
        body = await response.read()
        assert response.status == 200, body
    answer: dict[str, Any] = json.loads(body)
    return answer
