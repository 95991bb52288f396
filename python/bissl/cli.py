"""The command line: ``bissl demo``, ``bissl data check``, ``bissl config``, and those of `bissl.experiments.commands`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ._engine.settings import show_config
from ._version import __version__
from .data import dataset_names, inspect_dataset
from .data.readers.registry import check_options
from .distributed import launched_size
from .distributed.commands import run_together, told
from .errors import BisslError, InvalidArgument
from .experiments.commands import add_commands, way_on
from .experiments.recipe.yamlfiles import value

EXTRA = "the demo needs scikit-learn and matplotlib: pip install 'bissl[demo]'"


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="bissl", description="Bilevel self-supervised learning on CPUs.")
    top.add_argument("--version", action="version", version=f"bissl {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser(
        "demo",
        help="BiSSL beside plain fine-tuning, from printed characters to handwritten digits, with a report",
        epilog="What is finished when it is stopped is not done again by the same command. `bissl recipes glyphs-digits` prints "
        "the settings.",
    )
    demo.add_argument("--task", default="simclr", help="pretext task, simclr, byol or mae (default: %(default)s)")
    demo.add_argument("--out", type=Path, default=Path("demo-report"), help="report's folder (default: %(default)s)")
    demo.add_argument(
        "--seed",
        type=_whole(0, "a whole number of at least 0"),
        default=0,
        help="of the split and all runs (default: %(default)s)",
    )
    demo.add_argument(
        "--seeds",
        type=_whole(2, "at least 2 runs per arm"),
        default=None,
        help="runs per arm on each pretrained backbone (default: 2)",
    )
    demo.add_argument("--quick", action="store_true", help="a run of seconds that shows that everything works")
    demo.add_argument("--no-progress", action="store_true", help="no progress bars")
    demo.set_defaults(run=_demo)

    data = commands.add_parser("data", help="data sets on disk").add_subparsers(required=True, metavar="COMMAND")
    check = data.add_parser("check", help="count and decode all images of a data set; status 1 where one is broken")
    check.add_argument("name", metavar="NAME", help=f"one of {', '.join(dataset_names())}".replace("%", "%%"))
    check.add_argument(
        "path",
        metavar="PATH",
        type=Path,
        nargs="?",
        help="the folder in which its archives were unpacked; may be left out for those that a package installed",
    )
    check.add_argument("--json", action="store_true", help="print JSON, with the images of every class")
    check.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="of the reader or of decoding, such as float_range=[0,1]; may be given again",
    )
    check.add_argument("--no-progress", action="store_true", help="no progress bars")
    check.set_defaults(run=_data_check)

    add_commands(commands)

    bench = commands.add_parser("bench", help="time gradients and Hessian products on growing numbers of threads")
    bench.add_argument("--network", default="resnet18", help="resnet18, resnet50 or vit_small (default: %(default)s)")
    for name, least, default, of in (
        ("batch-size", 2, 64, "pairs or images"),
        ("size", 8, 96, "pixels of a side"),
        ("rounds", 1, 5, "calls of each"),
    ):
        reads = _whole(least, f"at least {least}")
        bench.add_argument(f"--{name}", type=reads, default=default, help=f"{of} (default: %(default)s)")
    bench.add_argument("--no-progress", action="store_true", help="no progress bars")
    bench.set_defaults(run=_bench)

    config = commands.add_parser("config", help="print versions, precision, BLAS core and threads")
    config.set_defaults(run=lambda _: show_config())
    return top


def _whole(least: int, expected: str) -> Callable[[str], int]:
    """Reads a whole number; what else is given is refused by what was ``expected``."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"expected {expected}, got {text}")
        return value

    return read


def _demo(options: argparse.Namespace) -> None:
    try:
        import matplotlib  # noqa: F401
        import sklearn  # noqa: F401
    except ImportError as error:
        raise SystemExit(f"{EXTRA} ({error})") from None
    from .experiments.demo import run_demo

    outcome = run_demo(
        options.out,
        task=options.task,
        seed=options.seed,
        seeds=options.seeds,
        fast=options.quick,
        # Networks so small gain little from a second core, runs side by side all of it.
        processes=1 if options.quick else min(2, len(os.sched_getaffinity(0))),
        progress=not options.no_progress,
    )
    print(outcome)
    print(f"\nReport: {outcome.report} ({outcome.seconds:.0f} s)")


def _bench(options: argparse.Namespace) -> None:
    from .scaling import measure

    sizes = {"batch_size": options.batch_size, "size": options.size, "rounds": options.rounds}
    print(measure(options.network, **sizes, progress=not options.no_progress).as_text())


def _option(text: str) -> tuple[str, Any]:
    name, equals, given = text.partition("=")
    if not equals or not name:
        raise InvalidArgument(f"--option: expected NAME=VALUE, such as background=black, got {text!r}")
    return name, value(given)


def _data_check(options: argparse.Namespace) -> int:
    given = dict(map(_option, options.option))
    check_options(options.name, given)
    found = inspect_dataset(options.name, options.path, progress=not options.no_progress, **given)
    print(json.dumps(found.as_dict(), indent=2) if options.json else found.as_text())
    return 0 if found.sound else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit status. Errors of bissl and of files are one line, Ctrl-C is status 130. Where
    nobody reads the output any more (``bissl recipes | head -1``), it ends without a word and with status 1; where it
    cannot be written, with a line on that."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    if (reconfigure := getattr(sys.stdout, "reconfigure", None)) is not None:
        reconfigure(errors="backslashreplace")  # for what the terminal cannot show, such as ± in ASCII
    status = 0
    try:
        try:
            status = _status(arguments)
            return status
        finally:
            _flush()
    except (BrokenPipeError, _Unwritten) as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end
        if isinstance(error, _Unwritten) and status == 0:  # else it was told already
            print(f"bissl: {error}", file=sys.stderr)
        return 1


class _Unwritten(Exception):
    """Output that the system does not take."""


def _flush() -> None:
    """What is still buffered meets a closed pipe or a full disk here, not while Python shuts down."""
    try:
        print(end="", flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _Unwritten(f"the output cannot be written: {error.strerror}") from error


def _status(arguments: Sequence[str] | None) -> int:
    options = _parsed(arguments)
    if launched_size() == 1:
        return _ended(options)
    if way_on(options) is None:
        raise SystemExit(f"bissl: {options.command} is for one process: start it without a launcher")
    return run_together(lambda: options.run(options) or 0, lambda: way_on(options), options.command != "compare")


def _ended(options: argparse.Namespace) -> int:
    """The status of a command."""
    try:
        return options.run(options) or 0
    except BrokenPipeError:
        raise
    except (BisslError, OSError) as error:
        print(f"bissl: {told(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _stopped("interrupted", options, 128 + signal.SIGINT)
    except SystemExit as ended:
        if ended.code != 128 + signal.SIGTERM:
            raise
        return _stopped("terminated", options, ended.code)


def _stopped(how: str, options: argparse.Namespace, status: int) -> int:
    way = way_on(options)
    print(f"bissl: {how}" + (f"; to go on: {way}" if way else ""), file=sys.stderr)
    return status


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Also with values of a recipe behind options, which argparse alone refuses."""
    top = parser()
    options, rest = top.parse_known_args(arguments)
    if any(text.startswith("-") or not hasattr(options, "changes") for text in rest):
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.changes = [*options.changes, *rest]
    return options
