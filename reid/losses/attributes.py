"""Attributes of which many are not told: yes or no, and one of several."""

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


def choice_loss(logits: Tensor, answers: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Cross-entropy of questions with one answer each, such as an age group or a colour.

    Lin et al. 2019 (arXiv:1703.07220), equations 3 and 4: a softmax for each question, averaged over the M questions.

    Args:
        logits: (B, sum of sizes), the answers of one question side by side.
        answers: (B, M) int64 in 0..size-1; a negative number stands for unknown.
        sizes: how many answers each question has.

    Returns:
        Scalar: the mean over questions of the mean over those of whom the answer is known; 0 for a question of which
        nothing is known.

    Raises:
        ValueError: if the shapes do not fit the sizes.
    """
    if logits.shape != (len(answers), sum(sizes)) or answers.shape[1] != len(sizes):
        raise ValueError(f"expected (B, {sum(sizes)}) and (B, {len(sizes)}), got {logits.shape} and {answers.shape}")
    total = logits.sum() * 0
    for part, answer in zip(logits.split(list(sizes), dim=1), answers.unbind(dim=1), strict=True):
        known = answer >= 0
        if known.any():
            total = total + functional.cross_entropy(part[known], answer[known])
    return total / len(sizes)
