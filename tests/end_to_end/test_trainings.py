"""Trainings that cannot work: refused at the mutation where the profile knows, else in the step."""

import asyncio
import random
from typing import Any

import pytest

from tablecast_demo import documents
from tablecast_demo.session import Session
from tests.end_to_end import job
from tests.end_to_end.documents import FOLLOW_TRAINING

ROWS = 240
CREATE = """
mutation ($input: CreateTrainingInput!) {
  createTraining(input: $input) {
    __typename
    ... on CreateTrainingPayload { training { id } }
    ... on Error { code message field hint }
  }
}"""
MADE = """
query ($id: ID!) {
  project(id: $id) {
    trainings(first: 100) { nodes { name } }
    models(first: 100) { nodes { name } }
  }
}"""
EVALUATION = """
query ($id: ID!) {
  modelVersion(id: $id) { evaluation { warnings { code column message } } }
}"""


def _odd_table() -> bytes:
    """Columns that can be learned, and columns that cannot be learned for each another reason."""
    chance = random.Random(11)
    lines = ["size,colour,kind,empty,same,lonely,name,day,never,leak,part"]
    for row in range(ROWS):
        kind = chance.choice(["ant", "bee"])
        size = chance.gauss(3 if kind == "ant" else 4, 1)
        cells = [
            f"{size:.3f}",
            chance.choice(["red", "blue"]),
            kind,
            "",
            "one",
            "only" if row == 7 else chance.choice(["a", "b"]),
            f"name {row}",
            f"2024-01-{row % 28 + 1:02}",
            "constant",
            {"ant": "A-7", "bee": "B-9"}[kind],
            "neither",
        ]
        lines.append(",".join(cells))
    return ("\n".join(lines) + "\n").encode()


def _repeated() -> bytes:
    return (
        b"size,kind\n" + b"".join(b"%d,%s\n" % (n, b"ab"[n % 2 : n % 2 + 1]) for n in range(5)) * 8
    )


TABLES = {
    "odd": _odd_table(),
    "five rows": b"size,kind\n1,a\n2,b\n3,a\n4,b\n5,a\n",
    "five rows again and again": _repeated(),
    "constant": b"same,never,kind\n" + b"1,x,a\n1,x,b\n" * 20,
    "long": b"size,kind\n" + b"1,2\n3,4\n" * 1_300_000,
}


@pytest.fixture(scope="module")
def world(shared_machine):
    """A project with a dataset version of each table, by the table's name; `project` is its id."""

    async def made() -> dict[str, str]:
        async with asyncio.timeout(120), Session(shared_machine.url) as session:
            project = await job.project(session, "trainings")
            versions = {
                name: await job.dataset(session, await job.upload(session, project, content), name)
                for name, content in TABLES.items()
            }
            for version in versions.values():
                await job.seen(session, documents.FOLLOW_VERSION, version, state="READY")
            failed = await job.dataset(session, await job.upload(session, project, b""), "no table")
            await job.seen(session, documents.FOLLOW_VERSION, failed, state="FAILED")
            return versions | {"no table": failed, "project": project}

    return asyncio.run(made())


def case(id_: str, code: str, field: str, table: str = "odd", **given: Any):
    return pytest.param(table, given, code, field, id=id_)


REFUSED = [
    case("unknown target", "TARGET_MISSING", "target", target="kinds"),
    case("target all null", "TARGET_ALL_NULL", "target", target="empty"),
    case("one class", "ONE_CLASS", "target", target="same"),
    case("too many classes", "TOO_MANY_CLASSES", "target", target="name"),
    case(
        "three classes for two",
        "TOO_MANY_CLASSES",
        "target",
        target="lonely",
        problem="BINARY_CLASSIFICATION",
    ),
    case("a day to learn", "TARGET_NOT_NUMERIC", "target", target="day"),
    case("text to regress", "TARGET_NOT_NUMERIC", "target", problem="REGRESSION"),
    case("unknown feature", "FEATURE_MISSING", "features", features=["colour", "siize"]),
    case("no feature", "NO_USABLE_FEATURES", "features", features=[]),
    case("constant features", "NO_USABLE_FEATURES", "features", features=["same", "empty"]),
    case("nothing but constants", "NO_USABLE_FEATURES", "features", "constant"),
    case("the target as a feature", "TARGET_IS_FEATURE", "features", features=["size", "kind"]),
    case("five rows", "TOO_FEW_ROWS", "target", "five rows"),
    case("no table", "VERSION_NOT_READY", "datasetVersionId", "no table"),
    case(
        "unknown split column",
        "SPLIT_COLUMN_MISSING",
        "split.column",
        split={"kind": "COLUMN", "column": "parts"},
    ),
    case("no split column", "SPLIT_COLUMN_MISSING", "split.column", split={"kind": "TIME"}),
    case(
        "split by the target",
        "SPLIT_BY_TARGET",
        "split.column",
        split={"kind": "COLUMN", "column": "kind"},
    ),
    case("nothing to test", "OUT_OF_RANGE", "split.testFraction", split={"testFraction": 0}),
    case("nothing to learn from", "OUT_OF_RANGE", "split.testFraction", split={"testFraction": 1}),
    case(
        "another problem's metric",
        "METRIC_NOT_FOR_PROBLEM",
        "metric",
        problem="BINARY_CLASSIFICATION",
        metric="RMSE",
    ),
    case("no time", "OUT_OF_RANGE", "timeBudgetSeconds", timeBudgetSeconds=0),
    case(
        "too little time", "TIME_BUDGET_TOO_SMALL", "timeBudgetSeconds", "long", timeBudgetSeconds=1
    ),
    case("too much time", "LIMIT_REACHED", "timeBudgetSeconds", timeBudgetSeconds=86_400),
    case(
        "a strength below nothing",
        "OUT_OF_RANGE",
        "hyperparameters.linear.regularization",
        hyperparameters={"linear": {"regularization": -1}},
    ),
    case(
        "no tree",
        "OUT_OF_RANGE",
        "hyperparameters.randomForest.trees",
        algorithm="RANDOM_FOREST",
        hyperparameters={"randomForest": {"trees": 0}},
    ),
    case(
        "another algorithm's hyperparameters",
        "UNKNOWN_HYPERPARAMETER",
        "hyperparameters.lightgbm",
        hyperparameters={"lightgbm": {"trees": 10}},
    ),
    case(
        "hyperparameters of a search",
        "UNKNOWN_HYPERPARAMETER",
        "hyperparameters.linear",
        algorithm="AUTO",
        hyperparameters={"linear": {"regularization": 1}},
    ),
]


@pytest.mark.parametrize(("table", "given", "code", "field"), REFUSED)
def test_what_cannot_work_is_refused_before_anything_starts(
    person, world, request, table, given, code, field
):
    """A typed error that names the field, and what would be right; no training, no model."""
    name = request.node.callspec.id
    wish = {"datasetVersionId": world[table], "name": name, "target": "kind", "algorithm": "LINEAR"}
    told = person.ask(CREATE, input=wish | given)["data"]["createTraining"]
    assert (told["code"], told["field"]) == (code, field), told
    assert told["message"].endswith(".")
    made = person.ask(MADE, id=world["project"])["data"]["project"]
    assert name not in {node["name"] for nodes in made.values() for node in nodes["nodes"]}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        pytest.param({"target": "kinds"}, "kind", id="target"),
        pytest.param({"target": "KIND"}, "kind", id="another case"),
        pytest.param({"target": "kind", "features": ["siize"]}, "size", id="feature"),
        pytest.param(
            {"target": "kind", "split": {"kind": "COLUMN", "column": "prt"}}, "part", id="split"
        ),
    ],
)
def test_a_misspelt_column_is_told_with_what_was_perhaps_meant(person, world, given, meant):
    """Close matches out of the table's own columns."""
    wish = {"datasetVersionId": world["odd"], "name": "misspelt"} | given
    hint = person.ask(CREATE, input=wish)["data"]["createTraining"]["hint"]
    assert hint.startswith("Did you mean ")
    assert meant in hint


SEEN_BY_A_STEP = [
    pytest.param(
        "odd",
        {"target": "lonely"},
        "PREPROCESS",
        "CLASS_TOO_SMALL",
        "lonely",
        id="one row of a class",
    ),
    pytest.param(
        "five rows again and again",
        {},
        "PREPROCESS",
        "TOO_FEW_ROWS",
        "kind",
        id="five different rows",
    ),
    pytest.param(
        "odd",
        {"split": {"kind": "COLUMN", "column": "part"}},
        "PREPROCESS",
        "SPLIT_COLUMN_UNSUITABLE",
        "part",
        id="a split column that marks nothing",
    ),
    pytest.param(
        "odd",
        {"features": ["name"]},
        "FEATURES",
        "NO_USABLE_FEATURES",
        None,
        id="nothing but names",
    ),
]


@pytest.mark.parametrize(("table", "given", "step", "code", "column"), SEEN_BY_A_STEP)
async def test_what_only_a_step_sees_fails_there_with_one_sentence(
    shared_machine, world, request, table, given, step, code, column
):
    """Exit code 2 is a person's mistake; it is the attempt's error; what comes after is omitted."""
    async with asyncio.timeout(60), Session(shared_machine.url) as session:
        training = await job.training(
            session, world[table], name=request.node.callspec.id, **{"target": "kind"} | given
        )
        seen = await job.seen(session, FOLLOW_TRAINING, training, state="FAILED")
    steps = {each["name"]: each for each in seen["latestAttempt"]["steps"]}
    error = steps[step]["error"]
    assert (error["code"], error["column"]) == (code, column)
    assert error["message"].endswith(".")
    assert error["hint"].endswith(".")
    assert steps[step]["exitCode"] == 2
    assert seen["latestAttempt"]["error"] == error
    after = list(steps)[list(steps).index(step) + 1 :]
    assert {steps[name]["state"] for name in after} == {"OMITTED"}


async def test_a_column_that_tells_the_target_is_warned_of_in_the_evaluation(shared_machine, world):
    """The training succeeds, and whoever looks at its numbers is told why they are so good."""
    async with asyncio.timeout(60), Session(shared_machine.url) as session:
        training = await job.training(
            session, world["odd"], name="leaking", features=["size", "colour", "leak"]
        )
        model = await job.trained_model(session, training)
        told = await session.query(EVALUATION, id=model)
    warnings = told["modelVersion"]["evaluation"]["warnings"]
    leaks = [each for each in warnings if each["code"] == "TARGET_LEAK"]
    assert [each["column"] for each in leaks] == ["leak"]
    assert "kind" in leaks[0]["message"]


def test_nothing_of_it_was_a_fault_of_the_servers(world, shared_machine):
    """The log has no traceback, whatever was asked."""
    assert world
    assert "Traceback" not in shared_machine.log()
