"""Mutations of each noun: what they change and what they answer."""

from typing import Any

import pytest

from tablecast.domain.states import UploadState
from tablecast.domain.tables import (
    Dataset,
    Model,
    Serving,
    Training,
    Upload,
)
from tests.api.rows import gid, ready_job, whole
from tests.api.world import ANN, Api
from tests.domain.world import BOB as BOB_ASKS
from tests.domain.world import a_project, a_training, a_version, an_upload


async def test_an_upload_says_where_its_bytes_go(api: Api) -> None:
    project = await a_project()
    given = {"projectId": gid(project), "fileName": "a.csv", "length": 5_000_000_000}
    shows = "upload { id url offset length expiresAt state canAbort }"
    upload = (await api.do(ANN, "createUpload", given, shows))["upload"]
    row = await Upload.get()
    assert upload["url"] == f"https://tablecast.example/uploads/{row.id}"
    assert (upload["offset"], upload["length"]) == (0, 5_000_000_000)
    assert upload["canAbort"]


async def test_an_upload_is_thrown_away(api: Api) -> None:
    upload = await an_upload(await a_project(), state=UploadState.OPEN)
    result = await api.do(ANN, "abortUpload", {"uploadId": gid(upload)}, "upload { state }")
    assert result["upload"] == {"state": "ABORTED"}


async def test_a_dataset_version_is_made_of_an_upload(api: Api) -> None:
    upload = await an_upload(await a_project())
    options = {"delimiter": ";", "nullValues": ["NA", ""], "hasHeader": True}
    given = {"uploadId": gid(upload), "name": "penguins", "options": options}
    shows = "datasetVersion { number state dataset { name } upload { id } } operation { noun }"
    result = await api.do(ANN, "createDatasetVersion", given, shows)
    assert result["datasetVersion"] == {
        "number": 1,
        "state": "PENDING",
        "dataset": {"name": "penguins"},
        "upload": {"id": gid(upload)},
    }
    assert (await Dataset.get()).versions == 1


@pytest.mark.parametrize(
    "options", [{"delimiter": ";;"}, {"nullValues": ["x"] * 101}, {"encoding": "x" * 41}]
)
async def test_read_options_are_checked(api: Api, options: dict[str, Any]) -> None:
    upload = await an_upload(await a_project())
    given = {"uploadId": gid(upload), "name": "penguins", "options": options}
    result = await api.do(ANN, "createDatasetVersion", given, "__typename")
    assert result["__typename"] == "InvalidInputError"
    assert result["field"].startswith("options.")


async def test_a_dataset_in_use_is_refused_with_its_users(api: Api) -> None:
    job = await whole()
    text = """mutation($input: DeleteDatasetInput!) { deleteDataset(input: $input) {
      ... on ConflictError { code blocking { __typename ... on Node { id } } } } }"""
    answer = await api.ask(ANN, text, input={"datasetId": gid(job.dataset)})
    assert answer["deleteDataset"]["code"] == "DATASET_IN_USE"
    blocking = {(each["__typename"], each["id"]) for each in answer["deleteDataset"]["blocking"]}
    assert blocking == {("Training", gid(job.training)), ("Model", gid(job.model))}


async def test_a_training_takes_typed_hyperparameters_and_a_split(api: Api) -> None:
    version = await a_version(await a_project())
    given = {
        "datasetVersionId": gid(version),
        "name": "species",
        "target": "species",
        "features": ["sex", "body_mass_g"],
        "split": {"kind": "TIME", "column": "studied_on", "testFraction": 0.25},
        "algorithm": "RANDOM_FOREST",
        "hyperparameters": {"randomForest": {"trees": 200, "maxFeatures": 0.5}},
        "metric": "ACCURACY",
        "timeBudgetSeconds": 60,
        "seed": 7,
    }
    shows = """training { spec { target features algorithm metric timeBudgetSeconds seed
      split { kind column testFraction stratify } hyperparameters { name value } } }"""
    result = await api.do(ANN, "createTraining", given, shows)
    spec = result["training"]["spec"]
    assert spec["split"] == {
        "kind": "TIME",
        "column": "studied_on",
        "testFraction": 0.25,
        "stratify": True,
    }
    assert {each["name"]: each["value"] for each in spec["hyperparameters"]} == {
        "trees": 200,
        "max_features": 0.5,
    }
    assert (spec["algorithm"], spec["features"]) == ("RANDOM_FOREST", ["sex", "body_mass_g"])


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"target": "specie"}, "TARGET_MISSING", "target"),
        ({"target": "empty"}, "TARGET_ALL_NULL", "target"),
        ({"timeBudgetSeconds": 0}, "OUT_OF_RANGE", "timeBudgetSeconds"),
        ({"split": {"testFraction": 1.5}}, "OUT_OF_RANGE", "split.testFraction"),
        ({"seed": -1}, "OUT_OF_RANGE", "seed"),
        (
            {"hyperparameters": {"lightgbm": {"trees": 5}}},
            "UNKNOWN_HYPERPARAMETER",
            "hyperparameters.lightgbm",
        ),
        (
            {"algorithm": "LINEAR", "hyperparameters": {"linear": {"l1Ratio": 7}}},
            "OUT_OF_RANGE",
            "hyperparameters.linear.l1Ratio",
        ),
    ],
)
async def test_a_training_that_cannot_work_is_refused_at_once(
    api: Api, changes: dict[str, Any], code: str, field: str
) -> None:
    version = await a_version(await a_project())
    given = {"datasetVersionId": gid(version), "name": "x", "target": "species", **changes}
    result = await api.do(ANN, "createTraining", given, "__typename")
    assert (result["code"], result["field"]) == (code, field)
    assert not await Training.exists()


async def test_a_training_is_cancelled(api: Api) -> None:
    training = await a_training(await a_version(await a_project()))
    shows = "training { state canCancel canRetry } operation { verb }"
    result = await api.do(ANN, "cancelTraining", {"trainingId": gid(training)}, shows)
    assert result["training"] == {"state": "CANCELLING", "canCancel": False, "canRetry": False}
    assert result["operation"] == {"verb": "CANCEL"}


async def test_a_retry_from_the_start_uses_nothing_again(api: Api) -> None:
    job = await ready_job()
    given = {"trainingId": gid(job.training), "from": "START"}
    shows = "training { attemptCount latestAttempt { number work } }"
    result = await api.do(ANN, "retryTraining", given, shows)
    assert result["training"] == {"attemptCount": 2, "latestAttempt": {"number": 2, "work": 2}}


async def test_a_retry_from_the_failed_step_builds_on_what_was_done(api: Api) -> None:
    job = await ready_job()
    given = {"trainingId": gid(job.training)}
    shows = "training { latestAttempt { number work } }"
    result = await api.do(ANN, "retryTraining", given, shows)
    assert result["training"]["latestAttempt"] == {"number": 2, "work": 1}


async def test_a_renamed_model_s_operation_is_observed_at_once(api: Api) -> None:
    job = await whole()
    given = {"modelId": gid(job.model), "name": "gorgeous"}
    result = await api.do(ANN, "renameModel", given, "model { name } operation { state }")
    assert result["model"] == {"name": "gorgeous"}
    assert result["operation"] == {"state": "OBSERVED"}
    assert (await Model.get(id=job.model.id)).name == "gorgeous"


async def test_a_model_in_use_is_refused_with_its_servings(api: Api) -> None:
    job = await whole()
    text = """mutation($input: DeleteModelInput!) { deleteModel(input: $input) {
      ... on ConflictError { code blocking { ... on Serving { name } } } } }"""
    answer = await api.ask(ANN, text, input={"modelId": gid(job.model)})
    assert answer["deleteModel"] == {
        "code": "MODEL_IN_USE",
        "blocking": [{"name": job.serving.name}],
    }


async def test_a_model_version_is_put_into_service(api: Api) -> None:
    job = await whole()
    given = {
        "projectId": gid(job.project),
        "name": "live",
        "modelVersionId": gid(job.model_version),
        "mode": "DEDICATED",
        "replicas": 2,
    }
    shows = """serving { name mode replicas state servable activeRevision { number }
      revisions { nodes { number state modelVersion { number } } } }"""
    serving = (await api.do(ANN, "createServing", given, shows))["serving"]
    assert serving["revisions"]["nodes"] == [
        {"number": 1, "state": "PENDING", "modelVersion": {"number": 1}}
    ]
    assert (serving["mode"], serving["replicas"], serving["servable"]) == ("DEDICATED", 2, False)
    assert serving["activeRevision"] is None


async def test_a_model_of_another_project_is_not_served(api: Api) -> None:
    mine, theirs = await whole(), await whole(BOB_ASKS, "whales")
    given = {
        "projectId": gid(mine.project),
        "name": "live",
        "modelVersionId": gid(theirs.model_version),
    }
    result = await api.do(ANN, "createServing", given, "__typename")
    assert (result["__typename"], result["code"]) == ("NotFoundError", "MODEL_VERSION_NOT_FOUND")
    assert await Serving.filter(name="live").count() == 0


async def test_several_mutations_of_one_document_each_see_the_one_before(api: Api) -> None:
    project = await a_project()
    text = """mutation($id: ID!) {
      a: updateProject(input: {projectId: $id, title: "A"}) {
        ... on UpdateProjectPayload { project { title } operation { project { title } } } }
      b: updateProject(input: {projectId: $id, title: "B"}) {
        ... on UpdateProjectPayload { project { title } operation { project { title } } } } }"""
    answer = await api.ask(ANN, text, id=gid(project))
    for name in ("a", "b"):
        title = {"title": name.upper()}
        assert answer[name] == {"project": title, "operation": {"project": title}}
