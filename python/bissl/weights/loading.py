"""Weights into networks and pretext tasks."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..errors import InvalidArgument, WrongType
from .reading import load
from .report import WeightsReport
from .wayout import before, common_prefix


class Loadable(Protocol):
    """What weights can be loaded into."""

    def _fitted(self, arrays: Mapping[str, Any], resize_positions: bool) -> tuple[dict[str, Any], WeightsReport]:
        """What of ``arrays`` belongs here, and how it fits. Changes nothing."""

    def _assign(self, values: dict[str, Any]) -> None:
        """Takes over what `_fitted` found and what was seen to fit."""


def load_into(
    target: Loadable, source: Any, strict: bool, key: str | Sequence[str] | None, resize_positions: bool
) -> WeightsReport:
    """See `bissl.models.module.Module.load_weights`."""
    arrays, name = _arrays(source, key)
    values, report = target._fitted(arrays, resize_positions)
    if arrays and not report.loaded and not report.mismatched:
        raise InvalidArgument(
            f"{name}: none of its arrays belongs to this architecture{_way_out(arrays, report)}\n{report}"
        )
    report.require(name, strict)
    if not report.loaded:
        raise InvalidArgument(f"{name}: none of its arrays belongs to this architecture\n{report}")
    target._assign(values)
    return report


def _way_out(arrays: Mapping[str, Any], report: WeightsReport) -> str:
    """Names what all names of a file begin with that has nothing of a network, where the report names no prefix."""
    prefix = common_prefix(arrays)
    return f"; {before(prefix)}" if prefix and not report._missing_prefix() else ""


def difference(arrays: Mapping[str, Any], module: Loadable) -> WeightsReport:
    """How ``module.load_weights(arrays)`` would go, for a network or a pretext task. Nothing is loaded and, however much
    is missing, nothing is raised; arrays that hold no finite numbers are refused as there.

    Parameters
    ----------
    arrays : mapping
        Weights by name, as `load` gives them.
    module : Loadable
        A network, a head or a pretext task.

    Returns
    -------
    WeightsReport
        What would be taken over.

    Raises
    ------
    TypeError, ValueError
        Arrays that hold no finite numbers; another kind of module.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(8, 8, 8, 8))
    >>> arrays = {f"module.{name}": array for name, array in net.state_dict().items()}
    >>> arrays["module.fc.weight"] = np.zeros((10, 8))
    >>> bissl.weights.difference(arrays, net).passed_over
    ('module.fc.weight',)
    """
    if not hasattr(module, "_fitted"):
        raise WrongType(f"module: expected a network, a head or a pretext task, got {type(module).__name__}")
    return module._fitted(checked_mapping(arrays), resize_positions=False)[1]


def checked_mapping(
    arrays: Any, argument: str = "arrays", expected: str = "a mapping of names to arrays"
) -> Mapping[str, Any]:
    """ValueError unless it is a mapping with text for keys."""
    if not isinstance(arrays, Mapping):
        raise InvalidArgument(f"{argument}: expected {expected}, got {type(arrays).__name__}")
    for name in arrays:
        if not isinstance(name, str):
            raise InvalidArgument(f"{argument}: expected names as text, got {type(name).__name__}")
    return arrays


def _arrays(source: Any, key: str | Sequence[str] | None) -> tuple[Mapping[str, Any], str]:
    """The arrays, and what to call where they come from."""
    if isinstance(source, (str, os.PathLike)):
        return load(source, key), os.fspath(source)
    if key is not None:
        raise InvalidArgument("key: only files have entries to choose from, the source is a mapping: take source[key]")
    return checked_mapping(source, "source", "the path of a file or a mapping of names to arrays"), "arrays"
