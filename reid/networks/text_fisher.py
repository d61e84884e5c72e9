"""Fisher vector: a sentence as the direction in which it would move a mixture of word vectors."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from reid.networks.mixture import KINDS, Kind, distances, fit_mixture, log_densities
from reid.networks.words import WordTable

_AT_CENTRE = 0.01  # of a spread; nearer than this to a Laplacian's centre its slope is between -1 and 1


class FisherVector(WordTable):
    """Improved Fisher vector of a sentence's words, then a linear layer or a small network.

    The gradient of a sentence's mean log-likelihood with respect to the centres and spreads of a mixture, divided by
    the root of the Fisher information: Perronnin, Sanchez and Mensink, "Improving the Fisher kernel for large-scale
    image classification", ECCV 2010 (sections 2 and 3, with power and L2 normalisation). For words, and for Laplacian
    and hybrid mixtures: Klein et al., CVPR 2015 (arXiv:1411.7399).

    The order of words does not matter to it. Call `set_words`, then `fit`, before training.

    Args:
        words: size of the vocabulary; 0 is padding, words count from 1.
        word_dim: length of a word's vector.
        dim: length of the result.
        components: of the mixture.
        reduced: dimensions that word vectors are brought to by principal component analysis; 0 keeps them all. The
            Fisher vector is 2 x components x reduced long.
        mixture: ``gaussian``, ``laplacian``, or ``hybrid``, where each dimension of a component is either.
        hidden: width of a layer in between; 0 for a linear layer alone.
        dropout: before the last layer, while training.

    Raises:
        ValueError: if ``mixture`` has another name or ``reduced`` is longer than a word's vector.
    """

    fitted: Tensor
    middle: Tensor
    axes: Tensor
    weights: Tensor
    centres: Tensor
    spreads: Tensor
    laplacian: Tensor

    def __init__(
        self,
        words: int,
        word_dim: int = 100,
        dim: int = 256,
        components: int = 16,
        reduced: int = 50,
        mixture: Kind = "gaussian",
        hidden: int = 0,
        dropout: float = 0.1,
    ) -> None:
        if mixture not in KINDS:
            raise ValueError(f"mixture {mixture!r} is unknown; use one of {', '.join(KINDS)}")
        if not 0 <= reduced <= word_dim:
            raise ValueError(f"reduced must lie in 0..{word_dim}, the length of a word's vector, got {reduced}")
        super().__init__(words, word_dim)
        reduced = reduced or word_dim
        self.components, self.mixture = components, mixture
        self.length = 2 * components * reduced
        self.register_buffer("fitted", torch.tensor(False))
        self.register_buffer("middle", torch.zeros(word_dim))
        self.register_buffer("axes", torch.eye(word_dim, reduced))
        self.register_buffer("weights", torch.full((components,), 1 / components))
        self.register_buffer("centres", torch.zeros(components, reduced))
        self.register_buffer("spreads", torch.ones(components, reduced))
        self.register_buffer("laplacian", torch.full((components, reduced), mixture == "laplacian"))
        between = [nn.Linear(self.length, hidden), nn.ReLU()] if hidden else []
        self.project = nn.Sequential(*between, nn.Dropout(dropout), nn.Linear(hidden or self.length, dim))

    def fit(self, tokens: Tensor, seed: int = 0) -> list[float]:
        """Fit the axes and the mixture to the words of training sentences, each as often as it is said.

        Args:
            tokens: (N, L) int64 word numbers, 0 is passed over.
            seed: of the start.

        Returns:
            Mean log-likelihood of a word, step by step.

        Raises:
            ValueError: if there are fewer different words than components.
        """
        numbers, counts = tokens[tokens > 0].unique(return_counts=True)
        vectors = self.look_up(numbers[None].to(self.codes.device))[0][0].double().cpu()
        share = counts.double().cpu() / max(1, int(counts.sum()))
        middle, axes = share @ vectors, torch.eye(self.word_dim, dtype=torch.float64)
        if self.axes.shape[1] < self.word_dim:
            spread = (vectors - middle) * share[:, None].sqrt()
            axes = torch.linalg.eigh(spread.T @ spread).eigenvectors.flip(1)[:, : self.axes.shape[1]]
        self._keep(middle=middle, axes=axes)
        points = (vectors - self.middle.double().cpu()) @ self.axes.double().cpu()
        mixture, history = fit_mixture(points, counts.cpu(), self.components, self.mixture, seed)
        self._keep(weights=mixture.weights.clamp(min=1e-4), centres=mixture.centres, spreads=mixture.spreads)
        self.laplacian.copy_(mixture.laplacian)
        self.fitted.fill_(True)
        return history

    def _keep(self, **tensors: Tensor) -> None:
        for name, tensor in tensors.items():
            # As it will be read from a file of half precision, so that training and use see the same numbers.
            getattr(self, name).copy_(tensor.half().float())

    def gradients(self, tokens: Tensor) -> Tensor:
        """(B, L) -> (B, 2, components, reduced): with respect to centres, then to spreads, before any normalisation."""
        vectors, said = self.look_up(tokens)
        z = distances((vectors - self.middle) @ self.axes, self.centres, self.spreads)  # (B, L, K, R)
        joint = self.weights.log() + log_densities(z, self.spreads, self.laplacian)
        belongs = torch.softmax(joint, dim=2) * said  # (B, L, K)
        # Divided by the root of the Fisher information: w / s^2 and 2 w / s^2 of a Gaussian, w / s^2 of a Laplacian.
        # A Laplacian's centre is some word's own place, where its slope jumps from -1 to 1: rounding must not decide.
        centre = torch.where(self.laplacian, (z / _AT_CENTRE).clamp(-1, 1), z)
        spread = torch.where(self.laplacian, z.abs() - 1, (z.square() - 1) * math.sqrt(0.5))
        both = torch.stack([torch.einsum("blk,blkr->bkr", belongs, part) for part in (centre, spread)], dim=1)
        length = said.sum(dim=1).clamp(min=1)[:, :, None, None]
        return both / length / self.weights.sqrt()[:, None]

    def fisher(self, tokens: Tensor) -> Tensor:
        """(B, L) -> (B, length) of norm 1: the improved Fisher vector."""
        flat = self.gradients(tokens).flatten(1)
        return nn.functional.normalize(flat.sign() * flat.abs().sqrt(), dim=1)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, L) int64 word numbers, 0 after the end -> (B, dim), not normalised.

        Raises:
            RuntimeError: if it is trained before its mixture was fitted.
        """
        if self.training and not self.fitted:
            raise RuntimeError("the mixture of the Fisher vector is not fitted: call fit(tokens) before training")
        # Words and mixture are fixed; squares of small differences want all of float32.
        with torch.no_grad(), torch.autocast(tokens.device.type, enabled=False):
            flat = self.fisher(tokens) * math.sqrt(self.length)  # entries of about 1, as layers like them
        return self.project(flat)
