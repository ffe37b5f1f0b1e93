"""Argo's depends expressions."""

import pytest

from tablecast.cluster.embedded import depends

PHASES = {"good": "Succeeded", "bad": "Failed", "worse": "Error", "out": "Omitted"}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("", True),
        ("good", True),
        ("bad", False),
        ("bad.Failed", True),
        ("worse.Errored", True),
        ("out.Omitted && good", True),
        ("good && bad", False),
        ("good || bad", True),
        ("!bad", True),
        ("!(good && bad) && good.Succeeded", True),
        ("bad || bad.Failed && good", True),
        ("(bad || bad.Failed) && worse", False),
    ],
)
def test_an_expression_is_true_of_how_tasks_ended(expression: str, holds: bool) -> None:
    assert depends.holds(expression, PHASES) is holds


@pytest.mark.parametrize(
    "expression", ["good &", "good &&", "(good", "good)", "good bad", "&& good"]
)
def test_an_expression_that_cannot_be_read_is_an_error(expression: str) -> None:
    with pytest.raises(ValueError, match="depends"):
        depends.holds(expression, PHASES)


def test_an_expression_names_its_tasks_once() -> None:
    assert depends.names("a && (b.Failed || a) && !c-d") == ["a", "b", "c-d"]
