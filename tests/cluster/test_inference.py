"""InferenceServices and TrainedModels behave as KServe's do, misleading parts included."""

import json
from pathlib import Path
from typing import Any

from tablecast.cluster.embedded.cluster import EmbeddedCluster
from tablecast.cluster.port import (
    CONFIG_MAP,
    DEPLOYMENT,
    INFERENCE_SERVICE,
    POD,
    SERVICE,
    TRAINED_MODEL,
    Manifest,
)

from .manifests import (
    deployment,
    inference_service,
    runtime,
    service,
    trained_model,
)
from .seeing import condition, is_ready, predicted
from .servers import DATASTORE, MODEL_SERVER
from .waiting import until, until_answer, until_gone, until_object


async def test_a_pool_takes_a_model_and_gives_it_up(cluster: EmbeddedCluster, pool: str) -> None:
    await cluster.create(trained_model(pool, "first-r1", "a"))
    await cluster.create(trained_model(pool, "second-r1", "b"))

    async def both() -> bool:
        answers = [await predicted(cluster, pool, "pool-1", n) for n in ("first-r1", "second-r1")]
        return answers == ["model a", "model b"]

    await until(both)
    calls = json.loads(await until_answer(cluster, pool, "pool-1-predictor", "/calls"))
    assert "/v2/repository/models/first-r1/load" in calls
    await cluster.delete(TRAINED_MODEL, pool, "first-r1")
    await until_gone(cluster, TRAINED_MODEL, pool, "first-r1")

    async def gone() -> bool:
        return await predicted(cluster, pool, "pool-1", "first-r1") is None

    await until(gone)
    assert await predicted(cluster, pool, "pool-1", "second-r1") == "model b"


async def test_a_pool_is_made_as_kserve_makes_it(cluster: EmbeddedCluster, pool: str) -> None:
    await cluster.create(trained_model(pool, "first-r1", "a"))
    model = await until_object(cluster, TRAINED_MODEL, pool, "first-r1", is_ready)
    isvc = await cluster.get(INFERENCE_SERVICE, pool, "pool-1")
    assert isvc["metadata"]["finalizers"] == ["inferenceservice.finalizers"]
    assert isvc["status"]["address"]["url"] == f"http://pool-1-predictor.{pool}.svc.cluster.local"
    assert isvc["status"]["modelStatus"]["transitionStatus"] == "UpToDate"
    assert isvc["status"]["servingRuntimeName"] == "tabular"
    assert model["metadata"]["finalizers"] == ["trainedmodel.finalizer"]
    assert model["metadata"]["labels"]["inferenceservice"] == "pool-1"
    assert model["status"]["address"]["url"].endswith("/v2/models/first-r1/infer")
    types = {c["type"]: c["status"] for c in model["status"]["conditions"]}
    assert types == dict.fromkeys(
        ("InferenceServiceReady", "IsMMSPredictor", "MemoryResourceAvailable", "Ready"), "True"
    )

    def configured(manifest: Manifest) -> Any:
        return json.loads(manifest["data"]["models.json"])

    config = await until_object(cluster, CONFIG_MAP, pool, "modelconfig-pool-1-0", configured)
    [entry] = configured(config)
    assert entry["modelName"] == "first-r1"
    assert entry["modelSpec"]["memory"] == "10Mi"
    [predictor] = (
        await cluster.list(
            POD, namespace=pool, selector="serving.kserve.io/inferenceservice=pool-1"
        )
    ).objects
    assert predictor["metadata"]["labels"]["app"] == "isvc.pool-1-predictor"
    assert predictor["metadata"]["labels"]["tablecast.dev/managed"] == "true"
    assert [c["name"] for c in predictor["spec"]["containers"]] == ["kserve-container", "agent"]
    assert "--model_name=pool-1" in predictor["spec"]["containers"][0]["args"]


async def test_an_artifact_that_is_missing_leaves_ready_true_for_ever(
    cluster: EmbeddedCluster, pool: str
) -> None:
    await cluster.create(trained_model(pool, "lost-r1", "nothing-there"))
    await until_object(cluster, TRAINED_MODEL, pool, "lost-r1", is_ready)
    [predictor] = (
        await cluster.list(
            POD, namespace=pool, selector="serving.kserve.io/inferenceservice=pool-1"
        )
    ).objects

    async def logged() -> bool:
        parts = cluster.logs(pool, predictor["metadata"]["name"], container="agent")
        text = b"".join([part async for part in parts]).decode()
        return "lost-r1" in text and "404" in text and "not tried again" in text

    await until(logged)
    assert is_ready(await cluster.get(TRAINED_MODEL, pool, "lost-r1"))
    assert await predicted(cluster, pool, "pool-1", "lost-r1") is None


async def test_a_zip_that_says_so_arrives_unpacked(
    cluster: EmbeddedCluster, pool: str, tmp_path: Path
) -> None:
    await cluster.create(trained_model(pool, "packed-r1", "packed.zip"))

    async def answers() -> bool:
        return await predicted(cluster, pool, "pool-1", "packed-r1") == "model packed"

    await until(answers)
    assert not list(tmp_path.glob("state/pods/*/volumes/model-dir/packed-r1/packed.zip"))


async def test_a_model_before_its_pool_is_deleted(cluster: EmbeddedCluster, space: str) -> None:
    await cluster.create(trained_model(space, "early-r1", "a"))
    await until_gone(cluster, TRAINED_MODEL, space, "early-r1")


async def test_a_model_made_before_its_pool_is_ready_waits_for_it(
    cluster: EmbeddedCluster, space: str
) -> None:
    await cluster.create(deployment(space, "datastore", DATASTORE))
    await cluster.create(service(space, "datastore"))
    await until_answer(cluster, space, "datastore", "/a")
    await cluster.create(inference_service(space, "pool-1"))
    await cluster.create(trained_model(space, "first-r1", "a"))
    early = await until_object(
        cluster,
        TRAINED_MODEL,
        space,
        "first-r1",
        lambda o: condition(o, "InferenceServiceReady") == "False",
    )
    assert not is_ready(early)
    await cluster.create(runtime(space, MODEL_SERVER))
    await until_object(cluster, TRAINED_MODEL, space, "first-r1", is_ready)

    async def answers() -> bool:
        return await predicted(cluster, space, "pool-1", "first-r1") == "model a"

    await until(answers)


async def test_models_larger_together_than_the_pool_are_told_so(
    cluster: EmbeddedCluster, pool: str
) -> None:
    await cluster.create(trained_model(pool, "big-1", "a", memory="900Mi"))
    await until_object(cluster, TRAINED_MODEL, pool, "big-1", is_ready)
    await cluster.create(trained_model(pool, "big-2", "b", memory="900Mi"))
    second = await until_object(
        cluster,
        TRAINED_MODEL,
        pool,
        "big-2",
        lambda o: condition(o, "MemoryResourceAvailable") == "False",
    )
    assert condition(second, "Ready") == "False"
    assert condition(second, "InferenceServiceReady") == "True"


async def test_a_deleted_predictor_pod_is_replaced_and_loads_again(
    cluster: EmbeddedCluster, pool: str
) -> None:
    await cluster.create(trained_model(pool, "first-r1", "a"))

    async def answers() -> bool:
        return await predicted(cluster, pool, "pool-1", "first-r1") == "model a"

    await until(answers)
    selector = "serving.kserve.io/inferenceservice=pool-1"
    [first] = (await cluster.list(POD, namespace=pool, selector=selector)).objects
    await cluster.delete(POD, pool, first["metadata"]["name"])
    await until_object(
        cluster, INFERENCE_SERVICE, pool, "pool-1", lambda o: condition(o, "Ready") == "False"
    )
    await until_gone(cluster, POD, pool, first["metadata"]["name"])
    await until(answers)
    isvc = await until_object(cluster, INFERENCE_SERVICE, pool, "pool-1", is_ready)
    assert isvc["status"]["modelStatus"]["states"]["activeModelState"] == "Loaded"


async def test_scaling_by_hand_is_undone(cluster: EmbeddedCluster, pool: str) -> None:
    made = await cluster.get(DEPLOYMENT, pool, "pool-1-predictor")
    identity = {key: made["metadata"][key] for key in ("name", "namespace", "uid")}
    wish = {k: made[k] for k in ("apiVersion", "kind")} | {"metadata": identity}
    await cluster.apply({**wish, "spec": {"replicas": 0}}, manager="a-person")
    await until_object(
        cluster,
        DEPLOYMENT,
        pool,
        "pool-1-predictor",
        lambda o: o["spec"]["replicas"] == 1 and o["metadata"]["generation"] > 2,
    )
    isvc = await until_object(cluster, INFERENCE_SERVICE, pool, "pool-1", is_ready)
    # the Deployment's generation, as KServe reports it: never compare it with its own
    assert isvc["metadata"]["generation"] == 1


async def test_a_pool_takes_its_models_and_all_else_along(
    cluster: EmbeddedCluster, pool: str
) -> None:
    await cluster.create(trained_model(pool, "first-r1", "a"))
    await until_object(cluster, TRAINED_MODEL, pool, "first-r1", is_ready)
    await cluster.delete(INFERENCE_SERVICE, pool, "pool-1")
    await until_gone(cluster, TRAINED_MODEL, pool, "first-r1")
    await until_gone(cluster, INFERENCE_SERVICE, pool, "pool-1")
    await until_gone(cluster, DEPLOYMENT, pool, "pool-1-predictor")
    await until_gone(cluster, SERVICE, pool, "pool-1-predictor")
    await until_gone(cluster, CONFIG_MAP, pool, "modelconfig-pool-1-0")
