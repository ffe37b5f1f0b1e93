"""LightGBM's models as LightGBM's own text, checked line by line before LightGBM reads it.

Its reader trusts what it is given: of small changes to such a text most ended the process, by an
exception in a thread of its own or by a walk out of a tree, and some never ended. So only the part
that predicts is kept, without the sizes that make it read in threads, and each tree has to lead
from its first node to leaves of its own.
"""

import re
from typing import Any

import numpy as np
from lightgbm import Booster

from tablecast_steps.evaluation.outcome import Floats
from tablecast_steps.soundness import leads_to_leaves

_END = "end of trees"
_HEADER = re.compile(
    r"tree\nversion=v4\nnum_class=(\d{1,4})\nnum_tree_per_iteration=(\d{1,4})\nlabel_index=0\n"
    r"max_feature_idx=(\d{1,6})\nobjective=(binary sigmoid:1|regression|multiclass num_class:\d+)\n"
    r"feature_names=([^\n]*)\nfeature_infos=([^\n]*)\n+"
)
# A tree's lines in their order: of how many numbers they are, by the tree's leaves.
_OF_NODES = ("split_feature", "split_gain", "threshold", "decision_type")
_CHILDREN = ("left_child", "right_child")
_OF_LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
_OF_NODES_AGAIN = ("internal_value", "internal_weight", "internal_count")
_LINES = (
    *("Tree", "num_leaves", "num_cat"),
    *_OF_NODES,
    *_CHILDREN,
    *_OF_LEAVES,
    *_OF_NODES_AGAIN,
    *("is_linear", "shrinkage"),
)
_NUMBER = r"-?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf|nan)"
_NUMBERS = re.compile(rf"{_NUMBER}(?: {_NUMBER})*")
_INTEGERS = re.compile(r"-?\d{1,9}(?: -?\d{1,9})*")
# Bits of a decision: 1 is a split by category, of which none of our models has any.
_DECISIONS = (0, 2, 4, 6, 8, 10)


class LightgbmModel:
    """A LightGBM model that predicts as its estimator did. Holds strings and numbers only.

    `width` is how many columns it reads, `classes_` the codes of its classes (None: a regression).
    """

    def __init__(self, text: str, width: int, classes: list[int] | None) -> None:
        self.text = text
        self.width = width
        self.classes_ = classes
        self._booster: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {"text": self.text, "width": self.width, "classes_": self.classes_}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._booster = None

    def predict(self, matrix: Any) -> Floats:
        """Return a regression's predictions."""
        if self._booster is None:
            self._booster = Booster(model_str=f"{self.text}{_END}\n")
        return np.asarray(self._booster.predict(matrix, num_threads=1), dtype=np.float64)

    def predict_proba(self, matrix: Any) -> Floats:
        """Return (rows, classes) probabilities."""
        said = self.predict(matrix)
        return said if said.ndim == 2 else np.stack([1.0 - said, said], axis=1)


def kept(estimator: Any) -> LightgbmModel:
    """Keep a fitted LGBMClassifier or LGBMRegressor as text."""
    whole = estimator.booster_.model_to_string()
    text = re.sub(r"\ntree_sizes=[^\n]*", "", whole[: whole.index(_END)])
    classes = [int(code) for code in estimator.classes_] if hasattr(estimator, "classes_") else None
    return LightgbmModel(text, int(estimator.n_features_in_), classes)


def broken(model: LightgbmModel) -> str | None:
    """Return what is wrong with a model's text, None where LightGBM may read it."""
    text: Any = model.text
    header = _HEADER.match(text) if isinstance(text, str) else None
    if header is None or not _header_fits(model, header):
        return "its header is not one that this program writes"
    trees = re.split(r"\n+(?=Tree=)", text[header.end() :].strip("\n"))
    if len(trees) % int(header[2]):
        return "a tree is missing"
    for number, tree in enumerate(trees):
        if not _tree_fits(tree, number, model.width):
            return f"tree {number} leads out of itself"
    return None


def _header_fits(model: LightgbmModel, header: re.Match[str]) -> bool:
    classes, trees, last = int(header[1]), int(header[2]), int(header[3])
    expected = 1 if model.classes_ is None or len(model.classes_) == 2 else len(model.classes_)
    objective = f"multiclass num_class:{classes}" if classes > 1 else header[4]
    return (
        classes == trees == expected
        and last + 1 == model.width == len(header[5].split(" ")) == len(header[6].split(" "))
        and header[4] == objective
        and (header[4] == "regression") == (model.classes_ is None)
    )


def _tree_fits(tree: str, number: int, width: int) -> bool:
    pairs = [line.partition("=") for line in tree.split("\n")]
    values = {name: value for name, _, value in pairs}
    leaves = int(values["num_leaves"]) if values.get("num_leaves", "").isdecimal() else 0
    if leaves < 1 or tuple(name for name, _, _ in pairs) != _LINES or values["Tree"] != str(number):
        return False
    if (values["num_cat"], values["is_linear"]) != ("0", "0"):
        return False
    sizes = dict.fromkeys((*_OF_NODES, *_CHILDREN, *_OF_NODES_AGAIN), leaves - 1)
    sizes.update(dict.fromkeys(_OF_LEAVES, leaves), shrinkage=1)
    if leaves == 1:
        # A tree that splits nothing has no weight.
        sizes["leaf_weight"] = 0
    fits = all(_are_numbers(values[name], size) for name, size in sizes.items())
    return fits and (leaves == 1 or _walks(values, width))


def _are_numbers(text: str, count: int) -> bool:
    if count == 0:
        return not text
    return _NUMBERS.fullmatch(text) is not None and text.count(" ") + 1 == count


def _walks(values: dict[str, str], width: int) -> bool:
    names = ("split_feature", "decision_type", *_CHILDREN)
    if not all(_INTEGERS.fullmatch(values[name]) for name in names):
        return False
    feature, decision, left, right = (
        np.array(values[name].split(" "), dtype=np.int64) for name in names
    )
    return bool(np.isin(decision, _DECISIONS).all()) and leads_to_leaves(
        left, right, feature, width
    )
