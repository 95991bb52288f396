"""Data sets and loaders as sequences: lengths, indexing, iteration with an end; one spelling of their names."""

import numpy as np
import pytest

import bissl
from bissl.data import (
    ArrayDataset,
    ImageFiles,
    ImageList,
    Loader,
    Mixture,
    RandomDraws,
    Sequential,
    Stack,
    View,
    open_dataset,
    stratified_split,
)
from bissl.data.relabelled import Relabelled
from bissl.errors import InvalidArgument, NoSuchSample, WrongType
from bissl.targets import LabelMaps

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 3), dtype=np.uint8)
LABELS = np.arange(10) % 2
DATA = ArrayDataset(IMAGES, LABELS)
VIEW = View(8, resize_shorter=8)


# --- data sets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 3, -1, np.int64(9), np.uint8(2)])
def test_one_image_has_its_label(number):
    image, label = DATA[number]
    assert np.array_equal(image, IMAGES[number]) and label == LABELS[number]
    assert ArrayDataset(IMAGES)[number].label is None


@pytest.mark.parametrize(
    "key",
    [slice(2, 8, 3), slice(None, None, -1), slice(0, 0), [3, 1, -1], np.array([4, 4]), range(3), (0, 5), LABELS == 1],
    ids=repr,
)
def test_several_images_are_a_data_set(key):
    part = DATA[key]
    rows = list(key) if isinstance(key, (range, tuple)) else key
    assert isinstance(part, bissl.data.Dataset) and len(part) == len(IMAGES[rows]) and part.classes == DATA.classes
    assert np.array_equal(part.labels, LABELS[rows])
    assert all(np.array_equal(part.read(place), image) for place, image in enumerate(IMAGES[rows]))


def test_iteration_ends():
    pairs = list(DATA)
    assert len(pairs) == len(DATA) == DATA.shape[0] == 10
    assert all(np.array_equal(image, IMAGES[place]) for place, (image, _) in enumerate(pairs))
    assert [label for _, label in reversed(DATA[2:5])] == [0, 1, 0]
    assert len(list(Mixture([DATA, DATA[:3]]))) == 13


@pytest.mark.parametrize(
    ("key", "kind", "text"),
    [
        (10, IndexError, "expected -10 to 9, got 10"),
        (-11, IndexError, "expected -10 to 9, got -11"),
        (2**70, IndexError, "expected -10 to 9"),
        ([0, 12], IndexError, "got 12"),
        ([True, False], IndexError, "a truth value for each of 10 images, got 2"),
        (1.0, TypeError, "the number of an image, a slice, or several numbers or truth values, got float"),
        (True, TypeError, "got bool"),
        ("1", TypeError, "got str"),
        ([1.0, 2.0], TypeError, "expected whole numbers, got dtype float64"),
        (np.zeros((2, 2), int), TypeError, "got ndarray"),
    ],
    ids=repr,
)
def test_what_is_no_index_is_told(key, kind, text):
    with pytest.raises(kind, match=text):
        DATA[key]
    assert kind is not IndexError or issubclass(NoSuchSample, IndexError)


def test_data_sets_of_ones_own_are_sequences():
    class Squares(bissl.data.Dataset):
        def __len__(self):
            return 4

        def read(self, sample, least_side=None):
            return np.full((8, 8, 3), sample * sample, np.uint8)

    assert [int(image[0, 0, 0]) for image, _ in Squares()] == [0, 1, 4, 9]
    assert Squares()[1:][-1].image[0, 0, 0] == 9


def test_numbers_are_compared_before_they_are_cast():
    with pytest.raises(NoSuchSample, match="expected -10 to 9, got 18446744073709551615"):
        DATA[np.array([2**64 - 1], np.uint64)]
    with pytest.raises(InvalidArgument, match="samples: expected 0 to 9, got 18446744073709551615"):
        DATA.subset(np.array([2**64 - 1], np.uint64))
    assert DATA[np.array([-1, 3], np.int8)].samples.tolist() == [9, 3]


BOXES = [{"boxes": np.ones((1, 4)), "labels": np.ones(1, np.int64)} for _ in IMAGES]
MAPS = list(np.ones((10, 8, 8), np.uint8))
KINDS = {
    "array": lambda images: ArrayDataset(images, np.eye(10, dtype=np.int8)),
    "list": lambda images: ImageList(list(images), LABELS),
    "boxes": lambda images: ImageList(list(images), BOXES),
    "maps": lambda images: ImageList(list(images), MAPS),
    "subset": lambda images: ArrayDataset(images, LABELS)[::-1],
    "mixture": lambda images: Mixture([ArrayDataset(images)[:4], images]),
    "relabelled": lambda images: Relabelled(ArrayDataset(images), MAPS, LabelMaps(2)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_examples_are_the_callers_own(kind):
    images = IMAGES.copy()
    data = KINDS[kind](images)
    image, label = data[1]
    image[:] = 0
    for values in label.values() if isinstance(label, dict) else [label]:
        if isinstance(values, np.ndarray):
            values[:] = 0
    assert np.array_equal(images, IMAGES) and data[1].image.any()
    again = data[1].label
    assert again is None or np.any(again["boxes"] if isinstance(again, dict) else again) or not np.ndim(again)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", ["read", "target", "size"])
def test_numbers_of_images_are_checked(kind, call):
    data = KINDS[kind](IMAGES)
    if kind == "mixture" and call == "target":
        pytest.skip("has no labels")
    assert repr(getattr(data, call)(-1)) == repr(getattr(data, call)(len(data) - 1))
    if kind == "array" and call == "size":
        return  # the same for all
    for number in (len(data), -len(data) - 1):
        with pytest.raises(NoSuchSample, match=f"sample: expected {-len(data)} to {len(data) - 1}, got {number}"):
            getattr(data, call)(number)
    with pytest.raises(TypeError, match="sample: expected the number of an image, got float"):
        getattr(data, call)(1.0)


PATHS = [f"{number}.png" for number in range(4)]
SETS = np.array([[1, 0], [0, 1], [1, 1], [0, 0]])


def made_of(kind, labels, classes=()):
    return kind(IMAGES[:4] if kind is ArrayDataset else PATHS, labels, classes)


@pytest.mark.parametrize("kind", [ArrayDataset, ImageFiles])
def test_labels_are_the_same_of_arrays_and_files(kind):
    assert made_of(kind, [1, 0, 0, 1]).labels.tolist() == [1, 0, 0, 1]
    named = made_of(kind, ["dog", "cat", "dog", "cat"])
    assert (
        named.labels.tolist() == [1, 0, 1, 0]
        and named.classes == ("cat", "dog")
        and named[1:].labels.tolist() == [0, 1, 0]
    )
    for dtype in (bool, np.uint8, np.int8, np.int64, np.float32):
        sets = made_of(kind, SETS.astype(dtype), ("cat", "dog"))
        assert sets.labels.dtype == (bool if dtype is bool else np.int8) and sets.labels.tolist() == SETS.tolist()
    for labels, text in {
        (0, 1): r"labels: expected one label per image, shape \(4,\), got \(2,\)",
        (0, 1, 0, 1, 1): r"labels: expected one label per image, shape \(4,\), got \(5,\)",
        (0, 1, 2, 1): "labels: expected labels in 0 to 1, got 2 at index 2",
        ((0, 1), (1, 0)): r"labels: expected one row per image, shape \(4, 2\), got \(2, 2\)",
        ((0, 1), (1, 0), (1, 2), (0, 0)): "labels: expected 0 or 1, got 2 for image 2, class 1",
    }.items():
        with pytest.raises(InvalidArgument, match=text):
            made_of(kind, np.array(labels), ("cat", "dog"))


def test_sets_of_classes_of_any_type_are_split_alike():
    parts = [
        stratified_split(np.tile(SETS, (5, 1)).astype(dtype), 0.3, seed=1)[1].tolist()
        for dtype in (bool, np.uint8, float)
    ]
    assert parts[0] == parts[1] == parts[2]


@pytest.mark.parametrize("labels", [[], np.zeros(0, np.int64), None])
@pytest.mark.parametrize("classes", [(), ("cat", "dog")])
def test_no_files_have_no_labels(labels, classes):
    files = ImageFiles([], labels, classes)
    assert len(files) == 0 and files.classes == classes
    assert files.labels is None if labels is None else (files.labels.dtype, files.labels.shape) == (np.int64, (0,))


@pytest.mark.parametrize("kind", [ArrayDataset, ImageFiles, ImageList])
@pytest.mark.parametrize("labels", [None, [0, 1, 2, 0], np.eye(4)[:, :3]], ids=["none", "numbers", "sets"])
@pytest.mark.parametrize(
    ("classes", "text"),
    [
        ("cat", "classes: expected names, such as .* got str 'cat'"),
        (None, "classes: expected names, such as .* got NoneType"),
        (2, "classes: expected names, such as .* got int 2"),
        ({"a": 0, "b": 1, "c": 2}, "classes: expected names, such as .* got dict"),
        ([0, 1, 2], "classes: expected text, got int 0 at index 0"),
        ([["a"], ["b", "c"]], "classes: expected text, got list"),
        (["a", "b", "a"], "classes: expected different names, got 'a' twice"),
    ],
)
def test_what_is_no_names_of_classes_is_told(kind, labels, classes, text):
    images = PATHS if kind is ImageFiles else list(IMAGES[:4])
    with pytest.raises((WrongType, InvalidArgument), match=text):
        kind(images, labels, classes)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ImageFiles([1, 2]), r"paths\[0\]: expected the path of an image file, got int"),
        (lambda: ImageFiles(5), "paths: expected several paths, got int"),
        (lambda: ImageList(5), "images: expected a list, one per image, got int"),
        (lambda: ImageList([IMAGES[0]], 5), "labels: expected a list, one per image, got int"),
    ],
)
def test_what_is_no_list_is_told(make, text):
    with pytest.raises(WrongType, match=text):
        make()


def test_one_path_is_not_several():
    with pytest.raises(
        TypeError, match=r"paths: expected several paths, got 'abc.png'; for one file use \['abc.png'\]"
    ):
        ImageFiles("abc.png")


# --- loaders ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("order", "batches"), [(Stack(10, 3), 3), (RandomDraws(10, 3), 3), (Sequential(10, 3), 4)])
def test_a_loop_takes_one_pass(order, batches):
    with Loader(DATA, order, VIEW) as loader:
        assert len(loader) == batches
        passes = [[batch.samples.tolist() for batch in loader] for _ in range(3)]
    assert [len(drawn) for drawn in passes] == [batches] * 3
    if isinstance(order, Sequential):
        assert passes[0] == passes[1] == passes[2] and sum(passes[0], []) == [*range(10)]
    else:
        assert passes[0] != passes[1]
        with Loader(DATA, type(order)(10, 3), VIEW) as endless:
            assert [next(endless).samples.tolist() for _ in range(9)] == sum(passes, [])


def test_a_pass_that_was_begun_ends_where_sequential_does():
    with Loader(DATA, Sequential(10, 4), VIEW) as loader:
        next(loader)
        assert [len(batch.samples) for batch in loader] == [4, 2]
        with pytest.raises(StopIteration):
            next(loader)
        assert [len(batch.samples) for batch in loader] == [4, 4, 2]


# --- one spelling -----------------------------------------------------------------------------------------------------


def test_unlabeled_may_be_spelled_in_two_ways(tmp_path):
    from PIL import Image

    for place, image in enumerate(IMAGES):
        Image.fromarray(image).save(tmp_path / f"{place}.png")
    both = [open_dataset(name, tmp_path, "train+validation") for name in ("unlabeled-folder", "unlabelled-folder")]
    assert len(both[0]) == len(both[1]) == 10 and bissl.data.UnlabelledFolder is bissl.data.UnlabeledFolder
    assert "unlabeled-folder" in bissl.data.dataset_names() and "unlabelled-folder" not in bissl.data.dataset_names()


def test_recipes_have_one_spelling():
    from bissl.experiments.recipe import Recipe

    both = [Recipe(data={"pretext": "stl10", "pretext_split": split}) for split in ("unlabeled", "unlabelled")]
    assert both[0] == both[1] and both[0].data.pretext_split == "unlabeled"


def test_eps_is_the_fields_word():
    x, ones = np.random.default_rng(0).normal(size=(4, 3)), np.ones(3)
    assert np.allclose(
        bissl.ops.layer_norm(x, ones, ones, eps=10.0).numpy(), bissl.ops.layer_norm(x, ones, ones, 10.0).numpy()
    )
    with pytest.raises(TypeError, match=r"epsilon.*layer_norm\(x, weight, bias, eps\)"):
        bissl.ops.layer_norm(x, ones, ones, epsilon=10.0)
    with pytest.raises(TypeError, match="epsilon"):
        bissl.ops.batch_norm(x, ones, ones, epsilon=10.0)


def test_neighbours_are_called_neighbors():
    pytest.importorskip("sklearn")
    pair = (IMAGES, LABELS)
    with pytest.raises(ValueError, match='got "neighbours"; did you mean "neighbors"'):
        bissl.callbacks.NearestNeighbors(pair, pair, neighbours=3)
    assert bissl.callbacks.NearestNeighbours is bissl.callbacks.NearestNeighbors
