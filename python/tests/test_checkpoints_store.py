"""The store: what is written comes back, damage is found, what cannot be written harms nothing."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from bissl.checkpoints import Checkpoint, CheckpointStore, CheckpointWarning
from bissl.checkpoints.files import BLOCK_BYTES, document_of
from bissl.checkpoints.tree import digest
from bissl.errors import DataError, InvalidState

STATE = {
    "weights": {"a": np.arange(12, dtype=np.float32).reshape(3, 4), "b/c": np.array(7), "b~c": np.zeros((0, 2))},
    "steps": np.array([1, 2**60]),
    "rate": 0.1,
    "history": [{"loss": float("nan"), "epoch": 3}, {}],
    "best": None,
    "done": True,
    "name": "ε",
}


@pytest.fixture
def store(tmp_path):
    return CheckpointStore(tmp_path / "run")


def test_a_state_comes_back(store):
    assert store.latest() is None
    path = store.save(STATE, step=12)
    found = store.latest()
    assert (found.path, found.step) == (path, 12)
    assert digest(found.state) == digest(STATE)
    assert found.state["weights"]["a"].dtype == np.float32 and found.state["weights"]["b/c"] == 7
    assert {"bissl", "numpy", "precision", "blas", "blas_core", "threads"} <= set(found.environment)


def test_the_newest_two_are_kept(store):
    for step in range(5):
        store.save(STATE | {"rate": step}, step)
    assert [Checkpoint.read(path).step for path in store.paths()] == [3, 4]
    assert len(list(store.folder.iterdir())) == 4
    assert CheckpointStore(store.folder, keep=3).latest().state["rate"] == 4


# --- damage -----------------------------------------------------------------------------------------------------------


def damaged(store, change):
    """1,000 times the newest checkpoint, one of its files changed at a place drawn at random: each must be refused, with
    the file's name."""
    path = store.save(STATE, 1)
    files = [path, path.with_suffix(".safetensors")]
    whole = [file.read_bytes() for file in files]
    draw = np.random.default_rng(0)
    for _ in range(1000):
        which = int(draw.integers(2))
        files[which].write_bytes(change(whole[which], int(draw.integers(len(whole[which]))), draw))
        with pytest.raises(DataError, match=files[which].name):
            Checkpoint.read(path)
        files[which].write_bytes(whole[which])
    assert digest(Checkpoint.read(path).state) == digest(STATE)


def test_a_thousand_truncations_are_detected(store):
    damaged(store, lambda content, length, draw: content[:length])


def test_a_thousand_flipped_bits_are_detected(store):
    def flip(content, place, draw):
        return content[:place] + bytes([content[place] ^ 1 << int(draw.integers(8))]) + content[place + 1 :]

    damaged(store, flip)


def test_an_error_names_the_bytes(store):
    path = store.save({"big": np.zeros(3 * BLOCK_BYTES, np.int8)}, 1)
    arrays = path.with_suffix(".safetensors")
    content = bytearray(arrays.read_bytes())
    content[BLOCK_BYTES + 5] = 1
    arrays.write_bytes(content)
    damaged = f"damaged: bytes {BLOCK_BYTES} to {2 * BLOCK_BYTES - 1} are not those that were written"
    with pytest.raises(DataError, match=damaged):
        Checkpoint.read(path)
    arrays.write_bytes(content[:100])
    with pytest.raises(DataError, match=r"damaged: it has 100 bytes, \d+ were written"):
        Checkpoint.read(path)
    text = path.read_bytes()
    path.write_bytes(text.replace(b'"step": 1', b'"step": 2'))
    with pytest.raises(DataError, match=r"json: damaged: byte \d+ is not what its hash says"):
        Checkpoint.read(path)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[" * 10**5, b"\x80\x04N.", b'{"format": "another"}', b"\xff\xfe", b"1" * 5000]
)
def test_foreign_files_are_refused(store, content):
    path = store.save(STATE, 1)
    path.write_bytes(content)
    with pytest.raises(DataError, match="checkpoint-000001.json: not a"):
        Checkpoint.read(path)


@pytest.mark.parametrize(
    ("entry", "value", "message"),
    [
        ("arrays", None, "expected its arrays to be entries by name"),
        ("arrays", {"bytes": 3}, "expected length and digests"),
        ("arrays", {"digests": []}, "0 digests were written of its 1 blocks"),
        ("step", "one", "expected its step to be a whole number, got 'one'"),
        ("state", [], "expected its state to be entries by name"),
        ("state", {"a": {"$array": "/none"}}, "its state names an array that its arrays' file lacks: '/none'"),
        ("state", {"a": {"$array": ["/a"]}}, "its state names an array"),
    ],
)
def test_entries_are_checked_under_a_right_hash(store, entry, value, message):
    path = store.save({"a": np.zeros(3)}, 1)
    content = json.loads(path.read_text())
    del content["hash"]
    content[entry] = {**content["arrays"], **value} if value == {"digests": []} else value
    path.write_bytes(document_of(content))
    with pytest.raises(DataError, match=message):
        Checkpoint.read(path)


def test_the_arrays_of_another_checkpoint_are_refused(store):
    first, second = (store.save({"a": np.full(3, value)}, value) for value in (1, 2))
    shutil.copy(first.with_suffix(".safetensors"), second.with_suffix(".safetensors"))
    with pytest.raises(DataError, match="checkpoint-000002.safetensors: damaged"):
        Checkpoint.read(second)


def test_the_one_before_is_used_with_a_warning(store):
    store.save(STATE, 1)
    newest = store.save(STATE, 2)
    newest.with_suffix(".safetensors").write_bytes(b"")
    with pytest.warns(CheckpointWarning, match="000002.safetensors: damaged: .*going on from checkpoint-000001.json"):
        assert store.latest().step == 1
    # The damaged one does not count among those that are kept.
    store.save(STATE, 3)
    assert [Checkpoint.read(path).step for path in store.paths()] == [1, 3]


def test_none_is_whole(store):
    store.save(STATE, 1).write_text("{")
    with pytest.raises(DataError, match="no other checkpoint in .* is whole: remove it to begin anew"):
        store.latest()


# --- writing ----------------------------------------------------------------------------------------------------------


def test_what_is_not_finite_is_not_saved(store):
    store.save(STATE, 1)
    with pytest.raises(FloatingPointError, match="state: /weights/a is not finite"):
        store.save({"weights": {"a": np.array([1.0, np.nan])}}, 2)
    assert store.latest().step == 1


@pytest.mark.parametrize(
    ("state", "text"),
    [({"a": {"b": object()}}, "state: /a/b is a object"), ({1: 2}, "key 1"), ({"a": {"$array": 1}}, "state: /a")],
)
def test_what_cannot_be_saved(store, state, text):
    with pytest.raises(TypeError, match=text):
        store.save(state, 1)
    assert not store.folder.exists()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((3,), TypeError, "folder: expected the path of a folder for checkpoints, got int"),
        (("",), ValueError, "folder: expected the path of a folder for checkpoints, got empty text"),
        ((__file__,), ValueError, "folder: expected a folder for checkpoints, got the file"),
        (("x", 0), ValueError, "keep: expected a whole number of at least 1, got 0"),
    ],
)
def test_wrong_arguments(arguments, error, text):
    with pytest.raises(error, match=text):
        CheckpointStore(*arguments)


@pytest.mark.parametrize("folder", ["/proc/checkpoints", f"{__file__}/checkpoints"])
def test_a_folder_that_cannot_be_written_to(folder):
    with pytest.raises(PermissionError, match="checkpoints cannot be written here .*give another folder"):
        CheckpointStore(folder).save(STATE, 1)


def test_no_room_before_anything_is_written(store, monkeypatch):
    store.save(STATE, 1)
    usage = shutil.disk_usage(store.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=1000))
    text = r"no room for a checkpoint: it needs [\d.]+ MB, 0.001 MB are free; the checkpoints before it are whole"
    with pytest.raises(OSError, match=text) as caught:
        store.save({"big": np.zeros(10**6)}, 2)
    assert type(caught.value).__name__ == "DiskFull" and store.latest().step == 1


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_a_disk_that_fills_while_it_is_written(store, monkeypatch, suffix):
    from bissl.checkpoints import store as module

    store.save(STATE, 1)
    write = module.write_atomically

    def failing(path, content):
        if path.suffix == suffix:
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(module, "write_atomically", failing)
    with pytest.raises(OSError, match="no room for a checkpoint: No space left on device"):
        store.save(STATE, 2)
    assert store.latest().step == 1 and len(list(store.folder.iterdir())) == 2


def test_one_process_at_a_time_and_no_leftovers(store):
    store.save(STATE, 1)
    leftovers = ["checkpoint-000002.safetensors", ".checkpoint-000002.json.0a.unfinished"]
    for name in leftovers:
        (store.folder / name).write_bytes(b"x")
    users = ["notes.txt", "checkpoint-notes.json", "checkpoint-mine.safetensors"]
    for name in users:
        (store.folder / name).write_text("the user's")
    with store.exclusive(), pytest.raises(InvalidState, match="another process is saving its checkpoints here"):
        with CheckpointStore(store.folder).exclusive():
            pass
    assert not any((store.folder / name).exists() for name in leftovers)
    assert all((store.folder / name).exists() for name in users) and store.latest().step == 1


def test_the_json_can_be_read_by_others(store):
    document = json.loads(store.save(STATE, 5).read_text())
    assert document["step"] == 5 and document["state"]["weights"]["a"] == {"$array": "/weights/a"}
