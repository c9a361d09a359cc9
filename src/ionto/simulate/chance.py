"""Chance by counting: the draw of a person in a stream at a count is a hash of (seed, person, stream, count).

No draw depends on another one, so that a population gives the same bytes whatever its chunks. The generator is
SplitMix64 (Steele, Lea and Flood 2014), read at any place; normals come by the inverse of their distribution.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_STREAM = 1 << 32


def keys_of(seed: int, number: NDArray[np.int64]) -> Keys:
    """One key for each person.

    Raises
    ------
    ValueError
        When the seed is negative or needs more than 64 bits.
    """
    if not 0 <= seed < 1 << 64:
        raise ValueError("a seed is a whole number from 0 to 2^64 - 1")
    start = mixed(np.array([seed], dtype=np.uint64) + _GOLDEN)
    return mixed(start + number.astype(np.uint64) * _GOLDEN)


def mixed(bits: Keys) -> Keys:
    """SplitMix64's finaliser.

    >>> [int(number) for number in mixed(np.arange(1, 3, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))]
    [16294208416658607535, 7960286522194355700]
    """
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


def uniform(keys: Keys, stream: int, count: int | NDArray[np.int64] = 0) -> Floats:
    """Numbers between 0 and 1, both out of reach."""
    place = np.atleast_1d(np.asarray(count, dtype=np.int64) + (stream * _STREAM + 1)).astype(np.uint64)
    return ((mixed(keys + place * _GOLDEN) >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normal(keys: Keys, stream: int, count: int | NDArray[np.int64] = 0) -> Floats:
    """Standard normals."""
    drawn: Floats = ndtri(uniform(keys, stream, count))
    return drawn
