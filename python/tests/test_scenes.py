"""Generated scenes: what they show, and the folders that the readers of published data sets open."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import bissl
from bissl.data.scenes import SHAPES, draw_scene
from bissl.data.scenetrees import CITYSCAPES_NAMES, VOC_NAMES
from bissl.errors import InvalidArgument


def test_scenes_are_drawn_by_seed_and_number():
    assert (draw_scene(3, 5).image == draw_scene(3, 5).image).all()
    assert (draw_scene(3, 5).image != draw_scene(3, 6).image).any()
    assert (draw_scene(4, 5).image != draw_scene(3, 5).image).any()
    unlabelled = bissl.data.scenes(4, 32, 48, seed=3)
    assert unlabelled.labels is None
    assert (unlabelled.read(2) == draw_scene(3, 2, 32, 48).image).all()


def test_boxes_and_label_maps_show_the_same():
    kinds = set()
    for number in range(40):
        scene = draw_scene(0, number)
        assert len(scene.boxes) == len(scene.labels) >= 1
        assert set(np.unique(scene.label_map)) - {0} == set(scene.labels + 1)
        for (left, top, right, bottom), label in zip(scene.boxes, scene.labels):
            assert (scene.label_map[top:bottom, left:right] == label + 1).any()
            assert 0 <= left < right <= 128 and 0 <= top < bottom <= 96
        kinds |= set(scene.labels.tolist())
    assert kinds == set(range(len(SHAPES)))


def test_the_devkit_of_voc(tmp_path):
    root = bissl.data.write_scenes(tmp_path / "voc", "voc", training=12, validation=5, test=4, seed=2)
    numbers = [bissl.data.open_dataset("voc2007-detection", root, "train").classes.index(name) for name in VOC_NAMES]
    number = 0
    for part, count in (("train", 12), ("validation", 5), ("test", 4)):
        detection = bissl.data.open_dataset("voc2007-detection", root, part)
        segmentation = bissl.data.open_dataset("voc2007-segmentation", root, part)
        assert len(detection) == len(segmentation) == count
        for sample in range(count):
            scene, target = draw_scene(2, number), detection.target(sample)
            np.testing.assert_array_equal(target["boxes"], scene.boxes)
            np.testing.assert_array_equal(target["labels"], np.array(numbers)[scene.labels])
            mask = segmentation.target(sample)
            kept = mask != 255
            expected = np.array([0, *(n + 1 for n in numbers)])[scene.label_map]
            assert (mask[kept] == expected[kept]).all() and 0.8 < kept.mean() < 1
            assert abs(detection.read(sample).astype(int) - scene.image).mean() < 8, "a JPEG of the scene"
            number += 1
    shown = bissl.data.open_dataset("voc2007", root, "test")
    assert shown.labels.sum() > -80 and (shown.labels == 1).any()


def test_the_tree_of_cityscapes(tmp_path):
    root = bissl.data.write_scenes(tmp_path / "city", "cityscapes", training=12, validation=3, test=4)
    training, validation, test = (
        bissl.data.open_dataset("cityscapes", root, part) for part in ("train", "validation", "test")
    )
    assert len(training) + len(validation) == 15 and len(test) == 4
    numbers = [training.classes.index(name) for name in ("road", *CITYSCAPES_NAMES)]
    scenes = {scene.image.tobytes(): scene for scene in (draw_scene(0, number) for number in range(19))}
    for dataset in (training, validation, test):
        for sample in range(len(dataset)):
            scene = scenes[dataset.read(sample).tobytes()]
            mask = dataset.target(sample)
            assert (mask[-4:] == 255).all()
            np.testing.assert_array_equal(mask[:-4], np.array(numbers)[scene.label_map[:-4]])


def test_a_folder_is_written_once_and_never_over_other_things(tmp_path):
    options = {"training": 4, "validation": 3, "test": 3, "height": 16, "width": 16}
    root = bissl.data.write_scenes(tmp_path / "scenes", **options)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert bissl.data.write_scenes(tmp_path / "scenes", **options) == root
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before
    assert bissl.data.write_scenes(root, **options, seed=np.int64(0)) == root
    bissl.data.write_scenes(tmp_path / "numpy", **options, seed=np.int64(3))
    shutil.rmtree(tmp_path / "numpy")
    with pytest.raises(ValueError, match="holds scenes with seed 0, expected 1; give the path of a new one"):
        bissl.data.write_scenes(root, **options, seed=1)
    (tmp_path / "other").mkdir()
    with pytest.raises(ValueError, match="is there and holds no scenes"):
        bissl.data.write_scenes(tmp_path / "other", **options)
    (tmp_path / "other/scenes.json").write_text("[1]")
    with pytest.raises(InvalidArgument, match="holds a scenes.json of something else"):
        bissl.data.write_scenes(tmp_path / "other", **options)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "scenes"]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda path: bissl.data.write_scenes(path, "coco"), 'layout: expected one of "voc", "cityscapes"'),
        (lambda path: bissl.data.write_scenes(path, test=0), "test: expected .*3"),
        (lambda path: bissl.data.write_scenes(path, height=15), "height: expected .*16"),
        (lambda path: bissl.data.write_scenes(path / "below", seed=1.5), "seed: expected an integer"),
        (lambda path: bissl.data.scenes(0), "count: expected .*1"),
        (lambda path: bissl.data.scenes(1, seed=-1), "seed"),
    ],
)
def test_what_is_refused(call, message, tmp_path):
    with pytest.raises((ValueError, TypeError), match=message):
        call(tmp_path / "new")
    assert not list(tmp_path.iterdir())
