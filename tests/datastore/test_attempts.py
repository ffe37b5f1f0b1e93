"""Progress, logs and models: read while a step writes them, and after it was killed in mid-line."""

import json

import pytest


@pytest.fixture
def step(datastore, request):
    folder = datastore.root / "trainings" / request.node.name[:60] / "attempts/1/train"
    folder.mkdir(parents=True)
    return folder


def progress(datastore, step, **offsets: int):
    training = step.parts[-4]
    path = f"/v1/trainings/{training}/attempts/1/progress"
    return datastore.ask("GET", path, params=offsets).json()["steps"]


def log(datastore, step, **where: int):
    path = f"/v1/trainings/{step.parts[-4]}/attempts/1/steps/train/log"
    answer = datastore.ask("GET", path, params=where)
    return answer.content, int(answer.headers["Tablecast-Next-Offset"])


def test_only_whole_lines_are_given_out(datastore, step):
    file = step / "progress.jsonl"
    file.write_bytes(b'{"type":"progress","done":1}\n{"type":"pro')
    first = progress(datastore, step, train=0)
    assert first == {"train": {"next": 29, "entries": [{"type": "progress", "done": 1}]}}
    with file.open("ab") as more:
        more.write(b'gress","done":2}\n')
    second = progress(datastore, step, train=first["train"]["next"])
    assert second["train"]["entries"] == [{"type": "progress", "done": 2}]
    assert progress(datastore, step, train=second["train"]["next"])["train"]["entries"] == []


def test_a_line_torn_by_a_kill_is_passed_over(datastore, step):
    lines = b'{"done":1}\n{"do{"done":2}\n[1]\nnull\n{"x":NaN}\n\xff\n{"done":3}\n'
    (step / "progress.jsonl").write_bytes(lines)
    found = progress(datastore, step, train=0)["train"]
    assert found == {"next": len(lines), "entries": [{"done": 1}, {"done": 3}]}


def test_steps_that_have_not_begun_have_nothing_yet(datastore, step):
    nothing = {"next": 0, "entries": []}
    assert progress(datastore, step) == dict.fromkeys(("preprocess", "features", "train"), nothing)


def test_long_progress_comes_in_pieces_and_whole(datastore, step):
    entries = [{"number": number, "text": "x" * 200} for number in range(5000)]
    lines = b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)
    giant = b'{"text":"' + b"y" * 600_000 + b'"}\n'
    (step / "progress.jsonl").write_bytes(lines + giant + b'{"last":true}\n')
    offset, found = 0, []
    while True:
        piece = progress(datastore, step, train=offset)["train"]
        if piece["next"] == offset:
            break
        offset, found = piece["next"], found + piece["entries"]
    assert found == [*entries, {"last": True}]


def test_a_log_is_followed_by_its_offset_and_never_cuts_a_character(datastore, step):
    (step / "log.txt").write_bytes("aé".encode() * 1000)
    first, offset = log(datastore, step, limit=5)
    assert (first.decode(), offset) == ("aéa", 4)
    rest, end = log(datastore, step, offset=offset, limit=100_000)
    assert ((first + rest).decode(), end) == ("aé" * 1000, 3000)
    assert log(datastore, step, offset=end) == (b"", 3000)


def test_a_log_that_is_no_text_is_given_out_all_the_same(datastore, step):
    (step / "log.txt").write_bytes(b"\xff" * 10)
    assert log(datastore, step, limit=4)[1] > 0


@pytest.mark.parametrize(
    "path",
    [
        "/v1/trainings/t/attempts/x/progress",
        "/v1/trainings/t/attempts/1/progress?train=-1",
        "/v1/trainings/t/attempts/1/steps/other/log",
        "/v1/trainings/t/attempts/1/steps/train/log?offset=x",
        "/v1/trainings/..%2F..%2Fx/attempts/1/progress",
        "/v1/models/..",
    ],
)
def test_what_names_no_step_is_refused(datastore, path):
    answer = datastore.ask("GET", path)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["code"] in ("BAD_REQUEST", "NOT_FOUND")


def test_a_model_is_its_three_documents_once_all_are_there(datastore):
    folder = datastore.root / "models" / "mv"
    folder.mkdir(parents=True)
    assert datastore.ask("GET", "/v1/models/mv").status_code == 404
    for name in ("model", "signature", "evaluation"):
        (folder / f"{name}.json").write_text(json.dumps({"is": name}))
    expected = {name: {"is": name} for name in ("model", "signature", "evaluation")}
    assert datastore.ask("GET", "/v1/models/mv").json() == expected


def test_what_is_deleted_is_gone_and_deleting_again_is_fine(datastore, step):
    training = f"/v1/trainings/{step.parts[-4]}"
    (datastore.root / "models" / "gone").mkdir(parents=True)
    for path in (training, training, "/v1/models/gone", "/v1/models/gone"):
        assert datastore.ask("DELETE", path).status_code == 204
    assert not step.exists()
    assert not (datastore.root / "models" / "gone").exists()
    assert list((datastore.root / ".trash").iterdir()) == []


def test_what_one_attempt_left_is_deleted_alone(datastore):
    """Its folder with logs and outputs; other attempts' stay, and a second time is as good."""
    folder = datastore.root / "trainings" / "t-one" / "attempts"
    for attempt in ("1", "2", "11"):
        (folder / attempt / "train").mkdir(parents=True)
        (folder / attempt / "train" / "log.txt").write_text("done")
    for _ in range(2):
        answer = datastore.ask("DELETE", "/v1/trainings/t-one/attempts/1")
        assert answer.status_code == 204
    assert sorted(each.name for each in folder.iterdir()) == ["11", "2"]


@pytest.mark.parametrize("attempt", ["1%2f..%2f..", "x", "-1", "+1", "1.0", "9" * 10])
def test_only_an_attempt_is_deleted_by_its_number(datastore, attempt):
    """What is no number is no attempt, and nothing goes."""
    folder = datastore.root / "trainings" / "t-kept" / "attempts" / "1"
    folder.mkdir(parents=True, exist_ok=True)
    answer = datastore.ask("DELETE", f"/v1/trainings/t-kept/attempts/{attempt}")
    assert answer.status_code in (400, 404, 405)
    assert folder.is_dir()
