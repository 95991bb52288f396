"""Records for trackers of experiments, which are extras."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..extras import required
from ..training.callback import Callback
from .scalars import scalars, step_of

if TYPE_CHECKING:
    from ..training.base import Stage


class TensorBoard(Callback):
    """Writes the numbers of every record as TensorBoard's event files, by tensorboardX.

    Parameters
    ----------
    folder : str or path
        Folder of the event files. Numbers are named ``stage/number``.

    Raises
    ------
    MissingPackage (ImportError)
        tensorboardX is not installed.

    Examples
    --------
    >>> stage = bissl.Pretrain(callbacks=[bissl.callbacks.TensorBoard("events")])
    """

    folder: str
    _fixed = ("folder",)

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        required("tensorboardX", "tensorboard", "TensorBoard")
        self._fix(folder=os.fspath(folder))

    def on_begin(self, stage: Stage) -> None:
        from tensorboardX import SummaryWriter

        # What an interrupted run has written beyond its last checkpoint no longer counts.
        purged = {"purge_step": len(stage.history_)} if stage.history_ else {}
        self._writer = SummaryWriter(self.folder, **purged)

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        for name, value in scalars(record).items():
            self._writer.add_scalar(f"{type(stage).__name__}/{name}", value, step_of(record))

    def on_end(self, stage: Stage) -> None:
        self._writer.close()
        del self._writer


class WandB(Callback):
    """Sends the numbers of every record to Weights & Biases. Nothing is sent without this callback.

    Parameters
    ----------
    project : str
        Its name there.
    **options : object
        Further arguments of ``wandb.init``, such as ``mode="offline"`` or ``id``.

    Raises
    ------
    MissingPackage (ImportError)
        Wandb is not installed.

    Examples
    --------
    >>> try:
    ...     watcher = bissl.callbacks.WandB("my project", mode="offline")
    ... except bissl.errors.MissingPackage as error:
    ...     watcher = None  # pip install wandb
    """

    project: str
    options: dict[str, Any]
    _fixed = ("project", "options")

    def __init__(self, project: str, **options: Any) -> None:
        required("wandb", "wandb", "WandB")
        self._fix(project=project, options=options)

    def on_begin(self, stage: Stage) -> None:
        import wandb

        config = {name: value for name, value in stage.get_params().items() if name != "callbacks"}
        options = {"config": {name: repr(value) for name, value in config.items()}, "resume": "allow"} | self.options
        self._run = wandb.init(project=self.project, **options)

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        numbers = {f"{type(stage).__name__}/{name}": value for name, value in scalars(record).items()}
        self._run.log(numbers, step=step_of(record))

    def on_end(self, stage: Stage) -> None:
        self._run.finish()
        del self._run
