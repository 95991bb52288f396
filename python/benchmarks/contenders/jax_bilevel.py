"""The steps of Algorithm 1 in JAX. A level's state is its backbone, its head and the momentum of both."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from workloads import Workload

import bissl

from .jax_models import Loss, Parameters, cross_entropy, resnet

State = tuple[Parameters, Parameters, Any]


class Levels:
    """Lower and upper step with the settings of `bissl.Bilevel`. The upper step calls a few compiled pieces: as one
    program, with the loop of conjugate gradients in it, XLA takes minutes to compile it."""

    def __init__(self, work: Workload, loss: Loss) -> None:
        self.loss, self.features, self.iterations = loss, resnet(work.pretext.backbone), work.iterations
        self.defaults = bissl.Bilevel(work.pretext, work.downstream)
        self.lower = jax.jit(self._lower)
        self.iterate = jax.jit(partial(cg_iteration, 1 / (self.defaults.lam + self.defaults.damping)))
        self.derivative = jax.jit(jax.value_and_grad(self._classification, argnums=(0, 1)))
        self.finish = jax.jit(self._finish)

    def upper(
        self, state: State, below: Parameters, product: Callable[[Parameters], Parameters], batch: Any
    ) -> tuple[dict[str, Any], State]:
        """What was found on the way, new state; ``product`` maps a direction to its Hessian product."""
        at_p, (v, of_head) = self.derivative(below, state[1], batch)
        v_ij = self._solve(product, v)
        at_d, gradients = self.derivative(state[0], state[1], batch)
        return {"at θ_P": at_p, "at θ_D": at_d, "v": v, "v_IJ": v_ij}, self.finish(state, gradients, (v_ij, of_head))

    def _lower(self, state: State, above: Parameters, batch: Any) -> tuple[jax.Array, jax.Array, State]:
        """Loss, gradient norm, new state."""
        backbone, head, moving = state
        loss, (g, of_head) = jax.value_and_grad(self.loss, argnums=(0, 1))(backbone, head, batch)
        g = jax.tree.map(lambda d, p, q: d + self.defaults.lam * (p - q), g, backbone, above)
        gradients, norm = self._clipped((g, of_head))
        values, moving = stepped(self.defaults.lower_optimizer, (backbone, head), gradients, moving, lars)
        return loss, norm, (*values, moving)

    def _classification(self, backbone: Parameters, head: Parameters, batch: Any) -> jax.Array:
        images, labels = batch
        return cross_entropy(self.features(backbone, images) @ head["weight"] + head["bias"], labels)

    def _solve(self, product: Callable[[Parameters], Parameters], v: Parameters) -> Parameters:
        x, r, d = jax.tree.map(jnp.zeros_like, v), v, v
        for _ in range(self.iterations):
            x, r, d = self.iterate(x, r, d, product(d))
        return x

    def _finish(self, state: State, gradients: Any, at_theta_p: Any) -> State:
        backbone, head, moving = state
        gradients, _ = self._clipped(jax.tree.map(jnp.add, gradients, at_theta_p))
        values, moving = stepped(self.defaults.upper_optimizer, (backbone, head), gradients, moving)
        return *values, moving

    def _clipped(self, gradients: Any) -> tuple[Any, jax.Array]:
        norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in jax.tree.leaves(gradients)))
        factor = jnp.minimum(1.0, self.defaults.clip_norm / (norm + 1e-6))
        return jax.tree.map(lambda g: g * factor, gradients), norm


def cg_iteration(scale: float, x: Parameters, r: Parameters, d: Parameters, h: Parameters) -> tuple[Parameters, ...]:
    """One iteration of layer-wise conjugate gradients on (I + scale·H) x = v, where ``h`` is H d: new x, r, d."""
    image = jax.tree.map(lambda part, of_part: part + scale * of_part, d, h)
    alpha = jax.tree.map(lambda a, b, c: jnp.vdot(a, a) / (jnp.vdot(b, c) + 1e-12), r, d, image)
    x = jax.tree.map(lambda a, b, s: a + s * b, x, d, alpha)
    rest = jax.tree.map(lambda a, b, s: a - s * b, r, image, alpha)
    beta = jax.tree.map(lambda a, b: jnp.vdot(a, a) / (jnp.vdot(b, b) + 1e-12), rest, r)
    return x, rest, jax.tree.map(lambda a, b, s: a + s * b, rest, d, beta)


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
