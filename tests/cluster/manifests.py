"""Manifests for tests: as small as the real ones may be."""

from typing import Any

Manifest = dict[str, Any]

MANAGED = {"tablecast.dev/managed": "true"}

COUNT = """
import json, os
path = os.environ["DATA"] + "/count"
count = int(open(path).read()) + 1 if os.path.exists(path) else 1
open(path, "w").write(str(count))
open(os.environ["RESULT"], "w").write(json.dumps({"count": count}))
print("step", count)
"""


def namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": MANAGED}}


def config_map(space: str, name: str, **data: str) -> Manifest:
    metadata = {"name": name, "namespace": space, "labels": MANAGED}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def secret(space: str, name: str, **data: str) -> Manifest:
    metadata = {"name": name, "namespace": space}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}


def claim(space: str, name: str = "data") -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": space},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


def python(code: str, *, memory: str = "512Mi", image: str = "step", **more: Any) -> Manifest:
    """A container that runs `code` with the claim at DATA and a result file at RESULT."""
    return {
        "image": image,
        "command": ["python", "-c"],
        "args": [code],
        "env": [
            {"name": "DATA", "value": "/data"},
            {"name": "RESULT", "value": "/tmp/result.json"},
        ],
        "resources": {"limits": {"memory": memory}},
        "volumeMounts": [
            {"name": "data", "mountPath": "/data"},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
        **more,
    }


def step(name: str, code: str = COUNT, **template: Any) -> Manifest:
    """A template whose result file becomes the output parameter `result`."""
    container = template.pop("container", None) or python(code)
    path = {"name": "result", "valueFrom": {"path": "/tmp/result.json"}}
    return {
        "name": name,
        "container": container,
        "volumes": [{"name": "tmp", "emptyDir": {}}],
        "outputs": {"parameters": [path]},
        **template,
    }


def workflow(space: str, name: str, *steps: Manifest, **spec: Any) -> Manifest:
    """Steps one after another."""
    tasks: list[Manifest] = []
    for each in steps:
        after = {"depends": tasks[-1]["name"]} if tasks else {}
        tasks.append({"name": each["name"], "template": each["name"], **after})
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "namespace": space, "labels": MANAGED},
        "spec": {
            "entrypoint": "dag",
            "podMetadata": {"labels": MANAGED},
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
            "templates": [{"name": "dag", "dag": {"tasks": tasks}}, *steps],
            **spec,
        },
    }


def deployment(space: str, name: str, code: str, **spec: Any) -> Manifest:
    """A server: `code` is told its port as the one argument."""
    container = {
        "name": "main",
        "image": "server",
        "command": ["python", "-c", code, "8080"],
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1},
    }
    pod = {"containers": [container], "terminationGracePeriodSeconds": 2}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": space},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
            **spec,
        },
    }


def service(space: str, name: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": space},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]},
    }


def runtime(space: str, code: str, name: str = "tabular") -> Manifest:
    container = {
        "name": "kserve-container",
        "image": "server",
        "command": ["python", "-c", code],
        "args": ["--model_dir=/mnt/models", "--http_port=8080", "--model_name={{.Name}}"],
        "readinessProbe": {"httpGet": {"path": "/v2/health/ready", "port": 8080}},
    }
    formats = [{"name": "tabular", "version": "1", "autoSelect": False}]
    return {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "ServingRuntime",
        "metadata": {"name": name, "namespace": space},
        "spec": {"supportedModelFormats": formats, "containers": [container]},
    }


def inference_service(space: str, name: str, **model: Any) -> Manifest:
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": name,
            "namespace": space,
            "labels": MANAGED,
            "annotations": {"serving.kserve.io/deploymentMode": "Standard"},
        },
        "spec": {
            "predictor": {
                "minReplicas": 1,
                "terminationGracePeriodSeconds": 2,
                "model": {
                    "modelFormat": {"name": "tabular"},
                    "runtime": "tabular",
                    "protocolVersion": "v2",
                    "resources": {"limits": {"memory": "1Gi"}},
                    **model,
                },
            }
        },
    }


def trained_model(
    space: str, name: str, file: str, pool: str = "pool-1", memory: str = "10Mi"
) -> Manifest:
    uri = f"http://datastore.{space}.svc.cluster.local/{file}?sig=abc"
    model = {"framework": "tabular", "storageUri": uri, "memory": memory}
    return {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "TrainedModel",
        "metadata": {"name": name, "namespace": space, "labels": MANAGED},
        "spec": {"inferenceService": pool, "model": model},
    }
