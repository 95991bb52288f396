"""`bissl data check`: what it counts, what it calls broken, its exit status, and Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pytest
from dataset_files import WRITERS, write_class_folders, write_image
from PIL import Image
from test_decoding import png_of_bits

from bissl.cli import main
from bissl.data import inspect_dataset
from bissl.errors import FileMissing, InvalidArgument, WrongType


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_sound_data_sets_are_sound(name, tmp_path):
    WRITERS[name](tmp_path)
    found = inspect_dataset(name, tmp_path, threads=2)
    assert found.sound, found.as_text()
    assert all(report.images > 0 and report.width and report.height for report in found.splits)


def test_counts_sizes_and_broken_files(tmp_path):
    write_class_folders(tmp_path / "train", {"cat": 10, "dog": 5})
    write_class_folders(tmp_path / "test", {"cat": 2, "dog": 1})
    write_image(tmp_path / "test/cat/cat_000.jpg", size=(30, 20))
    (tmp_path / "test/cat/cat_001.jpg").write_bytes(b"\xff\xd8\xff")
    found = inspect_dataset("folder", tmp_path)
    train, validation, test = found.splits
    assert (train.split, train.images, train.per_class) == ("train", 12, {"cat": 8, "dog": 4})
    assert (validation.split, validation.images, train.sound) == ("validation", 3, True)
    assert (test.width, test.height) == ((12, 21.0, 30), (9, 14.5, 20))
    (broken,) = test.broken
    assert broken.source.endswith("cat_001.jpg") and "cannot be read as an image" in broken.reason
    assert not found.sound


def test_kinds_constant_images_and_skipped_files_are_counted(tmp_path):
    draw = np.random.default_rng(0)
    for kind in ("cat", "dog"):
        (tmp_path / kind).mkdir()
        for number in range(5):
            pixels = draw.integers(0, 256, (9, 12, 4)).astype(np.uint8)
            Image.fromarray(pixels[..., :3]).save(tmp_path / kind / f"{number}.png")
        Image.fromarray(pixels).save(tmp_path / kind / "alpha.png")
        Image.fromarray(pixels[..., 0].astype(np.uint16) * 256).save(tmp_path / kind / "wide.png")
        write_image(tmp_path / kind / "flat.png")
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(pixels[..., :3]).save(tmp_path / kind / "turned.jpg", exif=exif)
        Image.fromarray(pixels[..., 0].astype(np.float32)).save(tmp_path / kind / "float.tif")
        (tmp_path / kind / "notes.txt").write_text("")
        (tmp_path / kind / "nothing").write_text("")
    found = inspect_dataset("folder", tmp_path)
    train, validation = found.splits

    def total(name):
        return Counter(getattr(train, name)) + Counter(getattr(validation, name))

    assert total("modes") == {"RGB": 14, "RGBA": 2, "I;16": 2}
    assert total("traits") == {"transparent": 2, "turned by EXIF": 2}
    assert train.constant + validation.constant == 2
    assert train.skipped == {"": 2, ".txt": 2}
    assert sorted(b.source.rpartition("/")[2] for b in (*train.broken, *validation.broken)) == ["float.tif"] * 2
    assert "not read as images: 2 without an extension, 2 .txt" in found.as_text()
    assert "RGB, " in found.as_text() and "of one colour throughout" in found.as_text()
    assert json.loads(json.dumps(found.as_dict()))["splits"][0]["skipped"] == {"": 2, ".txt": 2}


def test_12_bit_values_in_16_bits_are_told(tmp_path):
    values = np.random.default_rng(0).integers(0, 4096, (9, 12)).astype(np.uint16)
    for number in range(5):
        Image.fromarray(values).save(tmp_path / f"{number}.png")
    found = inspect_dataset("unlabeled-folder", tmp_path)
    assert sum(split.dim for split in found.splits) == 5
    assert "use less than a sixteenth of their range" in found.as_text() and found.sound
    assert not any(split.dim for split in inspect_dataset("unlabeled-folder", tmp_path, integer_maximum=4095).splits)


def test_12_bit_values_in_16_bits_of_colour_are_told(tmp_path):
    values = np.random.default_rng(0).integers(0, 4096, (9, 12, 3)).astype(np.uint16)
    for number in range(5):
        (tmp_path / f"{number}.png").write_bytes(png_of_bits(values, 2))
    found = inspect_dataset("unlabeled-folder", tmp_path)
    assert sum(split.dim for split in found.splits) == 5 and "16 bits" in found.as_text()


@pytest.mark.parametrize("threads", [-1, 0, 2.5, "a"])
def test_threads_that_are_none(threads, tmp_path):
    with pytest.raises((WrongType, InvalidArgument), match="threads: expected a whole number of at least 1, got"):
        inspect_dataset("unlabeled-folder", tmp_path, threads=threads)


def test_options_of_decoding_on_the_command_line(tmp_path, capsys):
    for number in range(5):
        values = np.random.default_rng(number).random((9, 12)).astype(np.float32)
        Image.fromarray(values).save(tmp_path / f"{number}.tif")
    command = ["data", "check", "unlabeled-folder", str(tmp_path), "--no-progress"]
    assert main(command) == 1
    assert main([*command, "--option", "float_range=[0, 1]", "--option", "on_error=skip"]) == 0
    capsys.readouterr()
    assert main([*command, "--option", "flot_range=[0, 1]"]) == 1
    assert 'did you mean "float_range"' in capsys.readouterr().err
    for own in ("name", "root", "progress", "threads"):
        assert main([*command, "--option", f"{own}=1"]) == 1
        assert f'got "{own}"' in capsys.readouterr().err
    assert main([*command, "--option", "float_range"]) == 1
    assert "--option: expected NAME=VALUE" in capsys.readouterr().err


def test_command_line(tmp_path, capsys):
    write_class_folders(tmp_path, {"cat": 10, "dog": 5})
    assert main(["data", "check", "folder", str(tmp_path), "--no-progress"]) == 0
    text = capsys.readouterr().out
    assert "train: 12 images: 8 cat, 4 dog" in text
    assert "width 12 / 12 / 12 (least / median / greatest)" in text and "nothing is broken" in text
    (tmp_path / "cat/cat_003.jpg").write_bytes(b"")
    assert main(["data", "check", "folder", str(tmp_path), "--json", "--no-progress"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["sound"]
    assert sum(len(split["broken"]) for split in found["splits"]) == 1
    assert found["splits"][0]["per_class"] == {"cat": 8, "dog": 4}


def test_many_classes_are_counted_from_the_smallest_to_the_largest(tmp_path):
    write_class_folders(tmp_path, {f"class {i}": 5 + i for i in range(21)})
    assert (
        "train: 252 images, 21 classes of 4 (class 0) to 20 (class 20)" in inspect_dataset("folder", tmp_path).as_text()
    )


def test_broken_targets_and_missing_parts_count_as_broken(tmp_path, capsys):
    WRITERS["voc2007"](tmp_path)
    (tmp_path / "VOCdevkit/VOC2007/Annotations/2007_000002.xml").write_text("<annotation>")
    (tmp_path / "VOCdevkit/VOC2007/ImageSets/Main/test.txt").unlink()
    train, _, test = inspect_dataset("voc2007-detection", tmp_path).splits
    assert [broken.reason.split(": ")[1] for broken in train.broken] == ["broken or refused XML"]
    assert "test.txt" in test.problem and "MISSING  (the 2007 test part is an archive of its own" in test.problem
    assert main(["data", "check", "voc2007-detection", str(tmp_path), "--no-progress"]) == 1
    assert "test: cannot be opened" in capsys.readouterr().out


def test_unknown_names_and_folders(tmp_path, capsys):
    with pytest.raises(InvalidArgument, match='did you mean "cifar10"'):
        inspect_dataset("cifra10", tmp_path)
    with pytest.raises(FileMissing, match="root: there is no folder"):
        inspect_dataset("cifar10", tmp_path / "nowhere")
    assert main(["data", "check", "cifra10", str(tmp_path)]) == 1
    assert 'did you mean "cifar10"' in capsys.readouterr().err


def test_ctrl_c_is_answered_at_once(tmp_path):
    write_image(tmp_path / "images/0.png", size=(1000, 1000))
    for i in range(1, 600):
        os.link(tmp_path / "images/0.png", tmp_path / f"images/{i}.png")
    command = [sys.executable, "-m", "bissl", "data", "check", "unlabeled-folder", str(tmp_path / "images")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        seen = b""
        while not re.search(rb"[1-9]\d*/480", seen):
            piece = process.stderr.read(1)
            assert piece, seen
            seen += piece
        start = time.perf_counter()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert time.perf_counter() - start < 2  # a second, and the interpreter's end on a busy machine
        assert b"bissl: interrupted" in process.stderr.read()
