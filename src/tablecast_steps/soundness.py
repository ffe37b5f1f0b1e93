"""Trees that were read from a file are walked by compiled code that checks nothing: this does.

A child that is not behind its parent makes a walk endless, and one outside the tree, or a feature
outside the row, reads memory that is not the model's. Either would take the whole server along.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


def unsound(estimator: Any) -> str | None:
    """Return what is wrong with an estimator's trees, None where nothing is."""
    width = getattr(estimator, "n_features_in_", None)
    for number, (left, right, feature, leaf) in enumerate(_trees(estimator)):
        if not isinstance(width, int) or not _walks(left, right, feature, leaf, width):
            return f"tree {number} leads out of itself"
    return None


def _trees(estimator: Any) -> Iterator[tuple[Integers, Integers, Integers, npt.NDArray[np.bool_]]]:
    """Yield each tree's nodes: left child, right child, feature, and whether it is a leaf."""
    for member in getattr(estimator, "estimators_", ()):
        tree = member.tree_
        left, right = tree.children_left, tree.children_right
        yield left, right, tree.feature, left == -1
    for stage in getattr(estimator, "_predictors", ()):
        for predictor in stage:
            nodes = predictor.nodes
            left, right = (nodes[side].astype(np.int64) for side in ("left", "right"))
            # No model of ours splits by category, which would need tables checked beside the nodes.
            feature = np.where(nodes["is_categorical"] != 0, -1, nodes["feature_idx"])
            yield left, right, feature, nodes["is_leaf"] != 0


def _walks(
    left: Integers, right: Integers, feature: Integers, leaf: npt.NDArray[np.bool_], width: int
) -> bool:
    inner = ~leaf
    here = np.flatnonzero(inner)
    children = np.concatenate([left[inner], right[inner]])
    return bool(
        len(leaf) > 0
        and (children > np.concatenate([here, here])).all()
        and (children < len(leaf)).all()
        and (feature[inner] >= 0).all()
        and (feature[inner] < width).all()
    )


def leads_to_leaves(left: Integers, right: Integers, feature: Integers, width: int) -> bool:
    """Tell whether a tree's inner nodes, of which a child below 0 is a leaf (-1 the first), lead to
    leaves that exist and ask for features below `width`."""
    here = np.arange(len(left))
    children, parents = np.concatenate([left, right]), np.concatenate([here, here])
    return bool(
        ((children < 0) | (children > parents)).all()
        and (children < len(left)).all()
        and (~children[children < 0] <= len(left)).all()
        and (feature >= 0).all()
        and (feature < width).all()
    )
