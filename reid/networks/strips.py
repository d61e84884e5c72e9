"""Six strips from head to feet, read by an LSTM in that order.

Source: Varior et al., "A Siamese long short-term memory architecture for human re-identification", ECCV 2016
(arXiv:1607.08381), with a convolutional backbone instead of their hand-made features, and with the mean of the strips
added to what the LSTM says (their network alone reached 61.6 rank-1 on Market-1501).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, get_args

import torch
from torch import Tensor, nn

from reid.networks.alignment import equal_bounds
from reid.networks.backbones import BACKBONES, DEFAULT, backbone_of
from reid.networks.features import PictureFeatures

Direction = Literal["head_to_feet", "feet_to_head", "both"]


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


def visibility(bounds: Tensor) -> Tensor:
    """(B, S, 2) -> (B, S) bool: False where a strip has no height, which marks what is occluded."""
    return bounds[..., 1] > bounds[..., 0]


class StripLSTM(nn.Module):
    """Backbone, strips, LSTM over the strips; the fused output is the person's vector.

    Args:
        strips: number of bands.
        hidden: size of the LSTM's state, and of a strip's vector in one direction.
        dim: length of the fused vector.
        bidirectional: read the strips from feet to head as well; the older name of ``direction: both``.
        last_stride: of the default backbone, see MobileNetV2.
        direction: ``head_to_feet``, ``feet_to_head`` or ``both``; None follows ``bidirectional``.
        backbone: name and arguments, see `reid.networks.backbones`; None is MobileNetV2.

    Raises:
        ValueError: if these settings do not fit together.
    """

    PARTS: ClassVar = {"backbone": BACKBONES}

    equal: Tensor

    def __init__(
        self,
        strips: int = 6,
        hidden: int = 256,
        dim: int = 256,
        bidirectional: bool = False,
        last_stride: int = 1,
        direction: Direction | None = None,
        backbone: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        direction = direction or ("both" if bidirectional else "head_to_feet")
        if direction not in get_args(Direction):
            raise ValueError(
                f"strip_lstm: direction {direction!r} is unknown; use one of {', '.join(get_args(Direction))}"
            )
        if bidirectional and direction != "both":
            raise ValueError(f"strip_lstm: bidirectional is true but direction is {direction!r}; leave one of them out")
        if backbone is not None and last_stride != 1:
            raise ValueError(
                "strip_lstm: with a backbone given, last_stride is a setting of the backbone; put it there"
            )
        both = direction == "both"
        self.upwards = direction == "feet_to_head"
        self.strips: int | None = strips
        self.part_dim: int | None = hidden * (2 if both else 1)
        self.dim = dim
        self.backbone = backbone_of({"name": DEFAULT, "last_stride": last_stride} if backbone is None else backbone)
        self.reduce = nn.Sequential(nn.Linear(self.backbone.channels, hidden), nn.LayerNorm(hidden), nn.ReLU())
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True, bidirectional=both)
        self.fuse = nn.Linear(hidden * (2 if both else 1), dim, bias=False)
        self.residual = nn.Linear(self.backbone.channels, dim, bias=False)
        # Over the batch, with the caveat that BatchNormNeck tells; its bias learns, as in the weights that ship.
        self.neck = nn.BatchNorm1d(dim)
        self.register_buffer("equal", torch.from_numpy(equal_bounds(strips)), persistent=False)

    def read(self, strips: Tensor) -> Tensor:
        """(B, S, hidden) in order from head to feet -> states (B, S, part_dim) in the same order."""
        if self.upwards:
            return self.lstm(strips.flip(1))[0].flip(1)
        return self.lstm(strips)[0]

    def features(self, images: Tensor, bounds: Tensor | None = None) -> PictureFeatures:
        """Vectors of persons and of their strips.

        Args:
            images: (B, 3, H, W) float, normalised as the card says.
            bounds: (B, strips, 2) see `reid.networks.alignment`; None for strips of equal height.

        Returns:
            vectors (B, dim), parts (B, strips, part_dim) (the states of the LSTM), visible (B, strips).
        """
        if bounds is None:
            bounds = self.equal.expand(images.shape[0], -1, -1)
        pooled = strip_pool(self.backbone(images), bounds)  # (B, S, C)
        visible = visibility(bounds).to(pooled.dtype).unsqueeze(2)  # (B, S, 1)
        states = self.read(self.reduce(pooled) * visible) * visible
        count = visible.sum(dim=1).clamp(min=1)
        mean_strip, mean_state = (pooled * visible).sum(dim=1) / count, states.sum(dim=1) / count
        before = self.residual(mean_strip) + self.fuse(mean_state)
        return PictureFeatures(before, self.neck(before), states, visible.squeeze(2))

    def forward(self, images: Tensor, bounds: Tensor | None = None) -> Tensor:
        """(B, 3, H, W), (B, strips, 2) -> (B, dim), not normalised; see `features`."""
        return self.features(images, bounds).after
