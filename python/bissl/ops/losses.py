"""Losses: means over the batch."""

from __future__ import annotations

from typing import Any

from .. import _engine
from ..errors import InvalidArgument
from ..finite import first_place
from ..targets.classsets import LEFT_OUT
from . import recording
from .arithmetic import mean, multiply, subtract, sum
from .catalogue import exp, log, softplus
from .variable import Variable, as_variable, constant


def binary_cross_entropy(logits: Any, targets: Any) -> Variable:
    """Binary cross-entropy with logits, as ``torch.nn.BCEWithLogitsLoss``; targets from 0 to 1, of the same shape. Numbers
    whose target is -1 (`bissl.targets.LEFT_OUT`) are left out of the mean.

    Parameters
    ----------
    logits : Variable or array_like
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
    losses = subtract(softplus(logits), multiply(logits, targets))
    return mean(losses if counted.all() else multiply(losses, counted * (counted.size / max(1, counted.sum()))))


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
    if not x.ndim:
        raise InvalidArgument("log_softmax: expected at least one axis")
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
