"""Packages that only a part of bissl needs."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from .errors import MissingPackage


def required(package: str, extra: str, purpose: str) -> ModuleType:
    """The package, imported.

    Raises
    ------
    MissingPackage (ImportError) : it is not installed; the text names the extra of bissl that brings it.
    """
    try:
        import_module(package.partition(".")[0])  # whose absence is told by its own name
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.partition(".")[0]:
            raise
        raise MissingPackage(f"{purpose} needs {error.name}: pip install 'bissl[{extra}]'", name=error.name) from error
