"""What every row has, and what every declared thing has beside it."""

from typing import Any

from tortoise import fields
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
