"""Where what can be made again is kept for a user."""

from __future__ import annotations

import os
from pathlib import Path


def user_cache() -> Path | None:
    """bissl's folder among the user's caches, ``$XDG_CACHE_HOME/bissl`` or ``~/.cache/bissl``; None where the user has none, as
    in containers."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "bissl"
    except RuntimeError:  # of `Path.expanduser`
        return None
