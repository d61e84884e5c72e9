"""Who is it: a classification over the people of the training."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def identification(logits: Tensor, identity: Tensor, smoothing: float = 0.0) -> Tensor:
    """Cross-entropy against softened targets.

    Szegedy et al., CVPR 2016 (arXiv:1512.00567), section 7: the right class has ``1 - smoothing + smoothing / K``,
    every other ``smoothing / K``. People who are never met again should not be learnt with certainty. With smoothing
    the loss does not go to 0 but to the entropy of the targets.

    Args:
        logits: (B, K) over K identities.
        identity: (B,) int64 in 0..K-1.
        smoothing: 0 for the plain cross-entropy.

    Returns:
        Scalar; 0 for an empty batch.
    """
    if not len(identity):
        return logits.sum() * 0
    return functional.cross_entropy(logits, identity, label_smoothing=smoothing)


def strip_identification(logits: Tensor, identity: Tensor, visible: Tensor, smoothing: float = 0.0) -> Tensor:
    """One classification for each strip of a person, added up over the strips.

    Sun et al., ECCV 2018 (arXiv:1711.09349), section 3.2: each strip has a classifier of its own, and the loss is the
    sum. Each strip is averaged over the pictures in which it can be seen.

    Args:
        logits: (B, S, K).
        identity: (B,) int64.
        visible: (B, S) 1 where a strip can be seen, 0 where it is occluded.
        smoothing: as in `identification`.

    Returns:
        Scalar; a strip that nobody shows counts 0.
    """
    terms = functional.cross_entropy(
        logits.flatten(0, 1),
        identity.repeat_interleave(logits.shape[1]),
        label_smoothing=smoothing,
        reduction="none",
    ).view(visible.shape)
    return ((terms * visible).sum(dim=0) / visible.sum(dim=0).clamp(min=1)).sum()
