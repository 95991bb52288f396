"""Checkpoints: states of training in folders, so that a run that was stopped at any moment goes on exactly.

`CheckpointStore` writes and reads them; every stage takes a folder as ``fit(..., checkpoint=folder)``. What has a state
to keep has ``state_dict()`` and ``load_state_dict(state)``, nested dicts of arrays, numbers, text and lists of them.
"""

from .store import Checkpoint, CheckpointStore, CheckpointWarning

__all__ = ["Checkpoint", "CheckpointStore", "CheckpointWarning"]
