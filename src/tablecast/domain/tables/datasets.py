"""Uploads, datasets and their versions."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from tablecast.domain.identity import LENGTH
from tablecast.domain.tables.row import Row, Wish

Json = Any


class Upload(Wish):
    """The slot of a resumable upload in the datastore. States: states.UploadState."""

    project_id = fields.CharField(max_length=LENGTH)
    file_name = fields.CharField(max_length=255)
    length = fields.BigIntField()
    offset = fields.BigIntField(default=0)
    sha256 = fields.CharField(max_length=64, default="")
    expires_at = fields.DatetimeField()
    error = fields.JSONField[Json](null=True)

    class Meta:
        table = "upload"
        indexes = (Index(fields=("project_id", "id")), Index(fields=("state", "expires_at")))


class Dataset(Row):
    """A named table; its versions are immutable."""

    project_id = fields.CharField(max_length=LENGTH)
    name = fields.CharField(max_length=100)
    description = fields.TextField(default="")
    versions = fields.IntField(default=0)
    state = fields.CharField(max_length=16, default="READY")

    class Meta:
        table = "dataset"
        unique_together = (("project_id", "name"),)
        indexes = (Index(fields=("project_id", "id")), Index(fields=("project_id", "name", "id")))


class DatasetVersion(Wish):
    """An immutable table on the volume. States: states.DatasetVersionState."""

    project_id = fields.CharField(max_length=LENGTH)
    dataset_id = fields.CharField(max_length=LENGTH)
    number = fields.IntField()
    upload_id = fields.CharField(max_length=LENGTH)
    file_name = fields.CharField(max_length=255)
    options = fields.JSONField[Json](default=dict)
    progress = fields.FloatField(default=0.0)
    rows = fields.BigIntField(null=True)
    columns = fields.IntField(null=True)
    bytes = fields.BigIntField(null=True)
    source_bytes = fields.BigIntField(null=True)
    sha256 = fields.CharField(max_length=64, default="")
    source_sha256 = fields.CharField(max_length=64, default="")
    profile = fields.JSONField[Json](null=True)
    error = fields.JSONField[Json](null=True)

    class Meta:
        table = "dataset_version"
        unique_together = (("dataset_id", "number"),)
        indexes = (
            Index(fields=("project_id", "id")),
            Index(fields=("state", "id")),
            Index(fields=("upload_id",)),
        )
