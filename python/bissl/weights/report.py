"""How the arrays of a file fit a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InvalidArgument
from .wayout import before, missing_prefix


@dataclass(frozen=True)
class WeightsReport:
    """What was, or would be, taken over by name. ``str(report)`` lists the first ten of each kind.

    Parameters
    ----------
    loaded : tuple of str, default ()
        Names of the network that were found, with the right shape.
    missing : tuple of str, default ()
        Names of the network that were not found and have to be.
    kept : tuple of str, default ()
        Buffers that were not found, which is allowed: they keep their values.
    unexpected : tuple of str, default ()
        Names in the file that the network has no place for.
    passed_over : tuple of str, default ()
        Names in the file that the network has no place for and that are known to belong to other parts: the classifier
        of a published backbone, a projector, a decoder, whatever stands outside the part that was recognised.
    mismatched : tuple of str, default ()
        Names of the network that were found with another shape; ``shapes`` has the one found and the one needed.
    shapes : mapping of str to tuple of tuple of int, optional
        By name, the shape found and the shape needed.
    alphas : mapping of str to tuple of float, optional
        By layer whose low-rank adapter was saved with another α than the network's, the one found and the one needed.
    notes : tuple of str, default ()
        What else is worth knowing, and ways out.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(8, 8, 8, 8))
    >>> report = bissl.weights.difference(net.state_dict(), net)
    >>> report.fits, len(report.missing)
    (True, 0)
    """

    loaded: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    mismatched: tuple[str, ...] = ()
    shapes: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=dict)
    alphas: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether nothing is missing, unexpected, of another shape or of another α."""
        return not (self.missing or self.unexpected or self.mismatched or self.alphas)

    def require(self, source: str, strict: bool = True) -> None:
        """ValueError unless everything fits; when not ``strict``, unless the shapes and α do. ``source`` begins the text."""
        if self.mismatched or self.alphas or (strict and not self.fits):
            told = self._difference() if strict else self._told("mismatched", "alphas")
            text = f"{source}: the arrays do not fit this architecture; " + "; ".join(told)
            raise InvalidArgument("; ".join((text, *self._advice())))

    def __str__(self) -> str:
        lines = [f"{len(self.loaded)} loaded", *self._difference(), *self._told("kept", "passed_over"), *self._advice()]
        return "\n".join(lines)

    def _missing_prefix(self) -> str:
        """What stands in the file before most of the missing names; "" where nothing does."""
        return missing_prefix(self.missing, self.unexpected + self.passed_over)

    def _advice(self) -> tuple[str, ...]:
        prefix = self._missing_prefix()
        return (*self.notes, before(prefix)) if prefix else self.notes

    def _difference(self) -> list[str]:
        return self._told("missing", "unexpected", "mismatched", "alphas")

    def _told(self, *kinds: str) -> list[str]:
        return [
            f"{len(names)} {_KINDS[kind]}: {_first_ten([self._shown(kind, name) for name in [*names][:11]])}"
            for kind in kinds
            if (names := getattr(self, kind))
        ]

    def _shown(self, kind: str, name: str) -> str:
        if kind == "alphas":
            return "{} {:g} instead of {:g}".format(name, *self.alphas[name])
        if kind != "mismatched":
            return name
        found, needed = self.shapes[name]
        return f"{name} {found} instead of {needed}"


_KINDS = {
    "missing": "missing",
    "unexpected": "unexpected",
    "mismatched": "of another shape",
    "alphas": "with adapters of another alpha",
    "kept": "kept as they are",
    "passed_over": "passed over, of other parts",
}


def _first_ten(names: list[str]) -> str:
    return ", ".join(names[:10]) + (", …" if len(names) > 10 else "")


def together(parts: Mapping[str, WeightsReport], own: Callable[[str], bool]) -> WeightsReport:
    """The report on a whole of several parts, whose names begin with the part's. Of what the file has too much, it tells
    only what no part has a place for; passed over is what some part passes over, unless it is the whole's ``own``."""

    def all_of(kind: str) -> tuple[str, ...]:
        return tuple(f"{part}.{name}" for part, report in parts.items() for name in getattr(report, kind))

    def by_name(kind: str) -> dict[str, Any]:
        return {f"{part}.{name}": entry for part, each in parts.items() for name, entry in getattr(each, kind).items()}

    reports = list(parts.values())
    nobodys = set.intersection(*({*report.unexpected, *report.passed_over} for report in reports))
    known = {name for report in reports for name in report.passed_over if not own(name)}
    return WeightsReport(
        loaded=all_of("loaded"),
        missing=all_of("missing"),
        kept=all_of("kept"),
        unexpected=tuple(sorted(nobodys - known)),
        passed_over=tuple(sorted(nobodys & known)),
        mismatched=all_of("mismatched"),
        shapes=by_name("shapes"),
        alphas=by_name("alphas"),
        notes=tuple(note for report in reports for note in report.notes),
    )
