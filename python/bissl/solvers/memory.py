"""What solves keep for later ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..arrays import as_real
from ..checkpoints.checks import require_dict, require_keys

#: Names of arrays that the next alternation is handed: the Ritz vectors of `RecycledKrylov`.
HANDED_ON = ("ritz vectors",)


@dataclass
class SolveMemory:
    """Arrays by name that solves of one alternation keep for those that follow: the damping that was found, the last
    solution, whether a true residual was measured. They are replaced, never written into, so that a copy of the dicts is
    a state to go back to.

    alternation : of the present one. handed_on : what the alternation before left.
    """

    alternation: dict[str, np.ndarray] = field(default_factory=dict)
    handed_on: dict[str, np.ndarray] = field(default_factory=dict)

    def copy(self) -> SolveMemory:
        return SolveMemory(dict(self.alternation), dict(self.handed_on))

    def next_alternation(self) -> SolveMemory:
        """What there is after a lower step, which moves θ_P."""
        if not self.alternation:
            return self.copy()
        return SolveMemory({}, {name: self.alternation[name] for name in HANDED_ON if name in self.alternation})

    def state_dict(self) -> dict[str, dict[str, np.ndarray]]:
        """All arrays, copied."""
        return {
            part: {name: np.array(value) for name, value in getattr(self, part).items()}
            for part in ("alternation", "handed_on")
        }

    @classmethod
    def from_state(cls, state: Any) -> SolveMemory:
        """Takes over what `state_dict` gave. WrongType or InvalidArgument, naming the place, for anything else."""
        require_keys("state: memory", state, cls().state_dict())

        def arrays(part: str) -> dict[str, np.ndarray]:
            held = require_dict(f"state: memory.{part}", state[part])
            return {name: np.array(as_real(value, f"state: memory.{part}.{name}")) for name, value in held.items()}

        return cls(arrays("alternation"), arrays("handed_on"))
