"""The implicit system A v_IJ = v."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np

from .. import _engine
from .._engine import dtype
from ..configured import wrong_object
from ..errors import InvalidArgument, InvalidState, WrongType, check_option, checked_number
from ..models.vectors import FlatVector, flatten
from .memory import SolveMemory

#: What stands for the Hessian: itself, or its Gauss-Newton approximation.
PRODUCTS = ("exact", "gauss-newton")
#: How λ and λ_damp make up A.
DAMPING_RULES = ("paper", "tikhonov")
#: λ_damp: a number, or the least with which a Krylov space solves the system.
Damping = float | Literal["auto"]
#: Anything that a solver makes of a system.
Kept = TypeVar("Kept")
#: The least λ_damp that ``"auto"`` finds.
LEAST_DAMPING = 1e-6


@runtime_checkable
class Linearized(Protocol):
    """What a system needs of a `bissl.Linearization`."""

    _handle: Any
    _backbone: Any


class ImplicitSystem:
    """A v_IJ = v, with A known by its products.

    By the implicit function theorem θ_P*(θ_D), the minimiser of L^P + λ/2 ‖θ − θ_D‖², has the Jacobian λ(H + λI)⁻¹. The
    system damps H + λI to H + (λ + λ_damp)I:

    ========== ============================ ==========================================================
    rule       A                            meaning
    ========== ============================ ==========================================================
    "paper"    I + H/(λ + λ_damp)           the Jacobian of a lower level whose λ is λ + λ_damp (B.3)
    "tikhonov" I + (H + λ_damp·I)/λ         the Jacobian for λ, Tikhonov-damped
    ========== ============================ ==========================================================

    The second A is the first times 1 + λ_damp/λ, so its solutions are shorter by that factor and point the same way.
    With λ_damp = 0 both are I + H/λ.

    Parameters
    ----------
    linearization : Linearized
        Linearization of the pretext loss, at (θ_P, φ_P).
    lam : float
        λ ≥ 0 and λ_damp ≥ 0, with λ + λ_damp > 0; for "tikhonov" λ > 0. ``damping="auto"``: the least with which the
        Krylov space of the first solve brings ‖v − Ax‖ to 0.1 ‖v‖ and has Ritz values of A of at least ½; later solves
        of `bissl.Krylov` may raise it (`damping` is the present one), other solvers take it as it is.
    damping : float or "auto"
        λ ≥ 0 and λ_damp ≥ 0, with λ + λ_damp > 0; for "tikhonov" λ > 0. ``damping="auto"``: the least with which the
        Krylov space of the first solve brings ‖v − Ax‖ to 0.1 ‖v‖ and has Ritz values of A of at least ½; later solves
        of `bissl.Krylov` may raise it (`damping` is the present one), other solvers take it as it is.
    product : str, default "exact"
        "exact", H = ∇²θ L^P, which batch norm makes indefinite; or "gauss-newton", H = JᵀH_L J with J the Jacobian of
        the embeddings in θ and H_L the loss's own Hessian there: positive semi-definite where the loss is convex in
        the embeddings (as in SimCLR, BYOL and MAE), and a third cheaper. A product with a negative uᵀHu is refused.
    damping_rule : str, default "paper"
        "paper" or "tikhonov".

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Numbers out of range, words that do not exist.

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(2, 2, 2, 2), stem="small"), projector=(4,))
    >>> linearization = pretext.linearize(tuple(np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))))
    >>> system = bissl.solvers.ImplicitSystem(linearization, lam=0.001, damping=10.0)
    >>> system.product(np.ones(pretext.backbone.vector.size)).shape == pretext.backbone.vector.shape
    True
    """

    def __init__(
        self,
        linearization: Linearized,
        lam: float,
        damping: Damping,
        *,
        product: str = "exact",
        damping_rule: str = "paper",
    ) -> None:
        check_system(lam, damping, product, damping_rule)
        if not isinstance(linearization, Linearized):
            raise wrong_object("linearization", "what pretext.linearize(batch) gives", linearization)
        self._linearization, self._backbone = linearization._handle, linearization._backbone
        self.layout = self._backbone._layout
        #: n, the number of the backbone's parameters.
        self.size: int = sum(math.prod(shape) for _, shape in self.layout)
        self.lam, self.kind, self.rule = float(lam), product, damping_rule
        #: Whether λ_damp is found by solves.
        self.automatic: bool = damping == "auto"
        self._given = LEAST_DAMPING if self.automatic else float(damping)
        #: Products taken by `product`, `hessian_product` and `matrix` so far.
        self.products = 0
        #: What solves keep for later ones.
        self.memory = SolveMemory()
        #: What `kept` keeps: what it stands on, and the thing itself. Never saved.
        self._kept: dict[Any, tuple[tuple[Any, ...], Any]] = {}
        self._matrix: np.ndarray | None = None
        self._engine_system: tuple[tuple[float, str], Any] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        raise InvalidState(
            "an ImplicitSystem stands on a recording in the engine's memory and can be neither copied nor pickled: "
            "keep the objective and the batch, linearize again and make a new one"
        )

    @property
    def damping(self) -> float:
        """λ_damp, a number; where solves find it, the present one."""
        found = self.memory.alternation.get("damping") if self.automatic else None
        return self._given if found is None else float(found)

    @property
    def is_damped(self) -> bool:
        """Whether λ_damp is known: given, or found."""
        return not self.automatic or "damping" in self.memory.alternation

    def raise_damping(self, damping: float) -> None:
        """Settles the λ_damp that a solve found; it is never lowered."""
        before = self.damping if self.is_damped else 0.0
        self.memory.alternation["damping"] = np.array(max(damping, before))

    @property
    def rho(self) -> float:
        """λ + λ_damp"""
        return self.lam + self.damping

    @property
    def scale(self) -> float:
        """What solutions of the paper's A are to be multiplied with to be solutions of this one."""
        return 1.0 if self.rule == "paper" else self.lam / self.rho

    def kept(self, whose: Any, stands_on: tuple[Any, ...], make: Callable[[], Kept]) -> Kept:
        """What ``make`` has made of this system for later solves, as long as it stands on the same; else made anew.

        ``stands_on`` are settings, compared by value, and arrays of `memory`, compared by identity: a step that is refused
        or interrupted takes its arrays back, and with them what was made of these. One thing is kept for each ``whose``.
        """
        if whose not in self._kept or not _same(self._kept[whose][0], stands_on):
            self._kept[whose] = stands_on, make()
        made: Kept = self._kept[whose][1]
        return made

    def engine_system(self, rule: str | None = None) -> Any:
        """The engine's system for the present λ_damp, which is the least there is until one is found."""
        key = (self.damping, rule or self.rule)
        if self._engine_system is None or self._engine_system[0] != key:
            made = _engine.system_create(self._linearization, self._backbone._handle, self.lam, *key, self.kind)
            self._engine_system = key, made
        return self._engine_system[1]

    def product(self, direction: Any) -> FlatVector:
        """A d, flat (n,), of a direction (n,) or a dict of all parameters by name."""
        if not self.is_damped:
            raise InvalidState(
                'the damping of this system is "auto" and not found yet: solve it with bissl.Krylov first, '
                "or with linearization.solve"
            )
        values = flatten(direction, self.layout, "d")
        self.products += 1
        return FlatVector(_engine.array(_engine.system_product(self.engine_system(), values)), self.layout)

    def hessian_product(self, direction: Any) -> np.ndarray:
        """H d, flat (n,), or its Gauss-Newton approximation."""
        values = flatten(direction, self.layout, "d")
        self.products += 1
        return _engine.array(_engine.linearization_product(self._linearization, values, self.kind))

    def matrix(self) -> np.ndarray:
        """A as a dense symmetric array (n, n) of float64: n products, made once."""
        if self._matrix is None:
            columns = np.empty((self.size, self.size))
            unit = np.zeros(self.size, dtype)
            for place in range(self.size):
                unit[place] = 1
                columns[place] = self.hessian_product(unit)
                unit[place] = 0
            self._matrix = (columns + columns.T) / 2
        return (np.eye(self.size) + self._matrix / self.rho) / self.scale


def _same(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    """Whether arrays are the same ones, and all else is equal."""
    pairs = zip(ours, theirs, strict=True)
    return all(a is b or not (isinstance(a, np.ndarray) or isinstance(b, np.ndarray)) and a == b for a, b in pairs)


def check_system(lam: Any, damping: Any, product: Any, damping_rule: Any) -> None:
    """ValueError or TypeError naming what `ImplicitSystem` does not accept."""
    total = checked_number("lam", lam) + checked_damping(damping)
    check_option("product", product, PRODUCTS)
    check_option("damping_rule", damping_rule, DAMPING_RULES)
    if total == 0:
        raise InvalidArgument("lam + damping: expected a positive sum, got 0: the implicit system divides by it")
    if damping_rule == "tikhonov" and lam == 0:
        raise InvalidArgument('lam: expected a positive number with damping_rule="tikhonov", got 0: A divides by it')


def checked_damping(damping: Any) -> float:
    """The number, or the least for "auto"."""
    if damping == "auto" and isinstance(damping, str):
        return LEAST_DAMPING
    try:
        return checked_number("damping", damping)
    except WrongType:
        if not isinstance(damping, str):
            raise
        raise WrongType(f'damping: expected a number, got str ({damping!r}); write a number, or "auto"') from None
