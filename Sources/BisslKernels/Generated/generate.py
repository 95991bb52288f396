"""Writes the kernels that are many lines of one pattern: matrix blocks held in registers, and Winograd transforms.

    python Sources/BisslKernels/Generated/generate.py [FOLDER]

A test compares what this script writes with what is committed.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

HEADER = "// Written by generate.py beside this file; change that instead.\n\n"

# --- matrix blocks ----------------------------------------------------------------------------------------------------


def matrix_block(name: str, lane: str, rows: int, vectors: int, why: str) -> str:
    """A function that keeps rows × vectors sums in registers: c += or = Σₖ a[·, k] b[k, ·]."""
    indices = [(r, v) for r in range(rows) for v in range(vectors)]
    lines = [
        f"  /// {rows} rows × {vectors} vectors: {why}",
        "  @inline(never)",
        f"  static func {name}(",
        "    _ depth: Int, _ a: Source, row: Int, step: Int, _ b: Source, bStep: Int, into c: Destination, ldc: Int,",
        "    accumulate: Bool",
        "  ) {",
        f"    typealias V = {lane}",
        "    let width = V.scalarCount",
        *(f"    var c{r}{v} = V.zero" for r, v in indices),
        "    var (upper, lower, right) = (a, a + 3 * row, b)",
        "    var left = depth",
        "    while left > 0 {",
        *(f"      let b{v} = V.load(right + {v} * width)" for v in range(vectors)),
    ]
    for r in range(rows):
        pointer, place = ("upper", r) if r < 3 else ("lower", r - 3)
        offset = {0: "0", 1: "row"}.get(place, f"{place} * row")
        lines.append(f"      let a{r} = V(repeating: {pointer}[{offset}])")
        lines += [f"      c{r}{v}.addProduct(a{r}, b{v})" for v in range(vectors)]
    lines += [
        "      upper += step",
        "      lower += step",
        "      right += bStep",
        "      left -= 1",
        "    }",
        "    if accumulate {",
        *(f"      c{r}{v} += V.load(c + {r} * ldc + {v} * width)" for r, v in indices),
        "    }",
        *(f"    c{r}{v}.store(c + {r} * ldc + {v} * width)" for r, v in indices),
        "  }",
    ]
    return "\n".join(lines)


def matrix_blocks() -> str:
    narrow = matrix_block(
        "narrow", "VectorLane", 6, 2, "12 sums, 2 vectors of b and one of a fill AVX2's 16 registers."
    )
    wide = matrix_block("wide", "WideLane", 6, 4, "24 sums, 4 vectors of b and one of a leave AVX-512 3 registers.")
    text = """/// Blocks of a matrix product whose sums stay in registers. The loop counts down and moves its pointers along, so that the
/// compiler neither unrolls it nor hoists broadcasts, which would spill.
enum MatrixBlocks {
"""
    return HEADER + text + narrow + "\n\n" + wide + "\n}\n"


# --- Winograd ---------------------------------------------------------------------------------------------------------

# The points of Toom and Cook's interpolation, besides infinity, by the side m of a tile of outputs. In single precision
# the usual 0, ±1, ±2 of F(4×4, 3×3) have five times the error of these, which were found by a search over multiples of
# 1/16 for the least error; all are short binary fractions, so that the matrices of inputs and outputs are exact.
POINTS = {
    2: [Fraction(0), Fraction(1), Fraction(-1)],
    3: [Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2), Fraction(-3, 2)],
    4: [Fraction(0), Fraction(11, 16), Fraction(-11, 16), Fraction(11, 8), Fraction(-11, 8)],
}

Matrix = list[list[Fraction]]


def polynomial(roots: list[Fraction]) -> list[Fraction]:
    """Coefficients of Π (x − root), ascending."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *coefficients]
        coefficients = [a - root * b for a, b in zip(shifted, [*coefficients, Fraction(0)])]
    return coefficients


def winograd_matrices(m: int) -> dict[str, Matrix]:
    """Bᵀ (n × n), G (n × 3) and Aᵀ (m × n) of F(m, 3), n = m + 2; infinity is the last point."""
    points, n = POINTS[m], m + 2
    others = [[y for y in points if y != x] for x in points]
    norms = [Fraction(1)] * len(points)
    for place, x in enumerate(points):
        for y in others[place]:
            norms[place] *= x - y
    inputs = [[*polynomial(roots), *[Fraction(0)] * (n - len(points))] for roots in others] + [polynomial(points)]
    weights = [[x**i / norm for i in range(3)] for x, norm in zip(points, norms)]
    outputs = [[x**i for x in points] + [Fraction(int(i == m - 1))] for i in range(m)]
    return {"Bt": inputs, "G": weights + [[Fraction(0), Fraction(0), Fraction(1)]], "At": outputs}


def transposed(matrix: Matrix) -> Matrix:
    return [list(column) for column in zip(*matrix)]


class Program:
    """Straight-line code for y = M x, all names with a suffix of their own."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.count = 0

    def let(self, expression: str) -> str:
        name = f"t{self.count}"
        self.count += 1
        self.lines.append(f"let {name} = {expression}")
        return name

    def combination(self, terms: list[tuple[Fraction, str]]) -> str:
        """Σ coefficient·name: ±1 by additions, the others by multiply-adds."""
        terms = sorted((t for t in terms if t[0] != 0), key=lambda t: (abs(t[0]) != 1, t[0] < 0))
        if not terms:
            return self.let("L.zero")
        (first, name), rest = terms[0], terms[1:]
        value = name if first == 1 else self.let(f"-{name}" if first == -1 else f"{name}.times({number(first)})")
        for coefficient, other in rest:
            if abs(coefficient) == 1:
                value = self.let(f"{value} {'+' if coefficient > 0 else '-'} {other}")
            else:
                value = self.let(f"{other}.times({number(coefficient)}, plus: {value})")
        return value

    def apply(self, matrix: Matrix, x: list[str]) -> list[str]:
        """M x. Points come in pairs ±p: their rows (or columns) differ in the sign of every other entry."""
        by_rows, by_columns = mirrored(matrix), mirrored(transposed(matrix))
        if by_rows:
            return self._row_pairs(matrix, x, by_rows)
        if by_columns:
            return self._column_pairs(matrix, x, by_columns)
        return [self.combination(list(zip(row, x))) for row in matrix]

    def _row_pairs(self, matrix: Matrix, x: list[str], pairs: dict[int, int]) -> list[str]:
        y: dict[int, str] = {}
        for place, row in enumerate(matrix):
            if place in y:
                continue
            if place not in pairs:
                y[place] = self.combination(list(zip(row, x)))
                continue
            mirror = matrix[pairs[place]]
            even = self.combination([(a, name) for a, b, name in zip(row, mirror, x) if a == b])
            odd = self.combination([(a, name) for a, b, name in zip(row, mirror, x) if a != b])
            y[place], y[pairs[place]] = self.let(f"{even} + {odd}"), self.let(f"{even} - {odd}")
        return [y[place] for place in range(len(matrix))]

    def _column_pairs(self, matrix: Matrix, x: list[str], pairs: dict[int, int]) -> list[str]:
        sums = {a: (self.let(f"{x[a]} + {x[b]}"), self.let(f"{x[a]} - {x[b]}")) for a, b in pairs.items() if a < b}
        y = []
        for row in matrix:
            terms = [(row[place], x[place]) for place in range(len(x)) if place not in pairs]
            for first, (total, difference) in sums.items():
                terms.append((row[first], total if row[first] == row[pairs[first]] else difference))
            y.append(self.combination(terms))
        return y


def mirrored(matrix: Matrix) -> dict[int, int]:
    """Rows that differ in the sign of some entries and agree in others, in both directions."""
    pairs: dict[int, int] = {}
    for a, first in enumerate(matrix):
        for b in range(a + 1, len(matrix)):
            second = matrix[b]
            signs = {x == y for x, y in zip(first, second) if x != 0}
            if all(abs(x) == abs(y) for x, y in zip(first, second)) and signs == {True, False}:
                if a not in pairs and b not in pairs:
                    pairs |= {a: b, b: a}
    return pairs


def number(value: Fraction) -> str:
    """Exact where the value is a binary fraction."""
    if value.denominator & (value.denominator - 1) == 0:
        return repr(float(value))
    return f"{value.numerator}.0 / {value.denominator}"


def two_dimensional(matrix: Matrix, read: str, write: str) -> list[str]:
    """M X Mᵀ over a square: columns, then rows. ``read`` and ``write`` take the place of an element."""
    rows, columns = len(matrix), len(matrix[0])
    program = Program()
    done = []
    for j in range(columns):
        names = [program.let(read.format(place=i * columns + j)) for i in range(columns)]
        done.append(program.apply(matrix, names))
    for i in range(rows):
        for j, value in enumerate(program.apply(matrix, [done[c][i] for c in range(columns)])):
            program.lines.append(write.format(place=i * rows + j, value=value))
    return program.lines


SIGNATURES = {
    "input": (
        "v[position] = Bᵀ d B of the pixels d of one tile",
        "_ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int",
    ),
    "cotangent": (
        "v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile",
        "_ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int",
    ),
    "output": (
        "pixels = Aᵀ m A of the products m of one tile",
        "_ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>",
    ),
    "weight": (
        "u[position] = G g Gᵀ of one 3×3 window",
        "_ g: UnsafePointer<L>, into u: Destination, step: Int",
    ),
    "weightAdjoint": (
        "g = Gᵀ u G, the adjoint of `weight`",
        "_ u: Source, step: Int, into g: UnsafeMutablePointer<L>",
    ),
}


def transform(kind: str, m: int) -> str:
    matrices = winograd_matrices(m)
    load_pixel, store = "L.load(pixels[{place}] + c)", "{value}.store(v + {place} * step)"
    body = {
        "input": (matrices["Bt"], load_pixel, store),
        "cotangent": (transposed(matrices["At"]), load_pixel, store),
        "output": (matrices["At"], "L.load(m + {place} * step)", "{value}.store(pixels[{place}] + c)"),
        "weight": (matrices["G"], "g[{place}]", "{value}.store(u + {place} * step)"),
        "weightAdjoint": (transposed(matrices["G"]), "L.load(u + {place} * step)", "g[{place}] = {value}"),
    }[kind]
    purpose, parameters = SIGNATURES[kind]
    lines = [
        f"  /// F({m}×{m}, 3×3): {purpose}",
        "  @inline(__always)",
        f"  static func {kind}{m}<L: Lane>(_: L.Type, {parameters}) {{",
        *(f"    {line}" for line in two_dimensional(*body)),
        "  }",
    ]
    return "\n".join(lines)


def winograd_transforms() -> str:
    text = """/// The transforms of Winograd's F(m×m, 3×3) (Lavin and Gray 2016) for m of 2, 3 and 4, on lanes of channels:
///
///     y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A        ḡ = Gᵀ[(A ȳ Aᵀ) ⊙ (Bᵀ d B)]G
///
/// with (m+2)×(m+2) inputs d, 3×3 weights g and m×m outputs y.
enum WinogradTransforms {
"""
    parts = [transform(kind, m) for kind in SIGNATURES for m in POINTS]
    return HEADER + text + "\n\n".join(parts) + "\n}\n"


FILES = {"MatrixBlocks.swift": matrix_blocks, "WinogradTransforms.swift": winograd_transforms}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, write in FILES.items():
        (folder / name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
