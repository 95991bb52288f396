"""PyTorch files made to run code, to read beyond their numbers, or to fill memory: refused or read as inert, and nothing
that they name is imported or called."""

from __future__ import annotations

import builtins
import os
import pickle
import resource
import sys
import time

import numpy as np
import pytest
from hostile_weights import CANARY, number, numbers, packed, state, storage, tensor, text, write

import bissl
from bissl import weights
from bissl.weights.rebuilding import read_checkpoint_pickle

GOOD = {"w": np.arange(4, dtype=np.float32)}


@pytest.fixture(autouse=True)
def canary(tmp_path_factory, monkeypatch):
    """A module whose import, and functions whose call, leave a mark; after each test there is none."""
    folder = tmp_path_factory.mktemp("canary")
    mark = folder / "mark"
    (folder / f"{CANARY}.py").write_text(f"open({str(mark)!r}, 'w')\ndef call(*a): pass\nclass Thing: pass\n")
    monkeypatch.syspath_prepend(str(folder))

    def called(*arguments, **options):
        mark.write_text("called")

    monkeypatch.setattr(os, "system", called)
    monkeypatch.setattr(builtins, "eval", called)
    monkeypatch.setattr(np, "load", called)
    yield
    assert not mark.exists() and CANARY not in sys.modules


def test_the_canary_sings(tmp_path):
    """Python's own unpickler trips every wire that the other tests rely on."""
    for function in ("os\nsystem", "builtins\neval", "numpy\nload", f"{CANARY}\ncall"):
        mark = next(path for path in sys.path if "canary" in path) + "/mark"
        pickle.loads(b"c" + function.encode() + b"\n(" + text("1") + b"tR.")
        assert os.path.exists(mark)
        os.remove(mark)
    sys.modules.pop(CANARY)


FUNCTIONS = ("os system", "posix system", "builtins eval", "builtins exec", "builtins getattr", "nt system",
             "numpy load", "torch load", "torch.serialization load", "torch.hub load", "subprocess Popen",
             f"{CANARY} call", f"{CANARY} Thing", "torch._utils __builtins__", "copyreg _reconstructor",
             "collections OrderedDict.__init__", "functools partial", "pickle loads", "_codecs encode")  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    "form",
    [
        lambda name: b"c" + name.replace(" ", "\n").encode() + b"\n(" + text("touch mark") + b"tR",
        lambda name: b"c" + name.replace(" ", "\n").encode() + b"\n(" + text("touch mark") + b"t\x81",
        lambda name: b"c" + name.replace(" ", "\n").encode() + b"\n(" + text("touch mark") + b"t}\x92",
        lambda name: b"(" + text("touch mark") + b"i" + name.replace(" ", "\n").encode() + b"\n",
        lambda name: b"(c" + name.replace(" ", "\n").encode() + b"\n" + text("touch mark") + b"o",
        lambda name: text(name.split()[0]) + text(name.split()[1]) + b"\x93(" + text("touch mark") + b"tR",
        lambda name: b"c" + name.replace(" ", "\n").encode() + b"\n)R}" + text("__setstate__") + text("x") + b"sb",
        lambda name: b"c" + name.replace(" ", "\n").encode() + b"\n" + text("state") + b"b",
        lambda name: b"c" + name.replace(" ", "\n").encode() + b"\n)R(" + text("a") + text("b") + b"e",
        lambda name: b"c" + name.replace(" ", "\n").encode() + b"\n)R" + text("a") + text("b") + b"s",
    ],
    ids=[
        "REDUCE",
        "NEWOBJ",
        "NEWOBJ_EX",
        "INST",
        "OBJ",
        "STACK_GLOBAL",
        "BUILD",
        "BUILD on a class",
        "APPENDS",
        "SETITEM",
    ],
)
def test_weights_beside_foreign_objects_load_and_nothing_is_called(tmp_path, function, form):
    assert_good(weights.load(write(tmp_path / "a.pth", state(form(function)))))


@pytest.mark.parametrize(
    "value",
    [
        b"\x82\x01", b"\x83\x01\x01", b"\x84\x01\0\0\0", b"\x82\x01)R",  # registered extensions
        b"cos\nsystem\n)R)R(K\x01tR",  # what a call gave, called
        text("os.system") + text("x") + b"\x85R",  # text, called
        b"ccollections\nOrderedDict\n)R}" + text("__class__") + b"cos\nsystem\nsb",
        b"ccollections\ndefaultdict\n(cos\nsystem\ntR",
        b"\x8f(K\x01K\x02\x90", b"(K\x01K\x01\x91",  # sets
        b"]\x94h\0a", b"}" + b"(K\x01K\x01tNs",  # a list in itself; a tuple as a key
        b"}" + number(2**70) + b"Ns" + number(2**70) + b"Ns",
        b"(K\x01K\x021N", b"(K\x0100N",
        b"cos.path\n..\n", b"\x8c\x01a\x8c\x00\x93",
    ],
)  # fmt: skip
def test_odd_but_harmless_values(tmp_path, value):
    assert_good(weights.load(write(tmp_path / "a.pth", state(value))))


def assert_good(arrays: dict[str, np.ndarray]) -> None:
    assert arrays.keys() == GOOD.keys() and np.array_equal(arrays["w"], GOOD["w"])


def refused(path, message: str) -> None:
    with pytest.raises(bissl.errors.DataError, match=message) as caught:
        weights.load(path)
    assert str(caught.value).startswith(str(path)) and len(str(caught.value)) < 1000


# --- tensors ----------------------------------------------------------------------------------------------------------

HUGE = 2**63 - 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (tensor(offset=1), r"shape \(4,\), strides \(1,\) from 1 reaches beyond the 4 numbers of storage '0'"),
        (tensor(shape=(5,)), "reaches beyond"),
        (tensor(strides=(2,)), "reaches beyond"),
        (tensor(offset=-1), "the offset of a tensor is negative"),
        (tensor(shape=(-4,)), "the shape of a tensor is negative"),
        (tensor(offset=3, strides=(-1,)), "the strides of a tensor is negative"),
        (tensor(shape=(2**32, 2**32), strides=(0, 0)), "its tensors take .* bytes"),
        (tensor(shape=(2**61, 8), strides=(2**61, 1)), "reaches beyond"),
        (tensor(shape=(2**64,)), "the shape of a tensor is too large"),
        (tensor(shape=(HUGE,), strides=(HUGE,)), "too large"),
        (tensor(offset=2**20000), "too large"),
        (tensor(shape=(4, 1)), "2 dimensions and 1 strides"),
        (tensor(shape=(1,) * 33, strides=(1,) * 33), "at most 32"),
        (tensor(stored=storage(count=5), shape=(5,)), "storage '0' of 'bad' has 16 bytes instead of 20"),
        (tensor(stored=storage(count=3), shape=(3,)), "has 16 bytes instead of 12"),
        (tensor(stored=storage(count=HUGE), shape=(2**60,)), "too large"),
        (tensor(stored=storage(count=2**60), shape=(2**58,)), "its tensors take|instead of"),
        (tensor(stored=storage(kind="DoubleStorage")), "has 16 bytes instead of 32"),
        (tensor(stored=storage(kind="QInt8Storage")), "storage '0' is a 'torch.QInt8Storage', of which no array"),
        (tensor(stored=storage("7")), "the storage '7' of 'bad' is not in its archive"),
        (tensor(stored=storage("../data.pkl")), "is not in its archive"),
        (tensor(stored=storage("../../etc/passwd")), "is not in its archive"),
        (tensor(stored=b"N"), "a tensor has no storage"),
        (tensor(stored=b"K\x01Q"), "a persistent id is not PyTorch's"),
        (tensor(stored=b")Q"), "a persistent id is not PyTorch's"),
        (tensor(stored=b"(" + text("storage") + b"NNNNtQ"), "length of a storage is a NoneType"),
        (tensor(stored=b"(" + text("storage") + b"N" + text("0") + text("cpu") + b"K\x04tQ"), "no storage type"),
        (tensor(stored=b"(" + text("module") + b"NNNNtQ"), "a persistent id is not PyTorch's"),
        (b"Pos.system\n", "a persistent id is not PyTorch's"),
        (tensor().replace(b"tR", b"lR"), "called with a list instead of a tuple"),
        (b"ctorch._utils\n_rebuild_tensor_v2\n)R", "a tensor has no storage"),
        (b"ctorch._utils\n_rebuild_tensor_v3\n)R", "a tensor has no storage"),
        (b"ctorch._utils\n_rebuild_sparse_tensor\n)R", "no ordinary tensor .sparse_tensor"),
        (b"ctorch._tensor\n_rebuild_from_type_v2\n(cos\nsystem\nN(" + text("x") + b"tNtR", "no ordinary tensor"),
        (tensor(shape=(0, 2**62, 2**62), strides=(0, 0, 0)), "too big|maximum"),
    ],
)  # fmt: skip
def test_tensors_that_do_not_fit_their_storage(tmp_path, value, message):
    refused(write(tmp_path / "a.pth", state(bad=value)), message)


def test_a_tensor_over_untyped_bytes(tmp_path):
    """As PyTorch writes types that have no storage of their own, such as uint16; larger than its bytes it is refused."""
    for length, ok in ((8, True), (9, False)):
        raw = storage(count=16, kind="UntypedStorage")
        arguments = raw + number(0) + numbers(length) + numbers(1) + b"\x89Nctorch\nuint16\n"
        path = write(tmp_path / "a.pth", state(bad=b"ctorch._utils\n_rebuild_tensor_v3\n(" + arguments + b"tR"))
        if ok:
            assert weights.load(path)["bad"].tobytes() == GOOD["w"].tobytes()
        else:
            refused(path, "reaches beyond the 8 numbers")


# --- malformed pickles ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "exhausted before"),
        (b"\x80\x02", "exhausted before"),
        (b".", "more from its stack than there is"),
        (b"0.", "more from its stack"),
        (b"e.", "a mark that is not there"),
        (b"h\x05.", "recalls what it did not keep"),
        (b"Nr\xff\xff\xff\x7f.", "number out of range"),
        (b"Np99999999999999999999\n.", "number out of range"),
        (b"Np-1\n.", "number out of range"),
        (b"NNa.", "appends to a NoneType"),
        (b"NNNs.", "sets items of a NoneType"),
        (b"}(NK\x01Nu.", "a key without a value"),
        (b"}" + (text("a") + b"Ns") * 2 + b".", "the key 'a' twice"),
        (b"NN\x93.", "names a class by something else than text"),
        (b"\x97.", "the operation NEXT_BUFFER, which PyTorch does not write"),
        (b"\x8b\xff\xff\xff\x7f.", "not enough data|expected"),
        (b"\x8b\xff\xff\xff\xff.", "long4 byte count < 0|negative"),
        (b"\x8e" + b"\xff" * 8 + b".", "byte count|expected"),
        (b"L" + b"9" * 5000 + b"L\n.", "limit|digits"),
        (b"\xff", "opcode"),
        (b"(" * 1_000_001, "more than 1000000 operations"),
        (b"\x8e" + (33 * 2**20).to_bytes(8, "little") + bytes(33 * 2**20) + b".", "more than 33554432"),
    ],
)  # fmt: skip
def test_malformed_pickles(tmp_path, content, message):
    refused(write(tmp_path / "a.pth", content), message)


# --- memory and time --------------------------------------------------------------------------------------------------


def laughs() -> bytes:
    """A dict of ten times the dict before it, thirty times over: 10³⁰ ways to nowhere."""
    content = b"}\x940"
    for level in range(30):
        names = b"".join(b"X\x01\0\0\0" + bytes([48 + i]) + b"h" + bytes([level]) for i in range(10))
        content += b"}\x94(" + names + b"u0"
    return content + b"h\x1e"


@pytest.mark.parametrize(
    "value",
    [
        b")" + b"\x85" * 200_000,
        b"]" * 200_000 + b"a" * 199_999,
        b"}(" + b")" + b"\x85" * 200_000 + b"Nu",
        laughs(),
        b"}(" + b"".join(number(i * (2**61 - 1)) + b"N" for i in range(20_000)) + b"u",
        b"}\x940" + b"ccollections\nCounter\n(h\x00tR0" * 20_000 + b"N",
        number(3 ** 1_000_000),
    ],
    ids=["tuples in tuples", "lists in lists", "a deep key", "billion laughs", "equal hashes", "copies", "long number"],
)  # fmt: skip
def test_depth_and_repetition_cost_neither_stack_nor_time(tmp_path, value):
    path = write(tmp_path / "a.pth", b"\x80\x02}(" + text("v") + value + text("w") + tensor() + b"u.")
    started = time.perf_counter()
    assert_good(weights.load(path))
    assert time.perf_counter() - started < 30


def test_what_a_file_says_about_sizes_takes_no_memory(tmp_path, run_python):
    """With little more address space than the package takes, claims of gigabytes are refused by what they claim."""
    claims = [
        tensor(shape=(2**30, 1), strides=(0, 1)),
        tensor(stored=storage(count=2**40), shape=(2**40,)),
        b"\x8e" + (2**40).to_bytes(8, "little"),
        b"\x8b" + (2**30).to_bytes(4, "little"),
        b"Nr" + (2**31 - 1).to_bytes(4, "little"),
    ]
    for index, claim in enumerate(claims):
        write(tmp_path / f"{index}.pth", state(bad=claim))
    script = f"""
        import resource, bissl
        pages = int(open("/proc/self/statm").read().split()[0])
        limit = pages * resource.getpagesize() + 2**27
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        for index in range({len(claims)}):
            try:
                bissl.weights.load(f"{tmp_path}/{{index}}.pth")
            except bissl.errors.DataError as error:
                print("refused")
    """
    result = run_python(script)
    assert result.stdout.split() == ["refused"] * len(claims), result.stderr


# --- damage -----------------------------------------------------------------------------------------------------------


def test_damage_of_any_kind(tmp_path):
    """Truncated at every length, and thousands of random changes, of the archive and of the pickle alone: nothing but a
    bissl error or arrays comes back, soon, and memory does not grow."""
    pickled = state(b"cos\nsystem\n(" + text("x") + b"tR", n=number(5))
    whole, path = packed(pickled), tmp_path / "a.pth"
    random = np.random.default_rng(0)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    for length in range(len(whole)):
        assert outcome(path, whole[:length]) == "refused", length
    outcomes = [outcome(path, mutated(whole, random)) for _ in range(1000)]
    outcomes += [outcome(path, packed(mutated(pickled, random))) for _ in range(2000)]
    assert {"refused", "read"} == set(outcomes)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
    assert time.perf_counter() - started < 120


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    """With one to three bytes changed, taken out, or put in."""
    changed = bytearray(content)
    for _ in range(random.integers(1, 4)):
        place, byte = int(random.integers(len(changed))), int(random.integers(256))
        kind = random.integers(3)
        changed[place : place + (kind != 1)] = b"" if kind == 2 else bytes([byte])
    return bytes(changed)


def outcome(path, content: bytes) -> str:
    path.write_bytes(content)
    try:
        weights.load(path)
    except bissl.errors.DataError:
        return "refused"
    return "read"


def test_random_pickles():
    """Random operations, from those that do something: a value or a ValueError."""
    random = np.random.default_rng(1)
    operations = b"()]}0123abdehijlopqrstuNKMJXUVSGFIL\x80\x81\x85\x86\x87\x88\x89\x8a\x8c\x8f\x90\x91\x92\x93\x94Q"
    for _ in range(3000):
        content = bytes(random.choice(np.frombuffer(operations, np.uint8), random.integers(1, 30)))
        try:
            read_checkpoint_pickle(content + b".")
        except ValueError:
            pass
