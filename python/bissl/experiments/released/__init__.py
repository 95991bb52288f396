"""The models that the authors of BiSSL released: a ``.json`` configuration and, beside it, weights as PyTorch's files."""

from .release import Release

__all__ = ["Release"]
