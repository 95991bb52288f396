"""Products of matrices split into two bfloat16 terms (`set_float32_matmul_precision("high")`) against float64."""

from __future__ import annotations

import numpy as np
import pytest

import bissl
from bissl import ops

TILES = bissl.show_config(mode="dict")["matrix_tiles"]
#: Of the norm of a product: what two terms of 8 bits each leave, and what sums in float32 do.
SPLIT_ERROR, WHOLE_ERROR = 6e-6, 1e-6

# rows, depth, columns: whole blocks of 32, none of them, passes of 256 and more than one, one column beyond a panel of 64
SHAPES = [(96, 32, 64), (128, 256, 128), (97, 33, 65), (131, 300, 77), (1000, 333, 200), (400, 513, 95), (260, 64, 600)]


@pytest.fixture
def high():
    """Restores the precision."""
    bissl.set_float32_matmul_precision("high")
    yield
    bissl.set_float32_matmul_precision("highest")


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def error(found: np.ndarray, exact: np.ndarray) -> float:
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


def assert_split(found: np.ndarray, exact: np.ndarray) -> None:
    """Where there are tiles, the error is theirs; elsewhere "high" is as good as "highest"."""
    assert found.shape == exact.shape
    if TILES:
        assert WHOLE_ERROR < error(found, exact) < SPLIT_ERROR
    else:
        assert error(found, exact) < WHOLE_ERROR


class LinearPower(bissl.Pretext):
    """mean((x wᵀ + b)²) of its head's w and b; the backbone takes no part."""

    views = 1

    def __init__(self, x: np.ndarray, w: np.ndarray, b: np.ndarray):
        super().__init__(bissl.ResNet("basic", (1,), (4,), stem="small"), bissl.Parameters(w=w, b=b))
        self.x = x

    def loss(self, features):
        y = ops.linear(self.x, self.head["w"], self.head["b"])
        return ops.mean(y * y) + 0.0 * ops.mean(features)


@pytest.mark.parametrize("rows, depth, columns", SHAPES)
def test_products(high, rows, depth, columns):
    x, w, b = normal(rows, depth), normal(columns, depth), normal(columns)
    exact = x.astype(np.float64) @ w.T.astype(np.float64)
    assert_split(ops.linear(x, w, 0 * b).numpy(), exact)
    assert_split(ops.matmul(x, np.ascontiguousarray(w.T)).numpy(), exact)
    # The bias is added to sums, not split.
    shifted = ops.linear(x, w, 1e6 * np.ones_like(b)).numpy()
    np.testing.assert_allclose(shifted - 1e6, exact, atol=0.3)


@pytest.mark.parametrize("rows, depth, columns", [*SHAPES, (5000, 40, 70), (700, 300, 310), (9000, 260, 300)])
def test_adjoints(high, rows, depth, columns):
    """Of weights: small results in runs of rows, large ones in blocks, in one slab of rows and in several."""
    x, w, b = normal(rows, depth), normal(columns, depth), normal(columns)
    _, gradient = LinearPower(x, w, b).value_and_gradient(np.zeros((2, 4, 4, 3), np.float32))
    y = x.astype(np.float64) @ w.T.astype(np.float64) + b
    exact = 2 / y.size * y.T @ x.astype(np.float64)
    found = gradient.as_dict()["w"].astype(np.float64)
    assert error(found, exact) < (3 * SPLIT_ERROR if TILES else WHOLE_ERROR)


def test_unsplit_products_are_unchanged_by_the_setting(high):
    """A depth below 32, or fewer columns than a panel has, would not fill tiles."""
    for rows, depth, columns in [(200, 31, 64), (200, 64, 31)]:
        x, w, b = normal(rows, depth), normal(columns, depth), normal(columns)
        split = ops.linear(x, w, b).numpy()
        bissl.set_float32_matmul_precision("highest")
        assert np.array_equal(split, ops.linear(x, w, b).numpy())
        bissl.set_float32_matmul_precision("high")


def test_second_order(high):
    """A transformer's gradient and Hessian product: both terms of every product go through the split."""
    net = bissl.VisionTransformer(image_size=32, patch_size=4, width=64, depth=2, heads=2)
    mae = bissl.MAE(net, decoder_width=48, decoder_depth=1, decoder_heads=2)
    images, direction = normal(12, 32, 32, 3), normal(net.vector.size)

    def derivatives() -> tuple[np.ndarray, np.ndarray]:
        linearization = mae.linearize(images, noise=np.random.default_rng(0).random((12, net.num_patches)))
        return linearization.gradient.backbone.copy(), np.asarray(linearization.hvp(direction))

    split = derivatives()
    bissl.set_float32_matmul_precision("highest")
    for found, exact in zip(split, derivatives(), strict=True):
        assert error(found, exact) < 1e-4
        assert np.array_equal(found, exact) != TILES


def test_thread_counts_give_the_same_bits(high):
    x, w, b = normal(1000, 333), normal(200, 333), normal(200)
    before, results = bissl.get_num_threads(), []
    try:
        for count in (1, 2, 3):
            bissl.set_num_threads(count)
            results.append(LinearPower(x, w, b).value_and_gradient(np.zeros((2, 4, 4, 3), np.float32))[1].head.copy())
    finally:
        bissl.set_num_threads(before)
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays_so(high, value):
    x, w, b = normal(130, 70), normal(64, 70), normal(64)
    x[100, 3] = value
    finite = np.isfinite(ops.linear(x, w, b).numpy())
    assert not finite[100].any()
    assert finite[np.arange(130) != 100].all()


@pytest.mark.skipif(not TILES, reason="the processor has no matrix tiles")
def test_tiles_that_the_system_refuses(run_python):
    """Linux refuses where a thread's signal stack has no room for them. Importing bissl does not ask."""
    outcome = run_python(
        """
        import ctypes
        import bissl

        class Stack(ctypes.Structure):
            _fields_ = [("memory", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]

        memory = ctypes.create_string_buffer(1 << 16)
        stack = Stack(ctypes.addressof(memory), 0, 6144)
        assert bissl.show_config(mode="dict")["matrix_tiles"]
        assert ctypes.CDLL(None, use_errno=True).sigaltstack(ctypes.byref(stack), None) == 0
        try:
            bissl.set_float32_matmul_precision("high")
        except bissl.errors.InvalidState as error:
            print(error)
        assert bissl.show_config(mode="dict")["float32_matmul_precision"] == "highest"
        """
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "refuses this process its matrix tiles" in outcome.stdout


def test_the_setting_is_shown_and_checked():
    assert bissl.show_config(mode="dict")["float32_matmul_precision"] == "highest"
    bissl.set_float32_matmul_precision("high")
    assert bissl.show_config(mode="dict")["float32_matmul_precision"] == "high"
    bissl.set_float32_matmul_precision("highest")
    with pytest.raises(ValueError, match='precision: expected one of "highest", "high", got "medium"'):
        bissl.set_float32_matmul_precision("medium")
    with pytest.raises(TypeError, match='precision: expected one of "highest", "high", got bool'):
        bissl.set_float32_matmul_precision(True)
