"""PyTorch on the workloads: as the authors wrote it, and at its best."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from goals import AUTHORS, AUTOCAST, AUTOTUNED, BEST, COMPILED, ROUNDED
from workloads import Workload

import bissl

from . import pytorch_optimizers as optimizers
from .pytorch_models import classification, linear, nchw, network, objective


class Authors:
    """As the paper's authors wrote it: each Hessian product computes the loss and its gradient again and differentiates
    ⟨gradient, direction⟩ (paper, Algorithm 2). Attention is decomposed, since PyTorch's fused one cannot be
    differentiated twice."""

    name = AUTHORS
    version = torch.__version__
    memory_format = torch.contiguous_format
    fused_attention = False

    def __init__(self, work: Workload, dtype: torch.dtype | None = None) -> None:
        torch.set_num_threads(bissl.get_num_threads())
        self.dtype = getattr(torch, bissl.precision) if dtype is None else dtype
        backbone, self.head, self.loss = objective(work.pretext, self.dtype, self.fused_attention)
        self.backbone = self._laid_out(backbone)
        self.parameters = list(self.backbone.parameters())
        self.batch = [self._image(nchw(array)) for array in work.batch]
        self.direction = self._split(torch.from_numpy(work.direction).to(self.dtype))
        if work.downstream is not None:
            self._prepare_bilevel(work)

    def gradient(self) -> dict[str, Any]:
        loss = self.loss(self.backbone, self.head, self.batch)
        gradients = torch.autograd.grad(loss, [*self.parameters, *self.head.parameters()])
        return {"loss": loss.item(), "gradient": gradients[: len(self.parameters)]}

    def hessian_product(self) -> dict[str, Any]:
        return {"product": self._product(self.direction)}

    def lower_step(self) -> dict[str, Any]:
        parameters = [*self.parameters, *self.head.parameters()]
        loss = self.loss(self.backbone, self.head, self.batch)
        gradients = list(torch.autograd.grad(loss, parameters))
        for g, below, above in zip(gradients, self.parameters, self.upper_parameters):
            g += self.lam * (below.detach() - above.detach())
        norm = optimizers.clip(gradients, self.clip_norm)
        self.lower_optimizer.step(parameters, gradients)
        return {"loss": loss.item(), "gradient norm": norm.item()}

    def upper_step(self) -> dict[str, Any]:
        head = list(self.classifier.parameters())
        at_p = classification(self.backbone, self.classifier, self.labelled)
        at_p_gradients = torch.autograd.grad(at_p, [*self.parameters, *head])
        v, head_gradients = at_p_gradients[: -len(head)], at_p_gradients[-len(head) :]
        v_ij = self._solve(v)
        above = [*self.upper_parameters, *head]
        at_d = classification(self.upper_backbone, self.classifier, self.labelled)
        gradients = list(torch.autograd.grad(at_d, above))
        for g, term in zip(gradients, [*v_ij, *head_gradients]):
            g += term
        optimizers.clip(gradients, self.clip_norm)
        self.upper_optimizer.step(above, gradients)
        return {"at θ_P": at_p.item(), "at θ_D": at_d.item(), "v": v, "v_IJ": v_ij}

    def vector(self, parts: Any) -> np.ndarray:
        return torch.cat([part.detach().reshape(-1) for part in parts]).numpy()

    def _product(self, direction: list[torch.Tensor]) -> list[torch.Tensor]:
        loss = self.loss(self.backbone, self.head, self.batch)
        gradients = torch.autograd.grad(loss, self.parameters, create_graph=True)
        return list(torch.autograd.grad(gradients, self.parameters, direction))

    def _solve(self, v: Any) -> list[torch.Tensor]:
        """N_c iterations of layer-wise conjugate gradients on (I + H/(λ + λ_damp)) x = v."""
        x, r, d = [torch.zeros_like(part) for part in v], [part.clone() for part in v], [part.clone() for part in v]
        squares = [part.square().sum() for part in r]
        for _ in range(self.iterations):
            product = [part + h / (self.lam + self.damping) for part, h in zip(d, self._product(d))]
            for i, image in enumerate(product):
                alpha = squares[i] / ((d[i] * image).sum() + 1e-12)
                x[i] += alpha * d[i]
                r[i] -= alpha * image
                before, squares[i] = squares[i], r[i].square().sum()
                d[i] = r[i] + squares[i] / (before + 1e-12) * d[i]
        return x

    def _prepare_bilevel(self, work: Workload) -> None:
        loop = bissl.Bilevel(work.pretext, work.downstream)
        self.lam, self.damping, self.clip_norm = loop.lam, loop.damping, loop.clip_norm
        self.iterations = work.iterations
        self.lower_optimizer = optimizers.LARS(loop.lower_optimizer)
        self.upper_optimizer = optimizers.SGD(loop.upper_optimizer)
        self.upper_backbone = self._laid_out(network(work.pretext.backbone, self.dtype))
        self.upper_parameters = list(self.upper_backbone.parameters())
        self.classifier = linear(work.downstream.head, self.dtype)
        images, labels = work.labelled
        self.labelled = self._image(nchw(images)), torch.from_numpy(labels)

    def _laid_out(self, module: torch.nn.Module) -> torch.nn.Module:
        return module.to(memory_format=self.memory_format)

    def _image(self, tensor: torch.Tensor) -> torch.Tensor:
        tensor = tensor.to(self.dtype)
        return tensor.contiguous(memory_format=self.memory_format) if tensor.ndim == 4 else tensor

    def _split(self, vector: torch.Tensor) -> list[torch.Tensor]:
        sizes = [parameter.numel() for parameter in self.parameters]
        return [part.view(p.shape) for part, p in zip(vector.split(sizes), self.parameters)]


class Best(Authors):
    """PyTorch at its best: channels last, fused attention where only a gradient is wanted, and one graph of the gradient
    that is kept for all Hessian products."""

    name = BEST
    memory_format = torch.channels_last
    fused_attention = True

    def __init__(self, work: Workload, dtype: torch.dtype | None = None) -> None:
        super().__init__(work, dtype)
        self.twice = self.backbone, self.head, self.loss
        if isinstance(work.pretext, bissl.MAE):
            backbone, head, loss = objective(work.pretext, self.dtype, fused_attention=False)
            self.twice = self._laid_out(backbone), head, loss

    def linearization(self) -> dict[str, Any]:
        backbone, head, loss = self.twice
        value = loss(backbone, head, self.batch)
        self.variables = list(backbone.parameters())
        self.graph = torch.autograd.grad(value, self.variables, create_graph=True)
        return {"loss": value.item(), "gradient": self.graph}

    def upper_linearization(self) -> dict[str, Any]:
        return {"loss": self.linearization()["loss"]}

    def _product(self, direction: list[torch.Tensor]) -> list[torch.Tensor]:
        return list(torch.autograd.grad(self.graph, self.variables, direction, retain_graph=True))


class Compiled:
    """The first derivatives of `Best` with network and loss compiled together, which PyTorch does not differentiate twice."""

    name = COMPILED
    version = torch.__version__
    mode = "default"

    def __init__(self, work: Workload, dtype: torch.dtype | None = None) -> None:
        best = Best(work, dtype)
        best.loss = torch.compile(best.loss, mode=self.mode)
        self.gradient, self.vector = best.gradient, best.vector
        if work.downstream is not None:
            self.lower_step = best.lower_step


class Autotuned(Compiled):
    """With kernels that are tried out when it is compiled."""

    name = AUTOTUNED
    mode = "max-autotune"


class Autocast:
    """The first derivatives of `Best` under autocast to bfloat16: faster where the processor multiplies it, and of other numbers."""

    name = AUTOCAST
    version = torch.__version__
    is_rounded = True

    def __init__(self, work: Workload, dtype: torch.dtype | None = None) -> None:
        self.best = Best(work, dtype)
        self.vector = self.best.vector
        if work.downstream is not None:
            self.lower_step = lambda: self._rounding(self.best.lower_step)

    def gradient(self) -> dict[str, Any]:
        return self._rounding(self.best.gradient)

    def _rounding(self, task: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        with torch.autocast("cpu", torch.bfloat16):
            return task()


class Rounded(Autocast):
    """With everything in float32 but the operands of products, which are rounded to bfloat16."""

    name = ROUNDED

    def _rounding(self, task: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        kinds = torch.backends.mkldnn.matmul, torch.backends.mkldnn.conv
        before = [kind.fp32_precision for kind in kinds]
        for kind in kinds:
            kind.fp32_precision = "bf16"
        try:
            return task()
        finally:
            for kind, precision in zip(kinds, before):
                kind.fp32_precision = precision
