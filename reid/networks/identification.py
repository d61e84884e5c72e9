"""One vector for the whole person, learnt by telling the people of the training set apart.

Source: Zheng et al., "Person re-identification: past, present and future", 2016 (arXiv:1610.02984: the
ID-discriminative embedding), and with the neck Luo et al. 2019 (arXiv:1903.07071, section 3.5). The classifier stands
outside, with the losses: a network here returns features only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor, nn

from reid.networks.backbones import BACKBONES, backbone_of
from reid.networks.features import PictureFeatures
from reid.networks.neck import BatchNormNeck
from reid.networks.pooling import PoolName, build_pool


class GlobalPool(nn.Module):
    """Backbone, pool over the whole map, one linear layer, neck.

    Args:
        dim: length of the vector.
        backbone: name and arguments, see `reid.networks.backbones`; None is MobileNetV2.
        pool: ``average`` or ``max``.
        neck: batch normalisation between the vector of metric losses and that of classification (BNNeck); mind its
            caveat about small batches. Without it both are the same vector.
    """

    PARTS: ClassVar = {"backbone": BACKBONES}

    strips: int | None = None
    part_dim: int | None = None

    def __init__(
        self, dim: int = 256, backbone: Mapping[str, Any] | None = None, pool: PoolName = "average", neck: bool = True
    ) -> None:
        super().__init__()
        self.dim = dim
        self.backbone = backbone_of(backbone)
        self.pool = build_pool(pool)
        self.embed = nn.Linear(self.backbone.channels, dim, bias=False)
        self.neck = BatchNormNeck(dim) if neck else nn.Identity()

    def features(self, images: Tensor, bounds: Tensor | None = None) -> PictureFeatures:  # noqa: ARG002 - no strips
        """(B, 3, H, W) normalised -> vectors (B, dim) before and after the neck; there are no parts."""
        before = self.embed(self.pool(self.backbone(images)))
        return PictureFeatures(before, self.neck(before))

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) normalised -> (B, dim), not normalised."""
        return self.features(images).after
