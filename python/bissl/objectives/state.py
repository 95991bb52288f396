"""What training moves in an objective, taken out and put back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..checkpoints.checks import require_dict, require_keys, require_same
from ..checkpoints.description import assign_plain, plain_attributes
from ..configured import Configured
from ..models.module import Module, shapes_of


class ObjectiveState(Configured):
    """The part of `Objective` that knows its state: its modules and its plain attributes."""

    _holds_attributes = True
    #: Attributes that never change: a state in which they differ is of another objective.
    _settings: tuple[str, ...] = ()

    def state_dict(self) -> dict[str, Any]:
        """All that training moves, copied: the states of the modules by attribute, in which frozen parameters are told by a
        digest, and `extra_state`."""
        modules = {name: module._moved_state() for name, module in self._modules().items()}
        return {"kind": type(self).__name__, "modules": modules, "extra": self.extra_state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes over what `state_dict` gave; training goes on exactly from there.

        ValueError for the state of another kind of objective, of other networks or settings: the text names what
        differs, and nothing changes then.
        """
        modules, before = self._modules(), self.state_dict()
        require_keys("state", state, before)
        require_same("state", {"kind": state["kind"]}, {"kind": type(self).__name__})
        require_keys("state: modules", state["modules"], modules)
        present = {name: module._moved_shapes() for name, module in modules.items()}
        saved = {name: shapes_of(state["modules"][name], f"state: modules.{name}") for name in modules}
        require_same("state: modules", saved, present)
        for name, module in modules.items():
            module._check_moved(state["modules"][name], f"modules.{name}")
        settings = {name: before["extra"][name] for name in self._settings}
        extra = require_dict("state: extra", state["extra"])
        require_same("state", {name: extra.get(name) for name in settings}, settings)
        try:
            self._take_over(state)
        except BaseException:
            self._take_over(before)
            raise

    def extra_state(self) -> dict[str, Any]:
        """What else the next steps depend on, copied: here the attributes that are numbers, text, arrays, NumPy
        generators, or lists, tuples and dicts of such. An objective that keeps other things between steps adds them:

        ::

            def extra_state(self):
                return super().extra_state() | {"queue": self.queue.as_array()}

            def load_extra_state(self, state):
                self.queue.fill(state.pop("queue"))
                super().load_extra_state(state)
        """
        made_of = {*self._fixed} - {*self._settings}
        return {name: value for name, value in plain_attributes(self).items() if name not in made_of}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Takes over what `extra_state` gave. Tuples have become lists, unless an attribute is a tuple now."""
        assign_plain(self, {name: value for name, value in state.items() if name not in self._fixed})

    def _take_over(self, state: Mapping[str, Any]) -> None:
        for name, module in self._modules().items():
            module._load_moved(state["modules"][name], name)
        self.load_extra_state(dict(state["extra"]))

    def _modules(self) -> dict[str, Module]:
        """The modules that make up the state, by attribute."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Module)}
