"""InferenceServices by themselves, and what their webhooks refuse."""

import pytest

from tablecast.cluster.embedded.cluster import EmbeddedCluster
from tablecast.cluster.port import (
    DEPLOYMENT,
    INFERENCE_SERVICE,
    POD,
)
from tablecast.errors import ClusterRefusal

from .manifests import (
    inference_service,
    python,
    runtime,
    trained_model,
)
from .seeing import is_ready, pod, predicted, terminated
from .servers import MODEL_SERVER
from .waiting import answer, until, until_object


async def test_a_dedicated_service_reads_its_model_from_the_claim(
    cluster: EmbeddedCluster, space: str
) -> None:
    code = (
        "import os\n"
        "for name in 'mn':\n"
        "    os.makedirs(os.environ['DATA'] + '/models/' + name)\n"
        "    open(os.environ['DATA'] + f'/models/{name}/file', 'w').write('model ' + name)"
    )
    await cluster.create(pod(space, "writes", python(code)))
    await until_object(cluster, POD, space, "writes", terminated)
    await cluster.create(runtime(space, MODEL_SERVER))
    await cluster.apply(inference_service(space, "own-r1", storageUri="pvc://data/models/m"))

    async def answers(text: str) -> bool:
        return await predicted(cluster, space, "own-r1", "own-r1") == text

    await until(lambda: answers("model m"))
    isvc = await until_object(cluster, INFERENCE_SERVICE, space, "own-r1", is_ready)
    made = await cluster.get(DEPLOYMENT, space, "own-r1-predictor")
    [container] = made["spec"]["template"]["spec"]["containers"]
    mount = next(m for m in container["volumeMounts"] if m["mountPath"] == "/mnt/models")
    assert (mount["subPath"], mount["readOnly"]) == ("models/m", True)
    # moved to another folder: Ready all the while, and the new one answers in the end
    await cluster.apply(inference_service(space, "own-r1", storageUri="pvc://data/models/n"))
    seen: list[bool] = []

    async def moved() -> bool:
        seen.append(is_ready(await cluster.get(INFERENCE_SERVICE, space, "own-r1")))
        return await answers("model n")

    await until(moved)
    assert all(seen)
    assert isvc["status"]["modelStatus"]["transitionStatus"] == "UpToDate"


async def test_a_model_server_that_exits_is_only_in_progress(
    cluster: EmbeddedCluster, space: str
) -> None:
    await cluster.create(runtime(space, "raise SystemExit(1)"))
    await cluster.create(inference_service(space, "pool-1"))
    isvc = await until_object(
        cluster,
        INFERENCE_SERVICE,
        space,
        "pool-1",
        lambda o: any(
            c.get("reason") == "MinimumReplicasUnavailable"
            for c in o.get("status", {}).get("conditions", [])
        ),
    )
    assert isvc["status"]["modelStatus"]["transitionStatus"] == "InProgress"
    assert await answer(cluster, space, "pool-1-predictor") is None


async def test_a_runtime_that_is_missing_is_named(cluster: EmbeddedCluster, space: str) -> None:
    await cluster.create(inference_service(space, "pool-1"))
    isvc = await until_object(
        cluster, INFERENCE_SERVICE, space, "pool-1", lambda o: "modelStatus" in o.get("status", {})
    )
    failure = isvc["status"]["modelStatus"]["lastFailureInfo"]
    assert failure["reason"] == "RuntimeNotRecognized"
    assert not is_ready(isvc)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param({"storageUri": "pvc://data/m"}, "storageUri field is invalid", id="pvc"),
        pytest.param({"storageUri": ""}, "storageUri field is invalid", id="no uri"),
    ],
)
async def test_kserves_webhook_refuses_such_models(
    cluster: EmbeddedCluster, space: str, spoil: dict[str, str], words: str
) -> None:
    model = trained_model(space, "wrong", "a")
    model["spec"]["model"] |= spoil
    with pytest.raises(ClusterRefusal, match=words):
        await cluster.create(model)


async def test_a_models_memory_is_immutable(cluster: EmbeddedCluster, pool: str) -> None:
    await cluster.apply(trained_model(pool, "first-r1", "a"))
    with pytest.raises(ClusterRefusal, match="memory field is immutable"):
        await cluster.apply(trained_model(pool, "first-r1", "a", memory="20Mi"))


async def test_an_inference_services_name_begins_with_a_letter(
    cluster: EmbeddedCluster, space: str
) -> None:
    with pytest.raises(ClusterRefusal, match="must start with alphabetical"):
        await cluster.create(inference_service(space, "1-pool"))
