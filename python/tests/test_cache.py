"""The decoded cache: what it holds, when it is made anew, and how it is found to be broken."""

import json
import logging
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from bissl.data import ArrayDataset, ImageFiles, Loader, Stack, TwoViews, cached
from bissl.data.cacheheader import BLOCK_IMAGES, CacheHeader
from bissl.durable import exclusion, exclusive
from bissl.errors import DataError, DiskFull

COUNT, SIDE = 2 * BLOCK_IMAGES + 22, 12


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (COUNT, SIDE, SIDE, 3)).astype(np.uint8)


@pytest.fixture
def files(images, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:03}.png")
    return ImageFiles(sorted(folder.iterdir()), np.arange(COUNT) % 3, ("a", "b", "c"))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def make(dataset, folder, **options):
    return cached(dataset, folder, **{"side": SIDE, "progress": False} | options)


class Reads:
    """Counts how often files of a data set are decoded."""

    def __init__(self, dataset):
        self.dataset, self.samples, self.limit = dataset, [], None
        read = dataset.read

        def counted(sample, least_side=None):
            if self.limit is not None and len(self.samples) >= self.limit:
                raise KeyboardInterrupt
            self.samples.append(sample)
            return read(sample, least_side)

        dataset.read = counted


def flip_byte(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


# --- what it holds ----------------------------------------------------------------------------------------------------


def test_holds_the_images_with_labels_and_opens_without_decoding(files, images, folder):
    made = make(files, folder)
    assert np.array_equal(made.gather(np.arange(COUNT)), images)
    assert made.labels is files.labels and made.classes == files.classes
    assert made.source(5) == files.source(5) and len(made) == COUNT
    assert np.array_equal(np.load(folder / "images.npy"), images)
    reads = Reads(files)
    again = make(files, folder, verify="full")
    assert np.array_equal(again.read(140), images[140]) and not reads.samples
    assert sorted(os.listdir(folder)) == ["header.json", "images.npy", "lock"]


def test_larger_images_are_scaled_and_cut_to_the_central_square(folder):
    wide = np.random.default_rng(1).integers(0, 256, (1, 24, 60, 3)).astype(np.uint8)
    whole = Image.fromarray(wide[0]).resize((30, 12), Image.Resampling.BICUBIC)
    assert np.array_equal(make(ArrayDataset(wide), folder).read(0), np.asarray(whole.crop((9, 0, 21, 12))))


def test_the_loader_gives_the_batches_of_the_images(files, images, folder):
    views = TwoViews.paper(8)
    with (
        Loader(make(files, folder), Stack(COUNT, 16), views, 1) as first,
        Loader(images, Stack(COUNT, 16), views, 1) as second,
    ):
        for _ in range(3):
            one, two = next(first), next(second)
            assert np.array_equal(one.views[1], two.views[1])
            assert np.array_equal(one.labels, files.labels[two.samples])


# --- stale and broken -------------------------------------------------------------------------------------------------


def test_another_side_or_changed_files_make_it_anew(files, folder, caplog):
    make(files, folder)
    with caplog.at_level(logging.WARNING, "bissl"):
        assert make(files, folder, side=8).image_shape == (8, 8, 3)
        assert "made anew: its images have 12 pixels a side, not 8" in caplog.text
        Image.fromarray(np.full((SIDE, SIDE, 3), 7, np.uint8)).save(files.paths[3])
        os.utime(files.paths[3], (time.time() + 5,) * 2)
        caplog.clear()
        assert (make(files, folder, side=8).read(3) == 7).all()
        assert "made anew: the images that it was made of have changed" in caplog.text
        make(files.subset(range(100)), folder, side=8)
    assert len(np.load(folder / "images.npy", mmap_mode="r")) == 100


def test_changed_arrays_are_told_by_their_content(images, folder):
    make(ArrayDataset(images), folder)
    images[5, 0, 0, 0] ^= 1
    assert np.array_equal(make(ArrayDataset(images), folder).read(5), images[5])


def test_a_truncated_cache_is_made_anew(files, images, folder, caplog):
    make(files, folder)
    os.truncate(folder / "images.npy", 5000)
    with caplog.at_level(logging.WARNING, "bissl"):
        made = make(files, folder)
    assert "images.npy is truncated: 5000 bytes instead of" in caplog.text
    assert np.array_equal(made.gather(np.arange(COUNT)), images)


@pytest.mark.parametrize("damage", ["seal", "json", "version", "start of the images", "no images"])
def test_a_damaged_header_makes_it_anew(files, images, folder, caplog, damage):
    make(files, folder)
    header = folder / "header.json"
    if damage == "seal":
        header.write_text(header.read_text().replace('"checksums": [', '"checksums": [1'))
    elif damage == "json":
        header.write_bytes(header.read_bytes()[:-20] + b"\xff")
    elif damage == "version":
        header.write_text(json.dumps({"version": 99}))
    elif damage == "no images":
        (folder / "images.npy").unlink()
    else:
        flip_byte(folder / "images.npy", 30)
    with caplog.at_level(logging.WARNING, "bissl"):
        made = make(files, folder)
    assert "the cache is made anew" in caplog.text
    assert np.array_equal(made.gather(np.arange(COUNT)), images)


@pytest.mark.parametrize("verify", ["lazy", "full"])
def test_a_flipped_byte_is_found_and_only_its_block_decoded_again(files, images, folder, caplog, verify):
    make(files, folder)
    flip_byte(folder / "images.npy", -1 + os.path.getsize(folder / "images.npy") - 22 * 432)  # end of block 1
    reads = Reads(files)
    with caplog.at_level(logging.WARNING, "bissl"):
        made = make(files, folder, verify=verify)
        made.read(3)
        assert len(reads.samples) == (0 if verify == "lazy" else BLOCK_IMAGES)
        assert np.array_equal(made.gather(np.arange(COUNT)), images)
    assert sorted(reads.samples) == list(range(BLOCK_IMAGES, 2 * BLOCK_IMAGES))
    assert f"images {BLOCK_IMAGES} to {2 * BLOCK_IMAGES - 1} are damaged" in caplog.text
    assert np.array_equal(np.load(folder / "images.npy"), images)


def test_a_damaged_block_that_cannot_be_written_is_kept_in_memory(files, images, folder, caplog, monkeypatch):
    make(files, folder)
    flip_byte(folder / "images.npy", 200)
    reads = Reads(files)

    def read_only(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(CacheHeader, "write_block", read_only)
    made = make(files, folder)
    with caplog.at_level(logging.WARNING, "bissl"):
        for _ in range(2):
            assert np.array_equal(made.gather(np.arange(COUNT)[::-1]), images[::-1])
            assert np.array_equal(made.read(0), images[0])
    assert len(reads.samples) == BLOCK_IMAGES and "cannot be written to (Permission denied)" in caplog.text


def test_a_number_that_no_image_has_damages_nothing(files, images, folder, caplog):
    made = make(files, folder)
    assert np.array_equal(made.read(-1), images[-1])
    with pytest.raises(IndexError, match=f"sample: expected -{COUNT} to {COUNT - 1}, got {COUNT}"):
        made.read(COUNT)
    assert "damaged" not in caplog.text


def test_a_damaged_block_whose_source_has_changed_is_an_error(files, folder):
    made = make(files, folder)
    flip_byte(folder / "images.npy", 200)
    Image.fromarray(np.full((SIDE, SIDE, 3), 7, np.uint8)).save(files.paths[3])
    with pytest.raises(DataError, match="images 0 to 63 are damaged and their source has changed"):
        made.read(0)


def test_without_verification_nothing_is_compared(files, images, folder):
    make(files, folder)
    flip_byte(folder / "images.npy", -1 + os.path.getsize(folder / "images.npy"))
    assert not np.array_equal(make(files, folder, verify="none").read(COUNT - 1), images[-1])


# --- interrupted builds -----------------------------------------------------------------------------------------------


def test_an_interrupted_build_goes_on_where_it_stopped(files, images, folder):
    reads = Reads(files)
    reads.limit = 2 * BLOCK_IMAGES + 3
    with pytest.raises(KeyboardInterrupt):
        make(files, folder)
    assert not (folder / "header.json").exists()
    reads.limit = None
    reads.samples.clear()
    assert np.array_equal(make(files, folder).gather(np.arange(COUNT)), images)
    assert sorted(reads.samples) == list(range(2 * BLOCK_IMAGES, COUNT))


def test_blocks_of_an_interrupted_build_are_checked(files, images, folder):
    reads = Reads(files)
    reads.limit = 2 * BLOCK_IMAGES
    with pytest.raises(KeyboardInterrupt):
        make(files, folder)
    flip_byte(folder / "images.part", 128 + BLOCK_IMAGES * 432 + 7)  # in block 1
    reads.limit = None
    reads.samples.clear()
    made = make(files, folder)
    assert sorted(reads.samples) == list(range(BLOCK_IMAGES, COUNT))  # before anything is read from the cache
    assert np.array_equal(made.gather(np.arange(COUNT)), images)


@pytest.mark.parametrize("lines", ["1\n" * 50, "²\n", "-1\n", "9" * 5000 + "\n"])
def test_a_damaged_journal_is_read_no_further(files, images, folder, lines):
    reads = Reads(files)
    reads.limit = BLOCK_IMAGES + 1
    with pytest.raises(KeyboardInterrupt):
        make(files, folder)
    with open(folder / "journal", "a") as journal:
        journal.write(lines)
    reads.limit = None
    reads.samples.clear()
    assert np.array_equal(make(files, folder).gather(np.arange(COUNT)), images)
    assert sorted(reads.samples) == list(range(BLOCK_IMAGES, COUNT))


def test_a_broken_image_is_named_and_what_was_done_is_kept(files, folder):
    good = open(files.paths[100], "rb").read()
    with open(files.paths[100], "wb") as file:
        file.write(good[:50])
    with pytest.raises(DataError, match=r"100\.png: cannot be read as an image"):
        make(files, folder)
    assert (folder / "journal").read_text().count("\n") == 2  # the first line and one block


def test_a_full_disk_is_an_error_before_anything_is_decoded(files, images, folder, monkeypatch):
    make(files, folder)
    reads = Reads(files)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(DiskFull, match="the cache of 150 images of 20 x 20 pixels needs .* GB; lower side"):
        make(files, folder, side=20)
    assert not reads.samples
    assert np.array_equal(make(files, folder).gather(np.arange(COUNT)), images)  # the old one is whole


def test_whoever_comes_second_waits_and_takes_what_was_made(files, images, folder, caplog, monkeypatch):
    monkeypatch.setattr(exclusion, "_SILENT", 0.2)
    reads, read = Reads(files), files.read
    begun, end = threading.Event(), threading.Event()

    def held(sample, least_side=None):
        begun.set()
        assert end.wait(30)
        return read(sample, least_side)

    files.read = held
    with ThreadPoolExecutor(2) as pool, caplog.at_level(logging.WARNING, "bissl"):
        first = pool.submit(make, files, folder)
        assert begun.wait(30)
        second = pool.submit(make, files, folder)
        time.sleep(0.5)
        assert not second.done() and f"{folder}: another process is making this cache; waiting" in caplog.text
        end.set()
        for found in (first.result(60), second.result(60)):
            assert np.array_equal(found.gather(np.arange(COUNT)), images)
    assert sorted(reads.samples) == list(range(COUNT)), "decoded once"
    assert len(caplog.records) == 1


def test_waiting_for_a_cache_ends_by_an_interrupt(files, folder):
    def interrupt(*_):
        raise KeyboardInterrupt

    folder.mkdir()
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with exclusive(folder / "lock", "held by nobody else"):
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(KeyboardInterrupt):
                make(files, folder)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert len(make(files, folder)) == COUNT


def test_a_folder_with_other_things_is_left_alone(files, folder):
    folder.mkdir()
    (folder / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="thesis.tex, which is no part of a cache"):
        make(files, folder)
    with pytest.raises(ValueError, match="path: expected a folder for the cache, got the file"):
        make(files, folder / "thesis.tex")
    assert os.listdir(folder) == ["thesis.tex"]


def test_a_finished_cache_is_read_whatever_lies_beside_it(files, folder):
    folder.mkdir()
    (folder / ".DS_Store").write_text("")
    make(files, folder)
    (folder / "notes.txt").write_text("of mine")
    assert len(make(files, folder)) == COUNT
    with pytest.raises(ValueError, match="notes.txt, which is no part of a cache"):
        make(files, folder, side=SIDE // 2)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ({"side": 0}, "side: expected an integer from 1 to 65535"),
        ({"side": 2**40}, "side: expected an integer from 1 to 65535"),
        ({"verify": "lazzy"}, 'did you mean "lazy"'),
    ],
)
def test_options_that_are_not(files, folder, option, text):
    with pytest.raises(ValueError, match=text):
        make(files, folder, **option)
