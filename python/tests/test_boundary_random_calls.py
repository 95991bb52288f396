"""Calls with random arguments: every one ends in a result or a Python exception, never in a signal.

The seed is new in each run and printed. Run as a script, this file makes the calls in the process it runs in; the test
starts it in one of its own::

    python test_boundary_random_calls.py CALLS SEED
"""

from __future__ import annotations

import collections
import json
import math
import os
import random
import re
import resource
import subprocess
import sys

import numpy as np

from bissl import _engine

CALLS = 10_000
#: Of addresses: what is too large is refused before it takes long.
MEMORY = 6 << 30
SHAPES = [(), (0,), (5,), (4, 4), (4, 3), (2, 0), (2, 8, 8, 3), (2, 3, 8, 8), (1, 8, 8, 3), (2, 7, 9, 3), (1,) * 8,
          (4, 3), (4, 3, 3, 3), (3, 4), (3,), (1, 2, 9), (4, 4, 4, 1)]  # fmt: skip
#: Without elements, and without limits but those of NumPy.
EMPTY = [(2**40, 0), (0, 2**40), (2**58, 0), (0, 2**31, 3), (1, 0, 0, 3), (2**22, 0, 1, 1), (2**31, 0, 0, 3), (0, 3, 3, 3),
         (2**29, 0, 2**29), (0, 2**20, 2**20, 2**19), (2**20, 2**20, 2**19, 0), (0, 2**27, 3, 3)]  # fmt: skip
EXTENTS = [0, 1, 1, 2, 3, 4, 5, 8, 9, 17]
DTYPES = ["float32", "float64", "int64", "uint8", "float16", "int32", "bool", "complex64", "object", ">f4"]
INTEGERS = [0, 1, 2, 3, 4, 8, -1, True, *(sign * 2**power + step for power in (15, 20, 31, 32, 33, 40, 62, 63, 64)
            for sign in (1, -1) for step in (-1, 0, 1))]  # fmt: skip
REALS = [
    0.0,
    -0.0,
    0.5,
    1.0,
    10.0,
    -1.0,
    2.0**31,
    2.0**63,
    -(2.0**63),
    2.0**64,
    1e-300,
    1e300,
    float("nan"),
    float("inf"),
    -float("inf"),
    3,
    10**400,
]
FLOATS = [value for value in REALS if isinstance(value, float)]
TEXTS = ["basic", "bottleneck", "imagenet", "small", "relu", "gelu", "sgd", "lars", "cg", "identity", "none", "raise",
         "lower level", "training step", "w", "n", "layer1", "layer2", "kaiming", "batch_norm", "zeros", "xavier", "normal",
         "traced", "convnext", "resnet", "momentum", "exp_avg", "step", "minres", "neumann", "paper", "tikhonov", "exact", "gauss-newton"]  # fmt: skip
OPERATIONS = json.loads(_engine.catalogue_describe())
OPTIONS = ["size", "flip_probability", "crop_scale_min", "center_crop", "blur_sigma_max", "hue", "", "no such option",
           "size\0"]  # fmt: skip
ODDITIES = [None, object(), [], {}, "", "text", b"bytes", (1, "a"), [[1], [2, 3]], range(3), float, 1j, "\ud800"]


#: Settings that fit some inputs, of operations for which few drawn ones do.
FITTING = {
    "RoIAlign": {
        "boxes": (0, 0, 5, 5, -3, 2.5, 60, 7), "image_index": (0, 1), "output_size": (2, 3), "scale": 0.25,
        "sampling_ratio": 0, "aligned": 1,
    },
    "Interpolate": {"size": (3, 9)},
    "Pad": {"before": (0, 1, -1, 0), "after": (0, 2, 3, 1), "value": 1},
    "SoftmaxCrossEntropy": {"labels": (0, 1, 9, 0), "weights": (1, 0, 2, 0.5), "ignore_index": 9},
    "SmoothL1": {"beta": 0.5},
}  # fmt: skip


def names_of_settings(entry: dict) -> list[str]:
    return [setting["name"] for setting in entry["settings"]]


def make_handles() -> tuple[dict[str, list[_engine.Handle]], dict[str, tuple]]:
    """A few valid handles of every kind, small, and a valid call of every function that takes several of them."""
    dtype = np.dtype(_engine.precision)
    images, labels = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype(dtype), np.array([0, 1, 2, 0])
    resnet = {"block": "basic", "layers": (1, 1), "widths": (4, 8), "stem": "small", "activation": "relu"}
    transformer = {"image_size": 8, "patch_size": 4, "width": 8, "depth": 1, "heads": 2, "hidden": 16,
                   "positions": "sincos", "pooling": "class", "drop_path": 0.5, "reg_tokens": 0}  # fmt: skip
    masked_decoder = {"inputs": 8, "image_size": 8, "patch_size": 4, "width": 8, "depth": 1, "heads": 2}
    parts = {
        "num_features": 4,
        "w": ("kaiming", (4, 3, 3, 3)),
        "n": ("batch_norm", (4,)),
        "b": ("normal", (4,)),
        "b#init": 0.1,
    }
    backbone = _engine.module_create("resnet", resnet, 0)
    upper = _engine.module_clone(backbone)
    partly_frozen = _engine.module_freeze(backbone, {"conv1.weight": (), "bn1.bias": ()})
    projector = _engine.module_create("projector", {"inputs": 8, "widths": (8, 8)}, 0)
    head = _engine.module_create("linear", {"inputs": 8, "outputs": 3}, 0)
    simclr = _engine.objective_create("simclr", {"temperature": 0.5}, ())
    classifier, multilabel = (_engine.objective_create(kind, {}, ()) for kind in ("classifier", "multilabel"))
    two_heads = {"inputs": 8, "projector": (8, 4), "predictor": (8, 4)}
    byol_head = _engine.module_create("projector_and_predictor", two_heads, 0)
    byol = _engine.objective_create("byol", {}, (backbone, byol_head))
    pretext = _engine.objective_evaluate(simclr, backbone, projector, (images, images[::-1]), True, True)
    at_lower = _engine.objective_evaluate(classifier, backbone, head, (images, labels), True, True)
    partial = _engine.objective_evaluate(classifier, upper, head, (images, labels), False, True)
    linearization = _engine.objective_linearize(simclr, backbone, projector, (images, images[::-1]), False)
    vit = _engine.module_create("vision_transformer", transformer, 0)
    decoder = _engine.module_create("masked_decoder", masked_decoder, 0)
    mae_settings = {"mask_ratio": 0.5, "normalize_pixels": True}
    mae = _engine.objective_create("mae", mae_settings, ())
    masked = (images, np.random.default_rng(1).random((4, 4)).astype(dtype))
    masked_point = _engine.objective_linearize(mae, vit, decoder, masked, True)
    table = _engine.module_create("parameters", {"weight": (3, 8), "bias": (3,)}, 0)
    traced = _engine.module_create("traced", parts, 0)
    traces = [_engine.trace_create(traced, (4, 8, 8, 3)) for _ in range(3)]
    traced_images = [_engine.trace_images(trace) for trace in traces]
    traced_maps = [
        _engine.operation_apply("Convolution", {"padding": 1}, (image, _engine.trace_parameter(trace, "w")))
        for trace, image in zip(traces, traced_images, strict=True)
    ]
    traced_features = [_engine.operation_apply("GlobalAveragePool", {}, (traced_map,)) for traced_map in traced_maps]
    _engine.trace_end(traces[0], traced_features[0])
    solvers = [
        _engine.solver_create(kind, {"iterations": 2, "nonfinite": "raise"} | settings)
        for kind, settings in [
            ("cg", {"layerwise": 1, "guard": "authors"}),
            ("cg", {"layerwise": 0, "guard": "relative"}),
            ("minres", {"tolerance": 0.0}),
            ("krylov", {"tolerance": 0.1, "adapts": 1}),
            ("neumann", {}),
        ]
    ]
    gradient = _engine.evaluation_gradient(at_lower, 0)
    sgd = _engine.optimizer_create("sgd", 1e-3, 0.9, True, 0.001, False)
    lars = _engine.optimizer_create("lars", 1e-6, 0.9, False, 0.001, True)
    adamw = _engine.adamw_create(0.05, 0.9, 0.95, 1e-8, False)
    at_upper = _engine.objective_evaluate(classifier, upper, head, (images, labels), True, True)
    systems = [
        _engine.system_create(linearization, backbone, 1e-3, 10.0, rule, curvature)
        for rule, curvature in [("paper", "exact"), ("tikhonov", "gauss-newton")]
    ]
    handles = {
        "vector": [gradient, _engine.vector_create(np.zeros(3, dtype))],
        "module": [
            table,
            backbone,
            upper,
            projector,
            head,
            byol_head,
            _engine.module_create("linear", {"inputs": 4, "outputs": 3}, 0),
            vit,
            _engine.module_adapt(vit, {"blocks.0.attn.qkv": (2, 4.0)}, 0),
            decoder,
            partly_frozen,
            traced,
        ],
        "trace": traces,
        "objective": [simclr, classifier, byol, multilabel, mae],
        "evaluation": [pretext, at_lower, at_upper, partial],
        "linearization": [linearization, masked_point],
        "optimizer": [sgd, lars, adamw],
        "solver": [*solvers, _engine.solver_create("identity", {"nonfinite": "zero"})],
        "system": systems,
        "step": [
            *(_engine.upper_propose(at_lower, at_upper) for _ in range(3)),
            *(_engine.step_propose("lower level", {"pretext": 1.0}, (pretext,)) for _ in range(3)),
        ],
        "augmentation": [_engine.augmentation_create({"size": size}) for size in (4, 8)],
        "report": [_engine.solve(systems[0], gradient, gradient, solvers[0])],
    }
    recordings = [
        _engine.recording_create(net, top, training, training, snapshot, training)
        for training in (True, True, False)
        for net, top, snapshot in [(backbone, head, False), (backbone, table, True), (vit, projector, False)]
    ]
    features = [_engine.recording_features(recording, images, 2, {}, True)[0] for recording in recordings]
    outputs = _engine.recording_outputs(recordings[0], features[0])
    loss = _engine.operation_apply("Mean", {}, (outputs,))
    constants = [
        _engine.variable_create(np.ones(shape, dtype))
        for shape in [(), (3,), (4, 3), (4, 8, 8, 3), (2, 3, 3, 3), (2, 5, 4, 4)]
    ]
    handles |= {
        "recording": recordings,
        "variable": [*features, outputs, loss, *constants, *traced_images, *traced_maps],
    }
    pixels, output = np.zeros((2, 8, 9, 3), np.uint8), np.zeros((2, 4, 4, 3), dtype)
    valid_calls = {
        "module_adapt": (backbone, {"layer1.0.conv1": (2, 1.0)}, 1),
        "module_freeze": (backbone, {"conv1.weight": ()}),
        "module_set_frozen": (partly_frozen, np.zeros(112, dtype)),
        "module_maps": (backbone, images, {"stem": (), "layer2": ()}),
        "trace_create": (traced, (2, 5, 6, 3)),
        "trace_images": (traces[1],),
        "trace_parameter": (traces[1], "b"),
        "trace_batch_norm": (traces[1], "n", traced_maps[1]),
        "trace_map": (traces[1], "map", traced_images[1], 2),
        "trace_end": (traces[2], traced_features[2]),
        "mae_predict": (mae, vit, decoder, masked),
        "module_apply": (backbone, images),
        "module_observe": (upper, images),
        "objective_evaluate": (classifier, backbone, head, (images, labels), True, True),
        "byol_step": (byol, backbone, byol_head, 0.9),
        "byol_target": (byol, 0),
        "byol_updates": (byol,),
        "adamw_create": (0.05, 0.9, 0.95, 1e-8, False),
        "optimizer_assign": (adamw, head, np.ones((2, 3), dtype)),
        "optimizer_state": (adamw, head, "exp_avg"),
        "objective_linearize": (simclr, backbone, projector, (images, images[::-1]), False),
        "linearization_product": (linearization, gradient, "gauss-newton"),
        "optimizer_create": ("lars", 1e-6, 0.9, False, 0.001, True),
        "step_propose": ("training step", {"pretext": 0.75, "downstream": 0.25}, (pretext, at_lower)),
        "step_proximal": (handles["step"][3], 1e-3, upper),
        "step_commit": (handles["step"][4], lars, 0.1, 10.0),
        "solver_create": ("cg", {"iterations": 5, "layerwise": 1, "guard": "relative", "nonfinite": "raise"}),
        "upper_propose": (at_lower, at_upper),
        "upper_v": (handles["step"][1],),
        "upper_commit": (handles["step"][0], gradient, sgd, 0.1, 10.0),
        "system_create": (linearization, backbone, 1e-3, 10.0, "paper", "exact"),
        "joint_system_create": (masked_point, vit, decoder, 1e-3, 10.0, 1.0, "exact"),
        "system_product": (systems[1], gradient),
        "solve": (systems[0], gradient, np.zeros(0, dtype), solvers[2]),
        "recording_create": (backbone, head, True, True, False, True),
        "recording_features": (recordings[3], images, 2, {"layer1": ()}, True),
        "recording_stage": (recordings[3], "layer2", constants[5], 1, 2),
        "recording_outputs": (recordings[3], features[3]),
        "recording_parameter": (recordings[4], "weight"),
        "recording_embedding": (recordings[0], outputs),
        "recording_evaluate": (recordings[0], loss),
        "recording_linearize": (recordings[0], loss, True),
        "operation_apply": ("Convolution", {"stride": 2, "padding": (1, 1)}, (constants[3], constants[4])),
        "engine_set_communicator": (1, 2, lambda vectors, dtype, purpose: None),
        "augmentation_create": ({"size": 4, "hue": 0.1},),
        "images_augment": (handles["augmentation"][0], pixels, (0, 1), 0, 0, 0, output),
        "image_augment": (handles["augmentation"][0], pixels[0], 0, 0, 0, 0, output[0]),
        "image_geometry": (handles["augmentation"][0], 6, 7, 0, 0, 0, 0),
    }
    modules = {
        "resnet": resnet,
        "convnext": {"depths": (1, 1), "widths": (4, 8), "conv_mlp": True},
        "vision_transformer": transformer,
        "traced": parts,
        "linear": {"inputs": 8, "outputs": 3},
        "projector": {"inputs": 8, "widths": (8, 8)},
        "projector_and_predictor": two_heads,
        "masked_decoder": masked_decoder,
        "fcn_head": {"inputs": 8, "channels": 4, "outputs": 3, "dilation": 2},
        "parameters": {"weight": (3, 8), "bias": 3},
    }
    objectives = {
        "simclr": ({"temperature": 0.5}, ()),
        "byol": ({}, (backbone, byol_head)),
        "mae": (mae_settings, ()),
        "multilabel": ({}, ()),
    }
    made_by_name = {f"module_create {kind}": (kind, given, 0) for kind, given in modules.items()}
    made_by_name |= {f"objective_create {kind}": (kind, *given) for kind, given in objectives.items()}
    return handles, valid_calls | made_by_name


class Arguments:
    """Draws arguments: valid ones, some of the kind that a parameter's name asks for, some of any kind."""

    HANDLE_OF = {
        "backbone": "module", "head": "module", "lower_backbone": "module", "lower_head": "module",
        "upper_backbone": "module", "upper_head": "module", "at_lower": "evaluation",
        "at_upper": "evaluation", "loss": "variable", "features": "variable", "value": "variable", "x": "variable",
        "anchor": "module",
    }  # fmt: skip
    KIND_OF = {
        "inputs_of_operation": "variables", "settings_of_operation": "settings", "terms": "settings", "names": "settings",
        "maps": "settings", "adapters": "settings", "evaluations": "evaluations", "modules": "modules", "level": "text",
        "shape": "integers", "stride": "integer", "rank": "integer", "size": "integer", "sum": "text", "dilation": "integer", "pooled": "flag",
        "operation": "operation", "snapshot": "flag", "training": "flag",
        "values": "array", "input": "array", "direction": "array", "v": "array", "v_ij": "array", "start": "array",
        "scale": "real", "tolerance": "real", "rule": "text", "curvature": "text", "images": "array", "pixels": "array",
        "output": "array", "out": "array",
        "batch": "batch", "count": "integer", "inputs": "integer", "outputs": "integer", "iterations": "integer",
        "seed": "integer", "epoch": "integer", "view": "integer", "which": "integer", "layers": "integers",
        "projector": "integers", "predictor": "integers", "settings": "array", "beta1": "real", "beta2": "real",
        "epsilon": "real", "decay": "real", "name": "text", "widths": "integers", "samples": "integers", "height": "integer",
        "width": "integer",
        "sample": "integer", "batches": "integer",
        "temperature": "real", "learning_rate": "real", "lam": "real",
        "damping": "real", "clip_norm": "real", "weight_decay": "real", "momentum": "real", "trust_coefficient": "real",
        "block": "text", "stem": "text", "activation": "text", "kind": "text", "policy": "text", "nesterov": "flag",
        "exclude_vectors": "flag", "wants_backbone": "flag", "wants_head": "flag", "layerwise": "flag",
        "true_residual": "flag", "recipe": "options", "image_size": "integer", "patch_size": "integer",
        "depth": "integer", "heads": "integer", "hidden": "integer", "positions": "text",
        "pooling": "text", "drop_path": "real", "mask_ratio": "real", "normalize_pixels": "flag", "exact": "flag",
        "recompute": "flag", "record": "flag", "split": "flag", "enabled": "flag", "jointly": "flag", "head_damping": "real",
    }  # fmt: skip

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.make_anew()
        self.kinds = sorted({*self.KIND_OF.values(), *self.handles})

    def make_anew(self) -> None:
        self.handles, self.valid_calls = make_handles()
        self.sgd, self.adamw = self.handles["optimizer"][0], self.handles["optimizer"][2]

    def for_call(self, name: str, parameters: list[str]) -> list[object]:
        replaced = self.random.choice([0.0, 0.1, 0.3, 1.0])
        valid = self.valid_calls.get(name, (None,) * len(parameters))
        if name in ("module_create", "objective_create"):
            return self.call_by_name(name, replaced)
        if name == "operation_apply":  # names shared with other functions, where they mean something else
            parameters = ["operation", "settings_of_operation", "inputs_of_operation"]
            if self.random.random() < 0.5:
                return self.operation_call()
        if name == "solver_create":
            parameters = ["kind", "settings_of_operation"]
        drawn = [
            self.draw(parameter) if name not in self.valid_calls or self.random.random() < replaced else argument
            for parameter, argument in zip(parameters, valid, strict=True)
        ]
        return drawn[1:] if self.random.random() < 0.02 else drawn

    def call_by_name(self, function: str, replaced: float) -> list[object]:
        """A module or an objective of some kind, some of whose settings are drawn."""
        kinds = [name for name in self.valid_calls if name.startswith(f"{function} ")]
        kind, settings, last = self.valid_calls[self.random.choice(kinds)]
        draws = [self.integer, self.integers, self.real, self.text, lambda: (self.text(), self.integers())]
        drawn = {
            name: self.random.choice(draws)() if self.random.random() < replaced / 2 else given
            for name, given in settings.items()
            if self.random.random() < 0.98
        }
        other = self.integer if function == "module_create" else self.modules
        return [kind if self.random.random() < 0.98 else self.text(), drawn, self.random.choice([last, other()])]

    def operation_call(self) -> list[object]:
        """An operation, some of its own settings, inputs."""
        entry = self.random.choice(OPERATIONS)
        draws = [self.integer, self.integers, self.integers, self.real]
        settings = {name: self.random.choice(draws)() for name in names_of_settings(entry)}
        fitting = FITTING.get(entry["name"], {})
        settings |= {name: value for name, value in fitting.items() if self.random.random() < 0.8}
        kept = {name: value for name, value in settings.items() if self.random.random() < 0.7}
        return [entry["name"], kept, self.variables()]

    def spoil_a_state(self) -> None:
        """Writes numbers that no training makes to what a module, an optimiser or an objective keeps."""
        module = self.random.choice(self.handles["module"])
        if (kind := self.random.randrange(4)) < 2:
            vector = (_engine.module_parameters, _engine.module_buffers)[kind](module)
        elif kind == 2:
            name, optimizer = self.random.choice(
                [("momentum", self.sgd), ("exp_avg", self.adamw), ("exp_avg_sq", self.adamw), ("step", self.adamw)]
            )
            vector = _engine.optimizer_state(optimizer, module, name)
        else:
            vector = _engine.byol_updates(self.handles["objective"][2])
        values = np.asarray(vector)
        for _ in range(min(values.size, self.random.choice([1, 1, 4]))):
            with np.errstate(over="ignore"):
                values[self.random.choice([-1, 0, self.random.randrange(values.size)])] = self.random.choice(FLOATS)

    def draw(self, parameter: str) -> object:
        kind = self.HANDLE_OF.get(parameter, parameter)
        kind = kind if kind in self.handles else self.KIND_OF[parameter]
        if self.random.random() < 0.1:
            kind = self.random.choice(self.kinds)
        if self.random.random() < 0.05:
            return self.random.choice(ODDITIES)
        return self.random.choice(self.handles[kind]) if kind in self.handles else getattr(self, kind)()

    def array(self) -> object:
        choice = self.random
        if choice.random() < 0.2:
            return choice.choice(self.handles["vector"])
        dtype = choice.choice(DTYPES if choice.random() < 0.5 else [_engine.precision])
        values = np.random.default_rng(choice.randrange(9)).normal(size=self.shape())
        array = np.array(values * 3).astype(dtype)
        if array.ndim and choice.random() < 0.3:
            array = array[:: choice.choice([-1, 2, -2])]
        if array.size and array.dtype.kind == "f" and choice.random() < 0.1:
            array = np.where(array > 0, np.nan, array)
        array.flags.writeable = choice.random() < 0.7
        return array.T if choice.random() < 0.1 else array

    def shape(self) -> tuple[int, ...]:
        """One of those that fit something, one of rank 0 to 5, or a huge one of an empty array."""
        kind = self.random.random()
        if kind < 0.6:
            return self.random.choice(SHAPES)
        if kind < 0.7:
            return self.random.choice(EMPTY)
        shape = tuple(self.random.choice(EXTENTS) for _ in range(self.random.randrange(6)))
        return shape if math.prod(shape) < 20_000 else shape[:2]

    def batch(self) -> object:
        arrays = [self.array() for _ in range(self.random.choice([0, 1, 2, 2, 2, 2, 3, 9]))]
        return tuple(arrays) if self.random.random() < 0.8 else arrays

    def integer(self) -> object:
        return self.random.choice(INTEGERS[:6] if self.random.random() < 0.7 else INTEGERS)

    def integers(self) -> object:
        return [self.integer() for _ in range(self.random.choice([0, 1, 2, 2, 4]))]

    def real(self) -> object:
        return self.random.choice(REALS)

    def text(self) -> object:
        return self.random.choice(TEXTS)

    def operation(self) -> object:
        return self.random.choice(OPERATIONS)["name"] if self.random.random() < 0.95 else self.text()

    def variables(self) -> object:
        return [self.variable() for _ in range(self.random.choice([0, 1, 1, 1, 2, 2, 3, 3, 4]))]

    def variable(self) -> object:
        if self.random.random() < 0.4:
            return self.random.choice(self.handles["variable"])
        return _engine.variable_create(np.ones(self.shape(), _engine.precision))

    def evaluations(self) -> object:
        return [self.random.choice(self.handles["evaluation"]) for _ in range(self.random.choice([0, 1, 1, 2, 2, 3]))]

    def modules(self) -> object:
        return [self.random.choice(self.handles["module"]) for _ in range(self.random.choice([0, 1, 2, 2, 3]))]

    def settings(self) -> object:
        names = names_of_settings(self.random.choice(OPERATIONS)) or OPTIONS
        return {name: self.random.choice([self.integer, self.integers, self.real])() for name in names}

    def flag(self) -> object:
        return self.random.random() < 0.5

    def options(self) -> object:
        return {self.random.choice(OPTIONS): self.real() for _ in range(self.random.choice([0, 1, 1, 2]))}


def functions() -> dict[str, list[str]]:
    """Every function of the extension with the names of its parameters, as its docstring gives them."""
    found = {}
    for name, function in vars(_engine).items():
        if type(function).__name__ == "builtin_function_or_method":
            found[name] = [part for part in re.match(r"\w+\((.*?)\)", function.__doc__)[1].split(", ") if part]
    return found


def undisturbed() -> None:
    """Takes back what a call may have asked for: an interruption, a refusal of memory, sums over processes."""
    _engine.engine_interrupt_after(0)
    _engine.engine_refuse_memory_after(0)
    _engine.engine_set_communicator(0, 1, None)


def told(argument: object) -> str:
    """An argument in a few words."""
    if isinstance(argument, np.ndarray):
        return f"{argument.dtype}{argument.shape}"
    if isinstance(argument, (list, tuple)):
        return f"[{', '.join(map(told, argument))}]"
    if isinstance(argument, _engine.Handle):
        try:
            return f"Variable{json.loads(_engine.variable_describe(argument))['shape']}"
        except TypeError:
            return "Handle"
    return ascii(argument)[:80]


def main(calls: int, seed: int) -> None:
    print(f"seed {seed}", flush=True)
    if "asan" not in os.environ.get("LD_PRELOAD", ""):  # which takes terabytes of addresses for its own
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))
    arguments, table = Arguments(seed), functions()
    names = sorted(table) + ["operation_apply"] * 12  # which is many functions
    outcomes: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    for call in range(calls):
        name = names[call % len(names)]
        if call % 50 == 0:
            undisturbed()
        if call % 200 == 0:  # parameters that diverged would hide what lies behind the checks for finite numbers
            arguments.make_anew()
        try:
            if call % 20 == 10:
                arguments.spoil_a_state()
            drawn = arguments.for_call(name, table[name])
        except (KeyboardInterrupt, MemoryError, ValueError):  # as an earlier call has asked for; a shape beyond all
            outcomes[name]["not made"] += 1
            continue
        # The last line of a run that ends in a signal names the call.
        print(call, name, *map(told, drawn), flush=True, file=sys.stderr)
        try:
            getattr(_engine, name)(*drawn)
            outcomes[name]["result"] += 1
        except (TypeError, ValueError, MemoryError, RuntimeError, FloatingPointError, KeyboardInterrupt) as error:
            outcomes[name][type(error).__name__] += 1
            assert str(error) or isinstance(error, KeyboardInterrupt), name
    for name, counts in sorted(outcomes.items()):
        print(name, *(f"{kind}={count}" for kind, count in sorted(counts.items())))
    print(sum(sum(counts.values()) for counts in outcomes.values()), "calls")


def test_random_calls_end_in_python():
    seed = random.SystemRandom().getrandbits(32)
    print(f"python {__file__} {CALLS} {seed}")
    finished = subprocess.run(
        [sys.executable, "-X", "faulthandler", __file__, str(CALLS), str(seed)],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert finished.returncode == 0, f"seed {seed}, status {finished.returncode}: {finished.stderr[-2000:]}"
    lines = finished.stdout.splitlines()
    assert lines[-1] == f"{CALLS} calls"
    assert len(lines) - 2 == len(functions())


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
