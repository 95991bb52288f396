"""How well features separate classes: numbers to stand beside a t-SNE map, which shows neighbourhoods but not sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidArgument, check_option, checked_integer
from ...extras import required
from ...training.featurechecks import check_spread, checked_classes, checked_features, of_size_one


def knn_accuracy(features: Any, labels: Any, *, neighbors: int = 10, metric: str = "cosine") -> float:
    """Share of images, in 0..1, whose class is the most frequent among their nearest neighbours, the image itself left
    out.

    Parameters
    ----------
    features : object
        (N, M).
    labels : object
        (N,), classes.
    neighbors : int, default 10
        At most N - 1.
    metric : str, default "cosine"
        One of scikit-learn's ``NearestNeighbors``, other than "precomputed" and "haversine". Of classes that are as frequent,
        the one with the nearest neighbour counts.

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    ValueError, TypeError
        Shapes, fewer images than neighbours, another metric.
    MissingPackage (ImportError)
        Without scikit-learn.

    Examples
    --------
    >>> features = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    >>> bissl.analysis.knn_accuracy(features, [0, 0, 1, 1], neighbors=1)
    1.0
    """
    required("sklearn", "analysis", "knn_accuracy")
    from sklearn.neighbors import NearestNeighbors

    array, classes = _checked(features, labels, metric)
    if not 1 <= checked_integer("neighbors", neighbors) < len(array):
        raise InvalidArgument(f"neighbors: expected 1 to {len(array) - 1} for {len(array)} images, got {neighbors}")
    # Without a query scikit-learn leaves each point out of its own neighbours.
    nearest = NearestNeighbors(n_neighbors=neighbors, metric=metric).fit(array).kneighbors(return_distance=False)
    return float(np.mean([_most_frequent(row) == own for row, own in zip(classes[nearest], classes, strict=True)]))


def _checked(features: Any, labels: Any, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Features (N, M) that scikit-learn can square, whatever their size, as all of its metrics but one of places on a globe
    order distances alike at any scale; and the class of each."""
    from sklearn.neighbors import VALID_METRICS

    array = checked_features(features, "features")
    check_spread(array, "features")
    classes = checked_classes(labels, len(array))
    check_option("metric", metric, sorted(set(VALID_METRICS["brute"]) - {"haversine", "precomputed"}))
    return of_size_one(array, axis=1 if metric == "cosine" else None), classes


def _most_frequent(ordered: np.ndarray) -> Any:
    """The most frequent value; of equals the one that comes first."""
    values, first, counts = np.unique(ordered, return_index=True, return_counts=True)
    return values[np.lexsort((first, -counts))[0]]


def silhouette(features: Any, labels: Any, *, metric: str = "cosine") -> float:
    """Mean silhouette coefficient (Rousseeuw 1987), in -1..1: 1 where classes are tight and far apart, 0 where they
    overlap, negative where images lie nearer to another class than to their own.

    Parameters
    ----------
    features : object
        (N, M).
    labels : object
        (N,), at least 2 classes and fewer than N.
    metric : str, default "cosine"
        As of `knn_accuracy`.

    Returns
    -------
    float
        In -1..1.

    Raises
    ------
    ValueError, TypeError
        Shapes; as many classes as images, another metric.
    MissingPackage (ImportError)
        Without scikit-learn.

    Examples
    --------
    >>> features = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    >>> bissl.analysis.silhouette(features, [0, 0, 1, 1]) > 0.9
    True
    """
    required("sklearn", "analysis", "silhouette")
    from sklearn.metrics import silhouette_score

    array, classes = _checked(features, labels, metric)
    if len(np.unique(classes)) == len(array):
        raise InvalidArgument(f"labels: expected fewer classes than the {len(array)} images; each image has its own")
    return float(silhouette_score(array, classes, metric=metric))
