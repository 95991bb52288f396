"""The bilevel loop, its hypergradients, and both objectives at once."""

from . import hypergradients

__all__ = ["hypergradients"]
