"""Images: data sets in memory and on disk, splits, orders of batches, augmentation, loaders."""

from .assembly import Batch
from .augmentation import DownstreamViews, TwoViews, View, augment, augment_into
from .cache import CachedDataset, cached
from .dataset import ArrayDataset, Dataset, Subset
from .decodingoptions import Decoding
from .denseviews import DenseView, padded_batch
from .filecheck import check_files
from .glyphs import glyphs
from .imagefiles import ImageFiles
from .imagelists import ImageList
from .imageviews import ImageView, view_geometry
from .inspection import Inspection, inspect_dataset
from .loader import Loader
from .mixture import Mixture
from .normalization import IMAGENET_MEAN, IMAGENET_STD, channel_statistics, normalize
from .pretext_recipes import OneView
from .readers import (
    CIFAR10,
    CIFAR100,
    COCO,
    CUB200,
    DTD,
    EMNIST,
    KMNIST,
    MNIST,
    STL10,
    SUN397,
    VOC,
    Aircraft,
    Boxes,
    Caltech101,
    Cityscapes,
    Clipart,
    Emoji,
    FashionMNIST,
    Flowers102,
    Food101,
    IconThemes,
    ImageFolder,
    ImageNet,
    MaskFolder,
    OxfordPets,
    PublishedDataset,
    Stamps,
    StanfordCars,
    UnlabeledFolder,
    UnlabelledFolder,
    VOCDetection,
    VOCSegmentation,
    dataset_names,
    open_dataset,
)
from .reading import Reading
from .scenes import scenes
from .scenetrees import write_scenes
from .splits import SPLITS, stratified_split
from .stacks import RandomDraws, Sequential, Stack, Stacks

__all__ = [
    "Aircraft",
    "ArrayDataset",
    "Batch",
    "Boxes",
    "CIFAR10",
    "CIFAR100",
    "COCO",
    "CUB200",
    "CachedDataset",
    "Caltech101",
    "Cityscapes",
    "Clipart",
    "DTD",
    "Dataset",
    "Decoding",
    "DenseView",
    "DownstreamViews",
    "EMNIST",
    "Emoji",
    "FashionMNIST",
    "Flowers102",
    "Food101",
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "IconThemes",
    "ImageFiles",
    "ImageFolder",
    "ImageList",
    "ImageNet",
    "ImageView",
    "Inspection",
    "KMNIST",
    "Loader",
    "MNIST",
    "MaskFolder",
    "Mixture",
    "OneView",
    "OxfordPets",
    "PublishedDataset",
    "RandomDraws",
    "Reading",
    "SPLITS",
    "STL10",
    "SUN397",
    "Sequential",
    "Stack",
    "Stacks",
    "Stamps",
    "StanfordCars",
    "Subset",
    "TwoViews",
    "UnlabeledFolder",
    "UnlabelledFolder",
    "VOC",
    "VOCDetection",
    "VOCSegmentation",
    "View",
    "augment",
    "augment_into",
    "cached",
    "channel_statistics",
    "check_files",
    "dataset_names",
    "glyphs",
    "inspect_dataset",
    "normalize",
    "open_dataset",
    "padded_batch",
    "scenes",
    "stratified_split",
    "view_geometry",
    "write_scenes",
]
