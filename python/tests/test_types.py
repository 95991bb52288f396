"""mypy --strict finds nothing: in the package, in python/examples and `typed_use.py`; in the code of README and the
notebooks, whose functions need no annotations. The engine's stub has the functions that the extension has."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_documentation_pages import blocks

import bissl
from bissl import _engine
from bissl.experiments.recipe import Recipe
from bissl.ops import arithmetic

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "python" / "bissl"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def notebook_code(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def mypy(*arguments: object) -> str:
    command = [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", *arguments]
    finished = subprocess.run(map(str, command), capture_output=True, text=True, cwd=ROOT)
    return finished.stdout + finished.stderr


def test_package_examples_and_what_users_write(tmp_path):
    pytest.importorskip("mypy")
    told = mypy(PACKAGE, *sorted((ROOT / "python" / "examples").glob("*.py")), Path(__file__).with_name("typed_use.py"))
    assert told.startswith("Success"), told

    written = [tmp_path / "readme.py", *(tmp_path / f"notebook_{path.stem}.py" for path in NOTEBOOKS)]
    written[0].write_text("\n\n".join(text for _, text, _ in blocks(ROOT / "README.md", "python")), encoding="utf-8")
    for path, notebook in zip(written[1:], NOTEBOOKS, strict=True):
        path.write_text(notebook_code(notebook), encoding="utf-8")
    # Each on its own, as scripts that share no names; without annotations, as it is written for reading.
    loose = ("--allow-untyped-defs", "--allow-untyped-calls", "--allow-incomplete-defs", "--no-warn-unused-ignores")
    told = mypy(*loose, "--scripts-are-modules", *written)
    assert told.startswith("Success"), told


def public(names: object) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def test_the_stub_of_the_engine_has_its_functions():
    tree = ast.parse((PACKAGE / "_engine" / "__init__.pyi").read_text(encoding="utf-8"))
    stated = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    extension = vars(_engine._module)
    functions = {
        name for name in public(extension) if callable(extension[name]) and not isinstance(extension[name], type)
    }
    python = {name for name in public(vars(_engine)) if inspect.isfunction(getattr(_engine, name))}
    assert {*stated} - python == functions - python, sorted({*stated} ^ functions)


def test_operators_of_a_variable_are_those_that_type_checkers_know():
    tree = ast.parse((PACKAGE / "ops" / "variable.py").read_text(encoding="utf-8"))
    variable = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Variable")
    known = next(node for node in variable.body if isinstance(node, ast.If))
    assert {node.name for node in known.body if isinstance(node, ast.FunctionDef)} == {*arithmetic.OPERATORS}


def test_a_recipe_s_arguments_are_its_fields():
    tree = ast.parse((PACKAGE / "experiments" / "recipe" / "recipe.py").read_text(encoding="utf-8"))
    made = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    assert [argument.arg for argument in made.args.args][1:] == [each.name for each in dataclasses.fields(Recipe)]
    assert [*inspect.signature(Recipe).parameters] == [each.name for each in dataclasses.fields(Recipe)]


def test_the_package_says_that_it_is_typed():
    assert (Path(bissl.__file__).parent / "py.typed").exists()
