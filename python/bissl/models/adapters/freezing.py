"""Parameters that are not trained."""

from __future__ import annotations

from ...errors import InvalidArgument
from ..backbone import Backbone
from ..module import Division
from .holders import Holder, changed
from .patterns import Pattern, matching


def freeze(net: Holder, pattern: Pattern) -> Holder:
    """A copy of ``net`` some of whose parameters are constants: no gradient, no tangent, no memory and no time is spent on
    them, and they are no part of ``net.vector``, in which gradients, Hessian products, λ's regulariser, optimisers and
    clipping live. ``net`` itself stays as it is: use what is returned.

    Batch norm whose parameters are frozen goes on as PyTorch's with ``requires_grad=False``: in training it normalises by
    the statistics of the batch, and its running statistics move.

    Parameters
    ----------
    net : Backbone, Pretext or Pretrain
        A backbone; or a pretext objective or a fitted stage, whose networks are changed in a copy.
    pattern : str or sequence of str
        Regular expressions, looked for (``re.search``) in the names of parameters in ``net.state_dict()``.

    Returns
    -------
    Backbone, Pretext or Pretrain
        Of the class of ``net``, with the same numbers. ``.frozen`` of a backbone lists what is frozen, what was before
        included. `unfreeze` undoes it. Frozen parameters are loaded and saved as all others.

    Raises
    ------
    WrongType (TypeError)
        No network, or no pattern.
    InvalidArgument (ValueError)
        A pattern that is found in no name (the nearest are told); nothing would be left to train.

    Examples
    --------
    >>> net = bissl.freeze(bissl.resnet18(), "^conv1|^bn1|^layer[123]")
    >>> net.vector.size
    8393728
    >>> net.frozen[:3]
    ('conv1.weight', 'bn1.weight', 'bn1.bias')
    """
    return changed(net, lambda backbone: _frozen(backbone, pattern))


def unfreeze(net: Holder, pattern: Pattern = "") -> Holder:
    """A copy of ``net`` that trains the frozen parameters in whose names the pattern is found.

    Parameters
    ----------
    net : Backbone, Pretext or Pretrain
        As of `freeze`.
    pattern : str or sequence of str, default ""
        As of `freeze`; "" is found in all of them.

    Returns
    -------
    Backbone, Pretext or Pretrain
        Of the class of ``net``.

    Raises
    ------
    InvalidArgument (ValueError)
        The pattern is found in the name of nothing that is frozen.

    Examples
    --------
    >>> net = bissl.VisionTransformer(image_size=16, patch_size=4, width=24, depth=2, heads=2)
    >>> net = bissl.unfreeze(bissl.LoRA(net, targets="qkv"), r"^norm\\.")
    >>> list(net.vector.keys())[-2:]
    ['norm.weight', 'norm.bias']
    """
    return changed(net, lambda backbone: _thawed(backbone, pattern))


def _frozen(net: Backbone, pattern: Pattern) -> Backbone:
    names = [name for name, _ in net._layout + net._frozen_layout]
    found = matching("pattern", pattern, names, "parameter")
    if set(found) >= set(net.vector.keys()):
        raise InvalidArgument(
            f"pattern: {pattern!r} freezes all that is trained, {len(net._layout)} parameter tensors; to train a head on a "
            "fixed backbone, use freeze_backbone=True of the stages"
        )
    return _with_frozen(net, {*net.frozen, *found})


def _thawed(net: Backbone, pattern: Pattern) -> Backbone:
    found = net.frozen if pattern == "" else matching("pattern", pattern, net.frozen, "frozen parameter")
    return _with_frozen(net, set(net.frozen) - set(found))


def _with_frozen(net: Backbone, frozen: set[str]) -> Backbone:
    return net._divided(Division(frozen=tuple(name for name in net._names if name in frozen)))
