"""Pictures for notebooks and reports, as matplotlib figures that are returned, not shown. Needs matplotlib.

Training: `pretraining`, `levels`, `finetuning`, `solves`. Comparisons: `accuracies`, `differences`,
`scatter`, `sweep`, `lam_sweep`, `duration_sweep`. Analyses (`bissl.analysis`): `embeddings`, `similarities`, `layers`, `residuals`, `spectrum`,
`conditioning`. Images: `views`, `reconstructions`, `detections`, `segmentations`.
"""

from .accuracies import accuracies
from .curves import finetuning, levels, pretraining
from .detections import detections
from .differences import differences
from .embeddings import embeddings
from .reconstructions import reconstructions
from .scatters import scatter
from .segmentations import segmentations
from .similarities import layers, similarities
from .solves import residuals, solves
from .spectra import conditioning, spectrum
from .sweeps import duration_sweep, lam_sweep, sweep
from .views import views

__all__ = [
    "accuracies",
    "conditioning",
    "detections",
    "differences",
    "duration_sweep",
    "embeddings",
    "finetuning",
    "lam_sweep",
    "layers",
    "levels",
    "pretraining",
    "reconstructions",
    "residuals",
    "scatter",
    "segmentations",
    "similarities",
    "solves",
    "spectrum",
    "sweep",
    "views",
]
