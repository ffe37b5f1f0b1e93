"""Where rows and cluster disagree."""

from tortoise import fields
from tortoise.indexes import Index

from tablecast.domain.identity import LENGTH
from tablecast.domain.tables.row import Row


class Drift(Row):
    """One object on which rows and cluster disagree, for as long as they do. Kinds: states.DriftKind.

    `uid` is that of the object in the cluster, or of the one that is lost (empty where none was
    recorded); `noun` and `subject_id` whose object it is, empty where nobody knows. `project_id` is
    empty for a namespace that is no project of this database.
    """

    project_id = fields.CharField(max_length=LENGTH, default="")
    kind = fields.CharField(max_length=40)
    namespace = fields.CharField(max_length=63, default="")
    name = fields.CharField(max_length=253)
    uid = fields.CharField(max_length=64, default="")
    drift = fields.CharField(max_length=16)
    reason = fields.TextField(default="")
    noun = fields.CharField(max_length=16, default="")
    subject_id = fields.CharField(max_length=LENGTH, default="")
    adoptable = fields.BooleanField(default=False)
    recreatable = fields.BooleanField(default=False)
    purgeable = fields.BooleanField(default=False)

    class Meta:
        table = "drift"
        unique_together = (("kind", "namespace", "name", "uid"),)
        indexes = (Index(fields=("project_id", "id")),)
