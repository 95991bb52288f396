"""Zip archives, npz and safetensors made to fill memory or to be read in two ways: refused, with the file's name."""

from __future__ import annotations

import io
import json
import struct
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hostile_weights import entries, state, storage, tensor, write

import bissl
from bissl import weights


def refused(path: Path, message: str) -> None:
    with pytest.raises(bissl.errors.DataError, match=message) as caught:
        weights.load(path)
    assert str(caught.value).startswith(str(path)) and len(str(caught.value)) < 1000


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "a.pth"


# --- zip --------------------------------------------------------------------------------------------------------------


def test_compressed_entries(path):
    """A thousand bytes that unpack to a million."""
    content = entries(state()) | {"a/data/0": bytes(10**6)}
    refused(write(path, content, zipfile.ZIP_DEFLATED), "its entry .* is compressed. PyTorch does not compress")


def test_an_archive_in_an_archive(path):
    inner = write(path, state()).read_bytes()
    refused(write(path, {"a/inner.zip": inner}), "a zip archive without PyTorch's data.pkl")
    refused(write(path, {"a/b/data.pkl": state()}), "without PyTorch's data.pkl")
    assert weights.load(write(path, entries(state()) | {"a/data/inner.zip": inner})).keys() == {"w"}


def test_entries_of_one_name(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with zipfile.ZipFile(write(path, state()), "a") as archive:
            archive.writestr("a/data/0", bytes(16))
    refused(path, "two entries of its archive have the same name")


def test_two_pickles(path):
    refused(write(path, entries(state()) | {"b/data.pkl": state()}), "without PyTorch's data.pkl")


@pytest.mark.parametrize("name", ["../../../tmp/x", "/etc/passwd", "a/../../x", "C:\\x", "a/data/../data.pkl"])
def test_names_lead_nowhere(path, name):
    assert weights.load(write(path, entries(state()) | {name: b"x"})).keys() == {"w"}
    assert sorted(path.parent.iterdir()) == [path]


def test_another_byte_order(path):
    refused(write(path, entries(state()) | {"a/byteorder": b"big"}), "big-endian")


def _with_directory(path: Path, name: str, field: int, width: str, value: int) -> None:
    """Changes a field of an entry's record in the archive's directory."""
    content = bytearray(write(path, state()).read_bytes())
    place = content.rindex(name.encode()) - 46
    assert content[place : place + 4] == b"PK\x01\x02"
    struct.pack_into(width, content, place + field, value)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("field", "width", "value", "message"),
    [
        (24, "<I", 2**31, "is compressed"),  # unpacked size
        (20, "<I", 2**31, "beyond the end of the file"),  # packed size
        (42, "<I", 0, "shares bytes with another"),  # place
        (42, "<I", 2**31, "beyond the end of the file"),
        (8, "<H", 1, "is encrypted"),  # flags
        (10, "<H", 99, "is compressed"),  # method
        (16, "<I", 1, "is damaged .*CRC"),  # checksum
    ],
)
def test_false_directories(path, field, width, value, message):
    _with_directory(path, "a/data/0", field, width, value)
    refused(path, message)


def test_both_sizes_false(path):
    """Entries that claim gigabytes, packed and unpacked alike."""
    content = bytearray(write(path, state()).read_bytes())
    place = content.rindex(b"a/data/0") - 46
    struct.pack_into("<II", content, place + 20, 2**31, 2**31)
    path.write_bytes(content)
    refused(path, "beyond the end of the file")


def test_numbers_that_changed_on_the_disk(path):
    content = bytearray(write(path, state()).read_bytes())
    content[content.index(np.arange(4, dtype="<f4").tobytes()) + 5] ^= 1
    path.write_bytes(content)
    refused(path, "its entry 'a/data/0' is damaged .*CRC")


def test_one_storage_for_many_tensors(path):
    """A megabyte that a thousand tensors share would become a gigabyte of arrays."""
    shared = {f"t{i}": tensor(shape=(2**18,), stored=storage("1", 2**18)) for i in range(1000)}
    content = entries(state(**shared)) | {"a/data/1": bytes(2**20)}
    refused(write(path, content), "its tensors take 1048576016 bytes, more than 8 times the file")


# --- npz --------------------------------------------------------------------------------------------------------------


def npy(header: str | bytes, content: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    header = header.encode() if isinstance(header, str) else header
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "broken npy header"),
        (b"no npy", "broken npy header"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }\n", bytes(16)), "reshape"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n", bytes(16)), "reshape"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }\n", bytes(16)), "shape out of range"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }\n", bytes(15)), "multiple of element size"),
        (npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", b"cos\nsystem\n."), "dtype object"),
        (npy("{'descr': '<U9', 'fortran_order': False, 'shape': (), }\n", bytes(36)), "expected numbers"),
        (npy("{'descr': '<f4', 'shape': __import__('os').system('x'), }\n"), "header"),
        (npy("[" * 5000), "header"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", bytes(4), b"\x03\x00"), r"version \(3, 0\)"),
    ],
)
def test_broken_npz(path, content, message):
    refused(write(path, {"a.npy": content}), message)


def test_damaged_npz(path):
    """Headers with a changed byte: a DataError or an array."""
    file = io.BytesIO()
    np.save(file, np.ones((2, 3), np.float32))
    random, outcomes = np.random.default_rng(0), set()
    for _ in range(500):
        changed = bytearray(file.getvalue())
        changed[random.integers(80)] = random.integers(256)
        outcomes.add(outcome(write(path, {"a.npy": bytes(changed)})))
    assert outcomes == {"read", "refused"}


def outcome(path: Path) -> str:
    try:
        weights.load(path)
    except bissl.errors.DataError:
        return "refused"
    return "read"


def test_npz_bombs(path):
    """Ten million zeros in ten thousand bytes."""
    file = io.BytesIO()
    np.save(file, np.zeros(10**7, np.int8))
    refused(write(path, {"a.npy": file.getvalue()}, zipfile.ZIP_DEFLATED), "unpacks to .* more than 100 times its size")


# --- safetensors ------------------------------------------------------------------------------------------------------


def safetensors(header: object, content: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + content


def entry(shape: list, start: int, stop: int, dtype: str = "F32") -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (safetensors({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, bytes(12)), "invalid offset"),
        (safetensors({"a": entry([2], 0, 8), "b": entry([2], 0, 8)}, bytes(8)), "invalid offset"),
        (safetensors({"a": entry([2], 4, 12)}, bytes(12)), "invalid offset"),
        (safetensors({"a": entry([2], 8, 0)}, bytes(8)), "invalid"),
        (safetensors({"a": entry([2**32, 2**32], 0, 8)}, bytes(8)), "overflow"),
        (safetensors({"a": entry([2**63, 4], 0, 0)}), "overflow"),
        (safetensors({"a": entry([0, 2**62, 2**62], 0, 0)}), "too big|maximum|overflow"),
        (safetensors({"a": entry([2**70], 0, 8)}, bytes(8)), "not a valid safetensors file"),
        (safetensors({"a": entry([-2], 0, 8)}, bytes(8)), "not a valid safetensors file"),
        (safetensors({"a": entry([3], 0, 8)}, bytes(8)), "not a valid safetensors file"),
        (safetensors({"a": entry([2], 0, 8)}, bytes(7)), "not a valid safetensors file"),
        (safetensors({"a": entry([2], 0, 8)}, bytes(9)), "not a valid safetensors file"),
        (safetensors({"a": entry([1], 0, 8, "C64")}, bytes(8)), "'a' has dtype C64, expected one of F64, F32"),
        (safetensors({"a": 3}), "'a' has dtype None"),
        (safetensors({"a": entry([1], 0, 4, ["F32"])}, bytes(4)), r"'a' has dtype \['F32'\], expected one of"),
        (safetensors(b'{"a":1,"a":2}'), "the name 'a' twice"),
        (safetensors(b'{"a":{"dtype":"U8","dtype":"U8","shape":[],"data_offsets":[0,1]}}', b"1"), "'dtype' twice"),
        (safetensors(b"{" + b'"a":{' * 100_000), "nested too deeply|not a valid|Expecting"),
        (safetensors(b'{"\xff":1}'), "decode"),
        (safetensors(b"{]"), "Expecting"),
        (safetensors({}, length=2**63), "should have 9223372036854775808 bytes"),
        (safetensors({}, length=2**20), "should have 1048576 bytes, but the file has 10"),
        (safetensors(b"{" + b" " * 2**24 + b"}"), "16777216 are the most"),
        (safetensors({"__metadata__": {"a": 1}}), "not a valid safetensors file"),
        (safetensors({"__metadata__": 1}), "not a valid safetensors file"),
    ],
)
def test_hostile_safetensors(path, content, message):
    path.write_bytes(content)
    refused(path, message)


def test_damaged_safetensors(path):
    """Truncated at every length; thousands of random changes: a DataError, or arrays."""
    weights.save(path.with_suffix(".safetensors"), {"a": np.ones((2, 3), np.float32), "b": np.zeros(3, np.int64)})
    whole = path.with_suffix(".safetensors").read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert outcome(path) == "refused", length
    random, outcomes = np.random.default_rng(0), set()
    for _ in range(1500):
        changed = bytearray(whole)
        changed[random.integers(len(whole))] = random.integers(256)
        path.write_bytes(changed)
        outcomes.add(outcome(path))
    assert outcomes == {"read", "refused"}
