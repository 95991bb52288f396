"""How the images of a data set are read: decoded, by how many threads, and what happens where that fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..errors import check_option, checked_integer, unknown_option
from .decodingoptions import Decoding

ON_ERROR = ("raise", "skip")


@dataclass(frozen=True)
class Reading:
    """What a data set tells the loaders that read it: see `bissl.data.Loader` for both.

    Parameters
    ----------
    on_error : str, default "raise"
        "raise" or "skip", see `bissl.data.Loader`.
    workers : int or None, optional
        Threads, see `bissl.data.Loader`.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Another word, or no positive number of threads.

    Examples
    --------
    >>> data = bissl.data.ImageFolder("data/folders")
    >>> data.reading = bissl.data.Reading(on_error="skip", workers=2)
    """

    on_error: str = "raise"
    workers: int | None = None

    def __post_init__(self) -> None:
        check_option("on_error", self.on_error, ON_ERROR)
        if self.workers is not None:
            object.__setattr__(self, "workers", checked_integer("workers", self.workers, 1))


_OF_DECODING, _OF_READING = (tuple(field.name for field in fields(kind)) for kind in (Decoding, Reading))
READING_OPTIONS = (*_OF_DECODING, *_OF_READING)
"""What every reader of files takes beside its own options."""


def reading_options(options: Mapping[str, Any]) -> tuple[Decoding, Reading]:
    """From the options of both, side by side, as data sets take them; InvalidArgument for others."""
    for name in options:
        if name not in READING_OPTIONS:
            raise unknown_option("option", name, READING_OPTIONS)
    decoding, reading = (
        {name: options[name] for name in names if name in options} for names in (_OF_DECODING, _OF_READING)
    )
    return Decoding(**decoding), Reading(**reading)
