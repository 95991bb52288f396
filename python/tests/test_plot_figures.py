"""All figures of `bissl.plot`: what they draw, that their axes are named, that nothing warns."""

import warnings

import numpy as np
import pytest

pytest.importorskip("matplotlib")

import bissl
from bissl import plot
from bissl.analysis import Alignment, Embedding, ResidualCurve, Similarity, Spectrum, conditioning
from bissl.statistics import Comparison, Counts, Fractions, MetaAnalysis

DRAW = np.random.default_rng(0)
POINTS = {"pretrained": DRAW.normal(size=(40, 2)), "BiSSL": DRAW.normal(size=(40, 2)) + 5}
LABELS = np.arange(40) % 10
SPECTRUM = Spectrum(np.array([-30.0, -2.0, 5.0, 90.0]), np.eye(4), np.zeros(4), 40)
CURVE = ResidualCurve(1e-3, 10.0, True, np.array([1, 0.5, 0.2]), np.array([1, 0.6, 0.4]), np.array([3.0, 2.0]))
EPOCHS = [{"epoch": e, "loss": 1 / (e + 1), "gradient_norm": 1.0, "validation": 0.1 * e} for e in range(4)]


def similarity(*values):
    return Similarity(values)


ALIGNMENTS = {
    name: Alignment(similarity(0.9, 0.92), similarity(low, low + 0.1), {"conv1.weight": similarity(low, 0.9)})
    for name, low in (("pretrained", 0.4), ("BiSSL", 0.8))
}
ALTERNATION = {
    "lower_loss": [3.0, 2.0], "regularizer": [0.0, 0.1], "loss_at_theta_p": [2.0], "loss_at_theta_d": [1.0],
    "v_norm": [1.0], "v_ij_norm": [0.9], "residuals": [[1.0, 0.5, 0.25]], "curvature": [[1.0, -2.0]],
}  # fmt: skip
HISTORY = [{"alternation": number} | ALTERNATION for number in range(3)]
#: Upper steps whose v is 0.
NOTHING = ALTERNATION | {"alternation": 3, "v_norm": [0.0], "v_ij_norm": [0.0], "residuals": [[]], "curvature": [[]]}

COMPARISONS = {name: Comparison.of([0.9, 0.92, low], [0.8, 0.83, 0.81]) for name, low in (("A", 0.91), ("B", 0.8))}
POOLED = MetaAnalysis.of(*zip(*((c.difference, c.model.standard_error) for c in COMPARISONS.values())))

FIGURES = {
    "accuracies": lambda: plot.accuracies({"fine-tuned": {"FT": [0.90, 0.91], "BiSSL": [0.92]}}),
    "conditioning": lambda: plot.conditioning(conditioning(SPECTRUM, [1e-3, 1.0], [10.0, 100.0])),
    "differences": lambda: plot.differences(COMPARISONS, POOLED),
    "duration_sweep": lambda: plot.duration_sweep({10: [0.1, 0.2], 20: [0.3]}, {10: [0.1], 20: [0.2]}),
    "embeddings": lambda: plot.embeddings(POINTS, LABELS),
    "finetuning": lambda: plot.finetuning({"FT": EPOCHS, "BiSSL": EPOCHS}),
    "lam_sweep": lambda: plot.lam_sweep({1e-3: [0.1, 0.2], 1e-2: [0.3]}, [0.1, 0.15]),
    "layers": lambda: plot.layers(ALIGNMENTS),
    "levels": lambda: plot.levels(HISTORY),
    "pretraining": lambda: plot.pretraining(EPOCHS),
    "residuals": lambda: plot.residuals([CURVE]),
    "similarities": lambda: plot.similarities(ALIGNMENTS),
    "scatter": lambda: plot.scatter({"digits": {"FT": ([2.0, 2.1], [91.0, 92.0])}}, "seconds", "test accuracy (%)"),
    "solves": lambda: plot.solves([*HISTORY, NOTHING]),
    "spectrum": lambda: plot.spectrum(SPECTRUM, shift=10.0),
    "sweep": lambda: plot.sweep({"BiSSL": {1: [0.1], 5: [0.2, 0.3]}}, "upper steps N_U"),
}


#: Axes whose ticks are names, and say all.
CATEGORIES = {"accuracies": "x", "differences": "y", "similarities": "x", "spectrum": "y"}


@pytest.mark.parametrize("name", FIGURES)
def test_every_axis_is_named_and_nothing_warns(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = FIGURES[name]()
        assert figure._repr_png_().startswith(b"\x89PNG")
    for panel in figure.get_axes():
        assert panel.get_xlabel() or "x" in CATEGORIES.get(name, "")
        assert panel.get_ylabel() or "y" in CATEGORIES.get(name, "")


def test_all_figures_are_covered():
    assert set(plot.__all__) == set(FIGURES) | {"detections", "reconstructions", "segmentations", "views"}


def test_settings_of_matplotlib_stay():
    import matplotlib

    before = dict(matplotlib.rcParams)
    plot.pretraining(EPOCHS)
    assert dict(matplotlib.rcParams) == before


def test_maps_of_a_shared_embedding_have_the_same_limits():
    shared = plot.embeddings(Embedding(POINTS, True, "scikit-learn", 30.0), LABELS, notes={"BiSSL": "kNN 90 %"})
    first, second = shared.get_axes()
    assert first.get_xlim() == second.get_xlim() and first.get_ylim() == second.get_ylim()
    assert second.get_title() == "BiSSL\nkNN 90 %"
    apart = plot.embeddings(POINTS, LABELS).get_axes()
    assert apart[0].get_xlim() != apart[1].get_xlim()


def test_classes_differ_by_colour_or_marker():
    panel = plot.embeddings({"x": POINTS["BiSSL"]}, LABELS, classes=list("abcdefghij")).get_axes()[0]
    looks = {(tuple(dots.get_facecolor()[0]), dots.get_paths()[0].vertices.tobytes()) for dots in panel.collections}
    assert len(looks) == 10
    assert [dots.get_label() for dots in panel.collections] == list("abcdefghij")


def test_bars_have_the_heights_and_deviations_of_table_9():
    (panel,) = plot.similarities(ALIGNMENTS).get_axes()
    assert [bar.get_height() for bar in panel.patches] == pytest.approx([91, 45, 91, 85])
    assert {"91.0", "45.0", "85.0"} <= {text.get_text() for text in panel.texts}


def test_sweeps_draw_means_in_order_and_the_baseline():
    (panel,) = plot.lam_sweep({1e-2: [0.03], 1e-3: [0.01, 0.02]}, [0.01, 0.02]).get_axes()
    curve = next(line for line in panel.get_lines() if line.get_marker() == "o")
    assert curve.get_xdata().tolist() == [1e-3, 1e-2] and curve.get_ydata() == pytest.approx([1.5, 3.0])
    assert panel.get_xscale() == "log"
    assert any(line.get_linestyle() == "--" and line.get_ydata()[0] == pytest.approx(1.5) for line in panel.get_lines())


def test_other_measures_are_drawn_in_their_own_unit():
    (panel,) = plot.sweep({"BiSSL": {1: [3, 4], 5: [2.0]}}, "N_U", "downstream loss").get_axes()
    assert panel.get_lines()[0].get_ydata().tolist() == [3.5, 2.0] and panel.get_ylabel() == "downstream loss"


def test_scores_are_drawn_in_per_cent_however_they_are_given():
    # What score() returns was drawn as 0.9 on an axis in per cent.
    arms = {"score()": [0.92, 0.94], "counts": Counts([460, 470], 500), "fractions": Fractions([0.92, 0.94])}
    (panel,) = plot.accuracies({"fine-tuned": arms}).get_axes()
    for line in panel.get_lines():
        assert line.get_ydata() == pytest.approx([92, 94])
    assert panel.get_ylabel() == "test accuracy (%)"
    for draw in (lambda v: plot.accuracies({"m": {"FT": v}}), lambda v: plot.lam_sweep({0.1: v})):
        with pytest.raises(ValueError, match="expected scores in 0..1 as .* got 94; divide per cent by 100"):
            draw([92.0, 94.0])
        with pytest.raises(TypeError, match=r"got the integers \[460, 470\]; say of how many images"):
            draw([460, 470])
    with pytest.raises(ValueError, match="groups: expected at least one measure"):
        plot.accuracies({})


def test_differences_are_in_points_with_the_pooled_ones_below():
    (panel,) = plot.differences(COMPARISONS | {"C": Comparison.of([0.5], [0.4])}, POOLED).get_axes()
    assert [tick.get_text() for tick in panel.get_yticklabels()][-2:] == ["all, fixed effect", "all, random effects"]
    (first,) = panel.get_lines()[0].get_xdata()
    assert first == pytest.approx(100 * COMPARISONS["A"].difference)
    assert len(panel.collections) == 4, "one run against one has no interval"
    low, high = panel.collections[0].get_segments()[0][:, 0]
    assert (low, high) == pytest.approx([100 * end for end in COMPARISONS["A"].interval])
    with pytest.raises(ValueError, match="comparisons: expected at least one"):
        plot.differences({})


def test_runs_of_one_epoch_are_seen():
    (loss, _) = plot.pretraining(EPOCHS[:1]).get_axes()
    assert loss.get_lines()[0].get_marker() == "."
    assert plot.levels(HISTORY[:1]).get_axes()[0].get_lines()[0].get_marker() == "."
    assert plot.pretraining(EPOCHS).get_axes()[0].get_lines()[0].get_marker() == "None"


def test_conditioning_breaks_off_where_the_system_is_indefinite():
    _, number = plot.conditioning(conditioning(SPECTRUM, 0.0, [10.0, 100.0])).get_axes()
    (curve,) = number.get_lines()
    np.testing.assert_allclose(curve.get_ydata(), [np.nan, 1.9 / 0.7])


def test_reconstructions_show_what_was_seen_and_what_was_made():
    vit = bissl.VisionTransformer(image_size=8, patch_size=4, width=8, depth=1, heads=2)
    mae = bissl.MAE(vit, decoder_width=8, decoder_depth=1, decoder_heads=2, mask_ratio=0.5)
    images = np.random.default_rng(0).normal(size=(5, 8, 8, 3)).astype(np.float32)
    noise = np.tile([0.1, 0.9, 0.2, 0.8], (5, 1))  # the left patches are kept
    figure = plot.reconstructions(mae, images, n=3, noise=noise, mean=(0.5,) * 3, std=(0.25,) * 3)
    pictures = [np.asarray(panel.get_images()[0].get_array()) for panel in figure.get_axes()]
    original, seen, completed = pictures[0], pictures[3], pictures[6]
    assert len(pictures) == 9
    np.testing.assert_allclose(original, np.clip(images[0] / 4 + 0.5, 0, 1), atol=1e-6)
    assert np.array_equal(seen[:, :4], original[:, :4]) and np.all(seen[:, 4:] == 0.5)
    np.testing.assert_allclose(completed[:, :4], original[:, :4], atol=1e-6)
    assert not np.allclose(completed[:, 4:], original[:, 4:], atol=1e-2)
    assert [panel.get_ylabel() for panel in figure.get_axes()][::3] == ["original", "seen", "completed"]


def test_refuses():
    with pytest.raises(ValueError, match=r"points\['x'\]: expected shape \(40, 2\), got \(3, 2\)"):
        plot.embeddings({"x": np.zeros((3, 2))}, LABELS)
    with pytest.raises(ValueError, match=r"runs\['BiSSL'\]\[0.001\]: expected the accuracy of at least one run"):
        plot.lam_sweep({1e-3: []})


IMAGES = np.zeros((2, 8, 8, 3), np.uint8)
PAIR = {"a": np.zeros((2, 2))}
BOXES = {"boxes": [[0, 0, 4, 4]], "labels": [0], "scores": [0.9]}


@pytest.mark.parametrize(
    "draw, text",
    [
        (lambda: plot.similarities({}), "alignments: expected at least one, got none"),
        (lambda: plot.similarities(ALIGNMENTS["BiSSL"]), "alignments: expected {name: Alignment}"),
        (lambda: plot.layers({}), "alignments: expected at least one, got none"),
        (lambda: plot.residuals([]), "curves: expected at least one, got none"),
        (lambda: plot.residuals({}), "curves: expected at least one, got none"),
        (lambda: plot.residuals(5), "curves: expected {name: ResidualCurve}"),
        (lambda: plot.residuals([5]), "curves: expected {name: ResidualCurve}"),
        (lambda: plot.spectrum({}), "spectra: expected at least one, got none"),
        (lambda: plot.spectrum(None), "spectra: expected {name: Spectrum}"),
        (lambda: plot.spectrum(SPECTRUM, shift="a"), "shift: expected a number, got str"),
        (lambda: plot.conditioning(SPECTRUM), "found: expected what bissl.analysis.conditioning gives, got Spectrum"),
        (lambda: plot.differences({"a": 5}), "comparisons: expected {name: Comparison}"),
        (lambda: plot.differences(COMPARISONS, 5), "pooled: expected a bissl.statistics.MetaAnalysis, got int"),
        (lambda: plot.sweep({}, "x"), "runs: expected at least one arm, and at least one setting of each"),
        (lambda: plot.sweep({"a": {}}, "x"), "runs: expected at least one arm, and at least one setting of each"),
        (lambda: plot.lam_sweep({}), "runs: expected at least one arm, and at least one setting of each"),
        (lambda: plot.lam_sweep(5), "runs: expected {arm: {setting: scores}}"),
        (lambda: plot.sweep({"a": {1: [0.5], "b": [0.5]}}, "x"), r"runs\['a'\]: expected numbers as settings"),
        (lambda: plot.sweep({"a": {1: ["b"]}}, "x", "y"), r"runs\['a'\]\[1\]: expected one number per run"),
        (lambda: plot.sweep({"a": {1: [0.5]}}, "x", baselines=5), "baselines: expected {arm: scores}, got int"),
        (
            lambda: plot.layers({"a": Alignment(similarity(1), similarity(1), {})}),
            "similarity of at least one parameter",
        ),
        (lambda: plot.embeddings({}, []), "points: expected the map of at least one backbone"),
        (lambda: plot.embeddings(np.zeros((2, 2)), [0, 1]), "points: expected what bissl.analysis.embed gives"),
        (lambda: plot.embeddings({"a": np.zeros((0, 2))}, []), "labels: expected one label per image of at least one"),
        (lambda: plot.embeddings({"a": np.full((2, 2), np.nan)}, [0, 1]), r"points\['a'\]: expected finite values"),
        (lambda: plot.embeddings(PAIR, ["a", "b"], classes=["x", "y"]), "labels: expected integer labels from 0"),
        (
            lambda: plot.embeddings(PAIR, [0, 2], classes=["x", "y"]),
            "labels: expected labels in 0 to 1, got 2 at index 1",
        ),
        (lambda: plot.finetuning(EPOCHS), "histories: expected {arm: history_}, .* got list"),
        (
            lambda: plot.finetuning({"FT": 5}),
            r"histories\['FT'\]: expected the history_ of a fitted bissl.FineTune, got int",
        ),
        (
            lambda: plot.levels(EPOCHS),
            "history_ of a bissl.BiSSL, got one without alternation, lower_loss, .* at index 0",
        ),
        (
            lambda: plot.levels({"BiSSL": HISTORY}),
            r"histories\['BiSSL'\]\[0\]: expected the history_ of a fitted .* got dict",
        ),
        (lambda: plot.levels({"BiSSL": None}), r"histories\['BiSSL'\]: expected a list of the history_ of each run"),
        (
            lambda: plot.solves(EPOCHS),
            "histories: expected the history_ of a bissl.BiSSL, got one without alternation, resid",
        ),
        (lambda: plot.solves([HISTORY, EPOCHS]), r"histories\[1\]: expected the history_ of a bissl.BiSSL"),
        (
            lambda: plot.solves(None),
            "histories: expected the history_ of one bissl.BiSSL, or a list of several, got NoneType",
        ),
        (
            lambda: plot.pretraining(bissl.Pretrain()),
            "history: expected the history_ of a fitted bissl.Pretrain, got Pretrain",
        ),
        (
            lambda: plot.pretraining(HISTORY),
            "history: expected the history_ of a bissl.Pretrain, got one without epoch",
        ),
        (lambda: plot.detections(IMAGES, [], n=2.5), "n: expected a whole number of at least 1"),
        (lambda: plot.detections(IMAGES, 5), "predictions: expected a list of boxes and labels by image, got int"),
        (lambda: plot.detections(IMAGES, [BOXES] * 2, threshold="a"), "threshold: expected a number"),
        (
            lambda: plot.detections(IMAGES, [BOXES | {"labels": [-1]}] * 2),
            r"\['labels'\]: expected labels in 0 and up, got -1",
        ),
        (
            lambda: plot.detections(IMAGES, [{"boxes": np.zeros((4, 2)), "labels": [0, 0], "scores": [1, 1]}] * 2),
            r"predictions\[0\]: expected boxes \(n, 4\)",
        ),
        (lambda: plot.segmentations(IMAGES, None), "predicted: expected a list of label maps, got NoneType"),
        (
            lambda: plot.segmentations(IMAGES, np.zeros((2, 8, 8), int), n=1.5),
            "n: expected a whole number of at least 1",
        ),
        (
            lambda: plot.segmentations(IMAGES, np.full((2, 8, 8), -1), classes=("a", "b")),
            r"predicted\[0\]: expected class numbers 0 to 255, got -1 at \(0, 0\)",
        ),
    ],
)
def test_what_cannot_be_drawn_is_named(draw, text):
    with pytest.raises((bissl.errors.InvalidArgument, bissl.errors.WrongType), match=text):
        draw()


def test_a_stage_stands_for_its_history():
    class Fitted:
        history_ = EPOCHS

    class Aligned:
        history_ = HISTORY

    assert len(plot.pretraining(Fitted()).axes) == len(plot.finetuning({"FT": Fitted()}).axes) == 2
    for drawn in (plot.levels(Aligned()), plot.levels({"BiSSL": [Aligned()]})):
        assert len(drawn.axes[0].get_lines()) == 1
    for drawn in (plot.solves(Aligned()), plot.solves([Aligned(), HISTORY])):
        assert len(drawn.axes[0].get_lines()) == 3


def test_the_end_of_a_history_keeps_its_alternations():
    later = [{"alternation": 10 + number} | ALTERNATION for number in range(3)]
    for panel in plot.levels(later).axes:
        assert panel.get_lines()[0].get_xdata().tolist() == [10, 11, 12]
    for panel in plot.solves([later, later[1:]]).axes:
        assert panel.get_lines()[0].get_xdata().tolist() == [10, 11, 12]


def test_residuals_are_those_over_v_wherever_a_solve_began():
    warm = ALTERNATION | {"alternation": 0, "v_norm": [2.0], "residuals": [[0.002, 0.001, 0.0005]]}
    lines = plot.solves([warm]).axes[0].get_lines()
    assert [line.get_ydata()[0] for line in lines[:2]] == pytest.approx([0.0005, 0.00025])


def test_accuracies_of_no_measure_say_what_is_expected():
    with pytest.raises(TypeError, match="groups: expected {measure: {arm: scores}}"):
        bissl.plot.accuracies({"FT": [0.9]})


def test_segmentations_show_classes_and_what_is_left_out():
    images = [np.full((20, 30, 3), 100, np.uint8), np.full((25, 16, 3), 50, np.uint8)]
    labels = [np.zeros((20, 30), int), np.full((25, 16), 255)]
    labels[0][:10] = 2
    predictions = [np.zeros((20, 30), int), np.full((25, 16), 1)]
    figure = plot.segmentations(images, predictions, labels, classes=("ground", "disk", "cross"))
    panels = [panel.images[0].get_array() for panel in figure.axes]
    assert len(panels) == 6
    assert (panels[0] == images[0]).all()
    drawn = panels[2]
    assert (drawn[0] != drawn[-1]).any() and (drawn[-1] == panels[4][-1]).all()
    assert (panels[3] > 150).all(), "left out is white"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["ground", "disk", "cross"]
    with pytest.raises(
        ValueError, match=r"predicted\[1\]: expected integers of the image's height and width \(25, 16\)"
    ):
        plot.segmentations(images, predictions[:1] * 2)
    with pytest.raises(ValueError, match="predicted: expected a label map for each of 2 images, got 1"):
        plot.segmentations(images, predictions[:1])


def test_detections_show_boxes_classes_and_scores():
    images = [np.full((20, 30, 3), 100, np.uint8), np.full((25, 16, 3), 50, np.uint8)]
    objects = [
        {"boxes": [[2, 3, 12, 13], [0, 0, 30, 20]], "labels": [0, 2], "difficult": [False, True]},
        {"boxes": [], "labels": []},
    ]
    found = [
        {
            "boxes": np.array([[2, 3, 12, 12.0], [5, 5, 9, 9]]),
            "labels": np.array([0, 1]),
            "scores": np.array([0.9, 0.2]),
        },
        {"boxes": np.zeros((0, 4)), "labels": np.zeros(0, int), "scores": np.zeros(0)},
    ]
    figure = plot.detections(images, found, objects, classes=("disk", "square", "cross"))
    counts = [len(panel.patches) for panel in figure.axes]
    assert counts == [2, 0, 1, 0]
    first, difficult = figure.axes[0].patches
    assert (first.get_x(), first.get_y(), first.get_width(), first.get_height()) == (1.5, 2.5, 10, 10)
    assert first.get_linestyle() == "-" and difficult.get_linestyle() == "--"
    assert [text.get_text() for text in figure.axes[2].texts] == ["0.90"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["disk", "cross"]
    data = bissl.data.ImageList(images, objects, classes=("a", "b", "c"))
    assert len(plot.detections(data, found, n=1, threshold=0.0).axes) == len(plot.detections(data).axes) == 2
    with pytest.raises(ValueError, match="predictions: expected some, or objects"):
        plot.detections(images)
    with pytest.raises(ValueError, match="predictions: expected boxes for each of 2 images, got 1"):
        plot.detections(images, found[:1])
    with pytest.raises(ValueError, match=r"predictions\[0\]: expected boxes \(n, 4\) and n labels"):
        plot.detections(images[:1], [{"boxes": [[1, 2, 3]], "labels": [0]}])
