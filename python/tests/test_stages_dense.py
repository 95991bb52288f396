"""The stages on labels that belong to places in images: boxes and label maps, of images that differ in size."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

import bissl
from bissl import ops
from bissl.callbacks import Callback
from bissl.data import ArrayDataset, DenseView, DownstreamViews, ImageFiles, ImageList, Reading, Subset
from bissl.errors import BisslError, DataError, InvalidArgument, NonFinite
from bissl.objectives.downstream.dense import DenseDownstream
from bissl.targets import IGNORED, BoxTargets, LabelMaps

NET = bissl.ResNet(layers=(1,), widths=(8,), stem="small", seed=1)
VIEW = DenseView(12, 24, multiple=4)
VIEWS = DownstreamViews(DenseView(12, 24, flip_probability=0.5, multiple=4), VIEW)
OPTIONS = {"augmentation": VIEWS, "progress": False, "batch_size": 4}


class PixelClasses(DenseDownstream):
    """A linear classifier of every pixel of a map of stride 1."""

    maps, multiple = ("layer1",), 4

    def __init__(self, net, num_classes=2, seed=0):
        draw = np.random.default_rng(seed)
        super().__init__(bissl.Parameters(weight=0.1 * draw.normal(size=(num_classes, 8))), net.num_features)
        self.targets = LabelMaps(num_classes)

    def scores(self, maps):
        x = maps["layer1"]
        return ops.reshape(ops.linear(ops.reshape(x, (-1, 8)), self.head["weight"]), (*x.shape[:3], -1))

    def loss(self, maps, labels, sizes):
        assert labels.shape == maps["layer1"].shape[:3] and len(sizes) == len(labels)
        for label, (height, width) in zip(labels, sizes):
            assert (label[height:] == IGNORED).all() and (label[:, width:] == IGNORED).all()
        counted = (labels != IGNORED)[..., None] * (labels[..., None] == np.arange(self.targets.num_classes))
        return -ops.sum(ops.log_softmax(self.scores(maps)) * counted) / counted.sum()

    def predict_views(self, backbone, views, geometries):
        with self.evaluating(backbone, views) as maps:
            scores = self.scores(maps).numpy()
        return [_in_image(found, geometry) for found, geometry in zip(scores, geometries)]


class OneBox(PixelClasses):
    """Finds the one object: the box of all pixels that are rather foreground."""

    def __init__(self, net, num_classes=1, seed=0):
        super().__init__(net, 2, seed)
        self.targets = BoxTargets(num_classes)

    def loss(self, maps, labels, sizes):
        classes = np.zeros(maps["layer1"].shape[:3], np.int64)
        for mask, objects in zip(classes, labels):
            for x0, y0, x1, y1 in np.round(objects["boxes"]).astype(int):
                mask[y0:y1, x0:x1] = 1
        counted = classes[..., None] == np.arange(2)
        return -ops.sum(ops.log_softmax(self.scores(maps)) * counted) / counted.sum()

    def predict_views(self, backbone, views, geometries):
        with self.evaluating(backbone, views) as maps:
            scores = self.scores(maps).numpy()
        return [_box_of(found, geometry) for found, geometry in zip(scores, geometries)]


def _in_image(scores, geometry):
    rows = np.arange(int(geometry.height)) * geometry.size[0] // int(geometry.height)
    columns = np.arange(int(geometry.width)) * geometry.size[1] // int(geometry.width)
    return scores[np.ix_(rows, columns)]


def _box_of(scores, geometry):
    ys, xs = np.nonzero((scores[..., 1] > scores[..., 0])[: geometry.size[0], : geometry.size[1]])
    boxes = np.array([[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]] if len(xs) else np.zeros((0, 4)), float)
    return {
        "boxes": geometry.boxes_back(boxes),
        "labels": np.zeros(len(boxes), np.int64),
        "scores": np.ones(len(boxes)),
    }


def scenes(count=12, seed=0):
    """Images of several sizes with one bright rectangle, its label map and its box."""
    draw = np.random.default_rng(seed)
    images, maps, boxes = [], [], []
    for _ in range(count):
        height, width = draw.integers(12, 25, 2)
        image = draw.integers(0, 80, (height, width, 3)).astype(np.uint8)
        label = np.zeros((height, width), np.uint8)
        y, x = draw.integers(0, height - 8), draw.integers(0, width - 8)
        image[y : y + 8, x : x + 8] += 150
        label[y : y + 8, x : x + 8] = 1
        images.append(image), maps.append(label)
        boxes.append({"boxes": [[x, y, x + 8, y + 8]], "labels": [0]})
    return images, maps, boxes


IMAGES, MAPS, BOXES = scenes()
KINDS = {"maps": (PixelClasses, MAPS), "boxes": (OneBox, BOXES)}


@pytest.fixture(params=KINDS)
def task(request):
    return KINDS[request.param]


def test_all_stages_on_lists_of_images(task):
    make, y = task
    simclr = bissl.SimCLR(NET.clone(), projector=(8, 4))
    warm = bissl.HeadWarmup(epochs=2, objective=make(NET), **OPTIONS).fit(simclr.backbone, IMAGES, y)
    bi = bissl.BiSSL(
        alternations=1, lower_steps=2, upper_steps=2, lower_batch_size=4, upper_batch_size=4, progress=False,
        pretext_augmentation=bissl.data.TwoViews.small(12),
    ).fit(simclr, warm, IMAGES, (IMAGES, y))  # fmt: skip
    ft = bissl.FineTune(lr=0.1, epochs=12, objective=make(NET), **OPTIONS)
    ft.fit(bi, IMAGES, y, validation=(IMAGES[:6], y[:6]))
    names = tuple(ft.targets_.metrics)
    scores = ft.score(IMAGES[:6], y[:6], metrics=names)
    assert scores[names[0]] == ft.best_validation_ > 0.6
    predicted = ft.predict(IMAGES)
    if make is PixelClasses:
        assert [label.shape for label in predicted] == [image.shape[:2] for image in IMAGES]
    assert ft.classes_.tolist() == list(range(ft.targets_.num_classes))
    total = bissl.WeightedSum(
        steps=2, lower_batch_size=4, upper_batch_size=4, pretext_augmentation=bissl.data.TwoViews.small(12),
        progress=False,
    ).fit(simclr, warm, IMAGES, (IMAGES, y))  # fmt: skip
    assert total.targets_.num_classes == ft.targets_.num_classes


def test_lists_data_sets_and_files_give_the_same_bits(task, tmp_path):
    make, y = task
    for number, image in enumerate(IMAGES):
        Image.fromarray(image).save(tmp_path / f"{number:02}.png")
    files = ImageFiles(sorted(tmp_path.iterdir()))
    assert [files.size(place) for place in range(12)] == [image.shape[:2] for image in IMAGES]
    own = ImageList(IMAGES, y)
    given = [(IMAGES, y), (files, y), (own, None), (Subset(own, range(12)), None)]
    stages = [bissl.FineTune(lr=0.1, epochs=2, objective=make(NET), **OPTIONS).fit(NET, *each) for each in given]
    for stage in stages[1:]:
        assert np.array_equal(stage.downstream_.head.vector, stages[0].downstream_.head.vector)
        assert np.array_equal(stage.backbone_.vector, stages[0].backbone_.vector)


def test_an_array_of_images_is_as_a_list_of_them():
    images = np.random.default_rng(0).integers(0, 256, (8, 12, 16, 3)).astype(np.uint8)
    maps = (images[..., 0] > 127).astype(np.int64)
    options = OPTIONS | {"augmentation": "small"}
    stages = [
        bissl.FineTune(lr=0.1, epochs=2, objective=PixelClasses, num_classes=2, **options).fit(NET, *given)
        for given in [(images, maps), (list(images), list(maps)), (ImageList(images), maps)]
    ]
    for stage in stages:
        assert stage.views_.training == DenseView(12, multiple=16)
        assert np.array_equal(stage.downstream_.head.vector, stages[0].downstream_.head.vector)


def test_a_run_goes_on_exactly(task, tmp_path):
    make, y = task

    class Stop(Callback):
        def on_record(self, stage, record):
            if record["epoch"] == 1:
                raise KeyboardInterrupt

    def tuned(callbacks=(), **options):
        stage = bissl.FineTune(lr=0.1, epochs=4, objective=make(NET), callbacks=callbacks, **OPTIONS)
        return stage.fit(NET, IMAGES, y, validation=(IMAGES[:4], y[:4]), **options)

    whole = tuned()
    with pytest.raises(KeyboardInterrupt):
        tuned([Stop()], checkpoint=tmp_path / "run")
    resumed = tuned(checkpoint=tmp_path / "run")
    assert np.array_equal(resumed.downstream_.head.vector, whole.downstream_.head.vector)
    assert resumed.best_validation_ == whole.best_validation_
    for mine, theirs in zip(resumed.history_, whole.history_, strict=True):
        assert {**mine, "seconds": 0} == {**theirs, "seconds": 0}
    x0, y0, x1, y1 = BOXES[0]["boxes"][0]
    other = {"boxes": [[x0, y0, x1 - 1, y1]], "labels": [0]} if make is OneBox else 1 - MAPS[0]
    stage = bissl.FineTune(lr=0.1, epochs=4, objective=make(NET), **OPTIONS)
    with pytest.raises(BisslError, match="data.y was"):
        stage.fit(NET, IMAGES, [other, *y[1:]], validation=(IMAGES[:4], y[:4]), checkpoint=tmp_path / "run")


def test_predictions_do_not_depend_on_other_images(task):
    make, y = task
    ft = bissl.FineTune(lr=0.1, epochs=2, objective=make(NET), **OPTIONS).fit(NET, IMAGES, y)
    together = ft.predict_logits(IMAGES)
    for place in (0, 5, 11):
        alone = ft.predict_logits([IMAGES[place]])[0]
        if make is OneBox:
            assert all(np.allclose(alone[key], together[place][key], atol=1e-6) for key in alone)
        else:
            assert np.allclose(alone, together[place], atol=1e-5)
    views = [np.random.default_rng(0).normal(size=size).astype(np.float32) for size in [(12, 16, 3), (20, 13, 3)]]
    both, first = ft.downstream_.predict(ft.backbone_, views), ft.downstream_.predict(ft.backbone_, views[:1])
    assert len(both) == 2 and np.allclose(np.ravel(both[0]) if make is PixelClasses else both[0]["boxes"],
                                          np.ravel(first[0]) if make is PixelClasses else first[0]["boxes"], atol=1e-5)  # fmt: skip


class Broken(ImageList):
    """The first image cannot be read, and neither can the label map of the second."""

    reading = Reading(on_error="skip")

    def read(self, sample, least_side=None):
        if sample == 0:
            raise DataError("the first")
        return super().read(sample, least_side)

    def target(self, sample):
        if sample == 1:
            raise DataError("the second")
        return super().target(sample)


def test_broken_images_and_label_maps_are_left_out_of_scores(caplog):
    warm = bissl.FineTune(epochs=1, objective=PixelClasses(NET), **OPTIONS)
    warm.fit(NET, ImageList(IMAGES, MAPS))
    broken, others = Broken(IMAGES, MAPS), ImageList(IMAGES[2:], MAPS[2:])
    assert warm.score(broken) == warm.score(others)
    assert f"2 of {len(IMAGES)} images cannot be read" in caplog.text and "the second" in caplog.text
    assert warm.score(broken, MAPS) == warm.score(ImageList(IMAGES[1:], MAPS[1:]))
    boxed = bissl.FineTune(epochs=1, objective=OneBox(NET), **OPTIONS).fit(NET, IMAGES, BOXES)
    assert boxed.score(broken, BOXES) == boxed.score(IMAGES[1:], BOXES[1:])
    with pytest.raises(DataError, match=f"1 of {len(IMAGES)} images cannot be read"):
        warm.predict(broken)


def test_labels_are_joined_by_the_names_of_their_classes():
    warm = bissl.FineTune(lr=0.1, epochs=6, objective=PixelClasses, **OPTIONS)
    warm.fit(NET, ImageList(IMAGES, MAPS, classes=("ground", "thing")))
    turned = [1 - label for label in MAPS]
    straight = warm.score(ImageList(IMAGES, MAPS, classes=("ground", "thing")))
    assert warm.score(ImageList(IMAGES, turned, classes=("thing", "ground"))) == straight
    assert warm.score(ImageList(IMAGES, turned, classes=("thing", "ground")), turned) == straight
    with pytest.raises(InvalidArgument, match="'sky'.*Trained on: 'ground', 'thing'. Given: 'sky', 'ground'"):
        warm.score(ImageList(IMAGES, turned, classes=("sky", "ground")), turned)
    assert warm.class_names_ == ("ground", "thing")
    with pytest.raises(ValueError, match="'sky'"):
        warm.score(ImageList(IMAGES, turned, classes=("sky", "ground")))


@pytest.mark.parametrize(
    ("y", "text"),
    [
        ([*MAPS[:-1], MAPS[-1][:-1]], r"y\[11\]: expected a label map of its image's height and width"),
        ([*MAPS[:-1], MAPS[-1] + 7], r"y\[11\]: expected class numbers 0 to 1, or 255"),
        (MAPS[:-1], "y: expected one label per image, 12, got 11"),
    ],
)
def test_wrong_label_maps(y, text):
    with pytest.raises(InvalidArgument, match=text):
        bissl.FineTune(epochs=1, objective=PixelClasses(NET), **OPTIONS).fit(NET, IMAGES, y)


@pytest.mark.parametrize(
    ("box", "label", "text"),
    [
        ((0, 0, 30, 4), 0, r"y\[0\]\['boxes'\]: expected boxes inside the image"),
        ((4, 0, 2, 4), 0, r"y\[0\]\['boxes'\]: expected x0, y0, x1, y1 with x0 < x1"),
        ((4, 0, 4, 4), 0, r"y\[0\]\['boxes'\]: expected boxes of an area"),
        ((np.nan, 0, 2, 4), 0, r"y\[0\]\['boxes'\]: expected finite numbers"),
        ((1, 0, 2, 4), 1, r"y\[0\]\['labels'\]: expected labels in 0 to 0, got 1"),
    ],
)
def test_wrong_boxes(box, label, text):
    y = [{"boxes": [box], "labels": [label]}, *BOXES[1:]]
    with pytest.raises(InvalidArgument, match=text):
        bissl.HeadWarmup(epochs=1, objective=OneBox(NET), **OPTIONS).fit(NET, IMAGES, y)


def test_boxes_that_are_to_be_cut_are(caplog):
    objective = OneBox(NET)
    objective.targets = BoxTargets(1, outside="clip")
    y = [{"boxes": [(0, 0, 40, 40)], "labels": [0]}, *BOXES[1:]]
    stage = bissl.HeadWarmup(epochs=1, objective=objective, **OPTIONS).fit(NET, IMAGES, y)
    assert "1 boxes that reach beyond their images were cut" in caplog.text and stage.targets_.outside == "clip"


def test_labels_of_places_are_kept_of_a_step_that_is_not_finite(task, tmp_path):
    """As its view has moved them."""
    make, y = task

    class Seeing(make):
        seen = ()

        def loss(self, maps, labels, sizes):
            type(self).seen = labels, sizes
            return super().loss(maps, labels, sizes)

    stage = bissl.FineTune(lr=1e36, epochs=30, objective=Seeing(NET), **OPTIONS)
    with pytest.raises(NonFinite):
        stage.fit(NET, IMAGES, y, checkpoint=tmp_path)
    kept = bissl.weights.load(tmp_path / "nonfinite" / "batches.safetensors")
    labels, sizes = Seeing.seen
    assert np.array_equal(kept["batches/sizes0"], sizes)
    if make is PixelClasses:
        assert np.array_equal(kept["batches/labels"], labels)
    else:
        for place, objects in enumerate(labels):
            assert np.array_equal(kept[f"batches/labels/{place}/boxes"], objects["boxes"])


def test_images_without_objects_are_trained_on():
    y = [{"boxes": [], "labels": []} if place % 3 else objects for place, objects in enumerate(BOXES)]
    bissl.FineTune(epochs=1, objective=OneBox(NET), **OPTIONS).fit(NET, IMAGES, y, validation=(IMAGES, y))
    with pytest.raises(InvalidArgument, match="y: expected at least one object that is not difficult"):
        stage = bissl.FineTune(epochs=1, objective=OneBox(NET), **OPTIONS).fit(NET, IMAGES, y)
        stage.score(IMAGES[1:3], y[1:3])


def test_kinds_of_labels_that_do_not_fit():
    for stage in (bissl.FineTune(**OPTIONS), bissl.LinearProbe(augmentation="small")):
        with pytest.raises(InvalidArgument, match="expected classes of images, got boxes; give .* objective"):
            stage.fit(NET, IMAGES, BOXES)
        with pytest.raises(InvalidArgument, match=r"labelled with boxes.*objective=bissl\.FasterRCNN"):
            stage.fit(NET, ImageList(IMAGES, BOXES))
    with pytest.raises(InvalidArgument, match="labelled with boxes, the objective takes a class per pixel"):
        bissl.FineTune(objective=PixelClasses(NET), **OPTIONS).fit(NET, ImageList(IMAGES, BOXES))
    with pytest.raises(InvalidArgument, match="predicted for whole images, but its evaluation is a View"):
        views = DownstreamViews.small(12)
        bissl.FineTune(objective=PixelClasses(NET), augmentation=views).fit(NET, IMAGES, MAPS)
    with pytest.raises(InvalidArgument, match=re.escape('"small" keeps the size that all images have')):
        bissl.FineTune(objective=PixelClasses(NET), augmentation="small").fit(NET, IMAGES, MAPS)


def test_images_of_several_sizes_are_classified_too():
    y = np.arange(12) % 2
    stage = bissl.FineTune(epochs=1, augmentation=DownstreamViews.small(12), progress=False).fit(NET, IMAGES, y)
    other = bissl.FineTune(epochs=1, augmentation=DownstreamViews.small(12), progress=False).fit(
        NET, ImageList(IMAGES), y
    )
    assert np.array_equal(stage.backbone_.vector, other.backbone_.vector)
    with pytest.raises(TypeError, match=r"X\[3\]: expected uint8"):
        stage.predict([*IMAGES[:3], IMAGES[3].astype(np.float32)])


def test_batches_that_are_given_by_hand():
    objective = PixelClasses(NET)
    views = [np.random.default_rng(0).normal(size=size).astype(np.float32) for size in [(12, 16, 3), (10, 13, 3)]]
    labels = [np.zeros((12, 16), np.uint8), np.ones((10, 13), np.uint8)]
    loss, gradient = objective.value_and_gradient(NET, (views, labels))
    images, collated, sizes = objective.prepare((views, labels))
    assert objective.value_and_gradient(NET, (images, collated, sizes))[0] == loss and np.abs(gradient.head).max() > 0
    for batch, text in [
        ((views, labels[:1]), "labels: expected one label per image, 2, got 1"),
        ((views,), "batch: expected .images, labels. or"),
        ((views, [labels[0], labels[0]]), r"labels\[1\]: expected a label map of its image's"),
        ((images, collated, sizes + 20), "sizes: expected 1 to the images' height and width"),
    ]:
        with pytest.raises(InvalidArgument, match=text):
            objective.value_and_gradient(NET, batch)


def test_evaluation_mode_has_no_derivatives():
    objective = PixelClasses(NET)
    before = NET.state_dict()
    with objective.evaluating(NET, np.zeros((2, 8, 8, 3), np.float32)) as maps:
        scores = objective.scores(maps)
        assert scores.is_constant and maps["layer1"].is_constant
        assert np.array_equal(maps["layer1"].numpy(), NET.feature_maps(np.zeros((2, 8, 8, 3), np.float32))["layer1"])
    assert all(np.array_equal(NET.state_dict()[name], value) for name, value in before.items())
    assert isinstance(ArrayDataset(np.zeros((1, 4, 5, 3), np.uint8)).size(0), tuple)
