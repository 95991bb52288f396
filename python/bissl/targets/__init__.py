"""What a downstream objective is told about each image, one file per kind of label: how labels are checked, joined with
those of other data sets by their classes, moved with the pixels, collated, read back from a head's outputs, and measured.
`Targets` is the protocol."""

from .base import Targets
from .boxchecks import ImageBoxes
from .boxes import BoxTargets, cut_boxes
from .choice import targets_of
from .classes import Classes
from .classnumbers import ClassNumbers
from .classsets import LEFT_OUT, ClassSets
from .cocometrics import coco_average_precision, mean_coco_average_precision
from .dense import DenseTargets
from .detectionmetrics import box_average_precision, box_iou, mean_box_average_precision
from .geometry import ViewGeometry, padded_size
from .labelmaps import LabelMaps
from .numbers import RealNumbers
from .segmentationmetrics import IGNORED, confusion_matrix, intersection_over_union, mean_iou, pixel_accuracy

__all__ = [
    "IGNORED",
    "LEFT_OUT",
    "BoxTargets",
    "ClassNumbers",
    "ClassSets",
    "Classes",
    "DenseTargets",
    "ImageBoxes",
    "LabelMaps",
    "RealNumbers",
    "Targets",
    "ViewGeometry",
    "box_average_precision",
    "box_iou",
    "coco_average_precision",
    "confusion_matrix",
    "cut_boxes",
    "intersection_over_union",
    "mean_box_average_precision",
    "mean_coco_average_precision",
    "mean_iou",
    "padded_size",
    "pixel_accuracy",
    "targets_of",
]
