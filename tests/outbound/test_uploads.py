"""Uploads, dataset versions and models in a project's datastore."""

import json

import pytest

from tablecast.domain.datasets import (
    DatasetVersionWish,
    create_dataset_version,
    delete_dataset,
)
from tablecast.domain.models import delete_model
from tablecast.domain.operations import abandon_operation, retry_operation
from tablecast.domain.states import UploadState
from tablecast.domain.tables import (
    Dataset,
    DatasetVersion,
    Event,
    Model,
    Operation,
    Project,
    Serving,
    Training,
    Upload,
)
from tablecast.domain.uploads import (
    abort_upload,
    create_upload,
    finish_upload,
    record_offset,
)
from tablecast.errors import Conflict, LimitReached, Mistake, Unreachable
from tablecast.outbound.context import Context
from tablecast.settings import Limits
from tests.domain.world import (
    ANN,
    LIMITS,
    a_model_version,
    a_project,
    a_serving,
    a_training,
    a_version,
    an_upload,
)
from tests.outbound.fakes import Answer, FakeCluster
from tests.outbound.relaying import carry, run_out_leases

pytestmark = pytest.mark.usefixtures("world")


def refusal(status: int, code: str) -> Answer:
    """The datastore's typed no."""
    error = {"error": {"code": code, "message": f"{code}.", "hint": ""}}
    return Answer(status, json.dumps(error).encode())


async def new_upload(sha256: str | None = None) -> Upload:
    """An upload whose slot is wished for."""
    project = await a_project()
    return (await create_upload(ANN, project.id, "penguins.csv", 10, sha256, LIMITS)).row


async def test_a_slot_is_made_and_open_when_the_datastore_says_so(
    cluster: FakeCluster, context: Context
) -> None:
    """A lost answer is asked again; the slot is the same."""
    upload = await new_upload()
    project = await Project.get(id=upload.project_id)
    cluster.fail("request", "datastore", Unreachable("reset"))
    cluster.lose_answer("request", "datastore")
    await carry(context, rounds=3)
    calls = [call.headers["Tablecast-Upload-Id"] for call in cluster.requests]
    token = f"Bearer {context.settings.datastore_token(project.namespace)}"
    assert calls == [upload.id] * 2
    assert {call.headers["Authorization"] for call in cluster.requests} == {token}
    assert (await Upload.get(id=upload.id)).state == UploadState.OPEN
    assert (await Operation.get(subject_id=upload.id)).state == "OBSERVED"


async def test_a_slot_waits_for_its_datastore(cluster: FakeCluster, context: Context) -> None:
    """And says so."""
    upload = await new_upload()
    await Project.filter(id=upload.project_id).update(state="PENDING")
    await carry(context)
    assert cluster.requests == []
    assert (await Upload.get(id=upload.id)).blocked_by["code"] == "DATASTORE_NOT_READY"


async def test_a_slot_that_was_given_up_waits_again_when_it_is_taken_up_again(
    cluster: FakeCluster, context: Context
) -> None:
    """What was said of the giving up is no longer said, first for what it waits for, then for nothing."""
    upload = await new_upload()
    await Project.filter(id=upload.project_id).update(state="PENDING")
    operation = await Operation.get(subject_id=upload.id)
    await abandon_operation(ANN, operation.id)
    await carry(context, rounds=2)
    assert (await Operation.get(id=operation.id)).state == "ABANDONED"
    said = []
    for state in ("PENDING", "READY"):
        await Project.filter(id=upload.project_id).update(state=state)
        await retry_operation(ANN, operation.id)
        said.append((await Upload.get(id=upload.id)).blocked_by["code"])
        await carry(context)
        said.append(((await Upload.get(id=upload.id)).blocked_by or {}).get("code"))
        if state == "PENDING":
            await abandon_operation(ANN, operation.id)
    given_up = "OPERATION_ABANDONED"
    assert said == [given_up, "DATASTORE_NOT_READY", given_up, None]


async def test_who_held_an_operation_that_is_given_up_marks_it_no_more(
    cluster: FakeCluster, context: Context
) -> None:
    """Its lease ran out, it was given up, and then the call came back that it had made."""
    upload = await new_upload()

    async def given_up_meanwhile(method: str, _: object) -> None:
        cluster.hook = None
        await run_out_leases()
        await abandon_operation(ANN, (await Operation.get(subject_id=upload.id)).id)

    cluster.hook = given_up_meanwhile
    await carry(context)
    row = await Operation.get(subject_id=upload.id)
    assert (row.state, row.tries, row.due_at, row.lease_token) == ("ABANDONED", 0, None, "")
    assert await Event.filter(type="OPERATION_OBSERVED", operation_id=row.id).count() == 0


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        pytest.param(None, "COMPLETE", None, id="all there"),
        pytest.param(
            refusal(409, "CHECKSUM_MISMATCH"), "FAILED", "CHECKSUM_MISMATCH", id="others' bytes"
        ),
        pytest.param(refusal(404, "UPLOAD_NOT_FOUND"), "FAILED", "UPLOAD_NOT_FOUND", id="gone"),
        pytest.param(refusal(410, "UPLOAD_EXPIRED"), "FAILED", "UPLOAD_EXPIRED", id="expired"),
        pytest.param(
            refusal(409, "UPLOAD_INCOMPLETE"), "OPEN", "UPLOAD_INCOMPLETE", id="bytes missing"
        ),
    ],
)
async def test_finishing_ends_as_the_datastore_says(
    cluster: FakeCluster, context: Context, answer: Answer | None, state: str, code: str | None
) -> None:
    """Complete with its hash, failed with a typed error, or open again for the missing bytes."""
    upload = await an_upload(await a_project(), state=UploadState.OPEN)
    if answer is not None:
        cluster.answers["POST", f"/v1/uploads/{upload.id}/finish"] = answer
    await finish_upload(ANN, upload.id, "c" * 64)
    await carry(context, rounds=2)
    row = await Upload.get(id=upload.id)
    assert (row.state, row.sha256) == (state, "c" * 64)
    assert (row.error or {}).get("code") == code
    operation = await Operation.filter(subject_id=upload.id).order_by("-id").first()
    assert operation is not None
    assert operation.state == ("FAILED" if code else "OBSERVED")


async def test_a_busy_datastore_is_asked_again(cluster: FakeCluster, context: Context) -> None:
    """A full disk or a proxy's 502 fails nothing for good."""
    upload = await an_upload(await a_project(), state=UploadState.OPEN)
    path = ("POST", f"/v1/uploads/{upload.id}/finish")
    await finish_upload(ANN, upload.id, None)
    for answer in (Answer(502, b"<html>"), refusal(507, "DISK_FULL")):
        cluster.answers[path] = answer
        await carry(context)
        assert (await Upload.get(id=upload.id)).state == UploadState.FINISHING
    del cluster.answers[path]
    await carry(context)
    assert (await Upload.get(id=upload.id)).state == UploadState.COMPLETE


async def test_a_version_waits_for_its_uploads_end(cluster: FakeCluster, context: Context) -> None:
    """Wished for while the upload is being finished, it is handed over as soon as that is done."""
    upload = await an_upload(await a_project(), state=UploadState.OPEN)
    await finish_upload(ANN, upload.id, None)
    wish = DatasetVersionWish(upload.id, name="penguins", options={"delimiter": ";"})
    version = (await create_dataset_version(ANN, wish)).row
    cluster.answers["POST", f"/v1/uploads/{upload.id}/finish"] = Answer(502)
    await carry(context)
    assert (await DatasetVersion.get(id=version.id)).blocked_by["code"] == "UPLOAD_NOT_COMPLETE"
    cluster.answers.clear()
    await carry(context, rounds=2)
    put = next(call for call in cluster.requests if call.method == "PUT")
    assert json.loads(put.body) == {
        "upload": upload.id,
        "file_name": "penguins.csv",
        "options": {"delimiter": ";"},
    }
    assert (await DatasetVersion.get(id=version.id)).state == "CONVERTING"


async def test_a_version_of_a_failed_upload_fails(cluster: FakeCluster, context: Context) -> None:
    """With a typed error, and no try for ever."""
    upload = await an_upload(await a_project(), state=UploadState.OPEN)
    await finish_upload(ANN, upload.id, None)
    version = (await create_dataset_version(ANN, DatasetVersionWish(upload.id, name="p"))).row
    cluster.answers["POST", f"/v1/uploads/{upload.id}/finish"] = refusal(409, "CHECKSUM_MISMATCH")
    await carry(context, rounds=3)
    row = await DatasetVersion.get(id=version.id)
    assert (row.state, row.error["code"]) == ("FAILED", "UPLOAD_FAILED")
    assert (await Operation.get(subject_id=version.id)).due_at is None


async def test_aborting_removes_the_bytes(cluster: FakeCluster, context: Context) -> None:
    """Its slot that was never made is not made any more."""
    upload = await new_upload()
    await abort_upload(ANN, upload.id)
    await carry(context, rounds=2)
    assert [(call.method, call.path) for call in cluster.requests] == [
        ("DELETE", f"/uploads/{upload.id}")
    ]
    assert (await Upload.get(id=upload.id)).state == UploadState.ABORTED


async def test_what_a_dataset_is_made_of_is_not_aborted() -> None:
    """Its version may still be reading it."""
    version = await a_version(await a_project())
    with pytest.raises(Conflict) as conflict:
        await abort_upload(ANN, version.upload_id)
    assert conflict.value.blocking == (("DATASET_VERSION", version.id),)


async def test_offsets_only_grow() -> None:
    """A late report of fewer bytes changes nothing; the last byte is told at once."""
    upload = await an_upload(await a_project(), state=UploadState.OPEN)
    await record_offset(upload.id, 100)
    await record_offset(upload.id, 60)
    assert (await Upload.get(id=upload.id)).offset == 100


@pytest.mark.parametrize(
    ("file_name", "length", "sha256", "code"),
    [
        pytest.param("a/b.csv", 1, None, "INVALID_NAME", id="slash"),
        pytest.param("", 1, None, "INVALID_NAME", id="empty"),
        pytest.param("a\x00.csv", 1, None, "INVALID_NAME", id="NUL"),
        pytest.param("a.csv", -1, None, "OUT_OF_RANGE", id="negative"),
        pytest.param("a.csv", 1, "xyz", "INVALID_CHECKSUM", id="no sha256"),
    ],
)
async def test_what_cannot_be_uploaded_is_refused(
    file_name: str, length: int, sha256: str | None, code: str
) -> None:
    """Typed, and before anything is made."""
    project = await a_project()
    with pytest.raises(Mistake) as mistake:
        await create_upload(ANN, project.id, file_name, length, sha256, LIMITS)
    assert mistake.value.code == code
    assert await Upload.all().count() == 0


async def test_too_big_a_file_is_refused() -> None:
    """With the limit."""
    project = await a_project()
    with pytest.raises(LimitReached) as reached:
        await create_upload(ANN, project.id, "a.csv", 11, None, Limits(upload_bytes=10))
    assert reached.value.limit == 10


async def test_a_dataset_in_use_is_not_deleted_unasked() -> None:
    """The refusal names trainings and models; nothing has changed."""
    version = await a_version(await a_project())
    training = await a_training(version)
    model = await a_model_version(training)
    with pytest.raises(Conflict) as conflict:
        await delete_dataset(ANN, version.dataset_id, cascade=False)
    assert set(conflict.value.blocking) == {("TRAINING", training.id), ("MODEL", model.model_id)}
    assert (await Dataset.get(id=version.dataset_id)).state == "READY"


async def test_a_cascade_takes_users_away_before_the_dataset(
    cluster: FakeCluster, context: Context
) -> None:
    """Serving, model and training go first, and their files; then the table and its upload."""
    version = await a_version(await a_project())
    model = await a_model_version(await a_training(version))
    await a_serving(model)
    await carry(context)
    cluster.make_ready("InferenceService")
    await carry(context)
    cluster.slow.add("TrainedModel")
    await delete_dataset(ANN, version.dataset_id, cascade=True)
    await carry(context, rounds=3)
    assert await Serving.exists()
    assert await Model.exists()
    assert await Dataset.exists()
    cluster.finish_deletions()
    await carry(context, rounds=4)
    for table in (Serving, Model, Training, Dataset, DatasetVersion, Upload):
        assert not await table.exists(), table
    assert cluster.names("TrainedModel") == cluster.names("InferenceService") == []
    assert cluster.asked("DELETE")[-2:] == [
        f"/v1/datasets/{version.dataset_id}",
        f"/uploads/{version.upload_id}",
    ]


async def test_a_served_model_is_not_deleted_unasked() -> None:
    """The refusal names its servings."""
    model = await a_model_version(await a_training(await a_version(await a_project())))
    serving = await a_serving(model)
    with pytest.raises(Conflict) as conflict:
        await delete_model(ANN, model.model_id, cascade=False)
    assert conflict.value.blocking == (("SERVING", serving.id),)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"delimiter": ";;"}, id="two delimiters"),
        pytest.param({"decimal": ";"}, id="no decimal"),
        pytest.param({"has_header": "yes"}, id="text for truth"),
        pytest.param({"null_values": [1]}, id="numbers for texts"),
        pytest.param({"quote": "'"}, id="unknown"),
    ],
)
async def test_options_that_mean_nothing_are_refused(options: dict[str, object]) -> None:
    """The error names the option."""
    upload = await an_upload(await a_project())
    with pytest.raises(Mistake) as mistake:
        await create_dataset_version(ANN, DatasetVersionWish(upload.id, name="p", options=options))
    assert (mistake.value.code, mistake.value.field) == ("INVALID_OPTION", next(iter(options)))
