"""Imports point downwards only: a package knows nothing of those above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "bissl"
#: From the bottom up; those in one row do not know each other.
ROWS = [
    {"errors", "_lazy", "_version"},
    {"_engine", "arrays", "configured", "extras", "finite", "pickles"},
    {"distributed"},
    {"semantics", "durable", "progress"},
    {"targets", "weights"},
    {"checkpoints", "data", "ops"},
    {"models"},
    {"optim", "solvers"},
    {"objectives"},
    {"bilevel"},
    {"training"},
    {"evaluation"},
    {"plot", "scaling"},
    {"callbacks"},
    {"experiments"},
    {"cli"},
]
#: Paths that users import, for what lies deeper; and the whole.
FRONT = {"analysis", "metrics", "statistics", "tables", "__init__", "__main__"}


def imports() -> Iterator[tuple[str, str, str]]:
    """(package, package that it imports, where) of every import inside bissl, also in functions and for types."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                above = ["bissl", *parts[:-1]][: len(parts) + 1 - node.level]
                names = [node.module] if node.module else [alias.name for alias in node.names]
                for name in names:
                    target = [*above, *name.split(".")][1]
                    yield parts[0], target, f"{'/'.join(parts)}.py:{node.lineno}"


def test_every_package_has_a_row():
    found = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert found == set().union(*ROWS) | FRONT


def test_imports_point_downwards():
    row = {name: place for place, names in enumerate(ROWS) for name in names}
    upward = [
        f"{where}: {package} imports {target}"
        for package, target, where in imports()
        if package not in FRONT and target != package
        if target in FRONT or row[target] >= row[package]
    ]
    assert not upward, "\n".join(upward)
