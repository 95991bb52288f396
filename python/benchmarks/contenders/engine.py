"""bissl itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from goals import BISSL, HIGH
from workloads import Workload

import bissl


class Engine:
    """The engine on a workload. The bilevel steps move the workload's own modules."""

    name = BISSL
    version = bissl.__version__

    def __init__(self, work: Workload) -> None:
        self.work = work
        self.batch = work.batch if len(work.batch) > 1 else work.batch[0]
        if work.downstream is not None:
            solver = bissl.ConjugateGradient(work.iterations)
            self.loop = bissl.Bilevel(work.pretext, work.downstream, solver=solver)

    def gradient(self) -> dict[str, Any]:
        loss, gradient = self.work.pretext.value_and_gradient(self.batch)
        return {"loss": loss, "gradient": gradient.backbone}

    def linearization(self) -> dict[str, Any]:
        self.point = self.work.pretext.linearize(self.batch)
        return {"loss": self.point.loss, "gradient": self.point.gradient.backbone}

    def hessian_product(self) -> dict[str, Any]:
        return {"product": self.point.hvp(self.work.direction)}

    def lower_step(self) -> dict[str, Any]:
        info = self.loop.lower_step(self.batch)
        return {"loss": info.loss, "gradient norm": info.gradient_norm}

    def upper_linearization(self) -> dict[str, Any]:
        self.point = self.loop.linearize(self.batch)
        return {"loss": self.point.loss}

    def upper_step(self) -> dict[str, Any]:
        info = self.loop.upper_step(self.work.labelled)
        return {"at θ_P": info.loss_at_theta_p, "at θ_D": info.loss_at_theta_d, "v": info.v, "v_IJ": info.v_ij}

    def residual_check(self) -> dict[str, Any]:
        self.hessian_product()
        return {}

    def vector(self, value: Any) -> np.ndarray:
        return np.asarray(value)


def _at_high(task: Callable[[Engine], dict[str, Any]]) -> Callable[[Engine], dict[str, Any]]:
    def run(self: Engine) -> dict[str, Any]:
        bissl.set_float32_matmul_precision("high")
        try:
            return task(self)
        finally:
            bissl.set_float32_matmul_precision("highest")

    return run


class High(Engine):
    """The engine with products of split operands."""

    name = HIGH
    gradient = _at_high(Engine.gradient)
    linearization = _at_high(Engine.linearization)
    hessian_product = _at_high(Engine.hessian_product)
    lower_step = _at_high(Engine.lower_step)
    upper_linearization = _at_high(Engine.upper_linearization)
    upper_step = _at_high(Engine.upper_step)
    residual_check = _at_high(Engine.residual_check)
