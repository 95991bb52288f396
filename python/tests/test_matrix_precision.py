"""Products of matrices as sums of two bfloat16 terms (`set_float32_matmul_precision("high")`) against float64."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import bissl
from bissl import ops

TILES = bissl.show_config(mode="dict")["matrix_tiles"]
EMULATED = os.environ.get("BISSL_EMULATE_TILES") == "1"
#: Of the norm of a product: what two terms of 8 bits each leave, and what sums in float32 do.
BF16X2_ERROR, FULL_ERROR = 6e-6, 1e-6
#: What the transforms of Winograd's largest tiles make of it.
WINOGRAD_ERROR = 1.5e-4

# rows, depth, columns: whole blocks of 32, none of them, passes of 512 and more than one, one column beyond a block of 64
SHAPES = [
    *((96, 32, 64), (128, 256, 128), (97, 33, 65), (131, 300, 77), (1000, 333, 200), (400, 513, 95), (260, 64, 600)),
    (530, 1100, 290),
]


@pytest.fixture
def high():
    """Restores the precision."""
    bissl.set_float32_matmul_precision("high")
    yield
    bissl.set_float32_matmul_precision("highest")


class FeaturePower(bissl.Pretext):
    """mean(features²)"""

    views = 1

    def __init__(self, net):
        super().__init__(net, bissl.Parameters(unused=np.zeros(1, np.float32)))

    def loss(self, features):
        return ops.mean(features * features) + 0.0 * ops.mean(self.head["unused"])


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def error(found: np.ndarray, exact: np.ndarray) -> float:
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


def assert_bf16x2(found: np.ndarray, exact: np.ndarray) -> None:
    """Where there are tiles, the error is theirs; elsewhere "high" is as good as "highest"."""
    assert found.shape == exact.shape
    if TILES:
        assert FULL_ERROR < error(found, exact) < BF16X2_ERROR
    else:
        assert error(found, exact) < FULL_ERROR


class Power(bissl.Pretext):
    """mean(f(parameters of its head)²); the backbone takes no part."""

    views = 1

    def __init__(self, f, **parameters: np.ndarray):
        super().__init__(bissl.ResNet("basic", (1,), (4,), stem="small"), bissl.Parameters(**parameters))
        self.f, self.names = f, list(parameters)

    def loss(self, features):
        y = self.f(self.head)
        return ops.mean(y * y) + 0.0 * ops.mean(features)

    def gradients(self) -> dict[str, np.ndarray]:
        found = self.value_and_gradient(np.zeros((2, 4, 4, 3), np.float32))[1].as_dict()
        return {name: found[name] for name in self.names}


def linear_power(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Power:
    return Power(lambda head: ops.linear(x, head["w"], head["b"]), w=w, b=b)


@pytest.mark.parametrize("rows, depth, columns", SHAPES)
def test_products(high, rows, depth, columns):
    x, w, b = normal(rows, depth), normal(columns, depth), normal(columns)
    exact = x.astype(np.float64) @ w.T.astype(np.float64)
    assert_bf16x2(ops.linear(x, w, 0 * b).numpy(), exact)
    assert_bf16x2(ops.matmul(x, np.ascontiguousarray(w.T)).numpy(), exact)
    # The bias is added to sums, in full precision.
    shifted = ops.linear(x, w, 1e6 * np.ones_like(b)).numpy()
    np.testing.assert_allclose(shifted - 1e6, exact, atol=0.3)


@pytest.mark.parametrize("rows, depth, columns", [*SHAPES, (5000, 40, 70), (700, 300, 310), (9000, 260, 300)])
def test_adjoints(high, rows, depth, columns):
    """Of weights: small results in runs of rows, large ones in blocks, in one slab of rows and in several."""
    x, w, b = normal(rows, depth), normal(columns, depth), normal(columns)
    gradients = linear_power(x, w, b).gradients()
    y = x.astype(np.float64) @ w.T.astype(np.float64) + b
    exact = 2 / y.size * y.T @ x.astype(np.float64)
    assert error(gradients["w"], exact) < (3 * BF16X2_ERROR if TILES else FULL_ERROR)


def test_products_in_full_precision_are_unchanged_by_the_setting(high):
    """A depth below 32, or fewer columns than a panel has, would not fill tiles."""
    for rows, depth, columns in [(200, 31, 64), (200, 64, 31)]:
        x, w, b = normal(rows, depth), normal(columns, depth), normal(columns)
        in_bf16x2 = ops.linear(x, w, b).numpy()
        bissl.set_float32_matmul_precision("highest")
        assert np.array_equal(in_bf16x2, ops.linear(x, w, b).numpy())
        bissl.set_float32_matmul_precision("high")


# batch, side, inputs, outputs, kernel, stride, padding: Winograd's tiles in chunks and position by position, with whole
# blocks of 32 and without, at stride 2, over a border of zeros; 1×1
CONVOLUTIONS = [
    (10, 24, 64, 64, 3, 1, 1),
    (7, 13, 40, 72, 3, 1, 1),
    (33, 6, 160, 96, 3, 1, 1),
    (40, 3, 96, 130, 3, 1, 1),
    (10, 24, 64, 64, 3, 2, 1),
    (40, 12, 40, 70, 3, 2, 1),
    (40, 6, 128, 128, 3, 2, 1),
    (8, 11, 32, 32, 4, 1, 0),
    (6, 9, 80, 65, 1, 1, 0),
]


@pytest.mark.parametrize("batch, side, inputs, outputs, kernel, stride, padding", CONVOLUTIONS)
def test_adjoints_of_convolutions(high, batch, side, inputs, outputs, kernel, stride, padding):
    """Of images and weights, at values that the setting leaves as they are."""
    x, w = normal(batch, side, side, inputs), normal(outputs, inputs, kernel, kernel)
    power = Power(lambda head: ops.conv2d(head["x"], head["w"], stride=stride, padding=padding), x=x, w=w)
    in_bf16x2 = power.gradients()
    bissl.set_float32_matmul_precision("highest")
    for name, exact in power.gradients().items():
        if TILES:
            assert FULL_ERROR < error(in_bf16x2[name], exact) < WINOGRAD_ERROR, name
        else:
            assert np.array_equal(in_bf16x2[name], exact), name


def assert_close_to_highest(pretext, images: np.ndarray, limit: float, **noise: np.ndarray) -> None:
    """Gradient and Hessian product: both terms of every product go through the tiles."""
    direction = normal(pretext.backbone.vector.size)

    def derivatives() -> tuple[np.ndarray, np.ndarray]:
        linearization = pretext.linearize(images, **noise)
        return linearization.gradient.backbone.copy(), np.asarray(linearization.hvp(direction))

    in_bf16x2 = derivatives()
    bissl.set_float32_matmul_precision("highest")
    for found, exact in zip(in_bf16x2, derivatives(), strict=True):
        assert error(found, exact) < limit
        assert np.array_equal(found, exact) != TILES


@pytest.mark.parametrize("heads, decoder_heads, size", [(2, 2, 32), (1, 3, 60), (2, 1, 68)])
def test_second_order_of_a_transformer(high, heads, decoder_heads, size):
    """Heads of 64, 48, 32 and, too narrow for tiles, 16; queries in one block and in two."""
    net = bissl.VisionTransformer(image_size=size, patch_size=4, width=64, depth=2, heads=heads)
    mae = bissl.MAE(net, decoder_width=48, decoder_depth=1, decoder_heads=decoder_heads)
    noise = np.random.default_rng(0).random((6, net.num_patches))
    assert_close_to_highest(mae, normal(6, size, size, 3), 1e-4, noise=noise)


@pytest.mark.parametrize("widths", [(32, 96), (40, 72)])
def test_second_order_of_a_convolutional_network(high, widths):
    """ReLUs switch as they do without: values are in full precision."""
    net = bissl.ResNet("basic", (1, 1), widths, stem="small")
    assert_close_to_highest(FeaturePower(net), normal(12, 18, 18, 3), 3e-4)


def test_thread_counts_give_the_same_bits(high):
    x, w, b = normal(1000, 333), normal(200, 333), normal(200)
    before, results = bissl.get_num_threads(), []
    try:
        for count in (1, 2, 3):
            bissl.set_num_threads(count)
            results.append(linear_power(x, w, b).gradients()["w"])
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


@pytest.mark.skipif(EMULATED, reason="is emulated itself")
@pytest.mark.skipif(bissl.precision == "float64", reason="tiles serve single precision")
def test_all_of_this_on_emulated_tiles():
    """Whatever the processor: where it has tiles, their results and the emulated ones pass the same tests."""
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", __file__],
        env={**os.environ, "BISSL_EMULATE_TILES": "1"}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout[-4000:]


@pytest.mark.skipif(not TILES or EMULATED, reason="the processor has no matrix tiles")
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
