"""What bissl raises. Every class derives from `BisslError` and from the Python exception that a user expects."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Iterable
from operator import index
from typing import Any

import numpy as np

__all__ = [
    "BisslError",
    "DataError",
    "DiskFull",
    "FileMissing",
    "InvalidArgument",
    "InvalidState",
    "MissingPackage",
    "NoSuchSample",
    "NonFinite",
    "NonFiniteArgument",
    "NotWritable",
    "OutOfMemory",
    "ReadOnly",
    "WorkerEnded",
    "WrongType",
    "check_callable",
    "check_option",
    "checked_flag",
    "checked_integer",
    "checked_number",
    "checked_path",
    "checked_real",
    "checked_seed",
    "checked_share",
    "nearest_options",
    "unknown_option",
]


class BisslError(Exception):
    """The base of all errors that bissl raises itself.

    Examples
    --------
    >>> issubclass(bissl.errors.InvalidArgument, bissl.errors.BisslError)
    True
    """


class InvalidArgument(BisslError, ValueError):
    """An argument of the right type whose value, shape or range is not valid.

    Examples
    --------
    >>> try:
    ...     bissl.resnet18(stem="smal")
    ... except ValueError as error:
    ...     print(type(error).__name__, "small" in str(error))
    InvalidArgument True
    """


class WrongType(BisslError, TypeError):
    """An argument of the wrong type or dtype; the text names the cast to use.

    Examples
    --------
    >>> try:
    ...     bissl.data.Stack(10, batch_size=2.5)
    ... except TypeError as error:
    ...     print(type(error).__name__)
    WrongType
    """


class ReadOnly(BisslError, AttributeError):
    """An assignment that would do nothing, or break what was made of the value; the text says what to do instead.

    Examples
    --------
    >>> solver = bissl.MINRES(5)
    >>> try:
    ...     solver.iterations = 10
    ... except AttributeError as error:
    ...     print(type(error).__name__)
    ReadOnly
    """


class OutOfMemory(BisslError, MemoryError):
    """Memory that cannot be had; the text names operation, shape and bytes. Nothing was taken.

    Examples
    --------
    >>> issubclass(bissl.errors.OutOfMemory, MemoryError)
    True
    """


class InvalidState(BisslError, RuntimeError):
    """A call at the wrong time: out of order, after a fork, or from inside a signal handler.

    Examples
    --------
    >>> try:
    ...     bissl.FineTune().predict(np.zeros((1, 96, 96, 3), np.uint8))
    ... except RuntimeError as error:
    ...     print(error)
    FineTune is not fitted yet; call fit first
    """


class WorkerEnded(BisslError, RuntimeError):
    """A process of a study that ended without a result, such as one killed for its memory; the text names its run.

    Examples
    --------
    >>> issubclass(bissl.errors.WorkerEnded, RuntimeError)
    True
    """


class NonFinite(BisslError, FloatingPointError):
    """A loss, gradient or solution that is NaN or infinite; the text names level, step and segment.

    Examples
    --------
    >>> issubclass(bissl.errors.NonFinite, FloatingPointError)
    True
    """


class NonFiniteArgument(NonFinite, InvalidArgument):
    """An argument that holds NaN or infinity, or becomes that; the text names the argument and the place.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4))
    >>> try:
    ...     net(np.full((1, 32, 32, 3), np.nan))
    ... except bissl.errors.NonFiniteArgument as error:
    ...     print(isinstance(error, ValueError))
    True
    """


class NoSuchSample(BisslError, IndexError):
    """The number of an image that a data set does not have.

    Examples
    --------
    >>> try:
    ...     bissl.data.ArrayDataset(np.zeros((3, 8, 8, 3), np.uint8))[5]
    ... except IndexError as error:
    ...     print(type(error).__name__)
    NoSuchSample
    """


class FileMissing(BisslError, FileNotFoundError):
    """A file or folder that does not exist; the text says what was expected there.

    Examples
    --------
    >>> try:
    ...     bissl.weights.load("nowhere.pth")
    ... except FileNotFoundError as error:
    ...     print(type(error).__name__)
    FileMissing
    """


class DataError(BisslError, ValueError):
    """A file whose content is broken, or not what was expected; the text names the file.

    Examples
    --------
    >>> _ = open("broken.pth", "wb").write(b"no weights")
    >>> try:
    ...     bissl.weights.load("broken.pth")
    ... except bissl.errors.DataError as error:
    ...     print("broken.pth" in str(error))
    True
    """


class DiskFull(BisslError, OSError):
    """Space on a disk that cannot be had; the text says what for, how much, and where. Nothing was lost.

    Examples
    --------
    >>> issubclass(bissl.errors.DiskFull, OSError)
    True
    """


class NotWritable(BisslError, PermissionError):
    """A folder or file that may not be written to; the text says which.

    Examples
    --------
    >>> issubclass(bissl.errors.NotWritable, PermissionError)
    True
    """


class MissingPackage(BisslError, ImportError):
    """A package that this part of bissl needs and that is not installed; the text says how to install it.

    Examples
    --------
    >>> issubclass(bissl.errors.MissingPackage, ImportError)
    True
    """


#: What others call an option of bissl's.
_SYNONYMS = {
    "learning_rate": "lr",
    "base_lr": "lr",
    "step_size": "lr",
    "wd": "weight_decay",
    "l2": "weight_decay",
    "bs": "batch_size",
    "n_epochs": "epochs",
    "num_epochs": "epochs",
    "max_epochs": "epochs",
    "max_iter": "iterations",
    "maxiter": "iterations",
    "max_iterations": "iterations",
    "n_iter": "iterations",
    "tol": "tolerance",
    "lambda": "lam",
    "lambda_": "lam",
    "reg": "lam",
    "tau": "temperature",
    "temp": "temperature",
    "ema": "decay",
    "masking_ratio": "mask_ratio",
    "seed": "random_state",
    "random_seed": "random_state",
    "n_classes": "num_classes",
    "classes": "num_classes",
    "in_features": "inputs",
    "out_features": "outputs",
    "embed_dim": "width",
    "num_heads": "heads",
    "img_size": "image_size",
    "drop_path_rate": "drop_path",
    "transform": "augmentation",
    "transforms": "augmentation",
    "model": "backbone",
    "network": "backbone",
    "encoder": "backbone",
    "max_norm": "clip_norm",
    "grad_clip": "clip_norm",
    "gradient_clip_val": "clip_norm",
    "verbose": "progress",
    "k": "neighbors",
    "neighbours": "neighbors",
    "on_epoch_end": "on_record",
    "on_train_epoch_end": "on_record",
    "on_step_end": "on_record",
    "on_train_begin": "on_begin",
    "on_train_start": "on_begin",
    "on_fit_start": "on_begin",
    "on_train_end": "on_end",
    "on_fit_end": "on_end",
    "n_neighbors": "neighbors",
    "epsilon": "eps",
}


def nearest_options(given: str, valid: Iterable[str]) -> list[str]:
    """Those that may be meant: what others call by the name given, also behind a prefix (``"lower_"``), else one that begins
    with it, else the nearest in spelling; none where nothing is near.

    Parameters
    ----------
    given : str
        What the user gave.
    valid : iterable of str
        What there is.

    Returns
    -------
    list of str
        The nearest first.

    Raises
    ------
    TypeError
        Something else than text.

    Examples
    --------
    >>> bissl.errors.nearest_options("momentun", ("lr", "momentum"))
    ['momentum']
    """
    by_lower = {option.lower(): option for option in valid}
    name = given.lower()
    for other, ours in _SYNONYMS.items():
        if f"_{name}".endswith(f"_{other}"):
            wanted = name.removesuffix(other) + ours
            if found := [option for low, option in by_lower.items() if f"_{low}".endswith(f"_{wanted}")]:
                return found
    import difflib  # takes longer to import than the rest of this file

    longer = [option for low, option in by_lower.items() if len(name) >= 3 and low.startswith(name)]
    return longer[:1] or [by_lower[match] for match in difflib.get_close_matches(name, by_lower, n=1, cutoff=0.5)]


def unknown_option(argument: str, given: str, valid: Iterable[str]) -> InvalidArgument:
    """The error for an option that does not exist. Its text lists the valid ones and names the nearest.

    Parameters
    ----------
    argument : str
        What messages call it.
    given : str
        What the user gave.
    valid : iterable of str
        What there is.

    Returns
    -------
    InvalidArgument
        To be raised.

    Raises
    ------
    TypeError
        A list of no text.

    Examples
    --------
    >>> print(bissl.errors.unknown_option("mode", "maxx", ("min", "max")))
    mode: expected one of "min", "max", got "maxx"; did you mean "max"?
    """
    options = list(valid)
    listed = ", ".join(f'"{option}"' for option in options)
    nearest = " or ".join(f'"{option}"' for option in nearest_options(given, options))
    hint = f"; did you mean {nearest}?" if nearest else ""
    return InvalidArgument(f'{argument}: expected one of {listed}, got "{given}"{hint}')


def check_option(argument: str, given: object, valid: Iterable[str]) -> str:
    """Returns `given` if it is one of `valid`.

    Parameters
    ----------
    argument : str
        What messages call it.
    given : object
        What the user gave.
    valid : iterable of str
        What there is.

    Returns
    -------
    str
        ``given``.

    Raises
    ------
    WrongType
        If `given` is not a string.
    InvalidArgument
        If it is none of the valid ones; the text names the nearest.

    Examples
    --------
    >>> bissl.errors.check_option("mode", "max", ("min", "max"))
    'max'
    """
    options = list(valid)
    if not isinstance(given, str):
        listed = ", ".join(f'"{option}"' for option in options)
        raise WrongType(f"{argument}: expected one of {listed}, got {type(given).__name__}")
    if given not in options:
        raise unknown_option(argument, given, options)
    return given


def check_callable(argument: str, given: object) -> None:
    """WrongType for what cannot be called.

    Parameters
    ----------
    argument : str
        Its name in the message.
    given : object
        What was given.

    Raises
    ------
    WrongType (TypeError)
        It cannot be called.

    Examples
    --------
    >>> bissl.errors.check_callable("call", print)
    """
    if not callable(given):
        raise WrongType(
            f"{argument}: expected what is called without arguments, such as lambda: net(x), got {type(given).__name__}"
        )


def checked_integer(name: str, value: object, least: int | None = None, most: int | None = None) -> int:
    """A whole number, of Python's or NumPy's integers, from ``least`` to ``most``.

    Parameters
    ----------
    name : str
        What messages call it.
    value : object
        What the user gave.
    least : int or None, optional
        The least that it may be; None is no bound.
    most : int or None, optional
        The most that it may be; None is no bound.

    Returns
    -------
    int
        Of Python.

    Raises
    ------
    WrongType
        If it is no integer: floats and booleans are none, whatever their value.
    InvalidArgument
        If it is out of range.

    Examples
    --------
    >>> bissl.errors.checked_integer("epochs", np.int64(3), 1)
    3
    """
    try:
        number = index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise WrongType(f"{name}: expected {_integers(least, most)}, got {type(value).__name__} {value!r}")
    if (least is not None and number < least) or (most is not None and number > most):
        raise InvalidArgument(f"{name}: expected {_integers(least, most)}, got {number}")
    return number


def _integers(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return f"an integer from {least} to {'2**64 - 1' if most == 2**64 - 1 else most}"
    return "an integer" if least is None else f"a whole number of at least {least}"


def checked_seed(name: str, value: object) -> int:
    """A seed: an integer that fits 64 bits, not negative.

    Parameters
    ----------
    name : str
        What messages call it.
    value : object
        What the user gave.

    Returns
    -------
    int
        Of Python.

    Raises
    ------
    WrongType
        No integer.
    InvalidArgument
        Negative, or of more than 64 bits.

    Examples
    --------
    >>> bissl.errors.checked_seed("random_state", 7)
    7
    """
    return checked_integer(name, value, 0, 2**64 - 1)


def checked_flag(name: str, value: object) -> bool:
    """True or False, of Python or NumPy. WrongType for anything else: a number in its place is a mistake.

    Parameters
    ----------
    name : str
        What messages call it.
    value : object
        What the user gave.

    Returns
    -------
    bool
        Of Python.

    Raises
    ------
    WrongType
        Anything else.

    Examples
    --------
    >>> bissl.errors.checked_flag("progress", np.True_)
    True
    """
    if not isinstance(value, (bool, np.bool_)):
        raise WrongType(f"{name}: expected True or False, got {type(value).__name__}")
    return bool(value)


def checked_real(name: str, value: object, size: float | None = None) -> float:
    """A finite number, of Python's or NumPy's; booleans and text are none.

    Parameters
    ----------
    name : str
        What messages call it.
    value : object
        What the user gave.
    size : float or None, optional
        How far from 0 it may be, such as the largest number of the precision that it is taken in; None is no bound.

    Returns
    -------
    float
        Of Python.

    Raises
    ------
    WrongType
        No number.
    InvalidArgument
        NaN or infinite, or too far from 0.

    Examples
    --------
    >>> bissl.errors.checked_real("factor", -2)
    -2.0
    """
    number = _number(name, value)
    if not math.isfinite(number) or abs(number) > (math.inf if size is None else size):
        bounds = f" from {-size:.8g} to {size:.8g}" if size is not None and math.isfinite(number) else ""
        raise InvalidArgument(f"{name}: expected a finite number{bounds}, got {number}")
    return number


def checked_number(name: str, value: object, above: float | None = None, most: float | None = None) -> float:
    """A finite number that is not negative; or, with ``above``, one that is greater than that.

    Parameters
    ----------
    name : str
        What messages call it.
    value : object
        What the user gave.
    above : float or None, optional
        What it must be greater than; None: it must not be negative.
    most : float or None, optional
        The most that it may be, such as the largest number of the precision that it is taken in; None is no bound.

    Returns
    -------
    float
        Of Python.

    Raises
    ------
    WrongType
        No number.
    InvalidArgument
        Out of range, NaN or infinite.

    Examples
    --------
    >>> bissl.errors.checked_number("lr", 0.1)
    0.1
    """
    number = _number(name, value)
    too_large = not math.isfinite(number) or (most is not None and number > most)
    if too_large or (number < 0 if above is None else number <= above):
        expected = "a finite number ≥ 0" if above is None else f"a finite number > {above:g}"
        if most is not None and most < number < math.inf:
            expected += f" and ≤ {most:.8g}"
        raise InvalidArgument(f"{name}: expected {expected}, got {value if math.isfinite(number) else number}")
    return number


def _number(name: str, value: object) -> float:
    """Any real number; an integer beyond all floats is infinite."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise WrongType(f"{name}: expected a number, got {type(value).__name__}")
    try:
        return float(value)
    except OverflowError:
        integer: Any = value  # `numbers.Real` does not tell that it can be compared with one
        return math.inf if integer > 0 else -math.inf


def checked_share(name: str, value: object) -> float:
    """A number from 0 to 1.

    Parameters
    ----------
    name : str
        What messages call it.
    value : object
        What the user gave.

    Returns
    -------
    float
        Of Python.

    Raises
    ------
    WrongType
        No number.
    InvalidArgument
        Outside 0..1.

    Examples
    --------
    >>> bissl.errors.checked_share("mask_ratio", 0.75)
    0.75
    """
    share = checked_number(name, value)
    if share > 1:
        raise InvalidArgument(f"{name}: expected a number from 0 to 1, got {value}")
    return share


def checked_path(name: str, value: object, expected: str = "a path") -> str:
    """The path of a file or folder as text: a file descriptor, which `open` takes as well, is none.

    Parameters
    ----------
    name : str
        What messages call it.
    value : object
        What the user gave.
    expected : str, default "a path"
        What messages say that it should be.

    Returns
    -------
    str
        As `os.fspath` gives it.

    Raises
    ------
    WrongType
        Neither text nor a path, such as None or a number.
    InvalidArgument
        Empty text.

    Examples
    --------
    >>> from pathlib import Path
    >>> bissl.errors.checked_path("folder", Path("runs") / "mine")
    'runs/mine'
    """
    path = os.fspath(value) if isinstance(value, (str, os.PathLike)) else None
    if not isinstance(path, str):
        raise WrongType(f"{name}: expected {expected}, got {type(value).__name__}; give it as text or pathlib.Path")
    if not path:
        raise InvalidArgument(f"{name}: expected {expected}, got empty text")
    return path
