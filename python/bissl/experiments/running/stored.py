"""Trained networks in files that say what they are of, and pretrained backbones that runs take over from each other."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ...durable import flush_names, writing
from .identity import JobIdentity, key

_NAME, _DAMAGED = "pretext.safetensors", "damaged"


def keep(module: Any, path: Path, identity: JobIdentity) -> None:
    """Writes the module's weights, with whose they are. DiskFull, NotWritable (OSError) where they cannot be."""
    with writing(path.parent, "weights file"):
        path.parent.mkdir(parents=True, exist_ok=True)
    module.save_weights(path, described_by(identity))


def described_by(identity: JobIdentity) -> dict[str, str]:
    """What the header of a file says of its weights."""
    return {"identity": key(identity)}


def is_kept(path: Path | None, identity: JobIdentity) -> bool:
    """Whether the file is there, and of this identity. One that is damaged is: whoever reads it says so."""
    return path is not None and path.exists() and _identity_in(path) in (key(identity), _DAMAGED)


def _identity_in(path: Path) -> str | None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return (file.metadata() or {}).get("identity")
    except (SafetensorError, OSError):
        return _DAMAGED


def pretrained_folder(root: Path, identity: JobIdentity, seed: int) -> Path:
    """Where a run keeps a pretrained backbone: all recipes that agree on pretraining have one name for it."""
    return root / "pretrained" / f"{key(identity)}-seed-{seed}"


def take_over(folder: Path, identity: JobIdentity) -> Path | None:
    """Copies a pretrained backbone of a run beside this one (in another folder of the same folder) into ``folder``, weights
    and records. Returns whose it was; None where there is none."""
    runs = folder.parent.parent.absolute().parent
    for found in sorted(runs.glob(f"*/pretrained/{folder.name}/{_NAME}")):
        if found.parent != folder.absolute() and _identity_in(found) == key(identity):
            _copy(found.parent, folder)
            return found.parent
    return None


def _copy(source: Path, folder: Path) -> None:
    """The weights last: without them there is no pretrained backbone."""
    with writing(folder.parent, "weights file"):
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(source.iterdir(), key=lambda path: path.name == _NAME):
            if path.is_file() and not path.name.startswith("."):
                part = folder / f".{path.name}.part"
                shutil.copyfile(path, part)
                part.replace(folder / path.name)
        flush_names(folder)


def stored(folder: Path) -> Path:
    """The file of a pretrained objective."""
    return folder / _NAME
