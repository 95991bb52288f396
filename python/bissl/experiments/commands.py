"""The commands that run recipes: ``bissl run``, ``resume``, the single stages, ``search``, ``compare``, ``report``,
``recipes``, ``options``."""

from __future__ import annotations

import argparse
import inspect
import logging
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InvalidArgument, check_option
from ..evaluation.tables.formats import aligned_rows
from .recipe import SECTIONS, Recipe, StudySection, load_recipe, recipe_names
from .recipe.yamlfiles import dumped
from .report.family import Family
from .report.reporting import as_text, write_family, write_report
from .report.results import Results
from .running.approaches import APPROACHES
from .running.dryrun import available_memory, dry_run, require_memory
from .running.folders import recipe_path
from .running.packages import has_matplotlib
from .running.resuming import resume_command
from .running.study import Study, open_study

logger = logging.getLogger("bissl")

#: By command: the method of `Study`, and what it does.
_STAGES = {
    "pretrain": ("pretrain", "pretrain all backbones of a run"),
    "warmup": ("warmup", "warm up the heads, after pretraining"),
    "bissl": ("prepare", "make the backbones ready for fine-tuning: BiSSL, or the recipe's other approach"),
    "finetune": ("finetune", "fine-tune, after all that comes before"),
    "evaluate": ("run", "measure on test images, after all that comes before"),
}


def add_commands(commands: Any) -> None:
    """Adds the commands to those of ``bissl``."""
    run = _command(commands, "run", _run, "run a recipe and write a report; what is done already is not done again")
    resume = commands.add_parser(
        "resume",
        help="go on with a run or a comparison that was stopped (a search goes on with the call that began it)",
    )
    resume.add_argument("folder", metavar="DIR", type=Path, help="the run's folder")
    _changes_argument(resume, "what may have changed, as in data.pretext_root=FOLDER where the images were moved")
    _running_options(resume)
    resume.set_defaults(run=_resume)
    for name, (method, text) in _STAGES.items():
        _command(commands, name, _stage(method), f"{text} (the stages of `bissl run`, one by one)")
    _command(commands, "search", _search, "search fine-tuning's rate and weight decay on validation images")
    _command(commands, "compare", _compare, "run a recipe's study, or all baselines and BiSSL, and print the table")
    report = commands.add_parser(
        "report",
        help="make a study's tables and report anew from its journal; of several, answer the questions that they ask together",
    )
    report.add_argument("folders", metavar="DIR", type=Path, nargs="+", help="folders of runs or comparisons")
    report.add_argument(
        "--out", type=Path, default=Path("report"), help="of several: the folder (default: %(default)s)"
    )
    report.set_defaults(run=_report)
    recipes = commands.add_parser(
        "recipes", help="list the recipes that come with bissl, or print one with all its values"
    )
    recipes.add_argument("recipe", metavar="RECIPE", nargs="?", help="a name, a YAML file or a run's folder")
    recipes.set_defaults(run=_recipes)
    options = commands.add_parser("options", help="explain the options of a recipe's section")
    options.add_argument("section", metavar="SECTION", nargs="?", help=", ".join(SECTIONS))
    options.set_defaults(run=_options)
    run.add_argument(
        "--dry-run", action="store_true", help="tell shapes and memory of a detection or segmentation recipe, and end"
    )
    for parser in (run, resume):
        parser.epilog = "A run stopped by Ctrl-C, SIGTERM or a crash goes on with `bissl resume DIR`, to the same bits."


def _command(commands: Any, name: str, action: Callable[..., int | None], text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("recipe", metavar="RECIPE", help="a name of `bissl recipes`, a YAML file or a run's folder")
    _changes_argument(parser, "other values, as in bissl.lam=0.01; see `bissl options`")
    parser.add_argument("--out", type=Path, default=None, help="the run's folder (default: runs/NAME)")
    _running_options(parser)
    parser.set_defaults(run=action)
    return parser


def _changes_argument(parser: argparse.ArgumentParser, text: str) -> None:
    # Without a default, argparse calls it required.
    parser.add_argument("changes", metavar="SECTION.KEY=VALUE", nargs="*", default=[], help=text)


def _running_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--processes", type=int, default=1, metavar="N", help="runs side by side, each with its share of the cores"
    )
    parser.add_argument("--no-progress", action="store_true", help="no progress bars")


def _announce_report() -> None:
    """Says before the work, not after it, what its report will lack."""
    if not has_matplotlib():
        logger.warning("matplotlib is not installed: no report.html, tables only; pip install 'bissl[plot]'")


def _run(options: argparse.Namespace) -> None:
    if options.dry_run:
        return _tell_demands(options)
    _print_results(_study(options, _alone))


def _alone(recipe: Recipe) -> Recipe:
    """The recipe without the rows of its study."""
    return replace(recipe, study=StudySection(tune=recipe.study.tune, alignment=recipe.study.alignment))


def _tell_demands(options: argparse.Namespace) -> None:
    """Prints what the steps of a recipe take; OutOfMemory where that is more than there is."""
    demands, available = dry_run(_recipe(options)), available_memory()
    rows = [(each.step, f"{each.bytes / 1e9:.3g} GB", each.shapes) for each in demands]
    print(aligned_rows([("step", "tensors", "shapes"), *rows]))
    print(f"{available / 1e9:.3g} GB of memory are available")
    require_memory(demands, available)


def _compare(options: argparse.Namespace) -> None:
    def all_approaches(recipe: Recipe) -> Recipe:
        study = recipe.study
        return recipe if study.has_rows else replace(recipe, study=replace(study, approaches=tuple(APPROACHES)))

    _print_results(_study(options, all_approaches))


def _resume(options: argparse.Namespace) -> None:
    _require_run(options.folder)
    recipe = load_recipe(recipe_path(options.folder), options.changes)
    _print_results(Study(recipe, options.folder, options.processes, not options.no_progress))


def _report(options: argparse.Namespace) -> None:
    _announce_report()
    studies = {folder: _kept_results(folder) for folder in options.folders}
    if len(studies) == 1:
        ((folder, results),) = studies.items()
        print(write_report(results, folder))
    else:
        folder = options.out
        print(write_family(Family(_by_task(studies)), folder))
    print("", f"Report: {folder}", sep="\n")


def _by_task(found: Mapping[Path, Results]) -> dict[str, Results]:
    """By the names of recipes where these differ, else by the folders."""
    names = [results.recipe.name for results in found.values()]
    return {(n if names.count(n) == 1 else str(f)): r for n, (f, r) in zip(names, found.items(), strict=True)}


def _kept_results(folder: Path) -> Results:
    _require_run(folder)
    return open_study(folder, progress=False).results()


def _require_run(folder: Path) -> None:
    if not recipe_path(folder).is_file():
        raise InvalidArgument(f"{folder}: holds no run: there is no recipe.yaml")


def _stage(method: str) -> Callable[[argparse.Namespace], None]:
    def action(options: argparse.Namespace) -> None:
        with _study(options, lambda recipe: recipe) as study:
            getattr(study, method)()
            if method == "run":
                _report_and_print(study, study.results().markdown())
            else:
                print(f"{study.folder}: done")

    return action


def _search(options: argparse.Namespace) -> None:
    with _study(options, lambda recipe: recipe) as study:
        for name, best in study.search().items():
            trial = study.best_trial(name)
            values = ", ".join(f"{key}: {value:g}" for key, value in best.items())
            print(
                f"{name}: {{{values}}}  validation {trial['validation']:.4f}, loss {trial['validation_loss']:.4f}, "
                f"best of {study.recipe.search.trials} trials"
            )
            if name == study.recipe.approach:
                print(f"To use it: {_with_pair(options, study, best)}")


def _with_pair(options: argparse.Namespace, study: Study, best: Mapping[str, float]) -> str:
    """The command that fine-tunes with what a search has found: in its folder, or beside that where it holds other runs."""
    section = "finetune_after_bissl" if APPROACHES[study.recipe.approach].bilevel else "finetune"
    pair = [f"{section}.{key}={value:g}" for key, value in best.items()]
    out = options.out
    try:
        Study(_alone(load_recipe(options.recipe, [*options.changes, *pair])), out, progress=False).require_same()
    except InvalidArgument:
        out = out if out.name not in ("", "..") else Path(os.path.abspath(out))
        out = out.with_name(f"{out.name}-tuned")
    return shlex.join(["bissl", "run", options.recipe, *options.changes, *pair, "--out", str(out)])


def _print_results(study: Study) -> None:
    _announce_report()
    with study:
        _report_and_print(study, as_text(study.run()))
    print("", f"Report: {study.folder}", sep="\n")
    print(
        f"Pretrained backbones: {study.pretrained_folder}{study.taken_over()}; runs in folders beside it take them over"
    )


def _report_and_print(study: Study, text: str) -> None:
    """Neither is lost where the other cannot be written."""
    try:
        study.report()
    finally:
        print(text)


def _recipe(options: argparse.Namespace) -> Recipe:
    return load_recipe(options.recipe, options.changes)


def _study(options: argparse.Namespace, adapt: Callable[[Recipe], Recipe]) -> Study:
    recipe = _recipe(options)
    if options.out is None:
        held = options.recipe not in recipe_names() and Path(options.recipe).is_dir()
        options.out = Path(options.recipe) if held else Path("runs") / recipe.name.replace("/", "-")
    return Study(adapt(recipe), options.out, options.processes, not options.no_progress)


def way_on(options: argparse.Namespace) -> str | None:
    """What goes on with a command that was stopped; None where nothing does."""
    if options.command in ("run", "compare", "resume"):
        return resume_command(getattr(options, "out", None) or getattr(options, "folder", None))
    return "the same command again" if options.command == "search" or options.command in _STAGES else None


def _recipes(options: argparse.Namespace) -> None:
    if options.recipe is not None:
        print(dumped(load_recipe(options.recipe).as_dict()), end="")
        return
    recipes = {name: load_recipe(name) for name in recipe_names()}
    print(aligned_rows((name, recipe.data.downstream, recipe.description) for name, recipe in recipes.items()))


def _options(options: argparse.Namespace) -> None:
    keys = SECTIONS if options.section is None else [check_option("section", options.section, SECTIONS)]
    for key in keys:
        section = SECTIONS[key]
        explained = str(inspect.getdoc(section)).partition("\n\nExamples\n")[0]
        print(f"{key}: {explained}\n\nIn a recipe: {', '.join(section.names())}\n")
