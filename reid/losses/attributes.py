"""Binary cross-entropy over attributes of which many are not told."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def masked_attribute_loss(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean binary cross-entropy over what is known (attribute part of Lin et al. 2019, arXiv:1703.07220, eq. 4).

    Args:
        logits: (N, A).
        labels: (N, A); 0..1 is a target, a negative number stands for unknown.
        weights: (A,) weight of a yes, above 1 for rare attributes; None for 1.

    Returns:
        Scalar; 0 if nothing is known.
    """
    known = (labels >= 0).to(logits.dtype)
    targets = labels.to(logits.dtype).clamp(min=0)
    terms = functional.binary_cross_entropy_with_logits(logits, targets, pos_weight=weights, reduction="none")
    return (terms * known).sum() / known.sum().clamp(min=1)
