"""Specs: what manifests are made of, as plain numbers and names; handlers fill them from rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ProjectSpec:
    """A project's namespace and what stands in it.

    `upload_bytes` is the most that one upload may have, `upload_seconds` how long an unfinished one
    is kept.

    `api_server` names address blocks (CIDR) of the cluster's API server for the steps' egress; empty
    allows its usual ports everywhere, because no label selects an API server.
    """

    project_id: str
    name: str
    namespace: str
    volume_bytes: int
    storage_class: str
    cpu_limit: int
    memory_limit_bytes: int
    image_server: str
    datastore_token: str
    signing_key: str
    operation_id: str
    upload_bytes: int
    upload_seconds: int
    api_server: tuple[str, ...] = ()


@dataclass(frozen=True)
class WorkflowSpec:
    """An attempt's Workflow; the mappings are by step: preprocess, features, train.

    `cpu` in Kubernetes quantities ("2", "500m"), `memory_bytes` and `deadline_seconds` are limits.
    `step_spec` is what every step reads as TABLECAST_SPEC.
    """

    project_id: str
    namespace: str
    training_id: str
    attempt: int
    operation_id: str
    name: str
    images: Mapping[str, str]
    step_spec: Mapping[str, Any]
    deadline_seconds: Mapping[str, int]
    memory_bytes: Mapping[str, int]
    cpu: Mapping[str, str]


@dataclass(frozen=True)
class PoolSpec:
    """A project's model server runtime, and the multi-model InferenceService `name` on it.

    `memory_bytes` limits the pod; its TrainedModels' memory must sum to at most that.
    """

    project_id: str
    namespace: str
    name: str
    replicas: int
    memory_bytes: int
    image_serve: str


@dataclass(frozen=True)
class ServingSpec:
    """One revision of a serving: a TrainedModel in `inference_service`, or a service of its own.

    `memory_bytes` is the TrainedModel's share of its pool, or the dedicated pod's limit.
    `storage_uri` is a signed datastore URL (shared) or `pvc://data/models/<model version>`.
    `operation_id` is the operation that made the revision, whoever applies it again later.
    """

    project_id: str
    namespace: str
    serving_id: str
    operation_id: str
    revision: int
    name: str
    inference_service: str
    model_version_id: str
    memory_bytes: int
    storage_uri: str
    replicas: int
    image_serve: str = field(default="")
