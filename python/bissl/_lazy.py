"""A package's names, imported when they are first used (PEP 562): all of bissl takes several times as long as NumPy."""

from __future__ import annotations

import ast


def places(source: str) -> dict[str, tuple[str, str | None]]:
    """The relative module and the name in it of each name that the ``if TYPE_CHECKING:`` of `source` imports; None in place
    of a name for a module itself."""
    blocks = [node for node in ast.parse(source).body if isinstance(node, ast.If) and isinstance(node.test, ast.Name)]
    statements = [each for block in blocks for each in block.body if isinstance(each, ast.ImportFrom)]
    return {alias.asname or alias.name: _place(each, alias.name) for each in statements for alias in each.names}


def _place(statement: ast.ImportFrom, name: str) -> tuple[str, str | None]:
    dots = "." * statement.level
    return (dots + statement.module, name) if statement.module else (dots + name, None)
