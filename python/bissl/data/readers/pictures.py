"""Collections of pictures in folders by what they show, as Debian packages install them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import WrongType
from ..imagefiles import ImageFiles
from .distinct import first_of_equal
from .drawnparts import Collection, DrawnParts
from .foundfiles import find_images, visible_folders
from .layout import Expected
from .package import Package


class PictureGroups(DrawnParts):
    """Pictures in folders of any depth, whose first folder says what they show. Links, and files with the same content as
    one before, are left out. See `DrawnParts`."""

    #: Folders of other things than pictures, below the root.
    leave_out: ClassVar[tuple[str, ...]] = ()
    #: How the names of variants of another picture end, without extension.
    variants: ClassVar[tuple[str, ...]] = ()
    #: Files that belong to pictures.
    beside: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        split: str = "train",
        *,
        leave_out: Sequence[str] | None = None,
        test_share: float = 1 / 3,
        least_per_class: int = 1,
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        if leave_out is not None:
            if isinstance(leave_out, str) or not all(isinstance(name, str) for name in leave_out):
                raise WrongType(f'leave_out: expected a list of folders, such as ["shapes/stars"], got {leave_out!r}')
        self._left_out = tuple(f"{name.strip('/')}/" for name in (self.leave_out if leave_out is None else leave_out))
        super().__init__(
            root,
            split,
            test_share=test_share,
            least_per_class=least_per_class,
            validation_share=validation_share,
            seed=seed,
            **reading,
        )

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        return [Expected("animals/", "and a folder for each other subject, with pictures in it")]

    def _collection(self) -> Collection:
        paths: list[str] = []
        skipped: Counter[str] = Counter()
        groups = visible_folders(self.root)
        for group in groups:
            found = find_images(self.root / group)
            paths += filter(self._is_wanted, found.images)
            skipped += Counter({kind: n for kind, n in found.skipped.items() if kind not in self.beside})
        distinct = first_of_equal(paths)
        paths = [path for path, is_first in zip(paths, distinct, strict=True) if is_first]
        shown = [os.path.relpath(path, self.root).partition(os.sep)[0] for path in paths]
        labels = np.array([groups.index(group) for group in shown], np.int64)
        self._note_skipped(self.root, skipped)
        return Collection(ImageFiles(paths, labels, groups, **self._reading))

    def _is_wanted(self, path: str) -> bool:
        inner = Path(os.path.relpath(path, self.root))
        is_variant = bool(self.variants) and inner.stem.endswith(self.variants)
        return not (inner.as_posix().startswith(self._left_out) or is_variant or os.path.islink(path))


class Clipart(PictureGroups):
    """The Open Clip Art Library as Debian's package ``openclipart-png`` installs it in ``/usr/share/openclipart/png``
    (public domain): some 5,000 colour drawings in folders by subject, the first of which are the classes ("animals", "food").
    Parts are drawn; links and copies are left out. See `PublishedDataset`.

    Parameters
    ----------
    root : str or path or None, optional
        The folder of the subjects' folders; None is the package's.
    split : str, default "train"
        One of `bissl.data.SPLITS`.
    leave_out : sequence of str or None, optional
        Folders that are not looked at, below ``root``; None is ``computer/icons`` (of which icon themes have as many) and
        ``shapes/stars`` (hundreds of stars that differ in the number of their points).
    test_share : float, default 1/3
        Share of all pictures that are the test part; 0 leaves none.
    least_per_class : int, default 1
        Classes of fewer pictures are left out.
    validation_share : float, default 0.2
        Share of the other pictures that are the validation part.
    seed : int, default 0
        Seed of the random draws, a non-negative integer.
    **reading : object
        Options of `bissl.data.Decoding`, ``on_error`` and ``workers``, see `bissl.data.Loader`.

    Raises
    ------
    FileMissing (FileNotFoundError)
        There is no such folder; the text names the package.
    DataError (ValueError)
        There are fewer than two classes.

    Examples
    --------
    >>> drawings = bissl.data.Clipart("data/openclipart/png", "train+validation", test_share=0)
    >>> drawings.classes
    ('animals', 'food')
    """

    title = "the Open Clip Art Library"
    homes = ("openclipart/png", "png")
    package = Package(("openclipart-png",), "/usr/share/openclipart/png")
    leave_out = ("computer/icons", "shapes/stars")


class Stamps(PictureGroups):
    """Tux Paint's stamps as Debian's package ``tuxpaint-stamps-default`` installs them in ``/usr/share/tuxpaint/stamps``
    (its copyright file has the licence of each): some 700 photographs and drawings in folders by subject, the first of which
    are the classes ("animals", "vehicles"). Parts are drawn; pictures in SVG files, sounds and descriptions, and the
    variants that Tux Paint shows mirrored or upside down, are left out. See `PublishedDataset`.

    Parameters
    ----------
    root : str or path or None, optional
        The folder of the subjects' folders; None is the package's.
    split : str, default "train"
        One of `bissl.data.SPLITS`.
    leave_out : sequence of str or None, optional
        Folders that are not looked at, below ``root``; None is none.
    test_share : float, default 1/3
        Share of all pictures that are the test part; 0 leaves none.
    least_per_class : int, default 1
        Classes of fewer pictures are left out.
    validation_share : float, default 0.2
        Share of the other pictures that are the validation part.
    seed : int, default 0
        Seed of the random draws, a non-negative integer.
    **reading : object
        Options of `bissl.data.Decoding`, ``on_error`` and ``workers``, see `bissl.data.Loader`.

    Raises
    ------
    FileMissing (FileNotFoundError)
        There is no such folder; the text names the package.
    DataError (ValueError)
        There are fewer than two classes.

    Examples
    --------
    >>> stamps = bissl.data.Stamps("data/tuxpaint/stamps", "test", test_share=0.5)
    >>> stamps.classes
    ('animals', 'food')
    """

    title = "Tux Paint's stamps"
    homes = ("tuxpaint/stamps", "stamps")
    package = Package(("tuxpaint-stamps-default",), "/usr/share/tuxpaint/stamps")
    variants = ("_mirror", "_flip", "_mirror_flip")
    beside = (".dat", ".ogg", ".txt", ".wav", ".svg")
