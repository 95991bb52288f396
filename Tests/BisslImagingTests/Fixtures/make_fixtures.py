"""Writes PillowFixtures.swift: what Pillow makes of two small pictures, for the tests of BisslImaging.

Needs Pillow and NumPy; run it by hand from this folder after adding a case:  python make_fixtures.py
"""

import base64

import numpy as np
import PIL
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

SIZE = 16
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
# picture, filter, crop (left, top, width, height), output size
CROPS = [
    ("color", "bicubic", (0, 0, 37, 29), 11),
    ("color", "bilinear", (0, 0, 37, 29), 11),
    ("color", "bicubic", (3, 5, 13, 9), 24),
    ("color", "bilinear", (20, 2, 16, 27), 19),
    ("color", "bicubic", (7, 0, 1, 29), 5),
    ("color", "bicubic", (5, 6, 17, 17), 17),
    ("grey", "bicubic", (0, 0, 21, 35), 8),
    ("grey", "bilinear", (2, 1, 18, 33), 13),
    ("grey", "bicubic", (4, 7, 8, 8), 21),
    ("grey", "bilinear", (0, 0, 1, 1), 3),
]
# picture, filter, length of the shorter side, size of the central crop
CENTERS = [("color", "bicubic", 18, 15), ("grey", "bilinear", 24, 17), ("color", "bilinear", 0, 20)]


def picture(height, width, channels):
    """Smooth colours, hard edges and some noise."""
    y, x, c = np.mgrid[:height, :width, :channels]
    waves = 127.5 + 127.5 * np.sin(0.31 * x * (1 + 0.3 * c) + 0.17 * y + 2 * c)
    edges = np.where((x // 5 + y // 7) % 3 == 0, 250 - 120 * c, waves)
    noise = np.random.default_rng(0).normal(0, 12, edges.shape)
    return np.clip(edges + noise, 0, 255).astype(np.uint8)


def image(array):
    return Image.fromarray(array.squeeze())


def swift(value):
    if isinstance(value, str):
        return f'"{value}"'
    return f"({', '.join(map(str, value))})" if isinstance(value, tuple) else str(value)


def encoded(picture):
    return base64.b64encode(np.asarray(picture).tobytes()).decode()


def resized(original, size, kind):
    """Horizontally, then vertically: the order of Pillow up to 12, which 13 reverses for some shapes."""
    return original.resize((size[0], original.height), FILTERS[kind]).resize(size, FILTERS[kind])


def cropped(name, kind, box, size):
    left, top, width, height = box
    crop = image(PICTURES[name]).crop((left, top, left + width, top + height))
    return resized(crop, (size, size), kind)


def centered(name, kind, shorter, size):
    """torchvision's Resize and CenterCrop."""
    original = image(PICTURES[name])
    width, height = original.size
    if shorter:
        scale = (shorter, shorter * height // width) if width <= height else (shorter * width // height, shorter)
        original = resized(original, scale, kind)
    left, top = (int(round((length - size) / 2.0)) for length in original.size)
    return original.crop((left, top, left + size, top + size))


def turned(original, turn):
    """torchvision's adjust_hue."""
    hue, saturation, value = original.convert("HSV").split()
    shift = np.array(turn * 255).astype(np.int32).astype(np.uint8)
    hue = Image.fromarray(np.asarray(hue) + shift)
    return Image.merge("HSV", (hue, saturation, value)).convert("RGB")


def colors(original):
    """(transform, its number, result)"""
    enhancers = {
        "brightness": ImageEnhance.Brightness,
        "contrast": ImageEnhance.Contrast,
        "saturation": ImageEnhance.Color,
    }
    for name, enhance in enhancers.items():
        for factor in (0.0, 0.63, 1.0, 1.37):
            yield name, factor, enhance(original).enhance(factor)
    for sigma in (0.1, 0.7, 1.3, 2.0, 5.5):
        yield "blur", sigma, original.filter(ImageFilter.GaussianBlur(sigma))
    yield "solarize", 128, ImageOps.solarize(original, threshold=128)
    if original.mode == "RGB":
        for turn in (-0.5, -0.1, 0.0, 0.07):
            yield "hue", turn, turned(original, turn)
        yield "grey", 0, original.convert("L").convert("RGB")


PICTURES = {"color": picture(29, 37, 3), "grey": picture(35, 21, 1)}


def main():
    lines = [
        f"// Written by make_fixtures.py with Pillow {PIL.__version__}; bytes in base 64, channels last.",
        "enum PillowFixtures {",
        "  /// Height, width, channels.",
        "  static let pictures: [String: (height: Int, width: Int, channels: Int, bytes: String)] = [",
    ]
    lines += [f'    "{n}": ({", ".join(map(str, p.shape))}, "{encoded(p)}"),' for n, p in PICTURES.items()]
    lines += [
        "  ]",
        "  typealias Box = (left: Int, top: Int, width: Int, height: Int)",
        "  static let crops: [(picture: String, filter: String, box: Box, size: Int, bytes: String)] = [",
    ]
    lines += [f'    ({", ".join(map(swift, case))}, "{encoded(cropped(*case))}"),' for case in CROPS]
    lines += [
        "  ]",
        "  static let centers: [(picture: String, filter: String, shorter: Int, size: Int, bytes: String)] = [",
    ]
    lines += [f'    ({", ".join(map(swift, case))}, "{encoded(centered(*case))}"),' for case in CENTERS]
    lines += [
        "  ]",
        f"  /// Of the top left {SIZE} pixels of a picture.",
        f"  static let colorSize = {SIZE}",
        "  static let colors: [(picture: String, transform: String, number: Double, bytes: String)] = [",
    ]
    for name, array in PICTURES.items():
        for transform, number, result in colors(image(array[:SIZE, :SIZE])):
            lines.append(f'    ("{name}", "{transform}", {number}, "{encoded(result)}"),')
    lines += ["  ]", "}", ""]
    with open("PillowFixtures.swift", "w") as file:
        file.write("\n".join(lines))


if __name__ == "__main__":
    main()
