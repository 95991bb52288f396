"""The stages of the protocol, scikit-learn in manner: pretrain, warm up a head, BiSSL, fine-tune; a linear probe."""

from .alternation import Alternation
from .bilevel import BiSSL
from .finetune import FineTune
from .headwarmup import HeadWarmup
from .linearprobe import LinearProbe
from .pretrain import Pretrain
from .recalibration import recalibrate
from .weightedsum import WeightedSum

__all__ = ["Alternation", "BiSSL", "FineTune", "HeadWarmup", "LinearProbe", "Pretrain", "WeightedSum", "recalibrate"]
