"""What type a column is: what all of its values can be read as, whatever order they come in."""

from dataclasses import dataclass

import pyarrow as pa
from pyarrow import compute as pc

from tablecast.datastore.conversion.readings import (
    READINGS,
    TYPES,
    DoesNotFit,
    Reading,
    beyond_float,
    trimmed,
)

_PROBE = 50
_ORDERS = ("dmy", "mdy")


def readings_for(delimiter: str, decimal: str | None) -> tuple[Reading, ...]:
    """Return the readings that make sense: decimal commas not where commas divide the values."""
    if decimal is None:
        unwanted = "FLOAT_COMMA" if delimiter == "," else ""
    else:
        unwanted = "FLOAT" if decimal == "," else "FLOAT_COMMA"
    return tuple(reading for reading in READINGS if reading.name != unwanted)


@dataclass
class ColumnGuess:
    """What one column can still be."""

    alive: tuple[Reading, ...]
    trims: bool = False
    seen: bool = False
    finite: bool = False
    wide: bool = False
    """An integer was met that a float cannot hold."""

    def look_at(self, strings: pa.Array) -> None:
        """Drop the readings that `strings` cannot be read as."""
        # most readings die on the first values, long before they cost anything
        if not self.seen:
            self._glance(strings)
        self._narrow(strings.slice(0, _PROBE))
        self._narrow(strings)

    def _glance(self, strings: pa.Array) -> None:
        first = next((value for value in strings.drop_null().slice(0, 1).to_pylist()), "").strip()
        if first:
            self.alive = tuple(reading for reading in self.alive if reading.shape.match(first))

    def _narrow(self, strings: pa.Array) -> None:
        if not self.alive:
            return
        kept = self._fitting(trimmed(strings) if self.trims else strings)
        if not kept and not self.trims:
            kept = self._fitting(trimmed(strings))
            self.trims = bool(kept)
        self.alive = kept

    def _fitting(self, strings: pa.Array) -> tuple[Reading, ...]:
        if strings.null_count == len(strings):
            return self.alive
        implied: set[str] = set()
        kept = []
        for reading in self.alive:
            if reading.name in implied or self._fits(reading, strings):
                implied.update(reading.within)
                kept.append(reading)
        self.seen = self.seen or bool(kept)
        return tuple(kept)

    def _fits(self, reading: Reading, strings: pa.Array) -> bool:
        try:
            values = reading.cast(strings)
        except DoesNotFit:
            return False
        if reading.type == "INTEGER":
            self.finite = True
            self.wide = self.wide or beyond_float(values)
        elif reading.type == "FLOAT" and not self.finite:
            self.finite = bool(pc.any(pc.is_finite(values)).as_py())
        return True

    @property
    def ambiguous(self) -> bool:
        """Tell whether day and month could be taken for each other."""
        orders = {reading.name[-3:] for reading in self.alive}
        return self.seen and orders.issuperset(_ORDERS)

    def decided(self) -> "ColumnReading":
        """Return how to read the column."""
        if not self.seen or not self.alive or self.ambiguous:
            return ColumnReading(None, False)
        reading = self.alive[0]
        if reading.type == "FLOAT" and (self.wide or not self.finite):
            return ColumnReading(None, False)
        return ColumnReading(reading, self.trims)


@dataclass(frozen=True)
class ColumnReading:
    """How one column is read: by `reading`, or as the strings they are where it is None."""

    reading: Reading | None
    trims: bool

    @property
    def type(self) -> str:
        """The column's type by its name in the profile."""
        return self.reading.type if self.reading else "STRING"

    @property
    def comma(self) -> bool:
        """Tell whether its decimals were written with a comma."""
        return self.reading is not None and self.reading.name == "FLOAT_COMMA"

    def apply(self, strings: pa.Array) -> pa.Array:
        """Return the values, of the type that `TYPES` names."""
        if self.reading is None:
            return strings
        values = self.reading.cast(trimmed(strings) if self.trims else strings)
        return values.cast(TYPES[self.reading.type])
