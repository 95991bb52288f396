"""The steps of Algorithm 1 in JAX. A level's state is its backbone, its head and the momentum of both."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from workloads import Workload

import bissl

from .jax_models import Loss, Parameters, cross_entropy, resnet

State = tuple[Parameters, Parameters, Any]


class Levels:
    """Lower and upper step with the settings of `bissl.Bilevel`, pure functions to be compiled."""

    def __init__(self, work: Workload, loss: Loss) -> None:
        self.loss, self.features, self.iterations = loss, resnet(work.pretext.backbone), work.iterations
        self.defaults = bissl.Bilevel(work.pretext, work.downstream)
        self.scale = 1 / (self.defaults.lam + self.defaults.damping)

    def lower(self, state: State, above: Parameters, batch: Any) -> tuple[jax.Array, jax.Array, State]:
        """Loss, gradient norm, new state."""
        backbone, head, moving = state
        loss, (g, of_head) = jax.value_and_grad(self.loss, argnums=(0, 1))(backbone, head, batch)
        g = jax.tree.map(lambda d, p, q: d + self.defaults.lam * (p - q), g, backbone, above)
        gradients, norm = self._clipped((g, of_head))
        values, moving = stepped(self.defaults.lower_optimizer, (backbone, head), gradients, moving, lars)
        return loss, norm, (*values, moving)

    def upper(self, state: State, below: Parameters, tangent: Any, batch: Any) -> tuple[dict[str, Any], State]:
        """What was found on the way, new state; ``tangent`` maps a direction to its Hessian product."""
        backbone, head, moving = state
        derivative = jax.value_and_grad(self._classification, argnums=(0, 1))
        at_p, (v, of_head) = derivative(below, head, batch)
        v_ij = self._solve(tangent, v)
        at_d, gradients = derivative(backbone, head, batch)
        gradients, _ = self._clipped(jax.tree.map(jnp.add, gradients, (v_ij, of_head)))
        values, moving = stepped(self.defaults.upper_optimizer, (backbone, head), gradients, moving)
        return {"at θ_P": at_p, "at θ_D": at_d, "v": v, "v_IJ": v_ij}, (*values, moving)

    def _classification(self, backbone: Parameters, head: Parameters, batch: Any) -> jax.Array:
        images, labels = batch
        return cross_entropy(self.features(backbone, images) @ head["weight"] + head["bias"], labels)

    def _solve(self, tangent: Any, v: Parameters) -> Parameters:
        """Layer-wise conjugate gradients, a loop so that the product is compiled once."""

        def iterate(_: int, carry: Any) -> Any:
            x, r, d = carry
            image = jax.tree.map(lambda part, h: part + self.scale * h, d, tangent(d))
            alpha = jax.tree.map(lambda a, b, c: jnp.vdot(a, a) / (jnp.vdot(b, c) + 1e-12), r, d, image)
            x = jax.tree.map(lambda a, b, s: a + s * b, x, d, alpha)
            rest = jax.tree.map(lambda a, b, s: a - s * b, r, image, alpha)
            beta = jax.tree.map(lambda a, b: jnp.vdot(a, a) / (jnp.vdot(b, b) + 1e-12), rest, r)
            return x, rest, jax.tree.map(lambda a, b, s: a + s * b, rest, d, beta)

        return jax.lax.fori_loop(0, self.iterations, iterate, (jax.tree.map(jnp.zeros_like, v), v, v))[0]

    def _clipped(self, gradients: Any) -> tuple[Any, jax.Array]:
        norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in jax.tree.leaves(gradients)))
        factor = jnp.minimum(1.0, self.defaults._clip / (norm + 1e-6))
        return jax.tree.map(lambda g: g * factor, gradients), norm


def lars(p: jax.Array, d: jax.Array) -> jax.Array:
    """The direction at a thousandth of the tensor's norm, where both norms are positive."""
    norm, length = jnp.linalg.norm(p), jnp.linalg.norm(d)
    positive = (norm > 0) & (length > 0)
    return d * jnp.where(positive, 0.001 * norm / jnp.where(positive, length, 1.0), 1.0)


def stepped(
    settings: bissl.SGD | bissl.LARS, values: Any, gradients: Any, moving: Any, scaled: Any = lambda p, d: d
) -> tuple[Any, Any]:
    """SGD with momentum on directions that ``scaled`` made of parameters and decayed gradients."""
    decayed = jax.tree.map(lambda p, g: scaled(p, g + settings.weight_decay * p), values, gradients)
    moving = jax.tree.map(lambda m, d: settings.settings["momentum"] * m + d, moving, decayed)
    return jax.tree.map(lambda p, m: p - settings.lr * m, values, moving), moving
