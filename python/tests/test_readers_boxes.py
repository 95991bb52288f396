"""Boxes in COCO's format and folders of label maps: layouts, what is broken, what `bissl data check` counts."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest
from dataset_files import coco_content, write_coco, write_image, write_lines, write_mask, write_mask_folder, write_voc

import bissl
from bissl.data import COCO, MaskFolder, inspect_dataset, open_dataset
from bissl.errors import DataError, FileMissing
from bissl.targets import BoxTargets, LabelMaps

# --- COCO -------------------------------------------------------------------------------------------------------------


def test_objects_are_those_of_the_file(tmp_path):
    write_coco(tmp_path)
    data = COCO(tmp_path, "train+validation")
    assert data.classes == ("cat", "dog") and data.labels is None and data.dense_targets == "boxes"
    assert len(data) == 15 and len(data.target(0)["boxes"]) == len(data.target(5)["boxes"]) == 0
    three = data.target(3)
    assert three["boxes"].tolist() == [[1, 2, 6, 6.5], [2, 2, 7, 6.5]] and three["labels"].tolist() == [0, 1]
    assert three["difficult"].tolist() == [False, True]
    assert data.read(3)[0, 0].tolist() == [27, 27, 27] and data.source(3).endswith("images/003.png")
    assert BoxTargets(2).check_image(data.target(3), size=data.size(3))["labels"].tolist() == [0, 1]
    parts = [open_dataset("coco", tmp_path, part, validation_share=0.4) for part in ("train", "validation")]
    for part in parts:
        shown = np.concatenate([part.target(sample)["labels"] for sample in range(len(part))])
        assert set(shown) == {0, 1}
    with pytest.raises(FileMissing, match="holds no test part"):
        COCO(tmp_path, "test")


def test_targets_are_the_callers_own(tmp_path):
    write_coco(tmp_path)
    before = COCO(tmp_path).target(0)
    for values in COCO(tmp_path).target(0).values():
        values[:] = 0
    assert all(np.array_equal(COCO(tmp_path).target(0)[name], values) for name, values in before.items())


LAYOUTS = {
    "beside": ({"train": "train/_annotations.coco.json", "validation": "valid/_annotations.coco.json",
                "test": "test/_annotations.coco.json"}, {"train": "train", "validation": "valid", "test": "test"}),
    "instances": ({"train": "annotations/instances_train2017.json", "validation": "annotations/instances_val2017.json"},
                  {"train": "train2017", "validation": "val2017"}),
    "named": ({"train": "train.json", "test": "test.json"}, {"train": "images", "test": "images"}),
    "in annotations": ({"train": "annotations/training.json", "test": "annotations/test.json"},
                       {"train": "training", "test": "test"}),
    "root": ({"train": "annotations.json"}, {"train": ""}),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, tmp_path):
    files, folders = LAYOUTS[layout]
    for number, (part, file) in enumerate(files.items()):
        content = coco_content(10, first=10 * number)
        for image in content["images"]:
            write_image(tmp_path / folders[part] / image["file_name"])
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(json.dumps(content))
    for number, part in enumerate(files):
        data = COCO(
            tmp_path, "train+validation" if layout in ("root", "named", "in annotations") and part == "train" else part
        )
        assert len(data) == 10 and data.source(0).endswith(f"{folders[part]}/{10 * number:03}.png".lstrip("/"))
    assert COCO.splits_in(tmp_path)[-1] == ("test" if "test" in files else "train+validation")


def test_classes_of_other_parts_are_joined_by_name(tmp_path):
    write_coco(tmp_path)
    (tmp_path / "annotations.json").rename(tmp_path / "train.json")
    content = coco_content()
    content["categories"] = [{"id": 1, "name": "dog"}, {"id": 3, "name": "cat"}]
    (tmp_path / "test.json").write_text(json.dumps(content))
    assert COCO(tmp_path, "train+validation").target(3)["labels"].tolist() == [0, 1]
    test = COCO(tmp_path, "test")
    assert test.classes == ("cat", "dog") and test.target(3)["labels"].tolist() == [1, 0]
    content["categories"][0]["name"] = "cow"
    (tmp_path / "test.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"test\.json: the class 'cow' is none of the 2"):
        COCO(tmp_path, "test")
    (tmp_path / "val.json").write_text("{}")
    (tmp_path / "valid.json").write_text("{}")
    with pytest.raises(DataError, match="are both of the validation part"):
        COCO(tmp_path)


def entry(kind, place, **changes):
    def damage(content):
        content[kind][place] |= changes

    return damage


DAMAGES = {
    "images twice": (entry("images", 1, id=0), r"images\[0\] and \[1\] have the same id 0"),
    "annotations twice": (entry("annotations", 3, id=100), r"annotations\[0\] and \[3\] have the same id 100"),
    "categories twice": (entry("categories", 0, id=1), r"categories\[0\] and \[1\] have the same id 1"),
    "names twice": (entry("categories", 0, name="cat"), "expected categories of different names"),
    "no image": (entry("annotations", 2, image_id=999), r"annotations\[2\]: there is none of image_id 999"),
    "no class": (entry("annotations", 2, category_id=2), r"annotations\[2\]: there is none of category_id 2"),
    "list as id": (entry("annotations", 2, image_id=[1]), r"annotations\[2\]: there is none of image_id \[1\]"),
    "outside": (entry("annotations", 0, bbox=[9, 2, 5, 4]), r"annotations\[0\]: the box \[9, 2, 5, 4\] is not inside"),
    "inverted": (entry("annotations", 0, bbox=[9, 2, -5, 4]), "expected a width and height of at least 0"),
    "nan": (entry("annotations", 0, bbox=[float("nan"), 2, 5, 4]), r"annotations\[0\]: expected x, y, width, height"),
    "infinite": (entry("annotations", 0, bbox=[0, 0, float("inf"), 4]), r"annotations\[0\]: expected x, y, width"),
    "text": (entry("annotations", 0, bbox="0 0 1 1"), r"annotations\[0\]: expected x, y, width, height as bbox"),
    "three": (entry("annotations", 0, bbox=[0, 0, 1]), r"annotations\[0\]: expected x, y, width, height as bbox"),
    "boolean": (entry("annotations", 0, bbox=[0, 0, True, 1]), r"annotations\[0\]: expected x, y, width, height"),
    "crowd": (entry("annotations", 0, iscrowd=2), r"annotations\[0\]: expected 0 or 1 as iscrowd, got 2"),
    "size": (entry("images", 0, width="12"), r"images\[0\]: expected whole numbers as height and width"),
    "path": (entry("images", 0, file_name="../a.png"), "expected names of files inside"),
    "no name": (entry("images", 0, file_name=None), r"images\[0\]: expected text as file_name, got None"),
    "no list": (lambda content: content.pop("annotations"), "expected a list of annotations, got None"),
    "no entries": (lambda content: content["images"].append(3), r"images\[15\]: expected an object, got 3"),
    "no classes": (lambda content: content.update(categories=[]), "expected categories of different names, got"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_broken_files_are_named(damage, tmp_path):
    write_coco(tmp_path)
    change, pattern = DAMAGES[damage]
    content = coco_content()
    change(content)
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match=pattern) as caught:
        COCO(tmp_path)
    assert "annotations.json" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 10**5, '{"images": 1' + "0" * 5000 + "}", "\xff"])
def test_what_is_no_json_is_refused(text, tmp_path):
    write_coco(tmp_path)
    (tmp_path / "annotations.json").write_text(text, encoding="latin-1")
    with pytest.raises(DataError, match="annotations.json: (broken JSON|expected an object|expected a list)"):
        COCO(tmp_path)


def test_missing_images_are_named(tmp_path):
    write_coco(tmp_path)
    (tmp_path / "images/004.png").unlink()
    with pytest.raises(FileMissing, match=r"1 of the 15 images that it lists are missing, the first is .*004\.png"):
        COCO(tmp_path)


def test_boxes_a_little_beyond_their_image_are_cut_and_others_without_area_left_to_the_targets(tmp_path):
    write_coco(tmp_path)
    content = coco_content()
    content["annotations"][0]["bbox"] = [-0.5, 2, 12.9, 7.4]
    content["annotations"][1]["bbox"] = [3, 3, 0, 2]
    content["images"][2] |= {"width": 0, "height": 0}  # whose size is not stated
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    data = COCO(tmp_path, "train+validation")
    assert data.target(1)["boxes"].tolist() == [[0, 2, 12, 9]]
    net = bissl.ResNet(layers=(1, 1), widths=(4, 4), stem="small")
    stage = bissl.HeadWarmup(objective=bissl.FasterRCNN.small, progress=False, epochs=1, augmentation="small")
    with pytest.raises(DataError, match=r"002\.png\['boxes'\]: expected boxes of an area"):
        stage.fit(net, data)
    (broken,) = (each for report in inspect_dataset("coco", tmp_path).splits for each in report.broken)
    assert broken.source.endswith("002.png") and "expected boxes of an area" in broken.reason


def test_a_detector_is_trained_on_a_folder(tmp_path):
    write_coco(tmp_path)
    net = bissl.ResNet(layers=(1, 1), widths=(4, 4), stem="small")
    stage = bissl.FineTune(epochs=1, objective=bissl.FasterRCNN.small, augmentation="small", progress=False)
    stage.fit(net, open_dataset("coco", tmp_path), validation=open_dataset("coco", tmp_path, "validation"))
    assert stage.class_names_ == ("cat", "dog") and stage.downstream_.num_classes == 2
    write_voc(tmp_path / "voc")
    with pytest.raises(DataError, match="expected classes that the head knows, got"):
        stage.score(open_dataset("voc2007-detection", tmp_path / "voc", "test"))


# --- folders of label maps --------------------------------------------------------------------------------------------


def test_label_maps_are_those_of_the_images(tmp_path):
    write_mask_folder(tmp_path)
    data = MaskFolder(tmp_path, "train+validation")
    assert data.classes == ("ground", "cat", "dog") and data.labels is None and len(data) == 15
    assert data.target(2).shape == (9, 12) and set(np.unique(data.target(2))) == {0, 1, 2, 255}
    assert LabelMaps(3).check_image(data.target(2), size=data.size(2)).dtype == np.uint8
    (companion,) = data.companions(2)
    assert companion.name == "002.png"


@pytest.mark.parametrize(
    "folders",
    [
        {"train": ("train/images", "train/masks"), "test": ("test/images", "test/masks")},
        {
            "train": ("images/training", "annotations/training"),
            "validation": ("images/validation", "annotations/validation"),
        },
        {"train": ("img", "labels")},
    ],
)
def test_layouts_of_label_maps(folders, tmp_path):
    for number, (images, masks) in enumerate(folders.values()):
        for i in range(5):
            write_image(tmp_path / images / "deep" / f"{number}{i}.png")
            write_mask(tmp_path / masks / "deep" / f"{number}{i}.png")
    for number, part in enumerate(folders):
        whole = "validation" not in folders and part == "train"
        data = MaskFolder(tmp_path, "train+validation" if whole else part)
        assert len(data) == 5 and data.source(0).endswith(f"deep/{number}0.png") and data.classes == ()


@pytest.mark.parametrize("folder", ["images", "masks"])
def test_two_files_of_one_name_are_refused(folder, tmp_path):
    write_mask_folder(tmp_path)
    [first] = (tmp_path / folder).glob("001.*")
    write = write_image if folder == "images" else write_mask
    write(tmp_path / folder / "001.tif")
    with pytest.raises(DataError, match=f"{first.name} and .*001.tif differ in nothing but their extension"):
        MaskFolder(tmp_path)


def test_broken_folders_of_label_maps(tmp_path):
    write_mask_folder(tmp_path)
    (tmp_path / "masks/003.png").unlink()
    with pytest.raises(FileMissing, match=r"1 of the 15 images in .* have no label map in .*003\.jpg"):
        MaskFolder(tmp_path)
    write_mask(tmp_path / "masks/003.png", size=(12, 8))
    write_mask(tmp_path / "masks/004.png", (0, 3))
    reasons = [
        each.reason for report in inspect_dataset("segmentation-folder", tmp_path).splits for each in report.broken
    ]
    assert len(reasons) == 2 and any("label map of its image's height and width" in reason for reason in reasons)
    assert any("expected class numbers 0 to 2, or 255" in reason for reason in reasons)
    write_lines(tmp_path / "classes.txt", ["cat", "cat"])
    with pytest.raises(DataError, match="expected at most 255 different names"):
        MaskFolder(tmp_path)
    (tmp_path / "labels").mkdir()
    with pytest.raises(DataError, match="holds several folders of images or of label maps"):
        MaskFolder(tmp_path)


# --- counts -----------------------------------------------------------------------------------------------------------


def test_boxes_and_empty_images_are_counted(tmp_path):
    write_coco(tmp_path)
    found = inspect_dataset("coco", tmp_path)
    assert found.sound
    totals = {name: sum(report.boxes_per_class[name] for report in found.splits) for name in ("cat", "dog")}
    content = coco_content()
    named = [{1: "cat", 3: "dog"}[each["category_id"]] for each in content["annotations"]]
    assert totals == {name: named.count(name) for name in totals}
    assert sum(report.empty for report in found.splits) == 3
    assert "boxes: " in found.as_text() and "images without any" in found.as_text()
    assert found.as_dict()["splits"][0]["boxes_per_class"] == found.splits[0].boxes_per_class


def test_pixels_and_empty_label_maps_are_counted(tmp_path):
    write_mask_folder(tmp_path)
    write_mask(tmp_path / "masks/001.png", (255,))
    found = inspect_dataset("segmentation-folder", tmp_path)
    assert found.sound and sum(report.empty for report in found.splits) == 1
    totals = [sum(report.pixels_per_class[name] for report in found.splits) for name in ("ground", "cat", "dog")]
    assert totals == [14 * 27] * 3
    assert "33.3 % ground, 33.3 % cat, 33.3 % dog" in found.as_text()


def test_published_sets_are_counted_too(tmp_path, caplog):
    caplog.set_level(logging.ERROR)
    write_voc(tmp_path)
    boxes = inspect_dataset("voc2007-detection", tmp_path).splits[0]
    assert sum(boxes.boxes_per_class.values()) > 0 and boxes.pixels_per_class == {}
    maps = inspect_dataset("voc2007-segmentation", tmp_path).splits[0]
    assert set(maps.pixels_per_class) > {"background", "cat"} and maps.boxes_per_class == {}
