"""Low-rank adapters."""

from __future__ import annotations

from collections.abc import Iterable

from ... import _engine
from ...errors import InvalidArgument, checked_integer, checked_number, checked_seed
from ..backbone import Backbone, checked_backbone
from ..module import Adapter
from .holders import Holder, changed
from .patterns import Pattern, matching


def LoRA(
    net: Holder, rank: int = 8, targets: Pattern = "qkv|proj", alpha: float | None = None, seed: int = 0
) -> Holder:
    """A copy of ``net`` in which low-rank adapters alone are trained (Hu et al. 2021): a layer with weight W computes
    x Wᵀ + b + (alpha/rank)·(x Aᵀ) Bᵀ, where A is (rank, inputs) and B (outputs, rank).

    All other parameters are frozen (`freeze`): ``net.vector``, gradients, Hessian products, the implicit system, λ's
    regulariser, optimisers, clipping and checkpoints hold the adapters alone, on both levels. ``net`` itself stays as it is.

    Parameters
    ----------
    net : Backbone, Pretext or Pretrain
        A backbone; or a pretext objective or a fitted stage, whose networks are changed in a copy.
    rank : int, default 8
        Of the additions, at most the least extent of the layers' weights as matrices.
    targets : str or sequence of str, default "qkv|proj"
        Regular expressions, looked for (``re.search``) in the names of layers, which are those of their weights without
        ``.weight``. In vision transformers ``"qkv|proj"`` is found in ``blocks.0.attn.qkv``, ``blocks.0.attn.proj``, … and
        ``patch_embed.proj``, the layers that peft's ``target_modules=["qkv", "proj"]`` takes; ``r"attn\\."`` is found in the
        attention's alone, ``r"mlp\\.fc"`` in the MLPs of transformers and ConvNeXt, ``"conv"`` in a ResNet's convolutions.
        Convolutions with groups take none.
    alpha : float, optional
        α; None is ``rank``, for a factor of 1.
    seed : int, default 0
        Of A, which begins uniform on ±1/√inputs; B begins with zeros, so that the network is what it was.

    Returns
    -------
    Backbone, Pretext or Pretrain
        Of the class of ``net``. `unfreeze` trains more of it, `merge_adapters` makes plain weights of it, `save_adapters`
        writes what was added.

    Raises
    ------
    WrongType (TypeError)
        No network.
    InvalidArgument (ValueError)
        A pattern that is found in the name of no layer (the nearest are told), a rank beyond 1 to the least extent, an α
        that is not positive and finite, or adapters that are there already.

    Notes
    -----
    Convolutions have A as a convolution with ``rank`` outputs and B as one of 1×1 windows, as in peft. In a backbone that is
    written in Python, W + (alpha/rank)·BA is added up instead, which is as right and costs an adjoint of W's size.

    B begins with zeros, which LARS gives its full rate in the first step: take AdamW or SGD.

    Examples
    --------
    >>> net = bissl.VisionTransformer(image_size=16, patch_size=4, width=24, depth=2, heads=2)
    >>> lora = bissl.LoRA(net, rank=4, targets=r"attn\\.")
    >>> net.vector.size, lora.vector.size
    (15696, 1152)
    >>> [adapter.layer for adapter in lora.adapters][:2]
    ['blocks.0.attn.qkv', 'blocks.0.attn.proj']
    """
    rank, seed = checked_integer("rank", rank, 1), checked_seed("seed", seed)
    alpha = float(rank) if alpha is None else checked_number("alpha", alpha, above=0, most=_engine.LARGEST)
    return changed(net, lambda backbone: _adapted(backbone, rank, targets, alpha, seed))


def merge_adapters(net: Holder) -> Holder:
    """A copy of ``net`` with plain weights W + (alpha/rank)·BA, rounded once, and without adapters; all its parameters are
    trained.

    Parameters
    ----------
    net : Backbone, Pretext or Pretrain
        With adapters; not changed.

    Returns
    -------
    Backbone, Pretext or Pretrain
        Of the class of ``net``.

    Raises
    ------
    InvalidArgument (ValueError)
        There are no adapters.

    Examples
    --------
    >>> net = bissl.LoRA(bissl.resnet18(stem="small"), rank=4, targets="conv2")
    >>> bissl.merge_adapters(net).adapters
    ()
    """
    return changed(net, _merged)


def _adapted(net: Backbone, rank: int, targets: Pattern, alpha: float, seed: int) -> Backbone:
    layers = matching("targets", targets, net._adaptable, "layer")
    return with_adapters(net, [Adapter(layer, rank, alpha) for layer in layers], seed)


def with_adapters(net: Backbone, adapters: Iterable[Adapter], seed: int = 0) -> Backbone:
    """A copy of ``net`` with these adapters, which alone are trained. InvalidArgument where it has some."""
    if net.adapters:
        raise InvalidArgument(
            f"net: it has low-rank adapters already ({len(net.adapters)}, the first of rank {net.adapters[0].rank} on "
            f"{net.adapters[0].layer}); begin with the plain network, or add them up first: bissl.merge_adapters(net)"
        )
    wanted = {adapter.layer: (adapter.rank, adapter.alpha) for adapter in adapters}
    return net._twin(_engine.module_adapt(net._handle, wanted, seed))


def _merged(net: Backbone) -> Backbone:
    if not checked_backbone(net).adapters:
        raise InvalidArgument("net: it has no low-rank adapters to merge")
    return net._twin(_engine.module_merge(net._handle))
