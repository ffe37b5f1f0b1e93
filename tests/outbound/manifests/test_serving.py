"""Serving's objects: what makes KServe do what is meant, and never more."""

import re
from dataclasses import replace

from tablecast.outbound.manifests.serving import dedicated, pool, serving_runtime, trained_model
from tablecast.settings import GIB
from tests.outbound.manifests.samples import DEDICATED, POOL, SHARED, named


def test_the_pool_is_multi_model_by_having_no_storage() -> None:
    model = named("InferenceService", "pool-1")["spec"]["predictor"]["model"]
    assert not {"storageUri", "storage", "storageUris"} & set(model)
    assert model["runtime"] == "tabular"
    assert model["protocolVersion"] == "v2"
    assert model["resources"]["limits"]["memory"] == str(POOL.memory_bytes)


def test_a_trained_model_names_its_pool_and_is_what_the_webhook_accepts() -> None:
    found = named("TrainedModel")
    assert found["spec"]["inferenceService"] == "pool-1"
    assert found["spec"]["model"]["memory"] == str(SHARED.memory_bytes)
    assert found["spec"]["model"]["storageUri"].startswith("http://")
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", found["metadata"]["name"])


def test_a_dedicated_service_reads_its_model_from_the_volume_on_the_volumes_node() -> None:
    predictor = named("InferenceService", DEDICATED.name)["spec"]["predictor"]
    assert predictor["model"]["storageUri"] == "pvc://data/models/version000000001"
    assert "podAffinity" in predictor["affinity"]
    assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", DEDICATED.name)


def test_services_run_without_knative_ingress_or_autoscaler() -> None:
    for name in ("pool-1", DEDICATED.name):
        metadata = named("InferenceService", name)["metadata"]
        assert metadata["annotations"] == {
            "serving.kserve.io/deploymentMode": "Standard",
            "serving.kserve.io/autoscalerClass": "none",
        }
        assert metadata["labels"]["networking.kserve.io/visibility"] == "cluster-local"


def test_scaling_changes_the_replicas_and_not_the_pods() -> None:
    before, after = pool(POOL), pool(replace(POOL, replicas=5))
    for one, replicas in ((before, 2), (after, 5)):
        assert one["spec"]["predictor"].pop("minReplicas") == replicas
        assert one["spec"]["predictor"].pop("maxReplicas") == replicas
    assert before == after


def test_another_pool_size_changes_nothing_of_the_runtime_that_all_pods_stand_on() -> None:
    assert serving_runtime(POOL) == serving_runtime(replace(POOL, memory_bytes=4 * GIB, replicas=9))


def test_each_revision_is_an_object_of_another_name() -> None:
    later = replace(SHARED, revision=4, name="serving-serving000000001-r4")
    names = {trained_model(one)["metadata"]["name"] for one in (SHARED, later)}
    assert len(names) == 2
    assert trained_model(later)["metadata"]["labels"]["tablecast.dev/revision"] == "4"


def test_a_dedicated_services_pods_say_whose_they_are() -> None:
    labels = dedicated(DEDICATED)["metadata"]["labels"]
    assert labels["tablecast.dev/id"] == DEDICATED.serving_id
    assert labels["tablecast.dev/noun"] == "serving"


def test_the_model_server_is_asked_soon_and_meets_restricted() -> None:
    container = named("ServingRuntime")["spec"]["containers"][0]
    assert container["name"] == "kserve-container"
    assert container["ports"] == [{"containerPort": 8080, "protocol": "TCP"}]
    assert container["readinessProbe"]["periodSeconds"] <= 2
    context = container["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert named("ServingRuntime")["spec"]["supportedModelFormats"][0]["autoSelect"] is False
