"""Writes detection.npz: the parts of Faster R-CNN, the losses and gradients of a tiny one, what it detects, and one upper
step of BiSSL, as torchvision and PyTorch compute them in double precision.

    pip install torch torchvision; python detection.py

The test draws the same parameters, images and boxes, so that the file holds results alone. Samplers are replaced by one that
takes the first candidates, and labels of anchors are cast to double precision.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # what the tests draw, they draw from there

from detection_cases import (
    CLASSES,
    DAMPING,
    HEAD,
    LAM,
    PROJECTOR,
    RATE,
    SIZES,
    anchor_boxes,
    boxes_with_ties,
    images_and_objects,
    network,
    outputs_of_proposals,
    outputs_of_rois,
    parameters,
    views,
)

ITERATIONS = 3


def main() -> None:
    results: dict[str, np.ndarray] = {}
    parts(results)
    losses_and_detections(results)
    upper_step(results)
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **results)


def parts(results: dict[str, np.ndarray]) -> None:
    import torch
    from torchvision.models.detection._utils import BoxCoder, Matcher
    from torchvision.models.detection.anchor_utils import AnchorGenerator
    from torchvision.models.detection.image_list import ImageList
    from torchvision.ops import box_iou, nms

    images = ImageList(torch.zeros(1, 3, 80, 112, dtype=torch.float64), [(80, 112)])
    for name, sizes in (("anchors", (32, 64, 128, 256)), ("odd_anchors", (9, 21))):
        generator = AnchorGenerator((sizes,), ((0.5, 1.0, 2.0),))
        (results[name],) = (
            anchors.numpy() for anchors in generator(images, [torch.zeros(1, 1, 5, 7, dtype=torch.float64)])
        )
    anchors, objects = (torch.tensor(each) for each in anchor_boxes())
    results["iou"] = box_iou(anchors, objects).numpy()
    for name, high, low, keeps in (("rpn", 0.7, 0.3, True), ("roi", 0.5, 0.5, False)):
        matches = Matcher(high, low, allow_low_quality_matches=keeps)(box_iou(objects, anchors))
        results[f"matches_{name}"] = matches.numpy()
    for name, weights in (("rpn", (1.0, 1.0, 1.0, 1.0)), ("roi", (10.0, 10.0, 5.0, 5.0))):
        coder = BoxCoder(weights)
        some = objects[torch.arange(len(anchors)) % len(objects)]
        deltas = coder.encode_single(some, anchors)
        results[f"deltas_{name}"] = deltas.numpy()
        results[f"decoded_{name}"] = coder.decode_single(3 * deltas, anchors).numpy()
    boxes, scores = boxes_with_ties()
    for threshold in (0.3, 0.5, 0.7):
        # Ties are broken by number: torchvision's order of equals is not stated.
        order = torch.tensor(np.argsort(-scores, kind="stable"))
        lowered = torch.arange(len(scores), 0, -1, dtype=torch.float64)
        results[f"nms_{threshold}"] = order[nms(torch.tensor(boxes)[order], lowered, threshold)].numpy()


def tiny():
    """Torchvision's Faster R-CNN on a tiny ResNet: layer4 and the mean over positions as the head of boxes."""
    import torch
    from torch import nn
    from torchvision.models.detection import FasterRCNN
    from torchvision.models.detection.anchor_utils import AnchorGenerator
    from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
    from torchvision.ops import MultiScaleRoIAlign

    net = torch_network()

    class Trunk(nn.Module):
        out_channels = network()["widths"][2]

        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, x):
            return {"0": trunk_of(net, x)}

    class Head(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, x):
            return self.net.layer4(x).mean((2, 3))

    model = FasterRCNN(
        Trunk(),
        rpn_anchor_generator=AnchorGenerator((SIZES,), ((0.5, 1.0, 2.0),)),
        rpn_batch_size_per_image=HEAD["anchors_per_image"],
        rpn_pre_nms_top_n_train=HEAD["proposals"],
        rpn_post_nms_top_n_train=HEAD["proposals"],
        rpn_pre_nms_top_n_test=HEAD["test_proposals"],
        rpn_post_nms_top_n_test=HEAD["test_proposals"],
        box_batch_size_per_image=HEAD["rois_per_image"],
        box_roi_pool=MultiScaleRoIAlign(["0"], HEAD["pooled_size"], 2),
        box_head=Head(),
        box_predictor=FastRCNNPredictor(network()["widths"][3], 1 + CLASSES),
        box_score_thresh=HEAD["score_threshold"],
    ).double()
    drawn = parameters()
    with torch.no_grad():
        for name, value in net.named_parameters():
            value.copy_(torch.tensor(drawn[name]))
        for name, value in model.named_parameters():
            if name.startswith(("rpn.", "roi_heads.box_predictor.")):
                value.copy_(torch.tensor(drawn[name]))
    patch(model)
    return model, net


def torch_network():
    """Torchvision's blocks in the widths of the test."""
    from torch import nn
    from torchvision.models.resnet import BasicBlock

    widths = network()["widths"]
    net = nn.Module()
    net.conv1, net.bn1 = nn.Conv2d(3, widths[0], 7, 2, 3, bias=False), nn.BatchNorm2d(widths[0])
    before = widths[0]
    for stage, width in enumerate(widths, 1):
        stride = 1 if stage == 1 else 2
        shortcut = None
        if stride != 1 or before != width:
            shortcut = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))
        setattr(net, f"layer{stage}", nn.Sequential(BasicBlock(before, width, stride, shortcut)))
        before = width
    return net.double()


def trunk_of(net, x):
    """conv1 to layer3."""
    from torch.nn.functional import max_pool2d

    x = max_pool2d(net.bn1(net.conv1(x)).relu(), 3, 2, 1)
    return net.layer3(net.layer2(net.layer1(x)))


def patch(model) -> None:
    import torch

    def first(size, share):
        def sampler(matched):
            chosen = [], []
            for labels in matched:
                positive, negative = torch.where(labels >= 1)[0], torch.where(labels == 0)[0]
                positive = positive[: int(size * share)]
                negative = negative[: size - len(positive)]
                for found, numbers in zip(chosen, (positive, negative)):
                    mask = torch.zeros(len(labels), dtype=torch.uint8)
                    mask[numbers] = 1
                    found.append(mask)
            return chosen

        return sampler

    model.rpn.fg_bg_sampler = first(HEAD["anchors_per_image"], 0.5)
    model.roi_heads.fg_bg_sampler = first(HEAD["rois_per_image"], 0.25)
    assign = model.rpn.assign_targets_to_anchors

    def in_double(anchors, targets):
        labels, boxes = assign(anchors, targets)
        return [label.double() for label in labels], boxes

    model.rpn.assign_targets_to_anchors = in_double


def losses_of(model, batch) -> tuple[dict, dict]:
    """The four losses, and what was proposed and sampled."""
    import torch
    from torchvision.models.detection.image_list import ImageList

    images, objects, sizes = batch
    x = torch.tensor(images.transpose(0, 3, 1, 2).copy())
    targets = [{"boxes": torch.tensor(each["boxes"]), "labels": torch.tensor(each["labels"]) + 1} for each in objects]
    listed = ImageList(x, [tuple(size) for size in sizes.tolist()])
    features = model.backbone(x)
    proposals, rpn = model.rpn(listed, features, targets)
    chosen = {f"proposals_{place}": boxes.detach().numpy() for place, boxes in enumerate(proposals)}
    rois, _, labels, _ = model.roi_heads.select_training_samples(proposals, targets)
    chosen |= {"rois": torch.cat(rois).detach().numpy(), "roi_labels": torch.cat(labels).numpy()}
    _, roi = model.roi_heads(features, proposals, listed.image_sizes, targets)
    return rpn | roi, chosen


def named_parameters(model, net) -> dict:
    """The backbone's and the head's, by the names that the test knows."""
    own = dict(net.named_parameters())
    return own | {
        name: value for name, value in model.named_parameters() if name.startswith(("rpn.", "roi_heads.box_predictor."))
    }


def losses_and_detections(results: dict[str, np.ndarray]) -> None:
    import torch
    from torchvision.models.detection.image_list import ImageList

    model, net = tiny()
    model.train()
    losses, chosen = losses_of(model, images_and_objects())
    sum(losses.values()).backward()
    results |= {f"tiny_{name}": loss.item() for name, loss in losses.items()}
    results |= {f"tiny_{name}": value for name, value in chosen.items()}
    for name, value in named_parameters(model, net).items():
        results[f"gradient_{name}"] = value.grad.numpy()
    for name, value in net.named_buffers():
        results[f"buffer_{name}"] = value.numpy()

    model.eval()
    images, _, sizes = images_and_objects()
    x = torch.tensor(images.transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        features = model.backbone(x)
        listed = ImageList(x, [tuple(size) for size in sizes.tolist()])
        proposals, _ = model.rpn(listed, features)
        found, _ = model.roi_heads(features, proposals, listed.image_sizes)
    for place, each in enumerate(found):
        order = np.argsort(-each["scores"].numpy(), kind="stable")
        results |= {f"found_{key}_{place}": value.numpy()[order] for key, value in each.items()}

    logits, deltas, rois = (torch.tensor(each) for each in outputs_of_rois())
    boxes, scores, labels = model.roi_heads.postprocess_detections(logits, deltas, [rois], [(60, 90)])
    results |= {"post_boxes": boxes[0].numpy(), "post_scores": scores[0].numpy(), "post_labels": labels[0].numpy()}
    logits, deltas, anchors = (torch.tensor(each) for each in outputs_of_proposals())
    decoded = model.rpn.box_coder.decode(deltas, [anchors])
    filtered, _ = model.rpn.filter_proposals(decoded.view(1, -1, 4), logits[None], [(60, 90)], [len(anchors)])
    results["filtered"] = filtered[0].numpy()


def upper_step(results: dict[str, np.ndarray]) -> None:
    """v, v_IJ and θ_D after one upper step, by torchvision, PyTorch's double backward and conjugate gradients."""
    import torch
    from torch.nn import functional

    model, net = tiny()
    lower, upper = (parameters(seed) for seed in (21, 22))
    names = [name for name, _ in net.named_parameters()]
    head = [name for name in parameters() if name not in names]

    def gradients(values: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
        with torch.no_grad():
            for name, parameter in net.named_parameters():
                parameter.copy_(torch.tensor(values[name]))
        model.zero_grad()
        losses, _ = losses_of(model, images_and_objects())
        sum(losses.values()).backward()
        return {name: value.grad.clone() for name, value in named_parameters(model, net).items()}

    model.train()
    at_lower, at_upper = gradients(lower), gradients(upper)
    v = torch.cat([at_lower[name].ravel() for name in names])

    projector = {name: torch.tensor(value) for name, value in PROJECTOR.items()}
    point = [torch.tensor(lower[name], requires_grad=True) for name in names]
    pair = [torch.tensor(view.transpose(0, 3, 1, 2).copy()) for view in views()]

    def embedded(x, values):
        features = functional_features(dict(zip(names, values)), x)
        hidden = functional.linear(features, projector["projector.0.weight"], projector["projector.0.bias"])
        hidden = functional.batch_norm(
            hidden, None, None, projector["projector.1.weight"], projector["projector.1.bias"], training=True
        )
        return functional.linear(hidden.relu(), projector["projector.3.weight"])

    z = functional.normalize(torch.cat([embedded(x, point) for x in pair]))
    similarities = (z @ z.T / 0.5).masked_fill(torch.eye(len(z), dtype=torch.bool), -torch.inf)
    half = len(z) // 2
    loss = functional.cross_entropy(similarities, torch.arange(len(z)).roll(half))
    first = torch.autograd.grad(loss, point, create_graph=True)
    flat = torch.cat([each.ravel() for each in first])
    results["pretext_loss"] = loss.item()

    def product(d):
        hessian = torch.autograd.grad(flat @ d, point, retain_graph=True)
        return d + torch.cat([each.ravel() for each in hessian]) / (LAM + DAMPING)

    x, r = torch.zeros_like(v), v.clone()
    d = r.clone()
    for _ in range(ITERATIONS):
        image = product(d)
        alpha = r @ r / (d @ image + 1e-12)
        x, following = x + alpha * d, r - alpha * image
        d, r = following + (following @ following) / (r @ r + 1e-12) * d, following
    results |= {"v": v.numpy(), "v_ij": x.detach().numpy()}

    start = torch.cat([torch.tensor(upper[name]).ravel() for name in names])
    gradient = torch.cat([at_upper[name].ravel() for name in names]) + x.detach()
    results["theta_d"] = (start - RATE * gradient).numpy()
    results["phi_d"] = np.concatenate([
        (torch.tensor(parameters()[name]) - RATE * (at_lower[name] + at_upper[name])).numpy().ravel() for name in head
    ])  # fmt: skip


def functional_features(p: dict, x):
    """The pooled features of the network, of parameters by name, in training mode."""
    from torch.nn import functional

    def norm(name, x):
        return functional.batch_norm(x, None, None, p[f"{name}.weight"], p[f"{name}.bias"], training=True)

    x = norm("bn1", functional.conv2d(x, p["conv1.weight"], stride=2, padding=3)).relu()
    x = functional.max_pool2d(x, 3, 2, 1)
    for stage in range(1, 5):
        name, stride = f"layer{stage}.0", 1 if stage == 1 else 2
        y = norm(f"{name}.bn1", functional.conv2d(x, p[f"{name}.conv1.weight"], stride=stride, padding=1)).relu()
        y = norm(f"{name}.bn2", functional.conv2d(y, p[f"{name}.conv2.weight"], padding=1))
        if f"{name}.downsample.0.weight" in p:
            shortcut = functional.conv2d(x, p[f"{name}.downsample.0.weight"], stride=stride)
            x = norm(f"{name}.downsample.1", shortcut)
        x = (x + y).relu()
    return x.mean((2, 3))


if __name__ == "__main__":
    main()
