"""Scores of runs, and what they can and cannot say about the difference of two arms.

Scores are counts of correct predictions (`Counts`) or fractions as ``score()`` gives them (`Fractions`); per cent exist
in printed text and on axes only. `Comparison` compares two arms whose runs may share pretrained backbones: by a
permutation test (`PermutationTest`) and by a mixed model (`MixedModel`), with Holm's correction (`holm`) over the
comparisons of a table. `MetaAnalysis` puts the differences of several tasks together; `runs_needed` and
`smallest_difference` say how many runs it takes, `finding` and `pooled_finding` what was settled.
"""

from .comparison import Comparison, corrected, described_tests
from .findings import finding, pooled_finding
from .interval import difference_interval
from .meta import MetaAnalysis
from .mixed import MixedModel
from .multiplicity import holm
from .permutation import PermutationTest, permutation_test
from .power import runs_needed, smallest_difference
from .scores import Counts, Fractions, Scores, as_scores, percent
from .spread import Spread

__all__ = [
    "Comparison",
    "Counts",
    "Fractions",
    "MetaAnalysis",
    "MixedModel",
    "PermutationTest",
    "Scores",
    "Spread",
    "as_scores",
    "corrected",
    "described_tests",
    "difference_interval",
    "finding",
    "holm",
    "percent",
    "permutation_test",
    "pooled_finding",
    "runs_needed",
    "smallest_difference",
]
