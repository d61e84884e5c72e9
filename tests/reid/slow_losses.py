"""What the tests of the losses share: batches with awkward compositions."""

from __future__ import annotations

import torch
from torch import Tensor

# One identity, nobody twice, uneven, a batch of one, a batch of two.
IDENTITIES = ([0, 0, 1, 1], [0, 0, 0, 1, 2, 2], [4, 4, 4], [0, 1, 2], [3, 3, 1], [7], [5, 5], [0, 0, 1, 1, 2, 2, 3, 3])


def vectors(count: int, dim: int, *, ties: bool = False) -> Tensor:
    """(count, dim) numbers; with ``ties`` every second vector equals the one before."""
    made = torch.randn(count, dim, generator=torch.Generator().manual_seed(count * 10 + dim))
    return made[torch.arange(count) // 2] if ties else made
