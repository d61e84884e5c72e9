"""Cross-entropy of both paths over one classifier: of instances, or of identities.

One layer of weights W judges pictures and sentences alike, which is what ties the two paths together. The two losses
differ in what a class is: at instance level each picture with its sentences is a class of its own, so that two
pictures of one person are two; at identity level all that belongs to a person is one.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def instance_loss(image: Tensor, text: Tensor, weight: Tensor, instance: Tensor, smoothing: float = 0.0) -> Tensor:
    """``-log softmax(W f_image)[c] - log softmax(W f_text)[c]``, c the picture's own number.

    Zheng et al. 2017 (dual path, arXiv:1711.05535, section 4, equation 4 and its twin for sentences).

    Args:
        image: (B, D), not normalised.
        text: (B, D), sentence i belongs to picture i.
        weight: (instances, D), the same for both.
        instance: (B,) int64, which picture.
        smoothing: share of a label that is spread over all classes.

    Returns:
        Scalar: the mean over pictures plus the mean over sentences.

    Raises:
        ValueError: if the shapes do not agree.
    """
    return _both(image, text, weight, instance, smoothing)


def identity_loss(image: Tensor, text: Tensor, weight: Tensor, identity: Tensor, smoothing: float = 0.0) -> Tensor:
    """The same with persons as classes, as IRRA's identity loss (Jiang and Ye, CVPR 2023, arXiv:2303.12501, 3.4).

    Args:
        image: (B, D), not normalised.
        text: (B, D), sentence i belongs to picture i.
        weight: (identities, D), the same for both.
        identity: (B,) int64, which person.
        smoothing: share of a label that is spread over all classes.

    Returns:
        Scalar: the mean over pictures plus the mean over sentences.

    Raises:
        ValueError: if the shapes do not agree.
    """
    return _both(image, text, weight, identity, smoothing)


def _both(image: Tensor, text: Tensor, weight: Tensor, classes: Tensor, smoothing: float) -> Tensor:
    if image.shape != text.shape or image.shape != (len(classes), weight.shape[1]):
        raise ValueError(
            f"expected pictures and sentences ({len(classes)}, {weight.shape[1]}), "
            f"got {tuple(image.shape)} and {tuple(text.shape)}"
        )
    seen = functional.cross_entropy(image @ weight.T, classes, label_smoothing=smoothing)
    read = functional.cross_entropy(text @ weight.T, classes, label_smoothing=smoothing)
    return seen + read
