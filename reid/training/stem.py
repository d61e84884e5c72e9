"""The frozen first stages of a backbone, run outside torch.

On a CPU these stages, with their large maps, take most of a training step although nothing in them learns. OpenVINO
runs them several times as fast as torch (MobileNetV2: about eight), and in the thread that prepares the batches.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from reid.networks.backbones import StagedBackbone
from reid.quiet import core, openvino


class FrozenStem:
    """The first stages of a backbone on OpenVINO.

    Args:
        backbone: its first ``backbone.frozen`` stages are taken, and from now on skipped by its own ``forward``.
        height, width: of the pictures.
        mean, std: of RGB in 0..1.
    """

    def __init__(
        self, backbone: StagedBackbone, height: int, width: int, mean: tuple[float, ...], std: tuple[float, ...]
    ) -> None:
        self._mean, self._std = np.asarray(mean, np.float32) * 255, np.asarray(std, np.float32) * 255
        stages = backbone.stages[: backbone.frozen].eval()
        with torch.inference_mode():
            model = openvino().convert_model(stages, example_input=torch.zeros(2, 3, height, width))
        model.reshape([-1, 3, height, width])
        # One thread: the other cores belong to the part that learns. bf16: the features are only an input.
        self._model = core().compile_model(
            model, "CPU", {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "bf16"}
        )
        backbone.skip = backbone.frozen

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(B, H, W, 3) uint8 -> (B, C, h, w)."""
        pixels = (images.astype(np.float32) - self._mean) / self._std
        return np.array(self._model([np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))])[0], np.float32)
