"""Reports on training steps, made before the steps are taken."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any, TypeVar

Report = TypeVar("Report")


def begun_report(kind: type[Report], **known: Any) -> tuple[Report, dict[str, Any]]:
    """A report on a step that is about to be taken, and its numbers, into which the rest are put where they are known.

    Once a step has been taken nothing may fail any more, not even for want of memory: the state would have moved and the
    caller would be told of an error. Putting a number in the place of another takes no memory.
    """
    report = kind(**{field.name: math.nan for field in fields(kind)} | known)  # type: ignore[arg-type]
    return report, vars(report)
