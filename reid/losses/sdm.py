"""Similarity distribution matching (SDM)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from reid.losses.cmpm import divergence, right_pairs


def sdm(
    image: Tensor, text: Tensor, identity: Tensor, scale: float = 50.0, identity_text: Tensor | None = None
) -> Tensor:
    """CMPM with cosines and a temperature instead of free lengths.

    IRRA: Jiang and Ye, CVPR 2023 (arXiv:2303.12501, section 3.3): ``p_ij = softmax_j(cos(x_i, z_j) / tau)`` with tau
    0.02, then the same divergence from the true distribution as CMPM, both ways.

    The divergence is of what was found from what is true, so that a row which is sure of one wrong partner, or of one
    of two right ones, gets next to no gradient. IRRA starts from CLIP, where few rows are; from random weights a higher
    temperature (0.05 to 0.1) gets stuck less.

    Args:
        image: (B, D), of any norm.
        text: (T, D), of any norm.
        identity: (B,) int, who is in a picture.
        scale: 1 / temperature.
        identity_text: (T,) int, whom a sentence was made for; None if sentence i belongs to picture i.

    Returns:
        Scalar; rows without a right partner are left out, and 0 if none is left.

    Raises:
        ValueError: if shapes do not agree.
    """
    positive = right_pairs(image, text, identity, identity_text)
    cosines = functional.normalize(image, dim=1) @ functional.normalize(text, dim=1).T * scale
    return divergence(cosines, positive) + divergence(cosines.T, positive.T)
