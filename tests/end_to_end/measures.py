"""What a server says of itself: its metrics, its log's lines."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.end_to_end.machine import Machine


class Metrics:
    """One scrape."""

    def __init__(self, url: str) -> None:
        with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        self.samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def value(self, name: str, **labels: str) -> float:
        """The sum over all series of a name that have these labels; 0 where there is none."""
        return sum(
            sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def labels(self, name: str, label: str) -> set[str]:
        """The values that a label has."""
        return {sample.labels[label] for sample in self.samples if sample.name == name}


def until(seconds: float, url: str, holds: Callable[[Metrics], Any], what: str) -> Metrics:
    """Scrape until something holds; return that scrape."""
    deadline = time.monotonic() + seconds
    while not holds(metrics := Metrics(url)):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.1)
    return metrics


def ready(url: str) -> Any:
    """What /readyz says, whatever its status."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        return json.load(refusal)


def lines(machine: Machine) -> list[dict[str, Any]]:
    """The log, line by line; every one must be JSON."""
    return [json.loads(line) for line in machine.log().splitlines()]
