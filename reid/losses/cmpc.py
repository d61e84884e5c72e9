"""Cross-modal projection classification (CMPC)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def cmpc(image: Tensor, text: Tensor, weight: Tensor, identity: Tensor) -> Tensor:
    """Cross-entropy of persons on what each vector has in common with its partner.

    Zhang and Lu, "Deep cross-modal projection learning for image-text matching", ECCV 2018, section 3.3: the picture's
    vector is projected onto its sentence's direction, ``x' = (x . z / |z|) z / |z|``, and classified by weights of norm
    1 (norm-softmax); likewise the sentence's onto the picture's. Both directions are added.

    A projection is the same onto a direction and onto its opposite, so that alone this leaves open whether a sentence
    points to its picture or away from it: it goes with CMPM, as published.

    Args:
        image: (B, D), not normalised.
        text: (B, D), sentence i belongs to picture i.
        weight: (identities, D); brought to norm 1 here, row by row.
        identity: (B,) int64.

    Returns:
        Scalar.

    Raises:
        ValueError: if the shapes do not agree.
    """
    if image.shape != text.shape or image.shape != (len(identity), weight.shape[1]):
        raise ValueError(
            f"expected pictures and sentences ({len(identity)}, {weight.shape[1]}), "
            f"got {tuple(image.shape)} and {tuple(text.shape)}"
        )
    classes = functional.normalize(weight, dim=1).T  # (D, K)
    seen = functional.cross_entropy(_onto(image, text) @ classes, identity)
    read = functional.cross_entropy(_onto(text, image) @ classes, identity)
    return seen + read


def _onto(vectors: Tensor, partners: Tensor) -> Tensor:
    direction = functional.normalize(partners, dim=1)
    return (vectors * direction).sum(dim=1, keepdim=True) * direction
