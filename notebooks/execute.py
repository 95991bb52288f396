"""Executes notebooks from top to bottom and writes their outputs into them: ``make notebooks``.

``--quick`` runs every cell with less of everything (the notebooks read BISSL_QUICK) and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parent
#: A notebook that takes longer is broken.
_SECONDS_PER_CELL = 600
_PROGRESS = re.compile(r"\s*$|\s*[\w -]+: +\d+%\|")
#: What must not stand in outputs: warnings, and paths of the machine that ran them.
_UNWANTED = re.compile(r"warning|traceback|(?<![\w.:/])/(?:home|root|tmp|usr|work|Users|opt|var)/", re.IGNORECASE)


def notebooks() -> list[Path]:
    """All notebooks, in their order."""
    return sorted(FOLDER.glob("*.ipynb"))


def execute(path: Path, quick: bool = False) -> NotebookNode:
    """The notebook with fresh outputs. Nothing is written.

    Raises
    ------
    nbclient.exceptions.CellExecutionError : a cell failed. ValueError : an output that should not be there.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=_SECONDS_PER_CELL,
        resources={"metadata": {"path": str(FOLDER)}},
        coalesce_streams=True,
        record_timing=False,
        extra_arguments=["--log-level=40"],  # of the kernel, whose words on ports are not the reader's concern
    )
    client.execute(env=_environment(quick))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _is_progress(output)]
    notebook.metadata["language_info"] = {"name": "python"}
    check(notebook, path.name)
    return notebook


def _environment(quick: bool) -> dict[str, str]:
    """Of the kernel, which works in another folder: relative entries of PYTHONPATH become absolute."""
    inherited = {name: value for name, value in os.environ.items() if name != "BISSL_QUICK"}
    if paths := inherited.get("PYTHONPATH"):
        inherited["PYTHONPATH"] = os.pathsep.join(os.path.abspath(path) for path in paths.split(os.pathsep))
    # Of networks that have hardly been trained, solves diverge, and say so.
    return inherited | ({"BISSL_QUICK": "1", "PYTHONWARNINGS": "ignore:BiSSL:UserWarning"} if quick else {})


def check(notebook: NotebookNode, name: str) -> None:
    """ValueError for a cell that was not run, or an output that tells of a warning, an error or a machine's paths."""
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        if cell.execution_count is None:
            raise ValueError(f"{name}, cell {number}: not executed")
        for output in cell.outputs:
            if output.get("name") == "stderr" or _UNWANTED.search(_text(output)):
                raise ValueError(f"{name}, cell {number}: unwanted output: {_text(output)[:500]}")


def _text(output: NotebookNode) -> str:
    return output.get("text") or output.get("data", {}).get("text/plain", "") or "\n".join(output.get("traceback", []))


def _is_progress(output: NotebookNode) -> bool:
    """Whether it is nothing but progress bars, which are for those who run the notebook."""
    return output.get("name") == "stderr" and all(_PROGRESS.match(line) for line in re.split(r"[\r\n]", output.text))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all")
    parser.add_argument("--quick", action="store_true", help="with less of everything; writes nothing")
    options = parser.parse_args()
    for path in options.notebooks or notebooks():
        started = time.perf_counter()
        notebook = execute(path, options.quick)
        if not options.quick:
            nbformat.write(notebook, path)
        print(f"{path.name}: {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
