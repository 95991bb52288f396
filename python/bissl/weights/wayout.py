"""What may be done where the names of a file are not those of a network."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from .wrappers import bare

#: What reports on a backbone and a head together put before the names of either.
_PARTS = ("backbone.", "head.")


def missing_prefix(missing: Iterable[str], left: Iterable[str]) -> str:
    """What stands before most of the missing names among those of the file that found no place; "" where nothing does."""
    own = set(missing)
    wanted = own | {name.removeprefix(part) for name in own for part in _PARTS}
    places = Counter[str]()
    for name in left:
        parts = bare(name).split(".")
        for count in range(1, len(parts)):
            if ".".join(parts[count:]) in wanted:
                places[".".join(parts[:count]) + "."] += 1
    prefix, found = places.most_common(1)[0] if places else ("", 0)
    return prefix if 2 * found > len(own) else ""


def common_prefix(names: Iterable[str]) -> str:
    """What all of them begin with, in whole parts; "" where that is nothing."""
    prefix = os.path.commonprefix(list(names)).rpartition(".")[0]
    return prefix and f"{prefix}."


def before(prefix: str) -> str:
    """The way out where this stands before the names of a network."""
    stripped = f'{{name.removeprefix("{prefix}"): array for name, array in bissl.weights.load(path).items()}}'
    return f'names in it begin with "{prefix}": where that is a wrapper\'s name, load {stripped}'
