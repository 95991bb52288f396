"""10,000 random recipes and images through both entry points: results in range or exceptions, never a signal, nothing
read or written beyond an array's end.

Run as a script, this file makes the calls in the process it runs in; the test starts it in one of its own.
"""

from __future__ import annotations

import ctypes
import mmap
import random
import subprocess
import sys

import numpy as np

from bissl import _engine

CALLS = 10_000
SIDES = [1, 1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 64, 97]
SIZES = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48]
UNIT = [0.0, 0.3, 1.0, 1.0, 1.5, float("nan")]
REALS = [0.0, 1e-6, 0.01, 0.1, 0.5, 1.0, 1.7, 10.0, 100.0, -1.0, 1e300, float("inf"), float("nan")]
POSITIVE = {"crop_scale": [1e-6, 1e-3, 0.08, 0.5, 1.0], "crop_ratio": [1e-3, 0.1, 0.75, 4 / 3, 1e3],
            "blur_sigma": [0.0, 1e-3, 0.1, 0.9, 2.0, 7.0, 100.0]}  # fmt: skip
PROBABILITIES = ("flip", "jitter", "grey", "blur", "solarize")
STRENGTHS = {"brightness": 10, "contrast": 10, "saturation": 10, "hue": 0.5}


class GuardedMemory:
    """Arrays that end where a page begins that cannot be touched."""

    def __init__(self, size: int) -> None:
        page = mmap.PAGESIZE
        self.memory = mmap.mmap(-1, size // page * page + 2 * page)
        self.end = len(self.memory) - page
        base = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mprotect(ctypes.c_void_p(base + self.end), ctypes.c_size_t(page), 0) != 0:
            raise OSError(ctypes.get_errno(), "mprotect")

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        count = int(np.prod(shape))
        offset = self.end - count * np.dtype(dtype).itemsize
        return np.frombuffer(self.memory, dtype, count, offset).reshape(shape)


def random_recipe(choice: random.Random) -> dict[str, float]:
    """Mostly possible; about one in three is not."""
    recipe: dict[str, float] = {"size": choice.choice(SIZES), "bicubic": choice.randrange(2)}
    for name, values in POSITIVE.items():
        ends = sorted(choice.choices(values, k=2))
        recipe |= {f"{name}_min": ends[0], f"{name}_max": ends[1]}
    for name in PROBABILITIES:
        recipe[f"{name}_probability"] = choice.choice(UNIT[:4])
    for name, most in STRENGTHS.items():
        recipe[name] = choice.choice([0.0, 0.2 * most, most])
    if choice.random() < 0.25:
        recipe["short_side"] = choice.choice([1, 2, 7, 16, 33])
        recipe["long_side"] = choice.choice([0, 33, 48, 48])
        recipe["crop_scale_min"] = recipe["crop_scale_max"] = 1.0
    elif choice.random() < 0.3:
        recipe["center_crop"] = 1
        recipe["resize_shorter"] = choice.choice([0, recipe["size"], recipe["size"] + 5, 60])
    if choice.random() < 0.3:
        recipe[choice.choice([*recipe, "mean_0", "std_2", "no such option"])] = choice.choice(REALS + UNIT)
    return recipe


def random_shape(choice: random.Random) -> tuple[int, int, int]:
    height, width = choice.choices(SIDES, k=2)
    if choice.random() < 0.03:
        height, width = choice.choice([(1, 4000), (4000, 1), (900, 3), (3, 900), (257, 300)])
    return height, width, choice.choice([1, 3, 3, 3, 2, 4])


def make_call(choice: random.Random, inputs: GuardedMemory, outputs: GuardedMemory) -> None:
    recipe, shape = random_recipe(choice), random_shape(choice)
    number = choice.choice([0, 1, -(2**63), 2**63 - 1, choice.randrange(1000)])
    augmentation = _engine.augmentation_create(recipe)
    pixels = inputs.array(shape, "uint8")
    pixels[:] = np.random.default_rng(choice.randrange(2**31)).integers(0, 256, shape)
    if choice.random() < 0.2:
        pixels[:] = choice.choice([0, 255])
    top, left, height, width, *size, _ = _engine.image_geometry(augmentation, *shape[:2], number, 1, 2, 3)
    assert 0 <= top <= top + height <= shape[0] + 1e-9 and 0 <= left <= left + width <= shape[1] + 1e-9
    out = outputs.array((int(size[0]), int(size[1]), shape[2]), _engine.precision)
    out[:] = np.nan
    _engine.image_augment(augmentation, pixels, number, 1, 2, 3, out)
    assert np.isfinite(out).all()
    if "mean_0" not in recipe and "std_2" not in recipe:
        assert out.min() >= 0 and out.max() <= 1
    if choice.random() < 0.3:
        alone = out.copy()
        _engine.images_augment(augmentation, pixels[None], (number,), 1, 2, 3, out[None])
        assert np.array_equal(out, alone)


def main() -> None:
    choice = random.Random(0)
    inputs, outputs = GuardedMemory(1 << 19), GuardedMemory(1 << 24)
    results = 0
    for _ in range(CALLS):
        try:
            make_call(choice, inputs, outputs)
            results += 1
        except ValueError as error:
            assert str(error)
    print(CALLS, "calls", results, "results")


def test_random_augmentations_end_in_python():
    finished = subprocess.run(
        [sys.executable, "-X", "faulthandler", __file__], capture_output=True, text=True, timeout=300
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    calls, _, results, _ = finished.stdout.split()
    assert int(calls) == CALLS and int(results) > CALLS // 3


if __name__ == "__main__":
    main()
