"""Generated scenes as folders in the layouts of published data sets, for the readers that open those."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from ..durable import rename
from ..errors import InvalidArgument, check_option, checked_integer, checked_path, checked_seed
from .readers.cityscapes import CITYSCAPES_CLASSES, IMAGE, LABEL_IDS, MASK
from .readers.voc_annotations import VOC_CLASSES
from .scenes import Scene, draw_scene

#: Which class of the published data set each of `SHAPES` is called by. The ground is "road" and "background".
VOC_NAMES = ("bottle", "tvmonitor", "boat", "aeroplane")
CITYSCAPES_NAMES = ("car", "truck", "traffic sign", "traffic light")
_VOC_NUMBERS = tuple(VOC_CLASSES.index(name) for name in VOC_NAMES)
_CITYSCAPES_NUMBERS = tuple(CITYSCAPES_CLASSES.index(name) for name in ("road", *CITYSCAPES_NAMES))
_CITIES = ("altdorf", "bergen", "celle")
_DESCRIPTION = "scenes.json"


def write_scenes(
    folder: str | os.PathLike[str],
    layout: str = "voc",
    *,
    training: int = 240,
    validation: int = 60,
    test: int = 100,
    height: int = 96,
    width: int = 128,
    seed: int = 0,
) -> Path:
    """Writes generated scenes (`scenes`) with their boxes and label maps to a new folder, as the devkit of PASCAL VOC 2007
    or as Cityscapes has them, for `VOCDetection`, `VOCSegmentation` or `Cityscapes`. The shapes are called by four of their
    classes. A folder that these scenes were written to before stays as it is.

    Parameters
    ----------
    folder : path-like
        Made, with the folders above it, whole or not at all.
    layout : {"voc", "cityscapes"}, optional
        Whose tree. Cityscapes has no part for validation: its reader cuts one off the training images, which are
        ``training + validation`` then.
    training, validation, test : int, optional
        Images of each part, at least 3.
    height, width : int, optional
        Of every image, in pixels, at least 16.
    seed : int, optional
        Of all draws.

    Returns
    -------
    Path
        The folder, for `open_dataset`.

    Raises
    ------
    WrongType (TypeError)
        Arguments of other types.
    InvalidArgument (ValueError)
        Numbers out of range; a folder that holds other things.

    Examples
    --------
    >>> root = bissl.data.write_scenes("scenes", "cityscapes", training=6, validation=3, test=3)
    >>> dataset = bissl.data.open_dataset("cityscapes", root, "test")
    >>> len(dataset), dataset.target(0).shape
    (3, (96, 128))
    """
    target = Path(checked_path("folder", folder))
    check_option("layout", layout, _WRITERS)
    counts = {"training": training, "validation": validation, "test": test}
    counts = {name: checked_integer(name, count, 3, 1_000_000) for name, count in counts.items()}
    seed = checked_seed("seed", seed)
    size = {"height": checked_integer("height", height, 16), "width": checked_integer("width", width, 16)}
    described = {"layout": layout, "seed": seed, "version": 1} | counts | size
    if _is_written(target, described):
        return target
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}.unfinished")
    try:
        unfinished.mkdir(parents=True)
        _WRITERS[layout](unfinished, counts, lambda number: draw_scene(seed, number, height, width))
        (unfinished / _DESCRIPTION).write_text(json.dumps(described), encoding="utf-8")
        if not _is_written(target, described):  # another process may have been faster
            rename(unfinished, target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _is_written(folder: Path, described: Mapping[str, object]) -> bool:
    """Whether these scenes are there. InvalidArgument for a folder of other things."""
    if not folder.exists():
        return False
    try:
        present = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InvalidArgument(f"folder: {folder} is there and holds no scenes; give the path of a new one") from None
    if not isinstance(present, dict):
        raise InvalidArgument(f"folder: {folder} holds a {_DESCRIPTION} of something else; give the path of a new one")
    if present != described:
        differing = next(name for name in described if present.get(name) != described[name])
        raise InvalidArgument(
            f"folder: {folder} holds scenes with {differing} {present.get(differing)}, expected {described[differing]}; "
            "give the path of a new one"
        )
    return True


def _write_voc(root: Path, counts: Mapping[str, int], scene: Callable[[int], Scene]) -> None:
    folder = root / "VOCdevkit" / "VOC2007"
    for name in ("JPEGImages", "Annotations", "SegmentationClass", "ImageSets/Main", "ImageSets/Segmentation"):
        (folder / name).mkdir(parents=True)
    number = 0
    for part, count in zip(("train", "val", "test"), counts.values()):
        drawn = {f"{number + place:06d}": scene(number + place) for place in range(count)}
        number += count
        for name, each in drawn.items():
            Image.fromarray(each.image).save(folder / f"JPEGImages/{name}.jpg", quality=95)
            _voc_annotation(name, each).write(folder / f"Annotations/{name}.xml")
            _indexed(_voc_mask(each)).save(folder / f"SegmentationClass/{name}.png")
        for task in ("Main", "Segmentation"):
            _write_lines(folder / f"ImageSets/{task}/{part}.txt", list(drawn))
        for kind, title in enumerate(VOC_CLASSES):
            shown = {name: kind in np.array(_VOC_NUMBERS)[each.labels] for name, each in drawn.items()}
            _write_lines(
                folder / f"ImageSets/Main/{title}_{part}.txt",
                [f"{name} {1 if is_shown else -1:2d}" for name, is_shown in shown.items()],
            )


def _voc_annotation(name: str, scene: Scene) -> ElementTree.ElementTree:
    """With corners counted from 1, the last pixel included, as the devkit has them."""
    root = ElementTree.Element("annotation")
    _add(root, {"folder": "VOC2007", "filename": f"{name}.jpg"})
    height, width = scene.image.shape[:2]
    _add(ElementTree.SubElement(root, "size"), {"width": width, "height": height, "depth": 3})
    for (left, top, right, bottom), label in zip(scene.boxes.tolist(), scene.labels):
        entry = ElementTree.SubElement(root, "object")
        _add(entry, {"name": VOC_NAMES[label], "pose": "Unspecified", "truncated": 0, "difficult": 0})
        corners = {"xmin": left + 1, "ymin": top + 1, "xmax": right, "ymax": bottom}
        _add(ElementTree.SubElement(entry, "bndbox"), corners)
    return ElementTree.ElementTree(root)


def _add(parent: ElementTree.Element, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        ElementTree.SubElement(parent, name).text = str(value)


def _voc_mask(scene: Scene) -> np.ndarray:
    """Class numbers, and 255 at the rims of shapes, as VOC leaves them out."""
    labels: np.ndarray = np.array((0, *(number + 1 for number in _VOC_NUMBERS)), np.uint8)[scene.label_map]
    differs = np.zeros(labels.shape, bool)
    differs[1:] |= labels[1:] != labels[:-1]
    differs[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    labels[differs] = 255
    return labels


def _indexed(labels: np.ndarray) -> Image.Image:
    """A picture with a palette, as VOC's are."""
    picture = Image.fromarray(labels, "P")
    picture.putpalette(
        [value for entry in range(256) for value in (37 * entry % 256, 91 * entry % 256, 173 * entry % 256)]
    )
    return picture


def _write_cityscapes(root: Path, counts: Mapping[str, int], scene: Callable[[int], Scene]) -> None:
    """The lowest twentieth of every image is labelled "ego vehicle" (1), which is left out, as in Cityscapes."""
    identities = np.array([LABEL_IDS[number] for number in _CITYSCAPES_NUMBERS], np.uint8)
    first = {"train": 0, "val": counts["training"] + counts["validation"]}
    for part, count in {"train": first["val"], "val": counts["test"]}.items():
        for place in range(count):
            city = _CITIES[place % len(_CITIES)]
            each = scene(first[part] + place)
            mask = identities[each.label_map]
            mask[-max(1, len(mask) // 20) :] = 1
            for folder, ending, array in (("leftImg8bit", IMAGE, each.image), ("gtFine", MASK, mask)):
                path = root / folder / part / city / f"{city}_{place:06d}_000000{ending}"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(array).save(path)


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


_WRITERS: Mapping[str, Callable[[Path, Mapping[str, int], Callable[[int], Scene]], None]] = {
    "voc": _write_voc,
    "cityscapes": _write_cityscapes,
}
