"""Same or different: a classification of pairs."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from reid.losses.distances import pairs

DIFFERENT, SAME = 0, 1


def draw_pairs(identity: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
    """As many pairs of two persons as there are of one, the more numerous kind drawn at random.

    Args:
        identity: (B,) int.
        generator: one of the CPU; None is torch's own.

    Returns:
        (N, 2) positions with the first below the second, and (N,) int64 of 1 for the same person, 0 for two. If the
        batch holds pairs of one kind only, all of them.
    """
    first, second = torch.triu_indices(len(identity), len(identity), 1)
    same = pairs(identity)[0].cpu()[first, second]
    rows = torch.stack([first, second], dim=1)
    kinds = [rows[~same], rows[same]]  # by DIFFERENT, SAME
    least = min(len(kind) for kind in kinds)
    if least:
        # Drawn on the CPU, whose random state is part of a training's checkpoint.
        kinds = [kind[torch.randperm(len(kind), generator=generator)[:least]] for kind in kinds]
    labels = torch.cat([torch.full((len(kind),), label) for label, kind in zip((DIFFERENT, SAME), kinds, strict=True)])
    return torch.cat(kinds).to(identity.device), labels.to(identity.device)


def squared_difference(first: Tensor, second: Tensor) -> Tensor:
    """The square layer ``(f1 - f2)^2``, element by element, of (N, D) and (N, D).

    Zheng, Zheng and Yang 2016 (arXiv:1611.05666), section 4.2.
    """
    return (first - second).square()


def verification(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of a head that says of pairs whether they show one person (Zheng et al. 2016, equations 3 and 4).

    Args:
        logits: (N, 2) for different and same, of a head on `squared_difference`.
        labels: (N,) as `draw_pairs` gives them.

    Returns:
        Scalar; 0 without a pair.
    """
    return functional.cross_entropy(logits, labels) if len(labels) else logits.sum() * 0
