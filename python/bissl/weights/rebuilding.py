"""PyTorch's pickles read as records: the few functions that they call to make tensors, and no other, are known here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..pickles import Global, Placeholder, Vocabulary, applied, run
from .dtypes import STORED, TORCH_DTYPES, TYPED_STORAGES
from .records import Storage, Tensor, extent, natural, naturals

#: Pickles of the largest networks stay far below: their numbers lie beside them.
LARGEST_PICKLE = 32 * 2**20

_UNTYPED = ("torch.UntypedStorage", "torch.storage.UntypedStorage")


def read_checkpoint_pickle(content: bytes) -> Any:
    """The value of a pickle of ``torch.save``, in records; what is neither tensor nor container is a placeholder.

    Raises
    ------
    ValueError : malformed, larger than any checkpoint's, or with a tensor that does not fit its storage or is described
        in another way than PyTorch's.
    """
    if len(content) > LARGEST_PICKLE:
        raise ValueError(f"its pickle has {len(content)} bytes, more than {LARGEST_PICKLE}")
    return run(content, _TorchVocabulary())


def _storage(identity: Any) -> Storage:
    """The storage of a persistent id: ("storage", type, key, device, count)."""
    if not isinstance(identity, tuple) or len(identity) < 5 or identity[0] != "storage":
        raise ValueError("a persistent id is not PyTorch's (storage, type, key, device, count)")
    kind, key, count = identity[1], identity[2], natural(identity[4], "the length of a storage")
    if not isinstance(kind, Global) or not isinstance(key, str):
        raise ValueError("a persistent id has no storage type or no key")
    if kind.name in _UNTYPED:
        return Storage(key, None, count)
    module, _, name = kind.name.rpartition(".")
    if module not in ("torch", "torch.cuda", "torch.storage") or name not in TYPED_STORAGES:
        raise ValueError(f"storage {_told(key)} is a {_told(kind.name)}, of which no array can be made")
    return Storage(key, TYPED_STORAGES[name], count)


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Tensor:
    if not isinstance(storage, Storage) or storage.code is None:
        raise ValueError("a tensor has no storage that says what its numbers are")
    return _strided(storage, storage.code, storage.count, offset, shape, strides)


def _tensor_with_dtype(
    storage: Any, offset: Any, shape: Any, strides: Any, gradient: Any, hooks: Any, dtype: Any, *_: Any
) -> Tensor | Placeholder:
    if not isinstance(storage, Storage) or not isinstance(dtype, Global):
        raise ValueError("a tensor has no storage or no dtype")
    if dtype.name not in TORCH_DTYPES:
        return Placeholder(f"torch._utils._rebuild_tensor_v3 ({dtype.name})")
    code = TORCH_DTYPES[dtype.name]
    if storage.code not in (None, code):
        raise ValueError(f"storage {_told(storage.key)} is {storage.code}, its tensor {code}")
    count = storage.count // STORED[code].itemsize if storage.code is None else storage.count
    return _strided(storage, code, count, offset, shape, strides)


def _strided(storage: Storage, code: str, count: int, offset: Any, shape: Any, strides: Any) -> Tensor:
    offset = natural(offset, "the offset of a tensor")
    shape, strides = naturals(shape, "the shape of a tensor"), naturals(strides, "the strides of a tensor")
    if len(shape) != len(strides):
        raise ValueError(f"a tensor has {len(shape)} dimensions and {len(strides)} strides")
    if extent(offset, shape, strides) > count:
        raise ValueError(
            f"a tensor of shape {shape}, strides {strides} from {offset} reaches beyond "
            f"the {count} numbers of storage {_told(storage.key)}"
        )
    return Tensor(storage, code, offset, shape, strides)


def _parameter(data: Any, *_: Any) -> Any:
    return data


def _from_type(function: Any, kind: Any, arguments: Any, *_: Any) -> Any:
    """A tensor of a subclass, or with attributes: the tensor alone."""
    if isinstance(function, Global) and function.name in _TENSORS:
        return applied(_TENSORS[function.name], function.name, arguments)
    return Placeholder("torch._tensor._rebuild_from_type_v2", arguments)


def _size(values: Any, *_: Any) -> Any:
    return values if isinstance(values, tuple) else ()


def _mapping(content: Any, *_: Any) -> dict[str, Any]:
    """An ordered, counting or defaulting dict. Pickles fill it afterwards, but for a Counter, made from a dict (which is
    not copied: a file could ask for that as often as it likes)."""
    return content if isinstance(content, dict) else {}


def _told(text: str) -> str:
    """A name from the file, short enough for a message."""
    return repr(text if len(text) <= 60 else text[:60] + "…")


_TENSORS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_with_dtype,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
}

_KNOWN: dict[str, Callable[..., Any]] = _TENSORS | {
    "torch._tensor._rebuild_from_type_v2": _from_type,
    "torch.Size": _size,
    "collections.OrderedDict": _mapping,
    "collections.defaultdict": _mapping,
    "collections.Counter": _mapping,
}


class _TorchVocabulary(Vocabulary):
    writer = "PyTorch"
    callables = _KNOWN

    def persistent(self, identity: Any) -> Storage:
        return _storage(identity)
