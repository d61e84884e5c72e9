"""A picture as a grid of region vectors, for networks that look at places in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from reid.networks.backbones import BACKBONES, backbone_of


class VisualMap(nn.Module):
    """A backbone's map, brought to fewer channels, with a learnt mark of each region's height in the picture.

    Without the mark a region that shows red cloth would not tell a coat from a pair of shoes. There is none for left
    and right: training mirrors its pictures.

    Args:
        backbone: ``name`` and further arguments, see `reid.networks.backbones`; None is MobileNetV2.
        width: length C of a region's vector.
        rows: how many marks are learnt from head to feet; between them they are interpolated, so that pictures may
            have any height.
        dropout: of whole channels, while training.

    Attributes:
        grid: (h, w) of the last map; (0, 0) before the first.
    """

    PARTS: ClassVar = {"backbone": BACKBONES}

    def __init__(
        self,
        backbone: Mapping[str, Any] | None = None,
        width: int = 128,
        rows: int = 8,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.backbone = backbone_of(backbone)
        self.width = width
        self.reduce = nn.Sequential(
            nn.Conv2d(self.backbone.channels, width, 1, bias=False), nn.BatchNorm2d(width), nn.Dropout2d(dropout)
        )
        self.position = nn.Parameter(torch.randn(width, rows) * 0.5)
        self.grid = (0, 0)

    def heights(self, rows: int) -> Tensor:
        """(rows, C): the marks at so many equal distances from head to feet."""
        marks = nn.functional.interpolate(self.position[None], rows, mode="linear", align_corners=False)
        return marks[0].T

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) normalised -> regions (B, h * w, C), row by row from the head."""
        features = self.reduce(self.backbone(images))  # (B, C, h, w)
        self.grid = (int(features.shape[2]), int(features.shape[3]))
        marked = features + self.heights(self.grid[0]).T[None, :, :, None]
        return marked.flatten(2).transpose(1, 2)
