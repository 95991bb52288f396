"""Recipes by name or from files, with what they extend and what the command line changes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ...durable import write_atomically, writing
from ...errors import DataError, FileMissing, InvalidArgument, WrongType, checked_path, unknown_option
from .recipe import SECTIONS, Recipe, set_dotted
from .yamlfiles import documents, dumped, value

_SHIPPED = Path(__file__).parent / "shipped"

#: Values by key, merged section by section rather than replaced.
_MERGED = (*SECTIONS, "finetune_after_bissl")


def recipe_names() -> tuple[str, ...]:
    """The recipes that come with bissl.

    Returns
    -------
    tuple of str
        Names that `load_recipe` takes.

    Examples
    --------
    >>> "digits" in bissl.experiments.recipe.recipe_names()
    True
    """
    return tuple(name for name in _shipped() if not name.startswith("data/"))


def load_recipe(source: str | os.PathLike[str], changes: Mapping[str, Any] | Iterable[str] = ()) -> Recipe:
    """A recipe, checked.

    A file's ``extends`` names one recipe (or file, beside it) or several: their values hold where the file, or a later one
    of them, says nothing else. Sections are merged key by key, other values replaced.

    Parameters
    ----------
    source : str or path
        A name of `recipe_names`, a YAML file, or the folder of a run, whose recipe is taken.
    changes : mapping or iterable of str, default ()
        Values by dotted name, ``{"bissl.lam": 0.01}``, or texts as on the command line, ``["bissl.lam=0.01"]``.

    Returns
    -------
    Recipe
        With these changes.

    Raises
    ------
    FileMissing (FileNotFoundError), DataError (ValueError)
        No such recipe or file (the nearest name is told); no YAML.
    WrongType (TypeError), InvalidArgument (ValueError)
        As `Recipe`.

    Examples
    --------
    >>> bissl.experiments.recipe.load_recipe("digits", ["bissl.alternations=3"]).bissl.alternations
    3
    """
    values = _resolved(checked_path("source", source, "a name or a path"), Path(), ())
    for name, given in _changes(changes):
        set_dotted(values, name, given)
    return Recipe.of(values)


def save_recipe(recipe: Recipe, path: str | os.PathLike[str]) -> None:
    """Writes the recipe with all its values as YAML that `load_recipe` reads back to an equal recipe.

    Parameters
    ----------
    recipe : Recipe
        To be written.
    path : str or path
        Of the file, which ends in ``.yaml``.

    Raises
    ------
    NotWritable, DiskFull (OSError)
        The file cannot be written.

    Examples
    --------
    >>> recipe = bissl.experiments.recipe.load_recipe("digits")
    >>> bissl.experiments.recipe.save_recipe(recipe, "mine.yaml")
    >>> bissl.experiments.recipe.load_recipe("mine.yaml") == recipe
    True
    """
    write_recipe(recipe, Path(checked_path("path", path)))


def write_recipe(recipe: Recipe, path: Path, first: bytes = b"") -> None:
    """As `save_recipe`, behind a line of comment."""
    with writing(path.parent, "recipe"):
        write_atomically(path, first + dumped(recipe.as_dict()).encode())


@cache
def _shipped() -> dict[str, dict[str, Any]]:
    """Values by name; a file holds several, as YAML documents."""
    found = [document for path in sorted(_SHIPPED.glob("*.yaml")) for document in documents(path)]
    return {document["name"]: document for document in found}


def _resolved(name: str, folder: Path, before: tuple[str, ...]) -> dict[str, Any]:
    """All values of a recipe and what it extends. ``folder`` is that of the file that names it."""
    if name in before:
        raise InvalidArgument(f"extends: {' → '.join((*before, name))} goes in a circle")
    values, folder = _read(name, folder)
    parents = values.pop("extends", ())
    if not isinstance(parents, (str, list, tuple)) or not all(isinstance(parent, str) for parent in parents):
        raise WrongType(f"extends: expected the name of a recipe or a list of names, got {parents!r}")
    merged: dict[str, Any] = {}
    for parent in [parents] if isinstance(parents, str) else parents:
        merged = _merged(merged, _resolved(parent, folder, (*before, name)))
    return _merged(merged, values)


def _read(name: str, folder: Path) -> tuple[dict[str, Any], Path]:
    """The values under a name or in a file, and the folder that its ``extends`` starts from."""
    if name in _shipped():
        return dict(_shipped()[name]), Path()
    path = folder / name
    path = path / "recipe.yaml" if os.path.isdir(path) else path
    # Of os.path, since pathlib raises for names that no file can have.
    if not os.path.isfile(path):
        if path.suffix in (".yaml", ".yml") or os.sep in name and name.partition("/")[0] not in _groups():
            raise FileMissing(f"{path}: no such recipe file")
        raise unknown_option("recipe", name, recipe_names())
    found = list(documents(path))
    if len(found) != 1:
        raise DataError(f"{path}: expected one YAML document, got {len(found)}")
    name = path.parent.name if path.name == "recipe.yaml" else path.stem
    return {"name": name, "description": "", **found[0]}, path.parent  # not those of what it extends


def _groups() -> set[str]:
    return {name.partition("/")[0] for name in _shipped()}


def _merged(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        key: {**below[key], **above[key]}
        for key in _MERGED
        if isinstance(below.get(key), Mapping) and isinstance(above.get(key), Mapping)
    }
    return {**below, **above, **both}


def _changes(changes: Mapping[str, Any] | Iterable[str]) -> Iterable[tuple[str, Any]]:
    if isinstance(changes, Mapping):
        return changes.items()
    return [_change(change) for change in changes]


def _change(text: str) -> tuple[str, Any]:
    name, equals, given = text.partition("=")
    if not equals or not name:
        raise InvalidArgument(f"{text}: expected section.key=value, such as bissl.lam=0.01")
    return name, value(given)
