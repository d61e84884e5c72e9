"""Contrastive loss on pairs."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from reid.losses.distances import distances, pairs


def contrastive(features: Tensor, identity: Tensor, margin: float = 1.0) -> Tensor:
    """Pairs of one person are drawn together, pairs of two are pushed apart as far as the margin.

    Hadsell, Chopra and LeCun, CVPR 2006, equation 4: ``d^2 / 2`` for a pair of one person and
    ``[margin - d]_+^2 / 2`` for a pair of two. A batch holds many more pairs of the second kind, so each kind is
    averaged by itself and the two averages are added.

    Args:
        features: (B, D); the margin is a distance, so it wants vectors of a known scale, such as norm 1.
        identity: (B,) int.
        margin: from where two persons are far enough from each other.

    Returns:
        Scalar; a kind of which the batch holds no pair counts 0.
    """
    distance = distances(features)
    same, other = pairs(identity)
    together = (distance.square() * same).sum() / same.sum().clamp(min=1)
    apart = (functional.relu(margin - distance).square() * other).sum() / other.sum().clamp(min=1)
    return (together + apart) / 2
