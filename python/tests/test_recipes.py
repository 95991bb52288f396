"""Recipes: what they hold, how they are read, and what users get wrong."""

from __future__ import annotations

import datetime
import inspect
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Literal, get_args, get_origin

import pytest

import bissl
from bissl.errors import InvalidArgument
from bissl.experiments.recipe import APPROACH_NAMES, SECTIONS, Recipe, load_recipe, recipe_names, save_recipe
from bissl.experiments.recipe.rules import RULES
from bissl.experiments.recipe.sections import ELSEWHERE, Section, StageSection
from bissl.experiments.recipe.values import _choices

# Learning rate and weight decay, SimCLR then BYOL.
TABLE_5 = """
food101    0.0167 0.00613 0.0513 0.00147    | cifar10   0.0033 0.00158 0.0014 0.00106
cifar100   0.0027 0.00012 0.0023 0.00012    | cub200    0.0409 0.0084  0.0095 0.00594
sun397     0.0069 0.00003 0.004  0.00003    | cars      0.0377 0.00454 0.115  0.00257
aircraft   0.0269 0.0038  0.0119 0.00333    | voc2007   0.0054 0.0089  0.0032 0.00616
dtd        0.0514 0.0011  0.0114 0.00011    | pets      0.0378 0.00114 0.0044 0.00779
caltech101 0.0131 0.00005 0.0069 0.00027    | flowers102 0.2178 0.00046 0.035 0.00262
"""
TABLE_6 = """
food101    0.03  0.001   0.035 0.002        | cifar10   0.015 0.001  0.01  0.001
cifar100   0.01  0.0001  0.01  0.001        | cub200    0.03  0.001  0.015 0.0001
sun397     0.015 0.00005 0.01  0.00005      | cars      0.035 0.001  0.04  0.002
aircraft   0.03  0.005   0.015 0.003        | voc2007   0.015 0.005  0.005 0.006
dtd        0.03  0.001   0.015 0.0001       | pets      0.03  0.001  0.02  0.002
caltech101 0.03  0.0001  0.015 0.0002       | flowers102 0.05 0.0005 0.035 0.002
"""
TABLE_7 = """
food101    0.00059 0.00008 0.00018 0.00019  | cifar10   0.00097 0.00258 0.00098 0.00039
cifar100   0.00252 0.00046 0.00042 0.00292  | cub200    0.00043 0.00251 0.00066 0.00075
sun397     0.00079 0.00001 0.00063 0.00029  | cars      0.05706 0.00412 0.06221 0.00317
aircraft   0.00015 0.00003 0.00025 0.00056  | voc2007   0.00022 0.00592 0.00029 0.004
dtd        0.00062 0.00002 0.00028 0.00008  | pets      0.00153 0.00314 0.00042 0.00002
caltech101 0.00079 0.00005 0.00194 0.00003  | flowers102 0.01768 0.0009 0.00058 0.00006
"""


def table(text: str, column: int) -> dict[str, tuple[float, ...]]:
    rows = [row.split() for line in text.strip().splitlines() for row in line.split("|")]
    return {name: tuple(map(float, values[2 * column : 2 * column + 2])) for name, *values in rows}


# --- what comes with bissl --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", recipe_names())
def test_shipped_recipes_are_valid_without_data(name):
    recipe = load_recipe(name)
    assert recipe.name == name and recipe.description
    for key, section in SECTIONS.items():
        if issubclass(section, StageSection):
            assert getattr(recipe, key).make().get_params()


@pytest.mark.parametrize("column, task", [(0, "simclr"), (1, "byol")])
def test_shipped_rates_are_those_of_the_tables(column, task):
    before, both, after = (table(text, column) for text in (TABLE_5, TABLE_6, TABLE_7))
    assert len(before) == len(both) == len(after) == 12
    for name in before:
        recipe = load_recipe(f"{task}/{name}")
        assert recipe.data.downstream == name and recipe.pretrain.method == task
        assert (recipe.finetune.lr, recipe.finetune.weight_decay) == before[name]
        assert (recipe.warmup.lr, recipe.warmup.weight_decay) == both[name]
        assert (recipe.bissl.upper_lr, recipe.bissl.upper_weight_decay) == both[name]
        tuned = recipe.finetuned_after_bissl()
        assert (tuned.lr, tuned.weight_decay) == after[name]
        assert (tuned.epochs, tuned.batch_size, recipe.finetune.momentum) == (400, 256, 0.9)


def test_shipped_settings_of_section_4_2_and_b():
    recipe = load_recipe("simclr/pets")
    pretrain = recipe.pretrain.make()
    assert (pretrain.epochs, pretrain.batch_size, pretrain.warmup_epochs) == (500, 1024, 10)
    assert (pretrain.backbone, pretrain.method_options["temperature"]) == ("resnet50", 0.5)
    lars = pretrain.optimizer
    assert isinstance(lars, bissl.LARS)
    assert [lars.settings[n] for n in ("lr", "weight_decay", "momentum", "trust_coefficient")] == [4.8, 1e-6, 0.9, 1e-3]
    stage = recipe.bissl.make()
    assert (stage.alternations, stage.lower_steps, stage.upper_steps) == (500, 20, 8)
    assert (stage.lam, stage.damping, stage.clip_norm, stage.warmup_alternations) == (0.001, 10, 10, 10)
    assert (stage.solver.iterations, stage.solver.layerwise, stage.lower_optimizer.lr) == (5, True, 1.0)
    assert (recipe.warmup.epochs, len(recipe.seeds.runs), recipe.search.trials) == (20, 10, 100)
    assert recipe.search.lr == (1e-4, 1.0) and recipe.search.weight_decay == (1e-5, 1e-2)
    assert recipe.weighted_sum.weight == 0.25 and recipe.weighted_sum.steps == 4000


def test_shipped_variants_of_the_setting():
    byol = load_recipe("byol/dtd").pretrain
    assert byol.method_options == {"projector": [256] * 3, "predictor": [256] * 3, "decay": 0.9995}
    mae = load_recipe("mae/dtd")
    assert mae.pretrain.optimizer["lr"] == 5e-4 and mae.bissl.lower_optimizer["lr"] == 1e-4
    assert mae.pretrain.make().optimizer.settings["betas"] == (0.9, 0.95)
    assert (mae.finetune.layer_decay, mae.finetune.drop_path, mae.bissl.drop_path) == (0.75, 0.1, 0.1)
    large = load_recipe("simclr-224/dtd")
    assert (large.augmentation.size, large.pretrain.epochs, large.pretrain.freeze_backbone) == (224, 20, True)
    assert (large.bissl.alternations, large.bissl.upper_steps, large.bissl.lower_steps) == (200, 4, 10)
    assert (large.warmup.lr, large.pretrain.backbone) == (0.03, "resnet50")
    small = load_recipe("paper/stl10")
    assert (small.data.pretext_split, small.pretrain.backbone) == ("unlabeled", "resnet18")
    assert {r.pretrain.epochs for r in small.variants().values() if r.approach == "finetune"} == {200, 600}


def test_defaults_of_the_augmentation_fit_a_vision_transformer():
    for name in ("mae/pets", "digits-mae"):
        recipe = load_recipe(name)
        assert recipe.pretrain.backbone["image_size"] == (recipe.augmentation.size or 8)


#: Numbers that their section checks, not `RULES`.
BY_THEIR_SECTION = {("search", "lr"), ("search", "weight_decay")}


# --- one description in two spellings ---------------------------------------------------------------------------------


def test_stage_sections_have_the_options_of_the_stages():
    stages = [section for section in SECTIONS.values() if issubclass(section, StageSection)]
    assert len(stages) == 6
    for section in stages:
        options = inspect.signature(section.stage).parameters
        assert section.names() == [name for name in options if name not in ELSEWHERE.union(section.stage._incidental)]
        assert (
            section().make().get_params()
            == section.stage(**({"method": "simclr"} if "method" in options else {})).get_params()
        )


def test_every_number_of_every_section_has_a_rule():
    for key, section in SECTIONS.items():
        for name, hint in section.hints().items():
            kinds = {member for choice in _choices(hint) for member in (choice, *get_args(choice))}
            numbers = {int, float} & kinds and (get_origin(hint) is not Sequence)
            assert not numbers or name in RULES or (key, name) in BY_THEIR_SECTION, (key, name)


def test_yaml_and_python_are_the_same(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        """
name: mine
bissl: {lam: 1e-2, upper_optimizer: {kind: adamw, lr: 3e-3, betas: [0.9, 0.95]}, solver: identity}
seeds: {runs: [3, 1]}
"""
    )
    python = Recipe(
        name="mine",
        bissl={
            "lam": 0.01,
            "upper_optimizer": bissl.AdamW(lr=3e-3, betas=(0.9, 0.95)),
            "solver": bissl.Identity(),
        },
        seeds={"runs": (3, 1)},
    )
    yaml = load_recipe(path)
    assert yaml.bissl.make().get_params()["lam"] == python.bissl.make().get_params()["lam"] == 0.01
    assert repr(yaml.bissl.make().upper_optimizer) == repr(python.bissl.make().upper_optimizer)
    assert isinstance(yaml.bissl.make().solver, bissl.Identity)
    assert yaml.seeds == python.seeds


@pytest.mark.parametrize("name", ["simclr/pets", "digits-study", "paper/upper-steps", "digits-mae"])
def test_a_resolved_recipe_reads_back_equal(tmp_path, name):
    recipe = load_recipe(name)
    save_recipe(recipe, tmp_path / "recipe.yaml")
    assert load_recipe(tmp_path / "recipe.yaml") == load_recipe(tmp_path) == recipe
    assert pickle.loads(pickle.dumps(recipe)) == recipe


def test_a_recipe_shares_no_options_with_who_made_it_or_reads_it():
    questions, options, after = {"helps": [["bissl", "finetune"]]}, {"projector": [8, 8]}, {"epochs": 5}
    made = {
        "study": {"approaches": ["bissl", "finetune"], "questions": questions},
        "pretrain": {"method_options": options},
        "finetune_after_bissl": after,
    }
    recipe, kept = Recipe.of(made), Recipe.of(made).as_dict()
    questions["helps"].append("nonsense")
    options["projector"].append(-1)
    after["epochs"] = -5
    assert recipe.as_dict() == kept
    read = recipe.as_dict()
    read["study"]["questions"]["helps"].append("nonsense")
    read["finetune_after_bissl"]["epochs"] = -5
    assert recipe.as_dict() == kept


def test_a_file_extends_recipes_and_files_beside_it(tmp_path):
    (tmp_path / "below.yaml").write_text("bissl: {lam: 0.5, damping: 2}\nseeds: {runs: [7]}\n")
    (tmp_path / "mine.yaml").write_text("extends: [digits, below.yaml]\nbissl: {damping: 3}\n")
    recipe = load_recipe(tmp_path / "mine.yaml", ["bissl.lower_steps=4", "pretrain.backbone.widths=[4, 8, 8, 8]"])
    assert (recipe.bissl.lam, recipe.bissl.damping, recipe.bissl.lower_steps) == (0.5, 3.0, 4)
    assert recipe.bissl.upper_lr == load_recipe("digits").bissl.upper_lr
    assert recipe.seeds.runs == (7,) and (recipe.name, recipe.description) == ("mine", "")
    assert recipe.pretrain.backbone["widths"] == [4, 8, 8, 8] and recipe.pretrain.backbone["stem"] == "small"


def test_a_study_names_its_variants():
    recipe = load_recipe("digits-ablations")
    variants = recipe.variants()
    assert list(variants)[:3] == ["finetune", "bissl", "bissl.lam=0.01"]
    assert variants["bissl.lam=0.01"].bissl.lam == 0.01 and variants["bissl.lam=0.01"].approach == "bissl"
    assert variants["N_U = 1"].bissl.upper_steps == 1
    assert variants["15 epochs of pretraining, FT"].approach == "finetune"
    studies = [
        set(load_recipe(name).variants()) for name in ("digits-study", "digits-hypergradients", "evidence/other-arms")
    ]
    assert set.union(*studies) >= set(APPROACH_NAMES)


LAM, LR = {"bissl.lam": 0.5}, {"finetune.lr": 0.5}


@pytest.mark.parametrize(
    "study, message",
    [
        ({"approaches": ["finetune", "finetune"]}, "study.approaches: .* no other row has, got 'finetune', which is also in study.approaches"),
        ({"approaches": ["bissl"], "variants": {"bissl": LAM}}, "study.variants.bissl: .*, got 'bissl', which is also in study.approaches"),
        ({"sweep": {"bissl.lam": [0.1, 0.1]}}, "study.sweep.bissl.lam: expected a name that no other row has, got 'bissl.lam=0.1'"),
        ({"sweep": {"bissl.lam": [0.5]}, "variants": {"bissl.lam=0.5": LAM}}, "study.variants.bissl.lam=0.5: expected a name"),
        ({"approaches": ["finetune", "bissl"], "variants": {"FT": LR}}, "study.variants.FT: .* got 'FT' beside 'finetune', which both read 'FT'"),
        ({"variants": {"FT": LR, "finetune": {"approach": "finetune"}}}, "study.variants.finetune: .* beside 'FT'"),
        ({"variants": {"finetune": LAM}}, "study.variants.finetune: .* an approach that it does not take .*'bissl'"),
        ({"variants": {"a b": LR, "a  b": LAM}}, "study.variants.a  b: .* both read 'a b'"),
        ({"variants": {" ": LR}}, "study.variants: expected names of rows"),
        ({"variants": {1: LR}}, "study.variants: expected text, got a whole number"),
        ({"variants": {"x": {1: 2}}}, "study.variants.x: expected text, got a whole number"),
    ],
)  # fmt: skip
def test_rows_that_a_table_could_not_tell_apart(study, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Recipe(study=study)


@pytest.mark.parametrize("option", ["search.trials", "seeds.runs", "seeds", "study.tune", "name", "description"])
def test_what_a_row_cannot_have_for_itself(option):
    text = f"expected what a row may have for itself, got {option}; {option.partition('.')[0]} is the whole study's"
    with pytest.raises(ValueError, match=f"study.sweep.{option}: {text}"):
        Recipe(study={"sweep": {option: [3, 30]}})
    with pytest.raises(ValueError, match=f"study.variants.x: {text}"):
        Recipe(study={"variants": {"x": {"bissl.lam": 0.1, option: 3}}})


@pytest.mark.parametrize(
    "downstream, kind",
    [
        ("voc2007", "any number of classes"),
        ("voc2012-detection", "boxes"),
        ("scenes-detection", "boxes"),
        ("cityscapes", "a class per pixel"),
    ],
)
def test_rows_are_measured_by_the_same_metrics(downstream, kind):
    changes = {"data.downstream": downstream}
    text = f"study.variants.x: .* got 'x' on images labelled with {kind} beside 'finetune' on .* with one class each"
    with pytest.raises(ValueError, match=text):
        Recipe(study={"approaches": ["finetune"], "variants": {"x": changes}})
    alone = Recipe(study={"variants": {"x": changes, "y": changes | {"approach": "finetune"}}})
    assert set(alone.variants()) == {"x", "y"}


# --- what users get wrong ---------------------------------------------------------------------------------------------

#: Per section: a misspelt key, a wrong type, an impossible value, and what the message must say.
WRONG = {
    "data": (
        ({"downstraem": "dtd"}, 'did you mean "downstream"'),
        ({"labels_per_class": "5"}, r"data.labels_per_class: expected a whole number or null, got text \('5'\); write the number without quotes"),
        ({"downstream": "flower"}, 'data.downstream: expected one of .* did you mean "flowers102"'),
        ({"downstream": "pets", "downstream_options": {"split": "train"}}, 'data.downstream_options: .* got "split"'),
        ({"pretext": "cifar10", "pretext_options": {"name": "x"}}, 'data.pretext_options: expected .* got "name"'),
        ({"pretext": "mixture", "pretext_options": {"icons": {"name": "x"}}}, 'data.pretext_options.icons: .* got "name"'),
    ),
    "task": (
        ({"objective": "fnc"}, 'task.objective: expected .*"fcn"'),
        ({"objective": "fcn", "options": {"chanels": 8}}, 'task.options: .*"chanels"; did you mean "channels"'),
        ({"objective": "fcn", "options": {"net": None}}, 'task.options: expected one of "channels", "dilation"'),
        ({"options": {"channels": 8}}, "task.options: say whose they are"),
        ({"objective": "classifier", "options": {"channels": 8}}, "a classifier takes none"),
    ),
    "augmentation": (
        ({"statistic": "measured"}, 'did you mean "statistics"'),
        ({"flip": 1}, r"augmentation.flip: expected true or false, got a whole number \(1\)"),
        ({"downstream": "papers"}, 'augmentation.downstream: .* did you mean "paper"'),
    ),
    "pretrain": (
        ({"epoch": 5}, 'pretrain: .* did you mean "epochs"'),
        ({"epochs": 5.0}, r"pretrain.epochs: expected a whole number, got a number \(5.0\); write 5"),
        ({"epochs": 5, "warmup_epochs": 5}, "pretrain.warmup_epochs: expected fewer than the 5 epochs"),
    ),
    "warmup": (
        ({"weight_decy": 0.1}, 'warmup: .* did you mean "weight_decay"'),
        ({"lr": "1e-3"}, r"warmup.lr: expected a number or null, got text \('1e-3'\); write the number without quotes"),
        ({"lr": -0.1}, "warmup.lr: expected a finite number of at least 0, got -0.1"),
    ),
    "bissl": (
        ({"lambda": 0.1}, 'bissl: expected one of .* did you mean "lam"'),
        ({"upper_steps": [8]}, r"bissl.upper_steps: expected a whole number, got a list \(\[8\]\)"),
        ({"lam": 0, "damping": 0}, "bissl.lam . damping: expected a positive sum"),
    ),
    "finetune": (
        ({"learning_rate": 0.1}, "finetune: expected one of"),
        ({"zero_head": "yes"}, r"finetune.zero_head: expected true or false, got text \('yes'\)"),
        ({"layer_decay": 1.5}, "finetune.layer_decay: expected above 0 and at most 1, got 1.5"),
    ),
    "probe": (
        ({"c": 1.0}, 'probe: .* did you mean "C"'),
        ({"recalibration_batches": 2.5}, r"probe.recalibration_batches: expected a whole number, got a number \(2.5\)"),
        ({"C": 0}, "probe.C: expected a finite number above 0, got 0"),
    ),
    "noisytune": (
        ({"scales": 0.1}, 'noisytune: .* did you mean "scale"'),
        ({"scale": None}, "noisytune.scale: expected a number, got nothing"),
        ({"scale": float("nan")}, "noisytune.scale: expected a finite number"),
    ),
    "data_mix": (
        ({"epcohs": 1}, 'data_mix: .* did you mean "epochs"'),
        ({"epochs": True}, r"data_mix.epochs: expected a whole number, got true or false \(True\)"),
        ({"epochs": 0}, "data_mix.epochs: expected at least 1, got 0"),
        ({"images": 0}, "data_mix.images: expected at least 1, got 0"),
    ),
    "weighted_sum": (
        ({"wieght": 0.5}, 'weighted_sum: .* did you mean "weight"'),
        ({"steps": "many"}, "weighted_sum.steps: expected a whole number, got text .* write a number"),
        ({"weight": 1.5}, "weighted_sum.weight: expected a number from 0 to 1, got 1.5"),
        ({"steps": 48, "record_every": 20}, "weighted_sum.record_every: expected a divisor of the 48 steps, got 20"),
    ),
    "early_stop": (
        ({"finetuned": {}}, 'early_stop: .* did you mean "finetune"'),
        ({"finetune": 5}, r"early_stop.finetune: expected options by name or null, got a whole number \(5\)"),
        ({"finetune": {"patience": 0}}, "early_stop.finetune.patience: expected a whole number of at least 1, got 0"),
    ),
    "callbacks": (
        ({"tensorbord": True}, 'callbacks: .* did you mean "tensorboard"'),
        ({"wandb": True}, "callbacks.wandb: expected text or null"),
        ({"knn_every": 0}, "callbacks.knn_every: expected at least 1"),
    ),
    "seeds": (
        ({"run": [1]}, 'seeds: .* did you mean "runs"'),
        ({"runs": 5}, r"seeds.runs: expected a list .* got a whole number \(5\); write \[5\]"),
        ({"runs": [1, 1]}, "seeds.runs: expected one or more different seeds"),
    ),
    "search": (
        ({"trails": 5}, 'search: .* did you mean "trials"'),
        ({"lr": [0.1]}, r"search.lr: expected a list of 2 \(a number each\)"),
        ({"lr": [0, 1]}, "search.lr: expected .* 0 < least <= most"),
    ),
    "study": (
        ({"approach": ["finetune"]}, 'study: .* did you mean "approaches"'),
        ({"sweep": {"bissl.lam": 0.1}}, r"study.sweep.bissl.lam: expected a list of values, got 0.1; write \[0.1\]"),
        ({"approaches": ["fine-tune"]}, 'approach.*: expected one of .* did you mean "finetune"'),
    ),
}  # fmt: skip


def test_every_section_is_among_the_wrong_ones():
    values = {field.name: getattr(Recipe(), field.name) for field in fields(Recipe)}
    assert set(WRONG) == set(SECTIONS) == {name for name, value in values.items() if isinstance(value, Section)}


#: Every option of every section.
OPTIONS = [(key, name) for key, section in SECTIONS.items() for name in section.names()]


@pytest.mark.parametrize("key, name", OPTIONS)
def test_a_misspelt_option_is_told_the_nearest(key, name):
    with pytest.raises(ValueError, match=f'^{key}: expected one of .* got "{name}x"; did you mean "{name}"'):
        Recipe(**{key: {f"{name}x": 1}})


@pytest.mark.parametrize("key, name", OPTIONS)
def test_an_option_of_a_wrong_type_is_told_what_it_takes(key, name):
    """A date, which YAML has, is the value of no option."""
    with pytest.raises(TypeError, match=rf"^{key}\.{name}: expected .+, got date"):
        Recipe(**{key: {name: datetime.date(2024, 2, 29)}})


def impossible_values():
    """Per option that numbers or words are given for: one that it cannot have, as its type has it."""
    for key, name in OPTIONS:
        choices = _choices(SECTIONS[key].hints()[name])
        members = {member for choice in choices for member in (choice, *get_args(choice))}
        listed = any(get_origin(choice) is tuple for choice in choices)
        if any(get_origin(choice) is Literal for choice in choices):
            yield key, name, "nonsense"
        elif (key, name) in BY_THEIR_SECTION:
            yield key, name, [0.0, 1.0]
        elif {int, float} & members and Mapping not in members:
            yield key, name, [-1] if listed else -1


@pytest.mark.parametrize("key, name, value", list(impossible_values()))
def test_an_impossible_value_is_told_what_is_possible(key, name, value):
    with pytest.raises(ValueError, match=rf"^{key}\.{name}: expected .+, got"):
        Recipe(**{key: {name: value}})


@pytest.mark.parametrize(
    "section, values, message",
    [(section, values, message) for section, cases in WRONG.items() for values, message in cases],
)
def test_wrong_values_are_told_with_section_key_and_fix(section, values, message):
    with pytest.raises((ValueError, TypeError), match=message) as error:
        Recipe(**{section: values})
    assert isinstance(error.value, bissl.errors.BisslError)


@pytest.mark.parametrize(
    "values, message",
    [
        ({"bisl": {}}, 'recipe: .* did you mean "bissl"'),
        ({"name": 3}, "name: expected text"),
        ({"approach": "bisl"}, 'approach: .* did you mean "bissl"'),
        ({"bissl": [1]}, "bissl: expected options by name, got list"),
        ({"finetune_after_bissl": {"lrr": 1}}, 'finetune_after_bissl: .* did you mean "lr"'),
        ({"finetune_after_bissl": {"lr": -1}}, "finetune_after_bissl.lr: expected a finite number"),
        ({"pretrain": {"method": "simclrr"}}, 'pretrain.method: .* did you mean "simclr"'),
        ({"pretrain": {"method_options": {"temprature": 1}}}, 'pretrain.method_options: .* did you mean "temperature"'),
        ({"pretrain": {"backbone": "resnet5"}}, 'pretrain.backbone: .* did you mean "resnet50"'),
        ({"pretrain": {"backbone": {"kind": "resnet18", "widhts": [1]}}}, 'did you mean "widths"'),
        ({"pretrain": {"optimizer": {"kind": "sgdd", "lr": 1}}}, 'pretrain.optimizer.kind: .* did you mean "sgd"'),
        ({"pretrain": {"optimizer": {"lr": 1}}}, 'pretrain.optimizer: expected "kind", one of sgd'),
        ({"pretrain": {"optimizer": {"kind": "sgd"}}}, "pretrain.optimizer.lr: SGD needs one"),
        ({"pretrain": {"optimizer": {"kind": "sgd", "lr": -1}}}, "pretrain.optimizer.lr: expected a finite number"),
        ({"bissl": {"solver": {"kind": "conjugate-gradient", "iterations": 0}}}, "bissl.solver.iterations"),
        ({"bissl": {"solver": {"kind": "minress"}}}, 'bissl.solver.kind: .* did you mean "minres"'),
        ({"bissl": {"product": "gauss"}}, 'bissl.product: .* did you mean "gauss-newton"'),
        ({"bissl": {"damping_rule": "tikhonov", "lam": 0}}, "bissl.lam: expected a positive number"),
        ({"bissl": {"solver": "identity", "warm_start": True}}, "bissl.warm_start: Identity.* takes no start"),
        ({"early_stop": {"finetune": {"patiense": 3}}}, 'early_stop.finetune: .* did you mean "patience"'),
        ({"early_stop": {"finetune": {"patience": "3"}}}, "early_stop.finetune.patience: .*write the number without"),
        ({"early_stop": {"finetune": {"metric": "validaton"}}}, 'early_stop.finetune.metric: .* did you mean "valid'),
        ({"early_stop": {"finetune": {"mode": "mx"}}}, 'early_stop.finetune.mode: .* did you mean "max"'),
        ({"early_stop": {"pretrain": {"metric": "knn"}}}, "early_stop.pretrain.metric: .* callbacks.knn_every=5"),
        ({"augmentation": {"pretext": "authors-code"}, "pretrain": {"method": "mae"}}, "augmentation.pretext"),
        ({"data": {"pretext": "glyphs", "pretext_options": {"sides": 8}}}, 'data.pretext_options: .* did you mean "side"'),
        ({"data": {"pretext": "glyphs", "pretext_options": {"side": "8"}}}, "data.pretext_options.side: expected a whole"),
        ({"data": {"downstream": "digits", "downstream_options": {"side": 8}}}, "digits take none, got side"),
        ({"data": {"redraw_labels": True}}, "data.redraw_labels: without data.labels_per_class there is nothing to draw"),
        ({"study": {"sweep": {"bissl.lan": [1]}}}, 'study.sweep.bissl.lan: bissl: .* did you mean "lam"'),
        ({"study": {"variants": {"x": {"bissl.upper_steps": 0}}}}, "study.variants.x: bissl.upper_steps"),
        ({"study": {"approaches": ["finetne"]}}, 'study.approaches: approach: .* did you mean "finetune"'),
    ],
)  # fmt: skip
def test_wrong_recipes_are_told(values, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Recipe.of(values)


@pytest.mark.parametrize(
    "text, message",
    [
        ("bissl: {lam: 1, lam: 2}", "mine.yaml.*'lam' is given twice"),
        ("bissl: {lam: [}", "mine.yaml.*line 1"),
        ("- a\n- b", "mine.yaml: expected sections by name"),
        ("bissl: {lam: " + "9" * 5000 + "}", "mine.yaml: Exceeds the limit"),
        ("bissl: {lam: " + "9" * 400 + "}", "bissl.lam: expected a number, got"),
        ("bissl: " + "[" * 5000, "mine.yaml: "),
        ("extends: " + "a" * 300, 'recipe: expected one of .*got "aaa'),
        ("bissl: {1: 2}", "expected text as a key, got 1"),
        ("a: 1\n---\nb: 2", "expected one YAML document, got 2"),
        ("extends: mine.yaml", "extends: .*goes in a circle"),
        ("extends: digit", 'did you mean "digits"'),
        ("extends: 3", "extends: expected the name of a recipe"),
        ("bissl: !!python/object/apply:os.getcwd []", "mine.yaml.*got one of the kind python"),
    ],
)
def test_wrong_files_are_told(tmp_path, text, message, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises((ValueError, TypeError), match=message):
        load_recipe("mine.yaml")


def test_optimisers_of_ones_own_cannot_be_written():
    class Mine(bissl.SGD):
        pass

    with pytest.raises(TypeError, match="finetune.optimizer: expected one of bissl's own.* got Mine"):
        Recipe(finetune={"optimizer": Mine(lr=0.1)})


def test_missing_files_and_wrong_changes_are_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.yaml: no such recipe file"):
        load_recipe(tmp_path / "none.yaml")
    with pytest.raises(ValueError, match="expected section.key=value"):
        load_recipe("digits", ["bissl.lam"])
    with pytest.raises(ValueError, match="name.x: name is 'digits', which has no key"):
        load_recipe("digits", ["name.x=1"])
    with pytest.raises(ValueError, match='recipe: .* did you mean "bissl"'):
        load_recipe("digits", ["bisl.lam=1"])


@pytest.mark.parametrize(
    ("name", "labels", "objective"),
    [
        ("cityscapes", "a class per pixel", bissl.FCN),
        ("voc2007-detection", "boxes", bissl.FasterRCNN),
        ("voc2012-segmentation", "a class per pixel", bissl.FCN),
        ("pets", "", None),
    ],
)
def test_the_objective_goes_by_the_labels(name, labels, objective):
    recipe = Recipe(data={"downstream": name, "downstream_root": "data"})
    assert recipe.task.choice(labels) is objective
    assert Recipe(data={"pretext": name}).data.pretext == name


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"downstream": "scenes"}, "data.downstream: scenes are drawn without labels.*scenes-segmentation"),
        (
            {"downstream": "scenes-detection", "downstream_options": {"folder": "x"}},
            "data.downstream_options: .*training",
        ),
        ({"pretext": "scenes", "pretext_options": {"count": "many"}}, "data.pretext_options.count"),
    ],
)
def test_wrong_scenes(data, message):
    with pytest.raises((InvalidArgument, TypeError), match=message):
        Recipe(data=data)
