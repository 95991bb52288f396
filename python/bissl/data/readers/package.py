"""Debian packages that install data sets."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ...errors import InvalidArgument, checked_path


@dataclass(frozen=True)
class Package:
    """The packages that install a data set, one or more of them, and the folder in which it lies then."""

    names: tuple[str, ...]
    folder: str

    @property
    def way_out(self) -> str:
        """What to do where files are missing, for messages."""
        return f"{installed_by(*self.names)} puts them into {self.folder}; or give the folder that holds them as root"


def installed_by(*names: str) -> str:
    """The command that installs packages."""
    return f"`apt-get install {' '.join(names)}`"


def root_or_default(title: str, root: str | os.PathLike[str] | None, package: Package | None) -> str:
    """The folder that was given, with the user's home for "~"; else the one of the package.

    Raises
    ------
    InvalidArgument (ValueError) : there is neither.
    """
    if root is not None:
        return os.path.expanduser(checked_path("root", root))
    if package is None:
        raise InvalidArgument(f"root: {title} is in no package; give the folder in which its archives were unpacked")
    return package.folder
