"""The loop that every stage trains in: steps in rounds, which can be left and taken up between any two steps."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from tqdm import tqdm

from ..checkpoints.checks import require_same
from ..checkpoints.run import StageRun
from ..distributed import agree, size
from ..errors import InvalidArgument, NonFinite, checked_integer
from ..optim.schedules import CosineSchedule
from .capture import capturing

if TYPE_CHECKING:
    from .base import Stage

Record = dict[str, Any]


class Loop(Protocol):
    """Steps in rounds (epochs, alternations) whose position and unfinished round are a state.

    number, per_round, rounds : steps done; steps in a round; rounds in all.
    """

    number: int
    per_round: int
    rounds: int

    def advance(self) -> Any:
        """Takes one step. Returns the record of the round where it was the last of it, else None."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None: ...


def train(
    stage: Stage,
    loop: Loop,
    run: StageRun,
    parts: Mapping[str, Any],
    identity: Callable[[], Mapping[str, Any]],
    look: Callable[[Record], None] = lambda record: None,
    settle: Callable[[], None] = lambda: None,
) -> Iterator[Any]:
    """Takes all steps that are left and yields the record of every round that they complete. The callbacks of ``stage``
    look on, and may end it. Where no step can be taken, the stage is what it was before `Stage._begin`.

    parts : all that moves besides the loop, by name, with ``state_dict`` and ``load_state_dict``.
    identity : settings and data of the run, which a checkpoint to go on from must share.
    look : adds to the record of the last round what it lacks, where the stage was stopped.
    settle : is called once, after the last checkpoint, however the steps have ended.

    InvalidState (RuntimeError) where processes that train together do not have the same settings and data, or, after a
    round, not the same networks.
    """
    loaders = {**parts, **getattr(loop, "loaders", {})}
    with stage._tried(settle), capturing(run, loaders):
        if size() > 1:
            agree("settings and data", json.dumps(identity(), sort_keys=True, default=str).encode())
        with run.training(identity, {**parts, "loop": loop}), stage._observed():
            yield from _rounds(stage, loop, run)
            if stage._stopping and stage.history_ and loop.number % loop.per_round == 0:
                with run.waiting():
                    stage._complete_record(look)


def _rounds(stage: Stage, loop: Loop, run: StageRun) -> Iterator[Any]:
    total = loop.rounds * loop.per_round
    while loop.number < total and not stage._stopping:
        with run.waiting():
            record = loop.advance()
        if record is not None:
            if size() > 1:
                run.agree()
                agree("networks", b"".join(network.vector.tobytes() for network in stage._networks()))
            stage._show_record(is_last=loop.number == total)
            try:
                yield record
            except GeneratorExit:
                _after_step(loop, run, leaving=True)
                raise
        # A stopped run is saved before its last record is completed: who goes on from it has the numbers of one that
        # was never stopped.
        _after_step(loop, run, leaving=stage._stopping)


def exhaust(records: Iterator[Any]) -> None:
    """Takes all of them."""
    for _ in records:
        pass


def _after_step(loop: Loop, run: StageRun, leaving: bool = False) -> None:
    with run.waiting():
        run.after_step(loop.number, loop.number // loop.per_round, leaving)


class EpochLoop:
    """The steps of pretraining, head warm-up and fine-tuning.

    Parameters
    ----------
    level : what messages call the training.
    step : takes step ``number`` and returns an object with ``loss`` and ``gradient_norm``.
    bar : shows every step.
    history : takes the record of every epoch.
    finish : is given the record of every epoch to complete.

    Raises
    ------
    NonFinite (FloatingPointError), by `advance` : names ``level`` and the step.
    """

    def __init__(
        self,
        level: str,
        epochs: int,
        steps: int,
        step: Callable[[int], Any],
        bar: tqdm,
        history: list[Record],
        finish: Callable[[Record], None] = lambda record: None,
    ) -> None:
        self.level, self.rounds, self.per_round = level, epochs, steps
        self.number = 0
        self._step, self._bar, self._history, self._finish = step, bar, history, finish
        self._clear()

    def _clear(self) -> None:
        self._losses: list[float] = []
        self._norms: list[float] = []
        self._seconds = 0.0

    def advance(self) -> Record | None:
        started = time.perf_counter()
        info = self._step(self.number)
        check_step(self.level, self.number, loss=info.loss, gradient_norm=info.gradient_norm)
        self._losses.append(info.loss)
        self._norms.append(info.gradient_norm)
        self._bar.set_postfix(loss=f"{info.loss:.3f}", refresh=False)
        self._bar.update()
        self.number += 1
        self._seconds += time.perf_counter() - started
        return self._end_epoch() if self.number % self.per_round == 0 else None

    def _end_epoch(self) -> Record:
        record = {
            "epoch": self.number // self.per_round - 1,
            "loss": math.fsum(self._losses) / self.per_round,
            "gradient_norm": math.fsum(self._norms) / self.per_round,
            "seconds": self._seconds,
        }
        self._history.append(record)
        self._clear()
        self._finish(record)
        return record

    def state_dict(self) -> dict[str, Any]:
        return {
            "size": self._size(),
            "number": self.number,
            "losses": list(self._losses),
            "norms": list(self._norms),
            "seconds": self._seconds,
            "history": [dict(record) for record in self._history],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """ValueError where the state is of a loop of another size."""
        require_same(self.level, state["size"], self._size())
        self.number, self._seconds = state["number"], state["seconds"]
        self._losses, self._norms = list(state["losses"]), list(state["norms"])
        self._history[:] = [dict(record) for record in state["history"]]
        show_done(self._bar, self.number)

    def _size(self) -> dict[str, int]:
        return {"epochs": self.rounds, "steps": self.per_round}


def show_done(bar: tqdm, done: int) -> None:
    """Lets a bar begin with what an earlier process has done."""
    bar.initial = bar.n = done
    bar.refresh()


def check_step(level: str, number: int, **values: float) -> None:
    """NonFinite naming the level, the step and the quantity."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise NonFinite(
                f"{level}: {name} is {value} at step {number}; lower the learning rate, or look at that step's images"
            )


def checked_warmup(name: str, rounds: int | None, steps: int, total: int) -> int | None:
    """Steps of a warm-up of so many rounds of ``steps``, fewer than the ``total``; None where it was not asked for."""
    if rounds is None:
        return None
    rounds = checked_integer(name, rounds, 0)
    if rounds * steps >= total:
        raise InvalidArgument(
            f"{name}: expected 0 to {(total - 1) // steps}, less than the whole training, got {rounds}; shorten the warm-up "
            "or train longer"
        )
    return rounds * steps


def rate_curve(base: float, total: int, warmup: int | None, default_warmup: int) -> CosineSchedule:
    """Cosine over ``total`` steps. A ``warmup`` that was not asked for is at most a tenth of a short run."""
    return CosineSchedule(base, total, min(default_warmup, total // 10) if warmup is None else warmup)
