"""Records for trackers of experiments, which are extras."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..checkpoints.store import checked_folder
from ..distributed import is_first
from ..errors import BisslError, InvalidArgument
from ..extras import required
from .writers import FolderWriter, NumberWriter

if TYPE_CHECKING:
    from ..training.base import Stage


class TensorBoard(NumberWriter, FolderWriter):
    """Writes the numbers of every record as TensorBoard's event files, by tensorboardX.

    Parameters
    ----------
    folder : str or path
        Folder of the event files. Numbers are named ``stage/number``.

    Raises
    ------
    MissingPackage (ImportError)
        tensorboardX is not installed.
    WrongType (TypeError), InvalidArgument (ValueError)
        No path of a folder.
    NotWritable, DiskFull (OSError)
        The folder cannot be written to, when a fit begins or a record comes.

    Examples
    --------
    >>> stage = bissl.Pretrain(callbacks=[bissl.callbacks.TensorBoard("events")])
    """

    folder: str
    _fixed = ("folder",)

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        required("tensorboardX", "tensorboard", "TensorBoard")
        self._fix(folder=os.fspath(checked_folder(folder, what="event files")))

    @property
    def _folder(self) -> Path:
        return Path(self.folder)

    def on_begin(self, stage: Stage) -> None:
        from tensorboardX import SummaryWriter

        super().on_begin(stage)

        # What an interrupted run has written beyond its last checkpoint no longer counts.
        purged = {"purge_step": len(stage.history_)} if stage.history_ else {}
        with self._writing():
            self._writer = SummaryWriter(self.folder, **purged)

    def _write(self, numbers: Mapping[str, float], step: int) -> None:
        with self._writing():
            for name, value in numbers.items():
                self._writer.add_scalar(name, value, step)

    def on_end(self, stage: Stage) -> None:
        with self._writing():
            self._writer.close()
        del self._writer


class WandB(NumberWriter):
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

    def _write(self, numbers: Mapping[str, float], step: int) -> None:
        self._run.log(dict(numbers), step=step)

    def on_end(self, stage: Stage) -> None:
        self._run.finish()
        del self._run


#: How addresses of databases begin, which MLflow keeps runs in by these packages.
_DATABASES, _DATABASE_PACKAGES = ("sqlite", "postgresql", "mysql", "mssql"), ("sqlalchemy", "alembic")

#: What MLflow takes in no name of a number on every system.
_FORBIDDEN = re.compile(r"[^\w./ -]")


class MLflow(NumberWriter):
    """Logs the options of a stage and the numbers of every record as a run of MLflow, by its client alone. Nothing is sent
    without this callback. The run is "FINISHED" at the end, "FAILED" after an error, "KILLED" after Ctrl-C. In names of numbers
    "_" stands for characters that MLflow does not take.

    Parameters
    ----------
    experiment : str
        Its name there; made where it is not there yet.
    run_name : str or None, optional
        Of the run; None is the stage's class.
    tracking_uri : str or None, optional
        Where MLflow keeps runs, such as "sqlite:///runs.db", a folder ("file:///home/me/runs") or a server's address; None
        is MLflow's own setting.
    run_id : str or None, optional
        Of a run to go on with.

    Raises
    ------
    MissingPackage (ImportError)
        ``pip install 'bissl[mlflow]'`` brings mlflow-skinny, and what it keeps runs in SQLite with.
    InvalidArgument (ValueError)
        MLflow cannot keep runs there; or, when a fit begins, it has no such run or cannot begin one; or, later, it cannot log a
        number.

    Examples
    --------
    >>> try:
    ...     watcher = bissl.callbacks.MLflow("my experiment", tracking_uri="sqlite:///runs.db")
    ... except bissl.errors.MissingPackage as error:
    ...     watcher = None  # pip install 'bissl[mlflow]'
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
        if is_first():  # the only one that has a client: several would make a new database at the same time
            self._new_client()

    def on_begin(self, stage: Stage) -> None:
        self._client = self._new_client()
        if self.run_id is not None:
            with _in_words(f"run_id: expected a run that MLflow has, got {self.run_id!r}"):
                self._client.update_run(self.run_id, status="RUNNING")
            self._run = self.run_id
            return
        with _in_words(f"experiment: expected a name under which MLflow can begin a run, got {self.experiment!r}"):
            found = self._client.get_experiment_by_name(self.experiment)
            experiment = self._client.create_experiment(self.experiment) if found is None else found.experiment_id
            run = self._client.create_run(experiment, run_name=self.run_name or type(stage).__name__)
        self._run = run.info.run_id
        for name, value in stage.get_params().items():
            if name != "callbacks":
                with _in_words(f"{name}: expected an option that MLflow can log, got {value!r:.80}"):
                    self._client.log_param(self._run, name, repr(value)[:500])

    def _write(self, numbers: Mapping[str, float], step: int) -> None:
        for name, value in numbers.items():
            with _in_words(f"{name}: expected a number that MLflow can log, got {value}"):
                self._client.log_metric(self._run, normpath(_FORBIDDEN.sub("_", name)), value, step=step)

    def _ended(self, stage: Stage, error: BaseException | None) -> None:
        super()._ended(stage, error)
        broken = "FAILED" if isinstance(error, Exception) else "KILLED"
        with _in_words(f"experiment: expected that MLflow can end the run {self._run} of {self.experiment!r}"):
            self._client.set_terminated(self._run, "FINISHED" if error is None else broken)
        del self._client, self._run

    def _new_client(self) -> Any:
        """Raises where MLflow cannot keep runs."""
        from mlflow.tracking import MlflowClient, get_tracking_uri

        address = str(self.tracking_uri or get_tracking_uri())
        scheme = urlsplit(address).scheme.partition("+")[0]
        if scheme in _DATABASES:
            for package in _DATABASE_PACKAGES:
                required(package, "mlflow", "MLflow with runs in a database")
        with _in_words(
            'tracking_uri: expected where MLflow can keep runs, such as "sqlite:///runs.db", "file:///home/me/runs" or a '
            f"server's address, got {address!r}"
        ):
            with _folders_allowed():
                return MlflowClient(self.tracking_uri)


@contextmanager
def _in_words(expected: str) -> Iterator[None]:
    """InvalidArgument with this text in place of what MLflow, its stores and their drivers raise."""
    try:
        yield
    except BisslError:
        raise
    except Exception as error:
        raise InvalidArgument(f"{expected} (MLflow says: {error})") from error


@contextmanager
def _folders_allowed() -> Iterator[None]:
    """MLflow 3 keeps runs in folders only where its environment says so when a client is made; who gives a folder's address
    has said it."""
    name = "MLFLOW_ALLOW_FILE_STORE"
    is_said = name in os.environ
    os.environ.setdefault(name, "true")
    try:
        yield
    finally:
        if not is_said:
            os.environ.pop(name, None)
