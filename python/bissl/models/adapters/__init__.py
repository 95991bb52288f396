"""What of a backbone is trained: frozen parameters, low-rank adapters, and adapters in files."""

from .files import load_adapters, save_adapters
from .freezing import freeze, unfreeze
from .lora import LoRA, merge_adapters

__all__ = ["LoRA", "freeze", "load_adapters", "merge_adapters", "save_adapters", "unfreeze"]
