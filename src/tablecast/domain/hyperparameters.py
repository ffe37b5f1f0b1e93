"""Hyperparameters: what each algorithm takes, of which type, and within what bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tablecast.domain.matches import close_matches
from tablecast.errors import Mistake


@dataclass(frozen=True)
class Parameter:
    """One hyperparameter: `whole` ones are integers; bounds are inclusive."""

    whole: bool
    least: float
    most: float

    def admits(self, value: Any) -> bool:
        """Whether `value` is of its type and within its bounds."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            return False
        return self.least <= value <= self.most


def _whole(least: int, most: int) -> Parameter:
    return Parameter(True, least, most)


def _real(least: float, most: float) -> Parameter:
    return Parameter(False, least, most)


# The upper bounds keep one fit within a step's memory and deadline; the lower ones are what the
# libraries take.
ALGORITHMS: dict[str, dict[str, Parameter]] = {
    "AUTO": {},
    "LINEAR": {
        "regularization": _real(1e-6, 1e6),
        "l1_ratio": _real(0, 1),
        "max_iterations": _whole(1, 100_000),
    },
    "RANDOM_FOREST": {
        "trees": _whole(1, 5_000),
        "max_depth": _whole(1, 200),
        "min_leaf_rows": _whole(1, 1_000_000),
        "max_features": _real(0.001, 1),
    },
    "LIGHTGBM": {
        "trees": _whole(1, 50_000),
        "learning_rate": _real(1e-5, 1),
        "leaves": _whole(2, 4_096),
        "min_leaf_rows": _whole(1, 1_000_000),
        "row_fraction": _real(0.01, 1),
        "column_fraction": _real(0.01, 1),
        "l1": _real(0, 1e6),
        "l2": _real(0, 1e6),
    },
    "HIST_GRADIENT_BOOSTING": {
        "iterations": _whole(1, 10_000),
        "learning_rate": _real(1e-5, 1),
        "leaves": _whole(2, 4_096),
        "min_leaf_rows": _whole(1, 1_000_000),
        "l2": _real(0, 1e6),
    },
}


def check_hyperparameters(algorithm: str, chosen: Mapping[str, Any]) -> None:
    """Raise `Mistake` (UNKNOWN_HYPERPARAMETER, INVALID_HYPERPARAMETER) for the first that is wrong."""
    known = ALGORITHMS[algorithm]
    for name, value in chosen.items():
        parameter = known.get(name)
        if parameter is None:
            raise _unknown(algorithm, name)
        if not parameter.admits(value):
            raise _invalid(algorithm, name, parameter)


def _unknown(algorithm: str, name: str) -> Mistake:
    known = ", ".join(ALGORITHMS[algorithm]) or "none: it chooses them itself"
    return Mistake(
        f"{algorithm} has no hyperparameter {name[:100]}.",
        code="UNKNOWN_HYPERPARAMETER",
        field=f"hyperparameters.{name[:100]}",
        hint=close_matches(name, ALGORITHMS[algorithm]) or f"It takes: {known}.",
    )


def _invalid(algorithm: str, name: str, parameter: Parameter) -> Mistake:
    kind = "a whole number" if parameter.whole else "a number"
    return Mistake(
        f"This is no value for {algorithm}'s {name}.",
        code="INVALID_HYPERPARAMETER",
        field=f"hyperparameters.{name}",
        hint=f"It takes {kind} from {parameter.least:g} to {parameter.most:g}.",
    )
