"""Low-rank adapters as they are written down: W + s·BA in place of every weight, differentiated by hand.

An oracle that knows nothing of adapters in the engine: with G = ∂L/∂W and its tangent Ġ from the plain network with the weights
added up, Ā = s·BᵀG, B̄ = s·GAᵀ; along (Ȧ, Ḃ), Ẇ = s(ḂA + BȦ), the tangents of Ā and B̄ are s(ḂᵀG + BᵀĠ) and
s(ĠAᵀ + GȦᵀ).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

import bissl


class Reparametrisation:
    """The adapters of a network at its present numbers, as matrices."""

    def __init__(self, net: bissl.Backbone) -> None:
        state = net.state_dict()
        self.names = list(net.vector.keys())
        self.adapters = {
            each.layer: (each.alpha / each.rank, *(_matrix(state[name]) for name in each.names))
            for each in net.adapters
        }
        self.shapes = {name: state[name].shape for name in self.names}
        self.weights = {f"{layer}.weight": state[f"{layer}.weight"].shape for layer in self.adapters}

    def of_weights(self, direction: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Ẇ of every weight along a direction of the adapters."""
        tangents = {}
        for layer, (scale, a, b) in self.adapters.items():
            da, db = (_matrix(direction[f"{layer}.lora_{which}.weight"]) for which in "AB")
            name = f"{layer}.weight"
            tangents[name] = (scale * (db @ a + b @ da)).reshape(self.weights[name])
        return tangents

    def gradient(self, dense: Mapping[str, np.ndarray]) -> np.ndarray:
        """That of the adapters, flat, from that of the weights."""
        found = {}
        for layer, (scale, a, b) in self.adapters.items():
            g = _matrix(dense[f"{layer}.weight"])
            found |= {f"{layer}.lora_A.weight": scale * b.T @ g, f"{layer}.lora_B.weight": scale * g @ a.T}
        return self._flat(found)

    def product(
        self, dense: Mapping[str, np.ndarray], tangent: Mapping[str, np.ndarray], direction: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """The Hessian times a direction, flat, from the weights' gradient and its tangent along `of_weights`."""
        found = {}
        for layer, (scale, a, b) in self.adapters.items():
            g, dg = _matrix(dense[f"{layer}.weight"]), _matrix(tangent[f"{layer}.weight"])
            da, db = (_matrix(direction[f"{layer}.lora_{which}.weight"]) for which in "AB")
            found[f"{layer}.lora_A.weight"] = scale * (db.T @ g + b.T @ dg)
            found[f"{layer}.lora_B.weight"] = scale * (dg @ a.T + g @ da.T)
        return self._flat(found)

    def _flat(self, found: Mapping[str, np.ndarray]) -> np.ndarray:
        return np.concatenate([found[name].ravel() for name in self.names])


def _matrix(array: np.ndarray) -> np.ndarray:
    return array.reshape(len(array), -1)
