"""Detection as a downstream objective: `FasterRCNN`, and what it is made of, a file each.

`anchors`, `boxcoding`, `matching`, `sampling`, `suppression`, `proposals`, `assignment` and `detections` are NumPy: nothing of
it is differentiated.
"""

from .detections import Detections
from .fasterrcnn import FasterRCNN

__all__ = ["Detections", "FasterRCNN"]
