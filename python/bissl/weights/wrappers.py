"""What wraps modules, and so stands anywhere in the names of a file."""

from __future__ import annotations

import re

#: torch.compile, FSDP (now, and before PyTorch 1.12), activation checkpointing, DeepSpeed and Lightning. No network calls a
#: part of its own so.
_WRAPPER = re.compile(
    r"(?<![^.])(_orig_mod|_fsdp_wrapped_module|_fpw_module|_checkpoint_wrapped_module|_forward_module)\."
)

#: What torch.nn.parallel.DistributedDataParallel puts before the names of one part of a network. A network of the user's own
#: may call a part so too.
_INNER_MODULE = re.compile(r"(?<=\.)module\.")


def bare(name: str) -> str:
    """The name without wrappers."""
    return _WRAPPER.sub("", name)


def without_inner_module(name: str) -> str:
    """The name without any ``module`` behind its beginning."""
    return _INNER_MODULE.sub("", name)
