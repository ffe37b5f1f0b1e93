"""How many different values a column has, and which are the most frequent: exact while it is cheap."""

import pyarrow as pa
from pyarrow import compute as pc

from tablecast.datastore.conversion.hashing import DistinctEstimate, hash_values
from tablecast.datastore.conversion.limits import Limits

_TOP = 10
_CONTENDERS = 1_000
_KEPT = 20_000


class DistinctCount:
    """Counts one column's values.

    Up to the limits every value is kept with its count. Beyond them the number is estimated, and the
    counts of the most frequent texts are lower bounds; numbers then have no most frequent ones.
    """

    def __init__(self, kind: pa.DataType, limits: Limits) -> None:
        self._kind, self._limits = kind, limits
        self._counts: dict[object, int] = {}
        self._bytes = 0
        self._estimate: DistinctEstimate | None = None

    def add(self, values: pa.Array) -> None:
        """Take in a part of the column; nulls do not count."""
        values = values.drop_null()
        if self._estimate is None:
            self._add_exact(values)
        else:
            self._estimate.add(hash_values(values))
            if pa.types.is_string(self._kind):
                self._add_contenders(values)

    def _add_exact(self, values: pa.Array) -> None:
        counted = pc.value_counts(values)
        uniques, counts = counted.field(0), counted.field(1)
        if len(uniques) <= self._limits.exact_distinct:
            self._merge(uniques, counts)
        if len(uniques) > self._limits.exact_distinct or self._too_many():
            self._estimate = DistinctEstimate()
            self._estimate.add(hash_values(pa.array(list(self._counts), self._kind)))
            self._estimate.add(hash_values(uniques))
            self._prune()

    def _too_many(self) -> bool:
        limits = self._limits
        return (
            len(self._counts) > limits.exact_distinct or self._bytes > limits.exact_distinct_bytes
        )

    def _merge(self, uniques: pa.Array, counts: pa.Array) -> None:
        known = self._counts
        before = len(known)
        for value, count in zip(uniques.to_pylist(), counts.to_pylist(), strict=True):
            known[value] = known.get(value, 0) + count
        if before < len(known):
            self._bytes += uniques.nbytes

    def _add_contenders(self, values: pa.Array) -> None:
        counted = pc.value_counts(values)
        best = pc.select_k_unstable(
            counted.field(1), options=pc.SelectKOptions(_CONTENDERS, [("", "descending")])
        )
        self._merge(counted.field(0).take(best), counted.field(1).take(best))
        if len(self._counts) > _KEPT:
            self._prune()

    def _prune(self) -> None:
        if not pa.types.is_string(self._kind):
            self._counts = {}
            return
        ranked = sorted(self._counts.items(), key=lambda item: -item[1])
        self._counts = dict(ranked[:_CONTENDERS])

    @property
    def exact(self) -> bool:
        """Tell whether `distinct` is the number itself."""
        return self._estimate is None

    @property
    def distinct(self) -> int:
        """How many different values there are, nulls left out."""
        return self._estimate.estimate() if self._estimate else len(self._counts)

    def top(self) -> list[tuple[object, int]]:
        """Return up to ten of the most frequent values with their counts, ties in value order."""
        ranked = sorted(self._counts.items(), key=lambda item: (-item[1], str(item[0])))
        return ranked[:_TOP]
