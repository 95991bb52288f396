"""Arrays in by the buffer protocol, vectors out without a copy."""

from __future__ import annotations

import ctypes
import gc
import weakref

import numpy as np
import pytest

from bissl import _engine
from bissl.errors import InvalidArgument, WrongType

dtype = np.dtype(_engine.precision)
base = np.random.default_rng(0).normal(size=(4, 6, 5)).astype(dtype)


def through_engine(array) -> np.ndarray:
    return np.asarray(_engine.vector_create(array))


def unaligned(array: np.ndarray) -> np.ndarray:
    return np.frombuffer(b"\0" + array.tobytes(), dtype=array.dtype, offset=1).reshape(array.shape)


def read_only(array: np.ndarray) -> np.ndarray:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[::-1],
        lambda a: a[:, ::-2, :],
        lambda a: a[..., ::-1],
        lambda a: a.T,
        lambda a: a.transpose(1, 0, 2),
        lambda a: a[1:3, :, 2:4],
        lambda a: np.asfortranarray(a),
        lambda a: np.broadcast_to(a[0], (3, 6, 5)),
        lambda a: a[:0],
        lambda a: a[2, 3, 4],
        unaligned,
        read_only,
        lambda a: memoryview(a),
    ],
)
def test_any_layout_equals_the_contiguous_copy_bit_for_bit(view):
    array = view(base)
    assert through_engine(array).tobytes() == np.array(array).tobytes()


def test_memory_mapped_file_is_read_and_never_written(tmp_path):
    path = tmp_path / "images.npy"
    np.save(path, base)
    before = path.read_bytes()
    assert through_engine(np.load(path, mmap_mode="r")).tobytes() == base.tobytes()
    assert path.read_bytes() == before


def test_other_exporters_than_numpy():
    scalar = ctypes.c_float if dtype == np.float32 else ctypes.c_double
    assert through_engine((scalar * 3)(1, 2, 3)).tolist() == [1, 2, 3]


def test_the_other_floating_point_dtype_is_converted():
    other = base.astype(np.float64 if dtype == np.float32 else np.float32)
    assert through_engine(other).tobytes() == other.astype(dtype).tobytes()


@pytest.mark.parametrize(
    ("given", "name", "cast"),
    [
        ("float16", "float16", _engine.precision),
        ("complex64", "complex64", _engine.precision),
        ("object", "object", _engine.precision),
        (">f4", "big-endian float32", _engine.precision),
        ("U4", "str", _engine.precision),
        ("int32", "int32", "int64"),
        ("uint16", "uint16", "int64"),
        ("bool", "bool", "int64"),
    ],
)
def test_wrong_dtype_names_dtype_and_cast(given, name, cast):
    expected = rf"values: expected an array of .* int64 or uint8, got {name}; use .*astype\(numpy\.{cast}\)"
    with pytest.raises(WrongType, match=expected):
        _engine.vector_create(np.zeros(3, given))


@pytest.mark.parametrize("given", [[1.0, 2.0], None, "text", 3.0, object()])
def test_no_array(given):
    with pytest.raises(WrongType, match=r"values: expected an array of numbers, got .*; use numpy.asarray"):
        _engine.vector_create(given)


def test_dtype_without_a_buffer():
    with pytest.raises(WrongType, match=r"values: expected an array of numbers \(.*dtype"):
        _engine.vector_create(np.zeros(3, "M8[s]"))


def test_too_many_dimensions():
    with pytest.raises(InvalidArgument, match="values: expected at most 8 dimensions"):
        _engine.vector_create(np.zeros((1,) * 9, dtype))


def test_vector_is_the_engines_memory():
    handle = _engine.vector_create(base)
    first, second = np.asarray(handle), np.asarray(handle)
    assert (first.shape, first.dtype, first.flags.writeable) == ((base.size,), dtype, True)
    first[7] = 42
    assert second[7] == 42


def test_parameters_are_shared_between_handles():
    module = _engine.module_create("linear", {"inputs": 3, "outputs": 2}, 0)
    np.asarray(_engine.module_parameters(module))[:] = 1
    output = np.asarray(_engine.module_apply(module, np.ones((1, 3), dtype)))
    assert output.tolist() == [4, 4]


def test_an_array_keeps_its_handle_alive():
    handle = _engine.vector_create(base)
    alive, array = weakref.ref(handle), np.asarray(handle)
    del handle
    gc.collect()
    assert alive() is not None
    assert array.tobytes() == base.tobytes()
    del array
    gc.collect()
    assert alive() is None


def test_vector_outlives_its_module():
    parameters = np.asarray(
        _engine.module_parameters(_engine.module_create("linear", {"inputs": 30, "outputs": 20}, 0))
    )
    gc.collect()
    assert np.isfinite(parameters).all() and parameters.any()


def test_only_vectors_have_a_buffer():
    with pytest.raises(WrongType, match="vector: expected a vector, got a module"):
        memoryview(_engine.module_create("linear", {"inputs": 3, "outputs": 2}, 0))


@pytest.mark.parametrize("output", [read_only(np.zeros((2, 4, 4, 3), dtype)), np.zeros((2, 4, 4, 6), dtype)[..., ::2]])
def test_output_must_be_writable_and_contiguous(output):
    images = np.zeros((2, 8, 8, 3), np.uint8)
    with pytest.raises(InvalidArgument, match="output: expected a writable, C-contiguous array"):
        _engine.images_augment(_engine.augmentation_create({"size": 4}), images, [0, 1], 0, 0, 0, output)


def test_a_sequence_without_elements_may_be_longer_than_memory():
    """Its items would be 16 GiB of tuple: it is refused by its length."""
    output, images = np.zeros((2, 4, 4, 3), np.uint8), np.zeros((2, 8, 8, 3), np.uint8)
    endless = np.zeros((2**31, 0), np.int64)
    with pytest.raises(InvalidArgument, match="samples: expected at most 16777216 numbers, got 2147483648"):
        _engine.images_augment(_engine.augmentation_create({"size": 4}), images, endless, 0, 0, 0, output)


def test_output_of_the_wrong_shape_is_left_alone():
    output = np.full((2, 5, 4, 3), 7, dtype)
    augmentation, images = _engine.augmentation_create({"size": 4}), np.zeros((2, 8, 8, 3), np.uint8)
    with pytest.raises(InvalidArgument, match=r"output: expected .*shape"):
        _engine.images_augment(augmentation, images, [0, 1], 0, 0, 0, output)
    with pytest.raises(InvalidArgument, match=r"out: expected .*shape \(4, 4, 3\), got \(5, 4, 3\)"):
        _engine.image_augment(augmentation, images[0], 0, 0, 0, 0, output[0])
    assert (output == 7).all()
