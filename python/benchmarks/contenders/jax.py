"""JAX on the workloads: jitted value_and_grad, Hessian products of a linearized gradient, bilevel steps."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from goals import JAX
from workloads import Workload

import bissl

from .jax_models import Loss, Parameters, from_jax, loss_of, parameters, to_jax

jax.config.update("jax_enable_x64", bissl.precision == "float64")


class Jax:
    """Everything compiled; the linearization's residuals are kept between Hessian products."""

    name = JAX
    version = jax.__version__

    def __init__(self, work: Workload) -> None:
        self.names = list(work.pretext.backbone.vector.as_dict())
        self.loss = loss_of(work.pretext)
        self.backbone, self.head = parameters(work.pretext.backbone), parameters(work.pretext.head)
        self.batch = [jnp.asarray(array, bissl.precision) for array in work.batch]
        layout = bissl.FlatVector(work.direction.astype(bissl.precision), work.pretext.backbone._layout)
        self.direction = {name: jnp.asarray(to_jax(value)) for name, value in layout.as_dict().items()}
        self._value_and_gradient = jax.jit(jax.value_and_grad(self.loss, argnums=(0, 1)))
        self._linearize = jax.jit(partial(linearized_gradient, self.loss))
        self._apply = jax.jit(lambda tangent, direction: tangent(direction))
        if work.downstream is not None:
            self._prepare_bilevel(work)

    def gradient(self) -> dict[str, Any]:
        loss, gradients = jax.block_until_ready(self._value_and_gradient(self.backbone, self.head, self.batch))
        return {"loss": loss, "gradient": gradients[0]}

    def linearization(self) -> dict[str, Any]:
        loss, gradient, self.tangent = jax.block_until_ready(self._linearize(self.backbone, self.head, self.batch))
        return {"loss": loss, "gradient": gradient}

    def hessian_product(self) -> dict[str, Any]:
        return {"product": jax.block_until_ready(self._apply(self.tangent, self.direction))}

    def lower_step(self) -> dict[str, Any]:
        loss, norm, self.lower = jax.block_until_ready(self.levels.lower(self.lower, self.upper[0], self.batch))
        self.backbone, self.head = self.lower[0], self.lower[1]
        return {"loss": loss, "gradient norm": norm}

    def upper_linearization(self) -> dict[str, Any]:
        return {"loss": self.linearization()["loss"]}

    def upper_step(self) -> dict[str, Any]:
        product = partial(self._apply, self.tangent)
        step = self.levels.upper(self.upper, self.backbone, product, self.labelled)
        found, self.upper = jax.block_until_ready(step)
        return found

    def vector(self, values: Parameters) -> np.ndarray:
        return np.concatenate([from_jax(values[name]).ravel() for name in self.names])

    def _prepare_bilevel(self, work: Workload) -> None:
        from .jax_bilevel import Levels

        self.levels = Levels(work, self.loss)
        zeros = partial(jax.tree.map, jnp.zeros_like)
        classifier = parameters(work.downstream.head)
        self.lower = self.backbone, self.head, zeros((self.backbone, self.head))
        self.upper = self.backbone, classifier, zeros((self.backbone, classifier))
        images, labels = work.labelled
        self.labelled = jnp.asarray(images, bissl.precision), jnp.asarray(labels)


def linearized_gradient(loss: Loss, backbone: Parameters, head: Parameters, batch: Any) -> tuple[Any, Any, Any]:
    """Loss and gradient of the backbone, and the gradient's tangent map, a pytree of its residuals."""

    def with_loss(p: Parameters) -> Any:
        value, gradient = jax.value_and_grad(loss)(p, head, batch)
        return gradient, value

    gradient, tangent, value = jax.linearize(with_loss, backbone, has_aux=True)
    return value, gradient, tangent
