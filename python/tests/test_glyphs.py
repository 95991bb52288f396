"""Glyphs: deterministic, balanced, wholly inside, and no signs for missing characters."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bissl.data import fonts, glyphs
from bissl.data.fonts import font_files, usable_faces

CHARACTERS = "ABg7"


@pytest.fixture(scope="module")
def dejavu():
    """Font files that are the same wherever matplotlib is."""
    pytest.importorskip("matplotlib")
    return fonts._from_matplotlib()


def make(dejavu, label="character", **options):
    return glyphs(label, **{"characters": CHARACTERS, "fonts": dejavu, "count": 90, "side": 24} | options)


def test_the_same_arguments_give_the_same_images(dejavu):
    first, again, other = make(dejavu), make(list(reversed(dejavu))), make(dejavu, seed=1)
    assert first.images.shape == (90, 24, 24, 1) and first.images.dtype == np.uint8
    assert np.array_equal(first.images, again.images) and np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.images, other.images)
    assert np.array_equal(make(dejavu, count=50).images, first.images[:50])


@pytest.mark.parametrize("label", ["character", "family", "style"])
def test_classes_are_balanced_and_named(dejavu, label):
    data = make(dejavu, label)
    counts = np.bincount(data.labels, minlength=len(data.classes))
    assert counts.max() - counts.min() <= 1
    if label == "character":
        assert data.classes == tuple(sorted(CHARACTERS))
    else:
        assert {"family": "DejaVu Serif", "style": "Bold Oblique"}[label] in data.classes


def test_images_of_a_class_show_it(dejavu):
    # I is one upright stroke in a sans face, a dash one level stroke: the ink tells which is which.
    sans = [path for path in dejavu if Path(path).name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]
    data = glyphs("character", characters="I-", fonts=sans, count=40, side=32)
    for image, label in zip(data.images[..., 0].astype(int), data.labels):
        ground = np.bincount(image.ravel()).argmax()
        rows, columns = np.nonzero(abs(image - ground) > 48)
        assert data.classes[label] == ("I" if np.ptp(rows) > np.ptp(columns) else "-")


def test_ink_lies_inside_and_stands_out(dejavu):
    data = make(dejavu, characters="WMQ@", side=8, count=200)
    spread = np.ptp(data.images.reshape(200, -1).astype(int), axis=1)
    assert spread.min() >= 40 and spread.max() > 200  # thin strokes cover a pixel in part
    largest = make(dejavu, characters="WMQ@", side=64, count=200)
    assert np.ptp(largest.images.reshape(200, -1).astype(int), axis=1).min() >= 96


def test_sizes_places_and_grounds_vary(dejavu):
    data = make(dejavu, side=48)
    ground = np.median(data.images.reshape(90, -1), axis=1)
    assert len(np.unique(ground)) > 40
    boxes = set()
    for image, level in zip(data.images[..., 0], ground):
        rows, columns = np.nonzero(abs(image - level) > 48)
        boxes.add((rows.min(), columns.min(), np.ptp(rows)))
    assert len(boxes) > 80


def test_what_matplotlib_ships_is_the_same_everywhere():
    pytest.importorskip("matplotlib")
    faces = usable_faces("0123456789", "matplotlib")
    names = {Path(face.path).stem for face in faces}
    assert len(faces) == 22 and {"DejaVuSans", "STIXGeneral", "cmr10", "cmmi10"} <= names
    assert not names & {"cmex10", "cmsy10", "LastResortHE-Regular", "STIXSizOneSymReg"}, "these have signs, not digits"
    data = glyphs("family", side=8, characters="0123456789", fonts="matplotlib", count=220)
    assert data.images.shape == (220, 8, 8, 1)
    assert {"DejaVu Sans Mono", "DejaVu Serif", "STIXGeneral", "cmtt10"} <= set(data.classes) and len(
        data.classes
    ) == 10
    again = glyphs("family", side=8, characters="0123456789", fonts="matplotlib", count=220)
    assert np.array_equal(data.images, again.images)


def test_installed_fonts_do_not_count_beside_those_of_matplotlib(monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(fonts, "font_files", lambda: pytest.fail("installed fonts were looked for"))
    assert len(usable_faces("A", "matplotlib")) == 22
    with pytest.raises(ValueError, match='fonts: expected one of "?matplotlib'):
        usable_faces("A", "DejaVu Sans")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"its fonts needs matplotlib: pip install 'bissl\[plot\]'"):
        usable_faces("A", "matplotlib")


def test_fonts_that_matplotlib_lacks_or_that_are_none(monkeypatch, tmp_path):
    with pytest.raises(TypeError, match="fonts: expected files or folders in a list"):
        glyphs(fonts=tmp_path)
    monkeypatch.setattr(fonts, "_SHIPPED", (*fonts._SHIPPED, "Extra"))
    with pytest.raises(FileNotFoundError, match="this matplotlib comes without Extra"):
        glyphs(fonts="matplotlib")


def test_fonts_without_a_character_are_left_out(dejavu):
    def families(characters):
        return {face.family for face in usable_faces(characters, dejavu)}

    assert {"DejaVu Sans", "DejaVu Serif"} <= families("A")
    assert families("A\N{GEORGIAN CAPITAL LETTER AN}") < families("A")  # the display faces lack it
    with pytest.raises(ValueError, match="none of the .* fonts has all of the characters"):
        usable_faces("A\N{CUNEIFORM SIGN A}", dejavu)


def test_files_that_are_no_fonts_are_left_out(dejavu, tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"not a font")
    assert usable_faces("A", [tmp_path, *dejavu]) == usable_faces("A", dejavu)
    with pytest.raises(FileNotFoundError, match="found no .ttf or .otf files in .*nowhere.*fonts-dejavu-core"):
        usable_faces("A", [tmp_path / "nowhere"])


def test_where_fonts_are_looked_for(dejavu, monkeypatch, tmp_path):
    monkeypatch.setattr(fonts.shutil, "which", lambda name: None)
    monkeypatch.setattr(fonts, "FOLDERS", [str(tmp_path)])
    assert font_files() == dejavu
    (tmp_path / "deeper").mkdir()
    path = tmp_path / "deeper" / "a.TTF"
    path.write_bytes(b"")
    assert font_files() == [str(path)]
    monkeypatch.setattr(fonts.shutil, "which", lambda name: "fc-list")
    listed = subprocess.CompletedProcess([], 0, "/a/b.ttf\n/a/c.pfb\n/a/b.ttf\n")
    monkeypatch.setattr(fonts.subprocess, "run", lambda *_, **__: listed)
    assert font_files() == ["/a/b.ttf"]
    monkeypatch.setattr(fonts, "font_files", lambda: [])
    with pytest.raises(FileNotFoundError, match="no .* files on this machine; .*apt-get install fonts-dejavu-core"):
        glyphs()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"label": "charakter"}, 'did you mean "character"'),
        ({"side": 7}, "side: expected at least 8 pixels, got 7"),
        ({"characters": "AA"}, r"different characters that can be seen, got \['A'\] more than once"),
        ({"characters": "A B"}, r"that can be seen, got \[' '\]"),
        ({"characters": ""}, "that can be seen, got none"),
        ({"characters": "A"}, "label: all fonts and characters have one \"character\", 'A'"),
        ({"characters": ["A", "B"]}, "characters: expected text, .* got list"),
        ({"count": 3}, "count: expected at least one image for each of the 4 classes, got 3"),
    ],
)
def test_arguments_that_are_not(dejavu, options, text):
    with pytest.raises((ValueError, TypeError), match=text):
        make(dejavu, **options)
