"""Pages that follow from other files: the notebooks with their thumbnails, the reference, and documents of the root."""

from __future__ import annotations

import base64
import importlib
import inspect
import json
import re
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent

#: Titles of the reference's pages, one per package.
PACKAGES = {
    "bissl": "bissl: what most users meet",
    "bissl.data": "bissl.data: data sets, views, loading",
    "bissl.targets": "bissl.targets: what labels are",
    "bissl.ops": "bissl.ops: operations for losses and backbones",
    "bissl.training": "bissl.training: stages",
    "bissl.solvers": "bissl.solvers: the implicit system",
    "bissl.bilevel.hypergradients": "bissl.hypergradients: what stands for the implicit term",
    "bissl.callbacks": "bissl.callbacks: what looks on",
    "bissl.checkpoints": "bissl.checkpoints: states on the disk",
    "bissl.distributed": "bissl.distributed: processes that train together",
    "bissl.weights": "bissl.weights: weights from and to files",
    "bissl.metrics": "bissl.metrics: how good predictions are",
    "bissl.statistics": "bissl.statistics: how good differences are",
    "bissl.tables": "bissl.tables: tables of results",
    "bissl.analysis": "bissl.analysis: similarity, spectra, embeddings",
    "bissl.plot": "bissl.plot: figures",
    "bissl.scaling": "bissl.scaling: what threads give",
    "bissl.experiments": "bissl.experiments: runs and studies",
    "bissl.experiments.recipe": "bissl.experiments.recipe: descriptions of runs",
    "bissl.experiments.report": "bissl.experiments.report: reports",
    "bissl.experiments.demo": "bissl.experiments.demo: the demo",
    "bissl.data.readers": "bissl.data.readers: published layouts",
    "bissl.errors": "bissl.errors: what is raised",
    "bissl.durable": "bissl.durable: files that last",
    "bissl.pickles": "bissl.pickles: pickles read without executing them",
}


def copy_root_documents() -> None:
    """CHANGELOG.md and CONTRIBUTING.md as pages; their links to files of the repository become plain text."""
    for name in ("CHANGELOG", "CONTRIBUTING"):
        text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
        text = re.sub(r"\[([^\]]*)\]\((?!https?:|#)[^)]*\)", r"\1", text)
        write(FOLDER / f"{name.lower()}.md", text)


def copy_notebooks() -> None:
    """The notebooks into ``gallery``, with the last picture of each as its thumbnail, and a page that shows these."""
    folder = FOLDER / "gallery"
    folder.mkdir(exist_ok=True)
    cards, names = [], []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        shutil.copyfile(path, folder / path.name)
        title, words = heading(notebook)
        write(folder / f"{path.stem}.png", picture(notebook))
        names.append(path.stem)
        cards.append(
            f":::{{container}} card-of-gallery\n[![{title}]({path.stem}.png)]({path.stem}.ipynb)\n\n"
            f"**[{title}]({path.stem}.ipynb)**\n\n{words}\n:::\n"
        )
    listed = "\n".join(names)
    text = (
        "# Notebooks\n\nEach is executed from top to bottom by `make notebooks`, in less than a minute or two on two "
        "cores; the outputs on these pages are those of the files in `notebooks/`.\n\n"
        f"::::{{container}} gallery\n{''.join(cards)}::::\n\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n"
    )
    write(folder / "index.md", text)


def heading(notebook: dict[str, Any]) -> tuple[str, str]:
    """A notebook's title, and the first sentence under it."""
    source = "".join(next(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"))
    title, _, rest = source.lstrip("# ").partition("\n")
    sentence = re.split(r"(?<=[.:])\s", " ".join(rest.split()), maxsplit=1)[0]
    return title.strip(), re.sub(r":$", ".", sentence)


def picture(notebook: dict[str, Any]) -> bytes:
    """The last picture among its outputs."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    found = [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    return base64.b64decode("".join(found[-1]))


def write_reference() -> None:
    """A page per package, with all that it makes public, each name under the package that says most about it."""
    listed = "\n".join(f"{package}" for package in PACKAGES)
    head = "# Reference\n\nEvery public name, by package. What begins with `_` is private.\n\n"
    write(FOLDER / "reference" / "index.md", f"{head}```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n")
    seen: dict[int, str] = {}
    for package, title in PACKAGES.items():
        module = importlib.import_module(package)
        write(FOLDER / "reference" / f"{package}.rst", reference_page(module, package, title, seen))
    for path in (FOLDER / "reference" / "names").glob("*.rst"):
        if path.stem not in seen.values():  # of an earlier version
            path.unlink()


def reference_page(module: ModuleType, package: str, title: str, seen: dict[int, str]) -> str:
    """What the package's docstring says, and tables of its classes, functions and constants."""
    kinds: dict[str, list[str]] = {"Classes": [], "Functions": [], "Constants": [], "Modules": []}
    elsewhere = []
    for name in sorted(module.__all__, key=str.lower):
        value = getattr(module, name)
        if inspect.ismodule(value):
            kinds["Modules"].append(name)
        elif isinstance(value, (type, tuple, str, dict, int)) and not inspect.isclass(value) or _is_union(value):
            kinds["Constants"].append(name)
        elif id(value) in seen:
            elsewhere.append(name)
        else:
            seen[id(value)] = f"{package}.{name}"
            kinds["Classes" if inspect.isclass(value) else "Functions"].append(name)
    parts = [f"{title}\n{'=' * len(title)}\n", f".. currentmodule:: {package}\n", _described(module)]
    for kind in ("Classes", "Functions"):
        if kinds[kind]:
            rows = "\n".join(f"   {name}" for name in kinds[kind])
            parts.append(f"{kind}\n{'-' * len(kind)}\n\n.. autosummary::\n   :toctree: names\n\n{rows}\n")
    if kinds["Constants"]:
        rows = "\n".join(f".. autodata:: {package}.{name}\n   :no-value:\n" for name in kinds["Constants"])
        parts.append(f"Constants\n---------\n\n{rows}")
    if kinds["Modules"]:
        rows = ", ".join(f":doc:`{name} <bissl.{name}>`" for name in kinds["Modules"] if f"bissl.{name}" in PACKAGES)
        parts.append(f"Packages\n--------\n\n{rows}.\n")
    if elsewhere:
        parts.append(f"Also here: {', '.join(f'`{name}`' for name in elsewhere)}.\n")
    return "\n".join(parts)


def _is_union(value: Any) -> bool:
    return type(value).__name__ in ("UnionType", "Union", "_UnionGenericAlias")


def _described(module: ModuleType) -> str:
    return inspect.cleandoc(module.__doc__ or "") + "\n"


def write(path: Path, content: str | bytes) -> None:
    """Writes the file where it would change, so that Sphinx builds anew only what has changed."""
    content = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)
