"""Writes catalogue.pyi, where type checkers and editors find the functions that are made of the engine's catalogue."""

from __future__ import annotations

from inspect import Parameter
from pathlib import Path
from textwrap import wrap
from typing import Any

from .entries import made_entries, signature

PATH = Path(__file__).with_name("catalogue.pyi")
WIDTH, INDENT = 120, " " * 4


def text() -> str:
    """What the stub of the present engine is."""
    entries = sorted(made_entries(), key=lambda entry: entry["function"])
    names = "".join(f'    "{entry["function"]}",\n' for entry in entries)
    head = (
        "# Written by `python -m bissl.ops.stub`.\nfrom collections.abc import Sequence\nfrom typing import Any\n\n"
        "from .variable import Variable\n\n"
    )
    return f"{head}__all__ = [\n{names}]\n\n" + "\n".join(map(_declaration, entries))


def _declaration(entry: dict[str, Any]) -> str:
    parameters = [_parameter(each) for each in signature(entry).parameters.values()]
    line = f"def {entry['function']}({', '.join(parameters)}) -> Variable:"
    if len(line) > WIDTH:
        line = "\n".join([f"def {entry['function']}(", *(f"{INDENT}{each}," for each in parameters), ") -> Variable:"])
    documentation = wrap(f'"""{entry["documentation"]}"""', WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)
    return "\n".join([line, *documentation, ""])


def _parameter(parameter: Parameter) -> str:
    default = "" if parameter.default is Parameter.empty else f" = {parameter.default!r}"
    return f"{parameter.name}: {parameter.annotation}{default}"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
