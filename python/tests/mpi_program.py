"""What `test_mpi_*.py` run in several processes: python mpi_program.py NAME ARGUMENTS..."""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

import bissl
from bissl import _engine, distributed
from bissl.data import ImageFiles
from bissl.distributed import group
from bissl.errors import DataError

COUNT, SIDE = 10, 8
#: Where solves converge: those that do not amplify rounding.
DAMPING = {"mae": 1000.0, "python": 1000.0}
#: Modules of python/examples, and what they hold.
EXAMPLES = {"barlow_twins": "BarlowTwins", "vicreg": "VICReg", "lejepa": "LeJEPA", "dino": "DINO"}


def tell(*parts: object) -> None:
    """A line, in one piece: lines of two processes would mix."""
    os.write(1, (" ".join(map(str, parts)) + "\n").encode())


def share(array: np.ndarray) -> np.ndarray:
    return array[distributed.share_of(len(array))]


def resnet() -> bissl.ResNet:
    return bissl.ResNet(block="basic", layers=(1, 1), widths=(4, 6), stem="small", seed=1)


def objective(task: str) -> bissl.Pretext:
    if task == "mae":
        vit = bissl.VisionTransformer(
            image_size=SIDE, patch_size=4, width=8, depth=2, heads=2, positions="learned", seed=1
        )
        return bissl.MAE(vit, decoder_width=8, decoder_depth=1, decoder_heads=2)
    if task in EXAMPLES:
        sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
        return getattr(importlib.import_module(task), EXAMPLES[task])(resnet(), projector=(6, 5))
    if task == "resnet50":
        return bissl.SimCLR(bissl.resnet50())
    if task == "byol":
        return bissl.BYOL(resnet(), projector=(6, 5), predictor=(6, 5))
    if task == "python":
        return Contrastive(resnet())
    return bissl.SimCLR(resnet(), projector=(6, 5))


class Contrastive(bissl.Pretext):
    """A loss in Python: NT-Xent, and a decorrelation of the rows of all processes."""

    def __init__(self, net: bissl.ResNet) -> None:
        super().__init__(net, bissl.Projector(net.num_features, (6, 5)))

    def loss(self, first, second):
        ops = bissl.ops
        z = ops.l2_normalize(ops.concatenate([self.head(first), self.head(second)]))
        rows = ops.gather(z, batches=2)
        products = ops.matmul(ops.transpose(rows, (1, 0)), rows)
        return (
            ops.nt_xent(z)
            + 0.1 * ops.mse_loss(self.head(first), self.head(second))
            + 0.01 * ops.mean(products * products)
        )


def batches(task: str, seed: int, count: int = COUNT):
    random = np.random.default_rng(seed)
    views = tuple(share(random.normal(size=(count, SIDE, SIDE, 3))) for _ in range(2))
    return views[0] if task == "mae" else views


def labelled(seed: int):
    random = np.random.default_rng(seed)
    images, labels = random.normal(size=(COUNT, SIDE, SIDE, 3)), random.integers(0, 3, COUNT)
    return share(images), share(labels)


def dropping(kind: str) -> bissl.Backbone:
    """A network that leaves out half of its deepest branches."""
    if kind == "convnext":
        return bissl.ConvNeXt((1, 2), (4, 6), drop_path=0.5, init_values=1.0, seed=1)
    return bissl.VisionTransformer(SIDE, 4, 8, depth=2, heads=2, positions="learned", drop_path=0.5, seed=1)


def dropped(kind: str, folder: str) -> None:
    """Loss, gradient and Hessian product of a network with drop path, of two views and of images, some of which are alike,
    and three steps; into a file of this rank's."""
    attach()
    pretext = bissl.SimCLR(dropping(kind), projector=(6, 5))
    loss, gradient = pretext.value_and_gradient(batches("simclr", 0))
    u = np.random.default_rng(5).normal(size=gradient.backbone.shape)
    found = {"loss": loss, "gradient": gradient.backbone, "product": pretext.linearize(batches("simclr", 0)).hvp(u)}
    task, optimizer = bissl.Classifier(pretext.backbone.num_features, 3), bissl.SGD(lr=0.1)
    images = np.random.default_rng(6).normal(size=(COUNT, SIDE, SIDE, 3))
    images[::2] = images[0]
    batch = share(images), share(np.arange(COUNT) % 3)
    found["losses"] = [task.step(pretext.backbone, batch, optimizer).loss for _ in range(3)]
    write(folder, found | {"theta": pretext.backbone.vector})


def dense(kind: str, folder: str) -> None:
    """Loss and gradient of a dense task on images of several sizes, and an alternation; into a file of this rank's."""
    attach()
    net = bissl.ResNet("basic", layers=(1, 1, 1), widths=(4, 4, 6), stem="small", seed=1)
    if kind == "fcn":
        task = bissl.FCN(net, 3, channels=4, dilation=1)
    else:  # of anchors a part is drawn, of RoIs all are taken, of some images more than of others
        task = bissl.FasterRCNN.small(net, 2, rois_per_image=512)
    loss, gradient = task.value_and_gradient(net, pictures(kind, 0))
    found = {"loss": loss, "gradient": gradient.backbone, "head": gradient.head}
    pretext = bissl.SimCLR(net, projector=(6, 5))
    loop = bissl.Bilevel(pretext, task, damping=100.0, upper_optimizer=bissl.SGD(lr=0.01))
    loop.lower_step(batches("simclr", 1))
    loop.linearize(batches("simclr", 2))
    infos = [loop.upper_step(pictures(kind, 3 + step)) for step in range(2)]
    found["losses"] = [(info.loss_at_theta_p, info.loss_at_theta_d) for info in infos]
    write(folder, found | {"v": infos[0].v, "theta_d": loop.upper_backbone.vector, "phi_d": task.head.vector})


def skipping(task: str, folder: str) -> None:
    """Scores of files of which some are broken, for the first of three processes all; into a file of this rank's."""
    attach()
    labels, paths = np.arange(12) % 2, [Path(folder) / f"{number:02}.png" for number in range(12)]
    images = np.random.default_rng(0).integers(0, 60, (12, 8, 8, 3)) + 190 * labels[:, None, None, None]
    if distributed.is_first():
        for path, image in zip(paths, images.astype(np.uint8)):
            Image.fromarray(image).save(path)
        for number in (0, 1, 2, 3, 5):
            paths[number].write_bytes(b"no picture")
    distributed.barrier("files")
    net = bissl.ResNet(layers=(1,), widths=(8,), stem="small")
    files = ImageFiles(paths, on_error="skip")
    stage = bissl.FineTune(epochs=4, batch_size=12, lr=0.3, augmentation="small", progress=False)
    stage.fit(net, images.astype(np.uint8), labels, validation=(files, labels))
    found = {"score": stage.score(files, labels), "correct": stage.correct(files, labels)}
    for name, call in {
        "prediction": lambda: stage.predict(files),
        "score of nothing": lambda: stage.score(files.subset(range(4)), labels[:4]),
    }.items():
        try:
            call()
        except DataError:
            found[f"no {name}"] = 1.0
    found["logits"] = stage.predict_logits(files.subset([4, *range(6, 12)]))
    write(folder, found | {"validation": [record["validation"] for record in stage.history_]})


def pictures(kind: str, seed: int):
    """Five pictures of several sizes, and for each a label map, that of the first left out whole, or boxes."""
    random = np.random.default_rng(seed)
    sizes = [(32, 32), (40, 64), (64, 48), (32, 70), (50, 34)]
    images = [random.normal(size=(*size, 3)) for size in sizes]
    if kind == "fcn":
        labels = [random.integers(0, 3, size) for size in sizes]
        labels[0][:] = 255
        labels[3][:20] = 255
    else:
        corners = [np.sort(random.uniform(0, 30, (count, 2, 2)), axis=1) for count in (0, 2, 1, 3, 1)]
        boxes = [np.concatenate([each[:, 0] // 2, each[:, 1] // 2 + 9], axis=1) for each in corners]
        labels = [{"boxes": each, "labels": random.integers(0, 2, len(each))} for each in boxes]
    own = distributed.share_of(len(images))
    return images[own], labels[own]


def hypergradient(kind: str, folder: str) -> None:
    """v_IJ of two upper steps by one of `bissl.hypergradients`; into a file of this rank's."""
    attach()
    pretext = objective("simclr")
    chosen = {
        "unrolled": bissl.hypergradients.Unrolled(steps=3),
        "penalty": bissl.hypergradients.Penalty(steps=4, sigma=1.0),
        "joint": bissl.hypergradients.Joint(iterations=4),
    }[kind]
    loop = bissl.Bilevel(
        pretext, bissl.Classifier(pretext.backbone.num_features, 3), damping=10.0, hypergradient=chosen
    )
    loop.lower_step(batches("simclr", 1))
    loop.linearize(batches("simclr", 2))
    infos = [loop.upper_step(labelled(3 + step)) for step in range(2)]
    found = {f"v_ij {step}": info.v_ij for step, info in enumerate(infos)}
    write(folder, found | {"v": infos[0].v, "theta_d": loop.upper_backbone.vector})


def write(folder: str, found: dict) -> None:
    """What this rank has found."""
    np.savez(Path(folder) / f"{distributed.rank()}.npz", **{name: np.asarray(value) for name, value in found.items()})


def equality(task: str, folder: str) -> None:
    """Loss, gradient, Hessian product, and two alternations; into a file of this rank's."""
    attach()
    pretext = objective(task)
    loss, gradient = pretext.value_and_gradient(batches(task, 0))
    linearization = pretext.linearize(batches(task, 0))
    u = np.random.default_rng(5).normal(size=gradient.backbone.shape)
    found = {"loss": loss, "gradient": gradient.backbone, "head": gradient.head, "product": linearization.hvp(u)}
    found |= {"linearized": linearization.loss}
    if task in ("simclr", "mae"):  # which are convex in their embeddings, whatever rows of zeros there are
        found |= {"gauss_newton": linearization.hvp(u, "gauss-newton")}
    downstream = bissl.Classifier(pretext.backbone.num_features, 3)
    loop = bissl.Bilevel(
        pretext,
        downstream,
        damping=DAMPING.get(task, 1000.0 if task in EXAMPLES else 10.0),
        # LARS would blow gradients up that are nothing but rounding, as DINO's of a bias are at first.
        lower_optimizer=bissl.SGD(lr=0.1) if task in EXAMPLES else bissl.LARS(lr=0.5),
        upper_optimizer=bissl.SGD(lr=0.03),
    )
    infos = []
    for alternation in range(2):
        for step in range(2):
            infos.append(loop.lower_step(batches(task, 100 + 10 * alternation + step)).loss)
        loop.linearize(batches(task, 200 + alternation))
        for step in range(2):
            info = loop.upper_step(labelled(300 + 10 * alternation + step))
            infos += [info.loss_at_theta_p, info.loss_at_theta_d]
    found |= {"losses": infos, "theta_p": loop.backbone.vector, "theta_d": loop.upper_backbone.vector}
    buffers = loop.backbone.state_dict()
    found |= {"statistics": np.concatenate([np.ravel(value) for value in buffers.values()])}
    write(folder, found)


def few(task: str, folder: str) -> None:
    """Loss, gradient, Hessian product and a step of five pairs, of which a process may have one; into a file of this rank's."""
    attach()
    pretext, batch = objective(task), batches(task, 0, count=5)
    loss, gradient = pretext.value_and_gradient(batch)
    u = np.random.default_rng(5).normal(size=gradient.backbone.shape)
    found = {"loss": loss, "gradient": gradient.backbone, "product": pretext.linearize(batch).hvp(u)}
    pretext.step(batch, bissl.SGD(lr=0.1))
    write(folder, found | {"theta": pretext.backbone.vector})


class Particular(Exception):
    """Its constructor does not take what it hands on."""

    def __init__(self, number: int, thing: str) -> None:
        super().__init__(f"{number} {thing}")
        self.number = number


def raising() -> None:
    """What the first process raises is raised in all of them."""
    attach()

    def refuse() -> None:
        raise Particular(2, "many")

    try:
        distributed.from_first(refuse, "nothing")
    except Particular as error:
        tell(f"rank {distributed.rank()} caught {error} {error.number}")
    try:
        distributed.from_first(lambda: sys, "what cannot be sent")
    except (TypeError, bissl.errors.InvalidState) as error:
        tell(f"rank {distributed.rank()} was refused: {error}")
    distributed.barrier("the end")


def counted(folder: str, task: str) -> None:
    """How many sums a step takes, of how many bytes, by what they are for."""
    attach()
    sums = []
    joined = group.current().sum

    def sum_counted(buffers, dtype, purpose):
        sums.append((purpose, sum(memoryview(buffer).nbytes for buffer in buffers)))
        joined(buffers, dtype, purpose)

    group.current().sum = sum_counted  # of the package's own sums, and of the engine's
    _engine.engine_set_communicator(distributed.rank(), distributed.size(), sum_counted)
    pretext = objective(task)
    downstream = bissl.Classifier(pretext.backbone.num_features, 3)
    loop = bissl.Bilevel(pretext, downstream, damping=1000.0, solver=bissl.ConjugateGradient(iterations=5))
    rows = {}
    for name, step in {
        "lower": lambda: loop.lower_step(batches(task, 0)),
        "linearize": lambda: loop.linearize(batches(task, 1)),
        "upper": lambda: loop.upper_step(labelled(2)),
    }.items():
        sums.clear()
        step()
        rows[name] = list(sums)
    if distributed.is_first():
        import json

        sizes = {"theta": loop.backbone.vector.nbytes, "phi_p": pretext.head.vector.nbytes}
        sizes |= {"phi_d": downstream.head.vector.nbytes, "scalar": loop.backbone.vector.itemsize}
        Path(folder, "sums.json").write_text(json.dumps({"rows": rows, "sizes": sizes}))


def failing(how: str) -> None:
    """Training in which rank 1 goes wrong after the second step."""
    attach()
    pretext, optimizer = objective("simclr"), bissl.SGD(lr=0.01)
    for step in range(1000):
        if distributed.rank() == 1 and step == 2:
            if how == "raise":
                raise ValueError("no more images")
            if how == "kill":
                os.kill(os.getpid(), 9)
            if how == "hang":
                time.sleep(1000)
        pretext.step(batches("simclr", step), optimizer)
        tell(f"step {step}")


def stages(folder: str, task: str = "simclr", until: str = "3", every: str = "10 minutes") -> None:
    """Pretraining, head warm-up and so many alternations of BiSSL with checkpoints, and what became of θ_P."""
    attach()
    root = Path(folder)
    (root / f"pid-{distributed.rank()}").write_text(str(os.getpid()))
    labels = np.arange(48) % 3
    images = np.random.default_rng(0).integers(0, 60, (48, 8, 8, 3)).astype(np.uint8)
    images[np.arange(48), :, 2 * labels + 1] = 255
    quiet = {"progress": False, "augmentation": "small", "batch_size": 13}
    backbone = {"layers": (1, 1), "widths": (4, 8), "stem": "small"}
    options = {"projector": (8, 8)}
    if task == "mae":
        backbone = {
            "kind": "vit",
            "image_size": 8,
            "patch_size": 4,
            "width": 8,
            "depth": 1,
            "heads": 2,
        }
        options = {"decoder_width": 8, "decoder_depth": 1, "decoder_heads": 2}

    def saved(stage: str) -> dict:
        return {"checkpoint": root / stage, "checkpoint_every": every}

    ssl = bissl.Pretrain(task, backbone=backbone, epochs=2, lr=0.01, method_options=options, **quiet)
    ssl.fit(images, **saved("pretrain"))
    warm = bissl.HeadWarmup(epochs=1, **quiet).fit(ssl, images, labels, **saved("warmup"))
    bi = bissl.BiSSL(
        alternations=3, lower_steps=2, upper_steps=2, lower_batch_size=13, upper_batch_size=12, damping=10 * DAMPING.get(task, 10.0),
        lower_lr=0.01, upper_lr=0.003, progress=False,
    )  # fmt: skip
    for done in bi.iterate(ssl, warm, images, (images, labels), **saved("bissl")):
        if done.alternation + 1 >= int(until):
            break
    if distributed.is_first() and until == "3":
        networks = {"theta_p": bi.backbone_, "theta_d": bi.upper_backbone_}
        seen = np.random.default_rng(1).normal(size=(4, 8, 8, 3))
        found = {f"features of {name}": network(seen) for name, network in networks.items()}
        # Attention does not see the biases of its keys; AdamW moves them by the rounding of their gradient, which is 0.
        found |= {} if task == "mae" else {name: network.vector for name, network in networks.items()}
        np.savez(root / "end.npz", **found)


def wrong_order() -> None:
    """A rank whose function for sums raises: the engine's call raises just that, and nothing has changed."""
    attach()
    pretext = objective("simclr")
    before = pretext.backbone.vector.copy()

    def refuse(buffers, dtype, purpose):
        raise KeyError(purpose)

    _engine.engine_set_communicator(0, 2, refuse)
    try:
        pretext.step(batches("simclr", 0), bissl.SGD(lr=0.1))
    except KeyError as error:
        tell("raised", error, (pretext.backbone.vector == before).all())


def attach() -> None:
    if distributed.launched_size() > 1:
        distributed.attach()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
