"""Learning curves, from the ``history_`` of the stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidArgument, WrongType
from .style import color, label, marks, panels, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

History = Sequence[Mapping[str, Any]]

#: What a record of a stage has, such that its figures can be drawn.
_PRETRAINING, _FINETUNING = ("epoch", "loss", "gradient_norm"), ("epoch", "loss")

_LEVELS = {
    "lower level: pretext loss": ("lower_loss", r"$\mathcal{L}^P(\theta_P, \phi_P)$"),
    r"upper level at $\theta_P$": ("loss_at_theta_p", r"$\mathcal{L}^D(\theta_P, \phi_D)$"),
    r"upper level at $\theta_D$": ("loss_at_theta_d", r"$\mathcal{L}^D(\theta_D, \phi_D)$"),
    "distance of the levels": ("regularizer", r"$\frac{\lambda}{2} \|\theta_P - \theta_D\|^2$"),
}


@styled
def pretraining(history: History, objective: str = "pretext loss") -> Figure:
    """Loss and gradient norm per epoch. ``history`` : of a `bissl.Pretrain`.

    Parameters
    ----------
    history : list of dict
        The ``history_`` of a `bissl.Pretrain`, or the stage itself.
    objective : str, default "pretext loss"
        What the vertical axis of the loss is called.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.
    TypeError, ValueError
        No history, or that of another stage.

    Examples
    --------
    >>> history = [{"epoch": e, "loss": 3 / (e + 1), "gradient_norm": 1.0} for e in range(3)]
    >>> figure = bissl.plot.pretraining(history, objective="NT-Xent")
    """
    history = checked_history("history", history, "Pretrain", _PRETRAINING)
    figure, (loss, norm) = panels(2)
    _line(loss, history, "loss", objective)
    _line(norm, history, "gradient_norm", "gradient norm")
    return figure


@styled
def finetuning(histories: Mapping[str, History], validation: str = "validation accuracy") -> Figure:
    """Training loss and validation score per epoch, one line per arm. ``histories`` : of `bissl.FineTune`, by name.

    Parameters
    ----------
    histories : mapping of str to list of dict
        The ``history_`` of `bissl.FineTune`, or the stage itself, by the arm's name.
    validation : str, default "validation accuracy"
        What the vertical axis of the validation score is called.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.
    TypeError, ValueError
        No history, or that of another stage.

    Examples
    --------
    >>> history = [{"epoch": e, "loss": 1 / (e + 1), "validation": 0.5 + 0.1 * e} for e in range(3)]
    >>> figure = bissl.plot.finetuning({"FT": history})
    >>> len(figure.axes)
    2
    """
    if not isinstance(histories, Mapping):
        raise WrongType(
            f'histories: expected {{arm: history_}}, such as {{"FT": stage.history_}}, got {type(histories).__name__}'
        )
    histories = {
        name: checked_history(f"histories[{name!r}]", history, "FineTune", _FINETUNING)
        for name, history in histories.items()
    }
    scored = any("validation" in record for history in histories.values() for record in history)
    figure, grid = panels(1 + scored)
    for number, (name, history) in enumerate(histories.items()):
        _line(grid[0], history, "loss", "training loss", name, color(number))
        if scored:
            _line(grid[1], [r for r in history if "validation" in r], "validation", validation, name, color(number))
    if histories:
        grid[0].legend()
    return figure


def _line(panel: Axes, history: History, field: str, y: str, name: str = "", shade: str = color(0)) -> None:
    values = [record[field] for record in history]
    panel.plot([record["epoch"] for record in history], values, color=shade, label=name, **marks(values))
    label(panel, "epoch", y, whole=True)


@styled
def levels(histories: History | Mapping[str, Sequence[History]]) -> Figure:
    """Learning curves of both levels of BiSSL: the mean over the steps of every alternation.

    Parameters
    ----------
    histories : list of dict or mapping of str to sequence of list of dict
        The ``history_`` of a `bissl.BiSSL`, or the stage itself; or, by arm, those of several runs: one thin line per run,
        one colour per arm, kept for arms without runs.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.
    TypeError, ValueError
        No history, or that of another stage.

    Examples
    --------
    >>> record = {"alternation": 0, "lower_loss": [2.0], "regularizer": [0.1], "lower_gradient_norm": [1.0],
    ...           "loss_at_theta_p": [1.5], "loss_at_theta_d": [1.2], "upper_gradient_norm": [0.5]}
    >>> figure = bissl.plot.levels([record, record | {"alternation": 1}])
    """
    arms = _arms(histories)
    figure, grid = panels(len(_LEVELS), width=3.3, height=3.0)
    for panel, (title, (field, y)) in zip(grid, _LEVELS.items(), strict=True):
        for number, runs in enumerate(arms.values()):
            for history in runs:
                means = [float(np.mean(record[field])) for record in history]
                alpha = 0.7 if len(runs) > 1 else 1
                places = [record["alternation"] for record in history]
                panel.plot(places, means, color=color(number), alpha=alpha, linewidth=1.3, **marks(means))
        label(panel, "alternation", y, title, whole=True)
    _legend(figure, arms)
    return figure


def _arms(histories: History | Mapping[str, Sequence[History]]) -> dict[str, list[History]]:
    fields = ["alternation", *(field for field, _ in _LEVELS.values())]
    if not isinstance(histories, Mapping):
        return {"": [checked_history("histories", histories, "BiSSL", fields)]}
    arms: dict[str, list[History]] = {}
    for arm, runs in histories.items():
        if not isinstance(runs, Sequence):
            raise WrongType(
                f"histories[{arm!r}]: expected a list of the history_ of each run, got {type(runs).__name__}"
            )
        arms[arm] = [
            checked_history(f"histories[{arm!r}][{run}]", history, "BiSSL", fields) for run, history in enumerate(runs)
        ]
    return arms


def checked_history(name: str, given: Any, stage: str, fields: Sequence[str]) -> History:
    """The records of a stage: its ``history_``, also where the stage itself is given.

    stage : the class of `bissl` that is wanted. fields : what each record must have.

    Raises
    ------
    WrongType (TypeError) : no list of mappings. InvalidArgument (ValueError) : records of another stage.
    """
    records = getattr(given, "history_", given)
    if not isinstance(records, Sequence) or not all(isinstance(record, Mapping) for record in records):
        raise WrongType(f"{name}: expected the history_ of a fitted bissl.{stage}, got {type(given).__name__}")
    for place, record in enumerate(records):
        if missing := [field for field in fields if field not in record]:
            raise InvalidArgument(
                f"{name}: expected the history_ of a bissl.{stage}, got one without {', '.join(missing)} at index {place}"
            )
    return records


def _legend(figure: Figure, arms: Mapping[str, Sequence[History]]) -> None:
    from matplotlib.lines import Line2D

    named = [Line2D([], [], color=color(number), label=arm) for number, arm in enumerate(arms) if arm and arms[arm]]
    if named:
        figure.legend(handles=named, loc="outside lower center", ncols=len(named))
