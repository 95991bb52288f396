"""Sphinx's settings: ``make docs`` builds the pages into build/docs/html."""

from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))
os.environ.setdefault("MPLBACKEND", "Agg")

from pages import copy_notebooks, copy_root_documents, write_reference  # noqa: E402

import bissl  # noqa: E402

project = "bissl"
author = "the authors of bissl"
copyright = "the authors of bissl, MIT license"
version = release = bissl.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "formulas",
    "numpydoc",
    "myst_nb",
]
root_doc = "index"
templates_path = ["_templates"]
exclude_patterns = [
    "_build",
    "**/.ipynb_checkpoints",
    "evidence",
]  # evidence: journals, and tables that a page includes

myst_enable_extensions = ["dollarmath", "attrs_block", "attrs_inline", "colon_fence", "html_image"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # notebooks hold their outputs: make notebooks
default_role = "py:obj"

autodoc_default_options = {"show-inheritance": True, "member-order": "bysource"}
autodoc_typehints = "none"  # the docstrings have them
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

toc_object_entries_show_parents = "hide"  # names of methods are long enough for the margin

html_math_renderer = "pictures"
html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["bissl.css"]
html_title = "bissl"
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
    "pygments_light_style": "tango",
    "pygments_dark_style": "github-dark",
}
html_sidebars = {"index": [], "install": [], "changelog": [], "contributing": [], "benchmarks": [], "evidence": []}

linkcheck_ignore = ["https?://"]


def constructor_signature(app, what, name, value, options, signature, returned):
    """Of classes whose way of making objects passes all arguments on: the signature of their constructor."""
    if what != "class" or signature not in ("(*arguments, **options)", "(*args, **kwargs)"):
        return None
    if value.__init__ is object.__init__:
        return "()", None
    parameters = list(inspect.signature(value.__init__).parameters.values())[1:]
    stated = [each.replace(annotation=inspect.Parameter.empty) for each in parameters]
    return str(inspect.Signature(stated)), None


def setup(app):
    app.connect("autodoc-process-signature", constructor_signature)


copy_root_documents()
copy_notebooks()
write_reference()
autosummary_generate = sorted(str(path.relative_to(FOLDER)) for path in (FOLDER / "reference").glob("*.rst"))
