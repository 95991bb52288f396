"""Tables of methods by datasets, as in the paper: mean ± standard deviation, significant improvements in bold."""

from .rendering import csv_text, latex, markdown
from .table import Cell, Table

__all__ = ["Cell", "Table", "csv_text", "latex", "markdown"]
