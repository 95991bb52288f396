"""Images in memory: checks, normalisation, batch stacks, augmentation."""

from .augmentation import DownstreamViews, TwoViews, View, augment
from .dataset import ArrayDataset, Dataset, Subset
from .imagefiles import ImageFiles
from .normalization import IMAGENET_MEAN, IMAGENET_STD, channel_statistics, normalize
from .pretext_recipes import OneView
from .stacks import RandomDraws, Stack, Stacks

__all__ = [
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "ArrayDataset",
    "Dataset",
    "DownstreamViews",
    "ImageFiles",
    "OneView",
    "RandomDraws",
    "Stack",
    "Stacks",
    "Subset",
    "TwoViews",
    "View",
    "augment",
    "channel_statistics",
    "normalize",
]
