"""Weights from and into files, without PyTorch: safetensors, PyTorch's files, ``.npz``.

`load` and `save` know files; `Module.load_weights` finds a network's weights among the names of a file, and `difference`
tells beforehand how they fit.
"""

from .loading import difference
from .reading import load
from .report import WeightsReport
from .saving import save

__all__ = ["WeightsReport", "difference", "load", "save"]
