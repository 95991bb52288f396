"""Every public name is documented: parameters, what is returned and raised, and an example, in numpydoc's sections."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import runpy
from pathlib import Path
from typing import Any

import pytest
from documented import PACKAGES, is_documented_by_docstring, methods, names

import bissl

validate = pytest.importorskip("numpydoc.validate")
from numpydoc.docscrape import NumpyDocString, get_doc_object  # noqa: E402

#: numpydoc's checks that hold for every public name.
CHECKED = {
    "GL05": "tabs", "GL06": "unknown section", "GL07": "order of sections", "GL08": "no docstring",
    "SS01": "no summary", "PR01": "parameters without documentation", "PR02": "parameters that do not exist",
    "PR03": "order of parameters", "PR04": "no type", "PR07": "no description", "RT01": "no section Returns",
    "RT03": "no description of what is returned", "YD01": "no section Yields", "EX01": "no example",
}  # fmt: skip
#: Methods have examples where these say more than that of their class.
CHECKED_IN_METHODS = {"GL05", "GL06", "GL07", "GL08", "SS01", "PR02", "PR03", "PR04", "PR07", "RT03"}

STARS = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
NAMES = dict(names())
DOCUMENTED = {name: value for name, value in NAMES.items() if is_documented_by_docstring(value)}
CONSTANTS = {name: value for name, value in NAMES.items() if name not in DOCUMENTED}


class Validator(validate.Validator):
    """With the parameters that users give."""

    @property
    def signature_parameters(self) -> tuple[str, ...]:
        stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
        return tuple(stars.get(each.kind, "") + each.name for each in parameters(self.obj))


def parameters(value: Any) -> list[inspect.Parameter]:
    """Those that users give."""
    if isinstance(value, type) and issubclass(value, BaseException):
        return []
    try:
        stated = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return []
    if isinstance(value, type) and {each.kind for each in stated} == STARS:
        # A class whose way of making objects passes all on: the constructor tells.
        own = inspect.isfunction(value.__init__)
        stated = list(inspect.signature(value.__init__).parameters.values()) if own else []
    return [each for each in stated if each.name not in ("self", "cls")]


def problems(value: Any, checked: Any) -> list[str]:
    validator = Validator(get_doc_object(value))
    found = validate.validate(value.__qualname__, validator_cls=lambda obj_name: validator)
    return [f"{code}: {text}" for code, text in found["errors"] if code in checked]


def is_result(value: Any) -> bool:
    """A record of plain fields, which users are given and do not make."""
    fields = dataclasses.is_dataclass(value) and "__post_init__" not in vars(value)
    return fields or issubclass(value, (tuple, dict)) if isinstance(value, type) else False


@pytest.mark.parametrize("name, value", [pytest.param(*item, id=item[0]) for item in DOCUMENTED.items()])
def test_documentation_is_complete(name: str, value: Any):
    found = problems(value, CHECKED)
    sections = NumpyDocString(inspect.cleandoc(value.__doc__ or ""))
    if parameters(value) and not is_result(value) and not sections["Raises"]:
        found.append("no section Raises")
    assert not found, f"{name}: " + "; ".join(found)


@pytest.mark.parametrize("name", [name for name, value in DOCUMENTED.items() if isinstance(value, type)])
def test_methods_are_documented(name: str):
    owner, found = DOCUMENTED[name], {}
    for method, value in methods(owner):
        if value.__doc__:
            found[method] = problems(value, CHECKED_IN_METHODS)
        elif not inspect.getdoc(getattr(owner, method)):  # nor has the method that it stands for
            found[method] = ["no docstring"]
    assert not {method: told for method, told in found.items() if told}


def commented(path: Path) -> set[str]:
    """Names that a module assigns, under a comment that begins with ``#:`` or above a text that documents them."""
    source = path.read_text(encoding="utf-8")
    lines, found = source.splitlines(), set()
    body = ast.parse(source).body
    for statement, following in zip(body, [*body[1:], None]):
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        text = isinstance(following, ast.Expr) and isinstance(getattr(following, "value", None), ast.Constant)
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            above = lines[statement.lineno - 2].startswith("#:") if statement.lineno > 1 else False
            if text or above:
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def test_constants_have_comments():
    package = Path(bissl.__file__).parent
    found = set().union(*(commented(path) for path in package.rglob("*.py")))
    assert not [name for name in CONSTANTS if name.rpartition(".")[2] not in found]


def test_everything_public_is_looked_at():
    """Packages that state what is public are in the list, but for those whose names are public elsewhere."""
    stated = set()
    for path in Path(bissl.__file__).parent.rglob("__init__.py"):
        name = ".".join(path.parent.relative_to(Path(bissl.__file__).parents[1]).parts)
        if not any(part.startswith("_") for part in name.split(".")) and hasattr(
            importlib.import_module(name), "__all__"
        ):
            stated.add(name)
    elsewhere = ("bissl.evaluation.", "bissl.models.", "bissl.objectives.", "bissl.experiments.released")
    assert {name for name in stated if not name.startswith(elsewhere)} - {"bissl.bilevel"} <= set(PACKAGES)


def test_the_reference_has_all_packages():
    pages = runpy.run_path(str(Path(__file__).parents[2] / "docs/pages.py"))
    assert set(pages["PACKAGES"]) == set(PACKAGES)
