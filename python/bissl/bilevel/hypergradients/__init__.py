"""What stands for the implicit term v_IJ of the upper level, one file each.

With ρ = λ + λ_damp, H the Hessian of the pretext loss at θ_P on one batch and v = ∇θ L^D(θ_P, φ_D), the term is
v_IJ = ρ(H + ρI)⁻¹v:

=========== ================================================================= ==========================================
name        formula                                                           cost of an upper step
=========== ================================================================= ==========================================
implicit    A⁻¹v by a solver of `bissl.solvers`                               its products
identity    v                                                                 none
discarded   0                                                                 none
neumann     ω Σ (I − ωA)ʲ v                                                   a product per term
nystrom     v − C(ρW + CᵀC)⁻¹Cᵀv                                              none; ``rank`` products per linearization
joint       w of the system in (θ, φ_P), by MINRES                            a joint product per iteration
unrolled    K steps of gradient descent, differentiated backwards             K gradients and linearizations
penalty     (ρ/2σ)[θ(−σ) − θ(σ)], θ(σ) = argmin G_ρ + σL^D                    gradients only, two minimisations
=========== ================================================================= ==========================================
"""

from .base import Hypergradient, UpperPoint
from .choice import HYPERGRADIENTS, HypergradientChoice, as_hypergradient
from .implicit import Implicit
from .joint import Joint
from .penalty import Penalty
from .unrolled import Unrolled

__all__ = [
    "HYPERGRADIENTS",
    "Hypergradient",
    "HypergradientChoice",
    "Implicit",
    "Joint",
    "Penalty",
    "Unrolled",
    "UpperPoint",
    "as_hypergradient",
]
