"""The notebooks: committed with outputs that read well, and executed from top to bottom with less of everything."""

import runpy
from pathlib import Path

import pytest

pytest.importorskip("nbclient")
pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

import nbformat

FOLDER = Path(__file__).parents[2] / "notebooks"
script = runpy.run_path(str(FOLDER / "execute.py"))
NOTEBOOKS = [pytest.param(path, id=path.stem) for path in script["notebooks"]()]


def test_all_seven_are_found():
    assert [path.values[0].stem[0] for path in NOTEBOOKS] == list("1234567")


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_outputs_are_committed_and_clean(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    script["check"](notebook, path.name)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert sum("image/png" in output.get("data", {}) for cell in code for output in cell.outputs) >= 3


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_runs_from_top_to_bottom(path):
    script["execute"](path, quick=True)


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "name": "stderr", "text": "something went wrong"},
        {"output_type": "stream", "name": "stdout", "text": "x.py:3: UserWarning: beware"},
        {
            "output_type": "execute_result",
            "data": {"text/plain": "'/home/me/data'"},
            "execution_count": 1,
            "metadata": {},
        },
    ],
)
def test_refuses_outputs_that_are_not_for_readers(output):
    cell = nbformat.v4.new_code_cell("1", execution_count=1, outputs=[nbformat.from_dict(output)])
    with pytest.raises(ValueError, match="x.ipynb, cell 0: unwanted output"):
        script["check"](nbformat.v4.new_notebook(cells=[cell]), "x.ipynb")
    cell.execution_count = None
    with pytest.raises(ValueError, match="not executed"):
        script["check"](nbformat.v4.new_notebook(cells=[cell]), "x.ipynb")
