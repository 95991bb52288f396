"""Pages and figures from made-up records."""

import base64
import re
from xml.etree import ElementTree

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from bissl import plot
from bissl.report import Page


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
        lambda: plot.accuracies({"fine-tuned": {"FT": [90.0, 91.0], "BiSSL": [92.0]}}),
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
