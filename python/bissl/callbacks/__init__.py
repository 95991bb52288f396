"""Looking on while a stage is fitted: files and pictures of its records, guards, scores of its features.

A callback is a `Callback` with up to three methods; all stages that train take any number of them as ``callbacks``::

    bissl.Pretrain("simclr", callbacks=[CSV("metrics.csv"), NearestNeighbors(few, validation), NaNMonitor()])
"""

from ..training.callback import Callback
from .features import NearestNeighbors, NearestNeighbours, Probe
from .files import CSV, JSONLines
from .guards import EarlyStop, NaNMonitor
from .plots import Plots
from .ranks import LiDAR, RankMe
from .scalars import scalars
from .trackers import MLflow, TensorBoard, WandB

__all__ = [
    "CSV",
    "Callback",
    "EarlyStop",
    "JSONLines",
    "LiDAR",
    "MLflow",
    "NaNMonitor",
    "NearestNeighbors",
    "NearestNeighbours",
    "Plots",
    "Probe",
    "RankMe",
    "TensorBoard",
    "WandB",
    "scalars",
]
