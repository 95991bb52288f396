"""Readers of published data sets, and of folders of images, in the layouts that people have on disk."""

from .aircraft import Aircraft
from .caltech import Caltech101
from .cars import StanfordCars
from .cifar import CIFAR10, CIFAR100
from .cityscapes import Cityscapes
from .coco import COCO
from .cub import CUB200
from .dtd import DTD
from .emoji import Emoji
from .flowers import Flowers102
from .folders import ImageFolder, UnlabeledFolder, UnlabelledFolder
from .food import Food101
from .iconthemes import IconThemes
from .imagenet import ImageNet
from .maskfolders import MaskFolder
from .mnist import EMNIST, KMNIST, MNIST, FashionMNIST
from .pets import OxfordPets
from .pictures import Clipart, Stamps
from .published import PublishedDataset
from .registry import dataset_names, open_dataset, splits_in
from .stl10 import STL10
from .sun import SUN397
from .voc import VOC, VOCDetection, VOCSegmentation
from .voc_annotations import Boxes

__all__ = [
    "Aircraft",
    "Boxes",
    "CIFAR10",
    "CIFAR100",
    "COCO",
    "CUB200",
    "Caltech101",
    "Cityscapes",
    "Clipart",
    "DTD",
    "EMNIST",
    "Emoji",
    "FashionMNIST",
    "Flowers102",
    "Food101",
    "IconThemes",
    "ImageFolder",
    "ImageNet",
    "KMNIST",
    "MNIST",
    "MaskFolder",
    "OxfordPets",
    "PublishedDataset",
    "STL10",
    "SUN397",
    "Stamps",
    "StanfordCars",
    "UnlabeledFolder",
    "UnlabelledFolder",
    "VOC",
    "VOCDetection",
    "VOCSegmentation",
    "dataset_names",
    "open_dataset",
    "splits_in",
]
