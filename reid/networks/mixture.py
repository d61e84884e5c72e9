"""Mixtures of independent Gaussians or Laplacians, fitted by expectation maximisation.

Sources: Dempster, Laird and Rubin 1977; start by k-means++, Arthur and Vassilvitskii 2007; Laplacian and hybrid
mixtures by Klein et al., CVPR 2015 (arXiv:1411.7399). In a hybrid each dimension of each component is the one or the
other, whichever is the likelier.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

Kind = Literal["gaussian", "laplacian", "hybrid"]
KINDS = get_args(Kind)
# A component may not shrink further than to this share of all points' spread, or it would sit on a single word.
_NARROWEST = 0.1


@dataclass(frozen=True, slots=True)
class Mixture:
    """K components over D dimensions.

    Attributes:
        weights: (K,) sums to 1.
        centres: (K, D) mean of a Gaussian, median of a Laplacian.
        spreads: (K, D) standard deviation of a Gaussian, mean absolute deviation of a Laplacian.
        laplacian: (K, D) bool, which of the two a dimension is.
    """

    weights: Tensor
    centres: Tensor
    spreads: Tensor
    laplacian: Tensor


def distances(points: Tensor, centres: Tensor, spreads: Tensor) -> Tensor:
    """(..., D), (K, D), (K, D) -> (..., K, D): signed distance from each centre in units of its spread."""
    return (points.unsqueeze(-2) - centres) / spreads


def log_densities(z: Tensor, spreads: Tensor, laplacian: Tensor) -> Tensor:
    """(..., K, D) of `distances`, (K, D), (K, D) -> (..., K): log density under each component."""
    gaussian = -z.square() / 2 - spreads.log() - math.log(2 * math.pi) / 2
    return torch.where(laplacian, -z.abs() - (2 * spreads).log(), gaussian).sum(dim=-1)


def fit_mixture(
    points: Tensor, counts: Tensor, components: int, kind: Kind = "gaussian", seed: int = 0, steps: int = 100
) -> tuple[Mixture, list[float]]:
    """Fit a mixture to weighted points.

    Args:
        points: (N, D).
        counts: (N,) > 0, how often each was seen.
        components: K.
        kind: ``gaussian``, ``laplacian``, or ``hybrid`` of both.
        seed: of the start.
        steps: at most; it stops where the likelihood hardly rises any more.

    Returns:
        The mixture, of float64, and the mean log-likelihood of a point before each step and after the last, which
        never falls.

    Raises:
        ValueError: if there are fewer points than components, or no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"mixture {kind!r} is unknown; use one of {', '.join(KINDS)}")
    if len(points) < components:
        raise ValueError(f"{components} components cannot be fitted to {len(points)} different words")
    points, counts = points.double(), counts.double()
    share = counts / counts.sum()
    centre = share @ points
    overall = (share @ (points - centre).square()).sqrt()  # (D,)
    narrowest = _NARROWEST * torch.maximum(overall, 0.1 * overall.square().mean().sqrt() + 1e-9)
    order = points.argsort(dim=0)
    nearest = _clusters(points, share, components, torch.Generator().manual_seed(seed))
    belongs = torch.nn.functional.one_hot(nearest, components).double()
    mixture = Mixture(
        torch.full((components,), 1 / components, dtype=torch.float64),
        centre.expand(components, -1),
        overall.clamp(min=1e-9).expand(components, -1),
        torch.full((components, points.shape[1]), kind == "laplacian"),
    )
    mixture = _maximise(points, order, belongs * share[:, None], mixture, narrowest, kind)
    history: list[float] = []
    for _ in range(steps):
        belongs, likelihood = _expect(points, share, mixture)
        history.append(likelihood)
        if len(history) > 1 and history[-1] - history[-2] < 1e-7 * abs(history[-2]):
            return mixture, history
        mixture = _maximise(points, order, belongs * share[:, None], mixture, narrowest, kind)
    history.append(_expect(points, share, mixture)[1])
    return mixture, history


def _clusters(points: Tensor, share: Tensor, components: int, generator: torch.Generator) -> Tensor:
    """(N,) the cluster of each point: k-means++, then ten rounds of Lloyd's algorithm."""
    chosen = [int(torch.multinomial(share, 1, generator=generator))]
    while len(chosen) < components:
        far = torch.cdist(points, points[chosen]).amin(dim=1).square() * share
        far[chosen] = 0
        if far.sum() <= 0:  # only repetitions of what is chosen are left
            far = share.clone()
            far[chosen] = 0
        chosen.append(int(torch.multinomial(far, 1, generator=generator)))
    centres = points[chosen]
    for _ in range(10):
        belongs = torch.nn.functional.one_hot(torch.cdist(points, centres).argmin(dim=1), components).double()
        mass = (share[:, None] * belongs).sum(dim=0)[:, None]
        centres = torch.where(mass > 0, (share[:, None] * belongs).T @ points / mass.clamp(min=1e-30), centres)
    return torch.cdist(points, centres).argmin(dim=1)


def _expect(points: Tensor, share: Tensor, mixture: Mixture) -> tuple[Tensor, float]:
    """Responsibilities (N, K) and the mean log-likelihood."""
    z = distances(points, mixture.centres, mixture.spreads)
    joint = mixture.weights.log() + log_densities(z, mixture.spreads, mixture.laplacian)
    total = torch.logsumexp(joint, dim=1, keepdim=True)
    return (joint - total).exp(), float(share @ total[:, 0])


def _maximise(points: Tensor, order: Tensor, mass: Tensor, old: Mixture, narrowest: Tensor, kind: Kind) -> Mixture:
    """The likeliest parameters given (N, K) ``mass``; a component that lost all of it keeps its old ones."""
    total = mass.sum(dim=0)[:, None]  # (K, 1)
    alive, divisor = total > 1e-12, total.clamp(min=1e-12)
    mean = mass.T @ points / divisor
    deviation = torch.stack([column @ (points - own).square() for column, own in zip(mass.T, mean, strict=True)])
    deviation = torch.maximum((deviation / divisor).sqrt(), narrowest)
    laplacian = old.laplacian
    if kind != "gaussian":
        median = torch.stack([_median(points, order, column) for column in mass.T])
        absolute = torch.stack([column @ (points - own).abs() for column, own in zip(mass.T, median, strict=True)])
        absolute = absolute / divisor
        scale = torch.maximum(absolute, narrowest)
        if kind == "hybrid":
            squares = torch.stack([column @ (points - own).square() for column, own in zip(mass.T, mean, strict=True)])
            gaussian = -squares / divisor / deviation.square() / 2 - deviation.log() - math.log(2 * math.pi) / 2
            laplacian = torch.where(alive, -absolute / scale - (2 * scale).log() > gaussian, laplacian)
        mean, deviation = torch.where(laplacian, median, mean), torch.where(laplacian, scale, deviation)
    return Mixture(
        total[:, 0] / total.sum(),
        torch.where(alive, mean, old.centres),
        torch.where(alive, deviation, old.spreads),
        laplacian,
    )


def _median(points: Tensor, order: Tensor, mass: Tensor) -> Tensor:
    """(N, D), (N, D) ranks, (N,) -> (D,): half of the mass lies on each side."""
    below = mass[order].cumsum(dim=0)  # (N, D)
    place = (below < below[-1] / 2).sum(dim=0, keepdim=True).clamp(max=len(points) - 1)
    return points.gather(0, order.gather(0, place))[0]
