"""What every formula asks of its numbers before it computes: finite, of agreeing shapes, not empty."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


def finite(values: ArrayLike, name: str) -> Floats:
    """The values as floats; ValueError when there are none or one of them is not a finite number."""
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        raise ValueError(f"{name}: no values")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: not a finite number")
    return array


def vector(values: ArrayLike, name: str) -> Floats:
    """A one-dimensional array of finite numbers."""
    array = finite(values, name)
    if array.ndim != 1:
        raise ValueError(f"{name}: expected one dimension, got {array.ndim}")
    return array


def matrix(values: ArrayLike, name: str) -> Floats:
    """A two-dimensional array of finite numbers."""
    array = finite(values, name)
    if array.ndim != 2:
        raise ValueError(f"{name}: expected two dimensions, got {array.ndim}")
    return array


def agree(*arrays: NDArray[Any]) -> None:
    """ValueError unless all arrays have one shape."""
    if len({array.shape for array in arrays}) > 1:
        raise ValueError(f"shapes do not agree: {', '.join(str(array.shape) for array in arrays)}")


def share(value: float, name: str) -> float:
    """A level or share strictly between 0 and 1."""
    if not 0 < value < 1:
        raise ValueError(f"{name} lies between 0 and 1")
    return float(value)


def plain(value: Any) -> Any:
    """A Python number for a single value, the array itself otherwise."""
    return value.item() if np.ndim(value) == 0 else value
