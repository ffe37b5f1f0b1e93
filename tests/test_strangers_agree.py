"""Server and steps are strangers to each other: what both must know is compared here."""

import pytest

from tablecast.domain.hyperparameters import ALGORITHMS
from tablecast_steps.train import algorithms
from tablecast_steps.train.algorithms import BOUNDS, Setting

SETTING = Setting(classification=True, rows=5_000, rarest=1_000, seed=0, threads=1)
NAMED = sorted(set(ALGORITHMS) - {"AUTO"})


def test_server_and_step_know_the_same_algorithms():
    """AUTO is the step's search among the others."""
    assert set(algorithms.ALGORITHMS) == set(NAMED)


@pytest.mark.parametrize("name", NAMED)
def test_what_the_server_admits_the_step_takes(name):
    """Names are equal; the step's bounds hold all that the server's let through."""
    admitted = ALGORITHMS[name]
    assert set(algorithms.ALGORITHMS[name].defaults(SETTING)) == set(admitted)
    for parameter, bounds in admitted.items():
        kind, least, most = BOUNDS[parameter]
        assert (kind is int) == bounds.whole
        assert least <= bounds.least <= bounds.most <= most
