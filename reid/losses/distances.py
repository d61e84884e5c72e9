"""What the losses on pairs, triplets and quadruplets share: distances within a batch, and who is the same person."""

from __future__ import annotations

import torch
from torch import Tensor


def distances(features: Tensor) -> Tensor:
    """(B, D) -> (B, B) Euclidean distances, not squared.

    Computed from differences: the way over a product of matrices is inexact for near vectors. The gradient is 0 where
    two vectors are equal.
    """
    return torch.cdist(features, features, compute_mode="donot_use_mm_for_euclid_dist")


def pairs(identity: Tensor) -> tuple[Tensor, Tensor]:
    """Which pairs show one person (nobody is a pair with itself), and which show two: both (B, B) bool."""
    same = identity[:, None] == identity[None]
    itself = torch.eye(len(identity), dtype=torch.bool, device=identity.device)
    return same & ~itself, ~same
