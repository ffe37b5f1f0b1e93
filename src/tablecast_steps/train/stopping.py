"""How many trees a named LightGBM grows: until rows that it does not learn from gain nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lightgbm import early_stopping

from tablecast_steps.train.algorithms import Algorithm
from tablecast_steps.train.trials import Material

# So many trees without a gain are enough; fewer stop in a dip.
PATIENCE = 50


def settled(material: Material, algorithm: Algorithm, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return complete hyperparameters; of LightGBM's trees, given or not, as many as gain.

    The other algorithms stop by themselves or have nothing to stop, and small tables have no rows
    to spare for it.
    """
    complete = algorithm.complete(given, material.setting)
    if algorithm.name != "LIGHTGBM" or not material.setting.stops_early:
        return complete
    learn, judge = material.plan.folds[0]
    estimator = algorithm.build(complete, replace(material.setting, rows=len(learn)))
    estimator.fit(
        material.matrix[learn],
        material.truth[learn],
        sample_weight=None if material.weights is None else material.weights[learn],
        eval_X=material.matrix[judge],
        eval_y=material.truth[judge],
        callbacks=[early_stopping(PATIENCE, verbose=False)],
    )
    return {**complete, "trees": max(1, int(estimator.best_iteration_))}
