"""Trainings, their attempts, and what an attempt is made of."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from tablecast.domain.identity import LENGTH
from tablecast.domain.tables.row import Row, Wish

Json = Any


class Training(Wish):
    """What to learn from which dataset version. States: states.TrainingState.

    `spec` is what was asked (target, problem, features, split, algorithm, hyperparameters, metric,
    time_budget_seconds, seed), as the steps read it, without ids and paths.
    """

    project_id = fields.CharField(max_length=LENGTH)
    dataset_version_id = fields.CharField(max_length=LENGTH)
    model_id = fields.CharField(max_length=LENGTH)
    name = fields.CharField(max_length=100)
    spec = fields.JSONField[Json]()
    attempts = fields.IntField(default=1)
    model_version_id = fields.CharField(max_length=LENGTH, default="")
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "training"
        indexes = (
            Index(fields=("project_id", "id")),
            Index(fields=("project_id", "state", "id")),
            Index(fields=("dataset_version_id", "id")),
            Index(fields=("model_id", "id")),
        )


class Attempt(Row):
    """One Workflow of a training. States: states.AttemptState; run once, never created twice.

    `work` is the attempt whose outputs it builds on (its own number when it began from the start).
    `collected`: trials, progress and, after success, the model were read to the end.
    `details_removed_at`: when its steps, trials and files went because of their age.
    """

    project_id = fields.CharField(max_length=LENGTH)
    training_id = fields.CharField(max_length=LENGTH)
    number = fields.IntField()
    work = fields.IntField()
    model_version_id = fields.CharField(max_length=LENGTH)
    state = fields.CharField(max_length=16)
    workflow_name = fields.CharField(max_length=63)
    workflow_uid = fields.CharField(max_length=64, default="")
    message = fields.TextField(default="")
    blocked_by = fields.JSONField[Json](null=True)
    error = fields.JSONField[Json](null=True)
    result = fields.JSONField[Json](null=True)
    warnings = fields.JSONField[Json](default=list)
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    collected = fields.BooleanField(default=False)
    details_removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "attempt"
        unique_together = (("training_id", "number"),)
        indexes = (
            Index(fields=("collected", "id")),
            Index(fields=("state", "id")),
            Index(fields=("workflow_uid",)),
            Index(fields=("project_id", "id")),
        )


class Step(Row):
    """One step of an attempt: preprocess, features or train. States: states.StepState."""

    project_id = fields.CharField(max_length=LENGTH)
    attempt_id = fields.CharField(max_length=LENGTH)
    name = fields.CharField(max_length=16)
    position = fields.IntField()
    state = fields.CharField(max_length=16)
    pod_name = fields.CharField(max_length=253, default="")
    pod_uid = fields.CharField(max_length=64, default="")
    exit_code = fields.IntField(null=True)
    reason = fields.CharField(max_length=64, default="")
    message = fields.TextField(default="")
    error = fields.JSONField[Json](null=True)
    result = fields.JSONField[Json](null=True)
    blocked_by = fields.JSONField[Json](null=True)
    done = fields.BigIntField(default=0)
    total = fields.BigIntField(default=0)
    progress_message = fields.TextField(default="")
    progress_offset = fields.BigIntField(default=0)
    skipped = fields.BooleanField(default=False)
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "step"
        unique_together = (("attempt_id", "name"),)
        indexes = (Index(fields=("project_id", "id")),)


class Trial(Row):
    """One candidate that `train` tried: algorithm, hyperparameters and what it reached."""

    project_id = fields.CharField(max_length=LENGTH)
    attempt_id = fields.CharField(max_length=LENGTH)
    number = fields.IntField()
    algorithm = fields.CharField(max_length=40)
    hyperparameters = fields.JSONField[Json](default=dict)
    metric_name = fields.CharField(max_length=32)
    metric_value = fields.FloatField(null=True)
    seconds = fields.FloatField()
    best = fields.BooleanField(default=False)

    class Meta:
        table = "trial"
        unique_together = (("attempt_id", "number"),)
        indexes = (Index(fields=("project_id", "id")),)
