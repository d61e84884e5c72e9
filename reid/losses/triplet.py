"""Batch-hard triplet loss (TriHard)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def batch_hard_triplet(features: Tensor, identity: Tensor, margin: float | None = 0.3) -> Tensor:
    """For each picture the farthest of its own identity against the nearest of another.

    Hermans, Beyer and Leibe 2017 (arXiv:1703.07737), equation 5: mean over anchors of
    ``[margin + max d(a, p) - min d(a, n)]_+`` with the Euclidean distance (not squared).

    Args:
        features: (B, D).
        identity: (B,) int.
        margin: the hard margin; None takes the soft margin ``log(1 + exp(.))`` instead.

    Returns:
        Scalar; anchors without a positive or without a negative are left out, and 0 if none is left.
    """
    distance = torch.cdist(features, features, compute_mode="donot_use_mm_for_euclid_dist")  # (B, B)
    same = identity[:, None] == identity[None]
    itself = torch.eye(len(identity), dtype=torch.bool, device=same.device)
    farthest = distance.masked_fill(~same | itself, -torch.inf).amax(dim=1)
    nearest = distance.masked_fill(same, torch.inf).amin(dim=1)
    gap = (farthest - nearest)[torch.isfinite(farthest) & torch.isfinite(nearest)]
    if not len(gap):
        return features.sum() * 0
    return (functional.softplus(gap) if margin is None else functional.relu(gap + margin)).mean()
