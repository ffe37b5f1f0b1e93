"""Tables: the rows that everything else reads and writes. Datetimes are UTC; ids are `identity`'s.

States are text columns of at most 16 characters; their meaning stands in `states`. What a list can
be ordered by has an index that ends with the id: pages are by key.
"""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model as Table

from tablecast.domain.identity import LENGTH

Json = Any


class Row(Table):
    """What every noun's row has: an id that sorts by creation, and when it was made and changed."""

    id = fields.CharField(max_length=LENGTH, primary_key=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        abstract = True


class Wish(Row):
    """A declared thing: `generation` counts wishes, `observed_generation` what was seen fulfilled."""

    state = fields.CharField(max_length=16)
    generation = fields.IntField(default=1)
    observed_generation = fields.IntField(default=0)
    message = fields.TextField(default="")
    blocked_by = fields.JSONField[Json](null=True)

    class Meta:
        abstract = True


class Project(Wish):
    """A Kubernetes namespace with a volume and a datastore. States: states.ProjectState."""

    name = fields.CharField(max_length=40)
    title = fields.CharField(max_length=200, default="")
    description = fields.TextField(default="")
    namespace = fields.CharField(max_length=63, unique=True)
    volume_bytes = fields.BigIntField()
    cpu_limit = fields.IntField()
    memory_limit_bytes = fields.BigIntField()
    feed_sequence = fields.BigIntField(default=0)
    namespace_uid = fields.CharField(max_length=64, default="")

    class Meta:
        table = "project"


class Member(Row):
    """Who may do what in a project: role OWNER, EDITOR or VIEWER."""

    project_id = fields.CharField(max_length=LENGTH)
    subject = fields.CharField(max_length=128)
    role = fields.CharField(max_length=16)

    class Meta:
        table = "member"
        unique_together = (("project_id", "subject"),)
        indexes = (Index(fields=("subject", "project_id")),)


class Upload(Wish):
    """A resumable upload's slot in the datastore. States: states.UploadState."""

    project_id = fields.CharField(max_length=LENGTH)
    file_name = fields.CharField(max_length=255)
    length = fields.BigIntField()
    offset = fields.BigIntField(default=0)
    sha256 = fields.CharField(max_length=64, default="")
    expires_at = fields.DatetimeField()
    error = fields.JSONField[Json](null=True)

    class Meta:
        table = "upload"
        indexes = (Index(fields=("project_id", "id")),)


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
        indexes = (Index(fields=("project_id", "id")),)


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
        indexes = (Index(fields=("project_id", "id")), Index(fields=("state", "id")))


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

    class Meta:
        table = "attempt"
        unique_together = (("training_id", "number"),)
        indexes = (Index(fields=("collected", "id")), Index(fields=("workflow_uid",)))


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
        indexes = (Index(fields=("project_id", "id")),)


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


class Serving(Wish):
    """A name that answers predictions with one model version. States: states.ServingState.

    `model_version_id`, `mode` (SHARED, DEDICATED) and `replicas` are the wish; `active_revision` is
    the revision that predictions go to (0: none yet), `revision` the newest one made.
    `desired_replicas`, `loaded_replicas` and `servable` were observed, of the active revision.
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

    class Meta:
        table = "serving"
        unique_together = (("project_id", "name"),)
        indexes = (Index(fields=("project_id", "id")), Index(fields=("model_version_id", "id")))


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
        indexes = (Index(fields=("state", "id")),)


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


class Operation(Row):
    """A mutation's outbox entry. States: states.OperationState.

    `verb` (CREATE, UPDATE, DELETE, CANCEL, RETRY, …) and `noun` with `subject_id` say which row to
    look at; `generation` which wish of it. `due_at` is when the relay may take it, `lease_token` and
    `lease_until` who has it. `intent` is the one immutable manifest of a run-once thing.
    `fingerprint` is the hash of what was asked under `idempotency_key`.
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

    class Meta:
        table = "operation"
        unique_together = (("requested_by", "idempotency_key"),)
        indexes = (
            Index(fields=("due_at", "id")),
            Index(fields=("project_id", "id")),
            Index(fields=("noun", "subject_id", "id")),
        )


class Event(Row):
    """One line of a project's feed; `sequence` has no gaps and its order is commit order."""

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
        indexes = (Index(fields=("noun", "subject_id", "id")),)


class Sighting(Row):
    """An object as last seen in the cluster: the guard against going backwards, and the sweep's view."""

    project_id = fields.CharField(max_length=LENGTH)
    uid = fields.CharField(max_length=64, unique=True)
    kind = fields.CharField(max_length=40)
    namespace = fields.CharField(max_length=63)
    name = fields.CharField(max_length=253)
    resource_version = fields.CharField(max_length=32)
    gone = fields.BooleanField(default=False)

    class Meta:
        table = "sighting"
        indexes = (Index(fields=("kind", "namespace", "name")),)


class SchemaVersion(Table):
    """Which tables an SQLite file has: the hash of the models that made it."""

    version = fields.CharField(max_length=64, primary_key=True)

    class Meta:
        table = "schema_version"
