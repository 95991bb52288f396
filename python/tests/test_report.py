"""Pages and figures from made-up records."""

import base64
import re
import warnings
from xml.etree import ElementTree

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from bissl import plot
from bissl.experiments.report import Page


def record(number, steps=3, iterations=4):
    draw = np.random.default_rng(number)
    return {
        "alternation": number,
        "lower_loss": draw.random(steps).tolist(),
        "regularizer": draw.random(steps).tolist(),
        "loss_at_theta_p": draw.random(steps).tolist(),
        "loss_at_theta_d": draw.random(steps).tolist(),
        "v_norm": (1 + draw.random(steps)).tolist(),
        "v_ij_norm": draw.random(steps).tolist(),
        "residuals": (1 + draw.random((steps, iterations + 1))).tolist(),
        "curvature": draw.normal(size=(steps, iterations)).tolist(),
    }


HISTORY = [record(n) for n in range(5)]


def images(html):
    found = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    return [base64.b64decode(data) for data in found]


@pytest.mark.parametrize(
    "figure",
    [
        lambda: plot.levels({"a": [HISTORY, HISTORY], "b": [HISTORY]}),
        lambda: plot.solves([HISTORY, HISTORY]),
        lambda: plot.pretraining([{"epoch": e, "loss": 1.0 / (e + 1), "gradient_norm": 1.0} for e in range(4)]),
        lambda: plot.accuracies({"fine-tuned": {"FT": [0.90, 0.91], "BiSSL": [0.92]}}),
        lambda: plot.embeddings({"x": np.random.rand(20, 2), "y": np.random.rand(20, 2)}, np.arange(20) % 10),
    ],
)
def test_figures_become_images_inside_the_file(figure):
    page = Page("title")
    page.figure(figure(), "a caption")
    (svg,) = images(page.html())
    assert ElementTree.fromstring(svg).tag.endswith("svg")


def test_text_is_escaped():
    page = Page("<b>title</b>")
    page.paragraph("a < b & c")
    page.table(("x", "<y>"), [("row", '"1"')])
    html = page.html()
    assert "<b>title" not in html and "a &lt; b &amp; c" in html and "&lt;y&gt;" in html


def test_equal_figures_give_equal_files():
    def html():
        page = Page("t")
        page.figure(plot.solves([HISTORY]), "c")
        return page.html()

    assert html() == html()


def test_the_page_needs_nothing_outside_it():
    page = Page("t")
    page.figure(plot.levels({"a": [HISTORY]}), "c")
    outside = re.findall(r'(?:href|src)="(?!data:)', page.html())
    assert not outside and "<script" not in page.html()


def ragged(iterations):
    """A run's history: per alternation and upper step, how many iterations its solve took."""
    return [
        record(number, len(steps))
        | {
            "residuals": [[2.0, *(1.0 / (i + 1) for i in range(n))] for n in steps],
            "curvature": [[float(n)] * n for n in steps],
        }
        for number, steps in enumerate(iterations)
    ]


def drawn(panel):
    return [line.get_ydata() for line in panel.get_lines() if len(line.get_ydata()) > 2]


def test_solves_and_runs_of_different_lengths_are_drawn():
    # Early stops end runs, tolerances end solves: three alternations and two, one to three iterations.
    runs = [ragged([[3, 1], [2, 2], [1, 3]]), ragged([[1, 1], [1]])]
    figure = plot.solves(runs)
    _, curvature, length = figure.get_axes()
    first, second, third = drawn(curvature)
    np.testing.assert_allclose(first, [(3 + 1 + 1 + 1) / 4, (2 + 2 + 1) / 3, 2])
    np.testing.assert_allclose(second, [3, 2, 3])
    np.testing.assert_allclose(third, [3, np.nan, 3])
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert plot.levels({"a": runs})._repr_png_()
    alone = plot.solves(ragged([[2], [1]])).get_axes()[1].get_lines()
    assert alone[1].get_marker() == ".", "a value without neighbours would not be seen as a line"


UNSOLVED = HISTORY[0] | {key: [[] for _ in HISTORY[0]["v_norm"]] for key in ("residuals", "curvature")}


@pytest.mark.parametrize(
    "histories",
    [[], [[]], [[], HISTORY], [ragged([[0], [0]])], [[UNSOLVED]]],
)
def test_runs_without_solves_or_records_are_drawn(histories):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in (
            plot.solves(histories),
            plot.levels({"a": histories}),
            plot.finetuning({}),
            plot.pretraining([]),
        ):
            assert figure._repr_png_().startswith(b"\x89PNG")


def test_what_solves_nothing_has_no_verdict():
    from bissl.experiments.report.solves import solve_rows

    record = {"verdict": ["not converged", "not converged"], "products": [0, 0], "true_residual": [None, None]}
    record |= {"damping": [None, None], "v_cosine": [1.0, 1.0], "v_ij_norm": [2.0, 2.0], "v_norm": [2.0, 2.0]}
    solved = record | {"verdict": ["converged", "not converged"], "products": [4, 4], "true_residual": [0.05, 0.2]}
    nothing, something = solve_rows({"identity": [[record]], "implicit": [[solved]]})
    assert nothing[1] == "nothing is solved" and something[1] == "1 converged, 1 not converged"
