"""DINO (Caron et al. 2021) as a pretext task: from any view, the student is to tell what the teacher makes of another one. The
teacher is a moving average of the student; on the tape of a loss it is a constant."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import bissl
from bissl import ops
from bissl.ops import Variable


class DINO(bissl.Pretext):
    """A batch is ``views`` views (N, H, W, 3) of N images, of which the teacher sees the first two; the others may be smaller,
    where the network takes images of any size.

    ``momentum`` is that of the teacher, ``centring`` that of the centre, which is taken off the teacher's outputs so that none
    of them wins everywhere. Their softmax is sharpened by ``teacher_temperature``.
    """

    def __init__(
        self,
        net: bissl.Backbone,
        projector: Sequence[int] = (256, 256, 128),
        views: int = 2,
        momentum: float = 0.996,
        centring: float = 0.9,
        temperature: float = 0.1,
        teacher_temperature: float = 0.04,
        seed: int = 0,
    ) -> None:
        super().__init__(net, bissl.Projector(net.num_features, projector, seed))
        self.views, self.momentum, self.centring = views, momentum, centring
        self.temperature, self.teacher_temperature = temperature, teacher_temperature
        self.teacher, self.teacher_head = self.backbone.clone(), self.head.clone()
        self.centre = np.zeros(projector[-1])
        self.outputs = np.zeros(projector[-1])  # the teacher's mean on the batch that was prepared last

    def begin_training(self, seed: int) -> None:
        self.teacher, self.teacher_head = self.backbone.clone(), self.head.clone()
        self.centre = np.zeros_like(self.centre)

    def prepare(self, batch: Any) -> tuple[Any, ...]:
        views = super().prepare(batch)
        outputs = [self.teacher_head(self.teacher(view)) for view in views[:2]]
        _, count = bissl.distributed.place_of(len(outputs[0]))
        every = [bissl.distributed.gathered_rows(output, count, "the teacher's outputs") for output in outputs]
        self.outputs = np.mean(np.concatenate(every), axis=0)
        return (*views, [softmax((output - self.centre) / self.teacher_temperature) for output in outputs])

    def loss(self, *arguments: Any) -> Variable:
        *features, targets = arguments
        students = [ops.log_softmax(self.head(view) / self.temperature) for view in features]
        pairs = [
            -ops.mean(ops.sum(target * student, axis=1))
            for seen, target in enumerate(targets)
            for place, student in enumerate(students)
            if place != seen
        ]
        return sum(pairs[1:], pairs[0]) / len(pairs)

    def after_step(self) -> None:
        for teacher, student in ((self.teacher, self.backbone), (self.teacher_head, self.head)):
            average = self.momentum * teacher.vector + (1 - self.momentum) * student.vector
            teacher.load_state_dict(student.state_dict())  # running statistics, which are averages already
            teacher.vector[:] = average
        self.centre = self.centring * self.centre + (1 - self.centring) * self.outputs

    def extra_state(self) -> dict[str, Any]:
        # What a query may change is no state: every step prepares a batch before it ends.
        return {name: value for name, value in super().extra_state().items() if name != "outputs"}


def softmax(logits: np.ndarray) -> np.ndarray:
    """Of every row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
