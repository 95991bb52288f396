"""One meaning a name: no public class, constant or type is defined twice in the package."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "bissl"


def defined(tree: ast.Module) -> Iterator[str]:
    """Public names of classes and of what is assigned at the top of a module, also where that depends on something."""
    for node in [part for statement in tree.body for part in _branches(statement)]:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _branches(statement: ast.stmt) -> Iterator[ast.stmt]:
    if isinstance(statement, (ast.If, ast.Try)):
        for child in ast.iter_child_nodes(statement):
            yield from _branches(child)
    yield statement


def test_no_public_name_is_defined_twice():
    places = defaultdict(set)
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in defined(ast.parse(path.read_text(encoding="utf-8"))):
            # The logger is the package's in all modules.
            if not name.startswith("_") and name != "logger":
                places[name].add(path.relative_to(PACKAGE).as_posix())
    twice = [f"{name}: {', '.join(sorted(found))}" for name, found in places.items() if len(found) > 1]
    assert not twice, "\n".join(twice)
