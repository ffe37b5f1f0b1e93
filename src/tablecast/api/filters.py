"""Filters: what a list may be narrowed by. Each field of a filter names the lookup that it stands for."""

from dataclasses import fields
from datetime import datetime
from typing import Any

import strawberry

from tablecast.api.choices import ServingMode
from tablecast.api.enums import (
    AttemptState,
    DatasetVersionState,
    DriftKind,
    Noun,
    OperationState,
    ProjectState,
    ServingState,
    TrainingState,
    UploadState,
    Verb,
)
from tablecast.api.ids import parts_of
from tablecast.api.loaders import Lookups
from tablecast.errors import Mistake

_MOST_VALUES = 50
_MOST_CHARACTERS = 100
# Of one of several values: as many as the columns have that they are compared with.
_MOST_EACH = 40
_MOST_SUBJECT = 128


def narrowed(lookup: str, description: str) -> Any:
    """A filter's field: `lookup` is the ORM's name of the comparison."""
    return strawberry.field(default=None, description=description, metadata={"lookup": lookup})


def lookups_of(given: Any) -> Lookups:
    """The lookups of a filter, None for none; `Mistake` (INVALID_FILTER) where it is too large."""
    if given is None:
        return ()
    found = []
    for each in fields(given):
        value = getattr(given, each.name)
        if value is not None:
            found.append((each.metadata["lookup"], _checked(each.name, value)))
    return tuple(found)


def _checked(name: str, value: Any) -> Any:
    if name == "subject_id":
        return parts_of(value, "filter.subjectId")[1]
    if isinstance(value, list):
        if len(value) > _MOST_VALUES:
            raise _refused(name, f"At most {_MOST_VALUES} values.")
        values = tuple(str(each) for each in value)
        most = _MOST_SUBJECT if name == "requested_by" else _MOST_EACH
        if any(len(each) > most or "\0" in each for each in values):
            raise _refused(name, f"At most {most} characters each, no NUL among them.")
        return values
    if isinstance(value, str) and (len(value) > _MOST_CHARACTERS or "\0" in value):
        raise _refused(name, f"At most {_MOST_CHARACTERS} characters, no NUL among them.")
    return value


def _refused(name: str, hint: str) -> Mistake:
    return Mistake(
        "This is no filter, or too large a one.",
        code="INVALID_FILTER",
        field=f"filter.{name}",
        hint=hint,
    )


_STATE = "Only these states; none for an empty list."
_NAME = "Only names that contain this text, whatever its case; at most 100 characters."


@strawberry.input(description="When it was made.")
class Made:
    """Filters by time of creation, that every list with a filter has."""

    created_after: datetime | None = narrowed("created_at__gt", "Only what was made after this.")
    created_before: datetime | None = narrowed("created_at__lt", "Only what was made before this.")


@strawberry.input(description="Which projects.")
class ProjectFilter(Made):
    state: list[ProjectState] | None = narrowed("state__in", _STATE)
    name_contains: str | None = narrowed("name__icontains", _NAME)


@strawberry.input(description="Which uploads.")
class UploadFilter(Made):
    state: list[UploadState] | None = narrowed("state__in", _STATE)
    file_name_contains: str | None = narrowed("file_name__icontains", _NAME)


@strawberry.input(description="Which datasets or models.")
class NameFilter(Made):
    name_contains: str | None = narrowed("name__icontains", _NAME)


@strawberry.input(description="Which dataset versions.")
class DatasetVersionFilter(Made):
    state: list[DatasetVersionState] | None = narrowed("state__in", _STATE)


@strawberry.input(description="Which trainings.")
class TrainingFilter(Made):
    state: list[TrainingState] | None = narrowed("state__in", _STATE)
    name_contains: str | None = narrowed("name__icontains", _NAME)


@strawberry.input(description="Which attempts.")
class AttemptFilter(Made):
    state: list[AttemptState] | None = narrowed("state__in", _STATE)


@strawberry.input(description="Which servings.")
class ServingFilter(Made):
    state: list[ServingState] | None = narrowed("state__in", _STATE)
    mode: list[ServingMode] | None = narrowed("mode__in", "Only these modes.")
    name_contains: str | None = narrowed("name__icontains", _NAME)


@strawberry.input(description="Which operations.")
class OperationFilter(Made):
    state: list[OperationState] | None = narrowed("state__in", _STATE)
    noun: list[Noun] | None = narrowed("noun__in", "Only about these kinds of things.")
    verb: list[Verb] | None = narrowed("verb__in", "Only these deeds.")
    subject_id: strawberry.ID | None = narrowed("subject_id", "Only about the object of this id.")
    requested_by: list[str] | None = narrowed(
        "requested_by__in",
        "Only asked for by these subjects; `system:tablecast` is Tablecast itself.",
    )


@strawberry.input(description="Which events.")
class EventFilter(Made):
    noun: list[Noun] | None = narrowed("noun__in", "Only about these kinds of things.")
    type: list[str] | None = narrowed("type__in", "Only these types, such as TRAINING_FINISHED.")
    subject_id: strawberry.ID | None = narrowed("subject_id", "Only about the object of this id.")


@strawberry.input(description="Which objects that drifted.")
class DriftFilter(Made):
    drift: list[DriftKind] | None = narrowed("drift__in", "Only these ways to disagree.")
    kind: list[str] | None = narrowed("kind__in", "Only these kinds of objects, such as Workflow.")
