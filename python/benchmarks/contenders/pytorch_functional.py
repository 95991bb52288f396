"""PyTorch's forward mode over its reverse mode, on the workloads."""

from __future__ import annotations

from typing import Any

import torch
from goals import FORWARD, LINEARIZED
from torch import func
from workloads import Workload

from .pytorch import Best

Tensors = tuple[torch.Tensor, ...]


class ForwardOverReverse(Best):
    """Each Hessian product differentiates the gradient forwards, along the direction. Batch norms are functorch's, which keep
    no running statistics."""

    name = FORWARD
    gradient = linearization = upper_linearization = None

    def __init__(self, work: Workload, dtype: torch.dtype | None = None) -> None:
        super().__init__(work, dtype)
        backbone, head, self.twice_loss = self.twice
        self.twice_backbone, self.twice_head = map(func.replace_all_batch_norm_modules_, (backbone, head))
        self.names = [name for name, _ in backbone.named_parameters()]
        self.values = tuple(value.detach() for value in backbone.parameters())

    def _loss(self, values: Tensors) -> torch.Tensor:
        named = dict(zip(self.names, values, strict=True))

        def backbone(*inputs: Any) -> Any:
            return func.functional_call(self.twice_backbone, named, inputs)

        return self.twice_loss(backbone, self.twice_head, self.batch)

    def _product(self, direction: list[torch.Tensor]) -> list[torch.Tensor]:
        return list(func.jvp(func.grad(self._loss), (self.values,), (tuple(direction),))[1])


class Linearized(ForwardOverReverse):
    """The gradient linearized once, for all products."""

    name = LINEARIZED

    def linearization(self) -> dict[str, Any]:
        gradient, self.products = func.linearize(func.grad(self._loss), self.values)
        return {"gradient": list(gradient)}

    def upper_linearization(self) -> dict[str, Any]:
        self.linearization()
        return {}

    def _product(self, direction: list[torch.Tensor]) -> list[torch.Tensor]:
        return list(self.products(tuple(direction)))
