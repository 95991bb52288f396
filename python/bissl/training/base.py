"""What all stages share: parameters in scikit-learn's manner, seeds, history."""

from __future__ import annotations

import copy
import inspect
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from ..configured import Configured
from ..distributed import from_first, is_first
from ..errors import WrongType, checked_flag, checked_seed
from .callback import Callback, checked_callbacks
from .records import keep_plain
from .sklearntags import not_fitted, tags_of

if TYPE_CHECKING:
    from typing import Self

    from ..models.backbone import Backbone

_UNNAMED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Stage(Configured):
    """A step of the protocol: options in ``__init__`` (kept as given, checked by ``fit``), results in names that end
    in ``_``.

    ``history_`` is a list of plain dicts, one per epoch or alternation; after Ctrl-C it holds what was done so far, and
    so do the networks.
    """

    random_state: int | None
    seed_: int
    history_: list[dict[str, Any]]
    backbone_: Backbone
    if TYPE_CHECKING:  # options of those that train in steps: stages without them refuse them
        callbacks: Sequence[Callback]
        progress: bool
    #: Options that change nothing of what is learned from the same data, networks and seed.
    _incidental: tuple[str, ...] = ("progress", "callbacks")
    _stopping = False
    #: Whether the record that callbacks are shown is the last.
    _is_last = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        parameters = inspect.signature(cls.__init__).parameters.values()
        unnamed = [f"{each}".partition(":")[0] for each in parameters if each.kind in _UNNAMED]
        if unnamed and cls.__init__ is not object.__init__:
            raise WrongType(
                f"{cls.__name__}.__init__: expected options with names of their own, got {' and '.join(unnamed)}; name every "
                "option and keep it as an attribute of its name, which get_params, clones, searches and checkpoints read"
            )

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The options by name, as scikit-learn's ``clone`` and searches read them. ``deep`` changes nothing: no option is
        searched within another."""
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
        # Copies of the options, so that what two clones are given (objectives, solvers, callbacks) is not one thing.
        return type(self)(**copy.deepcopy(self.get_params()))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "history_")

    def __sklearn_tags__(self) -> Any:
        return tags_of(None)

    def _begin(self, seed: int) -> None:
        """Forgets an earlier fit: called when everything else that this one needs was checked and made. What only shows as
        it begins (checkpoints of another run, a callback that cannot write) puts the earlier one back, see `_tried`."""
        self._check_looking_on()
        vars(self).setdefault("_earlier", self._results())
        self.seed_ = seed
        self.history_ = []

    def _check_looking_on(self) -> None:
        """Raises for callbacks and a ``progress`` that are none."""
        checked_callbacks(self.callbacks)
        checked_flag("progress", self.progress)

    def _results(self) -> dict[str, Any]:
        """What fits have left in the stage: everything but its options."""
        return {name: value for name, value in vars(self).items() if name not in self._parameter_names()}

    @contextmanager
    def _tried(self, settle: Callable[[], None]) -> Iterator[None]:
        """Around all of a fit that `_begin` was called for: where it ends before its steps begin, the stage is what it was;
        else, however it ends, ``settle`` is called."""
        try:
            yield
        finally:
            if "_earlier" in vars(self):
                earlier = vars(self).pop("_earlier")
                for name in self._results():
                    del vars(self)[name]
                vars(self).update(earlier)
            else:
                settle()

    def stop(self) -> None:
        """Ends the fit after the present epoch or alternation, as if it had been the last; for callbacks. Validation data
        and scores of features that this record lacks are looked at then. The same fit with the same ``checkpoint`` goes on
        as if nothing had stopped it."""
        self._stopping = True

    @contextmanager
    def _observed(self) -> Iterator[None]:
        """Around the loop of epochs or alternations: the callbacks are told of its begin and, all that it began for, of its
        end and the error that ended it."""
        self._stopping = self._is_last = False
        begun: list[Callback] = []
        try:
            for callback in self._looking_on():
                callback.on_begin(self)
                begun.append(callback)
            vars(self).pop("_earlier", None)
            yield
        except BaseException as error:
            self._tell_end(begun, error)
            raise
        else:
            self._tell_end(begun, None)

    def _tell_end(self, callbacks: Sequence[Callback], error: BaseException | None) -> None:
        """What one raises keeps no other from its own."""
        with ExitStack() as ends:  # which begins with the last
            for callback in reversed(callbacks):
                ends.callback(callback._ended, self, error)

    def _networks(self) -> list[Any]:
        """The networks that the fit moves."""
        return [getattr(self, name) for name in ("backbone_", "upper_backbone_") if hasattr(self, name)]

    def _looking_on(self) -> list[Callback]:
        """The callbacks of this process."""
        return [callback for callback in self.callbacks if callback.everywhere or is_first()]

    def _show_record(self, is_last: bool) -> None:
        """Shows the callbacks the record of the epoch or alternation that is complete now."""
        self._is_last = is_last
        record = self.history_[-1]
        keep_plain(record, type(self).__name__)
        for callback in self._looking_on():
            callback.on_record(self, record)
            keep_plain(record, type(callback).__name__)

    def _complete_record(self, look: Callable[[dict[str, Any]], None]) -> None:
        """Adds to the record that `stop` has made the last what last ones have."""
        record = self.history_[-1]
        look(record)
        for callback in self._looking_on():
            callback._complete(self, record)
            keep_plain(record, type(callback).__name__)

    def _check_fitted(self) -> None:
        if not hasattr(self, "history_"):
            raise not_fitted(f"{type(self).__name__} is not fitted yet; call fit first")


def _same(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and bool(value == default))


def resolved_seed(random_state: int | None) -> int:
    """The seed to use: the number given, or a fresh one for None."""
    if random_state is None:
        return from_first(lambda: secrets.randbits(63), "a seed")
    return checked_seed("random_state", random_state)


def derived_seed(seed: int, purpose: str) -> int:
    """A seed of 63 bits for one purpose ("order", "views", ...), so that no two kinds of draws share a stream."""
    return int.from_bytes(blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest(), "big") >> 1
