"""Strips that know nothing of each other, the comparison to strips that an LSTM reads in order.

Source: Sun et al., "Beyond part models" (PCB), ECCV 2018 (arXiv:1711.09349, section 3.1, without the refined pooling of
section 3.3): equal strips of the map are averaged, each goes through a 1 x 1 convolution of its own, and each is
classified by itself in training; the person's vector is all of them side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, get_args

import torch
from torch import Tensor, nn

from reid.networks.alignment import equal_bounds
from reid.networks.backbones import BACKBONES, backbone_of
from reid.networks.features import PictureFeatures
from reid.networks.neck import BatchNormNeck
from reid.networks.strips import strip_pool, visibility

Join = Literal["concatenation", "projection"]


class IndependentStrips(nn.Module):
    """Backbone, strips, a linear layer for each; side by side, or projected to a short vector.

    The strips are normalised one by one (layer norm, as in `StripLSTM`) and not over the batch as in the paper: zeros
    of occluded strips would distort a batch's statistics, and so the two networks differ only in what they compare.

    Args:
        strips: number of bands.
        hidden: length of a strip's vector.
        dim: length of the whole vector; ``strips * hidden`` with ``join: concatenation``.
        join: ``concatenation`` as published, in which occluded strips are zeros; or ``projection`` to ``dim`` numbers,
            in which the visible strips make up for the occluded ones.
        neck: batch normalisation of a projection, see BatchNormNeck. A concatenation has none: its strips are
            classified one by one, and it would turn the zeros of occluded strips into something else.
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
        join: Join = "projection",
        neck: bool = False,
        backbone: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if join not in get_args(Join):
            raise ValueError(f"independent_strips: join {join!r} is unknown; use one of {', '.join(get_args(Join))}")
        if join == "concatenation" and dim != strips * hidden:
            fits = f"{strips} strips of {hidden} make {strips * hidden}"
            raise ValueError(f"independent_strips: dim is {dim}, but {fits}; set dim to that, or join: projection")
        if join == "concatenation" and neck:
            raise ValueError("independent_strips: a concatenation has no neck; set neck: false, or join: projection")
        self.strips: int | None = strips
        self.part_dim: int | None = hidden
        self.dim = dim
        self.backbone = backbone_of(backbone)
        self.reduce = nn.ModuleList(
            nn.Sequential(nn.Linear(self.backbone.channels, hidden), nn.LayerNorm(hidden), nn.ReLU())
            for _ in range(strips)
        )
        self.project = nn.Linear(strips * hidden, dim, bias=False) if join == "projection" else None
        self.neck = BatchNormNeck(dim) if neck else nn.Identity()
        self.register_buffer("equal", torch.from_numpy(equal_bounds(strips)), persistent=False)

    def features(self, images: Tensor, bounds: Tensor | None = None) -> PictureFeatures:
        """Vectors of persons and of their strips.

        Args:
            images: (B, 3, H, W) float, normalised as the card says.
            bounds: (B, strips, 2) see `reid.networks.alignment`; None for strips of equal height.

        Returns:
            vectors (B, dim), parts (B, strips, hidden), visible (B, strips).
        """
        if bounds is None:
            bounds = self.equal.expand(images.shape[0], -1, -1)
        pooled = strip_pool(self.backbone(images), bounds)  # (B, S, C)
        visible = visibility(bounds).to(pooled.dtype)  # (B, S)
        parts = torch.stack([reduce(pooled[:, s]) for s, reduce in enumerate(self.reduce)], dim=1)  # (B, S, E)
        parts = parts * visible.unsqueeze(2)
        before = parts.flatten(1)
        if self.project is not None:
            seen = visible.sum(dim=1, keepdim=True).clamp(min=1)
            before = self.project(before) * (visible.shape[1] / seen)
        return PictureFeatures(before, self.neck(before), parts, visible)

    def forward(self, images: Tensor, bounds: Tensor | None = None) -> Tensor:
        """(B, 3, H, W), (B, strips, 2) -> (B, dim), not normalised; see `features`."""
        return self.features(images, bounds).after
