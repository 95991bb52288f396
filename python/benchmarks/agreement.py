"""Contenders are compared only where they compute the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from goals import BISSL, Quantity, named

import bissl

#: Largest ‖a − b‖/‖b‖ between a contender and bissl. In float32 gradients and products of ReLU networks differ by what
#: flips at kinks, and v_IJ cannot be compared: five iterations of layer-wise conjugate gradients at a random start make
#: a millionfold of rounding.
TOLERANCES = {
    "float32": {"loss": 1e-4, "gradient": 5e-2, "gradient norm": 1e-3, "product": 1e-1, "at θ_P": 1e-4, "v": 1e-1},
    "float64": {
        "loss": 1e-10,
        "gradient": 1e-9,
        "gradient norm": 1e-9,
        "product": 1e-8,
        "at θ_P": 1e-10,
        "at θ_D": 1e-10,
        "v": 1e-9,
        "v_IJ": 1e-4,
    },
}


class Agreement:
    """Compares the first result of every task with bissl's, which must be the first to do it."""

    def __init__(self, contenders: Mapping[str, Any], float32: Mapping[str, float] | None = None) -> None:
        """float32 : limits of a row's own in single precision."""
        self.contenders = contenders
        own = float32 if float32 and bissl.precision == "float32" else {}
        self.limits = {**TOLERANCES[bissl.precision], **own}
        self.references: dict[str, Mapping[str, Any]] = {}
        #: Contender and task → name of the quantity → ‖a − b‖/‖b‖.
        self.differences: dict[str, dict[str, float]] = {}
        #: Contender → its first gradient.
        self.gradients: dict[str, np.ndarray] = {}

    def check(self, quantity: Quantity, found: Mapping[str, Any]) -> None:
        """AssertionError where a result is further from bissl's than the limits allow, or is not a number. Of what a contender
        computes in other numbers, the distance is told alone."""
        name, task = quantity
        contender = self.contenders[name]
        if task == "gradient":
            self.gradients[name] = np.array(contender.vector(found["gradient"]), np.float64)
        if name == BISSL:
            self.references[task] = found
            return
        differences = {
            key: difference(contender, found[key], np.asarray(reference, np.float64))
            for key, reference in self.references[task].items()
            if key in self.limits and key in found
        }
        for key, value in differences.items():
            if not value <= self.limits[key] and not getattr(contender, "is_rounded", False):
                raise AssertionError(f"{name}: {key} differs from bissl's by {value:.1e}, limit {self.limits[key]:g}")
        self.differences[named(quantity)] = {key: float(f"{value:.1e}") for key, value in differences.items()}

    def errors(self, exact: np.ndarray) -> dict[str, float]:
        """Contender → ‖a − b‖/‖b‖ of its first gradient and the exact one."""
        norm = np.linalg.norm(exact)
        return {name: float(f"{np.linalg.norm(g - exact) / norm:.1e}") for name, g in self.gradients.items()}


def difference(contender: Any, found: Any, reference: np.ndarray) -> float:
    """‖a − b‖/‖b‖ of a number, or of what the contender's ``vector`` flattens."""
    value = contender.vector(found) if isinstance(found, (tuple, list, dict)) else np.asarray(found)
    if value.shape != reference.shape:
        raise AssertionError(f"{contender.name}: expected shape {reference.shape}, got {value.shape}")
    return float(np.linalg.norm(value.astype(np.float64) - reference) / np.linalg.norm(reference))
