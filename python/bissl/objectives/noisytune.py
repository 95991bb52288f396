"""NoisyTune: noise on the weights before fine-tuning."""

from __future__ import annotations

import numpy as np

from .._engine import LARGEST
from ..errors import NonFiniteArgument, checked_number, checked_seed
from ..models.backbone import Backbone, checked_backbone


def noisy_tune(backbone: Backbone, scale: float = 0.015, seed: int = 0) -> Backbone:
    """A copy whose every parameter tensor w has become w + scale · std(w) · ε, with ε from a standard normal distribution:
    NoisyTune (Wu et al. 2022) with the Gaussian noise of the paper (section B.9.2). Running statistics stay.

    Parameters
    ----------
    backbone : Backbone
        Not changed.
    scale : float, default 0.015
        Scale of the noise, at least 0; 0.015 in the paper.
    seed : int, default 0
        Seed of the noise.

    Returns
    -------
    Backbone
        A copy.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No network, a negative scale.
    NonFiniteArgument (ValueError, FloatingPointError)
        Noise with which a parameter is no finite number of the engine's precision.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4))
    >>> noisy = bissl.noisy_tune(net, scale=0.015, seed=1)
    >>> bool((noisy.vector != net.vector).any())
    True
    """
    scale = checked_number("scale", scale, most=LARGEST)
    network = checked_backbone(backbone, "backbone").clone()
    generator = np.random.Generator(np.random.Philox(checked_seed("seed", seed)))
    vector = network.vector
    for name in vector.keys():
        tensor = vector[name]
        noise = generator.standard_normal(tensor.shape)
        with np.errstate(over="ignore"):
            tensor += scale * tensor.std() * noise
        if not np.isfinite(tensor).all():
            raise NonFiniteArgument(
                f"scale: noise of {scale:g} takes {name} beyond the numbers of {vector.dtype}; take a smaller one"
            )
    return network
