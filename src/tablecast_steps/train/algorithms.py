"""The algorithms, a row each in a table: hyperparameters of the spec in, an unfitted estimator out.

Names are the spec's and not a library's, so that what AUTO chose can be named by a person and be
trained again. A hyperparameter that is not given gets a default that fits the table's size.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge

from tablecast_steps.errors import StepError

Hyperparameters = Mapping[str, Any]

# Early stopping holds a tenth of the rows back: of fewer rows than this, that says nothing.
ROWS_TO_STOP_EARLY = 1000
CLASS_ROWS_TO_STOP_EARLY = 20
# A forest's trees see at most so many rows each and have so many leaves: more rows take far longer
# and change little, more leaves make a forest larger than what a server may load.
ROWS_A_TREE, LEAVES_A_TREE = 50_000, 5000


# What each hyperparameter may be: its type, the least and the most.
BOUNDS: dict[str, tuple[type, float, float]] = {
    "column_fraction": (float, 0.01, 1),
    "iterations": (int, 1, 10_000),
    "l1": (float, 0, 1e6),
    "l1_ratio": (float, 0, 1),
    "l2": (float, 0, 1e6),
    "learning_rate": (float, 1e-5, 10),
    "leaves": (int, 2, 10_000),
    "max_depth": (int, 1, 1_000),
    "max_features": (float, 0.001, 1),
    "max_iterations": (int, 1, 100_000),
    "min_leaf_rows": (int, 1, 1_000_000),
    "regularization": (float, 0, 1e9),
    "row_fraction": (float, 0.01, 1),
    "trees": (int, 1, 50_000),
}


@dataclass(frozen=True)
class Setting:
    """What an estimator is built for. `rarest` is the rows of the rarest class (or all rows)."""

    classification: bool
    rows: int
    rarest: int
    seed: int
    threads: int

    @property
    def stops_early(self) -> bool:
        return self.rows >= ROWS_TO_STOP_EARLY and self.rarest >= CLASS_ROWS_TO_STOP_EARLY


@dataclass(frozen=True)
class Algorithm:
    """One algorithm: its name in the spec, its hyperparameters, and how it is built.

    Losses are multiplied by `handicap` as they are compared: where a simple model is as good but
    for chance, it is the better choice, being smaller, faster and easier to understand.
    """

    name: str
    defaults: Callable[[Setting], dict[str, Any]]
    build: Callable[[Hyperparameters, Setting], Any]
    handicap: float = 1.0

    def complete(self, given: Hyperparameters, setting: Setting) -> dict[str, Any]:
        """Return all hyperparameters that are set: those given, and defaults for the rest;
        StepError where one is unknown or out of its bounds."""
        complete = self.defaults(setting)
        for name, value in given.items():
            if name not in complete:
                raise _unknown(self.name, name, complete)
            if value is not None:
                complete[name] = _checked(name, value)
        return {name: value for name, value in complete.items() if value is not None}


def _checked(name: str, value: Any) -> Any:
    kind, low, high = BOUNDS[name]
    fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not fits or (kind is int and value != int(value)):
        what = "a whole number" if kind is int else "a number"
        raise StepError(
            "INVALID_HYPERPARAMETER",
            f"Hyperparameter “{name}” cannot be {str(value)[:60]}.",
            hint=f"It is {what} from {low} to {high}; left out, it fits the table.",
        )
    return kind(value)


def _unknown(algorithm: str, name: str, known: Hyperparameters) -> StepError:
    return StepError(
        "UNKNOWN_HYPERPARAMETER",
        f"{algorithm} has no hyperparameter “{name[:60]}”.",
        hint=f"It has {', '.join(sorted(known))}.",
    )


def _linear_defaults(setting: Setting) -> dict[str, Any]:
    return {"regularization": 1.0, "l1_ratio": 0.0, "max_iterations": 1000}


def _linear(chosen: Hyperparameters, setting: Setting) -> Any:
    strength = float(chosen["regularization"])
    ratio = float(chosen["l1_ratio"]) if strength > 0 else 0.0
    iterations = int(chosen["max_iterations"])
    if setting.classification:
        return LogisticRegression(
            C=1.0 / strength if strength > 0 else np.inf,
            l1_ratio=ratio,
            solver="saga" if ratio > 0 else "lbfgs",
            max_iter=iterations,
            random_state=setting.seed,
        )
    if ratio == 0:
        return Ridge(alpha=strength, random_state=setting.seed)
    # ElasticNet weighs its penalty against the mean of the errors, Ridge against their sum.
    return ElasticNet(
        alpha=strength / setting.rows,
        l1_ratio=ratio,
        max_iter=iterations,
        random_state=setting.seed,
    )


def _forest_defaults(setting: Setting) -> dict[str, Any]:
    return {
        "trees": 100,
        "max_depth": None,
        "min_leaf_rows": max(1, min(setting.rows, ROWS_A_TREE) // LEAVES_A_TREE),
        "max_features": None,
    }


def _forest(chosen: Hyperparameters, setting: Setting) -> Any:
    kind = RandomForestClassifier if setting.classification else RandomForestRegressor
    features, depth = chosen.get("max_features"), chosen.get("max_depth")
    usual: str | float = "sqrt" if setting.classification else 0.5
    return kind(
        n_estimators=int(chosen["trees"]),
        max_depth=None if depth is None else int(depth),
        min_samples_leaf=int(chosen["min_leaf_rows"]),
        max_features=usual if features is None else float(features),
        max_samples=ROWS_A_TREE if setting.rows > ROWS_A_TREE else None,
        n_jobs=setting.threads,
        random_state=setting.seed,
    )


def _small_leaf(setting: Setting) -> int:
    """Twenty rows are the usual least of a boosted tree's leaf: far too many for small tables."""
    return min(20, max(2, setting.rows // 50))


def _lightgbm_defaults(setting: Setting) -> dict[str, Any]:
    return {
        "trees": 1000 if setting.stops_early else 100,
        "learning_rate": 0.1,
        "leaves": 31,
        "min_leaf_rows": _small_leaf(setting),
        "row_fraction": 1.0,
        "column_fraction": 1.0,
        "l1": 0.0,
        "l2": 1.0,
    }


def _lightgbm(chosen: Hyperparameters, setting: Setting) -> Any:
    kind = LGBMClassifier if setting.classification else LGBMRegressor
    return kind(
        n_estimators=int(chosen["trees"]),
        learning_rate=float(chosen["learning_rate"]),
        num_leaves=int(chosen["leaves"]),
        min_child_samples=int(chosen["min_leaf_rows"]),
        subsample=float(chosen["row_fraction"]),
        subsample_freq=1 if chosen["row_fraction"] < 1 else 0,
        colsample_bytree=float(chosen["column_fraction"]),
        reg_alpha=float(chosen["l1"]),
        reg_lambda=float(chosen["l2"]),
        n_jobs=setting.threads,
        random_state=setting.seed,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    )


def _boosting_defaults(setting: Setting) -> dict[str, Any]:
    return {
        "iterations": 1000 if setting.stops_early else 100,
        "learning_rate": 0.1,
        "leaves": 31,
        "min_leaf_rows": _small_leaf(setting),
        "l2": 0.0,
    }


def _boosting(chosen: Hyperparameters, setting: Setting) -> Any:
    kind = (
        HistGradientBoostingClassifier if setting.classification else HistGradientBoostingRegressor
    )
    return kind(
        max_iter=int(chosen["iterations"]),
        learning_rate=float(chosen["learning_rate"]),
        max_leaf_nodes=int(chosen["leaves"]),
        min_samples_leaf=int(chosen["min_leaf_rows"]),
        l2_regularization=float(chosen["l2"]),
        early_stopping=setting.stops_early,
        n_iter_no_change=20,
        random_state=setting.seed,
    )


ALGORITHMS: dict[str, Algorithm] = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("LINEAR", _linear_defaults, _linear),
        Algorithm("LIGHTGBM", _lightgbm_defaults, _lightgbm, handicap=1.01),
        Algorithm("RANDOM_FOREST", _forest_defaults, _forest, handicap=1.01),
        Algorithm("HIST_GRADIENT_BOOSTING", _boosting_defaults, _boosting, handicap=1.01),
    )
}
