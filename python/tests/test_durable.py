"""File systems without locks, flushing or reserving: the work goes on, and what is not guaranteed is said once."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import warnings

import numpy as np
import pytest

import bissl
from bissl.checkpoints import CheckpointStore
from bissl.data import ArrayDataset, cached
from bissl.durable import DurabilityWarning, append, exclusive, write_atomically, writing
from bissl.errors import DiskFull, InvalidState, NotWritable
from bissl.experiments import Journal


def failing(number: int, when=lambda *arguments: True, otherwise=None):
    def call(*arguments, **options):
        if when(*arguments):
            raise OSError(number, os.strerror(number))
        return otherwise(*arguments)

    return call


@pytest.fixture
def without(monkeypatch):
    """Takes a service from the file system: "locks", "flushing", "names" (flushing folders), "reserving"."""
    fsync = os.fsync

    def take(service: str, number: int) -> None:
        is_folder = lambda file: stat.S_ISDIR(os.fstat(file).st_mode)  # noqa: E731
        if service == "locks":
            monkeypatch.setattr(fcntl, "flock", failing(number))
        elif service == "reserving":
            monkeypatch.setattr(os, "posix_fallocate", failing(number))
        else:
            monkeypatch.setattr(
                os, "fsync", failing(number, is_folder if service == "names" else lambda _: True, fsync)
            )

    return take


def saved_weights(folder):
    bissl.weights.save(folder / "a.safetensors", {"a": np.arange(3.0)})
    assert bissl.weights.load(folder / "a.safetensors")["a"].tolist() == [0, 1, 2]


def saved_checkpoints(folder):
    store = CheckpointStore(folder)
    with store.exclusive():
        for step in range(3):
            store.save({"a": np.arange(3.0)}, step)
    assert store.latest().step == 2


def kept_records(folder):
    journal = Journal(folder / "journal.jsonl")
    for number in range(3):
        journal.add({"trial": number}, {})
    assert len(Journal(folder / "journal.jsonl")) == 3


def made_cache(folder):
    images = np.random.default_rng(0).integers(0, 256, (70, 8, 8, 3)).astype(np.uint8)
    found = cached(ArrayDataset(images), folder / "cache", 8, progress=False)
    assert np.array_equal(found.gather(np.arange(70)), images)


WRITERS = {
    saved_weights: ("flushing", "names"),
    saved_checkpoints: ("flushing", "names", "locks"),
    kept_records: ("flushing", "names", "locks"),
    made_cache: ("flushing", "names", "locks", "reserving"),
}
SAID = {
    "locks": "has no locks: that no other process writes here is not guaranteed",
    "flushing": "cannot flush files to the disk",
    "names": "cannot flush the names of files",
    "reserving": "cannot reserve space",
}
ABSENT = (errno.EINVAL, errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)


@pytest.mark.parametrize("number", ABSENT, ids=errno.errorcode.get)
@pytest.mark.parametrize(
    "writer, service", [(writer, each) for writer, services in WRITERS.items() for each in services]
)
def test_it_goes_on_with_one_warning(tmp_path, without, writer, service, number):
    without(service, number)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        writer(tmp_path)
    said = [
        str(each.message) for each in said if each.category is DurabilityWarning and SAID[service] in str(each.message)
    ]
    assert len(said) == 1 and str(tmp_path) in said[0] and os.strerror(number) in said[0]


@pytest.mark.parametrize(
    "writer, service", [(writer, each) for writer, services in WRITERS.items() for each in services]
)
def test_what_fails_for_another_reason_is_raised(tmp_path, without, writer, service):
    without(service, errno.EIO)
    with pytest.raises(OSError, match="Input/output error"):
        writer(tmp_path)


def test_a_lock_that_another_one_holds(tmp_path):
    with exclusive(tmp_path / "lock", "mine"), pytest.raises(InvalidState, match="^busy$"):
        with exclusive(tmp_path / "lock", "busy"):
            pass


def test_space_that_cannot_be_reserved_is_counted(tmp_path, without, monkeypatch):
    without("reserving", errno.EOPNOTSUPP)
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    monkeypatch.setattr("bissl.data.cacheheader.CacheHeader.file_size", property(lambda header: 2 * free))
    with (
        pytest.warns(DurabilityWarning, match="cannot reserve"),
        pytest.raises(DiskFull, match="the cache of 3 images"),
    ):
        cached(ArrayDataset(np.zeros((3, 8, 8, 3), np.uint8)), tmp_path / "cache", 8, progress=False)


def test_a_line_is_added_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "records"
    append(path, b"first\n")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(errno.ENOSPC))
        with pytest.raises(DiskFull, match="no room for a record: .* the records before it are whole"):
            with writing(tmp_path, "record"):
                append(path, b"second\n")
    append(path, b"third\n")
    assert path.read_bytes() == b"first\nthird\n"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EISDIR])
def test_where_nothing_may_be_written(tmp_path, monkeypatch, number):
    monkeypatch.setattr(os, "replace", failing(number))
    with pytest.raises(NotWritable, match="weights files cannot be written here .*give another folder"):
        saved_weights(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_be_written_to_but_not_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "open", failing(errno.EACCES))
    with pytest.warns(DurabilityWarning, match="cannot flush the names"):
        write_atomically(tmp_path / "a", b"a")
    assert (tmp_path / "a").read_bytes() == b"a"


def test_files_that_cannot_be_mapped_are_read(tmp_path, monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (70, 8, 8, 3)).astype(np.uint8)
    np.save(tmp_path / "images.npy", images)
    made = cached(ArrayDataset(images), tmp_path / "cache", 8, progress=False)
    (tmp_path / "cache" / "images.npy").chmod(0o644)
    monkeypatch.setattr("mmap.mmap", failing(errno.ENODEV))
    with pytest.warns(DurabilityWarning, match="cannot map files into memory"):
        assert np.array_equal(ArrayDataset(tmp_path / "images.npy").gather(np.arange(70)), images)
    with open(tmp_path / "cache" / "images.npy", "r+b") as file:
        file.seek(1000)
        file.write(bytes(8))
    with pytest.warns(DurabilityWarning, match="cannot map files into memory"):
        made = cached(ArrayDataset(images), tmp_path / "cache", 8, progress=False)
    assert np.array_equal(made.gather(np.arange(70)), images), "what is damaged is decoded again"


def test_a_file_system_that_does_not_tell_its_free_space(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    for told in (failing(errno.ENOSYS), lambda folder: usage._replace(total=0, used=0, free=0)):
        monkeypatch.setattr(shutil, "disk_usage", told)
        saved_checkpoints(tmp_path)
