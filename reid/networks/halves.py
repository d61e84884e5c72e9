"""The two halves of a vector that pictures and sentences share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reid.networks.centre import Centre


class Halves(nn.Module):
    """A learnt embedding and named attributes, side by side with equal weight, together of norm 1.

    Args:
        meaning: length of the embedding.
        attributes: how many attributes.
        centred: take the mean off each half, see Centre.
    """

    def __init__(self, meaning: int, attributes: int, centred: bool = False) -> None:
        super().__init__()
        self.meaning = Centre(meaning) if centred else nn.Identity()
        self.attributes = Centre(attributes) if centred else nn.Identity()

    def forward(self, meaning: Tensor, attributes: Tensor) -> Tensor:
        """(B, meaning) and (B, attributes) of any length -> (B, meaning + attributes) of norm 1."""
        first = self.meaning(nn.functional.normalize(meaning, dim=1))
        second = self.attributes(nn.functional.normalize(attributes, dim=1))
        return torch.cat([first, second], dim=1) * 0.5**0.5
