"""Which array of a file belongs to which name of a network."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..arrays import as_array
from .dialects import DIALECTS, Dialect
from .report import WeightsReport
from .safetensors_file import FileArrays
from .wrappers import bare, without_inner_module

#: What wrappers and training code put before a network's names, alone or one behind the other.
PREFIXES = (
    "module.", "model.", "backbone.", "encoder.", "encoder_q.", "base_encoder.", "online_encoder.", "teacher.",
    "student.", "resnet.", "net.", "network.", "trunk.", "base_model.", "feature_extractor.", "lower_backbone.",
    "upper_backbone.", "ema_model.", "model_ema.", "ema.", "averaged_model.", "_model.",
)  # fmt: skip

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

    Names of wrappers, such as ``_orig_mod``, count nowhere; ``module`` within a name does not where more is found without
    it. Of all prefixes made of `PREFIXES` that occur in the file, and the spellings in `DIALECTS`, the pair is taken under
    which most of the network's names are found; of equally good ones the prefix of the fewest parts, in the order of
    `PREFIXES`.
    """
    as_given = {name: bare(name) for name in arrays}
    without = {name: without_inner_module(short) for name, short in as_given.items()}
    spellings = [as_given] if without == as_given else [as_given, without]
    return max((_match(arrays, names, short) for short in spellings), key=lambda match: len(match.found))


def _match(arrays: Mapping[str, Any], names: Collection[str], short: Mapping[str, str]) -> Match:
    """As `match`, with the names of the file without wrappers, by those in it."""
    pairs = [(prefix, dialect) for prefix in _prefixes(short.values()) for dialect in DIALECTS]
    prefix, dialect = max(pairs, key=lambda pair: len(_translated(short, *pair).keys() & set(names)))
    sources = _translated(short, prefix, dialect)
    alphas = arrays.alphas if isinstance(arrays, FileArrays) else {}
    used = {sources[name] for name in sources if name in names}
    return Match(
        {name: arrays[sources[name]] for name in names if name in sources},
        within=tuple(name for name in arrays if short[name].startswith(prefix) and name not in used),
        outside=tuple(name for name in arrays if not short[name].startswith(prefix)),
        alphas={name: alphas[sources[name]] for name in names if sources.get(name) in alphas},
    )


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
    given = {name: as_array(value, name).shape for name, value in found.found.items()}
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
    """All that can be taken off names without wrappers, those of fewer parts first ("" is of none), then in the order of `PREFIXES`."""
    found = {""}
    for name in names:
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


def _translated(short: Mapping[str, str], prefix: str, dialect: Dialect) -> dict[str, str]:
    """From names as this package spells them to those in the file; of two that come to the same, the first."""
    translated: dict[str, str] = {}
    for name, without in short.items():
        if without.startswith(prefix):
            translated.setdefault(dialect(without.removeprefix(prefix)), name)
    return translated
