"""Kinds: which objects are watched, what is read off each, and who writes it down. One row a kind."""

from tablecast.cluster.port import (
    DEPLOYMENT,
    INFERENCE_SERVICE,
    MANAGED,
    NAMESPACE,
    POD,
    TRAINED_MODEL,
    WORKFLOW,
)
from tablecast.inbound import attempts, pods, serving_facts, serving_writes, workflows
from tablecast.inbound.projection import Watched

OURS = f"{MANAGED}=true"

WATCHED = (
    Watched(NAMESPACE, OURS, serving_facts.namespace, serving_writes.namespace),
    Watched(DEPLOYMENT, OURS, serving_facts.deployment, serving_writes.deployment),
    Watched(POD, OURS, pods.facts, serving_writes.pod),
    Watched(
        WORKFLOW,
        OURS,
        workflows.facts,
        attempts.write,
        expected=attempts.expected,
        unseen=attempts.unseen,
    ),
    Watched(
        INFERENCE_SERVICE,
        OURS,
        serving_facts.inference_service,
        serving_writes.inference_service,
    ),
    Watched(TRAINED_MODEL, OURS, serving_facts.trained_model, serving_writes.trained_model),
)
