"""Images in memory: checks, normalisation, batch stacks, augmentation."""

from .augmentation import DownstreamViews, TwoViews, View, augment, augment_into
from .dataset import ArrayDataset, Dataset, Subset
from .imagefiles import ImageFiles
from .normalization import IMAGENET_MEAN, IMAGENET_STD, channel_statistics, normalize
from .stacks import RandomDraws, Stack, Stacks

__all__ = [
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "ArrayDataset",
    "Dataset",
    "DownstreamViews",
    "ImageFiles",
    "RandomDraws",
    "Stack",
    "Stacks",
    "Subset",
    "TwoViews",
    "View",
    "augment",
    "augment_into",
    "channel_statistics",
    "normalize",
]
