"""LightGBM's own text is checked before LightGBM, which trusts it, reads it."""

import random
import re
from typing import Any

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor

from tablecast_steps.lightgbm_text import LightgbmModel, broken, kept


def boosted(kind: Any, classes: int = 3, **changes: Any) -> tuple[Any, Any]:
    """A fitted LightGBM estimator and what it was fitted on, missing values among it."""
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(200, 3))
    matrix[::7, 1] = np.nan
    truth = np.digitize(matrix[:, 0], [-0.5, 0.5][: classes - 1])
    given = {"n_estimators": 4, "verbose": -1, "n_jobs": 1, "random_state": 0, **changes}
    return kind(**given).fit(matrix, truth), matrix


@pytest.mark.parametrize("classes", [2, 3])
def test_lightgbm_s_text_gives_the_probabilities_of_its_estimator(classes: int) -> None:
    estimator, matrix = boosted(LGBMClassifier, classes)

    model = kept(estimator)

    assert broken(model) is None
    np.testing.assert_allclose(model.predict_proba(matrix), estimator.predict_proba(matrix))


@pytest.mark.parametrize("rows_in_leaf", [5, 500], ids=["trees", "trees that split nothing"])
def test_lightgbm_s_text_gives_the_numbers_of_its_estimator(rows_in_leaf: int) -> None:
    estimator, matrix = boosted(LGBMRegressor, min_child_samples=rows_in_leaf)

    model = kept(estimator)

    assert broken(model) is None
    np.testing.assert_allclose(model.predict(matrix), estimator.predict(matrix))


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("split_feature", "99"),
        ("split_feature", "-1"),
        ("left_child", "0"),
        ("right_child", "-99"),
        ("right_child", "99"),
        ("decision_type", "1"),
        ("leaf_value", "1 2"),
        ("num_leaves", "1000000"),
        ("num_leaves", "0"),
        ("num_cat", "1"),
        ("is_linear", "1"),
        ("max_feature_idx", "99"),
        ("num_class", "9"),
        ("objective", "custom"),
        ("Tree", "7"),
    ],
)
def test_a_changed_lightgbm_text_is_refused_before_lightgbm_reads_it(line: str, value: str) -> None:
    model = kept(boosted(LGBMClassifier)[0])

    model.text = re.sub(rf"(?m)^({line}=)[^ \n]*", rf"\g<1>{value}", model.text, count=1)

    assert broken(model) is not None


def test_a_lightgbm_text_that_passes_is_one_that_lightgbm_reads() -> None:
    """Any number of a good text exchanged for another: refused, or predicted with."""
    model = kept(boosted(LGBMClassifier)[0])
    numbers = list(re.finditer(r"(?<=[= ])-?\d+(?=[ \n])", model.text))
    chance = random.Random(0)
    passed = 0
    for _ in range(300):
        place = chance.choice(numbers)
        other = str(chance.choice([-(10**6), 10**6, 99, 0, -1, 1, ""]))
        text = model.text[: place.start()] + other + model.text[place.end() :]
        changed = LightgbmModel(text, model.width, model.classes_)
        if broken(changed) is None:
            passed += 1
            assert changed.predict_proba(np.zeros((1, 3))).shape == (1, 3)

    assert 0 < passed < 300
