"""One released model."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import DataError, FileMissing, checked_path
from ...models.backbone import Backbone
from ...models.registry import create_model
from ...objectives.base import Pretext
from ...training.methods import METHODS
from ..recipe import Recipe, load_recipe
from .translation import bissl_values, objective_options, pretrain_values

_CONFIG = "_config_id-"


class Release:
    """A model of BiSSL's authors, from its configuration and the weights beside it.

    Parameters
    ----------
    path : str or path
        The ``.json`` file of a pretrained model (``Pretext_…``) or of one after BiSSL (``BiSSL_…``), under the name that it
        was released with; weights are looked for in the same folder when they are asked for.

    Attributes
    ----------
    config
        What the file holds.
    pretrained
        The settings of pretraining, ``config`` itself or its "PT".

    Raises
    ------
    FileMissing (FileNotFoundError)
        No such file.
    DataError (ValueError)
        No configuration of the authors; the text names what is missing.

    Examples
    --------
    >>> name = "BiSSL_simclr_classification_pets_arch-resnet50_config_id-izqrdr53.json"
    >>> release = bissl.experiments.Release(f"models/{name}")  # doctest: +SKIP
    >>> net = release.backbone()  # doctest: +SKIP
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(checked_path("path", path))
        self.config: Mapping[str, Any] = _read(self.path)
        self.pretrained: Mapping[str, Any] = self.config.get("PT", self.config)

    @property
    def is_bilevel(self) -> bool:
        """Whether the model has been through BiSSL."""
        return "PT" in self.config

    def recipe(self) -> Recipe:
        """The run as a recipe: the paper's (`bissl.experiments.recipe.load_recipe`), with the settings of the file in place
        of its own. After BiSSL it begins with the released pretrained backbone.

        Returns
        -------
        Recipe
            Checked.

        Raises
        ------
        InvalidArgument (ValueError)
            A setting that bissl has not; another downstream task than classification: the authors have withdrawn their
            code of detection, which was not the paper's.
        DataError (ValueError)
            The file lacks a setting.

        Examples
        --------
        >>> recipe = release.recipe()  # doctest: +SKIP
        """
        try:
            stated = pretrain_values(self.pretrained)
            if self.is_bilevel:
                for section, values in bissl_values(self.config).items():
                    stated[section] = stated.get(section, {}) | values
        except KeyError as error:
            raise DataError(f"{self.path}: it states no {error}") from error
        changes = {"name": self.path.stem, "description": f"Released as {self.path.name}"}
        changes |= {f"{section}.{name}": value for section, values in stated.items() for name, value in values.items()}
        if self.is_bilevel:
            changes["weights"] = str(self._beside("pretrained_model_backbone"))
        return load_recipe(f"paper/{self.pretrained['pretext_task']}", changes)

    def backbone(self) -> Backbone:
        """The backbone with its weights: after BiSSL the lower level's, which fine-tuning begins with (Algorithm 1).

        Returns
        -------
        Backbone
            Of the architecture that the file states.

        Raises
        ------
        FileMissing (FileNotFoundError)
            The weights are not there; the text names the file.
        DataError (ValueError), InvalidArgument (ValueError)
            Damaged weights, or those of another network.

        Examples
        --------
        >>> net = release.backbone()  # doctest: +SKIP
        """
        net = create_model(self.pretrained["backbone_arch"])
        net.load_weights(
            self._found(self.path.parent / self._weights("lower_backbone" if self.is_bilevel else "backbone"))
        )
        return net

    def pretext(self) -> Pretext:
        """The pretext task, `bissl.SimCLR` or `bissl.BYOL`, on `backbone`, with the pretrained head. BYOL's target network is
        equal to the online network, as their code has it after loading.

        Returns
        -------
        Pretext
            Of the method that the file states.

        Raises
        ------
        FileMissing (FileNotFoundError), DataError (ValueError), InvalidArgument (ValueError)
            As `backbone`.

        Examples
        --------
        >>> ssl = bissl.Pretrain(release.pretext(), epochs=10)  # doctest: +SKIP
        """
        options = objective_options(self.pretrained)
        head = self._beside("pretrained_model_head") if self.is_bilevel else self.path.parent / self._weights("head")
        head = self._found(head)
        task = METHODS[self.pretrained["pretext_task"]](self.backbone(), **options)
        task.head.load_weights(head)
        if hasattr(task, "reset_target"):
            task.reset_target()
        return task

    def _weights(self, part: str) -> str:
        return self.path.stem.replace(_CONFIG, f"_{part}_id-") + ".pth"

    def _beside(self, key: str) -> Path:
        return self.path.parent / str(self.config[key])

    def _found(self, path: Path) -> Path:
        if not path.is_file():
            raise FileMissing(
                f"{path}: the weights of {self.path.name} are not there: put the released file beside it, under this name"
            )
        return path

    def __repr__(self) -> str:
        return f"Release({str(self.path)!r})"


def _read(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileMissing(f"{path}: no such file") from None
    except IsADirectoryError:
        raise DataError(f"{path}: this is a folder; give the .json file of a model in it") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise DataError(f"{path}: no JSON ({error})") from error
    if not isinstance(config, dict) or _CONFIG not in path.name:
        raise DataError(f'{path}: expected a configuration of the authors, named "…{_CONFIG}….json"')
    needed = ("pretext_task", "backbone_arch", "projector_mlp")
    pretrained = config.get("PT", config)
    missing = [name for name in needed if not isinstance(pretrained, dict) or not isinstance(pretrained.get(name), str)]
    if "PT" in config:
        missing += [f"pretrained_model_{part}" for part in ("backbone", "head")
                    if not isinstance(config.get(f"pretrained_model_{part}"), str)]  # fmt: skip
    if missing:
        raise DataError(f"{path}: expected a configuration of the authors, which states {', '.join(missing)}")
    return config
