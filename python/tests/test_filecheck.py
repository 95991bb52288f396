"""All files are looked at before a run begins, once; broken ones end it there, or are skipped where the data set says so."""

import json
import logging
import os

import numpy as np
import pytest
from dataset_files import WRITERS, coco_content, write_coco, write_mask_folder
from PIL import Image

import bissl
from bissl.data import (
    COCO,
    ImageFiles,
    Loader,
    MaskFolder,
    Mixture,
    Reading,
    Sequential,
    View,
    check_files,
    open_dataset,
)
from bissl.data import examination as examination_module
from bissl.errors import DataError, InvalidArgument, WrongType
from bissl.experiments import Study
from bissl.experiments.recipe import load_recipe
from bissl.experiments.running.images import Images, Views


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    return tmp_path / "user-cache"


@pytest.fixture
def reads(monkeypatch):
    """The samples that were decoded."""
    seen = []
    read = examination_module.read_checked

    def counted(dataset, sample, *more):
        seen.append(dataset.source(sample))
        return read(dataset, sample, *more)

    monkeypatch.setattr(examination_module, "read_checked", counted)
    return seen


def write_folder(root, count=10):
    """Two classes of ``count`` noisy images each."""
    draw = np.random.default_rng(0)
    for kind in ("cat", "dog"):
        (root / kind).mkdir(parents=True)
        for number in range(count):
            Image.fromarray(draw.integers(0, 256, (8, 8, 3)).astype(np.uint8)).save(root / kind / f"{number}.png")
    return root


def files_of(root):
    paths = sorted(root.rglob("*.png"))
    return paths, np.array([path.parent.name == "dog" for path in paths]).astype(np.int64)


def test_a_second_check_reads_nothing_and_a_changed_file_alone(tmp_path, reads):
    paths, labels = files_of(write_folder(tmp_path / "images"))
    check_files([ImageFiles(paths, labels)], progress=False)
    assert len(reads) == 20
    check_files([ImageFiles(paths, labels), ImageFiles(paths[:3])], progress=False)
    assert len(reads) == 20
    os.utime(paths[4], (1, 1))
    check_files([ImageFiles(paths, labels)], progress=False)
    assert reads[20:] == [str(paths[4])]
    check_files([ImageFiles(paths, labels, background="black")], progress=False)
    assert len(reads) == 41


def test_broken_files_are_told_all_at_once_and_each_time(tmp_path, reads):
    paths, labels = files_of(write_folder(tmp_path / "images"))
    paths[2].write_bytes(b"")
    paths[7].write_bytes(b"no picture")
    paths[9].unlink()
    for _ in range(2):
        with pytest.raises(DataError, match="(?s)^3 of 20 image files cannot be used:") as caught:
            check_files([ImageFiles(paths, labels)], progress=False)
        for text in (
            "empty (0 bytes)",
            str(paths[7]),
            "there is no such image file",
            "bissl data check",
            'on_error="skip"',
        ):
            assert text in str(caught.value)
    assert len(reads) == 23


def test_skipped_files_are_a_warning(tmp_path, caplog):
    paths, labels = files_of(write_folder(tmp_path / "images"))
    paths[2].write_bytes(b"")
    with caplog.at_level(logging.WARNING, "bissl"):
        check_files([ImageFiles(paths, labels, on_error="skip")], progress=False)
    assert "1 of 20 image files cannot be used" in caplog.text


def test_targets_belong_to_what_is_checked(tmp_path, reads):
    WRITERS["voc2007"](tmp_path)
    voc = open_dataset("voc2007-detection", tmp_path, "train")
    check_files([voc], progress=False)
    (annotation,) = voc.companions(3)
    annotation.write_text("<annotation>")
    with pytest.raises(DataError, match="(?s)1 of 11 image files cannot be used:.*broken or refused XML"):
        check_files([voc], progress=False)
    assert len(reads) == 12
    segmentation = open_dataset("voc2007-segmentation", tmp_path, "train")
    segmentation.companions(4)[0].unlink()
    with pytest.raises(DataError, match="1 of 11"):
        check_files([segmentation], progress=False)


@pytest.mark.parametrize("damage", ["torn", "read-only", "a file in place of the folder"])
def test_a_list_that_cannot_be_used_is_no_reason_to_stop(damage, tmp_path, cache_folder, monkeypatch):
    paths, labels = files_of(write_folder(tmp_path / "images", 3))
    if damage == "torn":
        (cache_folder / "bissl").mkdir(parents=True)
        (cache_folder / "bissl/sound-files").write_bytes(b"123")
    elif damage == "read-only":
        monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    else:
        cache_folder.write_text("")
    for _ in range(2):
        check_files([ImageFiles(paths, labels)], progress=False)


# --- what data sets carry ---------------------------------------------------------------------------------------------


def test_loaders_follow_the_data_set(tmp_path):
    paths, labels = files_of(write_folder(tmp_path / "images"))
    paths[2].write_bytes(b"")
    files = ImageFiles(paths, labels, on_error="skip", workers=3)
    for dataset in (files, files.subset(range(20)), Mixture([files.subset(range(20))])):
        with Loader(dataset, Sequential(20, 20), View(8)) as loader:
            assert loader.workers == 3
            assert next(loader).samples.tolist() == [0, 1, 3, *range(3, 20)]
    with Loader(files, Sequential(20, 20), View(8), on_error="raise", workers=1) as loader:
        with pytest.raises(DataError, match=r"(?s)empty \(0 bytes\).*`bissl data check.*on_error=\"skip\""):
            next(loader)


def test_what_loaders_are_told_may_be_assigned(tmp_path):
    paths, labels = files_of(write_folder(tmp_path / "images"))
    paths[2].write_bytes(b"")
    files = ImageFiles(paths, labels).subset(range(20))
    files.reading = Reading(on_error="skip", workers=1)
    with Loader(files, Sequential(20, 20), View(8)) as loader:
        assert next(loader).samples.tolist() == [0, 1, 3, *range(3, 20)] and loader.workers == 1


def test_stages_skip_where_the_data_set_says_so(tmp_path):
    paths, labels = files_of(write_folder(tmp_path / "images"))
    paths[2].write_bytes(b"")
    files = ImageFiles(paths, labels, on_error="skip")
    options = {"augmentation": "small", "progress": False, "epochs": 1}
    backbone = {"layers": (1,), "widths": (4,), "stem": "small"}
    ssl = bissl.Pretrain(backbone=backbone, batch_size=10, lr=0.1, **options).fit(files, checkpoint=tmp_path / "run")
    tuned = bissl.FineTune(**options).fit(ssl, files, validation=files)
    assert tuned.best_validation_ == tuned.score(files)
    with pytest.raises(DataError, match="empty"):
        bissl.Pretrain(backbone=backbone, batch_size=10, lr=0.1, **options).fit(ImageFiles(paths, labels))


def test_a_cache_puts_others_in_the_place_of_broken_images(tmp_path, caplog):
    paths, labels = files_of(write_folder(tmp_path / "images"))
    paths[2].write_bytes(b"")
    files = ImageFiles(paths, labels, on_error="skip")
    made = bissl.data.cached(files, tmp_path / "cache", 8, progress=False)
    assert np.array_equal(made.read(2), files.read(3)) and "takes its place in the cache" in caplog.text
    again = bissl.data.cached(files, tmp_path / "cache", 8, progress=False)
    assert (
        made.replaced(np.arange(20)).tolist() == again.replaced(np.arange(20)).tolist() == [i == 2 for i in range(20)]
    )
    with pytest.raises(DataError, match="empty"):
        bissl.data.cached(ImageFiles(paths, labels), tmp_path / "cache", 8, progress=False)


def painted(root, labels):
    """One file for each row of labels (N, C): grey where it has the second class, dark else."""
    draw = np.random.default_rng(0)
    paths = [root / f"{number:02}.png" for number in range(len(labels))]
    for path, row in zip(paths, labels):
        Image.fromarray((draw.integers(0, 60, (8, 8, 3)) + 190 * int(row[1])).astype(np.uint8)).save(path)
    return paths


Y = np.tile([0, 1], 12)
ROWS = np.eye(2, dtype=bool)[Y]
NET = bissl.ResNet(layers=(1,), widths=(8,), stem="small")
TUNE = bissl.FineTune(epochs=8, batch_size=8, lr=0.3, augmentation="small", progress=False)


@pytest.fixture
def half_broken(tmp_path):
    """The files of `painted`, of which all of the first class are broken, and the images as they were."""
    paths = painted(tmp_path, ROWS)
    images = np.stack([np.asarray(Image.open(path)) for path in paths])
    for path in paths[::2]:
        path.write_bytes(b"no picture")
    return paths, images


def test_what_cannot_be_read_is_not_measured_on_another_image(half_broken, caplog):
    paths, images = half_broken
    files = ImageFiles(paths, on_error="skip")
    tuned = TUNE.fit(NET, images, Y, validation=(files, Y))
    assert tuned.score(images, Y) == 1.0 and [record["validation"] for record in tuned.history_][-1] == 1.0
    assert caplog.text.count("12 of 24 images cannot be read and are left out") == 1 and "00.png" in caplog.text
    assert tuned.score(files, Y) == 1.0 and tuned.correct(files, Y) == 12
    assert caplog.text.count("are left out") == 3
    with pytest.raises(DataError, match="none of the 12 images can be read"):
        tuned.score(files.subset(range(0, 24, 2)), Y[::2])
    several = TUNE.fit(NET, images, ROWS)
    assert several.score(images, ROWS) == several.score(ImageFiles(paths, ROWS, ("0", "1"), on_error="skip")) == 1.0


def test_neighbours_are_those_of_images_that_can_be_read(half_broken):
    """A broken image has neither its own features nor, with its label, those of another."""
    paths, images = half_broken
    stage, record = TUNE.fit(NET, images, Y), {"epoch": 0}
    callback = bissl.callbacks.NearestNeighbors(
        (images, Y), (ImageFiles(paths, on_error="skip"), Y), augmentation="small", neighbors=3
    )
    callback.on_record(stage, record)
    assert record["knn"] == 1.0


def test_predictions_of_files_that_cannot_be_read_name_them(half_broken):
    paths, images = half_broken
    files = ImageFiles(paths, on_error="skip")
    tuned = TUNE.fit(NET, images, Y)
    probe = bissl.LinearProbe(augmentation="small", recalibration_batches=0).fit(NET, images, Y)
    calls = tuned.predict, tuned.predict_logits, tuned.predict_proba, probe.predict, probe.features
    for call in (*calls, lambda X: bissl.analysis.extract_features(NET, X, augmentation="small", progress=False)):
        with pytest.raises(
            DataError, match=r"(?s)12 of 24 images cannot be read.*00.png.*and 7 more.*arange\(24\), \[0, 2"
        ):
            call(files)
        assert len(call(files.subset(np.delete(np.arange(24), range(0, 24, 2))))) == 12


@pytest.mark.parametrize("y", [Y, None])
def test_a_probe_learns_from_what_can_be_read(y, tmp_path):
    paths = painted(tmp_path, ROWS)
    images = np.stack([np.asarray(Image.open(path)) for path in paths])
    for path in paths[::4]:
        path.write_bytes(b"no picture")
    probe = bissl.LinearProbe(augmentation="small", recalibration_batches=0)
    assert probe.fit(NET, ImageFiles(paths, Y, ("0", "1"), on_error="skip"), y).score(images, Y) == 1.0
    kept = np.delete(np.arange(24), range(0, 24, 4))
    expected = bissl.LinearProbe(augmentation="small", recalibration_batches=0).fit(NET, images[kept], Y[kept])
    assert np.array_equal(probe.predict_logits(images), expected.predict_logits(images))


def test_rows_of_a_cache_have_the_labels_of_what_they_show(half_broken, tmp_path):
    paths, images = half_broken
    files = ImageFiles(paths, ROWS, ("0", "1"), on_error="skip")
    made = bissl.data.cached(files, tmp_path / "cache", 8, progress=False)
    assert made.labels.tolist() == [[False, True]] * 24
    several = TUNE.fit(NET, images, ROWS)
    assert several.score(made) == several.score(made, ROWS) == several.score(made.subset(range(24)), ROWS) == 1.0
    with Loader(made, Sequential(24, 24), View(8, resize_shorter=8)) as loader:
        batch = next(loader)
    assert batch.samples.tolist() == [1, 1, 3, 3, *batch.samples[4:]] and (batch.samples % 2 == 1).all()
    probe = bissl.LinearProbe(augmentation="small", recalibration_batches=0)
    with pytest.raises(DataError, match="12 of 24 images cannot be read.*"):
        probe.fit(NET, images, Y).predict(made)


def test_an_interrupted_cache_remembers_its_rows(half_broken, tmp_path, monkeypatch):
    paths, _ = half_broken
    files = ImageFiles(paths * 4, np.tile(ROWS, (4, 1)), ("0", "1"), on_error="skip")
    monkeypatch.setattr("bissl.data.cacheheader.CacheHeader.finish", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bissl.data.cached(files, tmp_path / "cache", 8, progress=False)
    monkeypatch.undo()
    made = bissl.data.cached(files, tmp_path / "cache", 8, progress=False)
    assert np.array_equal(made.replaced(np.arange(96)), np.arange(96) % 2 == 0) and made.labels[:, 1].all()


# --- recipes ----------------------------------------------------------------------------------------------------------


def recipe_of(root, **data):
    data = (
        {"pretext": "unlabeled-folder", "downstream": "folder"}
        | {f"{level}_root": str(root) for level in ("pretext", "downstream")}
        | data
    )
    return load_recipe("digits-quick").changed({f"data.{name}": value for name, value in data.items()})


def split_folder(root):
    write_folder(root / "train")
    write_folder(root / "test")
    return root


def test_a_run_does_not_begin_with_a_broken_file_in_any_part(tmp_path):
    root = split_folder(tmp_path / "images")
    (root / "test/dog/3.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"(?s)test/dog/3.png: .*the file is empty.*data.on_error=skip"):
        Study(recipe_of(root), tmp_path / "run", progress=False).pretrain()
    assert not (tmp_path / "run/pretrained").exists()
    Images.check_files(recipe_of(root, check_files=False).data, progress=False)
    Images.check_files(recipe_of(root, on_error="skip").data, progress=False)


def test_recipes_carry_options_of_reading_to_both_levels(tmp_path):
    root = split_folder(tmp_path / "images")
    recipe = recipe_of(root, on_error="skip", workers=2, pretext_options={"background": [0, 0, 0]})
    images = Images.of(recipe.data)
    for dataset in (images.unlabeled, images.training, images.validation, images.test):
        assert (dataset.reading.on_error, dataset.reading.workers) == ("skip", 2)
    assert images.unlabeled.decodings()[0].background == (0, 0, 0)


def test_how_images_are_loaded_makes_no_other_study(tmp_path):
    root = split_folder(tmp_path / "images")
    with Study(recipe_of(root), tmp_path / "run", progress=False) as study:
        study._begin()
    Study(recipe_of(root, on_error="skip", workers=2, check_files=False), tmp_path / "run", progress=False)


@pytest.mark.parametrize(
    "name, what", [("voc2007", "any number of classes"), ("voc2007-segmentation", "labell?ed with|class")]
)
def test_labels_per_class_where_they_cannot_be_counted(name, what, tmp_path):
    WRITERS["voc2007"](tmp_path)
    with pytest.raises(InvalidArgument, match=what):
        recipe = recipe_of(tmp_path, pretext="digits", downstream=name, labels_per_class=1)
        Images.of(recipe.data)


def test_recipes_ask_for_a_size_where_images_have_several(tmp_path):
    root = split_folder(tmp_path / "images")
    Image.new("RGB", (9, 9)).save(root / "train/cat/0.png")
    recipe = recipe_of(root).changed({"augmentation.statistics": "imagenet"})
    with pytest.raises(InvalidArgument, match='"small" keeps the size .* state a size: augmentation.size=48'):
        Views.of(recipe, Images.of(recipe.data))
    sized = recipe.changed({"augmentation.size": 8})
    assert Views.of(sized, Images.of(sized.data)).downstream.training.size == 8


def test_boxes_that_changed_are_checked_anew(tmp_path):
    write_coco(tmp_path)
    check_files(COCO(tmp_path, "train+validation"), progress=False)
    content = coco_content()
    for image in content["images"]:
        image["height"] = 999
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match="15 of 15 image files cannot be used"):
        check_files(COCO(tmp_path, "train+validation"), progress=False)


def test_masks_are_checked_anew_against_other_classes(tmp_path, reads):
    write_mask_folder(tmp_path)
    for _ in range(2):
        check_files(MaskFolder(tmp_path, "train+validation"), progress=False)
        assert len(reads) == 15
    (tmp_path / "classes.txt").write_text("ground\ncat\n")
    with pytest.raises(DataError, match="15 of 15 image files cannot be used"):
        check_files(MaskFolder(tmp_path, "train+validation"), progress=False)


def test_a_user_without_a_folder_has_no_list(tmp_path, reads, monkeypatch):
    paths, labels = files_of(write_folder(tmp_path / "images"))
    monkeypatch.delenv("XDG_CACHE_HOME")

    def homeless(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("pathlib.Path.expanduser", homeless)
    for count in (20, 40):
        check_files(ImageFiles(paths, labels), progress=False)
        assert len(reads) == count


@pytest.mark.parametrize("datasets", [5, np.zeros((2, 8, 8, 3), np.uint8), ["a.png"]])
def test_what_is_no_data_set_is_not_checked(datasets):
    with pytest.raises(WrongType, match="datasets: expected a bissl.data.Dataset or several, got .* at index 0"):
        check_files(datasets)
