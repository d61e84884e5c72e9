"""What a picture network tells of its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from reid.networks.backbones import StagedBackbone


@dataclass(frozen=True, slots=True)
class PictureFeatures:
    """Features of B pictures.

    Attributes:
        before: (B, D) before the neck, where metric losses act (Luo et al. 2019, arXiv:1903.07071, section 3.5).
        after: (B, D) after the neck, where classification acts; what a person's vector is made of.
        parts: (B, S, E) one vector per strip, for explanation and for losses on strips; None without strips.
        visible: (B, S) 1 where a strip can be seen, 0 where it is occluded; None without strips.
    """

    before: Tensor
    after: Tensor
    parts: Tensor | None = None
    visible: Tensor | None = None


class PictureNetwork(Protocol):
    """A network that the task `appearance` can train; every one is an nn.Module.

    Attributes:
        backbone: its convolutional part, which learns slower and of which stages may be frozen.
        dim: length of a vector.
        strips: how many bands it cuts a person into; None for a network without strips.
        part_dim: length of a strip's vector; None without strips.
    """

    backbone: StagedBackbone
    dim: int
    strips: int | None
    part_dim: int | None

    def features(self, images: Tensor, bounds: Tensor | None = None) -> PictureFeatures:
        """(B, 3, H, W) normalised; ``bounds`` (B, strips, 2), see `reid.networks.alignment`, if there are strips."""
        ...
