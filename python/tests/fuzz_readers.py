"""Feeds mutated files to all readers: each must be read, or refused with an error of bissl's.

    python fuzz_readers.py --count 10000 [--reader mat] [--first 17]

Input ``i`` of a reader depends on (seed, reader, i) alone, so that ``--first i --count 1`` repeats it. The process
limits its own memory and gives each input a time limit; a crash, a hang or another error ends it with a status other
than 0. With ``--go-on`` other errors are printed, each place once, and counted.
Prints one JSON line per reader: inputs read, refused and neither, the slowest one in seconds, peak memory in MiB.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import io
import json
import logging
import math
import pickle
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from dataset_files import (
    Python2Pickle,
    cars_annotations,
    cell,
    cifar_pixels,
    coco_content,
    idx_file,
    voc_annotation,
    write_colour_font,
    write_icons,
    write_stl10,
)
from fuzz_stores import TARGETS as STORES
from mutations import TEXTS, Target, mutated
from PIL import Image
from scipy.io import savemat

from bissl.data import STL10, ArrayDataset, Emoji, IconThemes
from bissl.data.decoding import decode, decode_indices
from bissl.data.readers.cifar import CIFAR10
from bissl.data.readers.cocoboxes import read_coco
from bissl.data.readers.idx import read_idx
from bissl.data.readers.maskfolders import MaskFiles
from bissl.data.readers.matfiles import MatFile
from bissl.data.readers.voc_annotations import read_boxes
from bissl.errors import BisslError
from bissl.targets import LabelMaps

SECONDS_PER_INPUT = 10


def _pickles() -> Target:
    entries = {"data": cifar_pixels(2, 0), "labels": [0, 1]}
    names = Python2Pickle.dictionary({"label_names": ["airplane", "bird"]})
    seeds = [Python2Pickle.dictionary(entries), *(pickle.dumps(entries, protocol) for protocol in (2, 4, 5))]

    def read(path: Path) -> None:
        (path.parent / "batches.meta").write_bytes(names)
        CIFAR10(path.parent, "test")

    return Target(seeds, "test_batch", read)


def _pickled_names() -> Target:
    entries = {"data": cifar_pixels(2, 0), "labels": [0, 1]}
    seeds = [Python2Pickle.dictionary({"label_names": ["airplane", "bird"], "num_vis": 3072})]
    seeds += [pickle.dumps({"label_names": ["airplane", "bird"]}, protocol) for protocol in (0, 1, 2, 5)]

    def read(path: Path) -> None:
        (path.parent / "test_batch").write_bytes(Python2Pickle.dictionary(entries))
        CIFAR10(path.parent, "test")

    return Target(seeds, "batches.meta", read)


def _idx(name: str, rank: int) -> Target:
    values = np.arange(56 * 28, dtype=np.uint8)[: 1568 if rank == 3 else 10]
    plain = idx_file(values.reshape(-1, 28, 28) if rank == 3 else values)
    return Target(
        [gzip.compress(plain, mtime=0) if name.endswith(".gz") else plain], name, lambda path: read_idx(path, rank)
    )


def _stl10(name: str, split: str, **options: int) -> Target:
    with tempfile.TemporaryDirectory() as folder:
        write_stl10(Path(folder))
        files = {path.name: path.read_bytes() for path in (Path(folder) / "stl10_binary").iterdir()}

    def read(path: Path) -> None:
        for other in files.keys() - {name}:
            if not (path.parent / other).exists():
                (path.parent / other).write_bytes(files[other])
        dataset = STL10(path.parent, split, **options)
        dataset.read(len(dataset) - 1).sum()

    return Target([files[name]], name, read)


MAT_USES: dict[str, Callable[[MatFile], object]] = {
    "annotations": lambda file: (file.field_texts("annotations", "fname"), file.field_numbers("annotations", "class")),
    "labels": lambda file: file.numbers("labels"),
    "class_names": lambda file: file.texts("class_names"),
}


def _read_mat_file(path: Path) -> None:
    """Tries each variable, since the file holds one of them: refused where none can be used."""
    refusals = []
    for name, use in MAT_USES.items():
        try:
            use(MatFile(path, name))
        except BisslError as error:
            refusals.append(error)
    if len(refusals) == len(MAT_USES):
        raise refusals[-1]


def _mat_files() -> Target:
    contents = []
    for variables in (
        {"annotations": cars_annotations(3)},
        {"labels": np.arange(1, 9, dtype=np.uint8)},
        {"class_names": cell(["Acura", "Audi"])},
    ):
        for compressed in (False, False, True):
            file = io.BytesIO()
            savemat(file, variables, do_compression=compressed)
            contents.append(file.getvalue())

    return Target(contents, "file.mat", _read_mat_file)


def _recompressed_mat_files() -> Target:
    """Mutates what a compressed variable holds, behind a check sum that is right."""
    target = _mat_files()

    def read(path: Path) -> None:
        content = path.read_bytes()
        packed = zlib.compress(content[128:])
        path.write_bytes(content[:128] + (15).to_bytes(4, "little") + len(packed).to_bytes(4, "little") + packed)
        _read_mat_file(path)

    return Target([content for i, content in enumerate(target.seeds) if i % 3 == 0], "file.mat", read)


def _npy_files() -> Target:
    seeds = []
    for array in (np.zeros((3, 4, 5, 3), np.uint8), np.asfortranarray(np.ones((3, 4, 5), np.uint8))):
        file = io.BytesIO()
        np.save(file, array)
        seeds.append(file.getvalue())
    return Target(seeds, "images.npy", lambda path: ArrayDataset(path).read(0).sum())


def _annotations() -> Target:
    return Target([voc_annotation(["cat", "dog"], [0, 1]).encode()], "a.xml", read_boxes)


def _annotation_values() -> Target:
    """Well-formed annotations whose values are exchanged: the mutated bytes only choose which and for what."""
    parts = re.split(r"(?<=>)([^<>]+)(?=<)", voc_annotation(["cat", "dog"], [0, 1]))

    def read(path: Path) -> None:
        choices, values = path.read_bytes(), list(parts)
        for place, value in zip(choices[::2], choices[1::2]):
            values[1 + 2 * (place % (len(parts) // 2))] = TEXTS[value % len(TEXTS)]
        path.write_text("".join(values))
        read_boxes(path)

    return Target([bytes([0, 10]), bytes([3, 4, 12, 5])], "a.xml", read)


def _coco() -> Target:
    seeds = [json.dumps(coco_content(4), indent=indent).encode() for indent in (None, 1)]
    return Target(seeds, "annotations.json", read_coco)


def _coco_values() -> Target:
    """Well-formed JSON whose values are exchanged: the mutated bytes only choose which and for what."""
    values = [
        *TEXTS,
        *(float(each) for each in ("nan", "inf", "-1", "1e300")),
        2**70,
        True,
        None,
        [],
        {},
        [[1]],
        0,
        7,
        1,
    ]

    def read(path: Path) -> None:
        choices, content = path.read_bytes(), coco_content(4)
        entries = [entry for kind in content.values() for entry in kind]
        for place, key, value in zip(choices[::3], choices[1::3], choices[2::3]):
            entry = entries[place % len(entries)]
            entry[sorted(entry)[key % len(entry)]] = values[value % len(values)]
        path.write_text(json.dumps(content))
        read_coco(path)

    return Target([bytes([0, 0, 9]), bytes([3, 1, 4, 9, 2, 12, 7, 0, 3])], "annotations.json", read)


def _mask_folders() -> Target:
    """The label map of a folder with one image, as training reads it."""
    file = io.BytesIO()
    Image.fromarray(np.resize(np.array([0, 1, 255], np.uint8), (9, 12))).save(file, "PNG")

    def read(path: Path) -> None:
        path.write_bytes(with_right_checksums(path.read_bytes()))
        data = MaskFiles([str(path)], [str(path)], ("ground", "cat"))
        label = LabelMaps(2).check_image(data.target(0), "mask")
        assert label.dtype == np.uint8 and label.ndim == 2, label.shape

    return Target([file.getvalue()], "a.png", read)


def _icon_themes() -> Target:
    """The index of a theme whose icons are sound."""
    holder = tempfile.TemporaryDirectory()
    write_icons(Path(holder.name), names=4)
    theme = Path(holder.name) / "icons/crayon"

    def read(path: Path, holder: tempfile.TemporaryDirectory = holder) -> None:
        (theme / "index.theme").write_bytes(path.read_bytes())
        icons = IconThemes(holder.name, themes=["crayon"], label="context")
        icons.read(len(icons) - 1).sum()

    return Target([(theme / "index.theme").read_bytes()], "index.theme", read)


def _emoji_fonts() -> Target:
    with tempfile.TemporaryDirectory() as folder:
        write_colour_font(Path(folder) / "a.ttf", range(0x1F600, 0x1F604))
        content = (Path(folder) / "a.ttf").read_bytes()

    def read(path: Path) -> None:
        place = path.parent / "fonts/truetype/noto/NotoColorEmoji.ttf"
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
        emoji = Emoji(path.parent, "train+validation", test_share=0, label="character")
        for sample in range(len(emoji)):
            emoji.read(sample).sum()

    return Target([content], "a.ttf", read)


def _images() -> Target:
    seeds = []
    noise = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
    pictures = [Image.fromarray(noise), Image.fromarray(noise[..., 0]), Image.fromarray(noise).convert("CMYK")]
    for picture in pictures:
        for form, options in (("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("GIF", {}), ("BMP", {}),
                              ("PPM", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}),
                              ("TIFF", {"compression": "jpeg"}), ("WEBP", {}), ("WEBP", {"lossless": True})):  # fmt: skip
            file = io.BytesIO()
            try:
                picture.save(file, form, **options)
            except (OSError, ValueError):
                continue  # this format has no such channels
            seeds.append(file.getvalue())

    def read(path: Path) -> None:
        content = path.read_bytes()
        if content.startswith(b"\x89PNG"):
            path.write_bytes(with_right_checksums(content))
        image = decode(path)
        assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3, image.shape
        decode(path, least_side=8)

    return Target(seeds, "a.jpg", read)


def _masks() -> Target:
    file = io.BytesIO()
    Image.fromarray(np.arange(120, dtype=np.uint8).reshape(10, 12)).convert("P").save(file, "PNG")

    def read(path: Path) -> None:
        path.write_bytes(with_right_checksums(path.read_bytes()))
        mask = decode_indices(path)
        assert mask.dtype == np.uint8 and mask.ndim == 2, mask.shape

    return Target([file.getvalue()], "a.png", read)


def with_right_checksums(content: bytes) -> bytes:
    """A PNG file with the check sum of each whole chunk put right, so that what the chunks hold is looked at."""
    repaired = bytearray(content)
    position = 8
    while position + 12 <= len(content):
        end = position + 8 + int.from_bytes(content[position : position + 4], "big")
        if end + 4 > len(content):
            break
        repaired[end : end + 4] = zlib.crc32(content[position + 4 : end]).to_bytes(4, "big")
        position = end + 4
    return bytes(repaired)


TARGETS: dict[str, Callable[[], Target]] = {
    "cifar": _pickles,
    "cifar-names": _pickled_names,
    "idx": lambda: _idx("train-images-idx3-ubyte", 3),
    "idx-compressed": lambda: _idx("train-labels-idx1-ubyte.gz", 1),
    "stl10-images": lambda: _stl10("test_X.bin", "test"),
    "stl10-labels": lambda: _stl10("test_y.bin", "test"),
    "stl10-names": lambda: _stl10("class_names.txt", "test"),
    "stl10-folds": lambda: _stl10("fold_indices.txt", "train+validation", fold=3),
    "mat": _mat_files,
    "mat-compressed": _recompressed_mat_files,
    "npy": _npy_files,
    "voc-xml": _annotations,
    "voc-xml-values": _annotation_values,
    "coco": _coco,
    "coco-values": _coco_values,
    "mask-folder": _mask_folders,
    "icon-theme": _icon_themes,
    "emoji-font": _emoji_fonts,
    "image": _images,
    "mask": _masks,
    **STORES,
}


def fuzz(
    name: str, first: int, count: int, seed: int, folder: Path, *, seconds: float = math.inf, go_on: bool = False
) -> dict[str, object]:
    """Feeds the inputs ``first`` to ``first + count - 1``, or as many of them as fit into ``seconds``."""
    target = TARGETS[name]()
    path = folder / target.name
    read, refused, slowest = 0, 0, 0.0
    places: collections.Counter[str] = collections.Counter()
    end = time.monotonic() + seconds
    for number in range(first, first + count):
        if time.monotonic() > end:
            break
        draw = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
        path.write_bytes(mutated(target.seeds[number % len(target.seeds)], draw))
        start = time.perf_counter()
        signal.alarm(SECONDS_PER_INPUT)
        try:
            target.read(path)
            read += 1
        except BisslError:
            refused += 1
        except BaseException as error:
            place = f"{type(error).__name__} {traceback.extract_tb(error.__traceback__)[-1]}"
            if not places[place]:
                print(f"{name}: input {number} (seed {seed}) is neither read nor refused", file=sys.stderr)
                traceback.print_exc()
            places[place] += 1
            if not go_on or not isinstance(error, Exception):
                raise
        finally:
            signal.alarm(0)
        slowest = max(slowest, time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    neither = sum(places.values())
    counts = {"reader": name, "inputs": read + refused + neither, "read": read, "refused": refused, "neither": neither}
    return {**counts, "slowest_s": round(slowest, 3), "peak_mib": peak}


def limit_memory(room: int) -> None:
    """Allows ``room`` bytes of address space beyond what the process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + room
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--reader", choices=TARGETS, action="append", help="all of them by default")
    options.add_argument("--count", type=int, default=10_000, help="inputs per reader (default: %(default)s)")
    options.add_argument("--first", type=int, default=0, help="number of the first input (default: %(default)s)")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument(
        "--memory", type=int, default=2048, help="MiB beyond what importing takes (default: %(default)s)"
    )
    options.add_argument("--seconds", type=float, default=math.inf, help="most time per reader")
    options.add_argument("--go-on", action="store_true", help="count errors that are none of bissl's")
    chosen = options.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    limit_memory(chosen.memory * 2**20)
    neither = 0
    for name in chosen.reader or TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            report = fuzz(
                name, chosen.first, chosen.count, chosen.seed, Path(folder), seconds=chosen.seconds, go_on=chosen.go_on
            )
        print(json.dumps(report), flush=True)
        neither += report["neither"]
    sys.exit(neither > 0)


if __name__ == "__main__":
    main()
