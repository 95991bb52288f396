"""Numbers of a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..errors import WrongType


def scalars(record: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a record by name. Lists and arrays of numbers (one per step, one per step and iteration), however they
    are nested, become their means; text, empty lists and None, in lists too, are left out.

    Parameters
    ----------
    record : mapping
        Of a stage's ``history_``.

    Returns
    -------
    dict of str to float
        Numbers by name.

    Raises
    ------
    WrongType (TypeError)
        A record that is no mapping.

    Examples
    --------
    >>> bissl.callbacks.scalars({"loss": [1.0, 3.0], "epoch": 2, "note": "text", "empty": []})
    {'loss': 2.0, 'epoch': 2}
    """
    if not isinstance(record, Mapping):
        raise WrongType(f"record: expected a mapping of names to values, got {type(record).__name__}")
    found = {}
    for name, value in record.items():
        array = _flat(value) if isinstance(value, (list, tuple)) else np.asarray(value)
        if array.dtype.kind in "biuf" and array.size:
            found[name] = array.item() if array.ndim == 0 else float(array.mean())
    return found


def step_of(record: Mapping[str, Any]) -> int:
    """The number of the record's epoch or alternation, from 0."""
    return int(record["epoch"] if "epoch" in record else record["alternation"])


def _flat(values: Iterable[Any]) -> np.ndarray:
    """All numbers of a list of numbers, arrays or lists, which need not be alike; None is none."""
    rows = [
        _flat(value) if isinstance(value, (list, tuple)) else np.ravel(np.asarray(value))
        for value in values
        if value is not None
    ]
    return np.concatenate(rows) if rows else np.empty(0)
