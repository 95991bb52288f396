"""Which object each anchor or proposal stands for."""

from __future__ import annotations

import numpy as np

#: Matches that are no numbers of objects.
BACKGROUND, BETWEEN = -1, -2


def match(overlaps: np.ndarray, high: float, low: float, *, keep_best: bool = False) -> np.ndarray:
    """For each candidate the object that it overlaps most, int64 (candidates,): of equals the first; `BACKGROUND` where that
    overlap is below ``low``, `BETWEEN` where it is below ``high``.

    Parameters
    ----------
    overlaps : intersections over unions (candidates, objects).
    keep_best : whether a candidate that attains the greatest overlap above 0 of any object is matched too, with the object
        that it overlaps most itself (Ren et al. 2015, section 3.1.2).
    """
    if overlaps.shape[1] == 0:
        return np.full(len(overlaps), BACKGROUND)
    nearest = overlaps.argmax(axis=1)
    best = overlaps[np.arange(len(overlaps)), nearest]
    matches = np.where(best >= high, nearest, np.where(best < low, BACKGROUND, BETWEEN))
    if keep_best and len(overlaps):
        greatest = overlaps.max(axis=0)
        attains = ((overlaps == greatest) & (greatest > 0)).any(axis=1)
        matches[attains] = nearest[attains]
    return matches
