"""Collections that Debian packages install: icon themes, clip art, stamps, emoji."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from dataset_files import WRITERS, write_clipart, write_emoji, write_icons, write_png, write_stamps, write_theme_index

import bissl
from bissl.cli import main
from bissl.data import Clipart, Emoji, IconThemes, Stamps, open_dataset
from bissl.errors import DataError, FileMissing, InvalidArgument, WrongType

POOLS = ("clipart", "emoji", "icons", "stamps")
PACKAGES = {
    "clipart": "openclipart-png",
    "emoji": "fonts-noto-color-emoji",
    "fashion-mnist": "dataset-fashion-mnist",
    "stamps": "tuxpaint-stamps-default",
}


def installed(*paths: str) -> pytest.MarkDecorator:
    missing = [path for path in paths if not Path(path).exists()]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


def everything(reader: type, root: Path, **options: object):
    return reader(root, "train+validation", test_share=0, **options)


def stems(dataset) -> list[str]:
    return [Path(dataset.source(i)).stem for i in range(len(dataset))]


# --- what all have in common


@pytest.mark.parametrize("name", POOLS)
def test_parts_are_drawn_by_class_and_keyed_by_the_seed(name, tmp_path):
    WRITERS[name](tmp_path)
    sources = {}
    for split, share in (("train+validation", 2 / 3), ("test", 1 / 3)):
        part = open_dataset(name, tmp_path, split)
        sources[split] = {part.source(i) for i in range(len(part))}
        whole = np.bincount(everything(type(part), tmp_path).labels)
        drawn = np.bincount(part.labels, minlength=len(whole))
        assert (np.abs(drawn - share * whole) < 1).all()
    assert not sources["train+validation"] & sources["test"]
    assert any(
        {other.source(i) for i in range(len(other))} != sources["test"]
        for other in (open_dataset(name, tmp_path, "test", seed=seed) for seed in (1, 2))
    )


@pytest.mark.parametrize("name", POOLS)
def test_without_a_test_share_all_pictures_are_for_training(name, tmp_path):
    WRITERS[name](tmp_path)
    reader = bissl.data.readers.registry.READERS[name][0]
    whole = everything(reader, tmp_path)
    assert len(whole) == sum(len(reader(tmp_path, split)) for split in ("train+validation", "test"))
    with pytest.raises(InvalidArgument, match="test_share: 0 leaves no test part"):
        reader(tmp_path, "test", test_share=0)
    with pytest.raises(InvalidArgument, match="test_share: expected at least 0 and below 1, got 1"):
        reader(tmp_path, test_share=1)


@pytest.mark.parametrize("name, package", PACKAGES.items())
def test_what_is_not_installed_names_its_package(name, package, tmp_path):
    with pytest.raises(FileMissing, match=f"apt-get install {package}` puts them into /usr/share.*give the folder"):
        open_dataset(name, tmp_path / "nowhere")


@pytest.mark.parametrize("name", PACKAGES)
def test_without_a_root_the_folder_of_the_package_is_taken(name, tmp_path, monkeypatch):
    reader = bissl.data.readers.registry.READERS[name][0]
    WRITERS[name](tmp_path)
    monkeypatch.setattr(reader, "package", bissl.data.readers.package.Package(("some",), str(tmp_path)))
    # Emoji tells the packages of its vendors alone; the folder is the same.
    assert len(open_dataset(name)) == len(reader()) == len(open_dataset(name, tmp_path))
    assert bissl.data.inspect_dataset(name).root == str(tmp_path)
    assert main(["data", "check", name, "--no-progress"]) == 0


def test_a_data_set_in_no_package_asks_for_its_folder(capsys):
    with pytest.raises(InvalidArgument, match="root: cifar10 is in no package; give the folder"):
        open_dataset("cifar10")
    with pytest.raises(InvalidArgument, match="root: MNIST is in no package"):
        bissl.data.MNIST()
    assert main(["data", "check", "folder"]) != 0
    assert "is in no package" in capsys.readouterr().err


@pytest.mark.parametrize("name", ("clipart", "icons", "stamps"))
def test_a_broken_picture_is_told_by_its_path(name, tmp_path):
    WRITERS[name](tmp_path)
    path = Path(open_dataset(name, tmp_path).source(2))
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(DataError, match=f"{path.name}: cannot be read as an image"):
        open_dataset(name, tmp_path).read(2)
    found = bissl.data.inspect_dataset(name, tmp_path)
    assert not found.sound and path.name in found.as_text()


def test_classes_of_few_pictures_are_left_out(tmp_path):
    write_clipart(tmp_path)
    for number in range(3):
        write_png(tmp_path / f"openclipart/png/tools/t_{number}.png", 800 + number)
    assert everything(Clipart, tmp_path).classes == ("animals", "food", "tools")
    some = everything(Clipart, tmp_path, least_per_class=4)
    assert some.classes == ("animals", "food") and np.bincount(some.labels).tolist() == [30, 30]
    with pytest.raises(DataError, match="two classes of 31 pictures.*the largest: 30 'animals'.*lower least_per_class"):
        everything(Clipart, tmp_path, least_per_class=31)


def test_a_subset_keeps_domains(tmp_path):
    write_icons(tmp_path)
    whole = everything(IconThemes, tmp_path)
    assert whole.themes == ("crayon", "pencil") and np.bincount(whole.domains).tolist() == [30, 30]
    few = whole.subset([59, 0])
    assert few.domains.tolist() == [1, 0]
    assert everything(Clipart, _written(write_clipart, tmp_path)).domains is None


def _written(write, root: Path) -> Path:
    write(root)
    return root


# --- icon themes


def test_icons_are_classified_by_name_context_or_theme(tmp_path):
    write_icons(tmp_path)
    by_name = everything(IconThemes, tmp_path)
    assert len(by_name.classes) == 30 and np.bincount(by_name.labels).tolist() == [2] * 30
    assert [by_name.classes[label] for label in by_name.labels] == stems(by_name)
    assert everything(IconThemes, tmp_path, label="context").classes == ("actions", "places")
    by_theme = everything(IconThemes, tmp_path, label="theme")
    assert by_theme.classes == ("crayon", "pencil") and (by_theme.labels == by_theme.domains).all()


@pytest.mark.parametrize("size, side", [(4, 8), (8, 8), (9, 16), (16, 16), (64, 16)])
def test_the_nearest_size_that_is_large_enough_is_taken(size, side, tmp_path):
    write_icons(tmp_path)
    icons = everything(IconThemes, tmp_path, size=size)
    assert {icons.size(i) for i in range(len(icons))} == {(side, side)}


def test_a_size_that_one_icon_lacks_is_taken_from_another_folder(tmp_path):
    write_icons(tmp_path)
    (tmp_path / "icons/crayon/8x8/actions/action-3.png").unlink()
    icons = everything(IconThemes, tmp_path, themes=["crayon"], label="context", size=8)
    sizes = {stem: icons.size(i) for i, stem in enumerate(stems(icons))}
    assert sizes["action-3"] == (16, 16) and sizes["action-4"] == (8, 8)


def test_aliases_and_copies_of_icons_are_left_out(tmp_path):
    write_icons(tmp_path)
    folder = tmp_path / "icons/crayon/16x16/places"
    (folder / "alias.png").symlink_to("place-0.png")
    shutil.copy(folder / "place-1.png", folder / "zcopy.png")
    (folder / "described.icon").write_text("[Icon Data]\n")
    (tmp_path / "icons/crayon/16x16/linked").symlink_to("actions")
    folders = {f"16x16/{name}": {"Size": 16, "Context": name.title()} for name in ("actions", "places", "linked")}
    write_theme_index(tmp_path / "icons/crayon", folders)
    icons = everything(IconThemes, tmp_path, themes=["crayon"], label="context")
    assert len(icons) == 30 and not {"alias", "zcopy"} & set(stems(icons)) and not icons.skipped_files


def test_contexts_have_one_spelling_and_large_scales_are_left_out(tmp_path):
    write_icons(tmp_path)
    theme = tmp_path / "icons/crayon"
    write_png(theme / "apps/a.png", 990, 16)
    write_png(theme / "loose/b.png", 991, 16)
    write_png(theme / "large/c.png", 992, 32)
    entries = {"apps": {"Size": 16, "Context": "Apps"}, "loose": {"Size": 16}, "gone": {"Size": 16}}
    entries |= {"large": {"Size": 16, "Scale": 2, "Context": "Apps"}}
    write_theme_index(theme, entries)
    icons = everything(IconThemes, tmp_path, themes=["crayon"], label="context")
    assert icons.classes == ("applications", "other") and sorted(stems(icons)) == ["a", "b"]


def test_a_theme_that_does_not_exist_is_told_the_nearest(tmp_path):
    write_icons(tmp_path)
    with pytest.raises(InvalidArgument, match=r'themes\[1\]: expected one of .*got "pensil"; did you mean "pencil"'):
        IconThemes(tmp_path, themes=["crayon", "pensil"])
    with pytest.raises(InvalidArgument, match='label: .*did you mean "context"'):
        IconThemes(tmp_path, label="contexts")
    with pytest.raises(FileMissing, match=r"oxygen/\n +index.theme +MISSING  \(`apt-get install oxygen-icon-theme`\)"):
        IconThemes(tmp_path, themes=["crayon", "oxygen"])
    for themes, error in (
        ("crayon", WrongType),
        ([1], WrongType),
        ([], InvalidArgument),
        (["crayon"] * 2, InvalidArgument),
    ):
        with pytest.raises(error, match="themes: expected"):
            IconThemes(tmp_path, themes=themes)


def test_a_theme_without_png_files_is_refused_where_it_was_asked_for(tmp_path):
    write_icons(tmp_path)
    for path in (tmp_path / "icons/pencil").rglob("*.png"):
        path.rename(path.with_suffix(".svg"))
    with pytest.raises(DataError, match="pencil: expected an icon theme in PNG files, got 60 .svg; take others"):
        IconThemes(tmp_path, themes=["pencil"], label="context")
    assert IconThemes(tmp_path, label="context").themes == ("crayon",)
    with pytest.raises(DataError, match='60 classes has one picture|30 classes has one picture.*label="context"'):
        IconThemes(tmp_path)
    with pytest.raises(DataError, match="hicolor: expected an icon theme in PNG files, got no pictures at all"):
        IconThemes(tmp_path, themes=["hicolor"])


@pytest.mark.parametrize(
    "content, told",
    [
        ("", r"has a section \[Icon Theme\]"),
        ("Directories=8x8/places", "contains no section headers"),
        ("[Icon Theme]\nDirectories=8x8/places\n[8x8/places]\nSize=large\n", "expected Size of .* got 'large'"),
        ("[Icon Theme]\nDirectories=8x8/places\n[8x8/places]\nContext=Places\n", "expected Size of .* got ''"),
        ("[Icon Theme]\nDirectories=8x8/places\n[8x8/places]\nSize=99999999999\n", "1 to 4096, got '99999999999'"),
        ("[Icon Theme]\nDirectories=../../secret\n[../../secret]\nSize=8\n", "expected names of files inside"),
        (b"\xff\xfe[", "expected a text file in UTF-8"),
    ],
)
def test_a_broken_index_is_told(content, told, tmp_path):
    write_icons(tmp_path)
    index = tmp_path / "icons/crayon/index.theme"
    index.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=f"(?s)index.theme.*{told}"):
        IconThemes(tmp_path, label="context")


# --- pictures in groups


def test_clip_art_leaves_out_icons_stars_aliases_and_copies(tmp_path):
    write_clipart(tmp_path)
    folder = tmp_path / "openclipart/png"
    shutil.copy(folder / "food/f_03.png", folder / "food/z.png")
    drawings = everything(Clipart, tmp_path)
    assert drawings.classes == ("animals", "food") and len(drawings) == 60
    assert not {"alias", "i", "z"} & set(stems(drawings))
    assert everything(Clipart, tmp_path, leave_out=["animals/birds"]).classes == ("animals", "computer", "food")
    assert len(everything(Clipart, tmp_path, leave_out=["animals/birds"])) == 46
    with pytest.raises(WrongType, match="leave_out: expected a list of folders"):
        Clipart(tmp_path, leave_out="shapes")


def test_stamps_leave_out_variants_and_are_not_warned_of_sounds(tmp_path):
    write_stamps(tmp_path)
    stamps = everything(Stamps, tmp_path)
    assert stamps.classes == ("animals", "food") and len(stamps) == 30 and not stamps.skipped_files
    (tmp_path / "tuxpaint/stamps/food/notes.doc").write_text("")
    assert everything(Stamps, tmp_path).skipped_files == {".doc": 1}


# --- emoji


def test_emoji_of_a_font_are_drawn_in_its_colours_on_the_background(tmp_path):
    write_emoji(tmp_path)
    emoji = everything(Emoji, tmp_path)
    assert emoji.classes == ("Emoticons", "Transport and Map Symbols") and len(emoji) == 30
    assert emoji.source(0).endswith("NotoColorEmoji.ttf: U+1F600") and emoji.image_shape is None
    image = emoji.read(0)
    assert image.ndim == 3 and image.shape[0] == image.shape[1] == emoji.size(0)[0]
    assert (image[len(image) // 2, 5] == [255, 0, 0]).all() and (image[0] == 255).all()
    dark = everything(Emoji, tmp_path, background="black").read(0)
    colours = {tuple(pixel) for pixel in dark.reshape(-1, 3).tolist()}
    assert colours <= {(red, 0, 0) for red in range(256)}


def test_vendors_draw_the_same_characters(tmp_path):
    write_emoji(tmp_path)
    both = everything(Emoji, tmp_path, vendors=["gemojione", "noto"], label="character", least_per_class=2)
    assert len(both.classes) == 30 and both.classes[0] == "U+1F600" and np.bincount(both.labels).tolist() == [2] * 30
    assert both.vendors == ("gemojione", "noto") and np.bincount(both.domains).tolist() == [30, 30]
    assert both.source(0).endswith("1F600.png") and both.read(0).shape == (64, 64, 3)
    assert everything(Emoji, tmp_path, vendors=["gemojione", "noto"], label="vendor").classes == ("gemojione", "noto")


def test_what_is_wrong_with_vendors_is_told(tmp_path):
    write_emoji(tmp_path)
    with pytest.raises(InvalidArgument, match=r'vendors\[0\]: .*did you mean "noto"'):
        Emoji(tmp_path, vendors=["notto"])
    for vendors, error in (("noto", WrongType), ([], InvalidArgument), (["noto", "noto"], InvalidArgument)):
        with pytest.raises(error, match="vendors: expected"):
            Emoji(tmp_path, vendors=vendors)
    with pytest.raises(FileMissing, match=r"Symbola_hint.ttf +MISSING  \(`apt-get install fonts-symbola`\)"):
        Emoji(tmp_path, vendors=["noto", "symbola"])
    (tmp_path / "fonts/truetype/noto/NotoColorEmoji.ttf").write_bytes(b"\0\1\0\0")
    with pytest.raises(DataError, match="NotoColorEmoji.ttf: U.10FFFF cannot be drawn with this font"):
        Emoji(tmp_path)


def test_emoji_are_drawn_by_several_threads(tmp_path):
    write_emoji(tmp_path)
    emoji = everything(Emoji, tmp_path)
    views, order = bissl.data.View(16, resize_shorter=16), bissl.data.Sequential(len(emoji), batch_size=10)
    with bissl.data.Loader(emoji, order, views, workers=4) as loader:
        batches = [batch.views[0] for batch in loader]
    with bissl.data.Loader(emoji, order, views, workers=1) as loader:
        for ours, alone in zip(batches, loader, strict=True):
            np.testing.assert_array_equal(ours, alone.views[0])


# --- the packages themselves


@installed("/usr/share/icons/Tango/index.theme", "/usr/share/icons/oxygen/index.theme")
def test_the_packages_of_icon_themes():
    icons = everything(IconThemes, None, themes=["Tango", "oxygen"], least_per_class=2)
    assert {"folder", "document-open"} <= set(icons.classes) and np.bincount(icons.labels).max() >= 2
    assert min(icons.size(0)) >= 16
    contexts = everything(IconThemes, None, themes=["oxygen"], label="context")
    assert {"actions", "applications", "mimetypes", "places"} <= set(contexts.classes) and len(contexts) > 1000


@installed("/usr/share/openclipart/png")
def test_the_package_of_clip_art():
    drawings = everything(Clipart, None)
    assert len(drawings) > 3000 and {"animals", "food", "people"} <= set(drawings.classes)


@installed("/usr/share/tuxpaint/stamps/animals")
def test_the_package_of_stamps():
    stamps = everything(Stamps, None, least_per_class=30)
    assert len(stamps) > 600 and {"animals", "food", "vehicles"} <= set(stamps.classes)


@installed("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
def test_the_package_of_emoji():
    emoji = everything(Emoji, None)
    assert len(emoji) > 1000
    face = emoji.read(next(i for i in range(len(emoji)) if emoji.source(i).endswith("U+1F600")))
    red, green, blue = face[60, 30]
    assert red > 200 and green > 150 and blue < 120  # a yellow face
