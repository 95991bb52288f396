"""What users get wrong with images, labels and batches, and what they are told (one test per kind of mistake)."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import bissl
from bissl.bilevel.joint import WeightedObjectives
from bissl.data.given import as_dataset
from bissl.errors import InvalidArgument, WrongType

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.standard_normal((4, 8, 8, 3)).astype(np.float32)
LABELS = np.array([0, 1, 2, 0])


@pytest.fixture
def net() -> bissl.ResNet:
    return bissl.ResNet("basic", (1,), (4,), stem="small")


@pytest.fixture
def pretext(net) -> bissl.SimCLR:
    return bissl.SimCLR(net, projector=(5, 3))


@pytest.fixture
def downstream(net) -> bissl.Classifier:
    return bissl.Classifier(net.num_features, 3)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES.astype(np.float16), r"float16: use images.astype\(numpy.float32\)"),
        (IMAGES.astype(object), "object"),
        (IMAGES.astype(complex), "complex128"),
        (IMAGES.astype(np.int64), "int64"),
        (np.zeros((4, 8, 8, 3), np.uint8), r"bissl.data.normalize\(images\)"),
    ],
)
def test_dtypes(net, images, message):
    with pytest.raises(TypeError, match=message):
        net(images)


class Tensor:
    """What does not give up its numbers: a tensor on the tape, of bfloat16, or on another device."""

    dtype = "torch.bfloat16"
    shape = (8, 8, 3)

    def detach(self):
        raise AssertionError("the user's to call")

    def __array__(self, *_, **__):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")

    def __len__(self):
        return 8


def uint8(*shape):
    return np.zeros(shape, np.uint8)


NO_ARRAYS = {
    "sizes of objects": (
        np.array([uint8(8, 8, 3), uint8(9, 8, 3), None], object)[:2],
        r"\(9, 8, 3\) at index 1; resize",
    ),
    "nested lists": ([[[1, 2], [3, 4]], [[1, 2]]], r"entries of one shape, got .* at index 1"),
    "tensor": (Tensor(), r"Tensor of torch.bfloat16 cannot be read .*; use X.detach\(\).float\(\).numpy\(\)"),
    "tensors": ([Tensor(), Tensor()], r"use \[x.detach\(\).float\(\).numpy\(\) for x in X\]"),
    "path": ("images/train", r"got a path; open a folder of images by .*'images/train'"),
    "array of paths": (np.array(["a.jpg"]), r"paths of image files are opened with bissl.data.ImageFiles\(X\)"),
    "path object": (Path("images"), "got a path; open a folder of images"),
    "paths": (["a.jpg", "b.jpg"], "got paths; open a folder of images"),
    "iterator": (iter([uint8(8, 8, 3)]), r"expected an array, got list_iterator; use numpy.stack\(list\(X\)\)"),
    "nothing": (None, "expected an array, got NoneType"),
    "objects of one shape": (np.array([uint8(8, 8, 3), None], object)[:1], r"use numpy.stack\(list\(X\)\)"),
    "16 bits": (uint8(4, 8, 8, 3) + np.uint16(900), r"for 16-bit values use \(X >> 8\).astype\(numpy.uint8\)"),
    "alpha": (uint8(4, 8, 8, 4), r"lay the fourth \(alpha\) channel over white: alpha = X"),
    "numbers as objects": (uint8(4, 8, 8, 3).astype(object), r"dtype object; for values in 0..255 use X.astype"),
    "masked": (np.ma.masked_equal(uint8(4, 8, 8, 3), 0), r"without masked entries; .*X.filled\(0\)"),
    "Pillow's, floating point": ([Image.new("F", (8, 8))], r"a floating-point picture \(mode F\)"),
}


@pytest.mark.parametrize("kind", NO_ARRAYS)
def test_what_is_no_array_of_images(kind):
    value, message = NO_ARRAYS[kind]
    with pytest.raises(
        (bissl.errors.WrongType, bissl.errors.InvalidArgument, bissl.errors.DataError), match=f"^X.*{message}"
    ):
        bissl.Pretrain(progress=False).fit(value)


def test_what_is_no_array_of_batches(net, pretext, downstream):
    for call in (
        lambda: net(Tensor()),
        lambda: pretext.value_and_gradient((Tensor(), Tensor())),
        lambda: bissl.data.normalize(Tensor()),
    ):
        with pytest.raises(TypeError, match=r"detach\(\).float\(\).numpy\(\)"):
            call()
    with pytest.raises(ValueError, match=r"at index 0 and \(9, 8, 3\) at index 1"):
        net([IMAGES[0], np.zeros((9, 8, 3), np.float32)])


def test_what_is_no_array_of_labels(net):
    images = uint8(4, 8, 8, 3)
    for labels, message in (
        ([[0, 1], [2], [1], [0]], r"^y: expected entries of one shape, got \(2,\) at index 0 and \(1,\) at index 1$"),
        ([Tensor()] * 4, r"^y: .*use \[x.detach\(\).float\(\).numpy\(\) for x in y\]"),
        (Tensor(), r"^y: Tensor of torch.bfloat16 cannot be read"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            bissl.FineTune(augmentation="small", progress=False).fit(net, images, labels)


def test_grey_images_may_lie_among_colour():
    data = as_dataset([uint8(8, 8, 3), uint8(8, 8), Image.new("L", (8, 8))], "X")
    assert [image.shape for image, _ in data] == [(8, 8, 3)] * 3


def test_pictures_of_pillow_are_decoded_as_files_are():
    palette = Image.new("P", (8, 6), 1)
    palette.putpalette([0, 0, 0, 10, 200, 30])
    clear = Image.new("RGBA", (8, 6), (0, 0, 0, 0))
    images = bissl.data.ArrayDataset([palette, clear, np.full((6, 8, 3), 7, np.uint8)]).images
    assert images.shape == (3, 6, 8, 3) and (images[0] == (10, 200, 30)).all()
    assert (images[1] == 255).all() and (images[2] == 7).all()


def test_images_are_normalised_to_floating_point_numbers():
    with pytest.raises(ValueError, match="dtype: expected floating-point numbers, .* got int64"):
        bissl.data.normalize(np.zeros((1, 4, 4, 3), np.uint8), dtype=int)


def test_float64_images_are_converted(net):
    np.testing.assert_allclose(net(IMAGES.astype(np.float64)), net(IMAGES), rtol=1e-5)


def test_strides_memmaps_and_read_only_arrays(net, tmp_path):
    expected = net(np.ascontiguousarray(IMAGES[::-1, :, ::-2]))
    assert np.array_equal(net(IMAGES[::-1, :, ::-2]), expected)
    np.save(tmp_path / "images.npy", IMAGES)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    locked = IMAGES.copy()
    locked.flags.writeable = False
    assert np.array_equal(net(mapped), net(IMAGES))
    assert np.array_equal(net(locked), net(IMAGES))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES.transpose(0, 3, 1, 2), r"images.transpose\(0, 2, 3, 1\)"),
        (IMAGES[..., :1], r"numpy.repeat\(images, 3, axis=-1\)"),
        (IMAGES[..., 0], r"numpy.repeat\(images\[..., None\], 3, axis=-1\)"),
        (IMAGES[0], r"images\[None\]"),
        (np.concatenate([IMAGES, IMAGES[..., :1]], -1), "alpha"),
        (IMAGES[..., :2], "three channels"),
        (IMAGES[:0], "at least one image"),
    ],
)
def test_layouts(net, images, message):
    with pytest.raises(ValueError, match=message):
        net(images)


def test_images_that_were_not_normalised(net):
    with pytest.warns(UserWarning, match=r"values from .* to 255 .*bissl.data.normalize"):
        net(np.linspace(0, 255, 2 * 8 * 8 * 3, dtype=np.float32).reshape(2, 8, 8, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net(IMAGES)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite(net, value):
    images = IMAGES.copy()
    images[2, 1, 0, 1] = value
    with pytest.raises(ValueError, match=r"images: expected finite values, got .* at index \(2, 1, 0, 1\)"):
        net(images)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (LABELS + 0.5, ValueError, "integer labels"),
        (np.array([0, 1, np.nan, 0]), ValueError, "nan .*index 2"),
        (np.array([0, 1, -1, 0]), ValueError, "0 to 2, got -1 at index 2"),
        (np.array([0, 1, 2, 3]), ValueError, "0 to 2, got 3 at index 3"),
        (np.array(["a", "b", "a", "b"]), TypeError, "integer labels"),
        (LABELS[:3], ValueError, r"one label per image, shape \(4,\), got \(3,\)"),
    ],
)
def test_labels(net, downstream, labels, error, message):
    with pytest.raises(error, match=message):
        downstream.value_and_gradient(net, (IMAGES, labels))


def test_a_batch_of_one_value_per_channel(net, pretext, downstream):
    with pytest.raises(ValueError, match="more than one value per channel"):
        downstream.value_and_gradient(net, (IMAGES[:1, :1, :1], LABELS[:1]))


def test_contrastive_batches(pretext):
    with pytest.raises(ValueError, match="at least 2 pairs, got 1: no negatives"):
        pretext.value_and_gradient((IMAGES[:1], IMAGES[:1]))
    with pytest.raises(ValueError, match="same shape"):
        pretext.value_and_gradient((IMAGES, IMAGES[:3]))
    with pytest.raises(ValueError, match=r"expected a pair \(view1, view2\)"):
        pretext.value_and_gradient(IMAGES)


def test_images_smaller_than_the_network_needs():
    net = bissl.ResNet("basic", (1,), (4,), stem="imagenet")
    assert net(np.zeros((2, 1, 1, 3), np.float32)).shape == (2, 4), "padding makes room for any size"


def test_directions(pretext):
    point = pretext.linearize((IMAGES, IMAGES[::-1]))
    with pytest.raises(ValueError, match=r"u: expected a flat array of shape \(\d+,\)"):
        point.hvp(np.zeros(3))
    with pytest.raises(ValueError, match="u: .*missing"):
        point.hvp({"conv1.weight": np.zeros((4, 3, 3, 3))})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bissl.SGD(lr=-1), "lr: expected a finite number ≥ 0, got -1"),
        (lambda: bissl.SGD(lr=np.nan), "lr"),
        (lambda: bissl.LARS(lr=1, weight_decay=-1), "weight_decay"),
        (lambda: bissl.LARS(lr=1, momentum=np.inf), "momentum"),
        (lambda: bissl.LARS(lr=1, trust_coefficient=0), "trust_coefficient"),
        (lambda: bissl.SGD(lr=1, nesterov=True), "nesterov"),
        (lambda: bissl.ConjugateGradient(iterations=0), "iterations"),
        (lambda: bissl.ConjugateGradient(nonfinite="zer"), 'did you mean "zero"'),
        (lambda: bissl.Classifier(4, 1), "num_classes"),
        (lambda: bissl.Classifier(0, 3), "num_features: expected a whole number of at least 1"),
        (lambda: bissl.SimCLR(bissl.ResNet("basic", (1,), (4,)), temperature=0), "temperature"),
        (lambda: bissl.SimCLR(bissl.ResNet("basic", (1,), (4,)), projector=()), "projector"),
    ],
)
def test_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lam": -1}, "lam: expected a finite number"),
        ({"lam": np.nan}, "lam"),
        ({"damping": -0.5}, "damping"),
        ({"lam": 0, "damping": 0}, r"lam \+ damping"),
        ({"clip_norm": -1}, "clip_norm"),
        ({"upper_backbone": bissl.ResNet("basic", (1,), (5,), stem="small")}, r"upper_backbone: .*conv1.weight"),
        ({"upper_backbone": bissl.ResNet("basic", (2,), (4,), stem="small")}, "upper_backbone: expected .* parameters"),
    ],
)
def test_bilevel_settings(pretext, downstream, settings, message):
    with pytest.raises(ValueError, match=message):
        bissl.Bilevel(pretext, downstream, **settings)


def test_the_levels_have_networks_and_heads_of_their_own(pretext, downstream):
    with pytest.raises(InvalidArgument, match="upper_backbone: expected a network of its own.*give net.clone()"):
        bissl.Bilevel(pretext, downstream, upper_backbone=pretext.backbone)
    both = Prepared(pretext.backbone, downstream.head, None)
    for make in (bissl.Bilevel, joint):
        with pytest.raises(InvalidArgument, match="downstream: expected a head of its own.*give downstream.clone()"):
            make(both, downstream)
        make(both, downstream.clone())


class Prepared(bissl.Pretext):
    def __init__(self, net, head, prepared):
        super().__init__(net, head)
        self.prepared = prepared

    def prepare(self, batch):
        return self.prepared

    def loss(self, first, second):
        return bissl.ops.mse_loss(self.head(first), self.head(second))


class Prototypes(bissl.Downstream):
    """Has a head of which nobody knows how many features it takes."""

    def __init__(self):
        super().__init__(bissl.Parameters(prototypes=np.ones((2, 9))))


class OfMaps(bissl.Downstream):
    maps = ("layer1",)


def joint(pretext, downstream, optimizer=bissl.SGD(lr=0.1)):
    return WeightedObjectives(pretext, downstream, 0.5, optimizer)


NET, SYSTEM = bissl.ResNet("basic", (1,), (4,), stem="small"), "a bissl.solvers.ImplicitSystem"
OPTIMIZER, NETWORK = "expected an optimiser such as", "expected a bissl network"
#: What takes an object of bissl's, with another one, and what is told.
WRONG_OBJECTS = {
    "a network as pretext": (lambda p, d: bissl.Bilevel(NET, d), "pretext: expected a pretext objective.*got ResNet"),
    "a network as downstream": (lambda p, d: bissl.Bilevel(p, NET), "downstream: expected a downstream.*got ResNet"),
    "a class": (
        lambda p, d: bissl.Bilevel(p, bissl.Classifier),
        "downstream: .*got the class Classifier: make an object",
    ),
    "upper_backbone": (lambda p, d: bissl.Bilevel(p, d, upper_backbone="x"), f"upper_backbone: {NETWORK}"),
    "lower_optimizer": (lambda p, d: bissl.Bilevel(p, d, lower_optimizer=0.1), f"lower_optimizer: {OPTIMIZER}"),
    "joint": (lambda p, d: joint("a", "b"), "downstream: expected a downstream objective.*got str"),
    "joint optimizer": (lambda p, d: joint(p, d, None), f"^optimizer: {OPTIMIZER}.*got NoneType"),
    "step of a pretext": (lambda p, d: p.step((IMAGES, IMAGES), 0.1), f"^optimizer: {OPTIMIZER}.*got float"),
    "flag of a step": (
        lambda p, d: p.step((IMAGES, IMAGES), bissl.SGD(lr=0.1), train_backbone="x"),
        "train_backbone: expected True or False",
    ),
    "step": (lambda p, d: d.step("net", (IMAGES, LABELS), bissl.SGD(lr=0.1)), f"backbone: {NETWORK}.*got str"),
    "value_and_gradient": (lambda p, d: d.value_and_gradient("net", (IMAGES, LABELS)), f"backbone: {NETWORK}"),
    "observe": (lambda p, d: d.observe("net", (IMAGES, LABELS)), f"backbone: {NETWORK}"),
    "predict": (lambda p, d: d.predict("net", IMAGES), f"backbone: {NETWORK}"),
    "predict of maps": (lambda p, d: bissl.FCN(NET, 3, channels=4).predict("net", IMAGES), f"backbone: {NETWORK}"),
    "save_weights": (lambda p, d: d.save_weights("x.safetensors", "net"), f"backbone: {NETWORK}"),
    "noisy_tune": (lambda p, d: bissl.noisy_tune("net"), f"backbone: {NETWORK}"),
    "SimCLR": (lambda p, d: bissl.SimCLR("resnet18"), f"net: {NETWORK}"),
    "MAE": (lambda p, d: bissl.MAE("vit"), f"net: {NETWORK}"),
    "layer_decay": (lambda p, d: bissl.layer_decay("net", 0.5), "net: expected a network or a head"),
    "state": (lambda p, d: bissl.SGD(lr=0.1).state("net"), "module: expected a network or a head"),
    "momentum": (lambda p, d: bissl.SGD(lr=0.1).momentum(p), "module: expected a network or a head, got SimCLR"),
    "state_dict": (lambda p, d: bissl.SGD(lr=0.1).state_dict(head="x"), "head: expected a network or a head"),
    "a system": (lambda p, d: bissl.solvers.ImplicitSystem(p, 1, 1), "linearization: expected what pretext.linearize"),
    **{
        f"solve of {name}": (lambda p, d, make=make: make().solve("A", IMAGES), f"system: expected {SYSTEM}")
        for name, make in bissl.solvers.SOLVERS.items()
    },
    "solved": (lambda p, d: bissl.solvers.solved("A", IMAGES), f"system: expected {SYSTEM}"),
    "conditioning": (lambda p, d: bissl.analysis.conditioning(None, 1, 1), "spectrum: expected what bissl.analysis"),
    "least_damping": (lambda p, d: bissl.analysis.least_damping(None, 1), "spectrum: expected what bissl.analysis"),
    "hessian_spectrum": (lambda p, d: bissl.analysis.hessian_spectrum(p), "linearization: expected what pretext.lin"),
    "residual_curve": (
        lambda p, d: bissl.analysis.residual_curve(p, IMAGES),
        "linearization: expected what pretext.lin",
    ),
    "schedule": (lambda p, d: bissl.CosineSchedule(0.1, 5)("x"), "step: expected a number"),
    "decay": (lambda p, d: bissl.CosineDecay(0.1, 5)("x"), "step: expected a number"),
}


@pytest.mark.parametrize("name", WRONG_OBJECTS)
def test_objects_of_another_kind(pretext, downstream, name):
    call, message = WRONG_OBJECTS[name]
    with pytest.raises(WrongType, match=message):
        call(pretext, downstream)


@pytest.mark.parametrize("make", [bissl.Bilevel, joint])
def test_heads_that_do_not_fit_are_told_at_once(pretext, make):
    with pytest.raises(InvalidArgument, match="downstream: its head takes 9 features, the backbone gives 4"):
        make(pretext, bissl.Classifier(9, 2))
    make(pretext, Prototypes())
    make(pretext, OfMaps(bissl.LinearHead(9, 2)))


@pytest.mark.parametrize("prepared", [5, None, "ab", {"a": 1}, np.float32(1)])
def test_what_prepare_returns(pretext, prepared):
    with pytest.raises(WrongType, match="Prepared.prepare: expected it to return a tuple"):
        Prepared(pretext.backbone, bissl.LinearHead(4, 2), prepared).value_and_gradient(IMAGES)


def test_draws_are_keyed_by_numbers_of_64_bits():
    vit = bissl.VisionTransformer(image_size=8, patch_size=4, width=8, depth=1, heads=2)
    mae = bissl.MAE(vit, decoder_width=8, decoder_depth=1, decoder_heads=2, mask_ratio=0.5)
    detector = bissl.FasterRCNN(bissl.ResNet(layers=(1, 1), widths=(4, 8), stem="small"), 3)
    for objective, names in ((mae, ("noise_seed", "draws")), (detector, ("sampling_seed", "steps"))):
        before, fits = objective.state_dict(), "expected an integer from 0 to 2"
        with pytest.raises(InvalidArgument, match=f"^seed: {fits}"):
            objective.begin_training(-1)
        for name in names:
            with pytest.raises(InvalidArgument, match=f"^{name}: {fits}"):
                setattr(objective, name, -1)
            state = objective.state_dict()
            state["extra"][name] = 2**64
            with pytest.raises(InvalidArgument, match=f"^{name}: {fits}"):
                objective.load_state_dict(state)
        assert objective.state_dict()["extra"] == before["extra"]
    with pytest.raises(WrongType, match="images: expected float32 or float64"):
        mae.predict_patches(5)
