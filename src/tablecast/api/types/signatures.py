"""A model version's signature: which rows it takes, and what it answers."""

import strawberry
from strawberry import field

from tablecast.api.choices import ColumnType, Problem
from tablecast.api.scalars import Value


@strawberry.type(description="One column that a model takes.")
class SignatureInput:
    name: str = field(description="The column's name; every row must have it.")
    type: ColumnType = field(description="What its values must be.")
    nullable: bool = field(description="Whether null is taken.")
    nulls_seen: bool = field(description="Whether there were nulls among the training rows.")
    categories: list[str] | None = field(
        description="Values seen in training, of a column of few texts; another gets a warning."
    )
    minimum: Value | None = field(description="Least value seen in training; less gets a warning.")
    maximum: Value | None = field(
        description="Greatest value seen in training; more gets a warning."
    )


@strawberry.type(description="What a model predicts.")
class SignatureTarget:
    name: str = field(description="The target column.")
    type: ColumnType = field(description="What its values are.")
    classes: list[str] | None = field(description="The classes; null for a quantity.")


@strawberry.type(description="Which rows a model takes, and what it answers.")
class Signature:
    problem: Problem = field(description="What kind of thing was learned.")
    target: SignatureTarget = field(description="What it predicts.")
    threshold: float | None = field(
        description="Of two classes: probability from which the second is answered, 0 to 1."
    )
    inputs: list[SignatureInput] = field(description="The columns it takes.")
