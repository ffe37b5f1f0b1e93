"""64-bit hashes of values, and what can be told from hashes alone."""

import math

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import types as kinds

Hashes = npt.NDArray[np.uint64]

_NULL = np.uint64(0x9E3779B97F4A7C15)
_BITS = 15
_REGISTERS = 1 << _BITS
_REST = 64 - _BITS


def hash_values(values: pa.Array) -> Hashes:
    """Return a hash for each value; equal values of one type hash equal, nulls among themselves."""
    if kinds.is_string(values.type):
        return _hash_strings(values)
    if kinds.is_boolean(values.type):
        values = values.cast(pa.int64())
    elif not kinds.is_floating(values.type):
        wide = pa.int32() if kinds.is_date(values.type) else pa.int64()
        values = values.cast(wide).cast(pa.int64())
    valid = np.asarray(pc.is_valid(values))
    numbers = np.asarray(pc.fill_null(values, 0))
    if kinds.is_floating(values.type):
        numbers = numbers + 0.0  # minus zero is zero
    hashed = mix(numbers.view(np.uint64))
    hashed[~valid] = _NULL
    return hashed


def _hash_strings(values: pa.Array) -> Hashes:
    encoded = values.dictionary_encode()
    # Python's own string hash: fast, good, and the same throughout this process
    own = [hash(text) for text in encoded.dictionary.to_pylist()]
    table = mix(np.array([*own, 0], np.int64).view(np.uint64))
    table[-1] = _NULL
    places = np.asarray(pc.fill_null(encoded.indices, len(own)))
    hashed: Hashes = table[places]
    return hashed


def mix(numbers: Hashes) -> Hashes:
    """Return splitmix64 of each number: neighbours land far apart."""
    with np.errstate(over="ignore"):
        mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(30)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(27)
        mixed *= np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed


class DistinctEstimate:
    """A HyperLogLog of 32,768 registers: about 0.6 percent off, in 32 KiB."""

    def __init__(self) -> None:
        self._registers = np.zeros(_REGISTERS, np.uint8)

    def add(self, hashes: Hashes) -> None:
        """Take in hashes, repeated or not."""
        places = (hashes >> np.uint64(_REST)).astype(np.int64)
        rest = (hashes & np.uint64((1 << _REST) - 1)).astype(np.float64)
        _, exponents = np.frexp(rest)
        ranks = (_REST - exponents + 1).astype(np.uint8)
        np.maximum.at(self._registers, places, ranks)

    def estimate(self) -> int:
        """Return about how many different hashes were added (Ertl's improved raw estimator)."""
        counts = np.bincount(self._registers, minlength=_REST + 2).tolist()
        total = _REGISTERS * _tau(1 - counts[_REST + 1] / _REGISTERS)
        for rank in range(_REST, 0, -1):
            total = 0.5 * (total + counts[rank])
        total += _REGISTERS * _sigma(counts[0] / _REGISTERS)
        return round(_REGISTERS**2 / (2 * math.log(2) * total))


def _sigma(share: float) -> float:
    """Return Ertl's correction for registers that nothing came to."""
    if share == 1.0:
        return math.inf
    weight, total, before = 1.0, share, -1.0
    while total != before:
        share, before = share * share, total
        total, weight = total + share * weight, weight * 2
    return total


def _tau(share: float) -> float:
    """Return Ertl's correction for registers that are full."""
    if share in (0.0, 1.0):
        return 0.0
    weight, total, before = 1.0, 1 - share, -1.0
    while total != before:
        share, before, weight = math.sqrt(share), total, weight / 2
        total -= (1 - share) ** 2 * weight
    return total / 3
