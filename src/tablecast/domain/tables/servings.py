"""Servings, the revisions behind them, and the pods that answer."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from tablecast.domain.identity import LENGTH
from tablecast.domain.tables.row import Row, Wish

Json = Any


class Serving(Wish):
    """A name that answers predictions with one model version. States: states.ServingState.

    `model_version_id`, `mode` (SHARED, DEDICATED) and `replicas` are the wish; `active_revision` is
    the revision that predictions go to (0: none yet), `revision` the one that is wished to answer.
    `desired_replicas`, `loaded_replicas` and `servable` were observed, of the active revision.
    `canary_percent` (0 to 100) is the share of predictions that `revision` gets until it is promoted
    or rolled back (null: it is no canary, and becomes active when it is loaded); `canary_servable` and
    `canary_since`, when it first was, were observed.
    """

    project_id = fields.CharField(max_length=LENGTH)
    name = fields.CharField(max_length=100)
    description = fields.TextField(default="")
    mode = fields.CharField(max_length=16)
    model_version_id = fields.CharField(max_length=LENGTH)
    replicas = fields.IntField(default=1)
    revision = fields.IntField(default=1)
    active_revision = fields.IntField(default=0)
    desired_replicas = fields.IntField(default=0)
    loaded_replicas = fields.IntField(default=0)
    servable = fields.BooleanField(default=False)
    observed_at = fields.DatetimeField(null=True)
    canary_percent = fields.IntField(null=True)
    canary_servable = fields.BooleanField(default=False)
    canary_since = fields.DatetimeField(null=True)

    class Meta:
        table = "serving"
        unique_together = (("project_id", "name"),)
        indexes = (
            Index(fields=("project_id", "id")),
            Index(fields=("project_id", "name", "id")),
            Index(fields=("model_version_id", "id")),
        )


class Revision(Row):
    """One object that serves, or served, for a serving. States: states.RevisionState.

    `object_name` names a TrainedModel (SHARED) or an InferenceService (DEDICATED);
    `inference_service` the InferenceService whose pods must answer for it.
    """

    project_id = fields.CharField(max_length=LENGTH)
    serving_id = fields.CharField(max_length=LENGTH)
    number = fields.IntField()
    generation = fields.IntField()
    mode = fields.CharField(max_length=16)
    model_version_id = fields.CharField(max_length=LENGTH)
    object_name = fields.CharField(max_length=63)
    object_uid = fields.CharField(max_length=64, default="")
    inference_service = fields.CharField(max_length=63)
    state = fields.CharField(max_length=16)
    reason = fields.CharField(max_length=64, default="")
    message = fields.TextField(default="")
    desired_replicas = fields.IntField(default=0)
    loaded_replicas = fields.IntField(default=0)
    applied_at = fields.DatetimeField(null=True)
    loaded_at = fields.DatetimeField(null=True)

    class Meta:
        table = "revision"
        unique_together = (("serving_id", "number"),)
        indexes = (
            Index(fields=("state", "id")),
            Index(fields=("project_id", "id")),
            Index(fields=("model_version_id", "state")),
        )


class PredictorPod(Row):
    """A pod of an InferenceService as last seen; `loaded` maps TrainedModel or InferenceService
    names to when (ISO time) the pod first said that it is ready for them."""

    project_id = fields.CharField(max_length=LENGTH)
    namespace = fields.CharField(max_length=63)
    name = fields.CharField(max_length=253)
    uid = fields.CharField(max_length=64, unique=True)
    inference_service = fields.CharField(max_length=63)
    ready = fields.BooleanField(default=False)
    reason = fields.CharField(max_length=64, default="")
    message = fields.TextField(default="")
    restarts = fields.IntField(default=0)
    loaded = fields.JSONField[Json](default=dict)
    observed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "predictor_pod"
        indexes = (Index(fields=("project_id", "inference_service")),)
