"""Activations made again in place of kept: the same bits, less memory."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import bissl

random = np.random.default_rng(3)


@pytest.fixture
def recomputing():
    """Switches recomputation on, and off again whatever happens."""
    yield lambda: bissl.set_recompute_activations(True)
    bissl.set_recompute_activations(False)


def simclr(**options):
    pretext = bissl.SimCLR(bissl.ResNet(seed=1, **options), projector=(16,), seed=1)
    return pretext, [random.standard_normal((6, 20, 20, 3), np.float32) for _ in range(2)]


def mae():
    net = bissl.VisionTransformer(image_size=16, patch_size=4, width=24, depth=2, heads=3, seed=1)
    pretext = bissl.MAE(net, decoder_width=16, decoder_depth=1, decoder_heads=2, seed=1)
    return pretext, (random.random((6, 16, 16, 3), np.float32), random.random((6, 16), np.float32))


CASES = {
    "basic blocks, residuals, two stages": lambda: simclr(block="basic", layers=(2, 2), widths=(16, 24)),
    "bottlenecks": lambda: simclr(block="bottleneck", layers=(2, 1), widths=(8, 8), stem="small"),
    "GELU": lambda: simclr(block="basic", layers=(2,), widths=(16,), activation="gelu"),
    "vision transformer": mae,
}


def everything(pretext, batch, direction):
    """Loss, gradient, Hessian and Gauss-Newton product; and the peaks of the gradient and of the products in bytes, above
    what other tests have left alive."""
    arguments = batch if isinstance(pretext, bissl.MAE) else (batch,)
    gc.collect()
    before = bissl.memory_stats()["live_bytes"]
    bissl.reset_peak_memory()
    loss, gradient = pretext.value_and_gradient(*arguments)
    peaks = [bissl.memory_stats()["peak_bytes"] - before]
    bissl.reset_peak_memory()
    point = pretext.linearize(*arguments)
    products = point.hvp(direction), point.hvp(direction, "gauss-newton"), point.hvp(direction)
    return (loss, gradient.backbone, gradient.head, *products), [*peaks, bissl.memory_stats()["peak_bytes"] - before]


@pytest.mark.parametrize("case", CASES)
def test_the_same_bits(case, recomputing):
    pretext, batch = CASES[case]()
    direction = random.standard_normal(len(pretext.backbone.vector)).astype(pretext.backbone.vector.dtype)
    kept, _ = everything(pretext, batch, direction)
    recomputing()
    assert bissl.show_config(mode="dict")["recompute_activations"] is True
    made_again, _ = everything(pretext, batch, direction)
    for first, second in zip(kept, made_again, strict=True):
        np.testing.assert_array_equal(first, second)


def test_less_memory_for_a_residual_network(recomputing):
    pretext, _ = simclr(block="basic", layers=(4, 2), widths=(16, 32))
    batch = [random.standard_normal((16, 64, 64, 3), np.float32) for _ in range(2)]
    direction = random.standard_normal(len(pretext.backbone.vector)).astype(pretext.backbone.vector.dtype)
    kept = everything(pretext, batch, direction)[1]
    recomputing()
    gradient, products = (after / before for after, before in zip(everything(pretext, batch, direction)[1], kept))
    assert gradient < 0.9
    assert products < 0.87


def test_a_product_of_a_point_from_before_the_switch(recomputing):
    pretext, batch = simclr(block="basic", layers=(1, 1), widths=(8, 8))
    direction = random.standard_normal(len(pretext.backbone.vector)).astype(pretext.backbone.vector.dtype)
    point = pretext.linearize(batch)
    before = point.hvp(direction)
    recomputing()
    np.testing.assert_array_equal(point.hvp(direction), before)


def test_what_the_memory_is_held_for_is_told():
    pretext, batch = simclr(block="basic", layers=(1, 1), widths=(8, 8))
    direction = random.standard_normal(len(pretext.backbone.vector)).astype(pretext.backbone.vector.dtype)
    gc.collect()
    before = bissl.memory_stats()["live_bytes"]
    held = bissl.memory_at_peak(lambda: pretext.linearize(batch).hvp(direction))
    assert list(held.values()) == sorted(held.values(), reverse=True)
    assert sum(held.values()) == bissl.memory_stats()["peak_bytes"] - before
    assert {"conv2d", "adjoints", "tangents"} <= {name.partition(":")[0].partition(" ")[0] for name in held}
    assert bissl.memory_at_peak(lambda: None) == {}


def test_products_make_outputs_of_batch_norms_again():
    """They are not held between the products of a linearization, nor while one goes on."""
    pretext, batch = simclr(block="basic", layers=(2, 1), widths=(8, 8))
    direction = random.standard_normal(len(pretext.backbone.vector)).astype(pretext.backbone.vector.dtype)
    held = bissl.memory_at_peak(lambda: pretext.value_and_gradient(batch))
    assert any(name.startswith("batch_norm") for name in held)
    points = []

    def products():
        points.append(pretext.linearize(batch))
        return points[0].hvp(direction), points[0].hvp(direction)

    again = bissl.memory_at_peak(products)

    def forwards(operation):
        return sum(size for name, size in again.items() if name.startswith(operation))

    assert 0 < forwards("batch_norm") < forwards("conv2d") / 2


def test_gauss_newton_products_keep_no_tangents_of_the_network():
    pretext, _ = simclr(block="basic", layers=(4,), widths=(16,))
    batch = [random.standard_normal((8, 48, 48, 3), np.float32) for _ in range(2)]
    direction = random.standard_normal(len(pretext.backbone.vector)).astype(pretext.backbone.vector.dtype)
    point = pretext.linearize(batch)

    def tangents(product):
        held = bissl.memory_at_peak(lambda: point.hvp(direction, product))
        return sum(size for name, size in held.items() if name.startswith("tangents: conv2d"))

    assert tangents("gauss-newton") < tangents("exact") / 2


def test_one_asks_at_a_time():
    with pytest.raises(RuntimeError, match="recorded already: end that first"):
        bissl.memory_at_peak(lambda: bissl.memory_at_peak(lambda: None))
    assert bissl.memory_at_peak(lambda: None) == {}


def test_what_cannot_be_called_has_no_peak():
    with pytest.raises(TypeError, match="call: expected what is called without arguments"):
        bissl.memory_at_peak(3)


def test_a_wrong_value():
    with pytest.raises(TypeError, match="recompute: expected True or False, got str"):
        bissl.set_recompute_activations("yes")
