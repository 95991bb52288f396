"""Writes small data sets in the layouts in which the real ones are published."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image
from scipy.io import savemat

VOC_CLASSES = (
    "aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant sheep "
    "sofa train tvmonitor"
).split()


def write_image(path: Path, shade: int = 100, size: tuple[int, int] = (12, 9)) -> None:
    """A picture of one shade; ``size`` is width, height."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((size[1], size[0], 3), shade, np.uint8)).save(path)


def write_lines(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


def write_class_folders(folder: Path, counts: Mapping[str, int], extension: str = "jpg") -> None:
    for name, count in counts.items():
        for number in range(count):
            write_image(folder / name / f"{name}_{number:03d}.{extension}", 5 * number)


class Python2Pickle:
    """Pickles protocol 2 as Python 2 wrote it: texts and bytes are the same strings of 8 bits."""

    @classmethod
    def dictionary(cls, content: Mapping[str, object]) -> bytes:
        body = b"".join(cls.value(key) + cls.value(value) for key, value in content.items())
        return b"\x80\x02}(" + body + b"u."

    @classmethod
    def value(cls, value: object) -> bytes:
        if isinstance(value, np.ndarray):
            return cls.array(value)
        if isinstance(value, str):
            value = value.encode("latin-1")
        if isinstance(value, bytes):
            return b"T" + struct.pack("<i", len(value)) + value
        if isinstance(value, int):
            return b"J" + struct.pack("<i", value)
        return b"](" + b"".join(map(cls.value, value)) + b"e"

    @classmethod
    def array(cls, array: np.ndarray) -> bytes:
        shape = b"(" + b"".join(map(cls.value, array.shape)) + b"t"
        number = b"cnumpy\ndtype\n" + cls.value(array.dtype.str[1:]) + b"K\x00K\x01\x87R"
        state = b"(K\x03" + cls.value("|") + b"NNN" + cls.value(-1) * 2 + b"K\x00tb"
        head = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + cls.value("b") + b"\x87R"
        return head + b"(K\x01" + shape + number + state + b"\x89" + cls.value(array.tobytes()) + b"tb"


def cifar_pixels(count: int, seed: int) -> np.ndarray:
    """uint8 (count, 3072)"""
    return np.random.default_rng(seed).integers(0, 256, (count, 3072), np.uint8)


def write_cifar10(root: Path) -> None:
    folder = root / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    names = ["airplane", "bird"]
    (folder / "batches.meta").write_bytes(Python2Pickle.dictionary({"label_names": names, "num_vis": 3072}))
    for seed, name in enumerate([f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]):
        entries = {"data": cifar_pixels(10, seed), "labels": [i % 2 for i in range(10)], "batch_label": name}
        (folder / name).write_bytes(Python2Pickle.dictionary(entries))


def write_cifar100(root: Path) -> None:
    folder = root / "cifar-100-python"
    folder.mkdir(parents=True)
    names = {"fine_label_names": ["apple", "bear", "bed"], "coarse_label_names": ["food", "other"]}
    (folder / "meta").write_bytes(Python2Pickle.dictionary(names))
    for seed, name in enumerate(("train", "test")):
        fine = [i % 3 for i in range(15)]
        entries = {"data": cifar_pixels(15, seed), "fine_labels": fine, "coarse_labels": [min(i, 1) for i in fine]}
        (folder / name).write_bytes(Python2Pickle.dictionary(entries))


def idx_file(values: np.ndarray) -> bytes:
    """uint8 values as an idx file."""
    return bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes() + values.tobytes()


def mnist_images(count: int, seed: int) -> np.ndarray:
    """uint8 (count, 28, 28)"""
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), np.uint8)


def write_mnist(
    root: Path,
    home: str = "MNIST/raw",
    prefixes: Sequence[str] = ("train", "t10k"),
    classes: Sequence[int] = range(10),
) -> None:
    """Ten images of each class for training and two for testing, which are compressed."""
    folder = root / home
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (prefix, each) in enumerate(zip(prefixes, (10, 2), strict=True)):
        count = each * len(classes)
        labels = np.array(each * list(classes), np.uint8)
        for kind, values in (("images-idx3", mnist_images(count, seed)), ("labels-idx1", labels)):
            content, name = idx_file(values), f"{prefix}-{kind}-ubyte"
            (folder / (f"{name}.gz" if seed else name)).write_bytes(
                gzip.compress(content, mtime=0) if seed else content
            )


def write_emnist(root: Path) -> None:
    for subset, classes in (("balanced", range(47)), ("letters", range(1, 27))):
        write_mnist(root, "gzip", (f"emnist-{subset}-train", f"emnist-{subset}-test"), classes)


def stl10_images(count: int, seed: int) -> np.ndarray:
    """uint8 (count, 96, 96, 3)"""
    return np.random.default_rng(seed).integers(0, 256, (count, 96, 96, 3), np.uint8)


def write_stl10(root: Path) -> None:
    folder = root / "stl10_binary"
    folder.mkdir(parents=True)
    for seed, (name, count) in enumerate({"train": 20, "test": 6, "unlabeled": 4}.items()):
        columns_first = stl10_images(count, seed).transpose(0, 3, 2, 1)
        (folder / f"{name}_X.bin").write_bytes(columns_first.tobytes())
        if name != "unlabeled":
            (folder / f"{name}_y.bin").write_bytes(bytes(1 + i % 2 for i in range(count)))
    write_lines(folder / "class_names.txt", ["airplane", "bird"])
    write_lines(folder / "fold_indices.txt", [" ".join(str((fold + i) % 20) for i in range(10)) for fold in range(10)])


def write_imagenet(root: Path) -> None:
    write_class_folders(root / "train", {"n01440764": 10, "n01443537": 10}, "JPEG")
    write_class_folders(root / "val", {"n01440764": 2, "n01443537": 2}, "JPEG")
    for share, count in (("1percent", 2), ("10percent", 5)):
        names = [f"{wnid}_{i:03d}.JPEG" for wnid in ("n01443537", "n01440764") for i in range(count)]
        write_lines(root / f"{share}.txt", names)


def write_food101(root: Path) -> None:
    folder = root / "food-101"
    (folder / "meta").mkdir(parents=True)
    for part, numbers in (("train", range(5)), ("test", range(5, 7))):
        lists = {dish: [f"{dish}/{number}" for number in reversed(numbers)] for dish in ("waffles", "apple_pie")}
        (folder / f"meta/{part}.json").write_text(json.dumps(lists))
        for names in lists.values():
            for name in names:
                write_image(folder / f"images/{name}.jpg")


def write_cub200(root: Path) -> None:
    folder = root / "CUB_200_2011"
    birds = ["001.Black_footed_Albatross", "002.Laysan_Albatross"]
    names = [f"{bird}/{bird}_{i}.jpg" for bird in birds for i in range(8)]
    write_lines(folder / "classes.txt", [f"{i + 1} {bird}" for i, bird in enumerate(birds)])
    write_lines(folder / "images.txt", [f"{i + 1} {name}" for i, name in enumerate(names)])
    write_lines(folder / "image_class_labels.txt", [f"{i + 1} {1 + i // 8}" for i in range(16)])
    write_lines(folder / "train_test_split.txt", [f"{i + 1} {int(i % 8 < 5)}" for i in range(16)])
    for name in names:
        write_image(folder / "images" / name)


def write_sun397(root: Path) -> None:
    folder = root / "SUN397"
    scenes = ["/a/abbey", "/a/apartment_building/outdoor"]
    write_lines(folder / "ClassName.txt", scenes)
    for partition in ("01", "02"):
        for part, numbers in (("Training", range(5)), ("Testing", range(5, 8))):
            names = [f"{scene}/sun_{number}.jpg" for scene in scenes for number in numbers]
            write_lines(folder / f"Partitions/{part}_{partition}.txt", names)
            for name in names:
                write_image(folder / name.lstrip("/"))


def cars_annotations(count: int) -> np.ndarray:
    """A structure array (1, count) as the development kit's."""
    fields = [(name, object) for name in ("bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "class", "fname")]
    rows = [(1.0, 2.0, 8.0, 9.0, float(1 + i % 2), f"{i:05d}.jpg") for i in range(count)]
    table = np.empty((1, count), dtype=fields)
    for i, row in enumerate(rows):
        table[0, i] = row
    return table


def cell(texts: Sequence[str]) -> np.ndarray:
    array = np.empty((1, len(texts)), object)
    array[0, :] = list(texts)
    return array


def write_cars(root: Path) -> None:
    folder = root / "stanford_cars"
    (folder / "devkit").mkdir(parents=True)
    savemat(
        folder / "devkit/cars_meta.mat", {"class_names": cell(["AM General Hummer SUV 2000", "Acura RL Sedan 2012"])}
    )
    for name, part, count in (
        ("devkit/cars_train_annos", "cars_train", 10),
        ("cars_test_annos_withlabels", "cars_test", 4),
    ):
        savemat(folder / f"{name}.mat", {"annotations": cars_annotations(count)}, do_compression=True)
        for i in range(count):
            write_image(folder / part / f"{i:05d}.jpg")


def write_aircraft(root: Path) -> None:
    folder = root / "fgvc-aircraft-2013b/data"
    for level, names in (("variants", ["707-320", "F/A-18", "DHC-8 Q400"]), ("families", ["Boeing 707", "F/A-18"])):
        write_lines(folder / f"{level}.txt", names)
    for part, first in (("train", 0), ("val", 6), ("test", 12)):
        images = [f"{1000 + first + i:07d}" for i in range(6)]
        variants = ["707-320", "F/A-18", "DHC-8 Q400"] * 2
        families = ["Boeing 707", "F/A-18", "F/A-18"] * 2
        write_lines(folder / f"images_variant_{part}.txt", [f"{i} {v}" for i, v in zip(images, variants)])
        write_lines(folder / f"images_family_{part}.txt", [f"{i} {f}" for i, f in zip(images, families)])
        for image in images:
            write_image(folder / f"images/{image}.jpg")


def write_dtd(root: Path) -> None:
    folder = root / "dtd/dtd"
    for partition in (1, 2):
        for part, first in (("train", 0), ("val", 2), ("test", 4)):
            names = [f"{kind}/{kind}_{first + i:04d}.jpg" for kind in ("banded", "zigzagged") for i in range(2)]
            write_lines(folder / f"labels/{part}{partition}.txt", names)
            for name in names:
                write_image(folder / "images" / name)


def write_pets(root: Path) -> None:
    folder = root / "oxford-iiit-pet"
    breeds = ["Abyssinian", "american_bulldog"]
    for part, numbers in (("trainval", range(5)), ("test", range(100, 103))):
        rows = [(f"{breed}_{n}", k + 1) for k, breed in enumerate(breeds) for n in numbers]
        write_lines(folder / f"annotations/{part}.txt", [f"{name} {k} {k} 1" for name, k in rows])
        for name, _ in rows:
            write_image(folder / f"images/{name}.jpg")


def write_caltech101(root: Path) -> None:
    folder = root / "caltech101/101_ObjectCategories"
    write_class_folders(folder, {"BACKGROUND_Google": 3, "Faces": 34, "accordion": 32})
    Image.fromarray(np.full((9, 12), 77, np.uint8)).save(folder / "Faces/Faces_000.jpg")


def write_flowers102(root: Path) -> None:
    folder = root / "flowers-102"
    (folder / "jpg").mkdir(parents=True)
    savemat(folder / "imagelabels.mat", {"labels": np.array([[1 + i % 3 for i in range(21)]], np.uint8)})
    parts = {"trnid": range(1, 7), "valid": range(7, 13), "tstid": range(13, 22)}
    savemat(folder / "setid.mat", {name: np.array([list(part)], np.uint16) for name, part in parts.items()})
    for number in range(1, 22):
        write_image(folder / f"jpg/image_{number:05d}.jpg")


VOC_OBJECT = """<object><name>{name}</name><pose>Left</pose><truncated>{truncated}</truncated>
<difficult>{difficult}</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>12</xmax><ymax>{ymax}</ymax></bndbox>
<part><name>head</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>3</xmax><ymax>3</ymax></bndbox></part></object>"""


def voc_annotation(names: Sequence[str], difficult: Sequence[int], ymax: str = "9") -> str:
    objects = [VOC_OBJECT.format(name=n, difficult=d, truncated=1 - d, ymax=ymax) for n, d in zip(names, difficult)]
    size = "<size><width>12</width><height>9</height><depth>3</depth></size>"
    return f"<annotation><folder>VOC</folder>{size}<segmented>1</segmented>{''.join(objects)}</annotation>"


def write_voc(root: Path, years: Sequence[str] = ("2007", "2012")) -> None:
    """11 images per part; image i shows the classes i and 10 + i modulo 10, image 0 only as difficult objects."""
    for year in years:
        folder = root / f"VOCdevkit/VOC{year}"
        parts = ("train", "val") + (("test",) if year == "2007" else ())
        for p, part in enumerate(parts):
            names = [f"{year}_{100 * p + i:06d}" for i in range(11)]
            _write_voc_lists(folder, part, names)
            for i, name in enumerate(names):
                write_image(folder / f"JPEGImages/{name}.jpg", 20 * i)
                shown = [VOC_CLASSES[i % 10], VOC_CLASSES[10 + i % 10]]
                write_lines(folder / f"Annotations/{name}.xml", [voc_annotation(shown, [int(i == 0)] * 2)])
                _write_palette_mask(folder / f"SegmentationClass/{name}.png", [0, i + 1, 255])


def _write_voc_lists(folder: Path, part: str, names: Sequence[str]) -> None:
    for task in ("Main", "Segmentation"):
        write_lines(folder / f"ImageSets/{task}/{part}.txt", names)
    for c, kind in enumerate(VOC_CLASSES):
        values = [(0 if i == 0 else 1) if c % 10 == i % 10 else -1 for i in range(len(names))]
        write_lines(folder / f"ImageSets/Main/{kind}_{part}.txt", [f"{n} {v:2d}" for n, v in zip(names, values)])


def _write_palette_mask(path: Path, values: Sequence[int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(np.resize(np.array(values, np.uint8), (9, 12)))
    picture = picture.convert("P")
    picture.putdata(np.resize(np.array(values, np.uint8), 108).tolist())
    picture.save(path)


def write_cityscapes(root: Path) -> None:
    for part, cities in (("train", {"aachen": 10, "ulm": 5}), ("val", {"lindau": 3})):
        for city, count in cities.items():
            for i in range(count):
                name = f"{city}_{i:06d}_000019"
                write_image(root / f"leftImg8bit/{part}/{city}/{name}_leftImg8bit.png")
                mask = root / f"gtFine/{part}/{city}/{name}_gtFine_labelIds.png"
                mask.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(np.resize(np.array([7, 8, 33, 0, 29], np.uint8), (9, 12))).save(mask)


def coco_content(images: int = 15, first: int = 0) -> dict[str, list[dict[str, object]]]:
    """Boxes of two classes in images of 12 x 9 pixels, of which every fifth has none and every third two."""
    objects = [
        {"image_id": 7 * i, "category_id": (3, 1)[(i + k) % 2], "bbox": [1 + k, 2, 5, 4.5], "iscrowd": k}
        for i in range(first, first + images) if i % 5
        for k in range(1 + (i % 3 == 0))
    ]  # fmt: skip
    return {
        "images": [
            {"id": 7 * i, "file_name": f"{i:03}.png", "width": 12, "height": 9} for i in range(first, first + images)
        ],
        "categories": [{"id": 3, "name": "dog"}, {"id": 1, "name": "cat"}],
        "annotations": [{"id": 100 + i, **entry} for i, entry in enumerate(objects)],
    }


def write_coco(root: Path) -> None:
    for i in range(15):
        write_image(root / f"images/{i:03}.png", 9 * i)
    (root / "annotations.json").write_text(json.dumps(coco_content()))


def write_mask(path: Path, values: Sequence[int] = (0, 1, 2, 255), size: tuple[int, int] = (12, 9)) -> None:
    """A label map of these values; ``size`` is width, height."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.resize(np.array(values, np.uint8), size[::-1])).save(path)


def write_mask_folder(root: Path) -> None:
    for i in range(15):
        write_image(root / f"images/{i:03}.jpg", 9 * i)
        write_mask(root / f"masks/{i:03}.png")
    write_lines(root / "classes.txt", ["ground", "cat", "dog"])


def write_png(path: Path, shade: int, size: int = 8) -> None:
    """A transparent square with a disc's worth of one shade in it, no two of one shade alike."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((size, size, 4), np.uint8)
    pixels[1:-1, 1:-1] = (shade % 256, shade // 256, 90, 255)
    Image.fromarray(pixels).save(path)


#: Of the themes that `write_icons` writes: where a context's icons of one size lie.
ICON_FOLDERS = {"crayon": "{size}x{size}/{context}", "pencil": "{context}/{size}"}


def write_icons(root: Path, names: int = 15) -> None:
    """Two themes in the two usual layouts, of two contexts, with icons of 8 and 16 pixels; and a fallback without any."""
    for number, (theme, layout) in enumerate(ICON_FOLDERS.items()):
        folders = {}
        for which, (context, stated) in enumerate({"actions": "Actions", "places": "Places"}.items()):
            for size in (8, 16):
                folder = layout.format(size=size, context=context)
                folders[folder] = {"Size": size, "Context": stated, "Type": "Fixed"}
                for name in range(names):
                    shade = 1 + name + 20 * which + 50 * number + 150 * (size == 16)
                    write_png(root / "icons" / theme / folder / f"{context[:-1]}-{name}.png", shade, size)
        write_theme_index(root / "icons" / theme, folders)
    write_theme_index(root / "icons/hicolor", {})


def write_theme_index(theme: Path, folders: Mapping[str, Mapping[str, object]]) -> None:
    """``index.theme`` as themes have it."""
    lines = ["[Icon Theme]", f"Name={theme.name}", f"Name[da]={theme.name}", f"Directories={','.join(folders)}", ""]
    for folder, entries in folders.items():
        lines += [f"# {folder}", f"[{folder}]", *(f"{key}={value}" for key, value in entries.items()), ""]
    write_lines(theme / "index.theme", lines)


def write_clipart(root: Path) -> None:
    """Subjects in folders of several depths, with an alias, and the folders that are left out."""
    folder = root / "openclipart/png"
    for number in range(30):
        write_png(folder / "animals" / ("birds/x" if number % 2 else "") / f"a_{number:02d}.png", 1 + number)
        write_png(folder / "food" / f"f_{number:02d}.png", 301 + number)
    write_png(folder / "computer/icons/i.png", 700)
    (folder / "food/alias.png").symlink_to("f_00.png")


def write_stamps(root: Path) -> None:
    """Photographs with what belongs to them: descriptions, sounds, and variants."""
    folder = root / "tuxpaint/stamps"
    for number in range(15):
        for place, group in enumerate(("animals/mammals/dogs", "food")):
            name = folder / group / f"s_{number:02d}"
            write_png(name.with_suffix(".png"), 1 + number + 300 * place)
            write_lines(name.with_suffix(".txt"), ["A picture.", "da.utf8=Et billede."])
            name.with_suffix(".ogg").write_bytes(b"OggS")
            name.with_suffix(".dat").write_text("nocolor\n")
    write_png(folder / "food/s_00_mirror.png", 900)


def write_emoji(root: Path) -> None:
    """A font of layers of colour in place of Google's, which is of bitmaps, and EmojiOne's files by code point."""
    faces, vehicles = range(0x1F600, 0x1F60F), range(0x1F680, 0x1F68F)
    write_colour_font(root / "fonts/truetype/noto/NotoColorEmoji.ttf", [*faces, *vehicles])
    folder = root / "rubygems-integration/all/gems/gemojione-3.3.0/assets/png"
    for number, character in enumerate([*faces, *vehicles]):
        write_png(folder / f"{character:04X}.png", 1 + number, 64)
    write_png(folder / "1F1E6-1F1E8.png", 800, 64)  # a flag
    write_png(folder / "0023-20E3.png", 801, 64)


def write_colour_font(path: Path, characters: Sequence[int]) -> None:
    """A font whose characters are red squares of different sizes, in layers of colour (COLR)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    order = [".notdef", *(f"u{character:04X}" for character in characters)]
    pen = TTGlyphPen(None)
    glyphs = {".notdef": pen.glyph()}
    for number, name in enumerate(order[1:]):
        pen = TTGlyphPen(None)
        side = 400 + 10 * number
        for step, corner in enumerate([(0, 0), (0, side), (side, side), (side, 0)]):
            (pen.lineTo if step else pen.moveTo)(corner)
        pen.closePath()
        glyphs[name] = pen.glyph()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(order)
    font.setupCharacterMap(dict(zip(characters, order[1:], strict=True)))
    font.setupGlyf(glyphs)
    font.setupHorizontalMetrics({name: (1000, 0) for name in order})
    font.setupHorizontalHeader(ascent=1000, descent=0)
    font.setupNameTable({"familyName": "Emoji", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    font.setupCOLR({name: [(name, 0)] for name in order[1:]})
    font.setupCPAL([[(1.0, 0.0, 0.0, 1.0)]])
    font.save(path)


WRITERS: Mapping[str, Callable[[Path], None]] = {
    "aircraft": write_aircraft,
    "caltech101": write_caltech101,
    "cars": write_cars,
    "cifar10": write_cifar10,
    "cifar100": write_cifar100,
    "cityscapes": write_cityscapes,
    "clipart": write_clipart,
    "coco": write_coco,
    "cub200": write_cub200,
    "dtd": write_dtd,
    "emnist": write_emnist,
    "emoji": write_emoji,
    "fashion-mnist": lambda root: write_mnist(root, "fashion-mnist"),
    "flowers102": write_flowers102,
    "folder": lambda root: write_class_folders(root, {"cat": 5, "dog": 10}),
    "food101": write_food101,
    "icons": write_icons,
    "imagenet": write_imagenet,
    "imagenet-1%": write_imagenet,
    "imagenet-10%": write_imagenet,
    "kmnist": lambda root: write_mnist(root, "kmnist"),
    "mnist": write_mnist,
    "pets": write_pets,
    "stamps": write_stamps,
    "stl10": write_stl10,
    "segmentation-folder": write_mask_folder,
    "sun397": write_sun397,
    "unlabeled-folder": lambda root: write_class_folders(root, {"a": 5, "a/b": 10}),
    **{
        f"voc{year}{task}": write_voc
        for year in ("2007", "2012", "2007+2012")
        for task in ("", "-detection", "-segmentation")
    },
}
