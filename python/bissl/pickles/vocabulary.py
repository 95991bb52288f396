"""What a reader makes of the names in a pickle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

#: Callables get so many arguments, None for those that the file does not give: no call has too few or too many.
_ARGUMENTS = 8

#: Whole numbers above this hash to few values, so that a dict of them takes quadratic time.
_LARGEST_KEY = 2**60


class Refused(ValueError):
    """A pickle asks for something that its reader has no use for.

    Examples
    --------
    >>> issubclass(bissl.pickles.Refused, ValueError)
    True
    """


@dataclass(frozen=True, eq=False, slots=True)
class Global:
    """A name that the file mentions. It is never looked up.

    Parameters
    ----------
    name : str
        As the file has it, module and name.

    Examples
    --------
    >>> bissl.pickles.Global("numpy.ndarray").name
    'numpy.ndarray'
    """

    name: str


@dataclass(eq=False, slots=True)
class Placeholder:
    """Stands for an object of a class or function that is not read: what it was to be made with, recorded only.

    Parameters
    ----------
    name : str
        Of the class or function.
    arguments : object, default ()
        What it was to be made with.
    additions : list of object, optional
        What was to be added to it later.

    Examples
    --------
    >>> bissl.pickles.Placeholder("os.system", ("ls",)).arguments
    ('ls',)
    """

    name: str
    arguments: Any = ()
    additions: list[Any] = field(default_factory=list)


class Vocabulary:
    """The callables that a reader allows, and what it does with all else. As it stands here, it allows none, and
    records in placeholders what the file asks for.

    Attributes
    ----------
    writer : str
        Whose pickles these are, for messages.
    callables : mapping
        By the full name in the file, a function of our own that is called instead, with the values in the file. What the
        file names is never imported.

    Examples
    --------
    >>> import pickle, fractions
    >>> bissl.pickles.run(pickle.dumps(fractions.Fraction(1, 2)), bissl.pickles.Vocabulary())  # nothing is imported
    Placeholder(name='fractions.Fraction', ...)
    """

    writer: ClassVar[str] = "Python"
    callables: Mapping[str, Callable[..., Any]] = MappingProxyType({})

    def named(self, name: str) -> Global:
        """A class or function that the file mentions."""
        return Global(name)

    def called(self, function: Any, arguments: Any) -> Any:
        """What a call in the file stands for."""
        name = function.name if isinstance(function, Global) else "a value"
        known = self.callables.get(name)
        return self.foreign(name, arguments) if known is None else applied(known, name, arguments)

    def foreign(self, name: str, arguments: Any) -> Any:
        """A call of something that is not among the callables."""
        return Placeholder(name, arguments)

    def persistent(self, identity: Any) -> Any:
        """An object outside of the pickle."""
        raise Refused("it refers to an object outside of its pickle")

    def set_state(self, target: Any, state: Any) -> None:
        """The state of what a callable made, or of a container (its attributes), which is passed over."""

    def key(self, key: Any) -> Any:
        """The key of a dict itself where hashing it is cheap, else one that equals no other."""
        if isinstance(key, int):
            return key if -_LARGEST_KEY < key < _LARGEST_KEY else Placeholder("a large number")
        return key if isinstance(key, (str, bytes, float, type(None))) else Placeholder("a key", key)


def applied(function: Callable[..., Any], name: str, arguments: Any) -> Any:
    """``function`` of the file's arguments, of which there may be any number.

    Parameters
    ----------
    function : callable
        Of our own, called with them.
    name : str
        What the file calls it, for the message.
    arguments : object
        As the file has them.

    Returns
    -------
    object
        What the function returns.

    Raises
    ------
    Refused (ValueError)
        Arguments that the function does not take.

    Examples
    --------
    >>> bissl.pickles.applied(lambda first, second, *others: first + second, "operator.add", (1, 2))
    3
    """
    if not isinstance(arguments, tuple):
        raise ValueError(f"{name} is called with a {type(arguments).__name__} instead of a tuple")
    return function(*arguments[:_ARGUMENTS], *[None] * (_ARGUMENTS - len(arguments)))
