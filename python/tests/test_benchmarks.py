"""The benchmark suite on tiny sizes: contenders agree, goals are rated, every part of the table is there."""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import bissl

FOLDER = Path(__file__).parents[1] / "benchmarks"
TINY_DECODER = {"decoder_width": 16, "decoder_depth": 1, "decoder_heads": 2}


@pytest.fixture(scope="module", autouse=True)
def suite_on_path():
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


def narrow(block="basic"):
    """For the engine alone."""
    return bissl.ResNet(block, (1, 1, 1, 1), (8, 16, 24, 32))


def shallow(block="basic"):
    """As wide as torchvision's."""
    return bissl.ResNet(block, (1, 1, 1, 1))


def tiny_vit(image_size):
    return bissl.VisionTransformer(image_size=image_size, width=16, depth=1, heads=2)


def tiny_row(name, net=narrow):
    """The row of this name with a workload of less than a second."""
    import rows
    import workloads

    made = {
        "resnet18": lambda share: workloads.features(net, 2, 32),
        "resnet50": lambda share: workloads.features(lambda: net("bottleneck"), 2, 32),
        "simclr": lambda share: workloads.simclr(net, 4, 32, 4, iterations=2),
        "convnext": lambda share: workloads.features(lambda: bissl.ConvNeXt(depths=(1, 1), widths=(8, 12)), 2, 32),
        "depthwise": lambda share: workloads.features(lambda: workloads.Depthwise(8, 2), 2, 32),
        "mae": lambda share: workloads.mae(tiny_vit, 2, 32, **TINY_DECODER),
        "fcn": lambda share: workloads.segmentation(net, 2, 32, 48, channels=8),
        "detection": lambda share: workloads.detection(net, 2, 64, 96, classes=3),
    }
    return dataclasses.replace(rows.ROWS[name], workload=made[name])


def installed(*names):
    from contenders import available

    makers = available()
    for name in names:
        if name not in makers:
            pytest.skip(f"{name} is not installed")
    return {name: makers[name] for name in ("bissl", *names)}


@pytest.mark.parametrize("row", ["resnet18", "resnet50", "simclr", "convnext", "depthwise", "mae", "fcn", "detection"])
def test_the_engine_alone(row, capsys):
    import compare

    details = compare.compare(tiny_row(row), share=1, rounds=1, budget=60, makers=installed())
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["table"] == details["table"]
    assert all(value > 0 for value in line["medians"].values())
    assert {entry["task"] for entry in line["table"]} >= {task.replace("_", " ") for task in tiny_row(row).tasks}


# In double precision, where nothing flips at the kinks of ReLU.
@pytest.mark.float64
@pytest.mark.parametrize("row", ["resnet18", "resnet50", "simclr", "convnext", "depthwise", "mae", "fcn", "detection"])
def test_pytorch_computes_the_same(row, capsys):
    import compare

    makers = installed("PyTorch, authors", "PyTorch, best")
    details = compare.compare(tiny_row(row, shallow), share=1, rounds=1, budget=60, makers=makers)
    goals = [{goal.numerator[0], goal.denominator[0]} for goal in tiny_row(row).goals]
    assert len(details["ratios"]) == sum(contenders <= makers.keys() for contenders in goals)
    assert {name.split(":")[0] for name in details["differences"]} == {"PyTorch, authors", "PyTorch, best"}


@pytest.mark.float64
@pytest.mark.parametrize("row", ["resnet50", "simclr", "mae"])
def test_jax_computes_the_same(row, capsys):
    import compare

    details = compare.compare(tiny_row(row, shallow), share=1, rounds=1, budget=60, makers=installed("JAX"))
    assert {name.split(":")[0] for name in details["differences"]} == {"JAX"}


class Wrong:
    """bissl with one result off by ``factor``."""

    def __init__(self, work, key, factor):
        from contenders.engine import Engine

        self.name, self.version = "wrong", "0"
        self.engine, self.key, self.factor = Engine(work), key, factor
        self.vector = self.engine.vector

    def gradient(self):
        found = self.engine.gradient()
        return {**found, self.key: np.asarray(found[self.key]) * self.factor}


@pytest.mark.parametrize("key, factor", [("loss", 1.001), ("gradient", -1.0), ("gradient", np.nan)])
def test_who_computes_something_else_is_refused(key, factor):
    import compare
    from contenders.engine import Engine

    makers = {"bissl": Engine, "wrong": lambda work: Wrong(work, key, factor)}
    with pytest.raises(AssertionError, match=rf"wrong: {key} differs from bissl's by .*, limit"):
        compare.compare(tiny_row("resnet18"), share=1, rounds=1, budget=60, makers=makers)


def test_high_precision_takes_part_and_leaves_the_setting_as_it_was():
    import compare
    from contenders.engine import Engine, High

    details = compare.compare(
        tiny_row("mae"), share=1, rounds=1, budget=60, makers={"bissl": Engine, "bissl, high": High}
    )
    assert details["differences"]["bissl, high: hessian product"]["product"] < 1e-3
    assert bissl.show_config(mode="dict")["float32_matmul_precision"] == "highest"


def test_a_library_is_imported_only_for_its_contender(run_python):
    outcome = run_python(
        f"""
        import sys
        sys.path.insert(0, {str(FOLDER)!r})
        from contenders import available
        import bissl, workloads
        contender = available()["bissl"](workloads.features(lambda: bissl.ResNet(layers=(1,), widths=(8,)), 2, 16))
        assert contender.gradient()["loss"] > 0
        assert not {{"torch", "jax"}} & sys.modules.keys()
        """
    )
    assert outcome.returncode == 0, outcome.stderr


def test_goals_are_rated_by_the_median_over_rounds():
    from goals import Goal, faster

    samples = {("bissl", "a"): [1.0, 1.0, 2.0], ("JAX", "a"): [3.0, 9.0, 2.0], ("bissl", "b"): [2.0, 2.0, 4.0]}
    rating = faster("a", "JAX", 3.0).rated(samples)
    assert (rating["measured"], rating["goal"], rating["reached"]) == (3.0, "≥ 3", True)
    assert not faster("a", "JAX", 3.1).rated(samples)["reached"]
    own = Goal(("bissl", "b"), ("bissl", "a"), at_most=1.9).rated(samples)
    assert (own["measured"], own["reached"], own["task"]) == (2.0, False, "b")
    assert not faster("a", "PyTorch, best", 1.0).measured_by(samples)


def test_an_alternation_is_summed_from_its_steps():
    import compare
    import rows

    samples = {
        ("x", "lower_step"): [1.0, 2.0],
        ("x", "upper_linearization"): [8.0, 8.0],
        ("x", "upper_step"): [3.0, 4.0],
        ("x", "residual_check"): [0.5, 0.5],  # only in the first of the upper steps
    }
    samples |= {("y", "lower_step"): [1.0, 1.0], ("y", "upper_step"): [5.0, 5.0]}  # keeps no linearization
    found = compare.sums(rows.ROWS["simclr"], samples)
    assert found["x", rows.UPPER_SHARE] == [4.0 - 3.5 / 8, 5.0 - 3.5 / 8]
    assert found["x", rows.ALTERNATION] == [20 + 8 + 24 - 3.5, 40 + 8 + 32 - 3.5]
    assert found["y", rows.ALTERNATION] == [60.0, 60.0]


def test_memory_of_an_alternation(monkeypatch, capsys):
    import memory
    import workloads

    monkeypatch.setattr(memory, "bilevel", lambda share, n: workloads.simclr(narrow, 4, 32, 4, n))
    found = memory.alternation("bissl", share=1, lower=1, upper=1, iterations=2)
    assert found["peak"] >= found["before"] > 10
    assert found["engine"] > 1
    details = memory.compare({"bissl": found, "PyTorch, authors": {**found, "peak": 4 * found["peak"]}}, full=True)
    assert [(rating["measured"], rating["reached"]) for rating in details["ratios"]] == [(0.25, True), (1.0, False)]
    assert [entry["task"] for entry in details["table"]] == ["peak memory of an alternation", "a whole alternation"]


def test_memory_of_a_gradient(capsys):
    import memory

    found = memory.gradient("bissl", "depthwise", share=16)
    assert found["peak"] >= found["before"] > 10
    details = memory.compare_gradients({"bissl": found, "PyTorch, best": {**found, "peak": found["peak"] / 2}}, "fcn")
    assert [(rating["measured"], rating["reached"]) for rating in details["ratios"]] == [(2.0, False)]


def test_adapters_beside_full_training(monkeypatch, capsys):
    import adapters

    monkeypatch.setattr(sys, "argv", ["adapters.py", "--quick"])
    adapters.main()
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["rank 8 on qkv|proj, MiB of a vector"] < line["full training, MiB of a vector"] / 5
    assert line["an upper step of 5 CG iterations: times faster"] > 0


def test_multiply_adds_of_masked_autoencoding():
    import ceiling
    import workloads

    # 32 px in patches of 8: 16, of which 4 are kept; a layer's weights are 12·16², its attention 2·tokens²·16.
    work = workloads.mae(tiny_vit, 2, 32, **TINY_DECODER)
    layer, patches = 12 * 16 * 16, 192 * 16
    below, above = ceiling.encoder(work.pretext, 2), ceiling.decoder(work.pretext, 2)
    assert below == ceiling.Products(2 * (4 * patches + 5 * layer), 2 * 2 * 5**2 * 16, 2 * 4 * patches)
    assert above == ceiling.Products(2 * (5 * 16 * 16 + 17 * layer + 17 * patches), 2 * 2 * 17**2 * 16)
    attention = below.attention + above.attention
    assert ceiling.least(work.pretext, 2) == {
        "gradient": 3 * (below.weights + above.weights + attention) - below.first,
        "hessian_product": 6 * (2 * 5 * layer + attention) + 2 * below.first + 2 * above.weights,
    }


def test_growth_fits_exponents(capsys, tmp_path):
    import growth

    assert growth.exponent((1, 2, 4, 8), [3.0, 12.0, 48.0, 192.0]) == pytest.approx(2)
    before = bissl.get_num_threads()
    curve = growth.Curve("tiny", "threads", (1, 2), lambda x: growth.with_threads(x, growth.products(narrow, 2, 32)))
    medians = growth.measure(curve, rounds=1)
    assert set(medians) == {"gradient", "Hessian product"}
    assert all(len(seconds) == 2 and min(seconds) > 0 for seconds in medians.values())
    assert bissl.get_num_threads() == before
    growth.plot([(curve, medians)], str(tmp_path / "growth.png"))
    assert (tmp_path / "growth.png").stat().st_size > 1000


def test_growth_measures_what_performance_asks_for(monkeypatch):
    import growth

    monkeypatch.setattr(growth, "products", lambda net, images, size: {})
    assert [curve.x.split()[0] for curve in growth.curves(8)] == ["images", "width", "N_c", "N_U", "threads"]


def test_the_final_table(capsys):
    import compare
    import suite

    compare.compare(tiny_row("resnet18"), share=1, rounds=1, budget=60, makers=installed())
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    growth = {"title": "g", "x": "N_c", "points": [1, 2], "seconds": {"t": [1.0, 2.0]}, "exponents": {"t": 1.0}}
    text = suite.markdown([line, {"growth": growth, "load": 0.0}])
    assert (
        "| work | task | bissl | bissl, high | bissl, recomputing | PyTorch, authors | PyTorch, best | JAX | ratios |"
        in text
    )
    assert "bissl: hessian product / bissl: gradient: " in text
    assert "| g | N_c | 1, 2 | t: 1, 2 | t: 1.0 |" in text
    assert f"OpenBLAS core {line['blas_core']}" in text


def test_the_suite_runs_every_row_and_scripts_that_exist():
    import rows
    import suite

    commands = list(suite.commands(quick=True, plot="curves.png"))
    assert [command[1] for command in commands if command[0] == "compare.py"] == list(rows.ROWS)
    assert all((FOLDER / command[0]).is_file() for command in commands)


def test_the_model_of_many_machines_is_the_page_s():
    """The efficiencies of docs/guide/distributed.md, and nothing that could not be."""
    import scaling

    page = (FOLDER.parents[1] / "docs" / "guide" / "distributed.md").read_text(encoding="utf-8")
    for cluster in scaling.CLUSTERS:
        made = [scaling.Alternation(cluster, nodes) for nodes in scaling.NODES]
        cells = " | ".join(f"{100 * each.efficiency:.0f}" for each in made)
        assert f"| {cluster.name} | {cells} |" in page
        assert all(0 < each.efficiency <= 1 and 0 <= each.overlap < 1 for each in made)
