"""Every reader on a small data set in the published layout: images, labels, classes, splits, missing files."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from dataset_files import (
    VOC_CLASSES,
    WRITERS,
    cifar_pixels,
    mnist_images,
    stl10_images,
    write_class_folders,
    write_image,
)

import bissl
from bissl.data import Subset, open_dataset
from bissl.data.readers import splits_in
from bissl.errors import DataError, FileMissing, InvalidArgument
from bissl.targets import LEFT_OUT, BoxTargets, LabelMaps

NAMES = sorted(WRITERS)
FASHION = Path("/usr/share/datasets/fashion-mnist")
PUBLISHED_VALIDATION = {"aircraft", "dtd", "flowers102", *(name for name in NAMES if name.startswith("voc"))}

# Those whose images are found in folders, or stand in arrays.
WITHOUT_LISTS = {"folder", "unlabeled-folder", "caltech101", "cityscapes", "imagenet", "stl10", "cifar10", "cifar100"}
WITHOUT_LISTS |= {"mnist", "fashion-mnist", "kmnist", "emnist", "segmentation-folder"}
WITHOUT_LISTS |= {"clipart", "emoji", "icons", "stamps"}

# The class of an image by its path, as the writers made it.
CLASS_OF = {
    "aircraft": lambda path: ["707-320", "F/A-18", "DHC-8 Q400"][int(path.stem) % 1000 % 3],
    "cars": lambda path: ["AM General Hummer SUV 2000", "Acura RL Sedan 2012"][int(path.stem) % 2],
    "flowers102": lambda path: str(1 + (int(path.stem[-5:]) - 1) % 3),
    "pets": lambda path: path.stem.rpartition("_")[0],
    "sun397": lambda path: str(path.parent).partition("SUN397/a/")[2],
    **{
        name: lambda path: path.parent.name
        for name in ("caltech101", "cub200", "dtd", "folder", "food101", "imagenet", "imagenet-1%", "imagenet-10%")
    },
}


@pytest.fixture(scope="module")
def roots(tmp_path_factory) -> dict[str, Path]:
    """Each data set in a folder of its own; not to be changed."""
    made = {}
    for name, write in WRITERS.items():
        made[name] = tmp_path_factory.mktemp("root")
        write(made[name])
    return made


@pytest.fixture
def written(tmp_path):
    """Writes a data set into a folder that the test may damage."""

    def write(name: str) -> Path:
        WRITERS[name](tmp_path)
        return tmp_path

    return write


def identities(dataset) -> list[bytes]:
    """What tells images apart: the path, or the pixels where there is none."""
    sources = [dataset.source(i) for i in range(len(dataset))]
    return [s.encode() if "/" in s else dataset.read(i).tobytes() for i, s in enumerate(sources)]


@pytest.mark.parametrize("name", NAMES)
def test_splits_have_one_meaning(name, roots):
    parts = {split: identities(open_dataset(name, roots[name], split)) for split in splits_in(name, roots[name])}
    train, validation, both = (parts[split] for split in ("train", "validation", "train+validation"))
    assert train and validation and not set(train) & set(validation)
    assert sorted(train + validation) == sorted(both)
    assert not set(both) & set(parts.get("test", []))
    if name not in PUBLISHED_VALIDATION:
        assert len(validation) == round(0.2 * len(both))


@pytest.mark.parametrize("name", NAMES)
def test_images_labels_and_classes(name, roots):
    dataset = open_dataset(name, roots[name], "train")
    image = dataset.read(0)
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    if dataset.labels is not None:
        assert len(dataset.labels) == len(dataset) and len(dataset.classes) >= 2
        assert dataset.labels.dtype == (np.int8 if name.startswith("voc") else np.int64)


@pytest.mark.parametrize("name", sorted(CLASS_OF))
def test_labels_are_those_of_the_images(name, roots):
    for split in splits_in(name, roots[name]):
        dataset = open_dataset(name, roots[name], split)
        found = [dataset.classes[label] for label in dataset.labels]
        assert found == [CLASS_OF[name](Path(dataset.source(i))) for i in range(len(dataset))]


@pytest.mark.parametrize("name", sorted(set(NAMES) - PUBLISHED_VALIDATION))
def test_the_validation_part_is_keyed_by_the_seed(name, roots):
    def validation(seed: int) -> list[bytes]:
        return identities(open_dataset(name, roots[name], "validation", seed=seed, validation_share=0.4))

    assert validation(3) == validation(3)
    assert any(validation(seed) != validation(3) for seed in (4, 5, 6))


@pytest.mark.parametrize("name", NAMES)
def test_the_unpacked_folder_itself_is_a_root_too(name, roots):
    dataset = open_dataset(name, roots[name], "train")
    inner = open_dataset(name, dataset.root, "train")
    assert inner.root == dataset.root and len(inner) == len(dataset)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_root_shows_the_expected_tree(name, tmp_path):
    root = tmp_path / "nowhere"
    with pytest.raises(FileMissing, match=rf"root: .* expects .*missing \({re.escape(str(root))} is not there\)"):
        open_dataset(name, root)
    with pytest.raises(FileNotFoundError, match="MISSING"):
        open_dataset(name, root)


@pytest.mark.parametrize("name", NAMES)
def test_each_missing_file_is_marked_in_the_tree(name, roots, tmp_path):
    dataset = open_dataset(name, roots[name], "train")
    entries = dataset.expected(("train",))
    for number, entry in enumerate(entries):
        root = tmp_path / str(number)
        shutil.copytree(roots[name], root)
        home = root / dataset.root.relative_to(roots[name])
        for place in list(home.glob(entry.path.rstrip("/"))):
            shutil.rmtree(place) if place.is_dir() else place.unlink()
        with pytest.raises((FileMissing, DataError)) as caught:
            open_dataset(name, root)
        lines = str(caught.value).splitlines()
        last = entry.path.rstrip("/").rpartition("/")[2]
        assert any(re.search(rf"^\s*{re.escape(last)}/?\s+MISSING", line) for line in lines), str(caught.value)
        assert len(entries) == 1 or any(line.rstrip().endswith("found") or "found  (" in line for line in lines)


@pytest.mark.parametrize("name", sorted(set(NAMES) - WITHOUT_LISTS))
def test_a_listed_image_that_is_missing_is_named(name, written):
    root = written(name)
    path = Path(open_dataset(name, root, "train").source(0))
    path.unlink()
    with pytest.raises(FileMissing, match=rf"1 of the \d+ images that it lists are missing.*{re.escape(path.name)}"):
        open_dataset(name, root, "train")


def test_a_file_in_place_of_a_folder(written):
    root = written("pets")
    shutil.rmtree(root / "oxford-iiit-pet/images")
    (root / "oxford-iiit-pet/images").write_text("")
    with pytest.raises(FileMissing, match="images/ +a FILE, not a folder"):
        open_dataset("pets", root)


def test_cifar_pixels_are_rows_of_three_planes(roots):
    dataset = open_dataset("cifar10", roots["cifar10"], "test")
    expected = cifar_pixels(10, 5).reshape(10, 3, 32, 32)
    np.testing.assert_array_equal(dataset.read(3), expected[3].transpose(1, 2, 0))
    np.testing.assert_array_equal(dataset.labels, np.arange(10) % 2)


def test_cifar10_trains_on_four_fifths_of_each_class(roots):
    train = open_dataset("cifar10", roots["cifar10"], "train")
    assert np.bincount(train.labels).tolist() == [20, 20]


def test_mnist_files_may_be_compressed(roots):
    for split, count, seed in (("train+validation", 100, 0), ("test", 20, 1)):
        dataset = open_dataset("mnist", roots["mnist"], split)
        assert len(dataset) == count and dataset.labels[13] == 3
        np.testing.assert_array_equal(dataset.read(13), np.repeat(mnist_images(count, seed)[13][..., None], 3, axis=2))


def test_emnist_images_are_stored_transposed_and_letters_numbered_from_one(roots):
    letters = open_dataset("emnist", roots["emnist"], "train+validation", subset="letters")
    assert letters.classes[letters.labels[25]] == "z"
    np.testing.assert_array_equal(letters.read(3)[..., 0], mnist_images(260, 0)[3].T)
    with pytest.raises(InvalidArgument, match='subset: .*did you mean "letters"'):
        open_dataset("emnist", roots["emnist"], subset="leters")


@pytest.mark.skipif(not FASHION.is_dir(), reason="needs Debian's package dataset-fashion-mnist")
def test_the_package_of_fashion_mnist():
    test = open_dataset("fashion-mnist", FASHION, "test")
    assert len(test) == 10_000 and np.bincount(test.labels).tolist() == 10 * [1000]
    assert [test.classes[label] for label in test.labels[:2]] == ["Ankle boot", "Pullover"]


def test_stl10_planes_are_stored_column_after_column(roots):
    both = open_dataset("stl10", roots["stl10"], "train+validation")
    np.testing.assert_array_equal(both.read(7), stl10_images(20, 0)[7])
    np.testing.assert_array_equal(both.labels, np.arange(20) % 2)
    unlabelled = open_dataset("stl10", roots["stl10"], "unlabeled")
    np.testing.assert_array_equal(unlabelled.read(1), stl10_images(4, 2)[1])
    assert unlabelled.labels is None


def test_stl10_is_memory_mapped_and_read_only(roots):
    data = open_dataset("stl10", roots["stl10"], "test")
    while isinstance(data, Subset):
        data = data.base
    base = data.images
    assert not base.flags.writeable and data.read(0).flags.writeable  # a copy, the caller's own
    while getattr(base, "base", None) is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)


def test_stl10_folds(roots):
    fold = bissl.data.STL10(roots["stl10"], "train+validation", fold=9)
    np.testing.assert_array_equal(fold.read(0), stl10_images(20, 0)[9])
    assert len(fold) == 10
    with pytest.raises(InvalidArgument, match="fold: expected an integer from 0 to 9, got 10"):
        bissl.data.STL10(roots["stl10"], fold=10)


def test_food101_keeps_the_published_order(roots):
    dataset = open_dataset("food101", roots["food101"], "train+validation")
    assert [Path(dataset.source(i)).stem for i in range(5)] == ["4", "3", "2", "1", "0"]
    assert Path(dataset.source(0)).parent.name == "waffles" and dataset.labels[0] == 1


def test_caltech101_trains_on_thirty_images_per_class(roots):
    root = roots["caltech101"]
    both = open_dataset("caltech101", root, "train+validation")
    assert both.classes == ("Faces", "accordion")
    assert np.bincount(both.labels).tolist() == [30, 30]
    assert np.bincount(open_dataset("caltech101", root, "train").labels).tolist() == [24, 24]
    assert np.bincount(open_dataset("caltech101", root, "test").labels).tolist() == [4, 2]
    test = {open_dataset("caltech101", root, "test", seed=seed).source(0) for seed in range(5)}
    assert len(test) > 1
    with pytest.raises(DataError, match="accordion: 32 images; 32 are for training.*lower train_per_class"):
        bissl.data.Caltech101(root, train_per_class=32)


def test_caltech101_grey_images_become_three_channels(roots):
    grey = bissl.data.ImageFolder(roots["caltech101"] / "caltech101/101_ObjectCategories")
    sample = next(i for i in range(len(grey)) if grey.source(i).endswith("Faces/Faces_000.jpg"))
    assert (grey.read(sample) == 77).all() and grey.read(sample).shape == (9, 12, 3)


def test_imagenet_lists_keep_the_named_images(roots):
    for name, per_class in (("imagenet", 10), ("imagenet-10%", 5), ("imagenet-1%", 2)):
        both = open_dataset(name, roots[name], "train+validation")
        assert np.bincount(both.labels).tolist() == [per_class, per_class]
        assert both.classes == ("n01440764", "n01443537")
        assert len(open_dataset(name, roots[name], "test")) == 4


def test_imagenet_validation_images_must_be_sorted_into_folders(written):
    root = written("imagenet")
    for folder in list((root / "val").iterdir()):
        for image in list(folder.iterdir()):
            image.rename(root / "val" / image.name)
        folder.rmdir()
    with pytest.raises(DataError, match=r"n\*/ +MISSING  \(a folder per WordNet id"):
        open_dataset("imagenet", root, "test")


@pytest.mark.parametrize("level, classes", [("variant", 3), ("family", 2)])
def test_aircraft_levels(level, classes, roots):
    assert len(bissl.data.Aircraft(roots["aircraft"], level=level).classes) == classes


@pytest.mark.parametrize("reader", ["DTD", "SUN397"])
def test_partitions_are_one_to_ten(reader, roots):
    make = getattr(bissl.data, reader)
    root = roots[reader.lower()]
    assert len(make(root, partition=2)) == len(make(root))
    with pytest.raises(InvalidArgument, match="partition: expected an integer from 1 to 10, got 0"):
        make(root, partition=0)


def test_voc_labels_leave_difficult_objects_out(roots):
    voc = open_dataset("voc2007", roots["voc2007"], "train")
    assert voc.classes == tuple(VOC_CLASSES)
    assert np.flatnonzero(voc.labels[0] == LEFT_OUT).tolist() == [0, 10] and not (voc.labels[0] == 1).any()
    assert np.flatnonzero(voc.difficult[0]).tolist() == [0, 10]
    assert np.flatnonzero(voc.labels[3]).tolist() == [3, 13] and not voc.difficult[3].any()
    assert set(np.unique(voc.labels)) == {-1, 0, 1}


def test_voc_2012_has_no_test_labels(roots):
    with pytest.raises(InvalidArgument, match='VOC 2012 test part are withheld.*year="2007\\+2012" tests on VOC 2007'):
        open_dataset("voc2012", roots["voc2012"], "test")


def test_voc_both_years_train_together_and_test_on_2007(roots):
    both = open_dataset("voc2007+2012", roots["voc2012"], "train")
    assert [Path(both.source(i)).stem[:4] for i in (0, 11)] == ["2007", "2012"]
    assert len(open_dataset("voc2007+2012", roots["voc2012"], "test")) == 11


def test_voc_boxes_count_from_zero_with_exclusive_ends(roots):
    voc = open_dataset("voc2007-detection", roots["voc2007"], "train")
    boxes = voc.boxes(3)
    np.testing.assert_array_equal(boxes.corners, [[0, 1, 12, 9]] * 2)
    assert boxes.labels.tolist() == [3, 13] and not boxes.difficult.any() and boxes.truncated.all()
    assert voc.boxes(0).difficult.all()
    assert len(boxes) == 2 and boxes.corners.dtype == np.float64 and boxes.labels.dtype == np.int64


def test_voc_masks_hold_classes_and_void(roots):
    voc = open_dataset("voc2007-segmentation", roots["voc2007"], "train")
    mask = voc.mask(4)
    assert mask.shape == voc.read(4).shape[:2] and mask.dtype == np.uint8
    assert mask.ravel()[:4].tolist() == [0, 5, 255, 0]
    assert voc.classes[5] == "bottle" and voc.labels is None


def test_targets_stay_with_their_images_in_a_subset(roots):
    voc = open_dataset("voc2007-detection", roots["voc2007"], "train+validation")
    few = voc.subset([13, 3])
    assert few.source(1) == voc.source(3)
    np.testing.assert_array_equal(few.boxes(1).labels, voc.boxes(3).labels)
    np.testing.assert_array_equal(few.difficult, voc.difficult[[13, 3]])
    np.testing.assert_array_equal(few.subset([1]).labels, voc.labels[[3]])


def test_targets_are_what_their_kinds_check(roots):
    """Of the data set, of a part of it, and of those that hold no more than classes."""
    for name, kind in (
        ("voc2007-detection", BoxTargets(20)), ("voc2007-segmentation", LabelMaps(21)), ("cityscapes", LabelMaps(19)),
    ):  # fmt: skip
        dataset = open_dataset(name, roots[name.split("-")[0]], "train")
        size = dataset.read(1).shape[:2]
        whole = kind.check_image(dataset.target(1), dataset.source(1), size)
        for part in (dataset.subset([1]), Subset(dataset, [1])):
            assert str(kind.check_image(part.target(0), "part", size)) == str(whole)
    voc = open_dataset("voc2007", roots["voc2007"], "train")
    assert np.array_equal(voc.target(3), voc.labels[3])


def test_cityscapes_masks_hold_train_ids(roots):
    city = open_dataset("cityscapes", roots["cityscapes"], "test")
    assert city.mask(0).ravel()[:5].tolist() == [0, 1, 18, 255, 255]
    assert (city.classes[0], city.classes[1], city.classes[18]) == ("road", "sidewalk", "bicycle")


def test_cityscapes_validation_is_cut_within_each_city(roots):
    validation = open_dataset("cityscapes", roots["cityscapes"], "validation")
    cities = [Path(validation.source(i)).parent.name for i in range(len(validation))]
    assert cities == ["aachen", "aachen", "ulm"]


def test_image_folder_with_parts(tmp_path):
    write_class_folders(tmp_path / "train", {"cat": 4, "dog": 4})
    write_class_folders(tmp_path / "val", {"cat": 1, "dog": 2})
    write_class_folders(tmp_path / "test", {"dog": 3})
    sizes = {split: len(bissl.data.ImageFolder(tmp_path, split)) for split in bissl.data.SPLITS}
    assert sizes == {"train": 8, "validation": 3, "train+validation": 11, "test": 3}
    assert bissl.data.ImageFolder(tmp_path, "test").labels.tolist() == [1, 1, 1]
    write_class_folders(tmp_path / "test", {"horse": 1})
    with pytest.raises(DataError, match="test: the class 'horse' is none of the 2 known"):
        bissl.data.ImageFolder(tmp_path, "test")


@pytest.mark.parametrize(
    "train, validation, test",
    [
        ("train", "valid", "test"),
        ("Train", "Val", "Test"),
        ("training", "validation", "testing"),
        ("TRAIN", "dev", "eval"),
        ("training_set", "validation-set", "test set"),
    ],
)
def test_image_folder_understands_names_of_parts(train, validation, test, tmp_path):
    for name, count in ((train, 4), (validation, 2), (test, 3)):
        write_class_folders(tmp_path / name, {"cat": count, "dog": count})
    assert splits_in("folder", tmp_path) == bissl.data.SPLITS
    for split, count in (("train", 8), ("validation", 4), ("train+validation", 12), ("test", 6)):
        folder = bissl.data.ImageFolder(tmp_path, split)
        assert folder.classes == ("cat", "dog") and len(folder) == count


UNCLEAR = {
    "no training": (["val/cat/a.png", "val/dog/a.png", "test/cat/a.png"], "test/, val/: there is no part for training"),
    "images in parts": (["train/a.png", "test/a.png"], "test/, train/: images of parts must lie in class folders"),
    "images in parts beside others": (
        ["val/a.png", "test/a.png", "cat/a.png"],
        "test/, val/: images of parts must lie",
    ),
    "two names": (
        ["train/cat/a.png", "Valid/cat/a.png", "val/cat/a.png"],
        "Valid/, val/: two folders for the validation",
    ),
    "an unknown part": (
        ["train/cat/a.png", "holdout/cat/a.png"],
        "holdout/: neither a part of the data set nor, beside train/",
    ),
    "only test": (["Testing/cat/a.png", "Testing/dog/a.png"], "Testing/: there is no part for training"),
}


@pytest.mark.parametrize("layout", UNCLEAR)
def test_folders_that_are_not_understood_are_shown(layout, tmp_path):
    paths, message = UNCLEAR[layout]
    for path in paths:
        write_image(tmp_path / path)
    with pytest.raises(DataError, match=f"(?s)^{re.escape(str(tmp_path))}: {message}.*Found:\n") as caught:
        bissl.data.ImageFolder(tmp_path)
    assert all(f"{Path(path).parts[0]}/" in str(caught.value).partition("Found:")[2] for path in paths)


def test_folders_beside_the_parts_without_images_or_labels_do_no_harm(tmp_path):
    write_class_folders(tmp_path / "train", {"cat": 5, "dog": 5})
    write_class_folders(tmp_path / "unlabeled", {"x": 2})
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations/all.csv").write_text("")
    assert len(bissl.data.ImageFolder(tmp_path)) == 10


def test_files_that_are_not_read_are_counted_and_warned_of_once(tmp_path, caplog):
    write_class_folders(tmp_path / "train", {"cat": 5, "dog": 5})
    for name in ("cat/1", "cat/2", "dog/notes.TXT", "dog/film.mp4", "list.csv"):
        (tmp_path / "train" / name).write_bytes(b"x")
    write_image(tmp_path / "train/stray.png")
    (tmp_path / "README").write_text("")
    folder = bissl.data.ImageFolder(tmp_path, "train")
    bissl.data.ImageFolder(tmp_path, "validation")
    expected = {"": 3, ".txt": 1, ".mp4": 1, ".csv": 1, "images outside of class folders": 1}
    assert folder.skipped_files == expected and folder.subset([0]).skipped_files == expected
    assert caplog.text.count("2 without an extension, 1 .csv, 1 .mp4, 1 .txt, 1 images outside of class folders") == 1
    unlabelled = bissl.data.UnlabeledFolder(tmp_path)
    assert len(unlabelled) == 11 and unlabelled.skipped_files == {"": 3, ".txt": 1, ".mp4": 1, ".csv": 1}


def test_image_folder_with_a_class_called_train(tmp_path):
    write_class_folders(tmp_path, {"train": 2, "plane": 2})
    assert bissl.data.ImageFolder(tmp_path).classes == ("plane", "train")


def test_image_folder_reads_nested_and_linked_folders_once_and_steps_over_hidden_files(tmp_path):
    root = tmp_path / "root"
    write_class_folders(root, {"cat": 1, "cat/indoors": 1})
    write_class_folders(tmp_path / "elsewhere", {"dog": 2})
    (root / "dog").symlink_to(tmp_path / "elsewhere/dog")
    (root / "cat/loop").symlink_to(root / "cat")
    (root / "cat/._cat.jpg").write_bytes(b"resource fork")
    (root / "cat/notes.txt").write_text("not an image")
    write_image(root / "cat/UPPER.JPG")
    folder = bissl.data.ImageFolder(root)
    assert np.bincount(folder.labels).tolist() == [3, 2]


def test_image_folder_without_a_test_part(roots):
    with pytest.raises(FileMissing, match="holds no test part; an image folder with one has train/<class>/ and test/"):
        bissl.data.ImageFolder(roots["folder"], "test")


def test_unlabelled_folder(roots):
    folder = bissl.data.UnlabeledFolder(roots["unlabeled-folder"])
    assert folder.labels is None and folder.classes == ()
    assert [folder.source(i) for i in range(15)] == sorted(folder.source(i) for i in range(15))


def test_row_11_folders_without_images_or_classes(tmp_path):
    with pytest.raises(
        DataError, match=rf"(?s){re.escape(str(tmp_path))}/.*\*/ +MISSING  \(a folder per class.*Unlabeled"
    ):
        bissl.data.ImageFolder(tmp_path)
    with pytest.raises(DataError, match=r"(?s)a folder of images expects.*\* +MISSING"):
        bissl.data.UnlabeledFolder(tmp_path)
    write_image(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match=r"\*/ +MISSING  \(a folder per class"):
        bissl.data.ImageFolder(tmp_path)
    write_image(tmp_path / "cat/a.jpg")
    with pytest.raises(DataError, match=rf"(?s){re.escape(str(tmp_path))}: one class only, 'cat'.*a folder per class"):
        bissl.data.ImageFolder(tmp_path)
    (tmp_path / "dog").mkdir()
    with pytest.raises(
        DataError, match=rf"(?s){re.escape(str(tmp_path))}: no images of the class 'dog'.*a folder per class"
    ):
        bissl.data.ImageFolder(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/notes.txt").write_text("")
    with pytest.raises(DataError, match="(?s)empty: no images in the part 'train'.*expects"):
        bissl.data.UnlabeledFolder(tmp_path / "empty")


def test_unknown_names_splits_and_options_name_the_nearest(roots):
    root = roots["folder"]
    with pytest.raises(InvalidArgument, match='name: expected one of .*got "cifar-10"; did you mean "cifar10"'):
        open_dataset("cifar-10", root)
    with pytest.raises(InvalidArgument, match='split: expected one of .*got "val"; did you mean "validation"'):
        open_dataset("folder", root, "val")
    with pytest.raises(InvalidArgument, match='option of folder: .*got "sed"; did you mean "seed"'):
        open_dataset("folder", root, sed=1)
    with pytest.raises(InvalidArgument, match="share: expected a number above 0 and below 1, got 1"):
        open_dataset("folder", root, "train", validation_share=1)


@pytest.mark.parametrize(
    "layout",
    [("tr/cat", "tr/dog", "te/cat", "te/dog"), ("cat/train", "cat/test", "dog/train", "dog/test")],
    ids=["parts of unknown names", "parts within classes"],
)
def test_folders_that_are_all_divided_alike_are_no_classes(tmp_path, layout):
    for folder in layout:
        write_image(tmp_path / folder / "0.png")
    with pytest.raises(DataError, match=r"no classes, since each holds[\s\S]*Found:\n"):
        open_dataset("folder", tmp_path)


def test_classes_may_keep_their_images_in_folders(tmp_path):
    for folder in ("cat/images", "dog/images", "eel/2019", "eel/2020"):
        write_image(tmp_path / folder / "0.png")
    assert open_dataset("folder", tmp_path).classes == ("cat", "dog", "eel")
