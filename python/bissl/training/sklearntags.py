"""What scikit-learn asks of an estimator, answered with its own classes, which are imported when it asks."""

from __future__ import annotations

import sys
from typing import Any

from ..errors import InvalidState


def tags_of(kind: str | None, *, multilabel: bool = False, transforms: bool = False) -> Any:
    """scikit-learn's ``Tags`` of an estimator of images. kind : "classifier" or None."""
    from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags, TransformerTags

    return Tags(
        estimator_type=kind,
        target_tags=TargetTags(required=False, multi_output=multilabel),  # a data set brings its own labels
        transformer_tags=TransformerTags(preserves_dtype=[]) if transforms else None,
        classifier_tags=ClassifierTags(multi_label=multilabel) if kind == "classifier" else None,
        input_tags=InputTags(two_d_array=False, three_d_array=True),
    )


def not_fitted(text: str) -> InvalidState:
    """The error of a call before `fit`: also scikit-learn's ``NotFittedError`` where that is imported, so that its tools
    know it."""
    exceptions = sys.modules.get("sklearn.exceptions")
    if exceptions is None:
        return InvalidState(text)
    kind = type("NotFitted", (InvalidState, exceptions.NotFittedError), {"__module__": InvalidState.__module__})
    error: InvalidState = kind(text)
    return error


def unfrozen(source: Any) -> Any:
    """What a ``FrozenEstimator`` of scikit-learn holds, which its searches hand on as it is; anything else itself."""
    frozen = sys.modules.get("sklearn.frozen")  # there is none of its objects unless it was imported
    return source.estimator if frozen is not None and isinstance(source, frozen.FrozenEstimator) else source
