"""Takes off what all vectors have in common."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Centre(nn.Module):
    """Unit vectors less their mean, of norm 1 again.

    What all pictures share, and what all sentences share, tells nobody apart; but a picture that happens to lie near
    the mean of the sentences is near to every one of them, a hub that crowds out better answers (Radovanovic et al.
    2010, "Hubs in space", JMLR 11; taking the mean off: Suzuki et al. 2013, "Centering similarity measures to reduce
    hubs", EMNLP). The mean is a running one, as that of batch normalisation, and no gradient goes through it.

    Args:
        dim: length of a vector.
        momentum: how much a batch's mean counts while training.
    """

    mean: Tensor

    def __init__(self, dim: int, momentum: float = 0.02) -> None:
        super().__init__()
        self.momentum = momentum
        self.register_buffer("mean", torch.zeros(dim))

    def forward(self, vectors: Tensor) -> Tensor:
        """(B, dim) of norm 1 -> (B, dim) of norm 1."""
        if self.training:
            with torch.no_grad():
                self.mean.lerp_(vectors.float().mean(dim=0), self.momentum)
        return nn.functional.normalize(vectors - self.mean, dim=1)
