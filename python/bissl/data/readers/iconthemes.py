"""Icon themes: the same names, drawn by different artists."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...errors import DataError, InvalidArgument, WrongType, check_option, checked_integer
from ..imagefiles import ImageFiles
from ..imageformats import extension_of
from .distinct import first_of_equal
from .drawnparts import Collection, DrawnParts
from .foundfiles import visible_folders
from .layout import Expected
from .package import Package, installed_by
from .themeindex import INDEX, IconFolder, read_theme_index

THEMES: Mapping[str, str] = {
    "Adwaita": "adwaita-icon-theme",
    "elementary-xfce": "elementary-xfce-icon-theme",
    "Faenza": "faenza-icon-theme",
    "gnome": "gnome-icon-theme",
    "mate": "mate-icon-theme",
    "Moka": "moka-icon-theme",
    "oxygen": "oxygen-icon-theme",
    "Tango": "tango-icon-theme",
}
"""Themes in PNG files, by the Debian package of each. Others (papirus, breeze, numix) consist of SVG files, which Pillow does
not draw."""

FALLBACKS = ("default", "hicolor", "locolor")
"""What applications bring themselves: of no artist, and other icons on every machine."""

ICON_LABELS = ("name", "context", "theme")


class _Icon(NamedTuple):
    """A picture of a theme; ``size`` in pixels, as its folder says."""

    theme: str
    context: str
    name: str
    size: int
    path: str


class IconThemes(DrawnParts):
    """Icons of the themes that are installed, as freedesktop.org's specification lays them out, in PNG files: themes draw
    the same names, each in the manner of its artists. Debian packages install them as ``/usr/share/icons/<theme>``, such
    as ``apt-get install oxygen-icon-theme mate-icon-theme``.

    Every name is taken once per theme and context, at ``size`` pixels, else at the next larger size that there is, else at the largest.
    Aliases (links, and files with the same content) are left out: they would be one picture in two classes, or in two
    parts. See `PublishedDataset`; parts are drawn, as no theme has any.

    Parameters
    ----------
    root : str or path or None, optional
        The folder of the themes' folders; None is ``/usr/share/icons``.
    split : str, default "train"
        One of `bissl.data.SPLITS`.
    themes : sequence of str or None, optional
        Names of themes' folders; None is all that have PNG files, but for the fallbacks "hicolor", "locolor" and "default".
    label : str, default "name"
        What a picture's class is: its "name" ("folder"), what it is for, "context" ("places"), or its "theme".
    size : int, default 48
        Side of the icons that are looked for, in pixels.
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

    Attributes
    ----------
    themes : tuple of str
        Those that pictures are of.
    domains : ndarray
        int64 (N,), of each picture the number of its theme in ``themes``.

    Raises
    ------
    FileMissing (FileNotFoundError)
        A theme is not installed; the text names the package.
    DataError (ValueError)
        A theme's index is broken, or it has no PNG files.
    InvalidArgument (ValueError)
        An unknown theme; the nearest is named.

    Examples
    --------
    >>> icons = bissl.data.IconThemes("data/icons", themes=["crayon", "pencil"], label="context")
    >>> icons.themes, icons.classes
    (('crayon', 'pencil'), ('actions', 'places'))
    """

    title = "a folder of icon themes"
    homes = ("usr/share/icons", "share/icons", "icons")
    package = Package(tuple(THEMES.values()), "/usr/share/icons")

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        split: str = "train",
        *,
        themes: Sequence[str] | None = None,
        label: str = "name",
        size: int = 48,
        test_share: float = 1 / 3,
        least_per_class: int = 1,
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        self._asked = None if themes is None else _checked_themes(themes)
        self._label = check_option("label", label, ICON_LABELS)
        self._size = checked_integer("size", size, 1)
        self.themes: tuple[str, ...] = ()
        if known := [THEMES[theme] for theme in self._asked or () if theme in THEMES]:
            self.package = Package(tuple(known), self.package.folder)
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
        known = [theme for theme in self._asked or () if theme in THEMES]
        named = [Expected(f"{theme}/{INDEX}", installed_by(THEMES[theme])) for theme in known]
        return [Expected(f"*/{INDEX}", "a folder per theme"), *named]

    def _collection(self) -> Collection:
        icons = [icon for theme in self._chosen() for icon in self._icons_of(theme)]
        distinct = first_of_equal([icon.path for icon in icons])
        icons = [icon for icon, is_first in zip(icons, distinct, strict=True) if is_first]
        names = [getattr(icon, self._label) for icon in icons]
        classes, labels = np.unique(np.array(names, str), return_inverse=True)
        self.themes = tuple(dict.fromkeys(icon.theme for icon in icons))
        domains = np.array([self.themes.index(icon.theme) for icon in icons], np.int64)
        files = ImageFiles([icon.path for icon in icons], labels.astype(np.int64), classes.tolist(), **self._reading)
        return Collection(files, domains)

    def _chosen(self) -> list[str]:
        """The themes, each of which is there."""
        there = [name for name in visible_folders(self.root) if (self.root / name / INDEX).is_file()]
        if self._asked is None:
            return [name for name in there if name not in FALLBACKS]
        for place, theme in enumerate(self._asked):
            check_option(f"themes[{place}]", theme, dict.fromkeys([*there, *THEMES]))
        return list(self._asked)

    def _icons_of(self, theme: str) -> list[_Icon]:
        """Of each context and name the picture of the size that is wanted, sorted by these."""
        best: dict[tuple[str, str], _Icon] = {}
        skipped: Counter[str] = Counter()
        for folder in read_theme_index(self.root / theme):
            for icon in _pictures(theme, folder, skipped):
                key = icon.context, icon.name
                best[key] = min(best.get(key, icon), icon, key=self._distance)
        if not best and self._asked is not None:
            drawn = ", ".join(f"{count} {kind}" for kind, count in skipped.items()) or "no pictures at all"
            raise DataError(
                f"{self.root / theme}: expected an icon theme in PNG files, got {drawn}; take others, such as "
                f"{', '.join(THEMES)}"
            )
        self._note_skipped(self.root / theme, skipped if best else {})
        return [best[key] for key in sorted(best)]

    def _distance(self, icon: _Icon) -> tuple[bool, int, str]:
        """Sizes that are large enough come first, and the nearest of them."""
        return icon.size < self._size, abs(icon.size - self._size), icon.path


def _pictures(theme: str, folder: IconFolder, skipped: Counter[str]) -> list[_Icon]:
    """The PNG files of a folder that are no links; counts the others but for those that describe icons (``.icon``)."""
    with os.scandir(folder.path) as entries:
        files = sorted(entry.name for entry in entries if not entry.is_symlink() and entry.is_file())
    icons = []
    for name in files:
        extension = extension_of(name)
        if extension == ".png":
            path = os.path.join(folder.path, name)
            icons.append(_Icon(theme, folder.context, Path(name).stem, folder.size, path))
        elif extension != ".icon" and not name.startswith("."):
            skipped[extension] += 1
    return icons


def _checked_themes(themes: Sequence[str]) -> tuple[str, ...]:
    if isinstance(themes, str) or not isinstance(themes, Sequence) or not all(isinstance(t, str) for t in themes):
        raise WrongType(f'themes: expected a list of names, such as ["oxygen", "mate"], got {themes!r}')
    if not themes or len(set(themes)) < len(themes):
        raise InvalidArgument(f"themes: expected different names, at least one, got {list(themes)}")
    return tuple(themes)
