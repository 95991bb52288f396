"""Where the weights are in a training checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..pickles import Placeholder
from .records import Tensor

#: Entries that hold the weights of a checkpoint, the first that is there. Of DINO's two networks its authors evaluate the
#: teacher; averaged weights (timm) are taken where there are no others.
PARTS = (
    "state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "teacher", "student", "backbone",
    "encoder", "state_dict_ema", "model_ema", "ema",
)  # fmt: skip

#: Entries that hold tensors of the training, never those of a network.
_TRAINING = ("optim", "scheduler", "lr_scheduler", "scaler", "loss", "criterion", "rng", "callbacks", "loops")

_DEEPEST = 16


def unwrapped(tree: Any, key: str | Sequence[str] | None) -> dict[str, Tensor | Placeholder]:
    """The tensors by name, from what a file holds.

    With ``key`` (or keys, one per level): the entry of that name. Otherwise, level by level: the first of `PARTS` that is
    a dict with tensors in it; else this level, when tensors lie in it; else the one entry with tensors in it that is not
    a state of the training (optimiser, scheduler, loss).

    Values that are not tensors (counters, settings) are left out; tensors of kinds that no array can stand for come as
    placeholders.

    Raises
    ------
    ValueError : no weights, or several sets of them; the text names the entries that ``key`` may name.
    """
    for name in [key] if isinstance(key, str) else key or ():
        tree = _entry(tree, name)
    for _ in range(_DEEPEST):
        below = _below(tree)
        if below is None:
            break
        tree = tree[below]
    tensors = {name: value for name, value in _entries(tree) if isinstance(value, Tensor) or _is_odd_tensor(value)}
    if not any(isinstance(value, Tensor) for value in tensors.values()):
        raise ValueError(f"it holds no weights: expected a dict of tensors by name, found {_described(tree)}")
    return tensors


def _entry(tree: Any, name: str) -> Any:
    if not isinstance(tree, dict) or name not in tree:
        raise ValueError(f'key: there is no entry "{name}"; there are {_listed(_entries(tree))}')
    return tree[name]


def _below(tree: Any) -> str | None:
    """The entry to go on with, or None where the weights are here."""
    within = [name for name, value in _entries(tree) if isinstance(value, dict) and _holds_tensors(value)]
    for part in PARTS:
        if part in within:
            return part
    if any(isinstance(value, Tensor) for _, value in _entries(tree)):
        return None
    networks = [name for name in within if not any(word in name for word in _TRAINING)]
    if len(networks) > 1:
        raise ValueError(f'it holds several sets of weights: name one with key="…": {", ".join(networks[:10])}')
    return networks[0] if networks else None


def _holds_tensors(tree: dict[str, Any]) -> bool:
    """Whether a tensor is in there at any depth of dicts; each is looked into once, however often it is referred to."""
    seen, waiting = {id(tree)}, [tree]
    while waiting:
        for value in waiting.pop().values():
            if isinstance(value, Tensor):
                return True
            if isinstance(value, dict) and id(value) not in seen:
                seen.add(id(value))
                waiting.append(value)
    return False


def _entries(tree: Any) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in tree.items() if isinstance(name, str)] if isinstance(tree, dict) else []


def _is_odd_tensor(value: Any) -> bool:
    return isinstance(value, Placeholder) and value.name.startswith(("torch._utils._rebuild", "torch._tensor._rebuild"))


def _described(tree: Any) -> str:
    if isinstance(tree, Placeholder):
        return f"an object of {tree.name[:60]} (of a whole network, save its state_dict() instead)"
    if not isinstance(tree, dict):
        return f"a value of type {type(tree).__name__}"
    return (
        f"a dict of {_listed(_entries(tree))}"
        if _entries(tree)
        else "a dict without names"
        if tree
        else "an empty dict"
    )


def _listed(entries: list[tuple[str, Any]]) -> str:
    names = [f"{name[:60]} ({_kind(value)})" for name, value in entries[:10]]
    return ", ".join(names) + (", …" if len(entries) > 10 else "") if names else "none"


def _kind(value: Any) -> str:
    return value.name[:60] if isinstance(value, Placeholder) else type(value).__name__
