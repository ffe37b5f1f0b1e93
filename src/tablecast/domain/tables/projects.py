"""Projects and who may do what in them."""

from tortoise import fields
from tortoise.indexes import Index

from tablecast.domain.identity import LENGTH
from tablecast.domain.tables.row import Row, Wish


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
        indexes = (Index(fields=("name", "id")),)


class Member(Row):
    """Who may do what in a project: role OWNER, EDITOR or VIEWER."""

    project_id = fields.CharField(max_length=LENGTH)
    subject = fields.CharField(max_length=128)
    role = fields.CharField(max_length=16)

    class Meta:
        table = "member"
        unique_together = (("project_id", "subject"),)
        indexes = (Index(fields=("subject", "project_id")),)
