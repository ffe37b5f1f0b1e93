"""What the API server and KServe's webhooks refuse, and the defaults that they fill in.

Pure. Only those rules are played that Tablecast relies on; a real cluster has many more.
"""

import base64
import re
from typing import Any

from tablecast.cluster.port import (
    DEPLOYMENT,
    INFERENCE_SERVICE,
    NAMESPACE,
    POD,
    RESOURCE_QUOTA,
    SECRET,
    SERVICE,
    SERVING_RUNTIME,
    TRAINED_MODEL,
    VOLUME_CLAIM,
    WORKFLOW,
    Kind,
    Manifest,
)
from tablecast.errors import ClusterRefusal

WITH_STATUS = {
    NAMESPACE,
    POD,
    SERVICE,
    VOLUME_CLAIM,
    RESOURCE_QUOTA,
    DEPLOYMENT,
    INFERENCE_SERVICE,
    TRAINED_MODEL,
}
WITH_GENERATION = {POD, DEPLOYMENT, WORKFLOW, SERVING_RUNTIME, INFERENCE_SERVICE, TRAINED_MODEL}

_LABEL_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_INFERENCE_SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_TRAINED_MODEL_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_STORAGE_PREFIXES = ("s3://", "gs://", "https://", "http://")

_SPEC_FIELDS = {
    WORKFLOW: frozenset(
        {
            "activeDeadlineSeconds",
            "affinity",
            "archiveLogs",
            "arguments",
            "artifactGC",
            "artifactRepositoryRef",
            "automountServiceAccountToken",
            "dnsConfig",
            "dnsPolicy",
            "entrypoint",
            "executor",
            "executorPlugins",
            "hooks",
            "hostAliases",
            "hostNetwork",
            "imagePullSecrets",
            "metrics",
            "nodeSelector",
            "onExit",
            "parallelism",
            "podDisruptionBudget",
            "podGC",
            "podMetadata",
            "podPriorityClassName",
            "podResources",
            "podSpecPatch",
            "priority",
            "resourceClaims",
            "retryStrategy",
            "schedulerName",
            "securityContext",
            "serviceAccountName",
            "shutdown",
            "suspend",
            "synchronization",
            "templateDefaults",
            "templates",
            "tolerations",
            "ttlStrategy",
            "volumeClaimGC",
            "volumeClaimTemplates",
            "volumes",
            "workflowMetadata",
            "workflowTemplateRef",
        }
    ),
    INFERENCE_SERVICE: frozenset({"canary", "explainer", "predictor", "transformer"}),
    TRAINED_MODEL: frozenset({"inferenceService", "model"}),
}


def defaulted(kind: Kind, body: Manifest) -> Manifest:
    """Return a new object's body with what the API server fills in."""
    if kind in WITH_STATUS:
        body = {**body, "status": _first_status(kind)}
        if not body["status"]:
            del body["status"]
    return body


def normalised(kind: Kind, body: Manifest) -> Manifest:
    """Return a manifest with what the API server rewrites on every write: a Secret's stringData."""
    if kind != SECRET or "stringData" not in body:
        return body
    texts = {k: base64.b64encode(v.encode()).decode() for k, v in body["stringData"].items()}
    rest = {key: value for key, value in body.items() if key != "stringData"}
    return {**rest, "data": {**body.get("data", {}), **texts}}


def admit(kind: Kind, body: Manifest, before: Manifest | None) -> None:
    """Raise `ClusterRefusal` where a server or a webhook would not take `body`."""
    name = body["metadata"]["name"]
    if before is None:
        _check_name(kind, name)
    _check_fields(kind, body)
    if body["metadata"].get("deletionTimestamp"):
        return
    if kind == INFERENCE_SERVICE:
        _check_inference_service(name, body)
    elif kind == TRAINED_MODEL:
        _check_trained_model(name, body, before)


def _first_status(kind: Kind) -> dict[str, Any]:
    if kind == NAMESPACE:
        return {"phase": "Active"}
    if kind in (POD, VOLUME_CLAIM):
        return {"phase": "Pending"}
    return {}


def _check_name(kind: Kind, name: str) -> None:
    strict = kind in (NAMESPACE, SERVICE)
    limit, pattern = (63, _LABEL_NAME) if strict else (253, _SUBDOMAIN)
    if len(name) <= limit and pattern.fullmatch(name):
        return
    rule = "RFC 1123 label" if strict else "RFC 1123 subdomain"
    raise ClusterRefusal(
        f'{kind.kind} "{name}" is invalid: metadata.name: Invalid value: "{name}": a lowercase'
        f" {rule} must consist of lower case alphanumeric characters, '-' or '.', start and end"
        f" with an alphanumeric character, and have no more than {limit} characters",
        422,
        "Invalid",
        "metadata.name",
    )


def _check_fields(kind: Kind, body: Manifest) -> None:
    known = _SPEC_FIELDS.get(kind)
    for field in body.get("spec", {}) if known else ():
        if known and field not in known:
            message = f'strict decoding error: unknown field "spec.{field}"'
            raise ClusterRefusal(message, 400, "BadRequest", f"spec.{field}")


def _check_inference_service(name: str, body: Manifest) -> None:
    if not _INFERENCE_SERVICE_NAME.fullmatch(name):
        raise _denied(
            "inferenceservice.kserve-webhook-server.validator",
            f'the InferenceService "{name}" is invalid: a InferenceService name must consist of'
            " lower case alphanumeric characters or '-', and must start with alphabetical"
            f" character. (regex used for validation is '{_INFERENCE_SERVICE_NAME.pattern}')",
        )
    predictor = body.get("spec", {}).get("predictor", {})
    least, most = predictor.get("minReplicas", 1), predictor.get("maxReplicas", 0)
    if most and least > most:
        message = "MinReplicas cannot be greater than MaxReplicas."
        raise _denied("inferenceservice.kserve-webhook-server.validator", message)


def _check_trained_model(name: str, body: Manifest, before: Manifest | None) -> None:
    model = body.get("spec", {}).get("model", {})
    uri, memory = model.get("storageUri", ""), model.get("memory", "")
    message = ""
    if not _TRAINED_MODEL_NAME.fullmatch(name):
        message = (
            "is invalid: a Trained Model name must consist of alphanumeric characters, '_', or"
            f" '-'. (regex used for validation is '^{_TRAINED_MODEL_NAME.pattern}$')"
        )
    elif not uri.startswith(_STORAGE_PREFIXES):
        message = (
            "storageUri field is invalid. The storage uri must start with one of the prefixes:"
            f' {", ".join(_STORAGE_PREFIXES)}. (the storage uri given is "{uri}")'
        )
    elif before and (old := before["spec"]["model"]["memory"]) != memory:
        message = (
            f'memory field is immutable. The memory was "{old}" but it is updated to "{memory}"'
        )
    if message:
        webhook = "trainedmodel.kserve-webhook-server.validator"
        raise _denied(webhook, f'the Trained Model "{name}" {message}')


def _denied(webhook: str, message: str) -> ClusterRefusal:
    return ClusterRefusal(
        f'admission webhook "{webhook}" denied the request: {message}', 403, "Forbidden"
    )
