"""What was wished, what people were told, what was seen."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model as Table

from tablecast.domain.identity import LENGTH
from tablecast.domain.tables.row import Row

Json = Any


class Operation(Row):
    """The outbox entry of a mutation. States: states.OperationState.

    `verb` (CREATE, UPDATE, DELETE, CANCEL, RETRY, …) and `noun` with `subject_id` say which row to
    look at; `generation` which wish of it. `due_at` is when the relay may take it, `lease_token` and
    `lease_until` who has it. `intent` is the one immutable manifest of a run-once thing.
    `fingerprint` is the hash of what was asked under `idempotency_key`. `traceparent` (W3C) is the
    work that wrote it, for the trace to go on from there.
    """

    project_id = fields.CharField(max_length=LENGTH)
    verb = fields.CharField(max_length=16)
    noun = fields.CharField(max_length=16)
    subject_id = fields.CharField(max_length=LENGTH)
    generation = fields.IntField(default=1)
    state = fields.CharField(max_length=16)
    requested_by = fields.CharField(max_length=128)
    idempotency_key = fields.CharField(max_length=128, null=True)
    fingerprint = fields.CharField(max_length=64, default="")
    tries = fields.IntField(default=0)
    refusals = fields.IntField(default=0)
    due_at = fields.DatetimeField(null=True)
    lease_token = fields.CharField(max_length=32, default="")
    lease_until = fields.DatetimeField(null=True)
    intent = fields.JSONField[Json](null=True)
    object_uid = fields.CharField(max_length=64, default="")
    last_error = fields.TextField(default="")
    blocked_by = fields.JSONField[Json](null=True)
    applied_at = fields.DatetimeField(null=True)
    settled_at = fields.DatetimeField(null=True)
    traceparent = fields.CharField(max_length=55, default="")

    class Meta:
        table = "operation"
        unique_together = (("requested_by", "idempotency_key"),)
        indexes = (
            Index(fields=("due_at", "id")),
            # what is unsettled is counted for metrics, and most is settled
            Index(fields=("state", "created_at")),
            Index(fields=("lease_until", "subject_id")),
            Index(fields=("project_id", "id")),
            Index(fields=("project_id", "state", "id")),
            Index(fields=("subject_id", "project_id", "id")),
        )


class KeptAnswer(Row):
    """What a mutation that makes no operation answered under an idempotency key.

    `fingerprint` is the hash of what was asked, `content` what the answer is made from again.
    """

    project_id = fields.CharField(max_length=LENGTH)
    requested_by = fields.CharField(max_length=128)
    idempotency_key = fields.CharField(max_length=128)
    fingerprint = fields.CharField(max_length=64)
    content = fields.JSONField[Json]()

    class Meta:
        table = "kept_answer"
        unique_together = (("requested_by", "idempotency_key"),)
        indexes = (Index(fields=("project_id", "id")),)


class Event(Row):
    """One line of the feed of a project; `sequence` has no gaps and its order is commit order."""

    project_id = fields.CharField(max_length=LENGTH)
    sequence = fields.BigIntField()
    type = fields.CharField(max_length=40)
    noun = fields.CharField(max_length=16)
    subject_id = fields.CharField(max_length=LENGTH)
    operation_id = fields.CharField(max_length=LENGTH, default="")
    message = fields.TextField(default="")

    class Meta:
        table = "event"
        unique_together = (("project_id", "sequence"),)
        indexes = (Index(fields=("subject_id", "project_id", "sequence")),)


class Sighting(Row):
    """An object as last seen in the cluster: the guard against going backwards, and what the sweep sees.

    `facts` is what its projection read off it; rows are a function of the facts of all that they
    concern, so the order in which they came does not matter.
    """

    project_id = fields.CharField(max_length=LENGTH)
    uid = fields.CharField(max_length=64, unique=True)
    kind = fields.CharField(max_length=40)
    namespace = fields.CharField(max_length=63)
    name = fields.CharField(max_length=253)
    resource_version = fields.CharField(max_length=32)
    facts = fields.JSONField[Json](null=True)
    gone = fields.BooleanField(default=False)

    class Meta:
        table = "sighting"
        indexes = (
            Index(fields=("kind", "namespace", "name")),
            Index(fields=("project_id", "id")),
            Index(fields=("kind", "gone")),
            Index(fields=("gone", "updated_at")),
        )


class SchemaVersion(Table):
    """Which tables an SQLite file has: the hash of the models that made it."""

    version = fields.CharField(max_length=64, primary_key=True)

    class Meta:
        table = "schema_version"
