"""What the numbers in files mean: a version for every area whose meaning has changed since files were written.

Checkpoints, stored pretraining, results and caches keep the versions that they were written under. Where one of them is
another now, going on would silently mix two meanings: a cache is rebuilt, everything else is refused in words.

Whoever changes what a run computes from the same recipe, data and seed adds a line to its area here, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: By area: what changed, one sentence per version, the second first. The version is one more than there are sentences.
CHANGES: Mapping[str, tuple[str, ...]] = {
    # From the bytes of image files to pixels.
    "decoding": (
        "transparency is laid over white, 16-bit images keep their upper byte, photographs are turned upright",
    ),
    # From what data sets say of an image to the targets of losses and metrics.
    "labels": (
        "labels are mapped through classes by name, and difficult objects of VOC are left out",
        "label maps of fewer than 8 bits keep the numbers that stand in their files",
    ),
    # Which random numbers belong to which step of which run.
    "draws": ("the draws of masks, views and recalibration depend on the seed of the run",),
    # From predictions to scores, and from the scores of runs to a table.
    "statistics": ("runs that share a pretrained backbone are compared within it, p-values are corrected by Holm",),
}

#: What a training step depends on; "statistics" only changes what is said of its results.
OF_TRAINING = ("decoding", "labels", "draws")


def versions(areas: Iterable[str] | None = None) -> dict[str, int]:
    """The present version of these areas; None is all of them."""
    return {area: len(CHANGES[area]) + 1 for area in (CHANGES if areas is None else areas)}


def changes_since(saved: Mapping[str, Any] | None, areas: Iterable[str] | None = None) -> list[str]:
    """What became of areas since ``saved``, the `versions` that were kept: one text per area that differs. None is what
    was written before versions were kept."""
    before = saved or {}
    return [_change(area, before.get(area, 1)) for area, now in versions(areas).items() if before.get(area, 1) != now]


def _change(area: str, saved: Any) -> str:
    if not isinstance(saved, int) or not 1 <= saved <= len(CHANGES[area]):
        return f"{area} of version {saved}, which this version of bissl does not know"
    return f"{area}: since then {'; '.join(CHANGES[area][saved - 1 :])}"


def refusal(what: str, changes: Iterable[str], bissl: str | None = None) -> str:
    """The message for what was written under other meanings. bissl : the version that wrote it, where that is known."""
    version = f"version {bissl} of bissl as it was then" if bissl else "the version of bissl that wrote it"
    return (
        f"{what} was written when numbers meant something else ({'; '.join(changes)}). "
        f"Start anew in another folder, or go on with {version}"
    )
