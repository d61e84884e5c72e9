"""What stands between the vector that metric losses shape and the one that is classified."""

from __future__ import annotations

from torch import nn


class BatchNormNeck(nn.BatchNorm1d):
    """BNNeck (Luo et al. 2019, arXiv:1903.07071, section 3.5): batch normalisation with its bias held at 0.

    The triplet loss wants distances before it, the classifier wants directions after it; the bias is held at 0 so
    that the classifier's boundaries go through the origin and a cosine means something.

    Beware of small batches: while training, mean and variance are those of the batch, so with few samples they are
    noise that every vector shares (below about 16 it shows; Wu and He 2018, arXiv:1803.08494, figure 1), they leak what
    else is in the batch into each vector, and a batch of one cannot be normalised at all (ValueError). In a PK batch
    the samples are not independent either: the number of people counts more than that of pictures. In evaluation the
    running mean and variance are used, so a vector never depends on its neighbours; after few steps these still carry
    their start (momentum 0.1: 22 steps until nine tenths are learnt). Gradient accumulation does not make the batch
    of this layer larger.

    Args:
        dim: length of the vectors.
    """

    def __init__(self, dim: int) -> None:
        super().__init__(dim)
        self.bias.requires_grad_(False)
