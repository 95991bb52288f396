"""Masked autoencoding as a pretext objective."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import _engine
from ...arrays import as_array
from ...distributed import place_of
from ...errors import InvalidArgument, WrongType, checked_flag, checked_integer, checked_seed, checked_share
from ...finite import check_finite
from ...models.backbone import checked_backbone
from ...models.heads import Head
from ...models.inputs import float_images
from ...models.networks import VisionTransformer, sincos_positions
from ...weights.positions import fixed_positions
from ..base import EngineLoss, Pretext
from ..linearization import Gradient, Linearization


class MaskedDecoder(Head):
    """MAE's head: predicts the pixels of patches from the tokens of those that were seen. Arguments as `MAE`'s."""

    width: int
    depth: int
    heads: int
    seed: int
    _fixed = ("inputs", "image_size", "patch_size", "width", "depth", "heads", "seed")

    def __init__(
        self, inputs: int, image_size: int, patch_size: int, width: int, depth: int, heads: int, seed: int = 0
    ) -> None:
        sizes = {"inputs": inputs, "image_size": image_size, "patch_size": patch_size}
        decoder = {"decoder_width": width, "decoder_depth": depth, "decoder_heads": heads}
        checked = {name: checked_integer(name, size, 1) for name, size in (sizes | decoder).items()}
        options = {name.removeprefix("decoder_"): size for name, size in checked.items()}
        self._options = options | {"seed": checked_seed("seed", seed)}
        self._fix(**self._options)
        super().__init__("masked_decoder", options, self.seed)

    def _arguments(self) -> dict[str, Any]:
        return dict(self._options)

    def _adapt(self, found: dict[str, Any], resize_positions: bool) -> list[str]:
        return fixed_positions(found, "decoder_pos_embed", self._shapes["decoder_pos_embed"], sincos_positions)


class MAE(EngineLoss, Pretext):
    """Masked autoencoder (He et al. 2022): the network sees a few patches of an image, a decoder predicts the others.

    A batch is normalised float images (N, H, W, 3), or a pair (images, noise) with noise (N, L). The loss is the mean
    squared error over the removed patches.

    Noise that is not given is drawn from a counter-based generator keyed by (``noise_seed``, ``draws``). ``noise_seed``
    is ``seed``, until a stage of training begins: then it follows from the stage's ``random_state``, so that runs of
    different seeds that begin with one pretrained network remove different patches, and ``draws`` is 0. It counts the
    training steps made: `step` and `Bilevel.lower_step` move it by one where they succeed. Queries
    (`value_and_gradient`, `linearize`, `predict_patches`, `reconstruct`) use the noise that the next step would use and
    leave it where it is: they answer the same when asked twice, and training goes the same way whether or not anybody
    asks. Both are part of the `state_dict`.

    Parameters
    ----------
    net : VisionTransformer
        The encoder, a vision transformer.
    decoder_width, decoder_depth, decoder_heads : int, optional
        Of the decoder, the head. Its parameters have the authors' names (``mask_token``, ``decoder_*``); its
        sine-cosine positions are fixed.
    mask_ratio : float, default 0.75
        Share of the patches to remove; of L patches the int(L·(1 − mask_ratio)) with the smallest noise are kept.
    normalize_pixels : bool, default False
        Predict each patch less its mean, over its standard deviation.
    seed : int, default 0
        Seed of the head's initial parameters and of the noise, a non-negative integer.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Widths or numbers out of range; another kind of network.

    Examples
    --------
    >>> net = bissl.VisionTransformer(image_size=16, patch_size=8, width=16, depth=1, heads=2)
    >>> mae = bissl.MAE(net, decoder_width=16, decoder_depth=1, decoder_heads=2)
    >>> mae.reconstruct(np.zeros((2, 16, 16, 3))).shape
    (2, 16, 16, 3)
    """

    views = 1
    _backbone_prefix = ""
    _settings = ("mask_ratio", "normalize_pixels")
    # Decoder and network fit one another.
    backbone: VisionTransformer
    decoder_width: int
    decoder_depth: int
    decoder_heads: int
    mask_ratio: float
    normalize_pixels: bool
    seed: int
    _fixed = (
        "decoder_width", "decoder_depth", "decoder_heads", "mask_ratio", "normalize_pixels", "seed", "backbone", "head",
    )  # fmt: skip

    #: With ``draws`` the key of the noise.
    noise_seed: int
    #: Training steps made; the noise of the next batch is keyed by it.
    draws: int

    def __init__(
        self,
        net: VisionTransformer,
        *,
        decoder_width: int = 512,
        decoder_depth: int = 8,
        decoder_heads: int = 16,
        mask_ratio: float = 0.75,
        normalize_pixels: bool = False,
        seed: int = 0,
    ) -> None:
        if not isinstance(checked_backbone(net), VisionTransformer):
            raise InvalidArgument(
                f"net: MAE expects a vision transformer such as bissl.vit_small(), got {type(net).__name__}"
            )
        mask_ratio = checked_share("mask_ratio", mask_ratio)
        kept = int(net.num_patches * (1 - mask_ratio))
        if not 0 < kept < net.num_patches:
            raise InvalidArgument(
                f"mask_ratio: {mask_ratio} of {net.num_patches} patches keeps {kept}: "
                "at least one must be kept and one removed"
            )
        head = MaskedDecoder(
            net.num_features, net.image_size, net.patch_size, decoder_width, decoder_depth, decoder_heads, seed
        )
        super().__init__(net, head)
        self._fix(decoder_width=head.width, decoder_depth=head.depth, decoder_heads=head.heads, seed=head.seed)
        self._fix(mask_ratio=mask_ratio, normalize_pixels=checked_flag("normalize_pixels", normalize_pixels))
        self._objective = self._new_objective()
        self.noise_seed, self.draws = self.seed, 0

    def _new_objective(self) -> Any:
        settings = {"mask_ratio": self.mask_ratio, "normalize_pixels": self.normalize_pixels}
        return _engine.objective_create("mae", settings, ())

    def begin_training(self, seed: int) -> None:
        self.noise_seed, self.draws = checked_seed("seed", seed), 0

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, checked_seed(name, value) if name in ("noise_seed", "draws") else value)

    def load_extra_state(self, state: dict[str, Any]) -> None:
        if "noise_seed" not in state:
            raise InvalidArgument(
                "state: of a version of bissl that drew MAE's noise otherwise; training would not go on as it began"
            )
        super().load_extra_state(state)

    def value_and_gradient(self, batch: Any, noise: Any = None) -> tuple[float, Gradient]:
        """Loss and gradient of backbone and head. Changes no state. ``noise`` (N, L): unless given, the next step's."""
        return super().value_and_gradient(_with_noise(batch, noise))

    def linearize(self, batch: Any, noise: Any = None) -> Linearization:
        """The loss expanded to second order here and now, for Hessian products of the backbone, all with the same
        ``noise`` (N, L): unless given, the next step's."""
        return super().linearize(_with_noise(batch, noise))

    def predict_patches(self, images: Any, noise: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """What the decoder predicts for every patch, (N, L, size·size·3), patches flattened by row, column and channel,
        and the mask (N, L), 1 where a patch was removed. Evaluation mode; changes no state."""
        images = float_images(images)
        if noise is None:  # of these images alone, whoever else trains
            noise = self._draw(0, (len(images), self.backbone.num_patches))
        arrays = self._arrays(_with_noise(images, noise))
        prediction, mask = _engine.mae_predict(self._objective, self.backbone._handle, self.head._handle, arrays)
        shape = arrays[1].shape
        return _engine.array(prediction).reshape(*shape, -1), _engine.array(mask).reshape(shape)

    def reconstruct(self, images: Any, noise: Any = None) -> np.ndarray:
        """Pictures (N, H, W, 3): the patches that were kept as they are, those that were removed as predicted.

        With ``normalize_pixels`` a prediction is given the mean and deviation of the patch that it stands for, which the
        network does not know. Normalised like ``images``; for the eye, undo the normalisation. Changes no state."""
        prediction, mask = self.predict_patches(images, noise)
        patches = _patches(np.asarray(images, prediction.dtype), self.backbone.patch_size)
        if self.normalize_pixels:
            mean = patches.mean(axis=-1, keepdims=True)
            prediction = prediction * np.sqrt(patches.var(axis=-1, ddof=1, keepdims=True) + 1e-6) + mean
        return _pictures(np.where(mask[..., None] > 0, prediction, patches), self.backbone.patch_size)

    def after_step(self) -> None:
        self.draws += 1

    def _arrays(self, batch: Any) -> Sequence[np.ndarray]:
        images, noise = batch if isinstance(batch, tuple) and len(batch) == 2 else (batch, None)
        images = float_images(images)
        shape = (len(images), self.backbone.num_patches)
        return images, self._draw(place_of(shape[0])[0], shape) if noise is None else _checked_noise(noise, shape)

    def _draw(self, first: int, shape: tuple[int, int]) -> np.ndarray:
        """Uniform on [0, 1), a function of ``noise_seed``, ``draws`` and the image's place in the batch alone, that of the
        ``first`` row and those after it: raw Philox words, which NumPy keeps fixed."""
        philox = np.random.Philox(key=np.array([self.noise_seed, self.draws], np.uint64))
        words = philox.random_raw((first + shape[0]) * shape[1])[first * shape[1] :]
        return ((words >> np.uint64(11)) * 2.0**-53).reshape(shape)


def _with_noise(batch: Any, noise: Any) -> Any:
    return batch if noise is None else (batch, noise)


def _checked_noise(noise: Any, shape: tuple[int, int]) -> np.ndarray:
    array = as_array(noise, "noise")
    if array.dtype not in (np.float32, np.float64):
        raise WrongType(f"noise: expected float32 or float64, got {array.dtype}: use noise.astype(numpy.float32)")
    if array.shape != shape:
        raise InvalidArgument(f"noise: expected shape {shape}, one number per image and patch, got {array.shape}")
    check_finite(array, "noise")
    return array


def _patches(images: np.ndarray, size: int) -> np.ndarray:
    """(N, H, W, 3) to (N, L, size·size·3)."""
    count, height, width, channels = images.shape
    grid = images.reshape(count, height // size, size, width // size, size, channels).transpose(0, 1, 3, 2, 4, 5)
    return grid.reshape(count, -1, size * size * channels)


def _pictures(patches: np.ndarray, size: int) -> np.ndarray:
    """(N, L, size·size·3) to (N, H, W, 3), square."""
    count, side = len(patches), round(patches.shape[1] ** 0.5)
    grid = patches.reshape(count, side, side, size, size, 3).transpose(0, 1, 3, 2, 4, 5)
    return grid.reshape(count, side * size, side * size, 3)
