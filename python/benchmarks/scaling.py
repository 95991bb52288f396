"""What many machines give: the model of docs/guide/distributed.md, for an alternation of BiSSL with SimCLR on ResNet-50.

    python python/benchmarks/scaling.py [--figure docs/_static/scaling.svg]

Prints, as Markdown, the efficiency on P nodes, in per cent of P times the speed of one, and what two things that are not built
could save of the time at most: sums of vectors that run beside the sweep that makes them, and conjugate gradients whose vectors
are divided among the nodes. With `--figure`, draws the efficiency, and times of sums beside those that `link.py` measured.

An alternation is 20 lower steps, a linearization, and 8 upper steps of 5 products, with a true residual; gradients of the
downstream loss are left out.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bissl.evaluation.tables.formats import markdown_rows

#: Pairs of 96 pixels in a batch of the lower level.
PAIRS = 1024
#: Seconds of a core for a pair, AVX-512: a gradient or a linearization, and a Hessian product. Measured on a busy machine, as
#: CPU time of one thread with 8 pairs.
GRADIENT, PRODUCT = 0.138, 0.263
#: Bytes that two cores read and write in a second, and those of a vector that an iteration of conjugate gradients moves.
MEMORY, PASSES = 30e9, 12
#: Of an alternation: gradients, linearizations, products, and gradients of the upper level's sum.
STEPS, LINEARIZATIONS, PRODUCTS, UPPER = 20, 1, 41, 8
#: Bytes of a vector, in float32.
VECTOR = 94_032_128
#: Small sums of a gradient or linearization, of a product, and of an upper step beside its products; bytes of all of them. A sum
#: of the rows that NT-Xent compares, of which either has two, is not small.
GRADIENT_SUMS, PRODUCT_SUMS, UPPER_SUMS = (110, 1_733_064), (110, 3_898_368), (212, 1_700_720)
ROWS = 2 * PAIRS * 256 * 4
NODES = (2, 8, 16, 64, 256, 1024)


@dataclass(frozen=True)
class Cluster:
    """Nodes of so many cores, joined by links of a rate in Gbit/s, with the latency of a message in seconds."""

    rate: float
    cores: int

    @property
    def name(self) -> str:
        return f"{self.rate:g} Gbit/s, {self.cores} cores"

    @property
    def latency(self) -> float:
        """At 10 Gbit/s as `link.py` measures it over TCP; above, what networks for clusters have."""
        return 70e-6 if self.rate <= 10 else 10e-6

    def big(self, length: float, nodes: int) -> float:
        """Seconds of a sum of many bytes."""
        if nodes == 1:
            return 0.0
        return 2 * self._rounds(nodes) * self.latency + 2 * (nodes - 1) / nodes * length / self._bytes

    def small(self, count: int, length: float, nodes: int) -> float:
        """Seconds of ``count`` sums of ``length`` bytes together."""
        return self._rounds(nodes) * (count * self.latency + length / self._bytes)

    @property
    def _bytes(self) -> float:
        return self.rate * 1e9 / 8

    @staticmethod
    def _rounds(nodes: int) -> int:
        return math.ceil(math.log2(nodes))


@dataclass(frozen=True)
class Alternation:
    """Seconds of an alternation on so many nodes, by what they go to."""

    cluster: Cluster
    nodes: int

    @property
    def compute(self) -> float:
        one = PAIRS * (GRADIENT * (STEPS + LINEARIZATIONS) + PRODUCT * PRODUCTS) / self.cluster.cores
        return one / self.nodes

    @property
    def algebra(self) -> float:
        """The vectors of conjugate gradients, which every node computes whole; memory is as fast as the cores are many."""
        return PRODUCTS * PASSES * VECTOR / (MEMORY * self.cluster.cores / 2)

    @property
    def vectors(self) -> float:
        """Sums of vectors: gradients, products, and v with the gradients of the upper level."""
        one, two = (self.cluster.big(count * VECTOR, self.nodes) for count in (1, 2))
        return (STEPS + PRODUCTS) * one + UPPER * two

    @property
    def others(self) -> float:
        count, length = (
            (STEPS + LINEARIZATIONS) * gradient + PRODUCTS * product + UPPER * upper
            for gradient, product, upper in zip(GRADIENT_SUMS, PRODUCT_SUMS, UPPER_SUMS, strict=True)
        )
        sweeps = STEPS + LINEARIZATIONS + PRODUCTS
        return self.cluster.small(count, length, self.nodes) + 2 * sweeps * self.cluster.big(ROWS, self.nodes)

    @property
    def total(self) -> float:
        return self.compute + self.algebra + self.vectors + self.others

    @property
    def efficiency(self) -> float:
        alone = Alternation(self.cluster, 1)
        return (alone.compute + alone.algebra) / (self.nodes * self.total)

    @property
    def overlap(self) -> float:
        """The most that sums beside the sweeps could save, of the time."""
        return min(self.vectors, self.compute / 2) / self.total

    @property
    def divided_algebra(self) -> float:
        """The same of vectors that are divided: as many bytes are sent, and each node computes its part."""
        return self.algebra * (1 - 1 / self.nodes) / self.total


CLUSTERS = [Cluster(rate, cores) for rate in (10, 100) for cores in (2, 32)]


def table(title: str, value: Callable[[Alternation], float]) -> None:
    """Per cent by cluster and number of nodes."""
    header = ["network, cores of a node", *(f"P = {nodes}" for nodes in NODES)]
    rows = [
        [cluster.name, *(f"{100 * value(Alternation(cluster, nodes)):.0f}" for nodes in NODES)] for cluster in CLUSTERS
    ]
    print(f"\n{title}\n\n{markdown_rows(header, rows)}")


#: Milliseconds of a sum between two hosts by Gbit/s and bytes, medians of `link.py`, on two cores that other work kept busy; the
#: load was 8. At 10 Gbit/s a plain TCP stream got 3.5 through the link there.
MEASURED: dict[float, dict[int, float]] = {
    1: {8: 0.068, 2056: 0.091, 8200: 0.100, VECTOR: 825.8},
    10: {8: 0.072, 2056: 0.136, 8200: 0.159, 65544: 0.206, VECTOR: 336.1},
}


def draw(path: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "bissl"
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    colours = ("#0072b2", "#d55e00")
    lengths = [2 ** (power / 2) for power in range(6, 54)]
    for colour, (rate, found) in zip(colours, MEASURED.items(), strict=True):
        # One message of latency for small sums, two for big ones.
        times = [1e3 * (70e-6 * (2 if length > 2**20 else 1) + 8 * length / (rate * 1e9)) for length in lengths]
        left.plot(lengths, times, color=colour, label=f"{rate:g} Gbit/s, model")
        left.plot(list(found), list(found.values()), "o", color=colour, label=f"{rate:g} Gbit/s, measured")
    left.set(xscale="log", yscale="log", xlabel="bytes", ylabel="milliseconds of a sum, two hosts")
    nodes = [2**power for power in range(1, 11)]
    for cluster, style in zip(CLUSTERS, ("-", "--", "-", "--"), strict=True):
        values = [100 * Alternation(cluster, count).efficiency for count in nodes]
        colour = colours[cluster.rate > 10]
        right.plot(nodes, values, style, color=colour, label=cluster.name)
    right.set(xscale="log", xlabel="nodes", ylabel="per cent of P times one node", ylim=(0, 100))
    for axes in (left, right):
        axes.legend(frameon=False, fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None}, facecolor="white")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figure", metavar="FILE")
    options = parser.parse_args(arguments)
    table("Efficiency, per cent", lambda made: made.efficiency)
    table("Sums beside the sweeps: saved of the time at most, per cent", lambda made: made.overlap)
    table("Divided conjugate gradients: saved of the time at most, per cent", lambda made: made.divided_algebra)
    if options.figure:
        draw(options.figure)


if __name__ == "__main__":
    main()
