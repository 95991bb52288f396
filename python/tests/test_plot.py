"""The pictures: what they show, and that nothing is shown or written by itself."""

import numpy as np
import pytest
from PIL import Image

import bissl
from bissl.data import ArrayDataset, ImageFiles, TwoViews, View, augment
from bissl.plot.views import displayable

pytest.importorskip("matplotlib")


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (5, 20, 24, 3)).astype(np.uint8)


def rows_of(figure):
    """The pictures, row by row of the figure."""
    panels = figure.get_axes()
    columns = len({panel.get_position().x0 for panel in panels}) or 1
    pictures = [panel.get_images()[0].get_array() for panel in panels]
    return [pictures[start : start + columns] for start in range(0, len(pictures), columns)]


def test_shows_originals_and_the_views_that_a_loader_makes(images):
    recipe = TwoViews.paper(16)
    figure = bissl.plot.views(images, n=5, augmentation=recipe, seed=3, epoch=2)
    originals, first, second = rows_of(figure)
    assert np.array_equal(originals, images)
    for index, (row, view) in enumerate(zip((first, second), recipe, strict=True)):
        expected = displayable(augment(images, np.arange(5), view, 3, 2, index), view)
        assert np.array_equal(row, expected)
    labels = [panel.get_ylabel() for panel in figure.get_axes()]
    assert [label for label in labels if label] == ["original", "view 1", "view 2"]


def test_undoes_the_normalisation(images):
    view = View(20, resize_shorter=20)
    shown = displayable(augment(images, np.arange(5), view), view)
    assert np.array_equal(shown, images[:, :, 2:22])


def test_titles_name_the_class(images):
    data = ArrayDataset(images, np.array([0, 1, 0, 1, 0]), ("cat", "a name that is much too long"))
    titles = [panel.get_title() for panel in bissl.plot.views(data, n=2, augmentation="small").get_axes()]
    assert titles[:2] == ["0: cat", "4: cat"]
    unnamed = ArrayDataset(images, np.array([0, 1, 0, 1, 0]))
    assert bissl.plot.views(unnamed, n=5).get_axes()[1].get_title() == "1: 1"


def test_files_of_different_sizes_and_few_images(images, tmp_path):
    for number in range(3):
        Image.fromarray(images[number][: 12 + number]).save(tmp_path / f"{number}.png")
    figure = bissl.plot.views(ImageFiles(sorted(tmp_path.iterdir())), n=8, augmentation=View(12))
    assert [len(row) for row in rows_of(figure)] == [3, 3]
    assert figure._repr_png_().startswith(b"\x89PNG")  # what a notebook asks for


def test_refuses(images):
    with pytest.raises(ValueError, match="n: expected a whole number of at least 1, got 0"):
        bissl.plot.views(images, n=0)
    with pytest.raises(ValueError, match='augmentation.*did you mean "paper"'):
        bissl.plot.views(images, augmentation="papier")
    with pytest.raises(TypeError, match="dataset: expected uint8 images"):
        bissl.plot.views(images / 255)


def test_says_which_extra_brings_matplotlib(run_python):
    done = run_python(
        """
        import sys
        import numpy as np
        import bissl
        assert "matplotlib" not in sys.modules  # imported when it is needed
        sys.modules["matplotlib"] = None
        try:
            bissl.plot.views(np.zeros((2, 8, 8, 3), np.uint8))
        except ImportError as error:
            print(error)
        """
    )
    assert done.stdout == "bissl.plot needs matplotlib: pip install 'bissl[plot]'\n", done.stderr
