"""What users write, for the type checker alone: nothing here is run. `test_types.py` checks it."""

from __future__ import annotations

from typing import assert_type

import numpy as np
from PIL import Image

import bissl
from bissl import ops
from bissl.experiments.recipe import Recipe
from bissl.ops import Variable


class Alignment(bissl.Pretext):
    def __init__(self, net: bissl.Backbone, seed: int = 0) -> None:
        super().__init__(net, bissl.Projector(net.num_features, (64, 64), seed))

    def loss(self, first: Variable, second: Variable) -> Variable:
        a, b = self.head(first), self.head(second)
        assert_type(a, Variable)
        assert_type((2 * a - b / 3) @ b.T + np.ones(3), Variable)
        assert_type(np.ones((2, 2)) - a, Variable)
        assert_type(-(a**2)[1:].sum(axis=0), Variable)
        assert_type([row for row in a], list[Variable])
        return ops.mse_loss(a, b)


class Net(bissl.Backbone):
    def __init__(self, width: int = 32, seed: int = 0) -> None:
        super().__init__(num_features=width, seed=seed)
        self.conv = self.add_parameter("conv.weight", (width, 3, 3, 3), init="kaiming")
        self.norm = self.add_batch_norm("norm", width)

    def features(self, images: Variable) -> Variable:
        return ops.global_avg_pool(self.map("conv", ops.relu(self.norm(ops.conv2d(images, self.conv))), stride=1))


def networks(images: np.ndarray) -> None:
    net = bissl.resnet18()
    assert_type(net.clone(), bissl.ResNet)
    assert_type(Net().clone(), Net)
    assert_type(Alignment(net).clone(), Alignment)
    assert_type(net(images), np.ndarray)
    assert_type(bissl.LinearHead(8, 2)(images), np.ndarray)
    assert_type(net.vector, bissl.FlatVector)
    assert_type(bissl.SimCLR(net, temperature=0.2).temperature, float)
    assert_type(bissl.MAE(bissl.vit_small()).backbone, bissl.VisionTransformer)
    assert_type(bissl.SGD(lr=0.1).copy(lr=0.2), bissl.SGD)


def stages(images: np.ndarray, y: np.ndarray) -> None:
    ssl = bissl.Pretrain("simclr", backbone="resnet18", epochs=100, random_state=0).fit(images)
    assert_type(ssl, bissl.Pretrain)
    warm = bissl.HeadWarmup(epochs=20).fit(ssl, images, y)
    bi = bissl.BiSSL(alternations=500, lam=1e-3).fit(ssl, warm, images, (images, y))
    tuned = bissl.FineTune(lr=3e-3).fit(bi.backbone_, images, y, validation=(images, y))
    assert_type(tuned.score(images, y), float)
    assert_type(tuned.score(images, y, metrics=("top1", "top5")), dict[str, float])
    assert_type(bissl.FineTune(backbone=ssl).fit(images, y), bissl.FineTune)
    assert_type(bissl.LinearProbe(backbone=ssl).fit(X=images, y=y).predict_proba(images), np.ndarray)
    assert_type(ssl.transform(images), np.ndarray)
    bissl.FineTune(lrate=1.0)  # type: ignore[call-arg]  # a slip is found before anything runs
    tuned.fit(images, y, 3)  # type: ignore[call-overload]  # and so is a place that nothing belongs to


def loop(first: np.ndarray, second: np.ndarray, y: np.ndarray) -> None:
    pretext = bissl.SimCLR(bissl.resnet18())
    both = bissl.Bilevel(pretext, bissl.Classifier(512, 10), lam=1e-3, damping=10.0)
    both.lower_step((first, second))
    both.linearize((first, second))
    info = both.upper_step((first, y))
    assert_type(info, bissl.UpperInfo)
    assert_type(info.solve.residuals, list[float])
    assert_type(pretext.linearize((first, second)).hvp(np.ones(3)), bissl.FlatVector)


def data(images: np.ndarray) -> None:
    dataset = bissl.data.ArrayDataset(images)
    assert_type(dataset[:10], bissl.data.Dataset)
    image, _ = dataset[3]
    assert_type(image, np.ndarray)
    assert_type(Recipe(bissl={"lam": 0.01}), Recipe)


def lists(net: bissl.Backbone) -> None:
    """Images of several sizes, and labels, as lists."""
    arrays = [np.zeros((8, 9, 3), np.uint8), np.zeros((9, 8, 3), np.uint8)]
    pictures = [Image.new("RGB", (9, 8)), Image.new("RGB", (8, 9))]
    pair = arrays, [0, 1]
    mixed: list[np.ndarray | Image.Image] = [arrays[0], pictures[0]]
    ssl = bissl.Pretrain().fit(arrays)
    assert_type(ssl.transform(pictures), np.ndarray)
    warm = bissl.HeadWarmup().fit(ssl, arrays, ["cat", "dog"])
    bissl.BiSSL().fit(ssl, warm, pictures, pair)
    tuned = bissl.FineTune(backbone=ssl).fit(pictures, [0, 1], validation=pair)
    bissl.FineTune().fit(net, mixed, [{"boxes": np.zeros((0, 4)), "labels": []}] * 2)
    assert_type(tuned.score(arrays, [0, 1]), float)
    tuned.predict(pictures)
    bissl.LinearProbe().fit(net, arrays, (0, 1)).correct(arrays, [0, 1])
    bissl.recalibrate(net, pictures)
    bissl.callbacks.Probe(pair, (pictures, np.arange(2)))
    bissl.callbacks.RankMe(pictures)
    net.to_onnx("net.onnx", image_size=np.array((8, 8)))
    bissl.FineTune().fit(net, arrays, 3.5j, "x")  # type: ignore[call-overload]
