"""What AUTO tries next: FLAML's cost-frugal search over each algorithm's hyperparameters.

`flaml.AutoML` itself cannot be imported without xgboost, and keeps predictions to itself that the
threshold needs; its searcher, CFO, is used directly. It starts at the defaults, goes where the loss
falls, and tries cheap values first. Costs are counted in work and not in seconds, so that the same
seed tries the same things on a busy machine too.
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

with warnings.catch_warnings():
    # It warns, as it is imported, that its extra [automl] is missing: on purpose, see above.
    warnings.filterwarnings("ignore", message="flaml.automl is not available")
    from flaml.tune.sample import lograndint, loguniform, uniform
    from flaml.tune.searcher.blendsearch import CFO

from tablecast_steps.train.algorithms import Algorithm, Setting

Domains = dict[str, Any]

# The first trial must not take the whole budget: fewer trees where rows are many.
FIRST_TREES, FEWEST_TREES, ROWS_FOR_FIRST_TREES = 100, 20, 50_000


def _linear(setting: Setting) -> Domains:
    return {"regularization": loguniform(0.01, 1000.0)}


def _forest(setting: Setting) -> Domains:
    return {
        "trees": lograndint(min(50, _first_trees(setting)), 300),
        "min_leaf_rows": lograndint(*_leaf_rows(setting)),
        "max_features": loguniform(0.1, 1.0),
    }


def _lightgbm(setting: Setting) -> Domains:
    return {
        "trees": lograndint(10, 1000),
        "learning_rate": loguniform(0.01, 0.5),
        "leaves": lograndint(4, _most_leaves(setting)),
        "min_leaf_rows": lograndint(*_leaf_rows(setting)),
        "row_fraction": uniform(0.5, 1.0),
        "column_fraction": uniform(0.3, 1.0),
        "l1": loguniform(1e-4, 10.0),
        "l2": loguniform(1e-3, 100.0),
    }


def _boosting(setting: Setting) -> Domains:
    return {
        "iterations": lograndint(10, 1000),
        "learning_rate": loguniform(0.01, 0.5),
        "leaves": lograndint(4, _most_leaves(setting)),
        "min_leaf_rows": lograndint(*_leaf_rows(setting)),
        "l2": loguniform(1e-4, 100.0),
    }


def _first_trees(setting: Setting) -> int:
    return max(FEWEST_TREES, min(FIRST_TREES, FIRST_TREES * ROWS_FOR_FIRST_TREES // setting.rows))


def _leaf_rows(setting: Setting) -> tuple[int, int]:
    least = max(1, setting.rows // 20_000)
    return least, max(least + 2, min(200 * least, setting.rows // 10))


def _most_leaves(setting: Setting) -> int:
    return max(8, min(512, setting.rows // 10))


_DOMAINS: Mapping[str, Callable[[Setting], Domains]] = {
    "LINEAR": _linear,
    "RANDOM_FOREST": _forest,
    "LIGHTGBM": _lightgbm,
    "HIST_GRADIENT_BOOSTING": _boosting,
}


class Searcher:
    """Proposes hyperparameters of one algorithm, the defaults first, and hears how good they were."""

    def __init__(self, algorithm: Algorithm, setting: Setting) -> None:
        domains = _DOMAINS[algorithm.name](setting)
        defaults = algorithm.defaults(setting)
        self._search = CFO(
            metric="loss",
            mode="min",
            space=domains,
            points_to_evaluate=[_inside(defaults, domains, _first_trees(setting))],
            cost_attr="work",
            seed=setting.seed,
        )
        self._asked: dict[str, dict[str, Any]] = {}

    def propose(self) -> tuple[str, dict[str, Any]] | None:
        """Return (ticket, hyperparameters), None where there is nothing more to try."""
        ticket = str(len(self._asked))
        point = self._search.suggest(ticket)
        if point is None:
            return None
        self._asked[ticket] = dict(point)
        return ticket, {name: _plain(value) for name, value in point.items()}

    def hear(self, ticket: str, loss: float) -> None:
        """Take in how good a proposal was; an infinite loss is one that failed."""
        point = self._asked[ticket]
        told = {f"config/{name}": value for name, value in point.items()}
        self._search.on_trial_complete(ticket, {**told, "loss": loss, "work": _work(point)})


def _inside(defaults: Mapping[str, Any], domains: Domains, first_trees: int) -> dict[str, Any]:
    """Return the defaults of what is searched, moved into its bounds; None is a middle way.

    No early stopping shortens a trial: more trees are left to the search to find worth their time.
    """
    point = {}
    for name, domain in domains.items():
        value = 0.3 if defaults[name] is None else defaults[name]
        value = min(value, first_trees) if name in ("trees", "iterations") else value
        high = domain.upper - 1 if isinstance(domain.lower, int) else domain.upper
        point[name] = min(max(value, domain.lower), high)
    return point


def _plain(value: Any) -> int | float:
    """Four digits are enough to find a model again, and can be read."""
    return int(value) if isinstance(value, int) else float(f"{float(value):.4g}")


def _work(point: Mapping[str, Any]) -> float:
    count = point.get("trees") or point.get("iterations") or 1
    return float(count) * float(point.get("leaves") or 1)
