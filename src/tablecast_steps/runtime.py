"""How every step runs: told by its environment, heard as it goes, and skipped when it is done.

A step ends with exit code 0, 2 (the person's mistake, or too little memory: trying again changes
nothing), 1 (unexpected) or 143 (told to stop). Whatever it is but the last, the result file says
it, in at most 3 KB, for that is what fits into a container's termination message.
"""

import os
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tablecast_steps.completion import completed, mark_done, start_over
from tablecast_steps.errors import StepError
from tablecast_steps.journal import Journal
from tablecast_steps.jsonfiles import encode
from tablecast_steps.output import ends_on_sigterm, teed
from tablecast_steps.spec import Places, Spec, parse_spec

RESULT_BYTES = 3000

# A table of 10,000 odd columns must not drown what matters in warnings.
WARNINGS_ALIKE = 20

SKIPPED = "Done by an earlier attempt; its outputs are used."

OK, UNEXPECTED, MISTAKE = 0, 1, 2


@dataclass
class Step:
    """What a step's work is given. `folder` is where its outputs belong; it exists and is empty."""

    name: str
    spec: Spec
    places: Places
    journal: Journal
    inputs: str = ""
    warnings: list[dict[str, Any]] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @property
    def folder(self) -> Path:
        return self.places.work(self.name)

    @property
    def seconds(self) -> float:
        """How long the step has run, in seconds."""
        return round(time.monotonic() - self.started, 3)

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Tell how far the step is: `done` of `total` parts, in one phrase for the person."""
        self.journal.write("progress", done=done, total=total, message=message)
        _log(f"{done}/{total} {message}")
        argo = os.environ.get("ARGO_PROGRESS_FILE")
        if argo:
            Path(argo).write_text(f"{done}/{total}")

    def trial(
        self,
        number: int,
        algorithm: str,
        hyperparameters: Mapping[str, Any],
        metric: tuple[str, float],
        seconds: float,
        best: bool,
    ) -> None:
        """Tell of one model that was tried; `metric` is its (name, value)."""
        self.journal.write(
            "trial",
            number=number,
            algorithm=algorithm,
            hyperparameters=hyperparameters,
            metric={"name": metric[0], "value": metric[1]},
            seconds=round(seconds, 3),
            best=best,
        )
        told = f"trial {number}: {algorithm} {dict(hyperparameters)}, {metric[0]} {metric[1]:.6g}"
        _log(f"{told}{', the best so far' if best else ''} ({seconds:.1f} s)")

    def warning(self, code: str, message: str, column: str | None = None) -> None:
        """Tell of something that the person should look at; it does not end the step."""
        entry = {"code": code, "column": column, "message": message}
        self.warnings.append(entry)
        self.journal.write("warning", **entry)
        _log(f"{code}{f' in {column}' if column else ''}: {message}")

    def warn_of(self, code: str, columns: Sequence[str], message: str) -> None:
        """Warn of each of some columns in the same words; of very many, of the first."""
        for name in columns[:WARNINGS_ALIKE]:
            self.warning(code, message, name)
        more = len(columns) - WARNINGS_ALIKE
        if more > 0:
            self.warning(code, f"The same holds for {more} more columns: {message}")


@dataclass(frozen=True)
class Kind:
    """A step as `run_step` needs to know it.

    `keys` are the parts of the spec that its outputs depend on, `after` the steps whose outputs it
    reads. `intact` may look further than the work folder, at what the step published elsewhere;
    `again` sees to what is still to do where the work is skipped, and returns the result.
    """

    name: str
    work: Callable[[Step], dict[str, Any]]
    keys: tuple[str, ...]
    after: tuple[str, ...] = ()
    intact: Callable[[Step], bool] = lambda step: True
    again: Callable[[Step, dict[str, Any]], dict[str, Any]] = lambda step, result: result


def run_step(kind: Kind) -> int:
    """Run a step to its end and return the exit code; never raises but for SystemExit."""
    result = Path(os.environ.get("TABLECAST_RESULT", "/tmp/result.json"))  # noqa: S108 - its own container
    try:
        root = Path(os.environ.get("TABLECAST_DATA", "/data"))
        spec = parse_spec(os.environ["TABLECAST_SPEC"])
    except (KeyError, TypeError, ValueError, AttributeError):
        traceback.print_exc()
        _write_result(result, {"error": _described(_internal())})
        return UNEXPECTED
    places = Places(root, spec)
    attempt = places.attempt(kind.name)
    attempt.mkdir(parents=True, exist_ok=True)
    with (
        teed(attempt / "log.txt"),
        ends_on_sigterm(),
        Journal(attempt / "progress.jsonl") as journal,
    ):
        return _run(kind, Step(kind.name, spec, places, journal), result)


def _run(kind: Kind, step: Step, result: Path) -> int:
    try:
        _write_result(result, _finished(kind, step))
    except StepError as error:
        return _failed(step, result, error, MISTAKE)
    except Exception as error:
        traceback.print_exc()
        if _out_of_memory(error):
            return _failed(step, result, _memory(), MISTAKE)
        return _failed(step, result, _internal(), UNEXPECTED)
    return OK


def _finished(kind: Kind, step: Step) -> dict[str, Any]:
    """Return the step's result: of an earlier run where that fits, else after doing the work."""
    step.inputs = _inputs(kind, step)
    done = completed(step.folder, step.inputs)
    if done is not None and kind.intact(step):
        for entry in done["warnings"]:
            step.warning(**entry)
        step.journal.write("skipped", message=SKIPPED)
        _log(SKIPPED)
        return {**kind.again(step, done["result"]), "seconds": step.seconds, "skipped": True}
    start_over(step.folder)
    answer = {**kind.work(step), "seconds": step.seconds, "skipped": False}
    mark_done(step.folder, step.inputs, answer, step.warnings)
    return answer


def _inputs(kind: Kind, step: Step) -> str:
    before = [completed(step.places.work(name), None) for name in kind.after]
    missing = [name for name, done in zip(kind.after, before, strict=True) if done is None]
    if missing:
        raise RuntimeError(f"{kind.name} needs the outputs of {', '.join(missing)}")
    return "-".join(
        [step.spec.fingerprint(kind.keys), *(done["inputs"] for done in before if done)]
    )


def _failed(step: Step, result: Path, error: StepError, code: int) -> int:
    _log(f"{error.code}: {error.message} {error.hint}")
    described = _described(error)
    step.journal.write("error", **described)
    _write_result(result, {"error": described})
    return code


def _log(text: str) -> None:
    """Write a line to the step's log, which is what it prints."""
    print(text.rstrip(), flush=True)  # noqa: T201


def _described(error: StepError) -> dict[str, Any]:
    return {
        "code": error.code,
        "column": None if error.column is None else _clip(error.column, 500),
        "message": _clip(error.message, 1300),
        "hint": _clip(error.hint, 900),
    }


def _clip(text: str, size: int) -> str:
    """Shorten so that its JSON takes at most `size` bytes: column names can be of any length."""
    clipped = text[:size]
    while len(encode(clipped).encode("utf-8", "replace")) > size:
        clipped = clipped[: len(clipped) * 3 // 4]
    return clipped if clipped == text else clipped[:-1] + "…"


def _write_result(path: Path, result: Mapping[str, Any]) -> None:
    """Write in place: the path may be mounted (a termination message), where a rename fails."""
    text = encode(result)
    if len(text.encode()) > RESULT_BYTES:
        raise RuntimeError(f"the result is larger than {RESULT_BYTES} bytes: {text[:200]}…")
    path.write_text(text, encoding="utf-8")


def _out_of_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or "bad_alloc" in str(error)


def _memory() -> StepError:
    return StepError(
        "OUT_OF_MEMORY",
        "The step needed more memory than it may use.",
        hint="Use fewer rows or columns, a simpler algorithm, or raise the project's memory limit.",
    )


def _internal() -> StepError:
    return StepError(
        "INTERNAL",
        "The step failed in a way that nobody foresaw.",
        hint="The step's log holds the traceback; trying again may help.",
    )
