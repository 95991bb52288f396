"""All benchmarks, each in a process of its own, and one table in Markdown at the end: what `make benchmark` runs.

python python/benchmarks/suite.py [--quick] [--threads N] [--plot growth.png] [--lines benchmark.jsonl]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from goals import AUTHORS, BEST, BISSL, HIGH, JAX
from memory import RECOMPUTING
from rows import ROWS

from bissl.evaluation.tables.formats import markdown_lines

CONTENDERS = (BISSL, HIGH, RECOMPUTING, AUTHORS, BEST, JAX)
#: Rounds of a row: as many as settle its medians in a few minutes.
ROUNDS = {"resnet18": 10, "resnet50": 8, "simclr": 3}
FOLDER = Path(__file__).parent


def commands(quick: bool, plot: str | None) -> Iterator[list[str]]:
    """The scripts with their arguments."""
    short = ["--quick"] if quick else []
    for row in ROWS:
        yield ["compare.py", row, "--rounds", str(ROUNDS.get(row, 5)), "--seconds", "300", *short]
    yield ["ceiling.py", *short]
    yield ["memory.py", *short]
    yield ["growth.py", *short, *(["--plot", plot] if plot else [])]
    yield ["augmentation.py", *(["--rounds", "3"] if quick else [])]
    yield ["precision.py", *(["--seeds", "1", "--pairs", "4"] if quick else [])]


def lines_of(command: Sequence[str]) -> list[dict[str, Any]]:
    """The JSON lines that a script prints; everything it prints is shown as it comes.

    Raises
    ------
    subprocess.CalledProcessError : the script failed.
    """
    found = []
    path = [sys.executable, str(FOLDER / command[0]), *command[1:]]
    with subprocess.Popen(path, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.startswith("{"):
                found.append(json.loads(line))
            else:
                print(line, end="", flush=True)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, path)
    return found


def markdown(lines: Sequence[Mapping[str, Any]]) -> str:
    """One row per task of every line that has a table, and what they ran on."""
    header = ("work", "task", *CONTENDERS, "ratios")
    rows = [
        (
            line["title"],
            entry["task"],
            *(entry["cells"].get(name, "") for name in CONTENDERS),
            "; ".join(entry["goals"]),
        )
        for line in lines
        for entry in line.get("table", ())
    ]
    grown = [growth_row(line["growth"]) for line in lines if "growth" in line]
    return "\n".join(
        [
            *markdown_lines(header, rows),
            "",
            *markdown_lines(("curve", "over", "at", "seconds", "exponent"), grown),
            "",
            conditions(lines),
        ]
    )


def growth_row(growth: Mapping[str, Any]) -> tuple[str, ...]:
    per_task = [f"{task}: " + ", ".join(f"{t:.3g}" for t in times) for task, times in growth["seconds"].items()]
    exponents = [f"{task}: {value}" for task, value in growth["exponents"].items()]
    points = ", ".join(map(str, growth["points"]))
    return growth["title"], growth["x"], points, "; ".join(per_task), "; ".join(exponents)


def conditions(lines: Sequence[Mapping[str, Any]]) -> str:
    """Threads, libraries and versions, as the lines have them."""
    first = lines[0]
    versions = {name: version for line in lines for name, version in line.get("versions", {}).items()}
    parts = [f"{name} {version}" for name, version in versions.items()]
    parts += [f"{first['threads']} threads", first["precision"], first["simd"], f"OpenBLAS core {first['blas_core']}"]
    return "; ".join(parts) + f"; load at the end of a script up to {max(line['load'] for line in lines)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small batches, one round: does everything still run?")
    parser.add_argument("--threads", type=int, help="use so many processors; all that there are unless given")
    parser.add_argument("--plot", metavar="FILE", help="draw the growth curves")
    parser.add_argument("--lines", metavar="FILE", help="write the JSON lines as well")
    options = parser.parse_args()
    if options.threads:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    began = time.perf_counter()
    lines = [line for command in commands(options.quick, options.plot) for line in lines_of(command)]
    if options.lines:
        Path(options.lines).write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    print(f"\n{markdown(lines)}; {time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
