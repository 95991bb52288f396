"""What fuzz_readers.py feeds to the readers of weights, checkpoints, caches, recipes and the lists of data sets.

Check sums and hashes are made right again after a mutation, so that what stands behind them is looked at.
"""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from dataset_files import WRITERS
from hostile_weights import entries, packed, state, tensor
from mutations import TEXTS, Target

from bissl import weights
from bissl.checkpoints import Checkpoint, CheckpointStore
from bissl.checkpoints.files import document_of
from bissl.data import open_dataset
from bissl.data.cacheheader import BLOCK_IMAGES, CacheHeader, _sealed
from bissl.data.readers.registry import READERS
from bissl.errors import DataError
from bissl.experiments.recipe import load_recipe

ARRAYS = {"a": np.arange(12, dtype=np.float32).reshape(3, 4), "b/c": np.array(7), "b~c": np.zeros((0, 2), np.uint8)}

#: Names, numbers, texts and nodes of JSON and YAML.
_WORD = re.compile(r'("[^"\n]*"|[\w.+-]+)')


def exchanged(text: str, choices: bytes) -> str:
    """The text with some of its words exchanged: ``choices`` says which and for what, in turn."""
    parts = _WORD.split(text)
    for place, value in zip(choices[::2], choices[1::2]):
        parts[1 + 2 * (place % (len(parts) // 2))] = TEXTS[value % len(TEXTS)]
    return "".join(parts)


#: Mutated, they choose what `exchanged` exchanges.
CHOICES = [bytes([0, 10]), bytes([3, 4, 12, 5]), bytes([7, 21]), bytes([40, 22, 2, 0, 9, 6])]


# --- weights ----------------------------------------------------------------------------------------------------------


def _safetensors() -> Target:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.safetensors"
        weights.save(path, ARRAYS, metadata={"epochs": "3"})
        return Target([path.read_bytes()], "a.safetensors", weights.load)


def _safetensors_headers() -> Target:
    """Headers with exchanged words, of the length that the file says."""
    content = _safetensors().seeds[0]
    end = 8 + int.from_bytes(content[:8], "little")

    def read(path: Path) -> None:
        header = exchanged(content[8:end].decode(), path.read_bytes()).encode()
        path.write_bytes(len(header).to_bytes(8, "little") + header + content[end:])
        weights.load(path)

    return Target(CHOICES, "a.safetensors", read)


def _npz() -> Target:
    contents = []
    for save in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        save(file, **{name.replace("/", "."): array for name, array in ARRAYS.items()})
        contents.append(file.getvalue())
    return Target(contents, "a.npz", weights.load)


def _npz_entries() -> Target:
    """The array in an archive that is whole."""
    file = io.BytesIO()
    np.save(file, ARRAYS["a"])

    def read(path: Path) -> None:
        content = path.read_bytes()
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.npy", content)
        weights.load(path)

    return Target([file.getvalue()], "a.npz", read)


def _torch_pickles() -> list[bytes]:
    return [state(), state(tensor(2, (2,), (1,))), state(tensor(0, (2, 2), (1, 2)), bias=tensor(1, (), ()))]


def _torch() -> Target:
    return Target([packed(pickle) for pickle in _torch_pickles()], "a.pth", weights.load)


def _torch_entries() -> Target:
    """The pickle in an archive that is whole."""

    def read(path: Path) -> None:
        path.write_bytes(packed(entries(path.read_bytes())))
        weights.load(path)

    return Target(_torch_pickles(), "a.pth", read)


# --- checkpoints, caches ----------------------------------------------------------------------------------------------


def _checkpoint_files() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        store = CheckpointStore(folder)
        document = store.save({"weights": ARRAYS, "rate": 0.1, "history": [{"loss": 1.0}, {}], "best": None}, step=3)
        return {path.suffix: path.read_bytes() for path in (document, document.with_suffix(".safetensors"))}


def _checkpoints(mutated_suffix: str) -> Target:
    files = _checkpoint_files()

    def read(path: Path) -> None:
        content = files | {mutated_suffix: path.read_bytes()}
        for suffix, written in content.items():
            path.with_suffix(suffix).write_bytes(written)
        Checkpoint.read(path.with_suffix(".json"))

    return Target([files[mutated_suffix]], f"checkpoint-000001{mutated_suffix}", read)


def _checkpoint_entries() -> Target:
    """Documents with exchanged words, under a hash that is right."""
    files = _checkpoint_files()
    text = files[".json"].decode()

    def read(path: Path) -> None:
        try:
            document = json.loads(exchanged(text, path.read_bytes()))
        except (ValueError, RecursionError) as error:
            raise DataError("no JSON to begin with") from error
        if isinstance(document, dict):
            document.pop("hash", None)
            path.write_bytes(document_of(document))
        path.with_suffix(".safetensors").write_bytes(files[".safetensors"])
        Checkpoint.read(path)

    return Target(CHOICES, "checkpoint-000001.json", read)


def _cache_header() -> CacheHeader:
    return CacheHeader(count=BLOCK_IMAGES + 3, side=2, source="an older one", checksums=[1, 2])


def _read_cache_header(folder: Path) -> None:
    """As `bissl.data.cached` does, for which a header that cannot be read is a reason to make the cache anew."""
    wanted = _cache_header()
    if not CacheHeader.images(folder).exists():
        CacheHeader.images(folder).write_bytes(wanted._npy_header() + bytes(wanted.count * wanted.image_size))
    reason = _cache_header().difference(folder)
    if reason is not None:
        raise DataError(reason)


def _cache_headers() -> Target:
    fields = asdict(_cache_header())
    header = json.dumps(fields | {"seal": _sealed(fields)})
    return Target([header.encode()], "header.json", lambda path: _read_cache_header(path.parent))


def _cache_header_entries() -> Target:
    """Headers with exchanged words, under a seal that is right where there can be one."""
    header = json.dumps(asdict(_cache_header()))

    def read(path: Path) -> None:
        text = exchanged(header, path.read_bytes())
        try:
            fields = json.loads(text)
            text = json.dumps(fields | {"seal": _sealed(fields)})
        except (ValueError, TypeError, RecursionError):
            pass
        path.write_text(text)
        _read_cache_header(path.parent)

    return Target(CHOICES, "header.json", read)


def _cache_journals() -> Target:
    first = _cache_header()._first_line()

    def read(path: Path) -> None:
        with open(path.parent / "images.part", "w+b") as images:
            if _cache_header().resume(path.parent, images) == 0:
                raise DataError("no block of the journal is in the file")

    return Target([f"{first}\n1\n2\n".encode(), f"{first}\n0\n".encode()], "journal", read)


# --- recipes, lists ---------------------------------------------------------------------------------------------------

RECIPE = """\
name: mine
extends: digits
approach: bissl
data: {pretext: digits, downstream: digits, labels_per_class: 4}
pretrain: {epochs: 3, lr: 0.1}
bissl:
  alternations: 10
  lam: 1e-3
finetune: {epochs: 2, lr: 3.0e-3}
seeds: {runs: [0, 1]}
search:
  trials: 5
"""


def _recipes() -> Target:
    return Target([RECIPE.encode()], "recipe.yaml", load_recipe)


def _recipe_values() -> Target:
    def read(path: Path) -> None:
        path.write_text(exchanged(RECIPE, path.read_bytes()), encoding="utf-8")
        load_recipe(path)

    return Target(CHOICES, "recipe.yaml", read)


def _lists(names: list[str]) -> Target:
    """A list of one of the data sets; the first byte says which."""
    holder = tempfile.TemporaryDirectory()
    places: list[tuple[str, Path, Path, bytes]] = []
    for name in names:
        root = Path(holder.name) / name
        WRITERS[name](root)
        texts = [path for path in sorted(root.rglob("*")) if path.suffix in (".txt", ".json", ".csv")]
        places += [(name, root, path, path.read_bytes()) for path in texts]

    def read(path: Path, holder: tempfile.TemporaryDirectory = holder) -> None:
        content = path.read_bytes()
        name, root, place, whole = places[content[0] % len(places) if content else 0]
        place.write_bytes(content[1:])
        try:
            open_dataset(name, root, "train+validation")
        finally:
            place.write_bytes(whole)

    return Target([bytes([index % 256]) + place[3] for index, place in enumerate(places)], "list", read)


def _with_lists() -> list[str]:
    return [name for name in WRITERS if name in READERS and "folder" not in name and name != "stl10"]


TARGETS: dict[str, Callable[[], Target]] = {
    "safetensors": _safetensors,
    "safetensors-header": _safetensors_headers,
    "npz": _npz,
    "npz-entry": _npz_entries,
    "torch": _torch,
    "torch-entry": _torch_entries,
    "checkpoint-json": lambda: _checkpoints(".json"),
    "checkpoint-arrays": lambda: _checkpoints(".safetensors"),
    "checkpoint-entries": _checkpoint_entries,
    "cache-header": _cache_headers,
    "cache-header-entries": _cache_header_entries,
    "cache-journal": _cache_journals,
    "recipe": _recipes,
    "recipe-values": _recipe_values,
    "lists": lambda: _lists([name for name in _with_lists() if not name.startswith("voc")]),
    "voc-lists": lambda: _lists([name for name in _with_lists() if name.startswith("voc")]),
}
