"""From pictures to what the part of a backbone that learns takes."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid.networks.backbones import StagedBackbone
from reid.training.inputs import MEAN, STD
from reid.training.stem import FrozenStem


class PictureInput:
    """Normalises pictures and, on a CPU, runs the frozen stages outside torch.

    Args:
        backbone: with its weights; stages that it holds fixed are taken over if there is no GPU.
        height, width: of the pictures.
    """

    def __init__(self, backbone: StagedBackbone, height: int, width: int) -> None:
        self.height, self.width = height, width
        self._stem: FrozenStem | None = None
        if backbone.frozen and not torch.cuda.is_available():
            self._stem = FrozenStem(backbone, height, width, MEAN, STD)

    def __call__(self, images: NDArray[np.uint8]) -> Tensor:
        """(B, H, W, 3) uint8 RGB -> (B, C, h, w)."""
        if self._stem is not None:
            inputs = torch.from_numpy(self._stem(images))
        else:
            mean, std = (np.asarray(v, np.float32) * 255 for v in (MEAN, STD))
            inputs = torch.from_numpy((images - mean) / std).permute(0, 3, 1, 2)
        return inputs.contiguous(memory_format=torch.channels_last)
