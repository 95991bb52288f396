"""One machine reads all pickles; what names mean is given by each reader, and what is not given is inert."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

import bissl
from bissl.pickles import Placeholder, Refused, Vocabulary, run


class Point:
    def __init__(self, x: int) -> None:
        self.x = x

    def __reduce__(self):
        return Point, (self.x,), {"label": "a"}


class _Points(Vocabulary):
    callables = {f"{__name__}.Point": lambda x, *_: ("point", x)}


VALUES = [None, True, 3, 2.5, "text", b"bytes", (), (1,), (1, 2, 3, 4), [[], [1]], {"a": {"b": 1}, 2: None}]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_values_are_read_as_they_were_written(protocol):
    # Before protocol 3, bytes are written as calls of a function.
    values = [value for value in VALUES if protocol > 2 or not isinstance(value, bytes)]
    assert run(pickle.dumps(values, protocol), Vocabulary()) == values


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_only_a_callable_that_the_reader_gives_is_called(protocol):
    content = pickle.dumps([Point(3)], protocol)
    assert run(content, _Points()) == [("point", 3)]
    (recorded,) = run(content, Vocabulary())
    assert isinstance(recorded, Placeholder) and recorded.name == f"{__name__}.Point"
    assert recorded.arguments == (3,) and recorded.additions == [{"label": "a"}]


@pytest.mark.parametrize("call", [b"(K\x01tR", b"(K\x01t\x81", b"(K\x01t}\x92"])
def test_all_forms_of_a_call_are_one(call):
    assert run(b"c" + __name__.encode() + b"\nPoint\n" + call + b".", _Points()) == ("point", 1)


@pytest.mark.parametrize("form", [b"(K\x01i%s\nPoint\n.", b"(c%s\nPoint\nK\x01o."])
def test_calls_behind_a_mark_are_the_same(form):
    assert run(form % __name__.encode(), _Points()) == ("point", 1)


@pytest.mark.parametrize("content", [b"Pid\n.", b"K\x01Q.", b"\x97."])
def test_what_lies_outside_of_the_pickle_is_refused(content):
    with pytest.raises(Refused):
        run(content, Vocabulary())


def test_there_is_no_other_reader_of_pickles():
    folder = Path(bissl.__file__).parent
    readers = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if re.search(r"^\s*(import|from) (pickle|pickletools|marshal|shelve)\b", path.read_text(encoding="utf-8"), re.M)
    }
    # Processes that train together send one another what they made themselves.
    assert readers == {"pickles/machine.py", "distributed/messages.py"}
