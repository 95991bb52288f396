"""Features in two dimensions, by t-SNE (van der Maaten and Hinton 2008; paper, section B.10.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from ...errors import InvalidArgument, MissingPackage, NonFinite, check_option, checked_flag, checked_number
from ...training.base import resolved_seed
from ...training.featurechecks import check_spread, checked_features, standardized

#: In the order in which they are looked for.
EMBEDDING_METHODS = ("openTSNE", "scikit-learn")
_MODULES = {"openTSNE": "openTSNE", "scikit-learn": "sklearn"}


@dataclass(frozen=True)
class Embedding:
    """Points in the plane.

    Parameters
    ----------
    points : mapping of str to ndarray
        (N, 2) per name, in the order of the features.
    shared : bool
        Whether all names are in one map, so that places can be compared between them.
    method : str
        What made it.
    perplexity : float
        About how many neighbours counted.

    Examples
    --------
    >>> features = np.random.default_rng(0).normal(size=(30, 8))
    >>> bissl.analysis.embed(features, perplexity=5, method="scikit-learn").points["features"].shape
    (30, 2)
    """

    points: Mapping[str, np.ndarray]
    shared: bool
    method: str
    perplexity: float


def embed(
    features: Mapping[str, Any] | Any,
    *,
    shared: bool = True,
    perplexity: float = 30.0,
    method: str | None = None,
    random_state: int | None = 0,
) -> Embedding:
    """t-SNE of the features of one or several backbones.

    Parameters
    ----------
    features : mapping or object
        (N, M) by name, such as {"pretrained": ..., "BiSSL": ...}; or one array, which is named "features".
    shared : bool, default True
        Embed all of them together, so that they lie in one map with the same axes; each is centred and scaled to unit
        mean square distance from its centre first, since a shift of all features says nothing about neighbourhoods.
        False makes one map each, as the paper's figures.
    perplexity : float, default 30.0
        About how many neighbours count; at most a third of the points.
    method : str or None, optional
        "openTSNE" or "scikit-learn"; None takes openTSNE where it is installed. Both begin with the first two
        principal components. The same features, method, version and ``random_state`` give the same map.
    random_state : int or None, default 0
        Integer; the same one gives the same map. None draws one.

    Returns
    -------
    Embedding
        Points in the plane, by name.

    Raises
    ------
    ValueError
        Shapes, too few points for the perplexity, features of different widths in a shared map; features that are the
        same for all images.
    MissingPackage (ImportError)
        Neither package is there.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> features = {"before": rng.normal(size=(20, 8)), "after": rng.normal(size=(20, 8))}
    >>> found = bissl.analysis.embed(features, perplexity=5, method="scikit-learn")
    >>> found.shared, found.points["after"].shape
    (True, (20, 2))
    """
    named = features if isinstance(features, Mapping) else {"features": features}
    chosen, seed = _chosen(method), resolved_seed(random_state)
    arrays = {name: _prepared(values, f"features[{name!r}]") for name, values in named.items()}
    if not arrays:
        raise InvalidArgument("features: expected features of at least one backbone, got none")
    perplexity = checked_number("perplexity", perplexity)
    groups = [list(arrays)] if checked_flag("shared", shared) else [[name] for name in arrays]
    points: dict[str, np.ndarray] = {}
    for names in groups:
        points |= _together({name: arrays[name] for name in names}, perplexity, chosen, seed)
    return Embedding(points, shared and len(arrays) > 1, chosen, perplexity)


def _chosen(method: str | None) -> str:
    """The method asked for, else the first whose package is installed."""
    wanted = EMBEDDING_METHODS if method is None else (check_option("method", method, EMBEDDING_METHODS),)
    for name in wanted:
        if _installed(_MODULES[name]):
            return name
    raise MissingPackage(f"t-SNE needs {' or '.join(wanted)}: pip install 'bissl[analysis]'", name=_MODULES[wanted[0]])


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # None in sys.modules: hidden on purpose
        return False


def _prepared(features: Any, name: str) -> np.ndarray:
    """Centred, with a mean square distance of 1 from the centre; of at least two columns, for the map begins with two
    principal components."""
    array = checked_features(features, name)
    check_spread(array, name)
    return standardized(array if array.shape[1] > 1 else np.pad(array, ((0, 0), (0, 1))))


def _together(arrays: Mapping[str, np.ndarray], perplexity: float, method: str, seed: int) -> dict[str, np.ndarray]:
    """One map of all arrays, cut into the points of each."""
    widths = {name: array.shape[1] for name, array in arrays.items()}
    if len(set(widths.values())) > 1:
        raise InvalidArgument(f"features: a shared map needs features of one width, got {widths}; use shared=False")
    rows = np.concatenate(list(arrays.values()))
    most = (len(rows) - 1) / 3
    if most < 1:
        raise InvalidArgument(f"features: a map needs at least 4 points, got {len(rows)}")
    if not 1 <= perplexity <= most:
        raise InvalidArgument(f"perplexity: expected 1 to {most:.4g} for {len(rows)} points, got {perplexity:g}")
    positions = _RUNNERS[method](rows, perplexity, seed % 2**32)  # all that NumPy's old generator takes
    if not np.isfinite(positions).all():
        raise NonFinite(f"features: {method} found no finite map of them; most of their rows may be the same")
    ends = np.cumsum([len(array) for array in arrays.values()])
    return dict(zip(arrays, np.split(positions, ends[:-1]), strict=True))


def _open_tsne(rows: np.ndarray, perplexity: float, seed: int) -> np.ndarray:
    from openTSNE import TSNE

    # One thread and exact neighbours: the same map on every machine and run.
    tsne = TSNE(perplexity=perplexity, initialization="pca", neighbors="exact", n_jobs=1, random_state=seed)
    return np.asarray(tsne.fit(rows), np.float64)


def _scikit_learn(rows: np.ndarray, perplexity: float, seed: int) -> np.ndarray:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    # So few points are quicker on one thread, ten times so on a busy machine.
    with threadpool_limits(1):
        tsne = TSNE(perplexity=perplexity, init="pca", learning_rate="auto", random_state=seed)
        result: np.ndarray = tsne.fit_transform(rows).astype(np.float64)
        return result


_RUNNERS = {"openTSNE": _open_tsne, "scikit-learn": _scikit_learn}
