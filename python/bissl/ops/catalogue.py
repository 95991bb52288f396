"""The operations of the engine's catalogue, a function for each that is not written by hand.

For type checkers they stand in ``catalogue.pyi``, which ``python -m bissl.ops.stub`` writes.
"""

from __future__ import annotations

from .entries import function, made_entries

_functions = {entry["function"]: function(entry) for entry in made_entries()}
for _operation in _functions.values():
    _operation.__module__ = __name__
globals().update(_functions)

__all__ = sorted(_functions)
