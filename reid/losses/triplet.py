"""Triplet losses: hardest of the batch (TriHard), all of the batch, and drawn at random."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from reid.losses.distances import distances, pairs


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
    distance = distances(features)  # (B, B)
    same, other = pairs(identity)
    farthest = distance.masked_fill(~same, -torch.inf).amax(dim=1)
    nearest = distance.masked_fill(~other, torch.inf).amin(dim=1)
    gap = (farthest - nearest)[torch.isfinite(farthest) & torch.isfinite(nearest)]
    return _hinge(gap, margin).mean() if len(gap) else features.sum() * 0


def batch_all_triplet(features: Tensor, identity: Tensor, margin: float | None = 0.3) -> Tensor:
    """Every triplet that a batch holds.

    Hermans et al. 2017, equation 6, averaged as their variant "BA != 0": over the triplets that still have a loss,
    because the many that are settled would drown the few that are not. With the soft margin all have one.

    Args, returns: as `batch_hard_triplet`.
    """
    distance = distances(features)
    same, other = pairs(identity)
    valid = same[:, :, None] & other[:, None, :]  # (B, B, B): anchor, positive, negative
    terms = _hinge((distance[:, :, None] - distance[:, None, :])[valid], margin)
    return terms.sum() / (terms > 0).sum().clamp(min=1)


def random_triplet(
    features: Tensor, identity: Tensor, margin: float | None = 0.3, generator: torch.Generator | None = None
) -> Tensor:
    """For each picture one positive and one negative, drawn without a look at how hard they are.

    The plain triplet loss (Schroff et al., CVPR 2015, arXiv:1503.03832, equation 2, with the distance not squared as
    in the other two functions here).

    Args, returns: as `batch_hard_triplet`; ``generator`` is one of the CPU, None is torch's own.
    """
    anchor, positive, negative = draw_triplets(identity, generator).unbind(dim=1)
    if not len(anchor):
        return features.sum() * 0
    distance = distances(features)
    return _hinge(distance[anchor, positive] - distance[anchor, negative], margin).mean()


def draw_triplets(identity: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """(T, 3) positions of anchor, positive and negative: each anchor that has both, once."""
    same, other = (mask.cpu() for mask in pairs(identity))
    anchor = (same.any(dim=1) & other.any(dim=1)).nonzero()[:, 0]
    if not len(anchor):
        return torch.zeros(0, 3, dtype=torch.int64, device=identity.device)
    # Drawn on the CPU, whose random state is part of a training's checkpoint.
    drawn = [torch.multinomial(mask[anchor].float(), 1, generator=generator)[:, 0] for mask in (same, other)]
    return torch.stack([anchor, *drawn], dim=1).to(identity.device)


def _hinge(gap: Tensor, margin: float | None) -> Tensor:
    return functional.softplus(gap) if margin is None else functional.relu(gap + margin)
