"""Records for trackers of experiments, which are extras."""

from __future__ import annotations

import os
import sys
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
    everywhere = False

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
    everywhere = False

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


class MLflow(Callback):
    """Logs the options of a stage and the numbers of every record as a run of MLflow, by its client alone. Nothing is sent
    without this callback.

    Parameters
    ----------
    experiment : str
        Its name there; made where it is not there yet.
    run_name : str or None, optional
        Of the run; None is the stage's class.
    tracking_uri : str or None, optional
        Where MLflow keeps runs, such as "sqlite:///runs.db" or a server's address; None is MLflow's own setting.
    run_id : str or None, optional
        Of a run to go on with.

    Raises
    ------
    MissingPackage (ImportError)
        ``pip install 'bissl[mlflow]'`` brings mlflow-skinny.

    Examples
    --------
    >>> try:
    ...     watcher = bissl.callbacks.MLflow("my experiment")
    ... except bissl.errors.MissingPackage as error:
    ...     watcher = None  # pip install mlflow-skinny
    """

    experiment: str
    run_name: str | None
    tracking_uri: str | None
    run_id: str | None
    _fixed = ("experiment", "run_name", "tracking_uri", "run_id")

    def __init__(
        self,
        experiment: str,
        *,
        run_name: str | None = None,
        tracking_uri: str | None = None,
        run_id: str | None = None,
    ) -> None:
        required("mlflow", "mlflow", "MLflow")
        self._fix(experiment=experiment, run_name=run_name, tracking_uri=tracking_uri, run_id=run_id)

    def on_begin(self, stage: Stage) -> None:
        from mlflow.tracking import MlflowClient

        self._client = MlflowClient(self.tracking_uri)
        if self.run_id is not None:
            self._run = self.run_id
            self._client.update_run(self._run, status="RUNNING")
            return
        found = self._client.get_experiment_by_name(self.experiment)
        experiment = self._client.create_experiment(self.experiment) if found is None else found.experiment_id
        run = self._client.create_run(experiment, run_name=self.run_name or type(stage).__name__)
        self._run = run.info.run_id
        for name, value in stage.get_params().items():
            if name != "callbacks":
                self._client.log_param(self._run, name, repr(value)[:500])

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        for name, value in scalars(record).items():
            self._client.log_metric(self._run, f"{type(stage).__name__}/{name}", value, step=step_of(record))

    def on_end(self, stage: Stage) -> None:
        self._client.set_terminated(self._run, "FINISHED" if sys.exc_info()[0] is None else "FAILED")
        del self._client, self._run
