"""What KServe makes of an InferenceService in Standard mode: Deployment, Service, ConfigMap. Pure."""

import copy
from typing import Any

import orjson

from tablecast.cluster.port import CONFIG_MAP, DEPLOYMENT, INFERENCE_SERVICE, SERVICE, Manifest

GROUP = "serving.kserve.io"
CONTAINER = "kserve-container"
MODELS = "/mnt/models"
PORT = 8080
_CONFIGS = "/mnt/configs"
_CONFIG_FILE = "models.json"
_FROM_PREDICTOR = (
    "affinity",
    "automountServiceAccountToken",
    "imagePullSecrets",
    "nodeSelector",
    "securityContext",
    "serviceAccountName",
    "terminationGracePeriodSeconds",
    "tolerations",
)
_PROBE = {
    "tcpSocket": {"port": PORT},
    "timeoutSeconds": 1,
    "periodSeconds": 10,
    "successThreshold": 1,
    "failureThreshold": 3,
}


class InvalidPredictor(Exception):
    """A predictor that KServe would not run: `reason` as in lastFailureInfo."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def is_pool(isvc: Manifest) -> bool:
    """Say whether TrainedModels may be put into an InferenceService: one without a storageUri."""
    model = isvc["spec"]["predictor"].get("model", {})
    return bool(model) and not any(f in model for f in ("storageUri", "storage", "storageUris"))


def config_map_name(isvc: str) -> str:
    """Return the name of the ConfigMap that lists a pool's models."""
    return f"modelconfig-{isvc}-0"


def config_map(isvc: Manifest) -> Manifest:
    """Return the ConfigMap of a pool with no model in it yet."""
    metadata = _metadata(isvc, config_map_name(isvc["metadata"]["name"]))
    return _object(CONFIG_MAP, metadata, data={_CONFIG_FILE: "[]"})


def models_of(config: Manifest) -> dict[str, Any]:
    """Return the specs of a pool's models by name."""
    entries = orjson.loads((config.get("data") or {}).get(_CONFIG_FILE) or "[]")
    return {entry["modelName"]: entry["modelSpec"] for entry in entries}


def with_models(config: Manifest, models: dict[str, Any]) -> Manifest:
    """Return the ConfigMap that lists `models`."""
    entries = [{"modelName": n, "modelSpec": spec} for n, spec in sorted(models.items())]
    identity = {key: config["metadata"][key] for key in ("name", "namespace", "uid")}
    return _object(CONFIG_MAP, identity, data={_CONFIG_FILE: orjson.dumps(entries).decode()})


def service(isvc: Manifest) -> Manifest:
    """Return the predictor's Service."""
    name = f"{isvc['metadata']['name']}-predictor"
    port = {"name": "http", "port": 80, "targetPort": PORT, "protocol": "TCP"}
    spec = {"selector": {"app": f"isvc.{name}"}, "ports": [port], "type": "ClusterIP"}
    return _object(SERVICE, _metadata(isvc, name), spec=spec)


def deployment(isvc: Manifest, runtime: Manifest, agent_image: str = "") -> Manifest:
    """Return the predictor's Deployment; `InvalidPredictor` where it cannot be made.

    `agent_image` is where this package is found; "" is the model server's own image.
    """
    name = f"{isvc['metadata']['name']}-predictor"
    spec = {
        "replicas": isvc["spec"]["predictor"].get("minReplicas", 1),
        "selector": {"matchLabels": {"app": f"isvc.{name}"}},
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
        },
        "template": {
            "metadata": _pod_metadata(isvc, runtime),
            "spec": _pod_spec(isvc, runtime, agent_image),
        },
    }
    return _object(DEPLOYMENT, _metadata(isvc, name), spec=spec)


def _object(kind: Any, metadata: dict[str, Any], **rest: Any) -> Manifest:
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, **rest}


def _metadata(isvc: Manifest, name: str) -> dict[str, Any]:
    metadata = isvc["metadata"]
    owner = {
        "apiVersion": INFERENCE_SERVICE.api_version,
        "kind": INFERENCE_SERVICE.kind,
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    labels = {**metadata.get("labels", {}), f"{GROUP}/inferenceservice": metadata["name"]}
    return {
        "name": name,
        "namespace": metadata["namespace"],
        "labels": labels,
        "ownerReferences": [owner],
    }


def _pod_metadata(isvc: Manifest, runtime: Manifest) -> dict[str, Any]:
    name = isvc["metadata"]["name"]
    predictor = isvc["spec"]["predictor"]
    labels = {
        **runtime["spec"].get("labels", {}),
        **isvc["metadata"].get("labels", {}),
        **predictor.get("labels", {}),
        "app": f"isvc.{name}-predictor",
        "component": "predictor",
        f"{GROUP}/inferenceservice": name,
    }
    annotations = {
        **runtime["spec"].get("annotations", {}),
        **isvc["metadata"].get("annotations", {}),
        **predictor.get("annotations", {}),
    }
    if is_pool(isvc):
        annotations[f"internal.{GROUP}/agent"] = "true"
    else:
        uri = predictor["model"].get("storageUri", "")
        annotations[f"internal.{GROUP}/storage-initializer-sourceuri"] = uri
    return {"labels": labels, "annotations": annotations}


def _pod_spec(isvc: Manifest, runtime: Manifest, agent_image: str) -> dict[str, Any]:
    predictor = isvc["spec"]["predictor"]
    spec: dict[str, Any] = {key: predictor[key] for key in _FROM_PREDICTOR if key in predictor}
    main = _main(isvc, runtime)
    volumes = [*runtime["spec"].get("volumes", []), *predictor.get("volumes", [])]
    others = [c for c in runtime["spec"]["containers"] if c["name"] != CONTAINER]
    if is_pool(isvc):
        config = {"configMap": {"name": config_map_name(isvc["metadata"]["name"])}}
        volumes += [{"name": "model-dir", "emptyDir": {}}, {"name": "model-config", **config}]
        main["volumeMounts"].append({"name": "model-dir", "mountPath": MODELS})
        others.append(_agent(main, agent_image or main["image"]))
    else:
        claim, path = _claim(predictor["model"])
        source = {"persistentVolumeClaim": {"claimName": claim}}
        volumes.append({"name": "kserve-pvc-source", **source})
        mount = {"name": "kserve-pvc-source", "mountPath": MODELS, "readOnly": True}
        main["volumeMounts"].append({**mount, "subPath": path} if path else mount)
    return spec | {"restartPolicy": "Always", "containers": [main, *others], "volumes": volumes}


def _main(isvc: Manifest, runtime: Manifest) -> dict[str, Any]:
    """Return the runtime's container with what the InferenceService's model says over it."""
    found = [c for c in runtime["spec"]["containers"] if c["name"] == CONTAINER]
    if not found:
        raise InvalidPredictor("InvalidPredictorSpec", f"the runtime has no {CONTAINER}")
    model = isvc["spec"]["predictor"]["model"]
    main: dict[str, Any] = copy.deepcopy(found[0])
    name = isvc["metadata"]["name"]
    args = [*main.get("args", []), *model.get("args", [])]
    main["args"] = [argument.replace("{{.Name}}", name) for argument in args]
    env = {e["name"]: e for e in [*main.get("env", []), *model.get("env", [])]}
    env["INFERENCE_SERVICE_NAME"] = {"name": "INFERENCE_SERVICE_NAME", "value": name}
    main["env"] = list(env.values())
    over = ("image", "command", "resources", "securityContext", "readinessProbe", "livenessProbe")
    main |= {key: model[key] for key in over if key in model}
    main.setdefault("readinessProbe", _PROBE)
    main.setdefault("ports", [{"containerPort": PORT, "protocol": "TCP"}])
    main["volumeMounts"] = [*main.get("volumeMounts", []), *model.get("volumeMounts", [])]
    return main


def _agent(main: dict[str, Any], image: str) -> dict[str, Any]:
    """Return KServe's agent, played by this package in `image`."""
    resources = {
        "requests": {"cpu": "100m", "memory": "100Mi"},
        "limits": {"cpu": "1", "memory": "1Gi"},
    }
    agent = {
        "name": "agent",
        "image": image,
        "command": ["python", "-m", "tablecast.cluster.embedded.agent"],
        "args": [f"--config-dir={_CONFIGS}", f"--model-dir={MODELS}", f"--component-port={PORT}"],
        "resources": resources,
        "volumeMounts": [
            {"name": "model-dir", "mountPath": MODELS},
            {"name": "model-config", "mountPath": _CONFIGS},
        ],
    }
    if "securityContext" in main:
        agent["securityContext"] = main["securityContext"]
    return agent


def _claim(model: dict[str, Any]) -> tuple[str, str]:
    uri = str(model.get("storageUri", ""))
    if not uri.startswith("pvc://"):
        raise InvalidPredictor("InvalidPredictorSpec", f"only pvc:// is played here, not {uri!r}")
    claim, _, path = uri.removeprefix("pvc://").partition("/")
    return claim, path.strip("/")
