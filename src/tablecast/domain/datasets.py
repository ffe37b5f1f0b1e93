"""Datasets: named tables, whose versions are immutable. A new version is made of a finished upload."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tablecast.domain import lineage
from tablecast.domain.access import (
    check_name,
    lock_row,
    require_writable,
    unique_name,
)
from tablecast.domain.deeds import Asked, Deed, Outcome, deed, once
from tablecast.domain.identity import new_id
from tablecast.domain.states import DatasetVersionState, Noun, UploadState, Verb
from tablecast.domain.tables import Dataset, DatasetVersion, Upload
from tablecast.domain.withdrawals import withdraw_models, withdraw_trainings
from tablecast.errors import Conflict, Mistake

# More blocking things than anybody reads; the rest would only make the answer long.
BLOCKING_SHOWN = 100


@dataclass(frozen=True)
class DatasetVersionWish:
    """A version of the dataset `dataset_id`, or the first of a new one called `name`.

    `options` say how the file is read: delimiter, encoding, decimal, null_values, has_header; what
    is absent or None is found out.
    """

    upload_id: str
    dataset_id: str | None = None
    name: str | None = None
    description: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def can_delete(dataset: Dataset) -> bool:
    """Whether it may be deleted, as far as its own state says."""
    return dataset.state != DatasetVersionState.DELETING


async def create_dataset_version(asked: Asked, wish: DatasetVersionWish) -> Outcome[DatasetVersion]:
    """Make an upload a dataset version, of a new dataset unless one is named by its id."""
    found = await require_writable(asked, Upload, Noun.UPLOAD, wish.upload_id)
    _check_wish(wish)

    async def act() -> Outcome[DatasetVersion]:
        with unique_name():
            async with deed(asked, found.project_id) as tx:
                dataset = await _dataset_of(tx, wish)
                upload = await lock_row(Upload, Noun.UPLOAD, wish.upload_id)
                _check_upload(upload)
                return await _insert(tx, dataset, upload, wish.options)

    return await once(asked, DatasetVersion, act)


async def delete_dataset(asked: Asked, dataset_id: str, cascade: bool) -> Outcome[Dataset]:
    """Delete a dataset with all its versions.

    Raises `Conflict` (DATASET_IN_USE) naming trainings and models made of it, unless `cascade`:
    then those go first, and the servings of those models.
    """
    found = await require_writable(asked, Dataset, Noun.DATASET, dataset_id)

    async def act() -> Outcome[Dataset]:
        async with deed(asked, found.project_id) as tx:
            dataset = await lock_row(Dataset, Noun.DATASET, dataset_id)
            if not can_delete(dataset):
                raise Conflict("This dataset is being deleted.", code="DATASET_DELETING")
            await _clear_users(tx, dataset, cascade)
            return await _wish_away(tx, dataset)

    return await once(asked, Dataset, act)


async def _dataset_of(tx: Deed, wish: DatasetVersionWish) -> Dataset:
    if wish.dataset_id is None:
        dataset = Dataset(
            id=new_id(),
            project_id=tx.project_id,
            name=check_name(wish.name or ""),
            description=wish.description,
        )
        await dataset.save(force_create=True)
        tx.tell("DATASET_CREATED", Noun.DATASET, dataset.id)
        return dataset
    dataset = await lock_row(Dataset, Noun.DATASET, wish.dataset_id, project_id=tx.project_id)
    if not can_delete(dataset):
        raise Conflict("This dataset is being deleted.", code="DATASET_DELETING", field="datasetId")
    return dataset


async def _insert(
    tx: Deed, dataset: Dataset, upload: Upload, options: Mapping[str, Any]
) -> Outcome[DatasetVersion]:
    dataset.versions += 1
    await dataset.save(update_fields=["versions", "updated_at"])
    version = await DatasetVersion.create(
        id=new_id(),
        project_id=tx.project_id,
        dataset_id=dataset.id,
        number=dataset.versions,
        upload_id=upload.id,
        file_name=upload.file_name,
        options=dict(options),
        state=DatasetVersionState.PENDING,
    )
    operation = await tx.record(Verb.CREATE, Noun.DATASET_VERSION, version.id)
    tx.tell("DATASET_VERSION_CREATED", Noun.DATASET_VERSION, version.id, operation_id=operation.id)
    return Outcome(version, operation)


async def _clear_users(tx: Deed, dataset: Dataset, cascade: bool) -> None:
    trainings, models = await lineage.users_of_dataset(dataset.id)
    if not cascade and (trainings or models):
        users = [(Noun.TRAINING.value, training.id) for training in trainings]
        users += [(Noun.MODEL.value, model.id) for model in models]
        raise Conflict(
            "Trainings or models are made of this dataset.",
            code="DATASET_IN_USE",
            hint="Delete them first, or tell this to cascade.",
            blocking=tuple(users[:BLOCKING_SHOWN]),
        )
    await withdraw_models(tx, models)
    await withdraw_trainings(tx, trainings)


async def _wish_away(tx: Deed, dataset: Dataset) -> Outcome[Dataset]:
    dataset.state = DatasetVersionState.DELETING
    await dataset.save(update_fields=["state", "updated_at"])
    for version in await DatasetVersion.filter(dataset_id=dataset.id).only("id"):
        await tx.supersede(Noun.DATASET_VERSION, version.id)
        tx.tell("DATASET_VERSION_DELETING", Noun.DATASET_VERSION, version.id)
    await DatasetVersion.filter(dataset_id=dataset.id).update(state=DatasetVersionState.DELETING)
    operation = await tx.record(Verb.DELETE, Noun.DATASET, dataset.id)
    tx.tell("DATASET_DELETING", Noun.DATASET, dataset.id, operation_id=operation.id)
    return Outcome(dataset, operation)


def _check_upload(upload: Upload) -> None:
    if upload.state not in {UploadState.COMPLETE, UploadState.FINISHING}:
        raise Conflict(
            f"The upload is {upload.state}, not COMPLETE.",
            code="UPLOAD_NOT_COMPLETE",
            field="uploadId",
            hint="Send all of its bytes and finish it first.",
        )


def _check_wish(wish: DatasetVersionWish) -> None:
    if (wish.dataset_id is None) == (wish.name is None):
        raise Mistake(
            "Give the id of a dataset, or a name for a new one: one of both.",
            code="INVALID_INPUT",
            field="name",
        )
    for option, value in wish.options.items():
        allowed = _OPTIONS.get(option)
        if allowed is None or (value is not None and not allowed(value)):
            raise Mistake(
                f"This is no value for {option}.",
                code="INVALID_OPTION",
                field=option,
                hint="delimiter: one character; encoding: a codec's name; decimal: '.' or ','; "
                "nullValues: at most 100 texts; hasHeader: true or false.",
            )


def _is_null_values(value: Any) -> bool:
    texts = isinstance(value, list | tuple) and all(isinstance(text, str) for text in value)
    return texts and len(value) <= 100 and all(len(text) <= 100 for text in value)


_OPTIONS: dict[str, Any] = {
    "delimiter": lambda value: isinstance(value, str) and len(value) == 1,
    "encoding": lambda value: isinstance(value, str) and 1 <= len(value) <= 40,
    "decimal": lambda value: value in {".", ","},
    "null_values": _is_null_values,
    "has_header": lambda value: isinstance(value, bool),
}
