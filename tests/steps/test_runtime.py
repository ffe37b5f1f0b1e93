"""Every step tells how it goes, ends with what became of it, and is not done twice."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tablecast_steps.errors import StepError
from tablecast_steps.runtime import RESULT_BYTES, Kind, Step
from tests.steps.volume import Volume


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    return Volume(tmp_path)


def counting(ran: list[int]) -> Any:
    def work(step: Step) -> dict[str, Any]:
        ran.append(len(ran))
        step.warning("ODD", "Something is odd.", "x")
        (step.folder / "out.txt").write_text("whole")
        return {"columns": len(ran)}

    return work


def test_a_step_that_worked_leaves_result_outputs_and_done(volume: Volume) -> None:
    code, result = volume.run(Kind("a", counting([]), ("target",)))

    assert code == 0
    assert result.pop("seconds") >= 0
    assert result == {"columns": 1, "skipped": False}
    assert (volume.work("a") / "out.txt").read_text() == "whole"
    assert (volume.work("a") / "done.json").exists()


def test_a_second_attempt_skips_what_is_done_and_says_the_same(volume: Volume) -> None:
    ran: list[int] = []
    kind = Kind("a", counting(ran), ("target",))
    volume.run(kind)
    volume.spec["attempt"] = 2

    code, result = volume.run(kind)

    assert (code, result["columns"], result["skipped"], len(ran)) == (0, 1, True, 1)
    assert [entry["type"] for entry in volume.entries("a")] == ["warning", "skipped"]


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        pytest.param({"target": "z"}, 2, id="an input changed"),
        pytest.param({"algorithm": "LINEAR"}, 1, id="what it does not depend on changed"),
        pytest.param({"work": 2}, 2, id="begun from the start"),
    ],
)
def test_a_step_runs_again_only_when_its_inputs_changed(
    volume: Volume, change: dict[str, Any], runs: int
) -> None:
    ran: list[int] = []
    kind = Kind("a", counting(ran), ("target",))
    volume.run(kind)
    volume.spec.update(change)
    volume.run(kind)
    assert len(ran) == runs


def test_a_step_runs_again_when_one_before_it_had_other_inputs(volume: Volume) -> None:
    ran: list[int] = []
    first = Kind("a", counting([]), ("target",))
    second = Kind("b", counting(ran), (), after=("a",))
    volume.run(first)
    volume.run(second)
    volume.spec["target"] = "z"
    volume.run(first)
    volume.run(second)
    assert len(ran) == 2


@pytest.mark.parametrize("damage", ["done lost", "done torn", "output lost", "output cut"])
def test_outputs_that_are_not_whole_are_made_again(volume: Volume, damage: str) -> None:
    ran: list[int] = []
    kind = Kind("a", counting(ran), ("target",))
    volume.run(kind)
    done, output = volume.work("a") / "done.json", volume.work("a") / "out.txt"
    {
        "done lost": done.unlink,
        "done torn": lambda: done.write_text(done.read_text()[:20]),
        "output lost": output.unlink,
        "output cut": lambda: output.write_text("who"),
    }[damage]()

    code, _ = volume.run(kind)

    assert (code, len(ran), output.read_text()) == (0, 2, "whole")


def test_outputs_of_an_interrupted_run_are_cleared_away(volume: Volume) -> None:
    volume.work("a").mkdir(parents=True)
    (volume.work("a") / "half").write_text("of it")
    volume.run(Kind("a", counting([]), ()))
    assert not (volume.work("a") / "half").exists()


def test_what_was_published_elsewhere_is_looked_at_too(volume: Volume) -> None:
    ran: list[int] = []
    kind = Kind("a", counting(ran), (), intact=lambda step: step.places.model.exists())
    volume.run(kind)
    volume.run(kind)
    (volume.root / "models" / "m").mkdir(parents=True)
    volume.run(kind)
    assert len(ran) == 2


def raising(error: BaseException) -> Any:
    def work(step: Step) -> dict[str, Any]:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "exit_code", "code"),
    [
        pytest.param(StepError("ONE_CLASS", "One class only.", "y"), 2, "ONE_CLASS", id="mistake"),
        pytest.param(MemoryError(), 2, "OUT_OF_MEMORY", id="python's memory"),
        pytest.param(RuntimeError("std::bad_alloc"), 2, "OUT_OF_MEMORY", id="a library's memory"),
        pytest.param(ZeroDivisionError("x/0"), 1, "INTERNAL", id="unforeseen"),
    ],
)
def test_a_failure_is_told_in_result_progress_and_exit_code(
    volume: Volume, error: Exception, exit_code: int, code: str
) -> None:
    exited, result = volume.run(Kind("a", raising(error), ()))

    assert (exited, result["error"]["code"]) == (exit_code, code)
    assert {"type": "error", **result["error"]}.items() <= volume.entries("a")[-1].items()
    assert not (volume.work("a") / "done.json").exists()


def test_a_traceback_is_in_the_log_and_not_in_the_result(volume: Volume) -> None:
    _, result = volume.run(Kind("a", raising(ZeroDivisionError("secret path")), ()))
    assert "ZeroDivisionError: secret path" in (volume.attempt("a") / "log.txt").read_text()
    assert "secret" not in json.dumps(result)


@pytest.mark.parametrize("character", ["x", "é", "\n", "\x01", "😀", '"'])
def test_a_result_fits_a_termination_message_whatever_the_names(
    volume: Volume, character: str
) -> None:
    long = character * 10_000
    volume.run(Kind("a", raising(StepError("X", long, long, long)), ()))
    assert 1000 < (volume.root / "result.json").stat().st_size <= RESULT_BYTES
    assert volume.result()["error"]["column"].startswith(character)


def test_a_spec_that_is_none_is_an_error_with_a_result(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    volume = Volume(tmp_path)
    del volume.spec["dataset"]
    code, result = volume.run(Kind("a", counting([]), ()))
    assert (code, result["error"]["code"]) == (1, "INTERNAL")
    assert "KeyError" in capfd.readouterr().err


def test_a_step_without_the_outputs_it_needs_says_so_in_its_log(volume: Volume) -> None:
    code, _ = volume.run(Kind("b", counting([]), (), after=("a",)))
    assert code == 1
    assert "b needs the outputs of a" in (volume.attempt("b") / "log.txt").read_text()


def test_progress_reaches_the_file_at_once_and_argo(
    volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGO_PROGRESS_FILE", str(volume.root / "argo"))
    seen: list[Any] = []

    def work(step: Step) -> dict[str, Any]:
        step.progress(3, 10, "Third")
        step.trial(1, "LINEAR", {"c": np.float64(0.5)}, ("RMSE", float("nan")), 0.25, True)
        seen.extend(volume.entries("a"))
        return {}

    volume.run(Kind("a", work, ()))

    assert (volume.root / "argo").read_text() == "3/10"
    assert all(entry.pop("at") > 1e9 for entry in seen)
    assert seen == [
        {"type": "progress", "done": 3, "total": 10, "message": "Third"},
        {
            "type": "trial",
            "number": 1,
            "algorithm": "LINEAR",
            "hyperparameters": {"c": 0.5},
            "metric": {"name": "RMSE", "value": None},
            "seconds": 0.25,
            "best": True,
        },
    ]


def test_very_many_warnings_alike_are_told_as_some_and_a_sum(volume: Volume) -> None:
    def work(step: Step) -> dict[str, Any]:
        step.warn_of("ODD", [f"c{at}" for at in range(1000)], "It is odd.")
        return {}

    volume.run(Kind("a", work, ()))
    entries = volume.entries("a")
    assert len(entries) == 21
    assert entries[-1]["message"] == "The same holds for 980 more columns: It is odd."


OWN_OUTPUT = """
import os, sys
from tablecast_steps.runtime import Kind, run_step
def work(step):
    print("from python")
    print("to stderr", file=sys.stderr)
    os.system("echo from a child")
    os.write(1, b"from native code\\n")
    return {}
sys.exit(run_step(Kind("a", work, ())))
"""


def test_all_output_is_in_the_log_and_in_the_containers_own(volume: Volume) -> None:
    process = volume.start("-c", OWN_OUTPUT)
    printed, _ = process.communicate(timeout=30)
    lines = ["from python", "to stderr", "from a child", "from native code"]
    assert process.returncode == 0
    assert printed.decode().splitlines() == lines
    assert (volume.attempt("a") / "log.txt").read_text().splitlines() == lines


STUCK = """
import hashlib, sys, threading
from tablecast_steps.runtime import Kind, run_step
def work(step):
    (step.folder / "half").write_text("written")
    step.progress(1, 2, "stuck")
    if sys.argv[1] == "in native code":
        hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2_000_000_000)
    threading.Event().wait()
sys.exit(run_step(Kind("a", work, ())))
"""


@pytest.mark.parametrize("where", ["in python", "in native code"])
def test_a_step_told_to_stop_ends_at_once_and_is_not_done(volume: Volume, where: str) -> None:
    process = volume.start("-c", STUCK, where)
    wait_for(volume.attempt("a") / "progress.jsonl")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert time.monotonic() - began < 2
    assert not (volume.work("a") / "done.json").exists()


CRASH = """
import faulthandler, sys
from tablecast_steps.runtime import Kind, run_step
sys.exit(run_step(Kind("a", lambda step: faulthandler._sigsegv(), ())))
"""


def test_a_crash_in_native_code_leaves_its_traceback_in_the_log(volume: Volume) -> None:
    process = volume.start("-c", CRASH)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGSEGV
    assert "Segmentation fault" in (volume.attempt("a") / "log.txt").read_text()


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not (path.exists() and path.stat().st_size):
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.01)
