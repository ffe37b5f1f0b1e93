"""Which encoder each column gets, from its type and what its training rows hold. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tablecast_steps.frames import DATES, NUMBERS
from tablecast_steps.transformers import (
    CategoryEncoder,
    DateEncoder,
    FrequencyEncoder,
    NumberEncoder,
    TableEncoder,
    TextEncoder,
)

# Columns of strings with so many values get a 0 or 1 for each; fewer where the table is wide, so
# that the matrix keeps to its bounds.
CATEGORIES = (30, 10, 3, 0)
MOST_OUTPUTS = 20_000
FEWEST_OUTPUTS = 1_000
MOST_CELLS = 100_000_000

# A smaller matrix is of doubles, which linear models like; a larger one takes half the memory.
DOUBLE_CELLS = 20_000_000

# From so many words on, on average, a string is a text.
WORDS = 3
TEXT_DIMENSIONS = 50
_GLANCE = 1_000


@dataclass
class Plan:
    """Columns by what becomes of them; `constant`, `empty` and `unique` ones are left out."""

    numbers: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    frequencies: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    constant: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    unique: list[str] = field(default_factory=list)

    @property
    def used(self) -> set[str]:
        groups = (self.numbers, self.dates, self.categories, self.frequencies, self.texts)
        return {name for group in groups for name in group}


def plan_columns(frame: pd.DataFrame, columns: Sequence[Mapping[str, Any]]) -> Plan:
    """Plan for columns with `name` and `type`, given the training rows."""
    plan = Plan()
    distinct: dict[str, int] = {}
    for column in columns:
        name, values = column["name"], frame[column["name"]]
        if not values.notna().any():
            plan.empty.append(name)
        elif _is_constant(values, column["type"]):
            plan.constant.append(name)
        elif column["type"] in NUMBERS:
            plan.numbers.append(name)
        elif column["type"] in DATES:
            plan.dates.append(name)
        else:
            distinct[name] = int(values.nunique())
            plan.categories.append(name)
    _sort_strings(plan, frame, distinct)
    return plan


def _is_constant(values: pd.Series, kind: str) -> bool:
    if values.isna().any():
        return False  # that some are missing may tell something
    if kind in NUMBERS or kind in DATES:
        return bool(values.min() == values.max())
    return bool((values == values.iloc[0]).all())


def _sort_strings(plan: Plan, frame: pd.DataFrame, distinct: Mapping[str, int]) -> None:
    limit = _category_limit(plan, len(frame), distinct)
    strings, plan.categories = plan.categories, []
    for name in strings:
        values = frame[name].dropna()
        if distinct[name] <= min(limit, max(2, len(values) // 2)):
            plan.categories.append(name)
        elif limit and _is_text(values):
            plan.texts.append(name)
        elif distinct[name] == len(values):
            plan.unique.append(name)
        else:
            plan.frequencies.append(name)


def _category_limit(plan: Plan, rows: int, distinct: Mapping[str, int]) -> int:
    bound = min(MOST_OUTPUTS, max(FEWEST_OUTPUTS, MOST_CELLS // max(rows, 1)))
    rest = 2 * len(plan.numbers) + 7 * len(plan.dates)
    for limit in CATEGORIES:
        sizes = (distinct[name] + 2 if distinct[name] <= limit else 2 for name in plan.categories)
        if rest + sum(sizes) <= bound:
            return limit
    return 0


def _is_text(values: pd.Series) -> bool:
    glance = values.iloc[:_GLANCE]
    return bool(sum(len(text[:1000].split()) for text in glance) >= WORDS * len(glance))


def encoder(plan: Plan, rows: int, seed: int) -> TableEncoder:
    """Build the unfitted transformer of a plan for so many training rows."""
    # A category seen in fewer rows teaches its rows by heart.
    minimum = max(2, rows // 1000)
    dimensions = min(TEXT_DIMENSIONS, max(2, rows // 20))
    groups: list[tuple[list[str], Any]] = [
        (plan.numbers, NumberEncoder(plan.numbers)),
        (plan.dates, DateEncoder(plan.dates)),
        (plan.categories, CategoryEncoder(plan.categories, minimum)),
        (plan.frequencies, FrequencyEncoder(plan.frequencies)),
        (plan.texts, TextEncoder(plan.texts, dimensions, seed)),
    ]
    cells = rows * (len(plan.used) * 2 + len(plan.texts) * dimensions)
    dtype = "float64" if cells <= DOUBLE_CELLS else "float32"
    return TableEncoder([each for columns, each in groups if columns], dtype)
