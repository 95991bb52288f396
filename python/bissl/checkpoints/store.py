"""Checkpoints in a folder."""

from __future__ import annotations

import contextlib
import functools
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..distributed import from_first, is_first
from ..durable import exclusive, require_space, write_atomically, writing
from ..errors import DataError, InvalidArgument, checked_integer, checked_path
from ..weights.safetensors_file import packed
from . import files
from .environment import environment
from .tree import join, require_finite, split

_ARRAYS, _DOCUMENT = ".safetensors", ".json"


class CheckpointWarning(UserWarning):
    """A checkpoint that is passed over, or that goes on under other conditions than those it was saved under, or
    with another source of a loss or network of yours.

    Examples
    --------
    >>> issubclass(bissl.checkpoints.CheckpointWarning, UserWarning)
    True
    """


@dataclass(frozen=True)
class Checkpoint:
    """A state that was read back.

    Parameters
    ----------
    path : Path
        Its JSON file.
    step : int
        The number it was saved under.
    state : dict
        What was saved: nested containers of numbers, text and arrays.
    environment : dict
        Versions, precision, BLAS core and threads of the process that saved it.

    Examples
    --------
    >>> store = bissl.checkpoints.CheckpointStore("saved")
    >>> path = store.save({"weights": np.ones(3)}, step=7)
    >>> found = bissl.checkpoints.Checkpoint.read(path)
    >>> found.step, found.state["weights"].tolist()
    (7, [1.0, 1.0, 1.0])
    """

    path: Path
    step: int
    state: dict[str, Any]
    environment: dict[str, Any]

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Checkpoint:
        """The checkpoint whose JSON file is ``path``, verified byte by byte.

        DataError (ValueError) where it is damaged, cut short or no checkpoint: names the file and the bytes.
        """
        path = Path(checked_path("path", path))
        document = files.read_document(path)
        arrays = files.read_arrays(path.with_suffix(_ARRAYS), document["arrays"])
        try:
            state = join(document["state"], arrays)
        except (KeyError, TypeError) as error:
            raise DataError(
                f"{path}: damaged: its state names an array that its arrays' file lacks: {error}"
            ) from error
        return cls(path, document["step"], state, document["environment"])


class CheckpointStore:
    """The checkpoints in one folder, the newest ``keep`` of them.

    Each is a pair of files, ``checkpoint-000012.safetensors`` with the arrays and ``checkpoint-000012.json`` with
    everything else, a digest of every MiB of the first and a hash of itself. Files are written under other names,
    flushed to the disk and then renamed, the JSON last, and no file is ever written over: a process that is killed at any
    moment leaves the checkpoints before whole.

    Parameters
    ----------
    folder : str or path
        Made when it is first written to.
    keep : int, default 2
        How many to keep, at least 1; with 2 there is one to fall back on if the newest is damaged later.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No path of a folder, or a number to keep that is no positive integer.

    Examples
    --------
    >>> store = bissl.checkpoints.CheckpointStore("kept", keep=1)
    >>> for step in range(3):
    ...     _ = store.save({"step": step}, step=step)
    >>> len(store.paths()), store.latest().state
    (1, {'step': 2})
    """

    def __init__(self, folder: str | os.PathLike[str], keep: int = 2) -> None:
        self.folder, self.keep = checked_folder(folder), checked_integer("keep", keep, 1)
        self._damaged: set[Path] = set()

    @functools.cached_property
    def _environment(self) -> dict[str, Any]:
        return environment()

    def paths(self) -> list[Path]:
        """The JSON files of the checkpoints, oldest first."""
        return sorted(filter(_serial, self.folder.glob(f"checkpoint-*{_DOCUMENT}")), key=_serial)

    def save(self, state: Mapping[str, Any], step: int) -> Path:
        """Writes a checkpoint and removes those that are too old; returns the path of its JSON file.

        Parameters
        ----------
        state : mapping
            Nested dicts of arrays, numbers, text, booleans, None, and lists of them; arrays of real numbers or booleans, in
            any memory layout.
        step : int
            Its number in the run from 0, kept beside the state.

        Raises
        ------
        NonFinite (FloatingPointError)
            An array is not finite. DiskFull (OSError), NotWritable (PermissionError).
        WrongType (TypeError)
            Something else in the state, or a step that is no whole number. The checkpoints before it stay as they are.
        InvalidArgument (ValueError)
            A negative step.
        """
        step = checked_integer("step", step, 0)
        arrays, tree = split(state)
        require_finite(arrays)
        if not is_first():
            return self.folder
        content = packed(arrays)
        document = files.document_of(
            {
                "format": files.FORMAT,
                "step": step,
                "environment": self._environment,
                "arrays": files.seal(content),
                "state": tree,
            }
        )
        path = self._write(content, document)
        self._remove_old()
        return path

    def latest(self) -> Checkpoint | None:
        """The newest checkpoint that is whole; None where there is none. Warns of damaged ones that are passed over.

        DataError (ValueError) where there are checkpoints and all of them are damaged.
        """
        return from_first(self._latest, "the last checkpoint")

    def _latest(self) -> Checkpoint | None:
        failures = []
        for path in reversed(self.paths()):
            try:
                found = Checkpoint.read(path)
            except DataError as error:
                failures.append(str(error))
                self._damaged.add(path)
                continue
            for failure in failures:
                warnings.warn(f"{failure}; going on from {path.name}", CheckpointWarning, stacklevel=2)
            return found
        if failures:
            raise DataError(f"{failures[0]}; no other checkpoint in {self.folder} is whole: remove it to begin anew")
        return None

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Makes the folder and keeps other processes from it; removes what a killed process left unfinished.

        InvalidState (RuntimeError) where another process is at work in the folder.
        """
        if not is_first():  # of processes that train together, the first writes for all
            yield
            return
        with contextlib.ExitStack() as entered:
            with writing(self.folder, "checkpoint"):
                self.folder.mkdir(parents=True, exist_ok=True)
                busy = f"{self.folder}: another process is saving its checkpoints here"
                entered.enter_context(exclusive(self.folder / ".lock", busy))
            self._remove_unfinished()
            yield

    def _write(self, content: bytes, document: bytes) -> Path:
        name = f"checkpoint-{self._last_serial() + 1:06d}"
        arrays, path = self.folder / f"{name}{_ARRAYS}", self.folder / f"{name}{_DOCUMENT}"
        with writing(self.folder, "checkpoint"):
            self.folder.mkdir(parents=True, exist_ok=True)
            require_space(self.folder, len(content) + len(document), "checkpoint")
            try:
                write_atomically(arrays, content)
                write_atomically(path, document)
            except BaseException:
                if not path.exists():  # else Ctrl-C came when the checkpoint was whole
                    arrays.unlink(missing_ok=True)
                raise
        return path

    def _last_serial(self) -> int:
        return max(map(_serial, self.folder.glob("checkpoint-*.*")), default=0)

    def _remove_old(self) -> None:
        whole = [path for path in self.paths() if path not in self._damaged]
        for path in {*self._damaged, *whole[: -self.keep]}:
            # The JSON first: arrays without it are no checkpoint.
            path.unlink(missing_ok=True)
            path.with_suffix(_ARRAYS).unlink(missing_ok=True)
        self._damaged.clear()

    def _remove_unfinished(self) -> None:
        complete = {path.stem for path in self.paths()}
        arrays = filter(_serial, self.folder.glob(f"checkpoint-*{_ARRAYS}"))
        strays = [path for path in arrays if path.stem not in complete]
        for path in [*strays, *self.folder.glob(".checkpoint-*.unfinished")]:
            path.unlink(missing_ok=True)


def checked_folder(folder: Any, name: str = "folder", what: str = "checkpoints") -> Path:
    """Raises as `checked_path`, and InvalidArgument where it is that of a file."""
    path = Path(checked_path(name, folder, f"the path of a folder for {what}"))
    if path.exists() and not path.is_dir():
        raise InvalidArgument(f"{name}: expected a folder for {what}, got the file {folder}")
    return path


def _serial(path: Path) -> int:
    """The number in a checkpoint's name, from 1; 0 for files of other names."""
    digits = path.stem.removeprefix("checkpoint-")
    return int(digits) if digits.isdecimal() else 0
