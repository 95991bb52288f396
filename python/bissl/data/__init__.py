"""Images in memory and in files: data sets, orders of batches, augmentation, loaders."""

from .assembly import Batch
from .augmentation import DownstreamViews, TwoViews, View, augment
from .cache import CachedDataset, cached
from .dataset import ArrayDataset, Dataset, Subset
from .glyphs import glyphs
from .imagefiles import ImageFiles
from .loader import Loader
from .normalization import IMAGENET_MEAN, IMAGENET_STD, channel_statistics, normalize
from .pretext_recipes import OneView
from .stacks import RandomDraws, Sequential, Stack, Stacks

__all__ = [
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "ArrayDataset",
    "Batch",
    "CachedDataset",
    "Dataset",
    "DownstreamViews",
    "ImageFiles",
    "Loader",
    "OneView",
    "RandomDraws",
    "Sequential",
    "Stack",
    "Stacks",
    "Subset",
    "TwoViews",
    "View",
    "augment",
    "cached",
    "channel_statistics",
    "glyphs",
    "normalize",
]
