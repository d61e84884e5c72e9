"""Cross-modal projection matching (CMPM)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

EPSILON = 1e-8  # keeps log(p / q) finite where q is 0; as published


def cmpm(image: Tensor, text: Tensor, identity: Tensor, identity_text: Tensor | None = None) -> Tensor:
    """KL divergence between how vectors project onto each other and who belongs together, both ways.

    Zhang and Lu, "Deep cross-modal projection learning for image-text matching", ECCV 2018, section 3.2:
    ``p_ij = softmax_j(x_i . z_j / |z_j|)``, ``q_ij = y_ij / sum_k y_ik``, ``L = mean_i sum_j p_ij log(p_ij / (q_ij +
    epsilon))`` for pictures over sentences, plus the same for sentences over pictures. The lengths of the projected
    vectors are free, so that they act as a temperature.

    Args:
        image: (B, D), not normalised.
        text: (T, D), not normalised.
        identity: (B,) int, who is in a picture.
        identity_text: (T,) int, whom a sentence was made for; None if sentence i belongs to picture i.

    Returns:
        Scalar; rows without a right partner are left out, and 0 if none is left.

    Raises:
        ValueError: if shapes do not agree.
    """
    positive = right_pairs(image, text, identity, identity_text)
    onto_text = image @ functional.normalize(text, dim=1).T  # (B, T)
    onto_image = text @ functional.normalize(image, dim=1).T  # (T, B)
    return divergence(onto_text, positive) + divergence(onto_image, positive.T)


def right_pairs(image: Tensor, text: Tensor, identity: Tensor, identity_text: Tensor | None) -> Tensor:
    """(B, T) bool: picture and sentence are of one person.

    Raises:
        ValueError: if shapes do not agree.
    """
    said = identity if identity_text is None else identity_text
    if image.shape != (len(identity), text.shape[1]) or len(text) != len(said):
        raise ValueError(
            f"expected ({len(identity)}, D) pictures and ({len(said)}, D) sentences as the identities say, "
            f"got {tuple(image.shape)} and {tuple(text.shape)}"
        )
    return identity[:, None] == said[None]


def divergence(logits: Tensor, positive: Tensor) -> Tensor:
    """Mean over rows of KL(softmax(logits) || q + epsilon), q spread evenly over a row's right partners.

    Args:
        logits: (N, M).
        positive: (N, M) bool.

    Returns:
        Scalar; rows without a right partner are left out, and 0 if none is left.
    """
    partners = positive.sum(dim=1, keepdim=True)  # (N, 1): kept as a column, or each column would be divided by it
    counts = partners[:, 0] > 0
    if not counts.any():
        return logits.sum() * 0
    # Divided by the sum, so that a row is a distribution; by its L2 norm it would not be one.
    wanted = positive[counts].to(logits.dtype) / partners[counts]
    found = functional.log_softmax(logits[counts], dim=1)
    return (found.exp() * (found - torch.log(wanted + EPSILON))).sum(dim=1).mean()
