"""A YOLO network, ready to be run or converted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detectors import quiet, unpickling
from detectors.unpickling import CheckpointError

if TYPE_CHECKING:
    from torch import nn

STRIDE = 32  # sides of its input are whole multiples of this; all networks since YOLOv5 but the p6 ones have it
KEYPOINTS = (17, 3)


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read what a network answers.

    Attributes:
        labels: name of each class.
        suppressed: True if its answer is (B, N, 6 + E) rows of x1, y1, x2, y2, confidence, class and E extras, each
            object once; False if it is (B, 4 + classes + E, N) columns of centre x, centre y, width, height, one score
            per class and E extras, with many columns for one object.
        keypoints: (points, numbers per point) of a pose network, else None.
    """

    labels: tuple[str, ...]
    suppressed: bool
    keypoints: tuple[int, int] | None

    def person(self) -> int:
        """Number of the class person.

        Raises:
            CheckpointError: if there is none.
        """
        names = [label.strip().lower() for label in self.labels]
        for wanted in ("person", "pedestrian"):
            if wanted in names:
                return names.index(wanted)
        if len(names) == 1:
            return 0  # a network of one class, trained for this purpose, may call it anything
        raise CheckpointError(f"the network knows no person, but {', '.join(self.labels[:8])}")


def load(path: Path) -> tuple[nn.Module, Layout]:
    """The network of a checkpoint, in float32, fused and in evaluation mode.

    Args:
        path: an Ultralytics ``.pt`` file of a detection, segmentation or pose network.

    Returns:
        A module (B, 3, H, W) float32 RGB in 0..1 -> what the layout says, for any batch and any H, W that are multiples
        of STRIDE; and its layout.

    Raises:
        CheckpointError: with one line.
    """
    content = unpickling.load(path)
    candidate = (content.get("ema") or content.get("model")) if isinstance(content, dict) else None
    base = quiet.ultralytics("ultralytics.nn.tasks").BaseModel
    if not isinstance(candidate, base):
        raise CheckpointError(f"{path}: holds no YOLO network")
    try:
        return _ready(candidate, path)
    except (AttributeError, KeyError, TypeError, RuntimeError, IndexError) as error:
        raise CheckpointError(f"{path}: its network cannot be run by this version of Ultralytics ({error})") from None


def _ready(network: Any, path: Path) -> tuple[nn.Module, Layout]:
    head_module = quiet.ultralytics("ultralytics.nn.modules.head")
    head = network.model[-1]
    if type(head).__name__ not in _HEADS or not isinstance(head, head_module.Detect):
        raise CheckpointError(f"{path}: a {type(head).__name__} network finds no upright boxes of people")
    if int(max(head.stride)) != STRIDE:
        raise CheckpointError(f"{path}: its stride is {int(max(head.stride))}, only {STRIDE} is supported")
    network = network.float().eval()
    # Networks since YOLOv10 have a second head that names each object once. Which of the two is used by default has
    # changed between releases of Ultralytics, so it is said here.
    if getattr(head, "one2one_cv2", None) is not None:
        network.end2end = True
    network = network.fuse(verbose=False)
    head.export, head.format = True, None  # the answer alone, without what a loss would need
    head.dynamic = True  # the grid is made anew for every input, so that one conversion serves all sizes
    names = network.names
    labels = tuple(str(names[i]) for i in range(len(names)))
    keypoints = getattr(head, "kpt_shape", None)
    layout = Layout(labels, bool(head.end2end), None if keypoints is None else (int(keypoints[0]), int(keypoints[1])))
    return _answer_only(network), layout


_HEADS = ("Detect", "v10Detect", "Segment", "Segment26", "Pose", "Pose26")


def _answer_only(network: nn.Module) -> nn.Module:
    from torch import Tensor, nn

    class AnswerOnly(nn.Module):
        """Boxes and extras; a segmentation network's masks are left out."""

        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, pictures: Tensor) -> Tensor:
            answer = self.inner(pictures)
            return answer if isinstance(answer, Tensor) else answer[0]

    return AnswerOnly(network).eval()
