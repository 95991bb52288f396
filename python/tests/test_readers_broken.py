"""Readers on broken files: truncated, of the wrong type, with labels out of range, with counts that do not agree."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from dataset_files import (
    WRITERS,
    Python2Pickle,
    cars_annotations,
    cell,
    cifar_pixels,
    idx_file,
    voc_annotation,
    write_image,
    write_lines,
)
from PIL import Image
from scipy.io import loadmat, savemat

import bissl
from bissl.data import ArrayDataset, open_dataset
from bissl.data.decoding import decode, decode_indices
from bissl.data.readers.matfiles import MatFile
from bissl.data.readers.pickles import read_dataset_pickle
from bissl.errors import BisslError, DataError, FileMissing, InvalidArgument


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def replace(old: str, new: str):
    def change(path: Path) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return change


def content(data: bytes | str):
    return lambda path: path.write_bytes(data.encode() if isinstance(data, str) else data)


def mat(**variables):
    return lambda path: savemat(path, variables)


def cifar_batch(**changes):
    entries = {"data": cifar_pixels(10, 0), "labels": [0, 1] * 5} | changes
    return content(Python2Pickle.dictionary({key: value for key, value in entries.items() if value is not None}))


CIFAR, STL, CARS, FLOWERS = "cifar-10-batches-py", "stl10_binary", "stanford_cars", "flowers-102"
MNIST = "MNIST/raw"
PETS, FOOD, CUB, VOC = "oxford-iiit-pet/annotations", "food-101/meta", "CUB_200_2011", "VOCdevkit/VOC2007"

DAMAGES = {
    "cifar truncated": ("cifar10", f"{CIFAR}/data_batch_3", truncate, "truncated or broken pickle.*unpack the archive"),
    "cifar empty": ("cifar10", f"{CIFAR}/data_batch_3", content(b""), "the file is empty"),
    "cifar of another kind": ("cifar10", f"{CIFAR}/data_batch_3", content(b"GIF89a"), "truncated or broken pickle"),
    "cifar batch of cifar100": (
        "cifar10",
        f"{CIFAR}/data_batch_3",
        cifar_batch(labels=None, fine_labels=[0] * 10),
        "expected the entry 'labels', found.*'fine_labels'.*another data set",
    ),
    "cifar label": (
        "cifar10",
        f"{CIFAR}/data_batch_3",
        cifar_batch(labels=[0] * 9 + [2]),
        "expected labels 0 to 1, got 2 at image 9",
    ),
    "cifar negative label": (
        "cifar10",
        f"{CIFAR}/data_batch_3",
        cifar_batch(labels=[-1] + [0] * 9),
        "got -1 at image 0",
    ),
    "cifar count": (
        "cifar10",
        f"{CIFAR}/data_batch_3",
        cifar_batch(labels=[0, 1]),
        "one whole number as label for each of 10 images, got int64 \\(2,\\)",
    ),
    "cifar type": (
        "cifar10",
        f"{CIFAR}/data_batch_3",
        cifar_batch(data=cifar_pixels(10, 0).astype("i4")),
        r"expected 'data' as uint8 \(n, 3072\), got int32 \(10, 3072\)",
    ),
    "cifar text": ("cifar10", f"{CIFAR}/data_batch_3", cifar_batch(data="pixels"), "expected 'data' as uint8.*a str"),
    "cifar names": (
        "cifar10",
        f"{CIFAR}/batches.meta",
        content(Python2Pickle.dictionary({"label_names": [1, 2]})),
        "expected 'label_names' as a list of class names",
    ),
    "idx truncated": ("mnist", f"{MNIST}/train-images-idx3-ubyte", truncate, "promises 78400 bytes, the file has"),
    "idx empty": ("mnist", f"{MNIST}/train-images-idx3-ubyte", content(b""), "two zero bytes, got b''"),
    "idx header": ("mnist", f"{MNIST}/train-images-idx3-ubyte", content(b"\0\0\x08\3\0\0"), "header is truncated"),
    "idx of another kind": (
        "mnist",
        f"{MNIST}/train-images-idx3-ubyte",
        content(idx_file(np.zeros(9, np.uint8))),
        "of 3 axes, got type 8 of 1",
    ),
    "idx of endless images": (
        "mnist",
        f"{MNIST}/train-images-idx3-ubyte",
        content(b"\0\0\x08\3" + b"\xff" * 12),
        "promises 79228162458924105385300197375 bytes, the file has 0",
    ),
    "idx too long": (
        "mnist",
        f"{MNIST}/train-labels-idx1-ubyte",
        content(idx_file(np.zeros(100, np.uint8)) + b"x"),
        "promises 100 bytes, the file has more",
    ),
    "mnist sides": (
        "mnist",
        f"{MNIST}/train-images-idx3-ubyte",
        content(idx_file(np.zeros((100, 28, 27), np.uint8))),
        r"expected images of 28 x 28 pixels, got \(28, 27\)",
    ),
    "mnist label": (
        "mnist",
        f"{MNIST}/train-labels-idx1-ubyte",
        content(idx_file(np.full(100, 10, np.uint8))),
        "expected labels of 10 classes, got number 10 at image 0",
    ),
    "mnist count": (
        "mnist",
        f"{MNIST}/train-labels-idx1-ubyte",
        content(idx_file(np.zeros(99, np.uint8))),
        "a label for each of 100 images, got 99",
    ),
    "stl10 truncated": (
        "stl10",
        f"{STL}/train_X.bin",
        lambda path: os.truncate(path, 27648 * 20 - 1),
        r"expected a multiple of 27648 bytes \(3 planes of 96 x 96\), got 552959",
    ),
    "stl10 empty": ("stl10", f"{STL}/train_X.bin", content(b""), "expected a multiple of 27648 bytes.*got 0"),
    "stl10 count": ("stl10", f"{STL}/train_y.bin", content(bytes([1] * 19)), "one byte for each of 20 images, got 19"),
    "stl10 label": (
        "stl10",
        f"{STL}/train_y.bin",
        content(bytes([1] * 19 + [3])),
        r"class numbers 1 to 2, got 3 \(entry 20\)",
    ),
    "stl10 label zero": ("stl10", f"{STL}/train_y.bin", content(bytes([0] + [1] * 19)), "class numbers 1 to 2, got 0"),
    "cars version 4": (
        "cars",
        f"{CARS}/devkit/cars_train_annos.mat",
        lambda path: savemat(path, {"a": 1}, format="4"),
        "not a MATLAB file of version 5 to 7; in MATLAB.*-v7",
    ),
    "cars version 7.3": (
        "cars",
        f"{CARS}/devkit/cars_train_annos.mat",
        content(b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n"),
        r"a MATLAB 7.3 \(HDF5\) file, expected version 5 to 7; in MATLAB load it.*save\(file, '-v7'\)",
    ),
    "cars truncated": (
        "cars",
        f"{CARS}/devkit/cars_train_annos.mat",
        truncate,
        "truncated or broken .mat file.*unpack the archive",
    ),
    "cars other file": (
        "cars",
        f"{CARS}/devkit/cars_train_annos.mat",
        mat(labels=np.arange(3)),
        r"expected the variable 'annotations', got \['labels'\]; is it another data set",
    ),
    "cars no structure": (
        "cars",
        f"{CARS}/devkit/cars_train_annos.mat",
        mat(annotations=np.arange(3)),
        "annotations as a structure with the field 'fname'",
    ),
    "cars label": (
        "cars",
        f"{CARS}/devkit/cars_meta.mat",
        mat(class_names=np.array([["Hummer"]], object)),
        r"expected class numbers 1 to 1, got 2 \(entry 2\)",
    ),
    "cars names": (
        "cars",
        f"{CARS}/devkit/cars_meta.mat",
        mat(class_names=np.arange(3)),
        "expected class_names as texts",
    ),
    "flowers fraction": (
        "flowers102",
        f"{FLOWERS}/imagelabels.mat",
        mat(labels=np.array([1.5, 2])),
        "whole numbers in labels",
    ),
    "flowers infinite": (
        "flowers102",
        f"{FLOWERS}/imagelabels.mat",
        mat(labels=np.array([np.inf, 2])),
        "whole numbers",
    ),
    "flowers label": (
        "flowers102",
        f"{FLOWERS}/imagelabels.mat",
        mat(labels=np.array([0] * 21)),
        "class numbers 1 to at most 21, got 0",
    ),
    "flowers text": ("flowers102", f"{FLOWERS}/setid.mat", mat(trnid="1 2 3"), "expected trnid as a vector of whole"),
    "flowers image": ("flowers102", f"{FLOWERS}/setid.mat", mat(trnid=np.array([22])), "image numbers 1 to 21, got 22"),
    "pets columns": (
        "pets",
        f"{PETS}/trainval.txt",
        replace("Abyssinian_0 1 1 1", "Abyssinian_0"),
        "expected lines of \"image class-id species breed-id\", got 'Abyssinian_0'",
    ),
    "pets label": (
        "pets",
        f"{PETS}/trainval.txt",
        replace("Abyssinian_0 1 1", "Abyssinian_0 x 1"),
        "whole numbers, got 'x'",
    ),
    "pets huge label": (
        "pets",
        f"{PETS}/trainval.txt",
        replace("an_0 1 1", "an_0 99999999999999999999 1"),
        "whole numbers",
    ),
    "pets gap": (
        "pets",
        f"{PETS}/trainval.txt",
        replace("american_bulldog_4 2 2", "american_bulldog_4 9 2"),
        "without gaps",
    ),
    "pets binary": ("pets", f"{PETS}/trainval.txt", content(b"\xff\xfe\x00"), "expected a text file in UTF-8"),
    "pets empty": ("pets", f"{PETS}/trainval.txt", content(""), "no images in the part 'train'"),
    "pets outside": (
        "pets",
        f"{PETS}/trainval.txt",
        replace("Abyssinian_0", "../../Abyssinian_0"),
        "names of files inside",
    ),
    "food truncated": ("food101", f"{FOOD}/train.json", truncate, "truncated or broken JSON"),
    "food deep": ("food101", f"{FOOD}/train.json", content("[" * 100_000), "truncated or broken JSON"),
    "food list": ("food101", f"{FOOD}/train.json", content("[1]"), r'expected \{"dish".*got a list'),
    "food numbers": ("food101", f"{FOOD}/train.json", content(json.dumps({"waffles": [1]})), "names as texts"),
    "food one class": (
        "food101",
        f"{FOOD}/train.json",
        content(json.dumps({"waffles": ["waffles/0"]})),
        "one class only, 'waffles'",
    ),
    "cub ids": (
        "cub200",
        f"{CUB}/train_test_split.txt",
        replace("16 0\n", ""),
        "its image ids are not those of images.txt",
    ),
    "cub flag": (
        "cub200",
        f"{CUB}/train_test_split.txt",
        replace("16 0\n", "16 2\n"),
        "expected 0 or 1 for each image, got '2'",
    ),
    "cub label": ("cub200", f"{CUB}/image_class_labels.txt", replace("1 1\n", "1 7\n"), "class numbers 1 to 2, got 7"),
    "aircraft name": (
        "aircraft",
        "fgvc-aircraft-2013b/data/images_variant_train.txt",
        replace("F/A-18", "F/A-19"),
        "the class 'F/A-19' is none of the 3 known",
    ),
    "sun scene": (
        "sun397",
        "SUN397/Partitions/Training_01.txt",
        replace("/a/abbey", "/a/abby"),
        "the class 'abby' is none of the 2",
    ),
    "voc value": (
        "voc2007",
        f"{VOC}/ImageSets/Main/cat_train.txt",
        replace("-1", " 2"),
        "expected 1, 0 or -1 for each image, got '2'",
    ),
    "voc count": (
        "voc2007",
        f"{VOC}/ImageSets/Main/cat_train.txt",
        replace("2007_000000 -1\n", ""),
        "expected the 11 images of the part",
    ),
    "voc class list": (
        "voc2007",
        f"{VOC}/ImageSets/Main/cat_train.txt",
        os.unlink,
        "cat_train.txt: there is no such list",
    ),
    "imagenet list": (
        "imagenet-1%",
        "1percent.txt",
        replace("n01443537_000", "n99999999_000"),
        "the class 'n99999999' is none of the 2",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_broken_files_are_named(damage, tmp_path):
    name, file, change, pattern = DAMAGES[damage]
    WRITERS[name](tmp_path)
    change(tmp_path / file)
    with pytest.raises((DataError, FileMissing), match=pattern) as caught:
        open_dataset(name, tmp_path, "train")
    assert str(tmp_path) in str(caught.value)


VOC_DAMAGES = {
    "truncated": (voc_annotation(["cat"], [0])[:150], "broken or refused XML"),
    "another class": (voc_annotation(["unicorn"], [0]), "expected one of VOC's 20 classes, got 'unicorn'"),
    "beyond": (
        voc_annotation(["cat"], [0], ymax="900"),
        r"the box \(1.0, 2.0, 12.0, 900.0\) is not inside the 12 x 9 image",
    ),
    "reversed": (voc_annotation(["cat"], [0], ymax="1"), "is not inside the 12 x 9 image"),
    "not a number": (voc_annotation(["cat"], [0], ymax="nan"), "expected a number from 0 as bndbox/ymax, got 'nan'"),
    "flag": (voc_annotation(["cat"], [7]), "expected 0 or 1 as difficult, got '7'"),
    "entities": (
        '<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;">]><annotation>&c;</annotation>',
        "a document type; annotations",
    ),
    "outside file": (
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><annotation>&b;</annotation>',
        "a document type",
    ),
    "deep": ("<a>" * 1000, "elements more than 16 deep"),
    "large": (" " * (2**20 + 1), "1048577 bytes, expected annotation file of at most 1 MiB"),
    "unknown encoding": ('<?xml version="1.0" encoding="klingon"?><a/>', "broken or refused XML"),
    "empty": ("", "broken or refused XML"),
}


@pytest.mark.parametrize("damage", VOC_DAMAGES)
def test_broken_annotations_are_named(damage, tmp_path):
    text, pattern = VOC_DAMAGES[damage]
    WRITERS["voc2007"](tmp_path)
    path = tmp_path / VOC / "Annotations/2007_000003.xml"
    path.write_text(text)
    voc = open_dataset("voc2007-detection", tmp_path, "train")
    with pytest.raises(DataError, match=pattern) as caught:
        voc.boxes(3)
    assert str(path) in str(caught.value)
    path.unlink()
    with pytest.raises(FileMissing, match="there is no such annotation file"):
        voc.boxes(3)


def test_broken_masks_are_named(tmp_path):
    WRITERS["voc2007"](tmp_path)
    WRITERS["cityscapes"](tmp_path)
    voc = open_dataset("voc2007-segmentation", tmp_path, "train")
    path = tmp_path / VOC / "SegmentationClass/2007_000003.png"
    Image.fromarray(np.full((9, 12), 21, np.uint8)).save(path)
    with pytest.raises(DataError, match=f"{re.escape(str(path))}: expected 0 to 20 or 255 in a mask, got 21"):
        voc.mask(3)
    write_image(path)
    with pytest.raises(DataError, match="expected one number of 8 bits per pixel, got a picture of mode RGB"):
        voc.mask(3)
    Image.fromarray(np.zeros((5, 5), np.uint8)).save(path)
    with pytest.raises(DataError, match=r"the image has height, width \(9, 12\), its mask \(5, 5\)"):
        voc.check_target(3, 9, 12)
    city = open_dataset("cityscapes", tmp_path, "test")
    path = next((tmp_path / "gtFine/val").rglob("*_000000_*.png"))
    Image.fromarray(np.full((9, 12), 34, np.uint8)).save(path)
    with pytest.raises(DataError, match=f"{re.escape(str(path))}: expected label ids 0 to 33, got 34"):
        city.mask(0)
    path.unlink()
    with pytest.raises(FileMissing, match="1 of the 3 images that it lists are missing"):
        open_dataset("cityscapes", tmp_path, "test")


class Foreign:
    """Leaves a mark where its pickle is executed."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


HOSTILE = {
    "a class of the file's own": b"cos\nsystem\n(S'touch {mark}'\ntR.",
    "stack global": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x0atouch xxxx\x85R.",
    "a builtin": b'c__builtin__\neval\n(S\'open("{mark}","w")\'\ntR.',
    "an attribute of numpy": b"cnumpy\nload\n(S'{mark}'\ntR.",
    "dotted name": b"cnumpy.core.multiarray\n_reconstruct.__globals__\n(tR.",
    "inst": b"(S'touch {mark}'\nios\nsystem\n.",
    "obj": b"(cos\nsystem\nS'touch {mark}'\no.",
    "new object": b"\x80\x02cnumpy\nndarray\n)\x81.",
    "persistent id": b"Pid\n.",
    "extension": b"\x80\x02\x82\x01.",
    "call of a call": b"cnumpy\nndarray\n(tR(tR.",
    "state of a list": b"](S'a'\ntb.",
    "text array": b"}(S'data'\ncnumpy\ndtype\n(S'O8'\ntRu.",
    "tuple as key": b"}(K\x01\x85K\x02u.",
    "a list": b"].",
    "a set": b"\x80\x04}\x8c\x01a\x8f(K\x01\x90s.",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_row_17_foreign_classes_are_refused_before_anything_is_called(kind, tmp_path):
    mark = tmp_path / "executed"
    path = tmp_path / "data_batch_1"
    path.write_bytes(HOSTILE[kind].replace(b"{mark}", str(mark).encode()))
    with pytest.raises(DataError, match=r"refused, nothing in the file was executed") as caught:
        read_dataset_pickle(path)
    assert str(path) in str(caught.value)
    assert not mark.exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_row_17_a_foreign_class_beside_good_entries(protocol, tmp_path):
    mark = tmp_path / "executed"
    WRITERS["cifar10"](tmp_path)
    path = tmp_path / CIFAR / "data_batch_1"
    path.write_bytes(pickle.dumps({"labels": [0] * 10, "x": Foreign(mark)}, protocol))
    with pytest.raises(DataError, match=r"it names (posix|os)\.system, which is not a NumPy array"):
        open_dataset("cifar10", tmp_path)
    assert not mark.exists()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_pickles_written_again_by_python_3_are_read(protocol, tmp_path):
    entries = {"data": cifar_pixels(3, 0), "labels": [0, 1, 2], "more": np.arange(6, dtype=">i4").reshape(2, 3).T}
    (tmp_path / "batch").write_bytes(pickle.dumps(entries, protocol))
    found = read_dataset_pickle(tmp_path / "batch")
    assert found["labels"] == [0, 1, 2]
    for name in ("data", "more"):
        np.testing.assert_array_equal(found[name], entries[name])


def test_the_tests_own_python_2_pickles_are_pickles():
    entries = {"data": cifar_pixels(2, 0), "labels": [0, 300], "name": "batch 1"}
    found = pickle.loads(Python2Pickle.dictionary(entries), encoding="latin1")
    np.testing.assert_array_equal(found.pop("data"), entries.pop("data"))
    assert found == entries


def test_a_pickle_cannot_unfold_beyond_its_own_size(tmp_path):
    text = b"X" + struct.pack("<i", 1000) + b"a" * 1000 + b"q\x010"
    encode = b"c_codecs\nencode\nh\x01U\x06latin1\x86R"
    (tmp_path / "bomb").write_bytes(b"\x80\x02]" + text + encode * 1000 + b".")
    with pytest.raises(DataError, match="it unfolds to more than its own size"):
        read_dataset_pickle(tmp_path / "bomb")


def test_a_mat_file_that_unfolds_without_end_is_refused(tmp_path):
    header = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    packed = zlib.compress(bytes(2**25), 9)
    (tmp_path / "bomb.mat").write_bytes(header + struct.pack("<II", 15, len(packed)) + packed)
    with pytest.raises(
        DataError, match="bomb.mat: truncated or broken .mat file: it unfolds to more than any annotation"
    ):
        MatFile(tmp_path / "bomb.mat", "labels")
    with pytest.raises(FileMissing, match="none.mat: there is no such MATLAB file"):
        MatFile(tmp_path / "none.mat", "labels")


def test_row_14_broken_images_are_named(tmp_path):
    path = tmp_path / "a.jpg"
    write_image(path, size=(200, 200))
    truncate(path)
    with pytest.raises(DataError, match=f"{re.escape(str(path))}: cannot be read as an image: .*truncated"):
        decode(path)
    path.write_text("no image")
    with pytest.raises(ValueError, match=f"{re.escape(str(path))}: cannot be read as an image"):
        decode(path)
    with pytest.raises(FileNotFoundError, match="b.jpg: there is no such image file"):
        decode(tmp_path / "b.jpg")
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        decode(tmp_path)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("read", [decode, decode_indices])
@pytest.mark.parametrize("side", [10_000, 100_000])
def test_row_15_decompression_bombs_are_refused(read, side, tmp_path):
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(10_000_000), 9)
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    with pytest.raises(DataError, match="bomb.png: .*(limit|decompression bomb)"):
        read(path)


@pytest.mark.parametrize("form", ["EPS", "PCX"])
def test_other_formats_are_not_decoded(form, tmp_path):
    """Pillow hands EPS to Ghostscript; PCX stands for the decoders that no data set needs."""
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, form)
    (tmp_path / "a.jpg").write_bytes(picture.getvalue())
    with pytest.raises(DataError, match="a.jpg: cannot be read as an image"):
        decode(tmp_path / "a.jpg")


def test_npy_files_are_memory_mapped_and_checked(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (6, 5, 4, 3), np.uint8)
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "labels.npy", np.array([0, 1, 2] * 2))
    dataset = ArrayDataset(tmp_path / "images.npy", str(tmp_path / "labels.npy"))
    np.testing.assert_array_equal(dataset.read(4), images[4])
    assert dataset.classes == ("0", "1", "2") and dataset.labels.tolist() == [0, 1, 2] * 2
    assert isinstance(dataset.images, np.memmap) or isinstance(dataset.images.base, np.memmap)
    assert not dataset.images.flags.writeable and dataset.read(0).flags.writeable  # a copy, the caller's own
    assert dataset.source(3) == f"image 3 of {tmp_path / 'images.npy'}"


def test_broken_npy_files_are_named(tmp_path):
    path = tmp_path / "images.npy"
    np.save(path, np.zeros((100, 8, 8, 3), np.uint8))
    truncate(path)
    with pytest.raises(DataError, match=f"{re.escape(str(path))}: cannot be read as a .npy file of plain numbers"):
        ArrayDataset(path)
    mark = tmp_path / "executed"
    np.save(path, np.array([Foreign(mark)], object), allow_pickle=True)
    with pytest.raises(DataError, match="cannot be read as a .npy file.*write it with numpy.save"):
        ArrayDataset(path)
    assert not mark.exists()
    np.savez(tmp_path / "several.npz", a=np.zeros(3))
    with pytest.raises(DataError, match="several.npz: cannot be read as a .npy file"):
        ArrayDataset(tmp_path / "several.npz")
    with pytest.raises(FileMissing, match="none.npy: there is no such .npy file"):
        ArrayDataset(tmp_path / "none.npy")


def test_labels_of_arrays_are_checked():
    images = np.zeros((4, 5, 5, 3), np.uint8)
    assert ArrayDataset(images, np.eye(4, dtype=bool), tuple("abcd")).labels.shape == (4, 4)
    for labels, classes, pattern in (
        ([0, 1, 2], (), r"labels: expected one label per image, shape \(4,\), got \(3,\)"),
        ([0, 1, 2, 3], ("a", "b"), "labels: expected labels in 0 to 1, got 2 at index 2"),
        ([0, -1, 0, 0], (), "labels: expected labels in 0 and up, got -1 at index 1"),
        ([1, 1, 1, 1], (), "labels: expected at least two classes, got only label 1"),
        ([0.0, np.nan, 0, 0], (), "labels: expected integer labels from 0, got nan"),
        (np.zeros((3, 2), bool), (), r"labels: expected one row per image, shape \(4, classes\), got \(3, 2\)"),
        (np.zeros((4, 2), bool), tuple("abc"), r"labels: expected one row per image, shape \(4, 3\), got \(4, 2\)"),
    ):
        with pytest.raises(InvalidArgument, match=pattern):
            ArrayDataset(images, labels, classes)


@pytest.mark.parametrize("compressed", [False, True])
def test_mat_files_hold_what_scipy_wrote(compressed, tmp_path):
    numbers = {f"n_{kind}": np.arange(6).astype(kind).reshape(2, 3) for kind in ("u1", "i2", "u2", "i4", "f4", "f8")}
    texts = ["", "a", "four", "Zürich", "日本"]
    savemat(tmp_path / "a.mat", {**numbers, "t": cell(texts), "s": cars_annotations(3)}, do_compression=compressed)
    oracle = loadmat(tmp_path / "a.mat")
    for name in numbers:
        np.testing.assert_array_equal(MatFile(tmp_path / "a.mat", name).numbers(name), oracle[name].ravel("F"))
    file = MatFile(tmp_path / "a.mat", "t", "s")
    assert file.texts("t")[1:] == texts[1:]
    assert file.field_texts("s", "fname") == [entry.item() for entry in oracle["s"]["fname"][0]]
    assert file.field_numbers("s", "class").tolist() == [1, 2, 1]


def test_mat_files_without_what_is_needed(tmp_path):
    WRITERS["cars"](tmp_path)
    savemat(tmp_path / CARS / "devkit/cars_train_annos.mat", {"annotations": {"fname": "a.jpg"}})
    with pytest.raises(BisslError, match="annotations as a structure with the field 'class'"):
        bissl.data.StanfordCars(tmp_path)
    write_lines(tmp_path / "x.txt", ["a"])
    with pytest.raises(BisslError, match="not a MATLAB file"):
        MatFile(tmp_path / "x.txt", "a")
