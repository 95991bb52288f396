"""Weights of a backbone and a head together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..models.module import Module
from ..weights.matching import first_name
from ..weights.report import WeightsReport, together
from ..weights.saving import save_with_alphas

#: Values by name, by module.
Fitted = dict[str, dict[str, np.ndarray]]


class Whole:
    """Modules that are one file: "backbone" and "head", and others that an objective has beside them."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self._modules = modules

    def save(self, path: str | os.PathLike[str], prefix: str, metadata: Mapping[str, str] | None) -> None:
        """Writes backbone and head, the names of the backbone behind ``prefix``."""
        backbone = {f"{prefix}{name}": value for name, value in self._modules["backbone"].state_dict().items()}
        alphas = self._modules["backbone"]._alphas(prefix)
        save_with_alphas(path, backbone | self._modules["head"].state_dict(), metadata, alphas)

    def _fitted(self, arrays: Mapping[str, Any], resize_positions: bool) -> tuple[Fitted, WeightsReport]:
        """What of ``arrays`` belongs to each module, looked for among the names as `Module.load_weights` does. Names of other
        parts are passed over, but none that belong to the head's."""
        fitted = {name: module._fitted(arrays, resize_positions) for name, module in self._modules.items()}
        own = {first_name(name) for name in self._modules["head"]._shapes}
        report = together({name: report for name, (_, report) in fitted.items()}, lambda name: first_name(name) in own)
        return {name: values for name, (values, _) in fitted.items()}, report

    def _assign(self, values: Fitted) -> None:
        for name, module in self._modules.items():
            module._assign(values[name])
