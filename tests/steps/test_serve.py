"""The model server, as the process that a predictor pod runs: it serves what its folder holds."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tablecast_steps.train.step import KIND as TRAIN
from tests.steps.model_server import Server, arrive
from tests.steps.tables import birds, prices
from tests.steps.volume import Volume

ROW = {"bill": 47.0, "mass": 5100, "island": "Biscoe", "year": 2008}


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A classifier's and a regression's file, as `train` publishes them."""
    found = {}
    for name, table, target in (("birds", birds(), "species"), ("prices", prices(), "price")):
        volume = Volume(tmp_path_factory.mktemp(name))
        volume.put(table)
        volume.spec.update(target=target, algorithm="LIGHTGBM", model_version=name)
        volume.done("preprocess", "features")
        code, result = volume.run(TRAIN)
        assert code == 0, result
        found[name] = volume.root / "models" / name / result["file"]
    return found


@pytest.fixture(scope="module")
def pool(artifacts: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A pool's server that began with the two models in its folder."""
    folder = tmp_path_factory.mktemp("pool")
    for name, artifact in artifacts.items():
        arrive(folder, name, artifact)
    server = Server(folder, folder.parent / "pool.log")
    try:
        server.until_ready("birds")
        server.until_ready("prices")
        yield server
    finally:
        server.process.kill()
        server.process.wait()


def test_a_class_comes_with_the_probability_of_each(pool: Server) -> None:
    status, answer = pool.predict("birds", ROW, {**ROW, "island": None})

    assert status == 200
    assert len(answer["predictions"]) == 2
    first = answer["predictions"][0]
    assert first["prediction"] == "Gentoo"
    assert sorted(first["probabilities"]) == ["Adelie", "Chinstrap", "Gentoo"]
    assert sum(first["probabilities"].values()) == pytest.approx(1)
    assert first["probabilities"]["Gentoo"] == max(first["probabilities"].values())
    assert first["warnings"] == []
    assert answer["model_version"] == "birds"
    assert len(answer["sha256"]) == 64


def test_a_number_comes_without_probabilities(pool: Server) -> None:
    status, answer = pool.predict("prices", {"size": 100.0, "town": "Ulm"})

    assert status == 200
    assert answer["predictions"][0]["prediction"] == pytest.approx(200_000, rel=0.2)
    assert answer["predictions"][0]["probabilities"] is None


def test_what_training_never_showed_is_answered_with_a_warning(pool: Server) -> None:
    status, answer = pool.predict("birds", {**ROW, "island": "Mars", "mass": 90_000})

    found = {(each["column"], each["code"]) for each in answer["predictions"][0]["warnings"]}
    assert status == 200
    assert found == {("island", "UNSEEN_CATEGORY"), ("mass", "OUT_OF_RANGE")}


def test_rows_that_do_not_fit_are_refused_column_by_column(pool: Server) -> None:
    status, answer = pool.predict("birds", ROW, {"bill": "47", "mass": 5100, "isle": "Dream"})

    found = {(each["row"], each["column"], each["code"]) for each in answer["errors"]}
    assert status == 422
    assert found == {
        (1, "bill", "WRONG_TYPE"),
        (1, "island", "MISSING_COLUMN"),
        (1, "year", "MISSING_COLUMN"),
        (1, "isle", "UNKNOWN_COLUMN"),
    }


@pytest.mark.parametrize("body", [5, [], "x", {}, {"instances": 5}, {"instances": [[1, 2]]}])
def test_a_body_of_another_shape_is_refused(pool: Server, body: Any) -> None:
    status, _ = pool.ask("/v1/models/birds:predict", body)

    assert status in (400, 422)
    assert pool.predict("birds", ROW)[0] == 200


def test_many_rows_are_answered_in_their_order(pool: Server) -> None:
    rows = [{"size": 20.0 + at, "town": "Ulm"} for at in (0, 150) for _ in range(500)]

    status, answer = pool.predict("prices", *rows)

    values = [each["prediction"] for each in answer["predictions"]]
    assert status == 200
    assert max(values[:500]) < min(values[500:])


def tensors(**columns: tuple[str, list[Any]]) -> dict[str, Any]:
    return {
        "id": "7",
        "inputs": [
            {"name": name, "shape": [len(values)], "datatype": datatype, "data": values}
            for name, (datatype, values) in columns.items()
        ],
    }


BIRDS = {
    "bill": ("FP64", [47.0, 38.5]),
    "mass": ("INT64", [5100, 3600]),
    "island": ("BYTES", ["Biscoe", "Dream"]),
    "year": ("INT64", [2008, 2008]),
}


def test_tensors_say_the_same_as_rows(pool: Server) -> None:
    rows = [{name: values[at] for name, (_, values) in BIRDS.items()} for at in (0, 1)]
    _, first = pool.predict("birds", *rows)

    status, answer = pool.ask("/v2/models/birds/infer", tensors(**BIRDS))

    outputs = {each["name"]: each for each in answer["outputs"]}
    assert status == 200
    assert answer["id"] == "7"
    assert outputs["prediction"]["data"] == [each["prediction"] for each in first["predictions"]]
    assert outputs["probabilities"]["shape"] == [2, 3]
    assert outputs["probabilities"]["data"] == [
        sure for each in first["predictions"] for sure in each["probabilities"].values()
    ]


def test_tensors_that_do_not_fit_are_refused_column_by_column(pool: Server) -> None:
    absent = {name: column for name, column in BIRDS.items() if name != "mass"}
    short = {**BIRDS, "mass": ("INT64", [5100])}

    status, answer = pool.ask("/v2/models/birds/infer", tensors(**absent))
    assert status == 422
    assert {each["column"] for each in answer["errors"]} == {"mass"}
    assert pool.ask("/v2/models/birds/infer", tensors(**short))[0] == 422


def test_metadata_describes_the_signature(pool: Server) -> None:
    _, about = pool.ask("/v2/models/birds")

    described = {each["name"]: each["datatype"] for each in about["inputs"]}
    assert described == {name: datatype for name, (datatype, _) in BIRDS.items()}
    assert about["outputs"][1] == {"name": "probabilities", "datatype": "FP64", "shape": [-1, 3]}


def test_a_model_that_is_not_there_is_not_found(pool: Server) -> None:
    assert pool.ready("nobody")[0] == 404
    assert pool.predict("nobody", ROW)[0] == 404


def test_a_model_arrives_and_goes_with_its_folder(pool: Server, artifacts: dict[str, Path]) -> None:
    arrive(pool.folder, "late", artifacts["birds"])
    pool.until_ready("late")
    assert pool.predict("late", ROW)[0] == 200

    shutil.rmtree(pool.folder / "late")

    pool.until(lambda: pool.ready("late")[0] == 404)
    assert pool.predict("birds", ROW)[0] == 200


def test_a_folder_that_the_agent_has_not_finished_is_left_alone(
    pool: Server, artifacts: dict[str, Path]
) -> None:
    (pool.folder / "half").mkdir()
    shutil.copy(artifacts["birds"], pool.folder / "half")
    # The folder was looked at once the next one is served.
    arrive(pool.folder, "after", artifacts["birds"])
    pool.until_ready("after")

    assert pool.ready("half")[0] == 404
    assert pool.ask("/v2/repository/models/half/load", {})[0] == 503


def test_the_agent_s_calls_load_and_unload_at_once(
    pool: Server, artifacts: dict[str, Path]
) -> None:
    arrive(pool.folder, "called", artifacts["birds"])
    assert pool.ask("/v2/repository/models/called/load", {}) == (
        200,
        {"name": "called", "load": True},
    )
    assert pool.ready("called")[0] == 200

    shutil.rmtree(pool.folder / "called")
    pool.ask("/v2/repository/models/called/unload", {})

    assert pool.ready("called")[0] == 404


def test_poison_is_not_ready_says_why_once_and_harms_nobody(
    pool: Server, artifacts: dict[str, Path]
) -> None:
    poison = pool.folder.parent / f"{'0' * 64}.tablecast"
    poison.write_bytes(artifacts["birds"].read_bytes())
    arrive(pool.folder, "poison", poison)
    pool.until(lambda: pool.ready("poison")[0] == 503)
    arrive(pool.folder, "witness", artifacts["birds"])
    pool.until_ready("witness")

    assert "sha256" in pool.ready("poison")[1]["error"]
    assert pool.predict("poison", ROW)[0] == 503
    assert pool.predict("birds", ROW)[0] == 200
    _, index = pool.ask("/v2/repository/index", {})
    states = {each["name"]: each["state"] for each in index}
    assert (states["poison"], states["birds"]) == ("UNAVAILABLE", "READY")
    assert pool.log.read_text().count("model poison is not loaded") == 1

    (pool.folder / "poison" / poison.name).unlink()
    arrive(pool.folder, "poison", artifacts["prices"])

    pool.until_ready("poison")
    assert pool.predict("poison", {"size": 50.0, "town": "Bonn"})[0] == 200


def test_requests_and_waiting_probes_leave_no_line_in_the_log(pool: Server) -> None:
    before = pool.log.read_text()
    for _ in range(5):
        pool.predict("birds", ROW)
        pool.predict("birds", {})
        pool.ready("nobody")

    assert pool.log.read_text() == before


def test_a_restarted_server_finds_its_models_and_sigterm_ends_it(
    artifacts: dict[str, Path], tmp_path: Path
) -> None:
    arrive(tmp_path / "models", "birds", artifacts["birds"])
    for _ in range(2):
        server = Server(tmp_path / "models", tmp_path / "log")
        try:
            server.until_ready("birds")
            assert server.ask("/v2/health/ready") == (200, {"ready": True})
            assert server.stop() == 0
        finally:
            server.process.kill()
            server.process.wait()


def test_a_dedicated_server_serves_the_one_file_under_its_own_name(
    artifacts: dict[str, Path], tmp_path: Path
) -> None:
    """The folder is the published one itself, mounted from the volume."""
    server = Server(artifacts["birds"].parent, tmp_path / "log", "--model_name=alone")
    try:
        server.until_ready("alone")
        assert server.predict("alone", ROW)[1]["model_version"] == "birds"
    finally:
        server.process.kill()
        server.process.wait()


def test_a_server_without_any_folder_is_healthy_and_empty(tmp_path: Path) -> None:
    server = Server(tmp_path / "nothing", tmp_path / "log")
    try:
        server.until(lambda: server.ask("/v2/health/ready")[0] == 200)
        assert server.ask("/v2/models") == (200, {"models": []})
    finally:
        server.process.kill()
        server.process.wait()
