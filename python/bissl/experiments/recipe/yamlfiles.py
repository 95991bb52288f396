"""YAML as recipes use it: plain values as YAML 1.2 reads them, no key twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from ...errors import DataError

#: The core schema of YAML 1.2 (section 10.3.2): by tag, what it is written as. All else is text: yes, 1:30, 1_000, a date.
_CORE = {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    "merge": r"<<",
}
_TAG = "tag:yaml.org,2002:"


def _whole_number(text: str) -> int:
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


def _number(text: str) -> float:
    return float(re.sub(r"\.(inf|nan)$", r"\1", text.lower()))


_READ: dict[str, Callable[[str], Any]] = {
    "null": lambda text: None,
    "bool": lambda text: text.lower() == "true",
    "int": _whole_number,
    "float": _number,
}


#: What PyYAML raises: besides its own error those of Python, for text that is no UTF-8, a number of 5,000 digits, lists
#: within lists without end.
_BROKEN = (yaml.YAMLError, ValueError, RecursionError)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML does not tell its types
    """Plain values only, and a key may stand in a mapping once."""

    yaml_implicit_resolvers: dict[str, Any] = {}
    #: Of text, lists and mappings; those of the core schema and of all else are added below.
    yaml_constructors: dict[str | None, Any] = {
        _TAG + kind: yaml.SafeLoader.yaml_constructors[_TAG + kind] for kind in ("str", "seq", "map")
    }

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """A value with all that is in it."""
        if node in self.recursive_objects:
            raise _refused("an alias stands within what it stands for; write out what is meant", node)
        return super().construct_object(node, deep=True)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise _refused(f"expected text as a key, got {key!r}; put it in quotes", key_node)
            if key in seen:
                raise _refused(f"the key {key!r} is given twice", key_node)
            seen.add(key)
        mapping: dict[str, Any] = super().construct_mapping(node, deep)
        return mapping

    def construct_plain(self, node: yaml.ScalarNode) -> Any:
        """A value of the core schema, also where it is told its kind: ``!!int 010``."""
        kind, text = node.tag.removeprefix(_TAG), self.construct_scalar(node)
        if not re.fullmatch(_CORE[kind], text):
            raise _refused(f"expected {kind}, got {text!r}", node)
        try:
            return _READ[kind](text)
        except ValueError as error:  # more digits than Python converts
            raise _refused(f"{error}: {text[:20]}...", node) from None

    def construct_other(self, node: yaml.Node) -> Any:
        """What recipes do not have."""
        kind = node.tag.removeprefix(_TAG)
        raise _refused(
            f"expected text, a number, true, false, null, a list or a mapping, got one of the kind {kind}; leave its tag out, "
            "or put it in quotes",
            node,
        )


def _refused(text: str, node: yaml.Node) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, text, node.start_mark)


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML does not tell its types
    """Quotes every text that this loader, or one of YAML 1.1, would read as something else."""


for _kind, _pattern in _CORE.items():
    for _user in (_Loader, _Dumper):
        _user.add_implicit_resolver(_TAG + _kind, re.compile(rf"^(?:{_pattern})$"), None)
for _kind in _READ:
    _Loader.add_constructor(_TAG + _kind, _Loader.construct_plain)
_Loader.add_constructor(None, _Loader.construct_other)


def documents(path: Path) -> Iterator[dict[str, Any]]:
    """The mappings of a file, one per document.

    Raises
    ------
    DataError (ValueError) : no YAML, or a document that is no mapping; with the file and the line.
    """
    try:
        found = list(yaml.load_all(path.read_text(encoding="utf-8"), _Loader))
    except _BROKEN as error:
        raise DataError(f"{path}: {' '.join(str(error).split())}") from None
    for document in found:
        if not isinstance(document, dict):
            raise DataError(f"{path}: expected sections by name, such as 'bissl:', got {type(document).__name__}")
        yield document


def value(text: str) -> Any:
    """What a value on the command line stands for, read as in a file: ``0.1`` a number, ``[1, 2]`` a list, ``null``
    nothing.

    DataError (ValueError) for what is no YAML.
    """
    try:
        return yaml.load(text, _Loader)
    except _BROKEN as error:
        raise DataError(f"{text}: {' '.join(str(error).split())}") from None


def dumped(values: dict[str, Any]) -> str:
    """A mapping as YAML that `documents` reads back to the same values."""
    text: str = yaml.dump(
        values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110
    )
    return text
