"""Constructor arguments: a later assignment counts or is refused; integers and numbers enter by one door; siblings have
their arguments in the same places; unknown names are answered with the nearest."""

from __future__ import annotations

import inspect
import itertools
import tempfile

import numpy as np
import pytest

import bissl
from bissl import callbacks, solvers
from bissl.bilevel.joint import WeightedObjectives
from bissl.data.readers.partition import checked_partition
from bissl.errors import BisslError
from bissl.training.base import Stage

DRAWS = np.random.default_rng(0)
VIEWS = tuple(DRAWS.normal(size=(6, 8, 8, 3)).astype(np.float32) for _ in range(2))
LABELLED = VIEWS[0], np.array([0, 1, 2, 2, 1, 0])
PAIR = np.zeros((6, 8, 8, 3), np.uint8), np.array([0, 1, 2, 2, 1, 0])


def resnet(**options):
    return bissl.ResNet(**{"layers": (1,), "widths": (4,), "stem": "small"} | options)


def vit(**options):
    return bissl.VisionTransformer(**{"image_size": 8, "patch_size": 4, "width": 8, "depth": 1, "heads": 2} | options)


def simclr(**options):
    return bissl.SimCLR(resnet(), (5, 3), **options)


def loop(**options):
    return bissl.Bilevel(simclr(), bissl.Classifier(4, 3), **options)


def joint(**options):
    arguments = {"weight": 0.25, "optimizer": bissl.SGD(lr=0.1)} | options
    return WeightedObjectives(simclr(), bissl.Classifier(4, 3), **arguments)


class Alignment(bissl.Pretext):
    def loss(self, first, second):
        return bissl.ops.mse_loss(self.head(first), self.head(second))


class Net(bissl.Backbone):
    def __init__(self, num_features=4, seed=0):
        super().__init__(num_features=num_features, seed=seed)
        self.weight = self.add_parameter("weight", (num_features, 3, 1, 1))

    def features(self, images):
        return bissl.ops.global_avg_pool(bissl.ops.conv2d(images, self.weight))


#: An object of every public class that is made with options.
MADE = {
    bissl.Backbone: Net,
    bissl.ConvNeXt: lambda: bissl.ConvNeXt((1,), (4,)),
    bissl.ResNet: resnet,
    bissl.VisionTransformer: vit,
    bissl.Projector: lambda: bissl.Projector(4, (5, 3)),
    bissl.LinearHead: lambda: bissl.LinearHead(4, 3),
    bissl.SimCLR: simclr,
    bissl.BYOL: lambda: bissl.BYOL(resnet(), (5, 3)),
    bissl.MAE: lambda: bissl.MAE(vit(), decoder_width=8, decoder_depth=1, decoder_heads=2, mask_ratio=0.5),
    bissl.Classifier: lambda: bissl.Classifier(4, 3),
    bissl.MultiLabelClassifier: lambda: bissl.MultiLabelClassifier(4, 3),
    bissl.FCN: lambda: bissl.FCN(resnet(), 3, channels=4),
    bissl.FasterRCNN: lambda: bissl.FasterRCNN(resnet(layers=(1, 1), widths=(4, 8)), 3),
    bissl.Pretext: lambda: Alignment(resnet(), bissl.LinearHead(4, 3)),
    bissl.Downstream: lambda: bissl.Downstream(bissl.LinearHead(4, 3)),
    bissl.Objective: lambda: bissl.Objective(bissl.LinearHead(4, 3)),
    bissl.SGD: lambda: bissl.SGD(lr=0.1),
    bissl.LARS: lambda: bissl.LARS(lr=0.1),
    bissl.AdamW: lambda: bissl.AdamW(lr=0.1),
    bissl.ConjugateGradient: bissl.ConjugateGradient,
    bissl.MINRES: bissl.MINRES,
    bissl.NeumannSeries: bissl.NeumannSeries,
    bissl.Krylov: bissl.Krylov,
    solvers.Nystrom: solvers.Nystrom,
    solvers.RecycledKrylov: solvers.RecycledKrylov,
    bissl.Exact: bissl.Exact,
    bissl.Identity: bissl.Identity,
    bissl.DiscardedImplicitTerm: bissl.DiscardedImplicitTerm,
    solvers.OwnSolver: lambda: solvers.OwnSolver(lambda product, v: v),
    bissl.Bilevel: loop,
    WeightedObjectives: joint,
    bissl.CosineSchedule: lambda: bissl.CosineSchedule(0.1, 10),
    bissl.CosineDecay: lambda: bissl.CosineDecay(0.9, 10),
    bissl.data.Stack: lambda: bissl.data.Stack(10, 2),
    bissl.data.RandomDraws: lambda: bissl.data.RandomDraws(10, 2),
    bissl.data.Sequential: lambda: bissl.data.Sequential(10, 2),
    bissl.data.View: lambda: bissl.data.View(8),
    bissl.data.OneView: lambda: bissl.data.OneView.small(),
    bissl.data.TwoViews: lambda: bissl.data.TwoViews.small(),
    bissl.data.DownstreamViews: lambda: bissl.data.DownstreamViews.small(),
    callbacks.CSV: lambda: callbacks.CSV("x.csv"),
    callbacks.JSONLines: lambda: callbacks.JSONLines("x.jsonl"),
    callbacks.EarlyStop: callbacks.EarlyStop,
    callbacks.NaNMonitor: callbacks.NaNMonitor,
    callbacks.Probe: lambda: callbacks.Probe(PAIR, PAIR),
    callbacks.NearestNeighbors: lambda: callbacks.NearestNeighbors(PAIR, PAIR),
    callbacks.Plots: lambda: callbacks.Plots("x.png"),
    callbacks.TensorBoard: lambda: callbacks.TensorBoard("x"),
    callbacks.WandB: lambda: callbacks.WandB("x"),
    callbacks.MLflow: lambda: callbacks.MLflow("x", tracking_uri="http://localhost:1"),
    callbacks.RankMe: lambda: callbacks.RankMe(PAIR[0]),
    callbacks.LiDAR: lambda: callbacks.LiDAR(PAIR[0]),
}
#: What may be set, shown below to count.
MAY_BE_SET = {
    bissl.Pretext: {"head"},
    bissl.Downstream: {"head"},
    bissl.Objective: {"head"},
    bissl.BYOL: {"decay"},
    bissl.SGD: {"lr", "groups"},
    bissl.LARS: {"lr", "groups"},
    bissl.AdamW: {"lr", "groups"},
    bissl.Bilevel: {
        "lam", "damping", "product", "damping_rule", "hypergradient", "solver", "warm_start", "clip_norm", "lower_optimizer",
        "upper_optimizer",
    },
    WeightedObjectives: {"weight", "clip_norm"},
}  # fmt: skip
#: What comes out of calls and is made by no user; tables of users' own names; abstract classes.
RESULTS = {
    bissl.FlatVector, bissl.Gradient, bissl.Linearization, bissl.LowerInfo, bissl.UpperInfo, bissl.SolveInfo,
    bissl.StepInfo, bissl.Parameters, bissl.DenseDownstream, callbacks.Callback, solvers.Solver, solvers.SolveInfo, solvers.ImplicitSystem,
}  # fmt: skip


def parameters(kind):
    """Those of the constructor that have names."""
    found = inspect.signature(kind.__init__).parameters.values()
    return [p.name for p in found if p.name != "self" and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def test_every_public_class_is_looked_at():
    public = [getattr(place, name) for place in (bissl, solvers, callbacks) for name in place.__all__]
    classes = {kind for kind in public if isinstance(kind, type)}
    assert {kind for kind in classes if not issubclass(kind, Stage)} <= {*MADE, *RESULTS}


@pytest.mark.parametrize("kind", MADE, ids=lambda kind: kind.__name__)
def test_an_assignment_counts_or_is_refused(kind):
    pytest.importorskip(
        {"TensorBoard": "tensorboardX", "WandB": "wandb", "MLflow": "mlflow"}.get(kind.__name__, "numpy")
    )
    made = MADE[kind]()
    for name in parameters(kind):
        if name in MAY_BE_SET.get(kind, ()):
            continue
        before = getattr(made, name, None)
        with pytest.raises(AttributeError):
            setattr(made, name, 0.125)
        after = getattr(made, name, None)
        assert after is before or callable(after), name


STAGES = [kind for kind in vars(bissl).values() if inspect.isclass(kind) and issubclass(kind, Stage)]


@pytest.mark.parametrize("kind", STAGES)
def test_stages_read_their_options_when_they_are_fitted(kind):
    stage = kind()
    for name in parameters(kind):
        setattr(stage, name, marker := object())
        assert stage.get_params()[name] is marker


def test_a_refusal_says_how_to_make_a_new_one():
    for change, text in (
        (lambda: setattr(simclr(), "temperature", 0.1), r"SimCLR.temperature.*make a new SimCLR\(temperature=\.\.\.\)"),
        (lambda: setattr(MADE[bissl.MAE](), "mask_ratio", 0.1), r"make a new MAE\(mask_ratio=\.\.\.\)"),
        (lambda: setattr(bissl.MINRES(), "iterations", 9), r"make a new MINRES\(iterations=\.\.\.\)"),
        (lambda: setattr(bissl.SGD(lr=1.0), "weight_decay", 0.1), r"optimizer.copy\(weight_decay=\.\.\.\)"),
        (lambda: setattr(vit(), "drop_path", 0.1), r"net.with_drop_path\("),
        (lambda: setattr(bissl.Parameters(scale=np.ones(2)), "scale", 3), r'head.vector\["scale"\] = values'),
        (lambda: setattr(simclr(), "net", 3), "the network is called backbone"),
        (lambda: setattr(MADE[bissl.MAE](), "backbone", resnet()), "other parts were made to fit it: make a new MAE"),
        (lambda: setattr(MADE[bissl.BYOL](), "head", bissl.LinearHead(4, 3)), "make a new BYOL"),
    ):
        with pytest.raises(BisslError, match=text) as caught:
            change()
        assert isinstance(caught.value, AttributeError)


def test_attributes_of_ones_own_are_free():
    class Tempered(bissl.SimCLR):
        def __init__(self, net, scale=1.0):
            super().__init__(net, (5, 3))
            self.scale = scale

    objective = Tempered(resnet())
    objective.scale, objective.note = 2.0, "mine"
    assert (objective.scale, objective.note) == (2.0, "mine")


# --- what may be set counts -------------------------------------------------------------------------------------------

BILEVEL = {
    "lam": 0.5, "damping": 3.0, "product": "gauss-newton", "damping_rule": "tikhonov", "solver": "minres",
    "hypergradient": "unrolled",
    "warm_start": True, "clip_norm": 0.01, "lower_optimizer": bissl.SGD(lr=0.3), "upper_optimizer": bissl.AdamW(lr=0.2),
}  # fmt: skip


def trained(made):
    for _ in range(2):
        made.lower_step(VIEWS)
        made.linearize(VIEWS)
        made.upper_step(LABELLED)
        made.upper_step(LABELLED)
    return np.concatenate([made.backbone.vector, made.upper_backbone.vector])


@pytest.mark.parametrize("name", BILEVEL)
def test_what_is_set_in_a_loop_counts(name):
    assert {*BILEVEL} == MAY_BE_SET[bissl.Bilevel]
    value = BILEVEL[name]
    set_later = loop()
    setattr(set_later, name, value.copy() if isinstance(value, bissl.optim.optimizers.Optimizer) else value)
    made_with = loop(**{name: value.copy() if isinstance(value, bissl.optim.optimizers.Optimizer) else value})
    results = trained(set_later), trained(made_with), trained(loop())
    assert np.array_equal(results[0], results[1]) and not np.array_equal(results[0], results[2])


def test_what_does_not_fit_a_loop_is_refused_and_changes_nothing():
    made = loop(lam=0.0, damping=2.0)
    for name, value in (
        ("damping", 0.0), ("lam", -1), ("lam", "x"), ("product", "exakt"), ("damping_rule", "tikhonov"),
        ("solver", "minress"), ("warm_start", 1), ("clip_norm", 0), ("lower_optimizer", 0.1),
    ):  # fmt: skip
        with pytest.raises(BisslError, match=name):
            setattr(made, name, value)
    assert (made.lam, made.damping, made.product, made.warm_start, made.clip_norm) == (0.0, 2.0, "exact", False, 10.0)


@pytest.mark.parametrize(("name", "value"), [("weight", 0.75), ("clip_norm", 0.01)])
def test_what_is_set_in_a_weighted_sum_counts(name, value):
    set_later, made_with, plain = joint(), joint(**{name: value}), joint()
    setattr(set_later, name, value)
    for sum_ in (set_later, made_with, plain):
        sum_.step(VIEWS, LABELLED)
    results = [np.array(sum_.pretext.backbone.vector) for sum_ in (set_later, made_with, plain)]
    assert np.array_equal(results[0], results[1]) and not np.array_equal(results[0], results[2])


def test_another_head_and_network_count():
    alignment = MADE[bissl.Pretext]()
    alignment.head, alignment.backbone = bissl.LinearHead(4, 2, seed=5), resnet(seed=7)
    other = Alignment(resnet(seed=7), bissl.LinearHead(4, 2, seed=5))
    assert alignment.value_and_gradient(VIEWS)[0] == other.value_and_gradient(VIEWS)[0]
    with pytest.raises(TypeError, match="head: expected a head"):
        alignment.head = 3
    with pytest.raises(TypeError, match="net: expected a bissl network"):
        alignment.backbone = 3


def test_rates_groups_and_decays_count():
    byol, fixed = (bissl.BYOL(resnet(), (5, 3), decay=decay) for decay in (0.9, 0.5))
    byol.decay = 0.5
    groups = [{"match": "backbone.*", "lr_scale": 0.0}]
    optimizers = bissl.SGD(lr=1.0), bissl.SGD(lr=0.1, groups=groups)
    optimizers[0].lr, optimizers[0].groups = 0.1, groups
    for objective, optimizer in zip((byol, fixed), optimizers):
        for _ in range(2):
            objective.step(VIEWS, optimizer)
    assert np.array_equal(byol.head.vector, fixed.head.vector)
    assert np.array_equal(byol.backbone.vector, resnet().vector)
    target, other = byol.target_state_dict(), fixed.target_state_dict()
    assert all(np.array_equal(target[name], other[name]) for name in target)


# --- one door for integers, one for numbers ---------------------------------------------------------------------------

IMAGES = DRAWS.integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)
SMALL = {"augmentation": "small", "progress": False}


def pretrain(**options):
    chosen = {"backbone": resnet(), "method_options": {"projector": (4,)}, "epochs": 1, "lr": 0.1} | SMALL
    return bissl.Pretrain(**chosen | options).fit(IMAGES)


def finetune(**options):
    return bissl.FineTune(**{"epochs": 1} | SMALL | options).fit(resnet(), *PAIR)


INTEGERS = {
    "Pretrain epochs": lambda n: pretrain(epochs=n),
    "Pretrain batch_size": lambda n: pretrain(batch_size=n),
    "Pretrain random_state": lambda n: pretrain(random_state=n),
    "FineTune epochs": lambda n: finetune(epochs=n),
    "FineTune batch_size": lambda n: finetune(batch_size=n),
    "FineTune validate_every": lambda n: finetune(validate_every=n),
    "recalibrate batches": lambda n: bissl.recalibrate(resnet(), IMAGES, batches=n, augmentation="small"),
    "recalibrate batch_size": lambda n: bissl.recalibrate(
        resnet(), IMAGES, batches=1, batch_size=n, augmentation="small"
    ),
    "ConjugateGradient iterations": bissl.ConjugateGradient,
    "NeumannSeries terms": bissl.NeumannSeries,
    "Exact limit": bissl.Exact,
    "CosineSchedule total": lambda n: bissl.CosineSchedule(0.1, n),
    "CosineSchedule warmup": lambda n: bissl.CosineSchedule(0.1, 10, n),
    "EarlyStop patience": lambda n: callbacks.EarlyStop(patience=n),
    "Probe every": lambda n: callbacks.Probe(PAIR, PAIR, every=n),
    "NearestNeighbors neighbors": lambda n: callbacks.NearestNeighbors(PAIR, PAIR, neighbors=n),
    "Classifier num_classes": lambda n: bissl.Classifier(4, n),
    "LinearHead inputs": lambda n: bissl.LinearHead(n, 3),
    "Projector widths": lambda n: bissl.Projector(4, (n, 3)),
    "ResNet widths": lambda n: resnet(widths=(n,)),
    "ResNet seed": lambda n: resnet(seed=n),
    "VisionTransformer depth": lambda n: vit(depth=n),
    "MAE decoder_depth": lambda n: bissl.MAE(vit(), decoder_width=8, decoder_depth=n, decoder_heads=2, mask_ratio=0.5),
    "noisy_tune seed": lambda n: bissl.noisy_tune(resnet(), seed=n),
    "ops.max_pool2d window": lambda n: bissl.ops.max_pool2d(np.ones((1, 8, 8, 2)), n),
    "ops.conv2d stride": lambda n: bissl.ops.conv2d(np.ones((1, 8, 8, 1)), np.ones((1, 1, 2, 2)), stride=(1, n)),
    "ops.var ddof": lambda n: bissl.ops.var(np.ones(8), ddof=n),
    "stratified_split seed": lambda n: bissl.data.stratified_split(np.arange(8) % 2, 0.5, n),
    "ops.repeat count": lambda n: bissl.ops.repeat(np.ones(3), n),
    "View size": lambda n: bissl.data.View(n, resize_shorter=4),
    "View resize_shorter": lambda n: bissl.data.View(4, resize_shorter=n),
    "Loader seed": lambda n: bissl.data.Loader(PAIR[0], bissl.data.Sequential(6), bissl.data.View(8), seed=n),
    "cached side": lambda n: bissl.data.cached(PAIR[0], tempfile.mkdtemp(), side=n, progress=False),
    "glyphs count": lambda n: bissl.data.glyphs(side=8, characters="ab", count=n),
    "check_files threads": lambda n: bissl.data.check_files(bissl.data.ArrayDataset(PAIR[0]), threads=n),
    "padded_size multiple": lambda n: bissl.targets.padded_size([(3, 3)], n),
    "LabelMaps num_classes": lambda n: bissl.targets.LabelMaps(n),
    "plot.views n": lambda n: bissl.plot.views(PAIR[0], n=n, augmentation="small"),
    "checked_partition partition": checked_partition,
    "Stack batch_size": lambda n: bissl.data.Stack(10, n),
    "knn_accuracy neighbors": lambda n: bissl.analysis.knn_accuracy(np.eye(6), PAIR[1], neighbors=n),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_of_python_and_numpy_are_taken_and_nothing_else_is(name):
    argument = name.split()[1]
    for number in (4, np.int64(4), np.uint8(4)):
        INTEGERS[name](number)
    for number in (4.7, 4.0, True, np.float32(4), np.bool_(True), "4"):
        with pytest.raises(TypeError, match=rf"{argument}.*: expected .*got {type(number).__name__}"):
            INTEGERS[name](number)


NUMBERS = {
    "SGD lr": lambda x: bissl.SGD(lr=x),
    "SimCLR temperature": lambda x: simclr(temperature=x),
    "MAE mask_ratio": lambda x: bissl.MAE(vit(), decoder_width=8, decoder_depth=1, decoder_heads=2, mask_ratio=x),
    "VisionTransformer mlp_ratio": lambda x: vit(mlp_ratio=x),
    "VisionTransformer drop_path": lambda x: vit(drop_path=x),
    "BYOL decay": lambda x: bissl.BYOL(resnet(), (3,), decay=x),
    "Bilevel clip_norm": lambda x: loop(clip_norm=x),
    "Bilevel lam": lambda x: loop(lam=x),
    "CosineSchedule base": lambda x: bissl.CosineSchedule(x, 10),
    "MINRES tolerance": lambda x: bissl.MINRES(tolerance=x),
    "EarlyStop least": lambda x: callbacks.EarlyStop(least=x),
    "Probe C": lambda x: callbacks.Probe(PAIR, PAIR, C=x),
    "ops.layer_norm eps": lambda x: bissl.ops.layer_norm(np.ones((2, 3)), np.ones(3), np.ones(3), x),
    "stratified_split share": lambda x: bissl.data.stratified_split(np.arange(8) % 2, x),
    "ops.scale by": lambda x: bissl.ops.scale(np.ones(3), x),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_real_numbers_of_python_and_numpy_are_taken_and_nothing_else_is(name):
    argument = name.split()[1]
    for number in (0.5, np.float32(0.5), np.float64(0.5)):
        NUMBERS[name](number)
    for number in (True, np.bool_(True), "0.5", [0.5], 0.5j):
        with pytest.raises(TypeError, match=f"{argument}: expected a number"):
            NUMBERS[name](number)
    for number in (np.nan, np.inf, 10**400):
        with pytest.raises(ValueError, match=f"{argument}: expected .*got (nan|inf)"):
            NUMBERS[name](number)


FLAGS = {
    "Pretrain freeze_backbone": lambda on: pretrain(freeze_backbone=on),
    "FineTune freeze_backbone": lambda on: finetune(freeze_backbone=on),
    "FineTune zero_head": lambda on: finetune(zero_head=on),
    "SGD exclude_vectors": lambda on: bissl.SGD(lr=0.1, exclude_vectors=on),
    "ConjugateGradient layerwise": lambda on: bissl.ConjugateGradient(layerwise=on),
    "Bilevel warm_start": lambda on: loop(warm_start=on),
    "MAE normalize_pixels": lambda on: bissl.MAE(
        vit(), decoder_width=8, decoder_depth=1, decoder_heads=2, mask_ratio=0.5, normalize_pixels=on
    ),
}


@pytest.mark.parametrize("name", FLAGS)
def test_flags_are_true_or_false(name):
    for flag in (True, np.bool_(False)):
        FLAGS[name](flag)
    for flag in ("no", 1, 0.5, None):
        with pytest.raises(TypeError, match=f"{name.split()[1]}: expected True or False, got {type(flag).__name__}"):
            FLAGS[name](flag)


# --- siblings have their arguments in the same places -----------------------------------------------------------------

SIBLINGS = [
    (bissl.SGD, bissl.LARS, bissl.AdamW),
    (bissl.SimCLR, bissl.BYOL, bissl.MAE),
    (bissl.Classifier, bissl.MultiLabelClassifier),
    (bissl.ConjugateGradient, bissl.MINRES, bissl.Exact, bissl.Identity, solvers.OwnSolver),
    (bissl.CosineSchedule, bissl.CosineDecay),
    (bissl.Bilevel, bissl.Pretext.__init__),
    (bissl.solvers.ImplicitSystem, bissl.Linearization.solve),
    (bissl.FineTune.fit, bissl.LinearProbe.fit),
    (bissl.BiSSL.fit, bissl.BiSSL.iterate, bissl.WeightedSum.fit),
    (callbacks.Probe, callbacks.NearestNeighbors),
    (callbacks.CSV, callbacks.JSONLines, callbacks.Plots),
    (bissl.data.TwoViews.small, bissl.data.OneView.small, bissl.data.DownstreamViews.small),
]


def options_by_place(call):
    """Names of positional parameters with a default: those that may be given by place or left out."""
    function = call.__init__ if isinstance(call, type) else call
    places = [p for p in inspect.signature(function).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    return {place: p.name for place, p in enumerate(places) if p.default is not p.empty}


@pytest.mark.parametrize("calls", SIBLINGS, ids=lambda calls: calls[0].__qualname__)
def test_an_option_given_by_place_means_the_same_for_all_siblings(calls):
    for first, second in itertools.combinations(map(options_by_place, calls), 2):
        shared = {*first} & {*second}
        counts = {"iterations", "limit", "function", "true_residual", "terms"}  # the one number that sizes a solver
        assert all(first[place] == second[place] or {first[place], second[place]} <= counts for place in shared)


def test_options_of_steps_have_names():
    with pytest.raises(TypeError):
        simclr().step(VIEWS, bissl.SGD(lr=0.1), 10.0)
    with pytest.raises(TypeError):
        bissl.Classifier(4, 3).step(resnet(), LABELLED, bissl.SGD(lr=0.1), 10.0)
    pretext, downstream = (inspect.signature(kind.step).parameters for kind in (bissl.Pretext, bissl.Downstream))
    options = [[p.name for p in step.values() if p.kind is p.KEYWORD_ONLY] for step in (pretext, downstream)]
    assert options[0] == options[1] == ["clip_norm", "train_backbone"]


# --- hints ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda: bissl.Pretrain(learning_rate=0.1), 'did you mean "lr"'),
        (lambda: bissl.BiSSL(learning_rate=0.1), 'did you mean "lower_lr" or "upper_lr"'),
        (lambda: bissl.BiSSL(lower_learning_rate=0.1), 'did you mean "lower_lr"'),
        (lambda: bissl.SGD(learning_rate=0.1), 'did you mean "lr"'),
        (lambda: bissl.FineTune(seed=3), 'did you mean "random_state"'),
        (lambda: bissl.Pretrain(seed=3), 'did you mean "random_state"'),
        (lambda: bissl.FineTune(wd=0.1), 'did you mean "weight_decay"'),
        (lambda: simclr(temp=0.1), 'SimCLR: .*did you mean "temperature"'),
        (lambda: bissl.MINRES(max_iter=3), 'did you mean "iterations"'),
        (lambda: bissl.Classifier(4, n_classes=3), 'did you mean "num_classes"'),
        (lambda: callbacks.EarlyStop(patiance=3), 'did you mean "patience"'),
        (lambda: loop(solvr="minres"), 'did you mean "solver"'),
        (lambda: bissl.resnet18(pretrained=True), "pretrained: bissl downloads no weights.*net.load_weights"),
        (lambda: bissl.vit_small(weights="x"), "weights: bissl downloads no weights"),
        (lambda: pretrain(backbone={"kind": "resnet18", "pretrained": True}), "pretrained: bissl downloads no weights"),
    ],
)
def test_unknown_options_are_answered_with_what_was_meant(call, hint):
    with pytest.raises(ValueError, match=hint):
        call()


def test_nothing_near_gives_no_hint():
    with pytest.raises(ValueError, match='got "zzzz"$'):
        bissl.Pretrain(zzzz=3)


@pytest.mark.parametrize("given", ["/photos", ["/photos/a.jpg", "/photos/b.jpg"]])
def test_a_path_in_place_of_images_is_answered_with_what_opens_it(given):
    for call in (
        lambda: bissl.Pretrain().fit(given),
        lambda: bissl.FineTune().fit(resnet(), given, [0, 1]),
        lambda: bissl.analysis.extract_features(resnet(), given),
        lambda: resnet()(given),
    ):
        with pytest.raises(TypeError, match=r"expected images .*got (a path|paths); open.*bissl.data.open_dataset\("):
            call()


@pytest.mark.parametrize(
    ("base", "way_out"),
    [
        (bissl.Classifier, "Downstream"), (bissl.MultiLabelClassifier, "Downstream"), (bissl.SimCLR, "Pretext"),
        (bissl.BYOL, "Pretext"), (bissl.MAE, "Pretext"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["loss", "prepare", "forward", "stage", "value_and_gradient"])
def test_what_the_engine_states_of_an_objective_is_not_overridden(base, method, way_out):
    mixin = type("Mixin", (), {method: lambda self, *arguments: 1 / 0})
    for bases, own in (((base,), vars(mixin)), ((mixin, base), {})):
        text = f"Mine.{method}: would never be called in training: .* a {base.__name__} .*derived from bissl.{way_out}"
        with pytest.raises(TypeError, match=text):
            type("Mine", bases, {method: own[method]} if own else {})
    assert type("Mine", (base,), {"predict": lambda self, *arguments: 3}).predict(None) == 3


@pytest.mark.parametrize("base", [bissl.FineTune, bissl.Pretrain, bissl.BiSSL])
def test_stages_name_all_of_their_options(base):
    def by_name(self, mine=1, **options):
        base.__init__(self, **options)

    def by_place(self, *options):
        base.__init__(self, *options)

    for constructor, text in ((by_name, r"\*\*options"), (by_place, r"\*options")):
        with pytest.raises(
            TypeError, match=rf"Mine.__init__: expected options with names of their own, got {text}; name"
        ):
            type("Mine", (base,), {"__init__": constructor})
    assert type("Plain", (base,), {})().get_params() == base().get_params()


def test_methods_that_nothing_would_call_are_refused():
    for base, method in (
        (bissl.ResNet, "forward"),
        (bissl.VisionTransformer, "__call__"),
        (bissl.LinearHead, "forward"),
    ):
        with pytest.raises(TypeError, match=f"Mine.{method}: would never be called in training.*bissl.Pretext"):
            type("Mine", (base,), {method: lambda self, x: x})
    with pytest.raises(
        TypeError, match="Mine.forward: would never be called in training: the engine states what a ResNet"
    ):
        type("Mine", (type("Mixin", (), {"forward": lambda self, x: x}), bissl.ResNet), {})
    plain = type("Plain", (bissl.ResNet,), {"describe": lambda self: "mine"})
    assert plain(layers=(1,), widths=(4,)).describe() == "mine"


@pytest.mark.parametrize(
    "owner, name, hint",
    [
        (bissl.SGD(0.1), "learning_rate", '; did you mean "lr"'),
        (bissl.AdamW(0.1), "beta1", '; did you mean "betas"'),
        (bissl.ConjugateGradient(), "steps", ""),
        (bissl.FineTune(), "epochz", '; did you mean "epochs"'),
        (bissl.LinearProbe(), "seed", '; did you mean "random_state"'),
        (simclr(), "temprature", '; did you mean "temperature"'),
        (simclr(), "backbon", '; did you mean "backbone"'),
        (bissl.BYOL(resnet(), (3,)), "decya", '; did you mean "decay"'),
        (bissl.Classifier(4, 3), "num_clases", '; did you mean "num_classes"'),
        (loop(), "dampng", '; did you mean "damping"'),
        (joint(), "wieght", '; did you mean "weight"'),
        (callbacks.EarlyStop(), "patienc", '; did you mean "patience"'),
        (resnet(), "sed", '; did you mean "seed"'),
        (vit(), "drop_pth", '; did you mean "drop_path"'),
        (bissl.LinearHead(3, 2), "output", '; did you mean "outputs"'),
        (bissl.data.Stack(5, 2), "batchsize", '; did you mean "batch_size"'),
    ],
)
def test_settings_that_do_not_exist_are_not_assigned(owner, name, hint):
    with pytest.raises(AttributeError, match=rf"{type(owner).__name__}.{name}: there is no such setting{hint}"):
        setattr(owner, name, 1)


def test_derived_stages_name_their_attributes_as_they_like():
    class Own(bissl.FineTune):
        pass

    stage = Own()
    stage.epochz = 1
    assert stage.epochz == 1
