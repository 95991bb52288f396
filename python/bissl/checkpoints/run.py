"""A run that saves checkpoints as it goes, and goes on from the last."""

from __future__ import annotations

import contextlib
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..distributed import barrier, size
from ..distributed.agreement import gathered
from ..errors import InvalidArgument, InvalidState, NonFinite
from ..semantics import OF_TRAINING, changes_since, refusal, versions
from .environment import rounding_changes
from .interval import Interval, Moment
from .lastcopy import LastCopy
from .saverequest import SaveRequest
from .sources import SOURCES, source_changes, sources_of
from .store import Checkpoint, CheckpointStore, CheckpointWarning, checked_folder
from .termination import Termination
from .tree import ARCHITECTURE, differences, digest, without_architectures

logger = logging.getLogger("bissl")

#: The folder, in that of a run, of the state before a step that was not finite.
CAPTURES = "nonfinite"

#: How often stages save, unless told otherwise.
EVERY = "10 minutes"


class Stateful(Protocol):
    """What can be saved and put back."""

    def state_dict(self) -> Mapping[str, Any]: ...

    def load_state_dict(self, state: Any) -> None: ...


class StageRun:
    """A run without checkpoints: a folder makes it a `SavedRun`. What stages do is the same with both."""

    def seed(self, random_state: int | None, resolved: Callable[[int | None], int]) -> int:
        """The seed of the run: that of ``random_state``, or, where it is None, that with which the run began."""
        return resolved(random_state)

    @contextlib.contextmanager
    def training(self, identity: Callable[[], Mapping[str, Any]], parts: Mapping[str, Stateful]) -> Iterator[None]:
        """Around the steps. ``parts`` : all that moves, by name. ``identity`` : what makes it this run and no other, and, as
        ``SOURCES``, the digests that `sources_of` makes of what users have written of it."""
        yield

    def waiting(self) -> contextlib.AbstractContextManager[Any]:
        """Around each piece of work that SIGTERM must not cut in two."""
        return contextlib.nullcontext()

    def after_step(self, steps: int, rounds: int, leaving: bool = False) -> None:
        """Called when so many steps and rounds are complete. ``leaving`` : whoever takes the rounds wants no more."""

    def captured(self, keep: Callable[[Path], None]) -> Path | None:
        """Lets ``keep`` write to a folder, then saves there a state before the present step, from which the run comes to
        this step again. The folder, None where the run saves nothing."""
        return None

    def agree(self) -> None:
        """Called at the end of a round by processes that train together: what was asked of one is done by all."""


class SavedRun(StageRun):
    """Checkpoints of a run in ``folder``, ``every`` so often, at its end and where Ctrl-C, SIGTERM or an error ends it.

    SIGTERM waits for the end of the step. Ctrl-C and errors break the step off, which may leave parts of the state before it
    and parts after it: what is saved then is the last copy of a state between two steps. Where numbers are not finite,
    nothing is saved but by `captured`.
    """

    def __init__(self, folder: str | os.PathLike[str], every: str = EVERY) -> None:
        self._every = Interval.parsed(every)
        self._store = CheckpointStore(folder)
        self._found: Checkpoint | None = self._store.latest()
        self._termination = Termination()
        self._copy = LastCopy(self._state)
        self._request = SaveRequest()
        self._saved = self._last = Moment(0, 0, -1.0)
        self._seed: int | None = None

    def seed(self, random_state: int | None, resolved: Callable[[int | None], int]) -> int:
        if random_state is None and self._found is not None:
            random_state = self._found.state.get("seed")
        self._seed = resolved(random_state)
        return self._seed

    @contextlib.contextmanager
    def training(self, identity: Callable[[], Mapping[str, Any]], parts: Mapping[str, Stateful]) -> Iterator[None]:
        self._parts = parts
        numbers, architectures = without_architectures({name: part.state_dict() for name, part in parts.items()})
        start = {name: digest(state) for name, state in numbers.items()} | {ARCHITECTURE: architectures}
        told = dict(identity())
        self._sources = {**told.pop(SOURCES, {}), **sources_of(parts)}
        self._identity = {"meanings": versions(OF_TRAINING), **told, "start": start}
        with self._store.exclusive():
            found, self._found = self._found, None
            if found is None or found.step == 0 and _is_other_run(found, self._identity):
                self._save(Moment(0, 0, time.monotonic()))  # what cannot be written is told before work is lost
            else:
                self._go_on(found)
            try:
                with self._request:
                    yield
            except BaseException as error:
                if _leaves_sound(error):
                    self._save_copy(error)
                raise
            self._save(self._last)
        self._termination.act()

    def waiting(self) -> Termination:
        return self._termination

    def after_step(self, steps: int, rounds: int, leaving: bool = False) -> None:
        before, self._last = self._last, Moment(steps, rounds, time.monotonic())
        is_round = rounds > before.rounds
        # Of processes that train together none stops alone: they look at the ends of rounds, where all know of it.
        is_due = is_round or size() == 1
        stopped = leaving or (is_due and self._termination.pending)
        asked = is_round and self._request.taken()
        if stopped or asked or self._every.has_passed(self._saved, self._last):
            self._save(self._last)
        else:
            self._copy.renew(self._last)
        if is_due:
            if self._termination.pending:
                barrier("the last checkpoint")  # the first writes it
            self._termination.act()

    def agree(self) -> None:
        asked = gathered(np.array([self._termination.pending, self._request.pending]), "what was asked of processes")
        self._termination.pending, self._request.pending = (bool(column.any()) for column in asked.T)

    def captured(self, keep: Callable[[Path], None]) -> Path:
        store = CheckpointStore(self._store.folder / CAPTURES, keep=1)
        with store.exclusive():
            keep(store.folder)
            if self._copy.found is not None and self._copy.found[0].steps > self._saved.steps:
                moment, state = self._copy.found
                store.save(state, moment.steps)
            else:
                last = self._store._latest()  # not `latest`: of processes that train together only the first is here
                if last is not None:
                    store.save(last.state, last.step)
        return store.folder

    def _go_on(self, found: Checkpoint) -> None:
        """Puts the state of the checkpoint found in place of the present one."""
        _require_same_run(found, self._identity)
        for change in rounding_changes(found.environment):
            warnings.warn(f"{found.path}: {change}: later numbers may differ in the last bits", CheckpointWarning)
        if found.step and (changed := source_changes(found.state.get(SOURCES), self._sources)):
            warnings.warn(
                f"{found.path}: the source of {', '.join(changed)} is another than when this was saved: training goes on with "
                "the present one; put the one of then back, or begin anew in another folder",
                CheckpointWarning,
            )
        for name, part in self._parts.items():
            part.load_state_dict(found.state["parts"][name])
        self._saved = self._last = Moment(found.step, found.state["rounds"], time.monotonic())

    def _save(self, moment: Moment) -> None:
        if (moment.steps, moment.seconds) != (self._saved.steps, self._saved.seconds):
            self._write(moment, self._state(moment))

    def _save_copy(self, error: BaseException) -> None:
        """Saves the last copy, where it is of a later step than the last checkpoint. ``error`` : what ended the run; where
        the copy cannot be saved it gets a note."""
        if self._copy.found is not None and self._copy.found[0].steps > self._saved.steps:
            moment, state = self._copy.found
            way = "" if isinstance(error, Exception) else f"; once more to go on from that of step {self._saved.steps}"
            logger.warning("saving the state after step %d%s", moment.steps, way)
            try:
                self._write(moment, state)
            except Exception as failure:
                note = f"The state after step {moment.steps} could not be saved: {failure}"
                error.add_note(note)
                if not isinstance(error, Exception):  # whose notes nobody is shown
                    logger.warning(note)

    def _state(self, moment: Moment) -> dict[str, Any]:
        return {
            "run": self._identity,
            SOURCES: self._sources,
            "seed": self._seed,
            "rounds": moment.rounds,
            "parts": {name: part.state_dict() for name, part in self._parts.items()},
        }

    def _write(self, moment: Moment, state: Mapping[str, Any]) -> None:
        self._store.save(state, moment.steps)
        self._saved = moment


def _leaves_sound(error: BaseException) -> bool:
    """Whether a run that this has ended can go on from its last copy: not where numbers are not finite, whose state `captured`
    keeps, nor where processes that train together may have come apart."""
    return not isinstance(error, NonFinite) and not (size() > 1 and isinstance(error, InvalidState))


def _is_other_run(found: Checkpoint, identity: Mapping[str, Any]) -> bool:
    try:
        _require_same_run(found, identity)
    except InvalidArgument:
        return True
    return False


def _require_same_run(found: Checkpoint, identity: Mapping[str, Any]) -> None:
    """InvalidArgument naming what differs in the first of meanings, stage, precision, settings, data, start that does."""
    saved_run = found.state["run"]
    if changes := changes_since(saved_run.get("meanings"), OF_TRAINING):
        raise InvalidArgument(refusal(f"checkpoint: {found.path}", changes, found.environment.get("bissl")))
    for section, present in identity.items():
        saved = saved_run.get(section)
        if differing := list(islice(differences(saved, present, section), 5)):
            raise InvalidArgument(
                f"checkpoint: {found.path} is of another run: {'; '.join(differing)}. "
                "To go on from it, use the stage, settings, data and networks of then; to begin anew, another folder"
            )


def run_of(checkpoint: str | os.PathLike[str] | None, every: str = EVERY) -> StageRun:
    """The run of a stage that was given ``checkpoint`` and ``checkpoint_every``.

    Raises
    ------
    TypeError, ValueError : no folder, or no interval. DataError (ValueError) : no checkpoint in the folder is whole.
    """
    Interval.parsed(every)
    return StageRun() if checkpoint is None else SavedRun(checked_folder(checkpoint, "checkpoint"), every)
