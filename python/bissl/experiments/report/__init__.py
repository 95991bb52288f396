"""Reports as one HTML file that needs nothing else."""

from .page import Page

__all__ = ["Page"]
