"""YAML as recipes use it: numbers as Python writes them, no key twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ..errors import DataError


class _Loader(yaml.SafeLoader):
    """Plain values only. ``1e-3`` is a number (YAML 1.1 takes it for text), and a key may stand in a mapping once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen: set = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, f"expected text as a key, got {key!r}; put it in quotes", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$|^[-+]?(\d+\.\d*|\.\d+)$|^[-+]?\.(inf|Inf)$|^\.(nan|NaN)$"),
    list("-+0123456789."),
)


def documents(path: Path) -> Iterator[dict[str, Any]]:
    """The mappings of a file, one per document.

    Raises
    ------
    DataError (ValueError) : no YAML, or a document that is no mapping; with the file and the line.
    """
    try:
        for document in yaml.load_all(path.read_text(encoding="utf-8"), _Loader):
            if not isinstance(document, dict):
                raise DataError(f"{path}: expected sections by name, such as 'bissl:', got {type(document).__name__}")
            yield document
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {' '.join(str(error).split())}") from None


def value(text: str) -> Any:
    """What a value on the command line stands for: ``0.1`` a number, ``[1, 2]`` a list, ``null`` nothing.

    DataError (ValueError) for what is no YAML.
    """
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise DataError(f"{text}: {' '.join(str(error).split())}") from None


def dumped(values: dict[str, Any]) -> str:
    """A mapping as YAML that `documents` reads back to the same values."""
    return yaml.dump(
        values, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110
    )
