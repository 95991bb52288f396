"""Files that outlive a crash: whole or not there, flushed to the disk, written by one process at a time.

All that bissl flushes, renames, locks and reserves, it does through here. What a file system cannot do is said once per
folder (`DurabilityWarning`), and the work goes on; what goes wrong is raised in words (`writing`).
"""

from .exclusion import exclusive, in_turn
from .flushing import flush, flush_names
from .refusals import require_writable, writing
from .space import require_space, reserve
from .warned import DurabilityWarning
from .whole import append, rename, write_atomically

__all__ = [
    "DurabilityWarning",
    "append",
    "exclusive",
    "flush",
    "flush_names",
    "in_turn",
    "rename",
    "require_space",
    "require_writable",
    "reserve",
    "write_atomically",
    "writing",
]
