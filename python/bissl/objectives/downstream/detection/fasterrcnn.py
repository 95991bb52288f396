"""Faster R-CNN on the maps of a backbone (Ren et al. 2015; He et al. 2016: C4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .... import ops
from ....distributed import place_of
from ....distributed.agreement import gathered
from ....errors import (
    InvalidArgument,
    InvalidState,
    WrongType,
    checked_flag,
    checked_integer,
    checked_number,
    checked_seed,
    checked_share,
)
from ....finite import check_outputs
from ....models.backbone import Backbone, EngineBackbone, FeatureMap, checked_backbone
from ....models.heads import Parameters
from ....ops.variable import Variable
from ....targets import BoxTargets, ImageBoxes, ViewGeometry
from ....targets.classes import checked_num_classes
from ..dense import DenseDownstream, maps_of, mean_factor
from .anchors import base_anchors, grid_anchors
from .assignment import anchor_targets, roi_targets
from .detections import DetectionRule, Detections
from .head import ROI_DELTAS, ROI_LOGITS, RPN_CONV, RPN_DELTAS, RPN_LOGITS, detection_head
from .proposals import propose
from .sampling import SamplingKey
from .selection import AnchorSelection, RoISelection

if TYPE_CHECKING:
    from typing import Self

#: Where the smooth L1 losses become straight.
BETA = 1 / 9
#: Of the streams that anchors and RoIs are drawn from.
_ANCHORS, _ROIS = 0, 1
#: Largest sides and ratios of anchors, and how many of either there may be.
_MOST, _MOST_ANCHORS = 2**14, 64
#: Most bytes of the crops that pass the box head at once in evaluation.
_CROP_BYTES = 2**27


class FasterRCNN(DenseDownstream):
    """Objects in images, by Faster R-CNN as the paper's section B.7: a region proposal network stands on the map before the
    last of the backbone (``layer3`` of ResNets), and the last stage, followed by the mean over positions, is the head of
    boxes. Where a backbone's stages cannot be run on crops, as of those written in Python, proposals and crops are made of its
    last map, and the mean of a crop is what boxes are told from. Labels are boxes with a class each (`bissl.targets.BoxTargets`), difficult objects are trained on.

    The loss is the sum of four: binary cross-entropy of sampled anchors; smooth L1 of the positive ones' deltas over the number
    of samples; cross-entropy of sampled RoIs; smooth L1 of their class's deltas over the number of samples. Anchors, matches,
    samples, proposals and targets are constants. Samples are drawn by the seed and the number of training steps made, so that
    the same point asked twice answers the same; in the upper level of BiSSL those at θ_P and at θ_D are drawn apart.

    This is the method of the paper. The authors' own code, in which the last stage took no part, is not offered.

    At 512 RoIs of 14 × 14 a step of ResNet-50 on 16 images takes 25 GB and 100 s on two cores; `FasterRCNN.small` makes one
    that trains in minutes.

    A batch is as `DenseDownstream` has it, its labels one mapping per image, of ``boxes`` (n, 4), x0, y0, x1, y1 in pixels, and
    ``labels`` (n,) from 0. Parameters have torchvision's names: ``rpn.head.…``, ``roi_heads.box_predictor.…``.

    Parameters
    ----------
    net : Backbone
        A backbone with feature maps: a ResNet, a ConvNeXt, or one of your own.
    num_classes : int, default 20
        Background is not counted.
    seed : int, default 0
        Of the head's initial parameters and, outside of stages, of samples.
    anchor_sizes : sequence of float, default (32, 64, 128, 256)
        Sides √(w h) of the anchors, in pixels.
    anchor_ratios : sequence of float, default (0.5, 1.0, 2.0)
        Heights over widths.
    anchors_per_image, rois_per_image : int, defaults 256 and 512
        Samples, at most half and a quarter of which are positive.
    proposals, test_proposals : int, defaults 2000 and 1000
        Kept per image, before and after suppression, in training and evaluation.
    pooled_size : int, default 14
        Bins along a side of a RoI; the last stage of a ResNet halves them. 7 costs a quarter.
    sampling_ratio : int, default 2
        Of `bissl.ops.roi_align`; 0 in detectron2.
    aligned : bool, default False
        Of `bissl.ops.roi_align`; True in detectron2.
    score_threshold : float, default 0.05
        Detections are answered above it.
    nms_threshold : float, default 0.5
        Of two detections of a class that overlap more, the likelier is answered.
    detections_per_image : int, default 100
        The most that are answered.

    Raises
    ------
    InvalidArgument (ValueError)
        A network without maps, such as a vision transformer; options out of range.

    Examples
    --------
    >>> net = bissl.ResNet(layers=(1, 1, 1), widths=(8, 8, 8), stem="small")
    >>> detector = bissl.FasterRCNN.small(net, num_classes=2)
    >>> images = np.random.default_rng(0).normal(size=(2, 32, 48, 3)).astype(np.float32)
    >>> labels = [{"boxes": [[4, 4, 20, 24]], "labels": [1]}, {"boxes": [], "labels": []}]
    >>> loss, gradient = detector.value_and_gradient(net, (images, labels))
    >>> sorted(detector.predict(net, images)[0])
    ['boxes', 'labels', 'scores']
    """

    _fixed = (
        "net", "num_classes", "seed", "anchor_sizes", "anchor_ratios", "maps", "anchors_per_image", "rois_per_image",
        "proposals", "test_proposals", "pooled_size", "sampling_ratio", "aligned", "score_threshold", "nms_threshold",
        "detections_per_image",
    )  # fmt: skip

    num_classes: int
    seed: int
    anchor_sizes: tuple[float, ...]
    anchor_ratios: tuple[float, ...]
    anchors_per_image: int
    rois_per_image: int
    proposals: int
    test_proposals: int
    pooled_size: int
    sampling_ratio: int
    aligned: bool
    score_threshold: float
    nms_threshold: float
    detections_per_image: int
    #: Training steps made, and the seed of samples: what steps and stages move.
    steps: int
    sampling_seed: int

    def __init__(
        self,
        net: Backbone,
        num_classes: int = 20,
        seed: int = 0,
        *,
        anchor_sizes: Sequence[float] = (32, 64, 128, 256),
        anchor_ratios: Sequence[float] = (0.5, 1.0, 2.0),
        anchors_per_image: int = 256,
        rois_per_image: int = 512,
        proposals: int = 2000,
        test_proposals: int = 1000,
        pooled_size: int = 14,
        sampling_ratio: int = 2,
        aligned: bool = False,
        score_threshold: float = 0.05,
        nms_threshold: float = 0.5,
        detections_per_image: int = 100,
    ) -> None:
        classes = checked_num_classes(num_classes, 1)
        sizes = _positive("anchor_sizes", anchor_sizes)
        ratios = _positive("anchor_ratios", anchor_ratios)
        trunk, stage = _trunk_and_stage(checked_backbone(net))
        head = detection_head(trunk.channels, (stage or trunk).channels, len(sizes) * len(ratios), classes, seed)
        super().__init__(head, net.num_features)
        counts = {
            "anchors_per_image": anchors_per_image, "rois_per_image": rois_per_image, "proposals": proposals,
            "test_proposals": test_proposals, "pooled_size": pooled_size, "detections_per_image": detections_per_image,
        }  # fmt: skip
        self._fix(
            num_classes=classes,
            seed=checked_seed("seed", seed),
            anchor_sizes=sizes,
            anchor_ratios=ratios,
            maps=(trunk.name,),
            sampling_ratio=checked_integer("sampling_ratio", sampling_ratio, 0, 32),
            aligned=checked_flag("aligned", aligned),
            score_threshold=checked_share("score_threshold", score_threshold),
            nms_threshold=checked_share("nms_threshold", nms_threshold),
            **{name: checked_integer(name, count, 1, 2**16) for name, count in counts.items()},
        )
        self.targets = BoxTargets(classes)
        self.steps, self.sampling_seed = 0, self.seed
        self._trunk, self._stage = trunk, stage
        self._lower = False

    @classmethod
    def small(cls, net: Backbone, num_classes: int, seed: int = 0, **options: Any) -> Self:
        """One that trains on small images in minutes: anchors of 2, 4 and 8 positions of the map, 64 of them and 64 RoIs of
        7 × 7 per image, 256 proposals.

        Parameters
        ----------
        net : Backbone
            As of `FasterRCNN`.
        num_classes, seed : int
            As of `FasterRCNN`.
        **options
            Of `FasterRCNN`, in place of these.

        Returns
        -------
        FasterRCNN
            The detector.
        """
        trunk, _ = _trunk_and_stage(checked_backbone(net))
        settled: dict[str, Any] = {
            "anchor_sizes": tuple(trunk.stride * side for side in (2, 4, 8)), "anchors_per_image": 64,
            "rois_per_image": 64, "proposals": 256, "test_proposals": 128, "pooled_size": 7,
        }  # fmt: skip
        return cls(net, num_classes, seed, **settled | options)

    @property
    def trunk(self) -> FeatureMap:
        """The map that proposals and crops are made of."""
        return self._trunk

    # --- the loss -------------------------------------------------------------------------------------------------------

    def loss(self, maps: dict[str, Variable], labels: list[ImageBoxes], sizes: np.ndarray) -> Variable:
        return sum(self.losses(maps, labels, sizes).values(), start=ops.constant(0.0))

    def losses(self, maps: dict[str, Variable], labels: list[ImageBoxes], sizes: np.ndarray) -> dict[str, Variable]:
        """The four losses by torchvision's names, inside `loss`."""
        trunk = maps[self._trunk.name]
        logits, deltas = self.propose(trunk)
        anchors = self.anchors(trunk)
        first, _ = place_of(len(labels))
        chosen = self.select_anchors(anchors, labels, first)
        rois = self.select_rois(logits.numpy(), deltas.numpy(), anchors, labels, sizes, first)
        factors = _factors(len(labels), len(chosen.sampled), len(rois.rois))
        losses = self._proposal_losses(logits, deltas, chosen, factors.anchors)
        return losses | self._box_losses(trunk, rois, factors.rois)

    def propose(self, trunk: Variable) -> tuple[Variable, Variable]:
        """Logits (N · anchors, 1) and deltas (N · anchors, 4) of the anchors of each image, of the map (N, H, W, C)."""
        hidden = ops.relu(self._convolved(trunk, RPN_CONV, padding=1))
        logits, deltas = (self._convolved(hidden, name) for name in (RPN_LOGITS, RPN_DELTAS))
        return ops.reshape(logits, (-1, 1)), ops.reshape(deltas, (-1, 4))

    def anchors(self, trunk: Variable) -> np.ndarray:
        """The anchors (H · W · anchors, 4) of the map, in the order of `propose`'s rows of an image."""
        base = base_anchors(self.anchor_sizes, self.anchor_ratios)
        return grid_anchors(base, trunk.shape[1], trunk.shape[2], self._trunk.stride)

    def select_anchors(self, anchors: np.ndarray, labels: Sequence[ImageBoxes], first: int = 0) -> AnchorSelection:
        """The anchors of all images that take part, and what they should say; ``first`` images of the batch are those of
        processes before this one."""
        key, count = self._key(first), self.anchors_per_image
        found = [
            anchor_targets(anchors, objects, count, key.words(image, _ANCHORS, len(anchors)))
            for image, objects in enumerate(labels)
        ]
        return AnchorSelection.joined(found, len(anchors))

    def select_rois(
        self,
        logits: np.ndarray,
        deltas: np.ndarray,
        anchors: np.ndarray,
        labels: Sequence[ImageBoxes],
        sizes: np.ndarray,
        first: int = 0,
    ) -> RoISelection:
        """The proposals of all images that take part, with the objects' own boxes among them, and what they should say;
        ``first`` as of `select_anchors`."""
        key, count = self._key(first), self.rois_per_image
        found = []
        proposed = self._proposals(logits, deltas, anchors, sizes, self.proposals)
        for image, (boxes, objects) in enumerate(zip(proposed, labels, strict=True)):
            words = key.words(image, _ROIS, len(boxes) + len(objects["boxes"]))
            found.append(roi_targets(boxes, objects, count, words))
        return RoISelection.joined(found)

    def crop(self, trunk: Variable, rois: np.ndarray, images: np.ndarray) -> tuple[Variable, Variable]:
        """Logits (K, 1 + num_classes) and deltas (K, 1 + num_classes, 4) of RoIs (K, 4) of these images of the map."""
        crops = ops.roi_align(
            trunk, rois, images, (self.pooled_size, self.pooled_size), scale=1 / self._trunk.stride,
            sampling_ratio=self.sampling_ratio, aligned=self.aligned,
        )  # fmt: skip
        features = ops.global_avg_pool(crops if self._stage is None else self.stage(self._stage.name, crops))
        logits, deltas = (self._linear(features, name) for name in (ROI_LOGITS, ROI_DELTAS))
        return logits, ops.reshape(deltas, (len(rois), -1, 4))

    def _proposal_losses(
        self, logits: Variable, deltas: Variable, chosen: AnchorSelection, factor: float
    ) -> dict[str, Variable]:
        count = len(chosen.sampled)
        sampled = ops.select_rows(logits, chosen.sampled)
        entropy = ops.binary_cross_entropy_with_logits(sampled, chosen.labels[:, None])
        return {
            "loss_objectness": ops.scale(entropy, factor),
            "loss_rpn_box_reg": _smooth_l1(deltas, chosen.positives, chosen.deltas, factor / count),
        }

    def _box_losses(self, trunk: Variable, chosen: RoISelection, factor: float) -> dict[str, Variable]:
        count = len(chosen.rois)
        if count == 0:
            return {}
        logits, deltas = self.crop(trunk, chosen.rois, chosen.images)
        found = np.flatnonzero(chosen.labels)
        rows = found * (1 + self.num_classes) + chosen.labels[found]
        return {
            "loss_classifier": ops.scale(ops.cross_entropy(logits, chosen.labels), factor),
            "loss_box_reg": _smooth_l1(ops.reshape(deltas, (-1, 4)), rows, chosen.deltas[found], factor / count),
        }

    def _proposals(
        self, logits: np.ndarray, deltas: np.ndarray, anchors: np.ndarray, sizes: Sequence[Any] | np.ndarray, most: int
    ) -> list[np.ndarray]:
        """Of each image, (n, 4)."""
        rows = zip(logits.reshape(len(sizes), -1), deltas.reshape(len(sizes), -1, 4), sizes, strict=True)
        return [propose(scores, offsets, anchors, (size[0], size[1]), most) for scores, offsets, size in rows]

    def _convolved(self, x: Variable, name: str, padding: int = 0) -> Variable:
        return ops.add_bias(
            ops.conv2d(x, self._parameter(name, "weight"), padding=padding), self._parameter(name, "bias")
        )

    def _linear(self, x: Variable, name: str) -> Variable:
        return ops.linear(x, self._parameter(name, "weight"), self._parameter(name, "bias"))

    def _parameter(self, name: str, kind: str) -> Variable:
        head: Parameters = self.head  # type: ignore[assignment]
        return head[f"{name}.{kind}"]

    # --- samples --------------------------------------------------------------------------------------------------------

    def _key(self, first: int) -> SamplingKey:
        return SamplingKey(self.sampling_seed, self.steps, self._lower, first)

    def begin_training(self, seed: int) -> None:
        """Lets samples follow from the seed of a stage."""
        self.sampling_seed, self.steps = checked_seed("seed", seed), 0

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, checked_seed(name, value) if name in ("sampling_seed", "steps") else value)

    def after_step(self) -> None:
        self.steps += 1

    def _evaluate_beside(self, backbone: Backbone, batch: Any) -> Any:
        with self._drawing_apart():
            return super()._evaluate_beside(backbone, batch)

    @contextmanager
    def _drawing_apart(self) -> Iterator[None]:
        self._lower = True
        try:
            yield
        finally:
            self._lower = False

    # --- predictions ----------------------------------------------------------------------------------------------------

    def predict_views(
        self, backbone: Backbone, views: np.ndarray, geometries: Sequence[ViewGeometry]
    ) -> list[Detections]:
        """What is found in each image: mappings of ``boxes`` in pixels of the image itself, ``labels`` from 0 and
        ``scores``, from the highest score down."""
        rule = DetectionRule(self.score_threshold, self.nms_threshold, self.detections_per_image)
        with self.evaluating(backbone, views) as maps:
            trunk = maps[self._trunk.name]
            logits, deltas = (outputs.numpy() for outputs in self.propose(trunk))
            check_outputs(logits, "logits of proposals")
            check_outputs(deltas, "deltas of proposals")
            sizes = [geometry.size for geometry in geometries]
            proposed = self._proposals(logits, deltas, self.anchors(trunk), sizes, self.test_proposals)
            outputs = [self._cropped(trunk, boxes, image) for image, boxes in enumerate(proposed)]
        for scores in outputs:
            check_outputs(scores[0], "logits")
            check_outputs(scores[1], "deltas")
        found = zip(outputs, proposed, geometries, strict=True)
        return [_in_image(rule.detect(*scores, boxes, geometry.size), geometry) for scores, boxes, geometry in found]

    def _cropped(self, trunk: Variable, rois: np.ndarray, image: int) -> tuple[np.ndarray, np.ndarray]:
        """Logits and deltas of RoIs of one image, so many of them at a time that memory stays small."""
        at_once = max(1, _CROP_BYTES // (8 * self.pooled_size**2 * self._trunk.channels))
        logits, deltas = [np.zeros((0, 1 + self.num_classes))], [np.zeros((0, 1 + self.num_classes, 4))]
        for start in range(0, len(rois), at_once):
            part = rois[start : start + at_once]
            made = self.crop(trunk, part, np.full(len(part), image))
            logits.append(made[0].numpy())
            deltas.append(made[1].numpy())
        return np.concatenate(logits), np.concatenate(deltas)


class _Factors(NamedTuple):
    """By which means over this process's samples count as parts of those over the samples of all processes."""

    anchors: float
    rois: float


def _factors(samples: int, anchors: int, rois: int) -> _Factors:
    """For so many sampled anchors and RoIs of this process's images.

    InvalidState where a process has no RoI and others have: the batch norms of their box heads would wait for it.
    """
    every = gathered(np.array([samples, anchors, rois]), "counts of samples")
    without = [str(rank) for rank in np.flatnonzero(every[:, 2] == 0)]
    if 0 < len(without) < len(every):
        raise InvalidState(
            f"FasterRCNN: rank {', '.join(without)} of {len(every)} has neither proposals nor objects in its share of the "
            "batch, and others have: use more images for each process"
        )
    all_samples, all_anchors, all_rois = map(int, every.sum(axis=0))
    return _Factors(
        mean_factor(anchors, samples, all_anchors, all_samples), mean_factor(rois, samples, all_rois, all_samples)
    )


def _smooth_l1(predicted: Variable, rows: np.ndarray, targets: np.ndarray, factor: float) -> Variable:
    """The sum over these rows of ``predicted`` (n, 4), times ``factor``; 0 without rows."""
    if len(rows) == 0:
        return ops.constant(0.0)
    return ops.scale(ops.smooth_l1_loss(ops.select_rows(predicted, rows), targets, BETA, reduction="sum"), factor)


def _in_image(found: Detections, geometry: ViewGeometry) -> Detections:
    """Detections of a view in pixels of its image."""
    return {"boxes": geometry.boxes_back(found["boxes"]), "labels": found["labels"], "scores": found["scores"]}


def _trunk_and_stage(net: Backbone) -> tuple[FeatureMap, FeatureMap | None]:
    """The map that proposals are made on, and the one that the last stage makes of crops of it, where that can be run."""
    maps = maps_of(net)
    if isinstance(net, EngineBackbone) and len(maps) > 1:
        return maps[-2], maps[-1]
    return maps[-1], None


def _positive(name: str, values: Any) -> tuple[float, ...]:
    if isinstance(values, str) or not isinstance(values, (Sequence, np.ndarray)) or len(values) == 0:
        raise WrongType(f"{name}: expected several numbers such as (32, 64), got {values!r}")
    numbers = tuple(checked_number(f"{name}[{place}]", value, above=0) for place, value in enumerate(values))
    if max(numbers) > _MOST or len(numbers) > _MOST_ANCHORS:
        raise InvalidArgument(f"{name}: expected at most {_MOST_ANCHORS} numbers up to {_MOST}, got {values!r}")
    return numbers
