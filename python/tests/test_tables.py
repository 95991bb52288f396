"""Tables: significance, formats, labels that need escaping."""

import csv
import io

import pytest

from bissl.statistics import Counts, permutation_test
from bissl.tables import Table

RUNS = {
    "FT": {"Pets_37": [700 + 2 * i for i in range(10)], "VOC07": [0.6 + i / 500 for i in range(10)]},
    "BiSSL & FT": {"Pets_37": [750 + 2 * i for i in range(10)], "VOC07": [0.601 + i / 500 for i in range(10)]},
    "worse": {"Pets_37": [600 + 2 * i for i in range(10)]},
}
IMAGES = {"Pets_37": 1000}


@pytest.fixture
def table() -> Table:
    return Table.of(RUNS, baseline="FT", images=IMAGES)


def test_cells(table):
    ours = table.cells["BiSSL & FT", "Pets_37"]
    assert (ours.spread.mean, ours.spread.runs, ours.better) == (pytest.approx(0.759), 10, True)
    assert ours.p_value == permutation_test(RUNS["BiSSL & FT"]["Pets_37"], RUNS["FT"]["Pets_37"]) < 1e-4
    worse = table.cells["worse", "Pets_37"]
    assert worse.p_value < 0.01 and not worse.better, "significant, but in the other direction"
    close = table.cells["BiSSL & FT", "VOC07"]
    assert close.p_value > 0.5 and not close.better
    assert table.cells["FT", "Pets_37"].p_value is None
    assert ("worse", "VOC07") not in table.cells


def test_the_level_decides(table):
    p = table.cells["BiSSL & FT", "Pets_37"].p_value
    assert not Table.of(RUNS, "FT", IMAGES, level=p).cells["BiSSL & FT", "Pets_37"].better
    assert Table.of(RUNS, "FT", IMAGES, level=1.01 * p).cells["BiSSL & FT", "Pets_37"].better


def test_markdown(table):
    expected = (
        "|  | Pets\\_37 | VOC07 |\n"
        "| --- | ---: | ---: |\n"
        "| FT | 70.9 ± 0.6 | 60.9 ± 0.6 |\n"
        "| BiSSL & FT | **75.9 ± 0.6** | 61.0 ± 0.6 |\n"
        "| worse | 60.9 ± 0.6 | - |\n"
    )
    assert table.markdown() == str(table) == expected


def test_latex(table):
    lines = table.latex().splitlines()
    assert lines[:4] == [r"\begin{tabular}{lcc}", r"\toprule", r" & Pets\_37 & VOC07 \\", r"\midrule"]
    assert lines[5] == r"BiSSL \& FT & $\mathbf{75.9 \pm 0.6}$ & $61.0 \pm 0.6$ \\"
    assert lines[-2:] == [r"\bottomrule", r"\end{tabular}"]


def test_csv(table):
    rows = list(csv.DictReader(io.StringIO(table.csv())))
    assert [row["method"] for row in rows] == ["FT", "FT", "BiSSL & FT", "BiSSL & FT", "worse"]
    assert float(rows[2]["mean"]) == pytest.approx(75.9) and rows[2]["better"] == "True"
    ours, worse = (table.cells[method, "Pets_37"] for method in ("BiSSL & FT", "worse"))
    assert float(rows[2]["holm_p_value"]) == ours.comparison.corrected_p == 2 * max(ours.p_value, worse.p_value)
    assert rows[0]["p_value"] == "" and float(rows[2]["p_value"]) < 1e-4


@pytest.mark.parametrize(
    ("label", "markdown", "latex"),
    [
        ("a|b", r"a\|b", "a|b"),
        ("*x* `y`", r"\*x\* \`y\`", "*x* `y`"),
        ("50 % of $5 #1", r"50 % of \$5 \#1", r"50 \% of \$5 \#1"),
        ("a\nb", "a b", "a b"),
        (r"back\slash", r"back\\slash", r"back\textbackslash{}slash"),
        ("{x}^~<y>", r"\{x\}^\~\<y\>", r"\{x\}\textasciicircum{}\textasciitilde{}\textless{}y\textgreater{}"),
        ('say "hi", you', 'say "hi", you', 'say "hi", you'),
    ],
)
def test_labels_are_escaped(label, markdown, latex):
    table = Table.of({label: {"data": [0.1, 0.2]}}, label)
    assert table.markdown().splitlines()[2].startswith(f"| {markdown} | ")
    assert table.latex().splitlines()[4].startswith(f"{latex} & ")
    assert next(csv.DictReader(io.StringIO(table.csv(), newline="")))["method"] == label


def test_saving_by_ending(table, tmp_path):
    for ending, text in [(".md", table.markdown()), (".tex", table.latex()), (".csv", table.csv())]:
        table.save(tmp_path / f"table{ending}")
        assert (tmp_path / f"table{ending}").read_bytes() == text.encode()
    with pytest.raises(ValueError, match='path: expected one of ".md", ".csv", ".tex", got ".html"'):
        table.save(tmp_path / "table.html")


def test_results_that_make_no_table():
    for results, settings, error, text in [
        ({}, {"baseline": "FT"}, ValueError, "results: expected at least one method"),
        ({"FT": [0.8, 0.9]}, {"baseline": "FT"}, TypeError, r"results\['FT'\]: expected {dataset: scores}, got list"),
        ([0.8], {"baseline": "FT"}, TypeError, "results: expected {method: {dataset: scores}}, got list"),
        (
            RUNS,
            {"baseline": "FT", "images": 500},
            TypeError,
            "images: expected {dataset: number of test images}, got int",
        ),
        (RUNS, {"baseline": "FT", "level": "a"}, TypeError, "level: expected a number, got str"),
        (RUNS, {"baseline": "worst"}, ValueError, 'did you mean "worse"'),
        (RUNS, {"baseline": {"worse": "F"}}, ValueError, r"baseline\['worse'\]: expected one of"),
        ({"FT": {"d": [93.9]}}, {"baseline": "FT"}, ValueError, r"\['d'\]: expected scores in 0..1 .*, got 93.9"),
        ({"FT": {"d": [939]}}, {"baseline": "FT"}, TypeError, r"\['d'\]: expected scores in 0..1, got the integers"),
        (RUNS, {"baseline": "FT", "level": 5}, ValueError, "level: expected a number between 0 and 1"),
        (RUNS, {"baseline": "FT", "images": {"Pets": 9}}, ValueError, 'did you mean "Pets_37"'),
        (
            RUNS,
            {"baseline": "FT", "images": {"Pets_37": 500}},
            ValueError,
            r"\['Pets_37'\]: expected counts of 0 to 500",
        ),
        (RUNS, {"baseline": "FT", "images": IMAGES | {"VOC07": 500}}, TypeError, r"\['VOC07'\]: .*integer counts"),
        (
            {"FT": {"d": []}},
            {"baseline": "FT"},
            ValueError,
            r"results\['FT'\]\['d'\]: expected one number per run of at least one run",
        ),
    ]:
        with pytest.raises(error, match=text):
            Table.of(results, **settings)


def test_every_method_may_have_a_baseline_of_its_own():
    runs = {name: {"d": [top / 100] * 3} for name, top in {"FT": 70, "FT, long": 80, "BiSSL, long": 82}.items()}
    table = Table.of(runs, {"BiSSL, long": "FT, long"})
    assert table.cells["BiSSL, long", "d"].comparison.difference == pytest.approx(0.02)
    assert table.cells["FT, long", "d"].comparison is None


def test_runs_that_share_backbones_are_compared_within_them():
    def runs(*correct):
        return {"d": Counts(correct, 100, ("a", "a", "b", "b"))}

    table = Table.of({"FT": runs(60, 61, 80, 81), "BiSSL": runs(62, 63, 82, 83)}, "FT")
    assert table.cells["BiSSL", "d"].p_value == 2 / 36
