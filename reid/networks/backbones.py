"""Convolutional backbones that return a feature map."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.models import mobilenet_v2


class MobileNetV2(nn.Module):
    """MobileNetV2 without its classifier (Sandler et al., CVPR 2018, arXiv:1801.04381).

    Args:
        last_stride: stride of the last stage that halves the map; 1 keeps twice the rows, which pays in re-ID
            (Luo et al. 2019, arXiv:1903.07071).
        blocks: how many of torchvision's 19 stages are kept, counted from the stem.
    """

    def __init__(self, last_stride: int = 1, blocks: int = 19) -> None:
        super().__init__()
        self.stages = mobilenet_v2(weights=None).features[:blocks]
        if last_stride == 1 and blocks > 14:
            self.stages[14].conv[1][0].stride = (1, 1)
        self.channels = int(self.stages[-1].out_channels)
        self.frozen = 0
        self.skip = 0  # stages that the caller has run already, see `reid.training.stem`

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, channels, H / 16, W / 16) with ``last_stride`` 1."""
        return self.stages[self.skip :](images)

    def load_imagenet(self, path: Path) -> None:
        """Load torchvision's published ImageNet weights from a file.

        Raises:
            ValueError: if the file holds the weights of another network.
        """
        state = torch.load(path, weights_only=True, map_location="cpu")
        wanted = self.stages.state_dict()
        renamed = {k.removeprefix("features."): v for k, v in state.items() if k.startswith("features.")}
        if not wanted.keys() <= renamed.keys():
            raise ValueError(f"{path} does not hold torchvision's MobileNetV2")
        self.stages.load_state_dict({k: renamed[k] for k in wanted})

    def freeze(self, stages: int) -> None:
        """Hold the first ``stages`` fixed, their batch statistics included."""
        for stage in self.stages[:stages]:
            stage.requires_grad_(False)
        self.frozen = stages

    def train(self, mode: bool = True) -> MobileNetV2:
        """As in nn.Module, but frozen stages stay in evaluation mode."""
        super().train(mode)
        for stage in self.stages[: self.frozen]:
            stage.eval()
        return self
