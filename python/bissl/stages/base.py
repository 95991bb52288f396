"""What all stages share: parameters in scikit-learn's manner, seeds, history."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from operator import index
from typing import TYPE_CHECKING, Any

from ..errors import InvalidArgument, InvalidState, check_option

if TYPE_CHECKING:
    from typing import Self

    from ..callbacks import Callback


class Stage:
    """A step of the protocol: options in ``__init__`` (kept as given, checked by ``fit``), results in names that end
    in ``_``.

    ``history_`` is a list of plain dicts, one per epoch or alternation; after Ctrl-C it holds what was done so far, and
    so do the networks.
    """

    random_state: int | None
    history_: list[dict[str, Any]]
    callbacks: Sequence[Callback] = ()
    _stopping = False

    def __new__(cls, *args: Any, **options: Any) -> Self:
        for name in options:
            cls._check_option(name)
        return super().__new__(cls)

    @classmethod
    def _check_option(cls, name: str) -> None:
        """InvalidArgument for an option that does not exist; the nearest is named."""
        check_option(cls.__name__, name, cls._parameter_names())

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The options by name, as scikit-learn's ``clone`` and searches read them."""
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self, **options: Any) -> Self:
        """Changes options; an unknown one is an error that names the nearest."""
        for name in options:
            self._check_option(name)
        for name, value in options.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = {name: p.default for name, p in inspect.signature(type(self).__init__).parameters.items()}
        changed = (f"{n}={v!r}" for n, v in self.get_params().items() if not _same(v, defaults[n]))
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_clone__(self) -> Self:
        # Options are never changed by a fit, networks among them are copied by it: sharing them is safe.
        return type(self)(**self.get_params())

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "history_")

    def _begin(self, seed: int) -> None:
        """Forgets an earlier fit: called when everything that this one needs was checked and made."""
        self.seed_ = seed
        self.history_ = []

    def stop(self) -> None:
        """Ends the fit after the present epoch or alternation, as if it had been the last; for callbacks."""
        self._stopping = True

    @contextmanager
    def _observed(self) -> Iterator[None]:
        """Around the loop of epochs or alternations: the callbacks are told of its begin and its end."""
        self._stopping = False
        for callback in self.callbacks:
            callback.on_begin(self)
        try:
            yield
        finally:
            for callback in self.callbacks:
                callback.on_end(self)

    def _show_record(self) -> None:
        """Shows the callbacks the record of the epoch or alternation that is complete now."""
        for callback in self.callbacks:
            callback.on_record(self, self.history_[-1])

    def _check_fitted(self) -> None:
        if not hasattr(self, "history_"):
            raise InvalidState(f"{type(self).__name__} is not fitted yet; call fit first")


def _same(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and bool(value == default))


def resolved_seed(random_state: int | None) -> int:
    """The seed to use: the number given, or a fresh one for None."""
    if random_state is None:
        return secrets.randbits(63)
    try:
        seed = index(random_state)
    except TypeError:
        raise InvalidArgument(f"random_state: expected an integer or None, got {random_state!r}") from None
    if not 0 <= seed < 2**64:
        raise InvalidArgument(f"random_state: expected 0 to 2**64 - 1, got {seed}")
    return seed


def derived_seed(seed: int, purpose: str) -> int:
    """A seed of 63 bits for one purpose ("order", "views", ...), so that no two kinds of draws share a stream."""
    return int.from_bytes(blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest(), "big") >> 1


def checked_counts(**counts: int) -> None:
    """InvalidArgument for an option that must be a whole number of at least 1."""
    for name, value in counts.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InvalidArgument(f"{name}: expected a whole number of at least 1, got {value!r}")
