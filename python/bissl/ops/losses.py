"""Losses, and what they are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _engine
from ..errors import InvalidArgument, check_option, checked_integer
from ..finite import first_place
from ..targets.classsets import LEFT_OUT
from . import recording
from .arithmetic import add, mean, multiply, subtract, sum
from .catalogue import exp, log, scale, smooth_l1, softplus
from .constants import flat_integers, flat_numbers, read
from .variable import Variable, apply, as_variable, constant


def cross_entropy(logits: Any, labels: Any, weights: Any = None, ignore_index: int | None = None) -> Variable:
    """Softmax cross-entropy, the mean over rows, as ``torch.nn.functional.cross_entropy`` with classes on the last axis.

    Parameters
    ----------
    logits : Variable or array_like
        (..., C).
    labels : array_like of int
        (...), class numbers 0 to C-1.
    weights : array_like or None, optional
        (...), at least 0: the mean is weighted by them, the sum of weight times loss over the sum of weights. (PyTorch
        weighs classes: give ``class_weights[labels]``.)
    ignore_index : int or None, optional
        A label whose rows take no part, neither in the sum nor in what it is divided by.

    Returns
    -------
    Variable
        A scalar.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers, or labels that are no integers.
    InvalidArgument (ValueError)
        A label of no class; rows of which none takes part, or of no weight; shapes that do not fit.

    Examples
    --------
    >>> round(bissl.ops.cross_entropy([[0.0, 0.0], [5.0, 9.0]], [1, 255], ignore_index=255).item(), 4)
    0.6931
    """
    logits = as_variable(logits)
    rows = logits.shape[:-1]
    settings: dict[str, Any] = {"labels": flat_integers("labels", labels, rows)}
    if weights is not None:
        settings["weights"] = flat_numbers("weights", weights, rows)
    if ignore_index is not None:
        settings["ignore_index"] = checked_integer("ignore_index", ignore_index)
    return apply("SoftmaxCrossEntropy", logits, **settings)


def binary_cross_entropy_with_logits(
    logits: Any, targets: Any, weights: Any = None, reduction: str = "mean"
) -> Variable:
    """Binary cross-entropy with logits, as ``torch.nn.functional.binary_cross_entropy_with_logits``.

    Parameters
    ----------
    logits : Variable or array_like
        Of any shape.
    targets : Variable or array_like
        From 0 to 1, of the same shape; numbers whose target is -1 (`bissl.targets.LEFT_OUT`) are left out.
    weights : array_like or None, optional
        By which losses are multiplied, broadcast to that shape; constants.
    reduction : {"mean", "sum", "none"}, optional
        The mean is over the numbers that are not left out, and 0 where there are none.

    Returns
    -------
    Variable
        A scalar, or with "none" the losses by number.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Targets out of range, shapes that do not fit.

    Examples
    --------
    >>> round(bissl.ops.binary_cross_entropy([0.0, 5.0], [1.0, -1.0]).item(), 4)  # the second is left out
    0.6931
    """
    logits = as_variable(logits)
    targets = _checked_targets(targets, logits)
    values = targets.numpy()
    counted = values != LEFT_OUT
    if (wrong := counted & ~((values >= 0) & (values <= 1))).any():
        place = first_place(wrong)
        raise InvalidArgument(
            f"targets: expected numbers from 0 to 1, or -1 for what is left out, got {values[place]} at index {place}"
        )
    if targets.is_constant:
        targets = values = np.where(counted, values, 0)
    # Of targets 0 and 1 one term is left; of others the sum of two that are not negative. Neither cancels.
    if targets is values and ((values == 0) | (values == 1)).all():
        losses = softplus(multiply(logits, 1 - 2 * values))
    else:
        losses = add(multiply(softplus(logits), subtract(1, targets)), multiply(softplus(scale(logits, -1)), targets))
    if not counted.all():
        weights = counted * _spread(1 if weights is None else weights, counted.shape)
    return _reduced(losses, weights, reduction, max(1, int(counted.sum())))


#: The name that it had first.
binary_cross_entropy = binary_cross_entropy_with_logits


def smooth_l1_loss(
    prediction: Any, targets: Any, beta: float = 1.0, weights: Any = None, reduction: str = "mean"
) -> Variable:
    """Smooth L1 of the differences d to targets: d²/(2·beta) where ``|d|`` < beta, ``|d|`` - beta/2 elsewhere, as
    ``torch.nn.functional.smooth_l1_loss``.

    Parameters
    ----------
    prediction : Variable or array_like
        Of any shape.
    targets : Variable or array_like
        Of the same shape.
    beta : float, optional
        At least 0; 0 gives ``|d|``.
    weights : array_like or None, optional
        By which losses are multiplied, broadcast to the shape; constants.
    reduction : {"mean", "sum", "none"}, optional
        The mean is over all numbers.

    Returns
    -------
    Variable
        A scalar, or with "none" the losses by number.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        A negative beta, shapes that do not fit.

    Examples
    --------
    >>> bissl.ops.smooth_l1_loss([0.5, 3.0], [0.0, 0.0], reduction="none").numpy().tolist()
    [0.125, 2.5]
    """
    prediction = as_variable(prediction)
    losses = smooth_l1(subtract(prediction, _checked_targets(targets, prediction)), beta)
    return _reduced(losses, weights, reduction, max(1, losses.size))


def mse_loss(prediction: Any, targets: Any) -> Variable:
    """The mean squared difference.

    Parameters
    ----------
    prediction : Variable or array_like
        Of any shape.
    targets : Variable or array_like
        Of the same shape.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Shapes that do not fit.

    Examples
    --------
    >>> bissl.ops.mse_loss([1.0, 2.0], [1.0, 4.0]).item()
    2.0
    """
    prediction = as_variable(prediction)
    difference = subtract(prediction, _checked_targets(targets, prediction))
    return mean(multiply(difference, difference))


def log_softmax(x: Any) -> Variable:
    """log softmax over the last axis.

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Shapes that do not fit.

    Examples
    --------
    >>> bissl.ops.log_softmax([[0.0, 0.0]]).numpy().astype(float).round(4).tolist()
    [[-0.6931, -0.6931]]
    """
    x = as_variable(x)
    if not x.ndim or not x.shape[-1]:
        raise InvalidArgument(f"log_softmax: expected a last axis with entries, got shape {x.shape}")
    shifted = subtract(x, x.numpy().max(axis=-1, keepdims=True))
    return subtract(shifted, log(sum(exp(shifted), axis=-1, keepdims=True)))


def softmax(x: Any) -> Variable:
    """Softmax over the last axis.

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Shapes that do not fit.

    Examples
    --------
    >>> bissl.ops.softmax([[1.0, 1.0]]).numpy().tolist()
    [[0.5, 0.5]]
    """
    return exp(log_softmax(x))


def stop_gradient(x: Any) -> Variable:
    """The same values as a constant: no derivative passes.

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Shapes that do not fit.

    Examples
    --------
    >>> bissl.ops.stop_gradient([1.0]).is_constant
    True
    """
    return constant(x)


def embedding(x: Any) -> Variable:
    """Marks x as what the loss is a function of, for Gauss-Newton products, and returns it. Inside ``loss`` everything
    that leads to a marked value counts as network, what comes after it as loss. Features and head outputs are marked
    already; mark a later value, such as logits, where the loss is convex in that only. Outside of a loss nothing happens.

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Shapes that do not fit.

    Examples
    --------
    >>> bissl.ops.embedding([1.0, 2.0]).numpy().tolist()
    [1.0, 2.0]
    """
    marked = as_variable(x)
    handle = recording.present()
    if handle is not None:
        _engine.recording_embedding(handle, marked._handle)
    return marked


def _checked_targets(targets: Any, like: Variable) -> Variable:
    """Targets of the shape of predictions, which no broadcasting may hide a mistake in."""
    checked = as_variable(targets)
    if checked.shape != like.shape:
        raise InvalidArgument(f"targets: expected shape {like.shape}, as the predictions, got {checked.shape}")
    return checked


def _reduced(losses: Variable, weights: Any, reduction: str, count: int) -> Variable:
    """Losses times weights; their sum over ``count``, their sum, or themselves."""
    check_option("reduction", reduction, ("mean", "sum", "none"))
    if weights is not None:
        losses = multiply(losses, _spread(weights, losses.shape))
    if reduction == "none":
        return losses
    return sum(losses) if reduction == "sum" else scale(sum(losses), 1 / count)


def _spread(weights: Any, shape: tuple[int, ...]) -> np.ndarray:
    array = read("weights", weights)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise InvalidArgument(f"weights: expected a shape that broadcasts to {shape}, got {array.shape}") from None
