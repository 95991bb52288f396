"""The section of a recipe that ends stages early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any, ClassVar, get_type_hints

from ...callbacks import EarlyStop
from ...errors import InvalidArgument, WrongType, check_option
from .sections import Section
from .values import fitted

_EPOCHS = ("loss", "gradient_norm")

#: By stage: the numbers of its records that may end it; first the one that does where none is named.
METRICS: Mapping[str, tuple[str, ...]] = {
    "pretrain": (*_EPOCHS, "knn", "probe", "rankme", "lidar"),
    "warmup": _EPOCHS,
    "bissl": (
        "loss_at_theta_d",
        "loss_at_theta_p",
        "lower_loss",
        "regularizer",
        "lower_gradient_norm",
        "upper_gradient_norm",
        "v_cosine",
    ),
    "finetune": ("validation", *_EPOCHS),
    "weighted_sum": (*_EPOCHS, "pretext_loss", "downstream_loss"),
}


@dataclass(frozen=True)
class EarlyStops(Section):
    """Stages that end when a number of their records no longer gets better; null: a stage takes all its epochs. Rates
    follow the curve of the whole stage; fine-tuning keeps the epoch that was best on validation images in any case.

    Parameters
    ----------
    pretrain, warmup, bissl, finetune, weighted_sum : mapping or None, optional
        Of a stage, the options of `bissl.callbacks.EarlyStop`, as in ``finetune: {patience: 5}``: ``metric`` is "loss"
        where it is left out, but "validation" for finetune (seen every ``validate_every`` epochs) and
        "loss_at_theta_d" for bissl; "knn" and "probe" need callbacks.knn_every and callbacks.probe_every. That of
        pretrain serves data_mix as well.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Naming the key, and what to write instead.

    Examples
    --------
    >>> stops = bissl.experiments.recipe.EarlyStops(finetune={"patience": 5})
    >>> stops.make("finetune").metric
    'validation'
    """

    key: ClassVar[str] = "early_stop"
    pretrain: Mapping[str, Any] | None = None
    warmup: Mapping[str, Any] | None = None
    bissl: Mapping[str, Any] | None = None
    finetune: Mapping[str, Any] | None = None
    weighted_sum: Mapping[str, Any] | None = None

    def check(self) -> None:
        """What no option can tell alone."""
        for stage in self.names():
            self.make(stage)

    def make(self, stage: str) -> EarlyStop | None:
        """That of a stage; None where it has none."""
        given = getattr(self, stage)
        if given is None:
            return None
        path = f"early_stop.{stage}"
        options = {"metric": METRICS[stage][0]} | _checked_options(path, given)
        check_option(f"{path}.metric", options["metric"], METRICS[stage])
        try:
            return EarlyStop(**options)
        except (InvalidArgument, WrongType) as error:
            raise type(error)(f"{path}.{error}") from None

    def require_measured(self, every: Mapping[str, int | None]) -> None:
        """InvalidArgument where pretraining is to be ended by a score that is not taken. ``every`` : by score, the epochs
        between two."""
        stop = self.make("pretrain")
        if stop is not None and every.get(stop.metric, 1) is None:
            raise InvalidArgument(
                f"early_stop.pretrain.metric: {stop.metric} is measured where callbacks.{stop.metric}_every says how "
                f"often; set it, such as callbacks.{stop.metric}_every=5"
            )


def _checked_options(path: str, given: Mapping[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(EarlyStop.__init__)
    names = signature(EarlyStop).parameters
    return {
        name: fitted(f"{path}.{name}", value, hints[check_option(path, name, names)]) for name, value in given.items()
    }
