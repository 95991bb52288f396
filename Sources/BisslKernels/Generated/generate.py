"""Writes the kernels that are many lines of one pattern: micro-kernels of matrix products, and Winograd transforms.

    python Sources/BisslKernels/Generated/generate.py [FOLDER]

A test compares what this script writes with what is committed.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

HEADER = "// Written by generate.py beside this file; change that instead.\n\n"

# --- micro-kernels ----------------------------------------------------------------------------------------------------


def micro_kernel(name: str, lane: str, rows: int, vectors: int, why: str) -> str:
    """A function that keeps rows × vectors sums in registers: c += or = Σₖ a[·, k] b[k, ·]. With every k it
    prefetches one more cache line of what will be read next."""
    indices = [(r, v) for r in range(rows) for v in range(vectors)]
    lines = [
        f"  /// {rows} rows × {vectors} vector{'s' * (vectors > 1)}: {why}",
        "  @inline(never)",
        f"  static func {name}(",
        "    _ depth: Int, _ a: Source, row: Int, step: Int, _ b: Source, bStep: Int, into c: Destination, ldc: Int,",
        "    accumulate: Bool, next: Source, nextStep: Int",
        "  ) {",
        f"    typealias V = {lane}",
        "    let width = V.scalarCount",
        *(f"    var c{r}{v} = V.zero" for r, v in indices),
        "    var (upper, lower, right, ahead) = (a, a + 3 * row, b, next)",
        "    var left = depth",
        "    while left > 0 {",
        *(f"      let b{v} = V.load(right + {v} * width)" for v in range(vectors)),
        "      bissl_prefetch(ahead)",
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
        "      ahead += nextStep",
        "      left -= 1",
        "    }",
        "    if accumulate {",
        *(f"      c{r}{v} += V.load(c + {r} * ldc + {v} * width)" for r, v in indices),
        "    }",
        *(f"    c{r}{v}.store(c + {r} * ldc + {v} * width)" for r, v in indices),
        "  }",
    ]
    return "\n".join(lines)


#: Lane and vectors of every kernel; those of fewer vectors serve the last block of a matrix's columns, and narrow matrices.
KERNELS = {
    "narrow1": ("NarrowLane", 1, "for what one vector of AVX2 holds."),
    "narrow2": ("NarrowLane", 2, "12 sums, 2 vectors of b and one of a fill AVX2's 16 registers."),
    "wide1": ("WideLane", 1, "for what one vector of AVX-512 holds."),
    "wide2": ("WideLane", 2, "for what two vectors of AVX-512 hold."),
    "wide3": ("WideLane", 3, "for what three vectors of AVX-512 hold."),
    "wide4": ("WideLane", 4, "24 sums, 4 vectors of b and one of a leave AVX-512 3 registers."),
}


def micro_kernels() -> str:
    text = """import CBissl

/// Blocks of a matrix product whose sums stay in registers. The loop counts down and moves its pointers along, so that the
/// compiler neither unrolls it nor hoists broadcasts, which would spill. With every step it prefetches another cache line of
/// what the caller will read next, from `next` on in steps of `nextStep`.
enum MicroKernels {
"""
    kernels = [micro_kernel(name, lane, 6, vectors, why) for name, (lane, vectors, why) in KERNELS.items()]
    return HEADER + text + "\n\n".join(kernels) + "\n}\n"


# --- Winograd ---------------------------------------------------------------------------------------------------------

# The points of Toom and Cook's interpolation, besides infinity, by their number. In single precision the usual 0, ±1, ±2
# of F(4×4, 3×3) have five times the error of these, which were found by a search over multiples of 1/16 for the least
# error; all are short binary fractions, so that the matrices of inputs and outputs are exact.
POINTS = {
    2: [Fraction(0), Fraction(-1)],
    3: [Fraction(0), Fraction(1), Fraction(-1)],
    4: [Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2), Fraction(-3, 2)],
    5: [Fraction(0), Fraction(11, 16), Fraction(-11, 16), Fraction(11, 8), Fraction(-11, 8)],
    6: [sign * point for point in (Fraction(1, 4), Fraction(7, 8), Fraction(17, 8)) for sign in (1, -1)],
    7: [Fraction(0), *(sign * point for point in (Fraction(1, 2), Fraction(1), Fraction(2)) for sign in (1, -1))],
}
# Sides of a tile of outputs, by the windows that slide over it (`WinogradTile.Window`).
SIDES = {"three": (2, 3, 4, 6), "strided": (2, 3, 4), "four": (4,), "bordered": (1, 2, 3)}

Matrix = list[list[Fraction]]


def polynomial(roots: list[Fraction]) -> list[Fraction]:
    """Coefficients of Π (x − root), ascending."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *coefficients]
        coefficients = [a - root * b for a, b in zip(shifted, [*coefficients, Fraction(0)])]
    return coefficients


def winograd_matrices(m: int, taps: int) -> dict[str, Matrix]:
    """Bᵀ (n × n), G (n × taps) and Aᵀ (m × n) of F(m, taps), n = m + taps − 1; infinity is the last point."""
    n = m + taps - 1
    points = POINTS[n - 1]
    others = [[y for y in points if y != x] for x in points]
    norms = [Fraction(1)] * len(points)
    for place, x in enumerate(points):
        for y in others[place]:
            norms[place] *= x - y
    inputs = [[*polynomial(roots), *[Fraction(0)] * (n - len(points))] for roots in others] + [polynomial(points)]
    weights = [[x**i / norm for i in range(taps)] for x, norm in zip(points, norms)]
    outputs = [[x**i for x in points] + [Fraction(int(i == m - 1))] for i in range(m)]
    return {"Bt": inputs, "G": weights + [identity(taps)[-1]], "At": outputs}


def strided_matrices(m: int) -> dict[str, Matrix]:
    """Bᵀ (2m+1 × 2m+1), G (m+2 × 3) and Aᵀ (m × 2m+1) for m outputs of three taps at stride 2. The outer taps meet every
    other input: F(m, 2). The middle tap meets those between, one product each, all with the last row of G."""
    phase = winograd_matrices(m, 2)
    zero = Fraction(0)
    outer = [[row[j // 2] if j % 2 == 0 else zero for j in range(2 * m + 1)] for row in phase["Bt"]]
    middle = [[Fraction(int(j == 2 * i + 1)) for j in range(2 * m + 1)] for i in range(m)]
    weights = [[first, zero, last] for first, last in phase["G"]] + [[zero, Fraction(1), zero]]
    outputs = [row + unit for row, unit in zip(phase["At"], identity(m))]
    return {"Bt": outer + middle, "G": weights, "At": outputs}


def bordered_matrices(m: int) -> dict[str, Matrix]:
    """Bᵀ (n × m), G (n × 3) and Aᵀ (m × n) for m outputs of three taps over m inputs with a zero on either side:
    yₖ = Σⱼ gⱼ x₍ₖ₊ⱼ₋₁₎ has m + 1 products where one more would be needed without the zeros, and a single one for m = 1."""
    if m == 1:
        return {"Bt": [[Fraction(1)]], "G": [[Fraction(0), Fraction(1), Fraction(0)]], "At": [[Fraction(1)]]}
    if m == 2:
        # y₍₁₋ₖ₎ = Σᵢ g₍ᵢ₊ₖ₎ xᵢ: F(2, 2) whose inputs are the taps, and whose taps the inputs.
        matrices = winograd_matrices(2, 2)
        return {"Bt": matrices["G"], "G": matrices["Bt"], "At": matrices["At"][::-1]}
    # With taps and outputs counted backwards y is the gradient of a cubic form, polarised: xᵢ gⱼ yₖ with i + j + k = 3 are
    # x₁³ + 6 x₀x₁x₂, a conic and a line that crosses it, which is a sum of four cubes of linear forms.
    half = Fraction(1, 2)
    forms = [[1, 3 * half, 1], [-1, 3 * half, -1], [1, half, -1], [-1, half, 1]]
    weights = [Fraction(1, 6), Fraction(1, 6), -half, -half]
    return {
        "Bt": [[Fraction(x) for x in form] for form in forms],
        "G": [[weight * x for x in form[::-1]] for form, weight in zip(forms, weights)],
        "At": transposed([[Fraction(x) for x in form[::-1]] for form in forms]),
    }


def matrices(window: str, m: int) -> dict[str, Matrix]:
    """Bᵀ, G and Aᵀ of a tile of m outputs."""
    if window == "strided":
        return strided_matrices(m)
    if window == "bordered":
        return bordered_matrices(m)
    return winograd_matrices(m, taps={"three": 3, "four": 4}[window])


def identity(size: int) -> Matrix:
    return [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]


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

    def needed_lines(self) -> list[str]:
        """The program without values that nothing is made of."""
        needed = "\n".join(self.lines)
        while True:
            used = Counter(re.findall(r"\bt\d+\b", needed))
            lines = [line for line in needed.splitlines() if not line.startswith("let ") or used[line.split()[1]] > 1]
            if len(lines) == len(needed.splitlines()):
                return lines
            needed = "\n".join(lines)

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
    return program.needed_lines()


SIGNATURES = {
    "input": (
        "v[position] = Bᵀ d B of the pixels d of one tile",
        "_ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int",
    ),
    "cotangent": (
        "v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile",
        "_ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int",
    ),
    "inputAdjoint": (
        "pixels += B m Bᵀ of the products m of one tile: the adjoint of `input`",
        "_ m: Source, step: Int, _ c: Int, addingTo pixels: UnsafePointer<Destination>",
    ),
    "output": (
        "pixels = Aᵀ m A of the products m of one tile",
        "_ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>",
    ),
    "weight": (
        "u[position] = G g Gᵀ of one window",
        "_ g: UnsafePointer<L>, into u: Destination, step: Int",
    ),
    "weightAdjoint": (
        "g = Gᵀ u G, the adjoint of `weight`",
        "_ u: Source, step: Int, into g: UnsafeMutablePointer<L>",
    ),
}


PURPOSES = {
    "three": "3×3 taps",
    "strided": "3×3 taps, stride 2",
    "four": "4×4 taps",
    "bordered": "3×3 taps within a border of zeros",
}


def transform(kind: str, window: str, m: int) -> str:
    bt, g, at = matrices(window, m).values()
    load_pixel, store = "L.load(pixels[{place}] + c)", "{value}.store(v + {place} * step)"
    load_product = "L.load(m + {place} * step)"
    body = {
        "input": (bt, load_pixel, store),
        "cotangent": (transposed(at), load_pixel, store),
        "inputAdjoint": (
            transposed(bt),
            load_product,
            "(L.load(pixels[{place}] + c) + {value}).store(pixels[{place}] + c)",
        ),
        "output": (at, load_product, "{value}.store(pixels[{place}] + c)"),
        "weight": (g, "g[{place}]", "{value}.store(u + {place} * step)"),
        "weightAdjoint": (transposed(g), "L.load(u + {place} * step)", "g[{place}] = {value}"),
    }[kind]
    purpose, parameters = SIGNATURES[kind]
    return "\n".join(
        [
            f"  /// {m}×{m} outputs of {PURPOSES[window]}: {purpose}",
            "  @inline(__always)",
            f"  static func {name(kind, window, m)}<L: Lane>(_: L.Type, {parameters}) {{",
            *(f"    {line}" for line in two_dimensional(*body)),
            "  }",
        ]
    )


def dispatch(kind: str, windows: list[str]) -> str:
    """The transform of a kind by tile."""
    parameters = [parameter.split(":")[0].split() for parameter in SIGNATURES[kind][1].split(", ")]
    arguments = [words[-1] if words[0] == "_" else f"{words[0]}: {words[-1]}" for words in parameters]
    cases = [
        f"    case (.{window}, {m}): {name(kind, window, m)}(L.self, {', '.join(arguments)})"
        for window in windows
        for m in SIDES[window]
    ]
    cases[-1] = "    default:" + cases[-1].split(":", 1)[1]
    return "\n".join(
        [
            f"  /// `{kind}` of a tile.",
            "  @inline(__always)",
            f"  static func {kind}<L: Lane>(_: L.Type, _ tile: WinogradTile, {SIGNATURES[kind][1]}) {{",
            "    switch (tile.window, tile.m) {",
            *cases,
            "    }",
            "  }",
        ]
    )


def name(kind: str, window: str, m: int) -> str:
    prefix = {"three": "", "strided": "strided", "four": "fourTap", "bordered": "bordered"}[window]
    return (prefix + kind[0].upper() + kind[1:] if prefix else kind) + str(m)


def sides() -> str:
    return "\n".join(
        [
            "  /// The sides m that there are.",
            "  static func sides(_ window: WinogradTile.Window) -> [Int] {",
            "    switch window {",
            *(f"    case .{window}: {list(sides)}" for window, sides in SIDES.items()),
            "    }",
            "  }",
        ]
    )


def winograd_transforms() -> str:
    text = """/// The transforms of Winograd's F(m×m, r×r) (Lavin and Gray 2016), on lanes of channels:
///
///     y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A        ḡ = Gᵀ[(A ȳ Aᵀ) ⊙ (Bᵀ d B)]G        d̄ = B[(G g Gᵀ) ⊙ (A ȳ Aᵀ)]Bᵀ
///
/// with r×r weights g, m×m outputs y and (m+r−1)×(m+r−1) inputs d. At stride 2 (r = 3) the inputs are (2m+1)×(2m+1), and so
/// are the positions; several of them share a matrix of G g Gᵀ, of which there are (m+2)×(m+2). Where a tile is the whole
/// image within a border of zeros, the inputs are m×m.
enum WinogradTransforms {
"""
    windows = {kind: ["strided"] if kind == "inputAdjoint" else list(SIDES) for kind in SIGNATURES}
    parts = [transform(kind, window, m) for kind in SIGNATURES for window in windows[kind] for m in SIDES[window]]
    parts += [dispatch(kind, windows[kind]) for kind in SIGNATURES]
    parts.insert(0, sides())
    return HEADER + text + "\n\n".join(parts) + "\n}\n"


FILES = {"MicroKernels.swift": micro_kernels, "WinogradTransforms.swift": winograd_transforms}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, write in FILES.items():
        (folder / name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
