"""Which array of a file belongs to which name of a network."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .dialects import DIALECTS, Dialect
from .report import WeightsReport
from .safetensors_file import FileArrays

#: What wrappers and training code put before a network's names, alone or one behind the other.
PREFIXES = (
    "module.", "model.", "backbone.", "encoder.", "encoder_q.", "base_encoder.", "online_encoder.", "teacher.",
    "student.", "resnet.", "net.", "network.", "trunk.", "base_model.", "feature_extractor.", "lower_backbone.",
    "upper_backbone.", "ema_model.", "model_ema.", "ema.", "averaged_model.", "_model.",
)  # fmt: skip

#: What wraps modules at any depth, and so stands anywhere in a name: torch.compile, FSDP (now, and before PyTorch 1.12),
#: activation checkpointing, DeepSpeed and Lightning. No network calls a part of its own so.
_WRAPPER = re.compile(
    r"(?<![^.])(_orig_mod|_fsdp_wrapped_module|_fpw_module|_checkpoint_wrapped_module|_forward_module)\."
)

#: Parts that stand beside a backbone in published files, by their first name: classifiers, heads of pretext tasks,
#: MAE's decoder, MoCo's queue and momentum encoder, averaged copies.
BESIDE_BACKBONES = re.compile(
    r"(fc|head|heads|head_dist|classifier|linear|projector|projection_head|projection|predictor|prediction_head|"
    r"prototypes|decoder_\w+|decoder|mask_token|queue|queue_ptr|encoder_k|momentum_\w+|target_\w+|\w+_momentum)(\.|$)"
)


@dataclass(frozen=True)
class Match:
    """The arrays found for a network, by its own names, and what the file holds besides: names in the network's part,
    and names outside of it. By the network's names of their first matrices, α of low-rank adapters that the file tells."""

    found: dict[str, Any]
    within: tuple[str, ...]
    outside: tuple[str, ...]
    alphas: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def by_name(cls, arrays: Mapping[str, Any], names: Collection[str]) -> Match:
        """The arrays under the very names of the network."""
        found = {name: arrays[name] for name in names if name in arrays}
        return cls(found, within=tuple(name for name in arrays if name not in found), outside=())


def match(arrays: Mapping[str, Any], names: Collection[str]) -> Match:
    """Finds the network with these names in the file, whole or as a part of it.

    Names of wrappers, such as ``_orig_mod``, count nowhere. Of all prefixes made of `PREFIXES` that occur in the file, and the spellings in `DIALECTS`, the pair is taken under
    which most of the network's names are found; of equally good ones the prefix of the fewest parts, in the order of
    `PREFIXES`.
    """
    pairs = [(prefix, dialect) for prefix in _prefixes(arrays) for dialect in DIALECTS]
    prefix, dialect = max(pairs, key=lambda pair: len(_translated(arrays, *pair).keys() & set(names)))
    sources = _translated(arrays, prefix, dialect)
    alphas = arrays.alphas if isinstance(arrays, FileArrays) else {}
    used = {sources[name] for name in sources if name in names}
    return Match(
        {name: arrays[sources[name]] for name in names if name in sources},
        within=tuple(name for name in arrays if bare(name).startswith(prefix) and name not in used),
        outside=tuple(name for name in arrays if not bare(name).startswith(prefix)),
        alphas={name: alphas[sources[name]] for name in names if sources.get(name) in alphas},
    )


def unknown_prefix(names: Iterable[str], wanted: Collection[str]) -> str | None:
    """What stands before most of the `wanted` names in a file, where it is not made of `PREFIXES`; else what all names of
    the file begin with; None where that is nothing."""
    names, places = list(names), Counter[str]()
    for name in names:
        parts = bare(name).split(".")
        for count in range(1, len(parts)):
            if ".".join(parts[count:]) in wanted:
                places[".".join(parts[:count]) + "."] += 1
    prefix, found = places.most_common(1)[0] if places else ("", 0)
    if 2 * found <= len(wanted):
        prefix = os.path.commonprefix(names).rpartition(".")[0]
        prefix += "." if prefix else ""
    return prefix or None


def bare(name: str) -> str:
    """The name without wrappers."""
    return _WRAPPER.sub("", name)


def compared(
    found: Match, shapes: Mapping[str, tuple[int, ...]], optional: Collection[str], beside: re.Pattern[str] | None
) -> WeightsReport:
    """The report on a match.

    Parameters
    ----------
    optional : names that may be missing.
    beside : the first names of parts that may stand beside the network, in its part of the file or around it. None:
        nothing may, and names outside of the network's part are unexpected as well.
    """
    given = {name: np.shape(value) for name, value in found.found.items()}
    wrong = {name: (given[name], shapes[name]) for name in given if given[name] != shapes[name]}
    absent = [name for name in shapes if name not in given]
    known = set(found.outside) if beside is not None else set()
    known.update(name for name in found.within if beside is not None and beside.match(_unprefixed(name)))
    others = found.within + found.outside
    return WeightsReport(
        loaded=tuple(name for name in given if name not in wrong),
        missing=tuple(name for name in absent if name not in optional),
        kept=tuple(name for name in absent if name in optional),
        unexpected=tuple(name for name in others if name not in known),
        passed_over=tuple(name for name in others if name in known),
        mismatched=tuple(wrong),
        shapes=wrong,
    )


def first_name(name: str) -> str:
    """The part of a network that a name belongs to, as it is told from the name without prefixes."""
    return _unprefixed(name).partition(".")[0]


def _prefixes(names: Iterable[str]) -> list[str]:
    """All that can be taken off, those of fewer parts first ("" is of none), then in the order of `PREFIXES`."""
    found = {""}
    for name in map(bare, names):
        rest = _unprefixed(name)
        whole = name[: len(name) - len(rest)]
        parts = whole.split(".")[:-1]
        found.update("".join(f"{part}." for part in parts[:count]) for count in range(1, len(parts) + 1))
    order = {prefix: [PREFIXES.index(f"{part}.") for part in prefix.split(".")[:-1]] for prefix in found}
    return sorted(found, key=lambda prefix: (len(order[prefix]), order[prefix]))


def _unprefixed(name: str) -> str:
    """The name without wrappers, and any of `PREFIXES` that it begins with."""
    name = bare(name)
    while prefix := next((prefix for prefix in PREFIXES if name.startswith(prefix)), None):
        name = name.removeprefix(prefix)
    return name


def _translated(names: Iterable[str], prefix: str, dialect: Dialect) -> dict[str, str]:
    """From names as this package spells them to those in the file; of two that come to the same, the first."""
    translated: dict[str, str] = {}
    for name in names:
        if bare(name).startswith(prefix):
            translated.setdefault(dialect(bare(name).removeprefix(prefix)), name)
    return translated
