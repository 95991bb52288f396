"""Pixels and what labels them move together: images that hold their own coordinates, through random views and loaders."""

from __future__ import annotations

import numpy as np
import pytest

from bissl.data import (
    ArrayDataset,
    DenseView,
    ImageList,
    Loader,
    Sequential,
    TwoViews,
    View,
    augment,
    augment_into,
    cached,
    padded_batch,
    view_geometry,
)
from bissl.errors import DataError, InvalidArgument, WrongType
from bissl.targets import IGNORED, BoxTargets, ClassNumbers, LabelMaps, ViewGeometry, padded_size

#: Values are v / 255.
PLAIN = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
CROPS = View(40, crop_scale=(0.3, 1.0), flip_probability=0.5, **PLAIN)
VIEWS = {
    "random crops": CROPS,
    "with colours": View(33, crop_scale=(0.2, 0.9), flip_probability=0.5, bicubic=True, **PLAIN),
    "centre": View(24, resize_shorter=30, flip_probability=0.5, **PLAIN),
    "whole images": DenseView(50, flip_probability=0.5, **PLAIN),
    "bounded": DenseView(50, 60, flip_probability=0.5, **PLAIN),
    "enlarged": DenseView(200, flip_probability=0.5, **PLAIN),
}
SHAPES = [(120, 160), (131, 90), (64, 64)]


def coordinates(height, width):
    """uint8 (H, W, 3): each pixel's column, row, and 0."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns, rows, np.zeros_like(rows)], axis=2).astype(np.uint8)


def view_of(pixels, view, sample, **keys):
    size = view_geometry(view, pixels.shape[:2], sample, **keys).size
    out = np.empty((*size, 3), augment(np.zeros((1, 40, 40, 3), np.uint8), [0], CROPS).dtype)
    augment_into(out, pixels, sample, view, **keys)
    return out


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_pixel_shows_what_the_geometry_says(view, shape):
    """A resize keeps ramps, but at its edges, where there is less to average."""
    pixels, mirrored = coordinates(*shape), 0
    for sample in range(12):
        keys = {"seed": 3, "epoch": sample % 3, "index": 1}
        geometry = view_geometry(view, shape, sample, **keys)
        made = 255 * view_of(pixels, view, sample, **keys)
        assert made.shape == (*geometry.size, 3)
        mirrored += geometry.mirrored
        y, x = np.mgrid[: geometry.size[0], : geometry.size[1]] + 0.5
        centres = geometry.boxes_back(np.stack([x, y, x, y], axis=2).reshape(-1, 4))[:, :2] - 0.5
        inner = (slice(3, -3), slice(3, -3))
        for channel in (0, 1):
            expected = centres[:, channel].reshape(geometry.size)
            assert abs(made[..., channel] - expected)[inner].max() < 1.01
    assert 1 <= mirrored <= 11


def test_random_crops_differ_and_lie_inside():
    found = [view_geometry(CROPS, (50, 70), sample) for sample in range(30)]
    assert len(set(found)) == 30 and len({geometry.mirrored for geometry in found}) == 2
    for geometry in found:
        assert geometry.top >= 0 and geometry.top + geometry.height <= 50
        assert geometry.left >= 0 and geometry.left + geometry.width <= 70
        assert geometry.size == (40, 40)
    assert found[0] == view_geometry(CROPS, (50, 70), 0)
    for keys in ({"seed": 1}, {"epoch": 1}, {"index": 1}):
        assert view_geometry(CROPS, (50, 70), 0, **keys) != found[0]


def test_evaluation_shows_the_centre():
    assert view_geometry(View(8, resize_shorter=10), (20, 40)) == ViewGeometry(2, 12, 16, 16, (8, 8))


@pytest.mark.parametrize("shape, expected", [
    ((375, 500), (196, 261)), ((500, 375), (261, 196)), ((100, 200), (160, 320)), ((10, 10), (196, 196)),
    ((1, 1000), (1, 320)),
])  # fmt: skip
def test_sides_of_detection(shape, expected):
    geometry = view_geometry(DenseView.detection(), shape)
    assert geometry == ViewGeometry(0, 0, *shape, expected)
    corner = np.array([[0.0, 0, shape[1], shape[0]]])
    assert geometry.boxes(corner).tolist() == [[0, 0, expected[1], expected[0]]]


def test_sides_of_segmentation():
    assert view_geometry(DenseView.segmentation(), (1024, 2048)).size == (192, 384)
    assert view_geometry(DenseView.segmentation(), (375, 500)).size == (192, 256)


def test_a_batch_of_dense_views_is_that_of_single_ones():
    images = np.stack([coordinates(60, 80)] * 5)
    view = DenseView(30, flip_probability=0.5)
    batch = augment(images, np.arange(5), view, seed=2)
    assert batch.shape == (5, 30, 40, 3)
    for sample in range(5):
        assert np.array_equal(batch[sample], view_of(images[0], view, sample, seed=2))


def test_padding():
    images = [np.ones((2, 3, 1)), np.ones((4, 1, 1))]
    batch = padded_batch(images, 3)
    assert batch.shape == (2, 6, 3, 1) and batch.sum() == 10
    assert batch[0, :2].all() and batch[1, :4, :1].all()


def test_padding_keeps_every_number():
    images = [np.ones((2, 2, 3), np.uint8), np.full((3, 2, 3), 2.7)]
    for sizes in (images, [images[1], np.ones((3, 2, 3), np.uint8)]):
        assert padded_batch(sizes).dtype == np.float64 and padded_batch(sizes).max() == 2.7


@pytest.mark.parametrize(
    ("images", "kind", "text"),
    [
        (
            [np.ones((2, 2, 3)), np.ones((3, 2, 1))],
            ValueError,
            r"one number of channels, got .* \(3, 2, 1\) at index 1",
        ),
        ([np.ones((2, 2, 3)), np.ones((2, 2))], ValueError, r"one number of channels, got .* \(2, 2\) at index 1"),
        ([np.ones((2, 2, 3)), [[[1.0]]]], TypeError, r"expected arrays \(h, w, C\), got list at index 1"),
        ([], ValueError, "sizes: expected those of one image at least, got none"),
    ],
)
def test_what_cannot_be_padded_to_one_batch(images, kind, text):
    with pytest.raises(kind, match=text):
        padded_batch(images)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: view_geometry(CROPS, 5), r"image_size: expected \(height, width\) in pixels, got 5"),
        (lambda: view_geometry(CROPS, (5, "x")), r"image_size\[1\]: expected a whole number"),
        (lambda: padded_batch(5), "images: expected a list of arrays .*, got int"),
        (lambda: padded_batch("ab"), "images: expected a list of arrays .*, got str"),
        (lambda: padded_size(5), "sizes: expected height and width of each image, got int"),
    ],
)
def test_what_is_no_size_and_no_image(call, text):
    with pytest.raises(WrongType, match=text):
        call()


WRONG = [
    (lambda: DenseView(0), "short_side: expected"),
    (lambda: DenseView(20, 10), "long_side: expected .* got 10"),
    (lambda: DenseView(20, multiple=0), "multiple: expected"),
    (lambda: DenseView(20, flip_probability=2), "flip_probability: expected a number from 0 to 1"),
    (lambda: view_geometry(CROPS, (0, 5)), r"image_size\[0\]: expected a whole number of at least 1, got 0"),
    (lambda: view_geometry(CROPS, (5, 2**40)), "at most 65535 pixels"),
    (lambda: DenseView(2**20), "short_side: expected"),
    (lambda: view_geometry(DenseView(10), (1, 5000)), "set long_side"),
    (lambda: augment(np.zeros((1, 1, 5000, 3), np.uint8), [0], DenseView(10)), "set long_side"),
]


@pytest.mark.parametrize("call, message", WRONG, ids=[message for _, message in WRONG])
def test_wrong_options_and_sizes(call, message):
    with pytest.raises(InvalidArgument, match=message):
        call()


def test_sides_are_whole_numbers():
    for options in ({"short_side": 20.0}, {"short_side": 20, "long_side": "30"}, {"short_side": 20, "multiple": 1.5}):
        with pytest.raises(WrongType, match="expected an? (whole number|integer)"):
            DenseView(**options)
    assert DenseView(np.int64(20), np.int32(30)).recipe()["long_side"] == 30


def test_images_of_any_kind_in_a_list():
    pillow = pytest.importorskip("PIL.Image").fromarray(coordinates(4, 5))
    grey = np.zeros((6, 3), np.uint8)
    data = ImageList([pillow, grey, grey[..., None], coordinates(2, 2)])
    assert [data.read(number).shape for number in range(4)] == [(4, 5, 3), (6, 3, 3), (6, 3, 3), (2, 2, 3)]
    assert np.array_equal(data.read(0), coordinates(4, 5))
    with pytest.raises(WrongType, match=r"images\[1\]: expected uint8"):
        ImageList([grey, np.zeros((8, 8, 3))])


# --- loaders ---


def batch_of(data, view, targets, **options):
    with Loader(data, Sequential(len(data), len(data)), view, 5, targets=targets, workers=2, **options) as loader:
        return next(loader)


@pytest.mark.parametrize("view", [CROPS, DenseView(50, flip_probability=0.5, multiple=16, **PLAIN)])
def test_label_maps_come_with_their_pixels(view):
    """Each label is the column of its pixel, and so is the red value."""
    images = [coordinates(*shape) for shape in SHAPES * 3]
    batch = batch_of(ImageList(images, [image[..., 0] for image in images]), view, LabelMaps(255))
    assert batch.labels.shape == batch.views[0].shape[:3] and batch.labels.dtype == np.uint8
    (sizes,) = batch.sizes
    for made, labels, (height, width), image in zip(batch.views[0], batch.labels, sizes, images):
        inner = (slice(3, height - 3), slice(3, width - 3))
        scale = image.shape[1] / width
        assert abs(255 * made[inner][..., 0] - labels[inner].astype(int)).max() <= 1.1 + scale / 2
        assert (labels[height:] == IGNORED).all() and (labels[:, width:] == IGNORED).all()
        assert not made[height:].any() and not made[:, width:].any()
    if isinstance(view, DenseView):
        assert batch.labels.shape[1:] == (80, 80) and sizes[:3].tolist() == [[50, 66], [72, 50], [50, 50]]


@pytest.mark.parametrize("view", [CROPS, DenseView(50, flip_probability=0.5, multiple=32, **PLAIN)])
def test_boxes_come_with_their_pixels(view):
    """A bright rectangle, and the box around it."""
    draw, images, labels = np.random.default_rng(0), [], []
    for shape in SHAPES * 4:
        image = coordinates(*shape)
        (y0, x0), (height, width) = draw.integers(0, 30, 2), draw.integers(15, 30, 2)
        image[y0 : y0 + height, x0 : x0 + width, 2] = 255
        images.append(image)
        labels.append({"boxes": [(x0, y0, x0 + width, y0 + height)], "labels": [1]})
    batch = batch_of(ImageList(images, labels), view, BoxTargets(2, least_visible=0.3))
    kept = 0
    for made, objects in zip(batch.views[0], batch.labels, strict=True):
        rows, columns = np.nonzero(made[..., 2] > 0.5)
        for x0, y0, x1, y1 in objects["boxes"]:
            kept += 1
            shown = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            np.testing.assert_allclose(shown, (x0, y0, x1, y1), atol=1)
    assert kept == 12 if isinstance(view, DenseView) else 5 <= kept <= 12


def test_equal_images_move_too():
    images = np.stack([coordinates(40, 60)] * 4)
    data = ImageList(list(images), [image[..., 0] for image in images])
    view = DenseView(40, flip_probability=0.5, **PLAIN)
    batch = batch_of(data, view, LabelMaps(255))
    assert np.array_equal(np.rint(255 * batch.views[0][..., 0]), batch.labels)
    alone = batch_of(ArrayDataset(images), view, None)
    assert alone.labels is None and np.array_equal(alone.views[0], batch.views[0])
    assert alone.sizes[0].tolist() == [[40, 60]] * 4


def test_a_subset_takes_its_targets_along():
    data = ImageList([coordinates(8, 8)] * 3, [np.full((8, 8), number) for number in range(3)]).subset([2, 0])
    assert batch_of(data, DenseView(8, **PLAIN), LabelMaps(3)).labels[:, 0, 0].tolist() == [2, 0]


BROKEN = [{"boxes": [(0, 0, 4, 4)], "labels": [number % 3]} for number in range(5)]
BROKEN[1]["boxes"], BROKEN[2]["boxes"], BROKEN[4]["labels"] = [(4, 0, 0, 4)], [(-2, 0, 4, 4)], [7]


def test_broken_labels_are_as_broken_images(caplog):
    """Replaced by the next image that is whole, or named."""
    data = ImageList([coordinates(8, 8)] * 5, BROKEN)
    with pytest.raises(DataError, match=r"image 1\['boxes'\]: expected x0"):
        batch_of(data, DenseView(8), BoxTargets(3))
    with Loader(data, Sequential(5, 5), DenseView(8), targets=BoxTargets(3), on_error="skip") as loader:
        batch = next(loader)
    assert batch.samples.tolist() == [0, 3, 3, 3, 0]
    assert [objects["labels"].tolist() for objects in batch.labels] == [[0], [0], [0], [0], [0]]
    assert list(loader.skipped) == [1, 2, 4] and "inside the image" in loader.skipped[2]
    assert loader.cut == {}


def test_labels_that_are_cut_are_listed(caplog):
    data = ImageList([coordinates(8, 8)] * 3, [*BROKEN[:1], BROKEN[2], BROKEN[2] | {"boxes": [(8, 8, 9, 9)]}])
    with Loader(data, Sequential(3, 3), DenseView(8), targets=BoxTargets(3, outside="clip")) as loader:
        batch = next(loader)
    assert [objects["boxes"].tolist() for objects in batch.labels] == [[[0, 0, 4, 4]], [[0, 0, 4, 4]], []]
    assert loader.cut == {1: "1 boxes cut, 0 dropped", 2: "0 boxes cut, 1 dropped"}
    assert "labels of 2 images reach beyond them; the first: image 1: 1 boxes cut" in caplog.text


def test_a_cache_keeps_no_boxes(tmp_path):
    data = ImageList([coordinates(20, 9)] * 2, [{"boxes": [(0, 0, 2, 2)], "labels": [0]}] * 2)
    squares = cached(data, tmp_path / "cache", 8, progress=False)
    with pytest.raises(InvalidArgument, match="image 1: a cache keeps the central squares of images, and no boxes"):
        squares.target(1)


def test_class_numbers_stay_as_they_are():
    data = ImageList([coordinates(8, 8), coordinates(9, 12)], [1, 0])
    batch = batch_of(data, DenseView(8, multiple=4), ClassNumbers(2))
    assert batch.labels.tolist() == [1, 0] and batch.views[0].shape == (2, 8, 12, 3)


def test_what_loaders_refuse():
    data = ImageList([coordinates(8, 8)] * 2, [np.zeros((8, 8), int), np.zeros((8, 9), int)])
    with pytest.raises(DataError, match=r"image 1: expected a label map .* \(8, 8\), got \(8, 9\)"):
        batch_of(data, DenseView(8), LabelMaps(2))
    with pytest.raises(InvalidArgument, match="views: expected one view, with which LabelMaps move, got 2"):
        batch_of(data, TwoViews.small(8), LabelMaps(2))
    with pytest.raises(WrongType, match="targets: expected a kind of bissl.targets, got str"):
        batch_of(data, DenseView(8), "boxes")
    with pytest.raises(InvalidArgument, match="image 0: this data set gives no labels"):
        batch_of(ArrayDataset(np.zeros((2, 8, 8, 3), np.uint8)), DenseView(8), LabelMaps(2))
    with pytest.raises(InvalidArgument, match="labels: expected one per image, 1, got 2"):
        ImageList([coordinates(8, 8)], [np.zeros((8, 8), int)] * 2)
