"""What the terminal shows: a bar a step, trials as they end, tables of figures."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console(highlight=False)

_STYLES = {"SUCCEEDED": "green", "FAILED": "red", "RUNNING": "cyan"}


def say(text: str) -> None:
    """One line of the story."""
    console.print(f"[bold]›[/bold] {text}")


class StepBars:
    """Progress bars of a training's steps, moved by what the subscription delivers."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("  {task.description:<11}"),
            BarColumn(bar_width=32),
            TextColumn("{task.fields[state]:<10} {task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._seen: dict[str, str] = {}
        self._trials = 0

    def __enter__(self) -> "StepBars":
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def show(self, steps: Iterable[dict[str, Any]], trials: list[dict[str, Any]]) -> None:
        """Move the bars to what was just delivered, and tell each new trial."""
        for step in steps:
            self._move(step)
        for trial in trials:
            if trial["number"] > self._trials:
                self._tell_trial(trial)
                self._trials = trial["number"]

    def _move(self, step: dict[str, Any]) -> None:
        name, state = step["name"], step["state"]
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(
                name.lower(), total=None, state="", note="", start=False
            )
        task = self._tasks[name]
        if state == "RUNNING" and self._seen.get(name) != state:
            self._progress.start_task(task)
        done, total = step["progress"]["done"], step["progress"]["total"]
        if state == "SUCCEEDED":
            done = total = total or 1
        style = _STYLES.get(state, "dim")
        self._progress.update(
            task,
            completed=done,
            total=total or None,
            state=f"[{style}]{state.lower()}[/{style}]",
            note=step["progress"]["message"],
        )
        if state == "SUCCEEDED":
            self._progress.stop_task(task)
        self._tell_change(name, state)

    def _tell_change(self, name: str, state: str) -> None:
        # Without a terminal there are no bars: the same story in lines.
        if self._seen.get(name) != state and not console.is_terminal:
            console.print(f"  {name.lower():<11} {state.lower()}")
        self._seen[name] = state

    def _tell_trial(self, trial: dict[str, Any]) -> None:
        value = trial["metric"]["value"]
        mark = "[green]best so far[/green]" if trial["best"] else ""
        shown = "—" if value is None else f"{value:.4f}"
        self._progress.console.print(
            f"    trial {trial['number']:>3}  {trial['algorithm']:<22}"
            f" {trial['metric']['name']} {shown}  {trial['seconds']:.1f} s  {mark}"
        )


def show_predictions(rows: list[tuple[str, str, float | None]]) -> None:
    """A table of truth, prediction and its probability; agreement in green."""
    table = Table("truth", "prediction", "probability", title="Rows the model never saw")
    for truth, predicted, probability in rows:
        style = "green" if truth == predicted else "red"
        shown = "" if probability is None else f"{probability:.1%}"
        table.add_row(truth, f"[{style}]{predicted}[/{style}]", shown)
    console.print(table)


def show_metrics(metrics: Iterable[dict[str, Any]]) -> None:
    """A table of metrics with their intervals, the baseline beside them."""
    table = Table("metric", "value", "95 % interval", "baseline", title="Evaluation, held-out rows")
    for metric in metrics:
        interval = f"{_number(metric['low'])} … {_number(metric['high'])}"
        table.add_row(
            metric["name"], _number(metric["value"]), interval, _number(metric["baseline"])
        )
    console.print(table)


def show_importance(columns: Iterable[dict[str, Any]]) -> None:
    """The columns that predictions lean on most."""
    table = Table("column", "importance", title="What it looks at")
    for column in columns:
        table.add_row(column["column"], _number(column["mean"]))
    console.print(table)


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.4f}"
