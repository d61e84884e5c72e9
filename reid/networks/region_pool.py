"""Region vectors to a few vectors that stand for the whole picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class RegionPool(nn.Module):
    """Soft bands: each is a weighted mean of the regions, with weights that a learnt query gives.

    A mean over all regions would forget what is above and what below. The queries start as the marks of equal
    distances from head to feet, so the bands start as strips, and are free to move.

    Args:
        heights: (S, C) the marks of S heights, see `VisualMap.heights`.
    """

    def __init__(self, heights: Tensor) -> None:
        super().__init__()
        self.queries = nn.Parameter(2 * heights.detach().clone())

    def forward(self, regions: Tensor) -> Tensor:
        """(M, N, C) -> (M, S + 1, C): the bands, then the plain mean."""
        scores = regions @ self.queries.T / regions.shape[-1] ** 0.5  # (M, N, S)
        bands = torch.softmax(scores.float(), dim=1).to(regions.dtype).transpose(1, 2) @ regions
        return torch.cat([bands, regions.mean(dim=1, keepdim=True)], dim=1)
