"""Six strips from head to feet, read by an LSTM in that order.

Source: Varior et al., "A Siamese long short-term memory architecture for human re-identification", ECCV 2016
(arXiv:1607.08381), with a convolutional backbone instead of their hand-made features, and with the mean of the strips
added to what the LSTM says (their network alone reached 61.6 rank-1 on Market-1501).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reid.networks.backbones import MobileNetV2


def strip_pool(features: Tensor, bounds: Tensor) -> Tensor:
    """Average a map over horizontal bands.

    Args:
        features: (B, C, H, W).
        bounds: (B, S, 2) upper and lower bound as fractions of the height; (0, 0) gives zeros.

    Returns:
        (B, S, C); a row of the map counts by the share of it that lies in the band.
    """
    height = features.shape[2]
    rows = torch.arange(height, device=features.device, dtype=bounds.dtype)  # (H,)
    edges = bounds * height  # (B, S, 2)
    overlap = torch.minimum(edges[..., 1:], rows + 1) - torch.maximum(edges[..., :1], rows)  # (B, S, H)
    weights = overlap.clamp(min=0)
    weights = weights / weights.sum(dim=2, keepdim=True).clamp(min=1e-6)
    return weights.to(features.dtype) @ features.mean(dim=3).transpose(1, 2)  # (B, S, H) @ (B, H, C)


class StripLSTM(nn.Module):
    """Backbone, strips, LSTM over the strips; the fused output is the person's vector.

    Args:
        strips: number of bands.
        hidden: size of the LSTM's state, and of a strip's vector.
        dim: length of the fused vector.
        bidirectional: read the strips from feet to head as well.
        last_stride: see MobileNetV2.
    """

    def __init__(
        self, strips: int = 6, hidden: int = 256, dim: int = 256, bidirectional: bool = False, last_stride: int = 1
    ) -> None:
        super().__init__()
        self.strips = strips
        self.backbone = MobileNetV2(last_stride)
        self.reduce = nn.Sequential(nn.Linear(self.backbone.channels, hidden), nn.LayerNorm(hidden), nn.ReLU())
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True, bidirectional=bidirectional)
        self.fuse = nn.Linear(hidden * (2 if bidirectional else 1), dim, bias=False)
        self.residual = nn.Linear(self.backbone.channels, dim, bias=False)
        self.neck = nn.BatchNorm1d(dim)

    def strip_vectors(self, images: Tensor, bounds: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The parts before they are fused: pooled strips (B, S, C), LSTM states (B, S, H), visibility (B, S, 1)."""
        pooled = strip_pool(self.backbone(images), bounds)
        visible = (bounds[..., 1:] > bounds[..., :1]).to(pooled.dtype)
        states, _ = self.lstm(self.reduce(pooled) * visible)
        return pooled, states, visible

    def before_neck(self, images: Tensor, bounds: Tensor) -> Tensor:
        """(B, dim): the fused vector before batch normalisation, where the triplet loss belongs (Luo et al. 2019)."""
        pooled, states, visible = self.strip_vectors(images, bounds)
        count = visible.sum(dim=1).clamp(min=1)
        mean_strip = (pooled * visible).sum(dim=1) / count
        mean_state = (states * visible).sum(dim=1) / count
        return self.residual(mean_strip) + self.fuse(mean_state)

    def forward(self, images: Tensor, bounds: Tensor) -> Tensor:
        """Vectors of persons.

        Args:
            images: (B, 3, H, W) float, normalised as the card says.
            bounds: (B, strips, 2) see `reid.networks.alignment`.

        Returns:
            (B, dim), not normalised.
        """
        return self.neck(self.before_neck(images, bounds))
