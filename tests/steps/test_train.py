"""A training ends with a model that is worth serving, found by training rows alone."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tablecast_steps.artifact import read_artifact
from tablecast_steps.frames import read_rows
from tablecast_steps.train.algorithms import ALGORITHMS
from tablecast_steps.train.step import KIND as TRAIN
from tests.steps.tables import birds, frauds, prices
from tests.steps.volume import Volume

NAMED = sorted(ALGORITHMS)


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    return Volume(tmp_path)


def prepared(volume: Volume, table: dict[str, list[Any]], target: str, **spec: Any) -> Volume:
    """A volume on which the steps before training are done."""
    volume.put(table)
    volume.spec.update(target=target, **spec)
    volume.done("preprocess", "features")
    return volume


def trained(volume: Volume) -> dict[str, Any]:
    code, result = volume.run(TRAIN)
    assert code == 0, result
    return result


def refused(volume: Volume) -> dict[str, Any]:
    code, result = volume.run(TRAIN)
    assert code == 2, result
    return result["error"]


def trials(volume: Volume) -> list[dict[str, Any]]:
    return [each for each in volume.entries("train") if each["type"] == "trial"]


def published(volume: Volume, name: str, model: str = "m") -> dict[str, Any]:
    return json.loads((volume.root / "models" / model / name).read_text())


def loaded(volume: Volume, result: dict[str, Any]) -> Any:
    return read_artifact(volume.root / "models" / result["model_version"] / result["file"])


def test_auto_learns_birds_in_far_less_than_its_budget(volume: Volume) -> None:
    prepared(volume, birds(), "species", time_budget_seconds=60)

    result = trained(volume)

    assert result["metric"]["name"] == "ACCURACY"
    assert result["metric"]["value"] > 0.85 > result["baseline"]["value"]
    assert result["metric"]["low"] <= result["metric"]["value"] <= result["metric"]["high"]
    assert result["rows"]["train"] + result["rows"]["test"] == 240
    assert result["seconds"] < 40
    found = trials(volume)
    assert result["trials"] == len(found)
    assert {each["algorithm"] for each in found} == set(NAMED)
    assert [each["number"] for each in found] == list(range(1, len(found) + 1))
    best = [each for each in found if each["best"]][-1]
    assert best["algorithm"] == result["algorithm"]


def test_every_trial_is_heard_as_it_ends_and_progress_never_falls(volume: Volume) -> None:
    prepared(volume, birds(120), "species", time_budget_seconds=2)
    trained(volume)

    entries = volume.entries("train")
    done = [each["done"] for each in entries if each["type"] == "progress"]
    moments = [each["at"] for each in entries]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 100)
    assert moments == sorted(moments)
    assert len({round(each["at"], 2) for each in entries if each["type"] == "trial"}) > 2


def test_a_rare_class_is_predicted(volume: Volume) -> None:
    prepared(volume, frauds(), "outcome", time_budget_seconds=4)

    result = trained(volume)

    evaluation = published(volume, "evaluation.json")
    matrix = evaluation["confusion_matrix"]
    assert matrix["labels"] == ["genuine", "fraud"], "the rare class is the positive one"
    assert matrix["counts"][1][1] >= 8, "of 20 frauds"
    assert result["metric"]["name"] == "AVERAGE_PRECISION"
    assert evaluation["threshold"] == published(volume, "signature.json")["threshold"]
    assert 0 < evaluation["threshold"] < 0.5
    assert ("IMBALANCED", "outcome") in {
        (each["code"], each["column"]) for each in evaluation["warnings"]
    }


def test_numbers_are_predicted_in_the_target_s_unit(volume: Volume) -> None:
    prepared(volume, prices(), "price", time_budget_seconds=3)

    result = trained(volume)

    assert result["problem"] == "REGRESSION"
    assert result["metric"]["name"] == "RMSE"
    assert result["metric"]["value"] == pytest.approx(9000, rel=0.3)
    assert result["baseline"]["value"] > 60_000
    assert published(volume, "signature.json")["target"]["classes"] is None


@pytest.mark.parametrize("algorithm", NAMED)
@pytest.mark.parametrize(("table", "target"), [(birds, "species"), (prices, "price")])
def test_a_named_algorithm_is_the_one_that_is_trained(
    volume: Volume, algorithm: str, table: Any, target: str
) -> None:
    prepared(volume, table(), target, algorithm=algorithm)

    result = trained(volume)

    assert (result["algorithm"], result["trials"]) == (algorithm, 1)
    about = published(volume, "model.json")
    assert about["algorithm"] == algorithm
    assert about["hyperparameters"].keys() == trials(volume)[0]["hyperparameters"].keys()
    model = loaded(volume, result).model
    inputs = published(volume, "signature.json")["inputs"]
    frame, truth = read_rows(volume.work("preprocess") / "test.parquet", inputs, target)
    said = model.predict(frame)
    assert len(said) == len(truth)
    if target == "species":
        assert np.mean(np.array(said) == truth) > 0.8


def test_hyperparameters_are_used_as_given(volume: Volume) -> None:
    given = {"trees": 7, "max_depth": 3, "min_leaf_rows": 4, "max_features": 0.5}
    prepared(volume, birds(), "species", algorithm="RANDOM_FOREST", hyperparameters=given)

    forest = loaded(volume, trained(volume)).model.estimator

    assert (forest.n_estimators, forest.max_depth, forest.min_samples_leaf) == (7, 3, 4)
    assert published(volume, "model.json")["hyperparameters"] == given


def test_lightgbm_stops_before_all_its_trees_where_more_gain_nothing(volume: Volume) -> None:
    prepared(volume, frauds(), "outcome", algorithm="LIGHTGBM")
    volume.spec["hyperparameters"] = {"trees": 3000, "learning_rate": 0.3}

    trained(volume)

    assert 0 < published(volume, "model.json")["hyperparameters"]["trees"] < 300


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"time_budget_seconds": 0.5}, "TIME_BUDGET_TOO_SMALL", id="no time"),
        pytest.param({"metric": "RMSE"}, "METRIC_UNFIT", id="a metric of numbers"),
        pytest.param({"algorithm": "MAGIC"}, "ALGORITHM_UNKNOWN", id="no such algorithm"),
        pytest.param(
            {"algorithm": "LINEAR", "hyperparameters": {"trees": 3}},
            "UNKNOWN_HYPERPARAMETER",
            id="another algorithm's",
        ),
        pytest.param(
            {"algorithm": "LIGHTGBM", "hyperparameters": {"learning_rate": "fast"}},
            "INVALID_HYPERPARAMETER",
            id="a word for a number",
        ),
        pytest.param(
            {"algorithm": "RANDOM_FOREST", "hyperparameters": {"trees": 0}},
            "INVALID_HYPERPARAMETER",
            id="no trees",
        ),
    ],
)
def test_a_person_s_mistake_has_a_code_a_sentence_and_a_hint(
    volume: Volume, changes: dict[str, Any], code: str
) -> None:
    prepared(volume, birds(60), "species")
    volume.spec.update(changes)

    error = refused(volume)

    assert error["code"] == code
    assert error["message"].endswith(".")
    assert error["hint"]
    assert not (volume.root / "models" / "m").exists()


@pytest.mark.parametrize("metric", ["LOG_LOSS", "BALANCED_ACCURACY", "F1"])
def test_the_metric_asked_for_is_the_one_told(volume: Volume, metric: str) -> None:
    prepared(volume, birds(), "species", algorithm="LINEAR", metric=metric)

    assert trained(volume)["metric"]["name"] == metric
    assert published(volume, "evaluation.json")["primary_metric"] == metric


def test_the_same_seed_finds_the_same_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tablecast_steps.train.search.PATIENCE", -5)
    found = []
    for name in ("a", "b"):
        volume = prepared(Volume(tmp_path / name), birds(60), "species", time_budget_seconds=60)
        result = trained(volume)
        tried = [(each["algorithm"], each["hyperparameters"]) for each in trials(volume)]
        found.append((tried, result["algorithm"], result["metric"]))

    assert found[0] == found[1]


def test_a_finished_training_is_not_done_again_but_published_for_the_next_attempt(
    volume: Volume,
) -> None:
    prepared(volume, birds(60), "species", algorithm="LINEAR")
    first = trained(volume)
    volume.spec.update(attempt=2, model_version="m2")

    second = trained(volume)

    assert second["skipped"] is True
    assert second["metric"] == first["metric"]
    assert second["model_version"] == "m2"
    assert loaded(volume, second).about["model_version"] == "m2"
    assert published(volume, "model.json", "m2")["attempt"] == 2
    assert (volume.root / "models" / "m2" / second["file"]).stat().st_size == second["bytes"]


def test_a_model_that_is_gone_is_published_again_without_learning(volume: Volume) -> None:
    prepared(volume, birds(60), "species", algorithm="LINEAR")
    trained(volume)
    shutil.rmtree(volume.root / "models")

    again = trained(volume)

    assert again["skipped"] is True
    assert loaded(volume, again).sha256 == again["sha256"]


def test_what_a_killed_run_left_behind_is_replaced(volume: Volume) -> None:
    prepared(volume, birds(60), "species", algorithm="LINEAR")
    for left in (".m.part", "m"):
        (volume.root / "models" / left).mkdir(parents=True)
        (volume.root / "models" / left / "half").write_text("")

    result = trained(volume)

    names = sorted(path.name for path in (volume.root / "models" / "m").iterdir())
    assert names == sorted([result["file"], "evaluation.json", "model.json", "signature.json"])
    assert [path.name for path in (volume.root / "models").iterdir()] == ["m"]


def test_a_trial_that_outlasts_the_budget_is_stopped(volume: Volume) -> None:
    """Boosting over 3,000 columns takes longer than what a linear model leaves it."""
    noise = np.random.default_rng(0).normal(size=(3000, 120))
    table: dict[str, Any] = {f"x{at}": column.tolist() for at, column in enumerate(noise)}
    prepared(volume, table | {"y": ["a", "b", "c"] * 40}, "y", time_budget_seconds=3)

    result = trained(volume)

    assert (result["algorithm"], result["trials"]) == ("LINEAR", len(trials(volume)))
    log = (volume.attempt("train") / "log.txt").read_text()
    assert "The time budget ended while this trial ran." in log


@pytest.mark.parametrize("rare", [2, 3])
def test_a_class_of_a_few_rows_trains(volume: Volume, rare: int) -> None:
    outcome = ["usual"] * 58 + ["odd"] * rare
    table = {"x": [float(at * 7 % 60) for at in range(len(outcome))], "outcome": outcome}
    prepared(volume, table, "outcome", time_budget_seconds=1)

    result = trained(volume)

    assert any(each["best"] for each in trials(volume))
    assert loaded(volume, result).model.classes == ["usual", "odd"]


def test_a_target_too_large_to_be_squared_is_refused(volume: Volume) -> None:
    table = {"x": [float(at) for at in range(40)], "y": [at * 1e200 for at in range(40)]}
    prepared(volume, table, "y")

    assert refused(volume)["code"] == "TARGET_OUT_OF_RANGE"


def test_training_runs_as_a_container_does(volume: Volume) -> None:
    prepared(volume, birds(60), "species", algorithm="LINEAR")

    process = volume.start("-W", "error", "-m", "tablecast_steps.train")
    output, _ = process.communicate(timeout=120)

    assert process.returncode == 0, output
    assert volume.result()["algorithm"] == "LINEAR"


def test_a_split_by_time_trains(volume: Volume) -> None:
    table = {**prices(), "sold": [f"2024-{1 + at % 12:02}-{1 + at % 28:02}" for at in range(300)]}
    volume.split("TIME", "sold")
    prepared(volume, table, "price", algorithm="LINEAR")

    assert trained(volume)["metric"]["value"] < 20_000
