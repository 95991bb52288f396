"""What LeJEPA and DINO in `python/examples` keep between steps: directions, a teacher, a centre."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import bissl


def example(name):
    path = Path(__file__).parents[1] / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def network():
    return bissl.ResNet(layers=(1,), widths=(4,), stem="small")


def images(seed, side=8):
    return np.random.default_rng(seed).normal(size=(6, side, side, 3)).astype(bissl.precision)


BATCH = images(0), images(1)


def lejepa(**options):
    return example("lejepa").LeJEPA(network(), **{"projector": (6, 5), "directions": 8} | options)


def dino(**options):
    return example("dino").DINO(network(), **{"projector": (6, 5)} | options)


def epps_pulley_by_sums(x):
    """The statistic from its definition, on a far finer grid."""
    t = np.linspace(-3, 3, 20001)
    function = np.exp(1j * np.outer(t, x)).mean(axis=1)
    return len(x) * np.trapezoid(np.abs(function - np.exp(-(t**2) / 2)) ** 2 * np.exp(-(t**2) / 2), t)


def test_the_statistic_is_that_of_epps_and_pulley():
    module, draw = example("lejepa"), np.random.default_rng(3)
    samples = np.stack([draw.normal(size=200), draw.normal(size=200) * 3 + 1, draw.uniform(-1, 1, 200)], axis=1)
    values = [float(module.epps_pulley(bissl.ops.constant(samples[:, [column]])).numpy()) for column in range(3)]
    assert values == pytest.approx([epps_pulley_by_sums(column) for column in samples.T], rel=2e-2)
    assert values[0] < 1 < values[1] and values[0] < values[2]
    together = float(module.epps_pulley(bissl.ops.constant(samples)).numpy())
    assert together == pytest.approx(np.mean(values), rel=1e-5)


@pytest.mark.float64
def test_gaussian_embeddings_are_what_training_leads_to():
    """SIGReg alone: embeddings of one scale and no mean."""
    pretext = lejepa(spread=1.0, projector=(16, 3), directions=32)
    images = np.random.default_rng(0).normal(size=(64, 6, 6, 3))
    optimizer, before = bissl.AdamW(lr=0.01), pretext.value_and_gradient((images, images))[0]
    for _ in range(150):
        pretext.step((images, images[::-1].copy()), optimizer)
    assert pretext.value_and_gradient((images, images))[0] < 0.3 * before


def test_directions_follow_from_seed_and_step_alone():
    pretext = lejepa()
    first = pretext.prepare(BATCH)[-1]
    np.testing.assert_array_equal(pretext.prepare(BATCH)[-1], first)
    np.testing.assert_allclose(np.linalg.norm(first, axis=0), 1)
    pretext.step(BATCH, bissl.SGD(lr=0.1))
    second = pretext.prepare(BATCH)[-1]
    assert not np.allclose(second, first)
    state, twin = pretext.state_dict(), lejepa()
    twin.load_state_dict(state)
    np.testing.assert_array_equal(twin.prepare(BATCH)[-1], second)
    pretext.begin_training(5)
    assert not np.allclose(pretext.prepare(BATCH)[-1], first)
    pretext.begin_training(0)
    np.testing.assert_array_equal(pretext.prepare(BATCH)[-1], first)


@pytest.mark.parametrize("make", [lejepa, dino])
def test_more_views_than_two(make):
    pretext = make(views=4)
    batch = (images(0), images(1), images(2, 5), images(3, 5))
    loss, gradient = pretext.value_and_gradient(batch)
    assert np.isfinite(loss) and np.isfinite(gradient.backbone).all()
    with pytest.raises(ValueError, match="expects 4 arrays of images, got"):
        pretext.value_and_gradient(BATCH)


def test_the_teacher_moves_after_a_step_and_by_no_query():
    pretext = dino(momentum=0.75)
    before, centre = np.array(pretext.teacher.vector), pretext.centre.copy()
    state = pretext.state_dict()
    pretext.value_and_gradient(BATCH)
    pretext.linearize(BATCH)
    np.testing.assert_equal(pretext.state_dict(), state)
    outputs = pretext.outputs.copy()
    pretext.step(BATCH, bissl.SGD(lr=0.5))
    np.testing.assert_allclose(
        pretext.teacher.vector, 0.75 * before + 0.25 * pretext.backbone.vector, rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(pretext.centre, 0.9 * centre + 0.1 * outputs, rtol=1e-5, atol=1e-7)
    assert pretext.teacher.state_dict()["bn1.num_batches_tracked"] == 2
    pretext.begin_training(0)
    np.testing.assert_array_equal(pretext.teacher.vector, pretext.backbone.vector)
    assert not pretext.centre.any()


def test_the_teacher_is_a_constant_of_the_loss():
    """A loss against recorded targets has the same gradient: nothing flows through the teacher."""
    pretext = dino()
    pretext.step(BATCH, bissl.SGD(lr=0.1))
    targets = pretext.prepare(BATCH)[-1]
    loss, gradient = pretext.value_and_gradient(BATCH)
    pretext.prepare = lambda batch: (*batch, targets)
    pretext.teacher.vector[:] = 0
    assert pretext.value_and_gradient(BATCH)[0] == loss
    np.testing.assert_array_equal(pretext.value_and_gradient(BATCH)[1].backbone, gradient.backbone)


def test_a_copy_has_a_teacher_of_its_own():
    pretext = dino()
    twin, teacher, loss = pretext.clone(), np.array(pretext.teacher.vector), pretext.value_and_gradient(BATCH)[0]
    twin.step(BATCH, bissl.SGD(lr=0.5))
    np.testing.assert_array_equal(pretext.teacher.vector, teacher)
    assert not np.array_equal(twin.teacher.vector, teacher) and pretext.value_and_gradient(BATCH)[0] == loss
    other = dino()
    other.load_state_dict(twin.state_dict())
    assert other.value_and_gradient(BATCH)[0] == twin.value_and_gradient(BATCH)[0]


def test_the_teacher_takes_adapters_with_the_student():
    lora = bissl.LoRA(dino(), rank=1, targets="conv")
    assert lora.teacher.adapters == lora.backbone.adapters and lora.teacher is not lora.backbone
    lora.step(BATCH, bissl.SGD(lr=0.1))
    assert lora.teacher.vector.size == lora.backbone.vector.size
