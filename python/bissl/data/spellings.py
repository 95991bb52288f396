"""One spelling of names that may be written in two."""

from __future__ import annotations

from typing import Any


def spelled(name: Any) -> Any:
    """ "unlabelled" as "unlabeled"; what is no text as it is."""
    return name.replace("labelled", "labeled") if isinstance(name, str) else name
