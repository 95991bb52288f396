"""Callbacks that end a fit."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import NonFinite, WrongType, check_option, checked_integer, checked_number, nearest_options
from ..training.callback import Callback
from .scalars import scalars, step_of

if TYPE_CHECKING:
    from ..training.base import Stage


_HIGHER_IS_BETTER = ("validation", "knn", "probe", "rankme", "lidar", "v_cosine")


class NaNMonitor(Callback):
    """Ends the fit with NonFinite (FloatingPointError) where a number of the record, or a parameter or running statistic
    of the backbone, is NaN or infinite. Losses and gradients are watched by the stages themselves, at every step.

    Examples
    --------
    >>> stage = bissl.Pretrain(epochs=1, callbacks=[bissl.callbacks.NaNMonitor()])
    """

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        step = step_of(record)
        for name, value in scalars(record).items():
            if not math.isfinite(value):
                raise NonFinite(f"{type(stage).__name__}: {name} is {value} in record {step}; lower the learning rate")
        for name, array in stage.backbone_.state_dict().items():
            if not np.isfinite(array).all():
                raise NonFinite(
                    f"{type(stage).__name__}: {name} of the backbone is not finite in record {step}; "
                    "lower the learning rate"
                )


class EarlyStop(Callback):
    """Ends the fit when a number of the records no longer gets better.

    Parameters
    ----------
    metric : str, default "loss"
        The number's name in the record, such as "loss", "validation" or "knn". Records without it are passed over;
        there is a warning where none of the first ``patience`` has it.
    patience : int, default 10
        Records in a row without a better one before the fit ends, at least 1.
    mode : str or None, optional
        "min" where lower is better, or "max"; None is "max" for the scores "validation", "knn" and "probe" and the
        cosine "v_cosine", else "min".
    least : float, default 0.0
        By how much a better one must be better. A NaN is never better.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A metric that is no text, a mode that is none, a number out of range.

    Examples
    --------
    >>> bissl.callbacks.EarlyStop("validation", patience=5).mode
    'max'
    """

    metric: str
    patience: int
    mode: str
    least: float
    _fixed = ("metric", "patience", "mode", "least")

    def __init__(self, metric: str = "loss", patience: int = 10, mode: str | None = None, least: float = 0.0) -> None:
        if not isinstance(metric, str):
            raise WrongType(f"metric: expected the name of a number in the records, got {type(metric).__name__}")
        by_default = "max" if metric in _HIGHER_IS_BETTER else "min"
        self._fix(
            metric=metric,
            patience=checked_integer("patience", patience, 1),
            mode=by_default if mode is None else check_option("mode", mode, ("min", "max")),
            least=checked_number("least", least),
        )

    def on_begin(self, stage: Stage) -> None:
        self._best, self._waited = -math.inf, 0
        self._without, self._seen = 0, False
        for record in stage.history_:
            self.on_record(stage, record)

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        self._look(record)
        if self._waited >= self.patience:
            stage.stop()
        if not self._seen and self._without == self._due(stage):
            self._warn(stage, record)

    def on_end(self, stage: Stage) -> None:
        if stage.history_ and not self._seen and self._without < self._due(stage):
            self._warn(stage, stage.history_[-1])

    def _due(self, stage: Stage) -> int:
        """The record by which the number should have come: validation data are looked at now and then."""
        return max(self.patience, int(getattr(stage, "validate_every", 1)))

    def _warn(self, stage: Stage, record: dict[str, Any]) -> None:
        names = list(scalars(record))
        near = nearest_options(self.metric, names)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        if any(callback._adds() == self.metric for callback in stage.callbacks):
            hint = "; list EarlyStop behind the callback that adds it"
        warnings.warn(
            f"EarlyStop: none of the {self._without} records of {type(stage).__name__} so far has a number "
            f"{self.metric!r}, so that it cannot stop the fit; they have {', '.join(names)}{hint}",
            stacklevel=2,
        )

    def _look(self, record: dict[str, Any]) -> None:
        """Counts how many records in a row were no better."""
        numbers = scalars(record)
        if self.metric not in numbers:
            self._without += 1
        else:
            self._seen = True
            value = numbers[self.metric] * (1 if self.mode == "max" else -1)
            better = value > self._best + self.least
            self._best = max(self._best, value) if better else self._best
            self._waited = 0 if better else self._waited + 1
