"""Decoding: pictures of every kind that is not plain 8-bit RGB become what is documented, or an error with path and mode."""

import io
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps, features

from bissl.data import Decoding, ImageFiles, ImageFolder, UnlabeledFolder, cached, open_dataset
from bissl.data.decoding import decode, decode_indices, kind_of, turned
from bissl.data.fingerprint import content_digest, fingerprint
from bissl.errors import DataError, InvalidArgument, WrongType

ROOT = Path(__file__).parents[2]
RAMP = np.arange(6 * 8, dtype=np.uint16).reshape(6, 8) * 1365  # 0 to 64155
SHADES = np.random.default_rng(0).integers(0, 256, (6, 8, 3)).astype(np.uint8)


def saved(path, picture, **options):
    picture.save(path, **options)
    return path


def grey(values):
    return np.repeat(np.asarray(values, np.uint8)[..., None], 3, axis=2)


# --- transparency -----------------------------------------------------------------------------------------------------


def drawing():
    """Black ink on a ground of black that cannot be seen."""
    alpha = np.zeros((6, 8), np.uint8)
    alpha[2:4, 1:7] = 255
    alpha[0, 0] = 128
    return np.dstack([np.zeros((6, 8, 3), np.uint8), alpha]), alpha


@pytest.mark.parametrize("background, level", [((255, 255, 255), 255), ("black", 0), ([128, 128, 128], 128)])
def test_alpha_is_laid_over_the_background(background, level, tmp_path):
    pixels, alpha = drawing()
    path = saved(tmp_path / "a.png", Image.fromarray(pixels))
    found = decode(path, decoding=Decoding(background=background))
    expected = level * (1 - alpha / 255.0)
    assert np.abs(found - grey(np.rint(expected)).astype(int)).max() <= 1
    assert (found[2:4, 1:7] == 0).all() and (found[5] == level).all()


def test_every_kind_of_transparency_is_seen(tmp_path):
    pixels, alpha = drawing()
    rgba = Image.fromarray(pixels)
    shown = alpha == 255
    palette = Image.fromarray(shown.astype(np.uint8), "P")
    palette.putpalette([0, 0, 0, 0, 0, 0])
    ink = np.where(shown, 9, 3).astype(np.uint8)
    files = [
        saved(tmp_path / "la.png", rgba.convert("LA")),
        saved(tmp_path / "palette.png", palette, transparency=0),
        saved(tmp_path / "palette-alpha.png", palette, transparency=bytes([0, 255])),
        saved(tmp_path / "a.gif", palette, transparency=0),
        saved(tmp_path / "grey.png", Image.fromarray(np.where(shown, 0, 3).astype(np.uint8)), transparency=3),
        saved(tmp_path / "rgb.png", Image.fromarray(grey(ink - 9 * shown)), transparency=(3, 3, 3)),
        saved(tmp_path / "one.png", Image.fromarray(~shown), transparency=255),
        saved(tmp_path / "wide.png", Image.fromarray(np.where(shown, 0, 900).astype(np.uint16)), transparency=900),
        saved(tmp_path / "a.tif", rgba),
        saved(tmp_path / "a.webp", rgba, lossless=True),
        saved(tmp_path / "a.tga", rgba),
    ]
    for path in files:
        found = decode(path)
        assert (found[shown] == 0).all(), path
        assert (found[alpha == 0] == 255).all(), path
        assert "transparent" in kind_of(path).traits


def test_opaque_pictures_keep_their_bytes(tmp_path):
    opaque = Image.fromarray(np.dstack([SHADES, np.full((6, 8), 255, np.uint8)]))
    assert np.array_equal(decode(saved(tmp_path / "a.png", opaque)), SHADES)
    # The fourth byte of such files often means nothing.
    assert np.array_equal(
        decode(saved(tmp_path / "a.tga", Image.fromarray(np.dstack([SHADES, 0 * SHADES[..., 0]])))), SHADES
    )


# --- more than 8 bits -------------------------------------------------------------------------------------------------


def png_of_bits(values, colour_type):
    """A 16-bit PNG (colour types 2 and 6, which Pillow does not write)."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm", "a.jp2"])
def test_16_bit_grey_keeps_its_upper_byte(name, tmp_path):
    if name == "a.jp2" and not features.check("jpg_2000"):
        pytest.skip("this Pillow has no JPEG 2000")
    path = saved(tmp_path / name, Image.fromarray(RAMP))
    assert np.array_equal(decode(path), grey(RAMP >> 8))


def test_16_bit_colour_keeps_its_upper_byte(tmp_path):
    colour = np.dstack([RAMP, RAMP[::-1], RAMP[:, ::-1]])
    (tmp_path / "a.png").write_bytes(png_of_bits(colour, 2))
    assert np.array_equal(decode(tmp_path / "a.png"), colour >> 8)


@pytest.mark.parametrize(("channels", "colour_type"), [(2, 4), (3, 2), (4, 6)])
def test_the_white_of_16_bit_colour_cannot_be_another_integer(channels, colour_type, tmp_path):
    (tmp_path / "a.png").write_bytes(png_of_bits(np.dstack([RAMP >> 4] * channels), colour_type))
    assert "16 bits" in kind_of(tmp_path / "a.png").traits
    assert np.array_equal(
        decode(tmp_path / "a.png", decoding=Decoding(integer_maximum=65535)), decode(tmp_path / "a.png")
    )
    with pytest.raises(DataError, match="a.png: .*integer_maximum=4095 cannot be heeded; save it with 8 bits"):
        decode(tmp_path / "a.png", decoding=Decoding(integer_maximum=4095))


def test_the_white_of_12_bit_colour_is_that_of_the_file(tmp_path):
    (tmp_path / "a.ppm").write_bytes(b"P6 1 1 4095\n" + np.array([4095, 0, 4095], ">u2").tobytes())
    assert decode(tmp_path / "a.ppm", decoding=Decoding(integer_maximum=4095)).tolist() == [[[255, 0, 255]]]
    with pytest.raises(DataError, match="of integers up to 4095"):
        decode(tmp_path / "a.ppm", decoding=Decoding(integer_maximum=1023))


def test_10_and_12_bits_by_the_maximum_of_the_file(tmp_path):
    for maximum in (1023, 4095):
        values = (RAMP // (65536 // (maximum + 1))).astype(">u2")
        (tmp_path / "a.pgm").write_bytes(b"P5 8 6 %d\n" % maximum + values.tobytes())
        assert np.abs(decode(tmp_path / "a.pgm") - grey(RAMP >> 8).astype(int)).max() <= 1
    twelve = RAMP >> 4  # in 16 bits, which the file does not tell
    path = saved(tmp_path / "a.png", Image.fromarray(twelve))
    assert np.array_equal(decode(path, decoding=Decoding(integer_maximum=4095)), grey(twelve >> 4))


def test_packed_12_bit_tiff(tmp_path):
    pairs = (RAMP >> 4).reshape(-1, 2).astype(int)
    packed = np.stack([pairs[:, 0] >> 4, (pairs[:, 0] & 15) << 4 | pairs[:, 1] >> 8, pairs[:, 1] & 255], axis=1)
    tags = [(256, 8), (257, 6), (258, 12), (259, 1), (262, 1), (273, 8), (277, 1), (278, 6), (279, packed.size)]
    content = packed.astype(np.uint8).tobytes()
    head = struct.pack("<2sHI", b"II", 42, 8 + len(content))
    entries = b"".join(struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, value) for tag, value in tags)
    (tmp_path / "a.tif").write_bytes(head + content + struct.pack("<H", len(tags)) + entries + bytes(4))
    assert np.array_equal(decode(tmp_path / "a.tif"), grey(RAMP >> 8))


def test_32_bit_integers_are_read_as_16_bit_values_or_refused(tmp_path):
    path = saved(tmp_path / "a.tif", Image.fromarray(RAMP.astype(np.int32)))
    assert np.array_equal(decode(path), grey(RAMP >> 8))
    path = saved(tmp_path / "b.tif", Image.fromarray(RAMP.astype(np.int32) * 256))
    with pytest.raises(DataError, match=r"b.tif: a picture \(mode I\) of integers 0 to 16423680, expected 0 to 65535"):
        decode(path)
    assert np.array_equal(decode(path, decoding=Decoding(integer_maximum=2**24 - 1)), grey(RAMP >> 8))
    path = saved(tmp_path / "c.tif", Image.fromarray(RAMP.astype(np.int32) - 1))
    with pytest.raises(DataError, match=r"integers -1 to"):
        decode(path)


def test_floating_point_pictures_are_refused_unless_their_range_is_stated(tmp_path):
    values = RAMP.astype(np.float32) / 65535
    path = saved(tmp_path / "a.tif", Image.fromarray(values))
    with pytest.raises(
        DataError, match=r"a.tif: a floating-point picture \(mode F\) of numbers 0 to 0.97.*float_range="
    ):
        decode(path)
    stated = Decoding(float_range=(0, 1))
    assert np.array_equal(decode(path, decoding=stated), grey(np.rint(255 * values)))
    assert np.array_equal(
        ImageFiles([path], float_range=[0, 0.5]).read(0), grey(np.rint(255 * np.clip(2 * values, 0, 1)))
    )
    values[2, 2] = np.nan
    saved(path, Image.fromarray(values))
    with pytest.raises(DataError, match="a.tif: .*NaN"):
        decode(path, decoding=stated)


def test_tiff_whose_zero_is_white(tmp_path):
    for picture in (Image.fromarray(RAMP), Image.fromarray((RAMP >> 8).astype(np.uint8))):
        content = io.BytesIO()
        picture.save(content, "TIFF")
        tagged = content.getvalue().replace(
            struct.pack("<HHIHH", 262, 3, 1, 1, 0), struct.pack("<HHIHH", 262, 3, 1, 0, 0)
        )
        (tmp_path / "a.tif").write_bytes(tagged)
        assert np.array_equal(decode(tmp_path / "a.tif"), grey(255 - (RAMP >> 8)))


def test_other_modes(tmp_path):
    checks = np.indices((6, 8)).sum(0) % 2 == 0
    assert np.array_equal(decode(saved(tmp_path / "one.png", Image.fromarray(checks))), grey(255 * checks))
    assert np.array_equal(decode(saved(tmp_path / "g.png", Image.fromarray(SHADES[..., 0]))), grey(SHADES[..., 0]))
    red = saved(tmp_path / "cmyk.jpg", Image.new("CMYK", (16, 16), (0, 255, 255, 0)), quality=100)
    assert np.abs(decode(red).astype(int) - (255, 0, 0)).max() <= 3
    frames = [Image.new("L", (8, 6), shade) for shade in (10, 200, 90)]
    film = saved(tmp_path / "film.gif", frames[0], save_all=True, append_images=frames[1:])
    assert (decode(film) == 10).all() and "several frames" in kind_of(film).traits


# --- orientation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp"])
def test_photographs_are_turned_upright(name, orientation, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless = {"lossless": True} if name == "a.webp" else {"quality": 100, "subsampling": 0} if name == "a.jpg" else {}
    wide = np.kron(SHADES, np.ones((8, 8, 1), np.uint8))
    path = saved(tmp_path / name, Image.fromarray(wide), exif=exif, **lossless)
    stored = decode(path, decoding=Decoding(exif_orientation=False))
    assert stored.shape == wide.shape and np.abs(stored.astype(int) - wide).mean() < 3
    expected = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    assert np.array_equal(decode(path), expected)
    assert np.array_equal(turned(stored, orientation), expected)
    assert ("turned by EXIF" in kind_of(path).traits) == (orientation != 1)
    assert ImageFiles([path]).size(0) == expected.shape[:2]
    assert ImageFiles([path], exif_orientation=False).size(0) == wide.shape[:2]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_data_turn_nothing(tmp_path):
    path = saved(tmp_path / "a.jpg", Image.fromarray(SHADES), exif=b"Exif\0\0II*\0\xff\xff\xff\xff broken")
    assert decode(path).shape == (6, 8, 3)


# --- files ------------------------------------------------------------------------------------------------------------

NAMES = ["a.JPG", "a.jfif", "a.jpe", "a.PNG", "a.avif", "a.jp2", "a.tga", "a.dib", "a.Tiff", "a.webp", "a.pbm", "a.qoi"]


@pytest.mark.parametrize("name", NAMES)
def test_extensions_that_are_read(name, tmp_path):
    extension = name[1:].lower()
    formats = {".avif": "AVIF", ".jp2": "JPEG2000", ".tga": "TGA", ".qoi": "QOI", ".jfif": "JPEG", ".jpe": "JPEG"}
    wanted = formats.get(extension) or Image.registered_extensions()[extension]
    Image.init()
    if wanted not in Image.SAVE:
        pytest.skip(f"this Pillow does not write {wanted}")
    picture = Image.fromarray(np.kron(SHADES, np.ones((4, 4, 1), np.uint8)))
    (picture.convert("1") if extension == ".pbm" else picture).save(tmp_path / name, wanted)
    folder = UnlabeledFolder(tmp_path)
    assert len(folder) == 1 and folder.read(0).shape == (24, 32, 3)
    assert not folder.skipped_files


def test_pillow_comes_with_bissl():
    (dependencies,) = re.findall(r"^dependencies = .*$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert "Pillow" in dependencies


def test_heic_is_read_or_says_what_is_missing(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    files = UnlabeledFolder(tmp_path)
    with pytest.raises(DataError, match=r"a.heic: cannot be read as an image: (?!.*no image format)"):
        files.read(0)


def test_an_empty_file_is_called_that(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"a.jpg: .*the file is empty \(0 bytes\)"):
        decode(tmp_path / "a.jpg")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("form", ["AVIF", "JPEG2000", "ICO", "QOI", "SGI", "TIFF", "WEBP", "GIF"])
def test_broken_files_of_every_format_are_named(form, tmp_path):
    content = io.BytesIO()
    Image.init()
    if form not in Image.SAVE:
        pytest.skip(f"this Pillow does not write {form}")
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    Image.fromarray(noise).save(content, form)
    whole = content.getvalue()
    for broken in (whole[: len(whole) // 2], whole[:30], whole.replace(b"iloc", b"colj")):
        if broken != whole:
            (tmp_path / "a.bin").write_bytes(broken)
            with pytest.raises(DataError, match="a.bin: cannot be read as an image"):
                decode(tmp_path / "a.bin")


def test_text_is_never_taken_for_a_picture_without_a_signature(tmp_path):
    picture = saved(tmp_path / "a.tga", Image.fromarray(SHADES))
    (tmp_path / "b.jpg").write_bytes(picture.read_bytes())
    assert np.array_equal(decode(picture), SHADES)
    with pytest.raises(DataError, match="b.jpg: .*of no image format that is read"):
        decode(tmp_path / "b.jpg")


def test_signed_numbers_are_refused(tmp_path):
    content = io.BytesIO()
    Image.fromarray(SHADES[..., 0]).save(content, "TIFF", tiffinfo={339: 2})
    (tmp_path / "a.tif").write_bytes(content.getvalue())
    assert Image.open(tmp_path / "a.tif").tag_v2.get(339) == (2,)
    with pytest.raises(DataError, match="a.tif: a picture .mode L. of numbers with a sign"):
        decode(tmp_path / "a.tif")


def test_label_maps_are_not_converted(tmp_path):
    numbers = (SHADES[..., 0] % 21).astype(np.uint8)
    mask = Image.fromarray(numbers, "P")
    mask.putpalette(list(range(255, -1, -1)) * 3)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path / "mask.png", mask, transparency=0, exif=exif)
    assert np.array_equal(decode_indices(path), numbers)


def png_of_few_bits(numbers, bits):
    """A grey PNG of 1, 2 or 4 bits (Pillow writes none of 2 and 4)."""
    header = struct.pack(">IIBBBBB", numbers.shape[1], numbers.shape[0], bits, 0, 0, 0, 0)
    digits = (numbers[..., None] >> np.arange(bits)[::-1] & 1).reshape(len(numbers), -1).astype(np.uint8)
    rows = b"".join(b"\0" + row.tobytes() for row in np.packbits(digits, axis=1))
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_label_maps_of_few_bits_keep_their_numbers(bits, tmp_path):
    numbers = np.arange(6 * 7).reshape(6, 7) * 13 % 2**bits
    (tmp_path / "a.png").write_bytes(png_of_few_bits(numbers, bits))
    assert (
        np.array_equal(decode_indices(tmp_path / "a.png"), numbers)
        and decode_indices(tmp_path / "a.png").dtype == np.uint8
    )
    (tmp_path / "a.pgm").write_bytes(b"P5 7 6 %d\n" % (2**bits - 1) + numbers.astype(np.uint8).tobytes())
    assert np.array_equal(decode_indices(tmp_path / "a.pgm"), numbers)


def test_label_maps_are_not_inverted(tmp_path):
    numbers = (SHADES[..., 0] % 21).astype(np.uint8)
    for array, options in ((numbers, {}), (numbers > 9, {}), (numbers, {"compression": "tiff_lzw"})):
        path = saved(tmp_path / "a.tif", Image.fromarray(array), **options)
        black, white = (struct.pack("<HHIHH", 262, 3, 1, zero, 0) for zero in (1, 0))  # photometric interpretation
        content = Path(path).read_bytes()
        assert content.count(black) == 1
        Path(path).write_bytes(content.replace(black, white))
        assert not np.array_equal(np.asarray(Image.open(path)), array) and np.array_equal(decode_indices(path), array)


@pytest.mark.parametrize(("name", "options"), [("a.jpg", {}), ("a.tif", {"compression": "jpeg"}), ("a.jp2", {})])
def test_label_maps_of_lossy_formats_are_refused(name, options, tmp_path):
    if name == "a.jp2" and not features.check("jpg_2000"):
        pytest.skip("this Pillow has no JPEG 2000")
    path = saved(tmp_path / name, Image.fromarray(SHADES[..., 0]), **options)
    with pytest.raises(
        DataError, match=f"{name}: expected class numbers as they were written, .*save label maps as PNG"
    ):
        decode_indices(path)


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options, error, text",
    [
        ({"background": "whit"}, InvalidArgument, 'background: expected a colour such as "white"'),
        ({"background": (0, 0, 256)}, InvalidArgument, "background: expected three numbers 0 to 255"),
        ({"background": 255}, InvalidArgument, "background: expected three numbers 0 to 255"),
        ({"exif_orientation": 1}, WrongType, "exif_orientation: expected True or False, got 1"),
        ({"integer_maximum": 0}, InvalidArgument, "integer_maximum: expected 1 to"),
        ({"integer_maximum": 4095.5}, WrongType, "integer_maximum: expected a whole number"),
        ({"float_range": (1, 0)}, InvalidArgument, r"float_range: expected \(black, white\)"),
        ({"float_range": (0, float("nan"))}, InvalidArgument, "float_range: expected"),
        ({"backgroud": "white"}, InvalidArgument, 'did you mean "background"'),
        ({"on_error": "skp"}, InvalidArgument, 'on_error: .*did you mean "skip"'),
        ({"workers": 0}, InvalidArgument, "workers: expected a whole number of at least 1, got 0"),
    ],
)
def test_options_that_are_not(options, error, text):
    with pytest.raises(error, match=text):
        ImageFiles(["a.png"], **options)


def test_readers_take_the_options_and_arrays_refuse_them(tmp_path):
    from dataset_files import WRITERS

    for name in ("a", "b"):
        (tmp_path / "images" / name).mkdir(parents=True)
        for number in range(5):
            saved(tmp_path / "images" / name / f"{number}.png", Image.new("RGBA", (8, 6), (0, 0, 0, 0)))
    for folder in (
        ImageFolder(tmp_path / "images", background="#808080"),
        UnlabeledFolder(tmp_path / "images", background=(128,) * 3),
    ):
        assert (folder.subset([1]).read(0) == 128).all()
    assert (open_dataset("folder", tmp_path / "images", background="black").read(0) == 0).all()
    WRITERS["cifar10"](tmp_path)
    with pytest.raises(InvalidArgument, match="CIFAR-10 lies in arrays that are not decoded"):
        open_dataset("cifar10", tmp_path, background="black")
    assert open_dataset("cifar10", tmp_path, workers=3).subset([1]).reading.workers == 3


def test_decoding_is_part_of_fingerprints_and_rebuilds_caches(tmp_path, caplog):
    paths = [saved(tmp_path / f"{number}.png", Image.new("RGBA", (8, 8), (0, 0, 0, 0))) for number in range(3)]
    white, black = ImageFiles(paths), ImageFiles(paths, background="black")
    unturned = ImageFiles(paths, exif_orientation=False)
    for digest in (fingerprint, content_digest):
        assert len({digest(data) for data in (white, black, unturned)}) == 3
        assert digest(white) == digest(ImageFiles(paths, on_error="skip", workers=2))
    assert (cached(white, tmp_path / "cache", 8, progress=False).read(0) == 255).all()
    assert (cached(black, tmp_path / "cache", 8, progress=False).read(0) == 0).all()
    assert "made anew" in caplog.text
