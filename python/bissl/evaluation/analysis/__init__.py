"""How far a pretrained backbone is from the downstream task, and how the pretext loss is curved (paper, sections 5 and
B.10).

Similarities: `alignment`, `parameter_similarity`, `layer_similarity`, `feature_similarity`, `linear_cka`. Features and
their picture: `extract_features`, `embed`, `knn_accuracy`, `silhouette`. Curvature: `hessian_spectrum`, `conditioning`,
`least_damping`, `residual_curve`. `bissl.plot` draws all of them; `bissl.recalibrate` makes backbones comparable.
"""

from .alignment import Alignment, alignment
from .cka import linear_cka
from .conditioning import Conditioning, conditioning, least_damping
from .embedding import Embedding, embed
from .features import extract_features
from .residuals import ResidualCurve, residual_curve
from .separation import knn_accuracy, silhouette
from .similarity import Similarity, cosine_similarity, feature_similarity, layer_similarity, parameter_similarity
from .spectrum import Spectrum, hessian_spectrum

__all__ = [
    "Alignment",
    "Conditioning",
    "Embedding",
    "ResidualCurve",
    "Similarity",
    "Spectrum",
    "alignment",
    "conditioning",
    "cosine_similarity",
    "embed",
    "extract_features",
    "feature_similarity",
    "hessian_spectrum",
    "knn_accuracy",
    "layer_similarity",
    "least_damping",
    "linear_cka",
    "parameter_similarity",
    "residual_curve",
    "silhouette",
]
