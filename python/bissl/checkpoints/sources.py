"""The source of what users have written: checkpoints tell classes and functions by name, and what they do may change."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from .description import held_by

#: Where checkpoints, and what stages tell of themselves, have the digests.
SOURCES = "sources"

_PLAIN = (str, bytes, bool, int, float, complex, type(None), np.generic, np.ndarray, ModuleType)
#: What these define, bissl and what it stands on, changes with their versions alone.
_KNOWN = {"bissl", "numpy", "PIL", "sklearn", "threadpoolctl", "tqdm", "yaml", *sys.stdlib_module_names}


def sources_of(*values: Any) -> dict[str, str]:
    """A digest of the source of each class and function of users' that the values, and what they hold, are of; by name, of
    those that have a source."""
    texts: dict[str, set[str]] = {}
    waiting, seen = list(values), dict[int, Any]()
    while waiting:
        value = waiting.pop()
        if isinstance(value, _PLAIN) or id(value) in seen:
            continue
        seen[id(value)] = value
        waiting += _parts(value)
        if isinstance(value, (type, FunctionType)) and (value.__module__ or "bissl").partition(".")[0] not in _KNOWN:
            texts.setdefault(f"{value.__module__}.{value.__qualname__}", set()).update(_source(value))
    return {name: _digest(found) for name, found in texts.items() if found}


def source_changes(saved: Any, present: Mapping[str, str]) -> list[str]:
    """The names whose source was another where ``saved`` was made; none where that knows of no sources."""
    if not isinstance(saved, Mapping):
        return []
    return [name for name, digest in sorted(present.items()) if saved.get(name, digest) != digest]


def _parts(value: Any) -> Iterator[Any]:
    """What an object is made of."""
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from value
    elif isinstance(value, functools.partial):
        yield from (value.func, value.args, value.keywords)
    elif isinstance(value, MethodType):
        yield from (value.__func__, value.__self__)
    elif isinstance(value, FunctionType):
        yield from held_by(value).values()
    elif isinstance(value, type):
        yield from value.__mro__[1:]
    else:
        yield type(value)
        yield getattr(value, "__dict__", None)


def _source(thing: Any) -> list[str]:
    """The source of a class or function, none where there is none; of a class without a file, as in a notebook, that of its
    methods."""
    try:
        return [inspect.getsource(thing)]
    except (OSError, TypeError, SyntaxError):
        if not isinstance(thing, type):
            return []
    members = (getattr(each, "__func__", getattr(each, "fget", each)) for each in vars(thing).values())
    return [text for each in members if isinstance(each, FunctionType) for text in _source(each)]


def _digest(texts: set[str]) -> str:
    return blake2b("\0".join(sorted(texts)).encode(errors="surrogatepass"), digest_size=16).hexdigest()
