"""The loop of the BiSSL stage: Algorithm 1, step by step."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tqdm import tqdm

from ..bilevel.loop import Bilevel
from ..checkpoints.checks import require_same
from ..optim.schedules import CosineSchedule
from .alternation import Alternation
from .batches import DownstreamBatches, PretextBatches
from .training import check_step, show_done


class AlternationLoop:
    """Alternations of ``lower_steps`` and ``upper_steps``, one step of either level at a time.

    The batch of the Hessian products is drawn, and the pretext loss linearized on it, before the first upper step; after
    `load_state_dict` between two upper steps, once more on the same batch.

    Parameters
    ----------
    loop : both levels. alternations, lower_steps, upper_steps : T, N_L, N_U.
    pretext, hessian, downstream : where the batches come from.
    lower_rate, upper_rate : the learning rate of every step of a level.
    bar : shows every alternation. history : takes the record of every alternation, as a dict.
    """

    def __init__(
        self,
        loop: Bilevel,
        alternations: int,
        lower_steps: int,
        upper_steps: int,
        batches: tuple[PretextBatches, PretextBatches, DownstreamBatches],
        rates: tuple[CosineSchedule, CosineSchedule],
        bar: tqdm,
        history: list[dict[str, Any]],
    ) -> None:
        self.number, self.rounds, self.per_round = 0, alternations, lower_steps + upper_steps
        self._loop, self._lower_steps, self._upper_steps = loop, lower_steps, upper_steps
        self._pretext, self._hessian, self._downstream = batches
        self._lower_rate, self._upper_rate = rates
        self._bar, self._history = bar, history
        self._record = Alternation(0)
        self._before_draw: dict[str, int] | None = None  # of the batch that the loss is linearized on

    @property
    def loaders(self) -> dict[str, PretextBatches | DownstreamBatches]:
        """Where the batches come from, by name."""
        return {"pretext": self._pretext, "hessian": self._hessian, "downstream": self._downstream}

    def advance(self) -> Alternation | None:
        """One step of either level. The record of the alternation after its last one."""
        started = time.perf_counter()
        alternation, place = divmod(self.number, self.per_round)
        if place < self._lower_steps:
            self._lower_step(alternation * self._lower_steps + place)
        else:
            self._upper_step(alternation * self._upper_steps + place - self._lower_steps)
        self.number += 1
        self._record.seconds += time.perf_counter() - started
        return self._end_alternation() if self.number % self.per_round == 0 else None

    def _lower_step(self, number: int) -> None:
        """Algorithm 1, lines 4 to 7."""
        self._loop.lower_optimizer.lr = self._record.lower_rate = self._lower_rate(number)
        info = self._loop.lower_step(self._pretext.draw())
        check_step("lower level", number, loss=info.loss, gradient_norm=info.gradient_norm)
        self._record.add_lower(info)

    def _upper_step(self, number: int) -> None:
        """Algorithm 1, lines 8 to 13."""
        if self._before_draw is None:
            self._before_draw = self._hessian.state_dict()
            self._loop.linearize(self._hessian.draw())
        self._loop.upper_optimizer.lr = self._record.upper_rate = self._upper_rate(number)
        info = self._loop.upper_step(self._downstream.draw())
        check_step("upper level", number, loss=info.loss_at_theta_d, gradient_norm=info.gradient_norm)
        self._record.add_upper(info)

    def _end_alternation(self) -> Alternation:
        record, self._record, self._before_draw = self._record, Alternation(self._record.alternation + 1), None
        self._history.append(asdict(record))
        self._bar.set_postfix(
            lower=f"{record.lower_loss[-1]:.3f}",
            upper=f"{record.loss_at_theta_d[-1]:.3f}",
            solve=record.verdict[0].partition(":")[0].removesuffix(" as far as is known"),
            refresh=False,
        )
        self._bar.update()
        return record

    def state_dict(self) -> dict[str, Any]:
        """Between two upper steps ``hessian`` stands before the batch that the loss is linearized on."""
        return {
            "size": self._size(),
            "number": self.number,
            "record": asdict(self._record),
            "history": list(self._history),
            "pretext": self._pretext.state_dict(),
            "hessian": self._before_draw or self._hessian.state_dict(),
            "downstream": self._downstream.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """ValueError where the state is of a loop of another size, or of other batches."""
        require_same("BiSSL", state["size"], self._size())
        for name, loader in (("pretext", self._pretext), ("hessian", self._hessian), ("downstream", self._downstream)):
            loader.load_state_dict(state[name])
        self.number, self._record, self._before_draw = state["number"], Alternation(**state["record"]), None
        self._history[:] = state["history"]
        show_done(self._bar, self.number // self.per_round)

    def _size(self) -> dict[str, int]:
        return {"alternations": self.rounds, "lower_steps": self._lower_steps, "upper_steps": self._upper_steps}
