"""One file holds a model; nothing is loaded that is not what it says, or that nobody trusts."""

import hashlib
import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_limits

from tablecast_steps import artifact
from tablecast_steps.artifact import Untrusted, pipeline_bytes, read_artifact, write_artifact
from tablecast_steps.train.algorithms import ALGORITHMS, Setting
from tablecast_steps.train.model import TabularModel
from tablecast_steps.train.trials import for_serving
from tablecast_steps.transformers import CategoryEncoder, NumberEncoder, TableEncoder

SIGNATURE = {"problem": "MULTICLASS_CLASSIFICATION", "inputs": []}
ABOUT = {"model_version": "m", "training": "t"}


def table(rows: int = 90) -> tuple[pd.DataFrame, Any]:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 3, rows)
    colour = np.array(["red", "green", "blue"])[truth].astype(object)
    colour[::9] = None
    return pd.DataFrame({"x": truth + generator.normal(0, 0.2, rows), "colour": colour}), truth


def fitted(name: str, classification: bool) -> tuple[TabularModel, pd.DataFrame]:
    frame, truth = table()
    encoder = TableEncoder([NumberEncoder(["x"]), CategoryEncoder(["colour"])]).fit(frame)
    algorithm = ALGORITHMS[name]
    setting = Setting(classification, len(truth), 20, seed=0, threads=1)
    estimator = algorithm.build(algorithm.complete({}, setting), setting)
    with threadpool_limits(1):
        estimator.fit(encoder.transform(frame), truth if classification else truth * 1.5)
    classes = ["a", "b", "c"] if classification else None
    return TabularModel(encoder, for_serving(estimator), classes), frame


@pytest.fixture(scope="module")
def pipeline() -> bytes:
    return pipeline_bytes(fitted("LINEAR", True)[0])


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return whole.getvalue()


def named(folder: Path, content: bytes) -> Path:
    """A file under the name that its content asks for."""
    path = folder / f"{hashlib.sha256(content).hexdigest()}.tablecast"
    path.write_bytes(content)
    return path


def parts(pipeline: bytes, **more: bytes) -> dict[str, bytes]:
    return {
        "signature.json": json.dumps(SIGNATURE).encode(),
        "model.json": json.dumps(ABOUT).encode(),
        "pipeline.skops": pipeline,
        **more,
    }


@pytest.mark.parametrize("classification", [True, False], ids=["classes", "numbers"])
@pytest.mark.parametrize("name", sorted(ALGORITHMS))
def test_a_model_comes_back_and_says_the_same(
    tmp_path: Path, name: str, classification: bool
) -> None:
    model, frame = fitted(name, classification)
    written = write_artifact(tmp_path, pipeline_bytes(model), SIGNATURE, ABOUT)

    back = read_artifact(tmp_path / written.file)

    assert back.model.predict(frame) == model.predict(frame)
    assert (back.signature, back.about, back.sha256) == (SIGNATURE, ABOUT, written.sha256)
    assert [path.name for path in tmp_path.iterdir()] == [written.file]
    assert (tmp_path / written.file).stat().st_size == written.bytes


def test_a_file_s_name_is_the_sha256_of_its_content(tmp_path: Path, pipeline: bytes) -> None:
    written = write_artifact(tmp_path, pipeline, SIGNATURE, ABOUT)

    content = (tmp_path / written.file).read_bytes()
    assert written.file == hashlib.sha256(content).hexdigest() + ".tablecast"


def test_the_same_model_is_the_same_file(tmp_path: Path, pipeline: bytes) -> None:
    names = set()
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        names.add(write_artifact(folder, pipeline, SIGNATURE, ABOUT).file)

    assert len(names) == 1


def test_one_changed_byte_is_refused(tmp_path: Path, pipeline: bytes) -> None:
    path = tmp_path / write_artifact(tmp_path, pipeline, SIGNATURE, ABOUT).file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(Untrusted, match="sha256"):
        read_artifact(path)


def test_a_file_that_is_not_named_by_its_sha256_is_refused(tmp_path: Path, pipeline: bytes) -> None:
    path = tmp_path / write_artifact(tmp_path, pipeline, SIGNATURE, ABOUT).file

    with pytest.raises(Untrusted, match="not named"):
        read_artifact(path.rename(tmp_path / "model.tablecast"))


class Bomb:
    """Goes off when it is unpickled."""

    def __reduce__(self) -> Any:
        return (Path.write_text, (Path("/tmp/tablecast-was-unpickled"), "boom"))


def test_a_pickle_is_refused_and_never_unpickled(tmp_path: Path, pipeline: bytes) -> None:
    bomb = pickle.dumps(Bomb())

    for content in (bomb, zipped(parts(bomb)), zipped(parts(zipped({"schema.json": bomb})))):
        with pytest.raises((Untrusted, ValueError)):
            read_artifact(named(tmp_path, content))
    assert not Path("/tmp/tablecast-was-unpickled").exists()


def test_a_type_that_is_not_on_the_list_is_refused_by_name(tmp_path: Path) -> None:
    frame, _ = table()
    stranger = FunctionTransformer(func=print).fit(frame)
    content = zipped(parts(skops.io.dumps(TabularModel(stranger, None, ["a"]))))

    with pytest.raises(Untrusted, match="print"):
        read_artifact(named(tmp_path, content))
    with pytest.raises(Untrusted, match="print"):
        pipeline_bytes(TabularModel(stranger, None, ["a"]))


def test_something_else_than_a_model_is_refused(tmp_path: Path) -> None:
    content = zipped(parts(skops.io.dumps({"a": 1})))

    with pytest.raises(Untrusted, match="dict"):
        read_artifact(named(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(lambda whole: b"", "no artifact", id="nothing"),
        pytest.param(lambda whole: b"PK\x03\x04 and no more", "no artifact", id="half a zip"),
        pytest.param(lambda whole: zipped({}), "none", id="an empty zip"),
        pytest.param(
            lambda whole: zipped(parts(whole, **{"extra.py": b"print()"})),
            "extra",
            id="a part more",
        ),
        pytest.param(
            lambda whole: zipped(parts(whole), zipfile.ZIP_DEFLATED), "compressed", id="compressed"
        ),
        pytest.param(
            lambda whole: zipped(parts(whole, **{"model.json": b"{"})), "no artifact", id="no JSON"
        ),
        pytest.param(lambda whole: zipped(parts(b"text")), "no skops file", id="no skops"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_its_reason(
    tmp_path: Path, pipeline: bytes, content: Any, why: str
) -> None:
    with pytest.raises(Untrusted, match=why):
        read_artifact(named(tmp_path, content(pipeline)))


def test_a_pipeline_that_would_unpack_without_bound_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact, "MOST_PIPELINE_BYTES", 1 << 20)
    bomb = zipped({"schema.json": b"0" * (2 << 20)}, zipfile.ZIP_DEFLATED)

    with pytest.raises(Untrusted, match="unpacks to more"):
        read_artifact(named(tmp_path, zipped(parts(bomb))))


def test_a_file_larger_than_a_server_could_hold_is_not_read(
    tmp_path: Path, pipeline: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / write_artifact(tmp_path, pipeline, SIGNATURE, ABOUT).file
    monkeypatch.setattr(artifact, "MOST_BYTES", 100)

    with pytest.raises(Untrusted, match="larger than 100 bytes"):
        read_artifact(path)


def nodes_of(model: TabularModel) -> tuple[Any, str, str]:
    """The first tree's nodes as an array that can be written to, and its fields' names."""
    if hasattr(model.estimator, "_predictors"):
        return model.estimator._predictors[0][0].nodes, "left", "feature_idx"
    state = model.estimator.estimators_[0].tree_.__getstate__()
    return state["nodes"], "left_child", "feature"


@pytest.mark.parametrize("name", ["RANDOM_FOREST", "HIST_GRADIENT_BOOSTING"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("child", 0, id="a node that is its own child"),
        pytest.param("child", 10**6, id="a child outside the tree"),
        pytest.param("feature", 10**6, id="a feature outside the row"),
    ],
)
def test_a_tree_that_leads_out_of_itself_is_refused_before_it_is_walked(
    tmp_path: Path, name: str, field: str, value: int
) -> None:
    model, _ = fitted(name, True)
    nodes, child, feature = nodes_of(model)
    nodes[child if field == "child" else feature][0] = value
    if name == "RANDOM_FOREST":
        tree = model.estimator.estimators_[0].tree_
        tree.__setstate__({**tree.__getstate__(), "nodes": nodes})
    written = write_artifact(tmp_path, pipeline_bytes(model), SIGNATURE, ABOUT)

    with pytest.raises(Untrusted, match="tree 0 leads out of itself"):
        read_artifact(tmp_path / written.file)
