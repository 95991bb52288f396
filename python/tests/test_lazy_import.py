"""`import bissl` loads the engine and little else; each name comes from its place when it is first used."""

from __future__ import annotations

import json

import pytest

import bissl

#: Of the standard library and others, what takes longer to import than the engine.
HEAVY = {
    *("PIL", "scipy", "yaml", "tqdm", "safetensors", "matplotlib", "sklearn", "openTSNE"),
    *("asyncio", "concurrent", "difflib", "email", "html", "http", "importlib.metadata", "logging", "multiprocessing"),
    *("socket", "tempfile", "urllib.request", "xml", "zipfile"),
}


def imported_by(run_python, source: str) -> set[str]:
    finished = run_python(
        f"import json, sys, numpy\nbefore = set(sys.modules)\n{source}\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    return set(json.loads(finished.stdout))


def test_import_loads_the_engine_alone(run_python):
    modules = imported_by(run_python, "import bissl")
    own = {name for name in modules if name.startswith("bissl.") and not name.startswith("bissl._engine")}
    assert own == {"bissl._lazy", "bissl._version", "bissl.errors"}
    assert any(name.startswith(f"bissl._engine._{bissl.precision}") for name in modules)


def test_import_loads_nothing_heavy(run_python):
    modules = imported_by(run_python, "import bissl")
    assert not [name for name in modules if any(name == heavy or name.startswith(f"{heavy}.") for heavy in HEAVY)]


def test_every_public_name_has_a_place():
    for name in bissl.__all__:
        assert getattr(bissl, name) is not None
    assert set(bissl.__all__) <= set(dir(bissl))


def test_every_place_is_public():
    assert set(bissl._PLACES) <= set(bissl.__all__)


def test_a_name_that_is_unknown():
    with pytest.raises(AttributeError, match="module 'bissl' has no attribute 'Bilvel'"):
        bissl.Bilvel  # noqa: B018
    assert not hasattr(bissl, "__wrapped__")


def test_star_import(run_python):
    assert run_python("from bissl import *; print(Bilevel.__name__, data.__name__)").stdout == "Bilevel bissl.data\n"


def test_every_place_can_be_imported_first(run_python):
    """Which one is imported first depends on what is used first. Each begins with nothing but the engine in memory."""
    finished = run_python(
        """
        import importlib, sys, bissl
        kept = set(sys.modules)
        for name in sorted({module for module, _ in bissl._PLACES.values()}):
            for other in set(sys.modules) - kept:
                if other.startswith("bissl."):
                    del sys.modules[other]
            importlib.import_module(name, "bissl")
        print("done")
        """
    )
    assert finished.stdout == "done\n", finished.stderr
