"""Margin sample mining loss: the two hardest pairs of a batch."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from reid.losses.distances import distances, pairs


def margin_sample_mining(features: Tensor, identity: Tensor, margin: float = 0.3) -> Tensor:
    """The farthest pair of one person against the nearest pair of two, whoever they are.

    Xiao, Luo and Zhang 2017 (arXiv:1710.00478), the quadruplet loss with hard mining: ``[margin + max d(a, a') -
    min d(b, c)]_+`` over a whole batch. One quadruplet of a batch is all that gives a gradient, so it learns slowly.

    Args:
        features: (B, D); its authors bring them to norm 1 first.
        identity: (B,) int.
        margin: by how much the nearest strangers must be farther apart.

    Returns:
        Scalar; 0 if the batch holds no pair of one person or none of two.
    """
    distance = distances(features)
    same, other = pairs(identity)
    if not same.any() or not other.any():
        return features.sum() * 0
    return functional.relu(margin + distance[same].max() - distance[other].min())
