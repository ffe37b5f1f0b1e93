"""Models and their versions."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from tablecast.domain.identity import LENGTH
from tablecast.domain.tables.row import Row

Json = Any


class Model(Row):
    """A named model; each successful attempt that trains for it adds a version."""

    project_id = fields.CharField(max_length=LENGTH)
    name = fields.CharField(max_length=100)
    description = fields.TextField(default="")
    versions = fields.IntField(default=0)
    state = fields.CharField(max_length=16, default="READY")
    generation = fields.IntField(default=1)

    class Meta:
        table = "model"
        unique_together = (("project_id", "name"),)
        indexes = (Index(fields=("project_id", "id")), Index(fields=("project_id", "name", "id")))


class ModelVersion(Row):
    """What a successful attempt made: signature, evaluation, and one file with its sha256."""

    project_id = fields.CharField(max_length=LENGTH)
    model_id = fields.CharField(max_length=LENGTH)
    number = fields.IntField()
    training_id = fields.CharField(max_length=LENGTH)
    attempt_id = fields.CharField(max_length=LENGTH)
    dataset_version_id = fields.CharField(max_length=LENGTH)
    algorithm = fields.CharField(max_length=40)
    hyperparameters = fields.JSONField[Json](default=dict)
    problem = fields.CharField(max_length=32)
    target = fields.CharField(max_length=255)
    sha256 = fields.CharField(max_length=64)
    bytes = fields.BigIntField()
    file = fields.CharField(max_length=128)
    metric_name = fields.CharField(max_length=32)
    metric_value = fields.FloatField(null=True)
    signature = fields.JSONField[Json]()
    evaluation = fields.JSONField[Json]()

    class Meta:
        table = "model_version"
        unique_together = (("model_id", "number"),)
        indexes = (
            Index(fields=("project_id", "id")),
            Index(fields=("model_id", "id")),
            Index(fields=("dataset_version_id", "id")),
            Index(fields=("training_id",)),
        )
