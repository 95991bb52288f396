"""What constructor arguments mean after the constructor: an unknown one is refused with the nearest name, and one that
something was made of cannot be assigned afterwards."""

from __future__ import annotations

import inspect
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from .errors import ReadOnly, WrongType, check_option, nearest_options

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self


class Configured:
    """An object that was made with options.

    An assignment to an attribute either counts from the next call on, or raises `ReadOnly` (AttributeError). Which
    constructor arguments are of the second kind, every class says in ``_fixed``; it keeps those that can be read with
    `_fix`.
    """

    #: Constructor arguments that something was made of. A class names its own; those of its bases are added.
    _fixed: Iterable[str] = frozenset()

    #: Whether users may attach attributes of their own, which copies take along.
    _holds_attributes = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        inherited = (getattr(base, "_fixed", ()) for base in cls.__bases__)
        cls._fixed = frozenset(vars(cls).get("_fixed", ())).union(*inherited)

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        if options and not cls._takes_any():
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

    @classmethod
    def _takes_any(cls) -> bool:
        parameters = inspect.signature(cls.__init__).parameters.values()
        return any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)

    def _fix(self, **arguments: Any) -> None:
        """Keeps arguments of the constructor, or parts that were made of them, to be read."""
        self.__dict__.update(arguments)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._fixed:
            raise ReadOnly(f"{type(self).__name__}.{name}: cannot be assigned, {self._instead(name)}")
        if self._is_unknown(name) and not self._may_be_attached(name):
            near = " or ".join(f'"{option}"' for option in nearest_options(name, self._declared()))
            hint = f"; did you mean {near}?" if near else ""
            raise ReadOnly(f"{type(self).__name__}.{name}: there is no such setting{hint}")
        super().__setattr__(name, value)

    def _may_be_attached(self, name: str) -> bool:
        """Whether a name of the user's own may be kept on the object, unless it looks like a slip of one that there is."""
        return self._holds_attributes and not get_close_matches(name, self._declared(), n=1, cutoff=0.8)

    def _is_unknown(self, name: str) -> bool:
        """Whether nothing would read this attribute. Classes that derive from bissl's name theirs as they like."""
        is_own = type(self).__module__.partition(".")[0] == __package__
        if not is_own or name.startswith("_") or name.endswith("_"):
            return False
        return not (name in self.__dict__ or hasattr(type(self), name) or name in self._declared())

    @classmethod
    def _declared(cls) -> list[str]:
        """Constructor arguments, and the attributes that the class and its bases state."""
        stated = [name for base in cls.__mro__ for name in vars(base).get("__annotations__", ())]
        return [*cls._parameter_names(), *(name for name in stated if not name.startswith("_"))]

    def _instead(self, name: str) -> str:
        """Why not, and the way out, for messages."""
        return f"since the object was made with it: make a new {type(self).__name__}({name}=...)"


def wrong_object(name: str, expected: str, given: Any) -> WrongType:
    """The error for an object of another kind than is ``expected``; a class in the place of an object is told as such."""
    got = f"the class {given.__name__}: make an object of it" if isinstance(given, type) else type(given).__name__
    return WrongType(f"{name}: expected {expected}, got {got}")
