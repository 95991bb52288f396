"""Rows of text in every format, whoever they are of."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

import bissl
from bissl.callbacks import CSV
from bissl.evaluation.tables.formats import (
    aligned_rows,
    csv_rows,
    escaped_markdown,
    html_rows,
    latex_rows,
    markdown_lines,
    markdown_rows,
)

HEADER, ROWS = ("", "a", "b"), [("x", "1", "2"), ("longer", "3", "44")]


def test_markdown():
    assert markdown_rows(HEADER, ROWS) == "|  | a | b |\n| --- | --- | --- |\n| x | 1 | 2 |\n| longer | 3 | 44 |\n"
    assert markdown_rows(HEADER, [], numbers=True).splitlines()[1] == "| --- | ---: | ---: |"


@pytest.mark.parametrize("text", ["a|b", r"a\|b", r"a\\|b", "a\nb", "|", "||", r"\|\|", "a\r\n|"])
def test_no_text_breaks_a_markdown_table(text):
    for cell in (text, escaped_markdown(text)):
        (*_, row) = markdown_rows(("x", "y"), [(cell, "z")]).splitlines()
        # A bar ends a cell where an even number of backslashes stands before it.
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 3, row


def test_markdown_is_written_row_by_row_and_short_rows_are_filled():
    written = []

    def rows():
        written.append("asked")
        yield ("x",)

    lines = markdown_lines(HEADER, rows())
    assert next(lines) == "|  | a | b |" and next(lines) and not written
    assert next(lines) == "| x |  |  |"


def test_other_formats():
    body = [r" & a & b \\", r"\midrule", r"x & 1 & 2 \\", r"longer & 3 & 44 \\"]
    assert latex_rows(HEADER, ROWS).splitlines()[2:6] == body
    assert '<th scope="row">&lt;x&gt;</th><td>1</td>' in html_rows(("", "a"), [("<x>", "1")])
    assert aligned_rows([HEADER, *ROWS]) == "        a  b\nx       1  2\nlonger  3  44"
    assert aligned_rows([]) == ""
    assert csv_rows([("a", "b"), ('"', 0.1), ("x,y", 1 / 3)]) == f'a,b\n"""",0.1\n"x,y",{1 / 3!r}\n'


def test_records_with_new_names_widen_their_table(tmp_path):
    class Stage:
        history_ = [{"epoch": 1, "loss": 0.5}]

    table = CSV(tmp_path / "records.csv")
    table.on_begin(Stage)
    table.on_record(Stage, {"epoch": 2})
    table.on_record(Stage, {"epoch": 3, "probe": 0.25})
    rows = list(csv.reader(io.StringIO((tmp_path / "records.csv").read_text())))
    assert rows == [["epoch", "loss", "probe"], ["1", "0.5", ""], ["2", "", ""], ["3", "", "0.25"]]


def test_there_is_no_other_writer_of_tables():
    folder = Path(bissl.__file__).parent
    scripts = [*folder.rglob("*.py"), *(folder.parent / "benchmarks").glob("*.py")]
    signs = re.compile(r"^import csv\b|---\"|---:|\\begin\{+tabular|<table>|' \| '|\" \| \"", re.M)
    writers = {path.name for path in scripts if signs.search(path.read_text(encoding="utf-8"))}
    assert writers == {"formats.py"}
