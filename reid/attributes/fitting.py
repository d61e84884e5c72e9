"""Logistic regression whose labels are sets of possible answers, and its calibration on other people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reid.types import Floats

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]

_STEPS = 200  # of L-BFGS at most; it is done long before
_OFFSETS = 0.02  # ridge of a calibration's offsets: what a few people do not tell stays as it was


def fit_logistic(
    vectors: Floats, possible: Flags, weights: Doubles, ridge: float, start: Doubles | None = None
) -> tuple[Doubles, Doubles, Doubles]:
    """Multinomial logistic regression by maximum likelihood with a Gaussian prior.

    Args:
        vectors: (N, D).
        possible: (N, K) the answers that each row's label leaves open: the likelihood of a row is the probability of
            all of them together (Jin and Ghahramani, NIPS 2002). Rows with all K say nothing.
        weights: (N,) of the rows.
        ridge: strength of the prior on vectors scaled to unit variance.
        start: what a fit of the same rows with another ridge ended at; None to start at nothing.

    Returns:
        (K, D) and (K,): logits are ``vectors @ matrix.T + offset``; and where it ended, to start another fit at.

    Raises:
        ValueError: if no row says anything.
    """
    rows = ~possible.all(axis=1) & possible.any(axis=1)
    if not rows.any():
        raise ValueError("no label says anything about this question")
    x, open_, share = vectors[rows].astype(np.float64), possible[rows], weights[rows] / weights[rows].sum()
    mean, scale = share @ x, np.sqrt(share @ (x - share @ x) ** 2) + 1e-9
    x = ((x - mean) / scale).astype(np.float32)  # half the time, and far finer than the labels
    dim, answers = x.shape[1], open_.shape[1]

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        matrix, offset = flat[: answers * dim].reshape(answers, dim), flat[answers * dim :]
        value, slope = _likelihood((x @ matrix.T.astype(np.float32)).astype(np.float64) + offset, open_, share)
        by_matrix = slope.T.astype(np.float32) @ x
        gradient = np.concatenate([(by_matrix + ridge * matrix).ravel(), slope.sum(axis=0) + 1e-6 * offset])
        return value + ridge / 2 * float((matrix**2).sum()) + 5e-7 * float((offset**2).sum()), gradient

    flat = _least(loss, np.zeros(answers * dim + answers) if start is None else start)
    matrix = flat[: answers * dim].reshape(answers, dim) / scale
    return matrix, flat[answers * dim :] - matrix @ mean, flat


def fit_calibration(logits: Doubles, possible: Flags, weights: Doubles) -> tuple[float, Doubles]:
    """A slope and offsets that make the logits of other people right: temperature scaling (Guo et al., ICML 2017).

    With two answers this is Platt's sigmoid (1999).

    Args:
        logits: (N, K).
        possible: (N, K) as for `fit_logistic`.
        weights: (N,).

    Returns:
        (slope, (K,) offsets): calibrated logits are ``slope * logits + offsets``; (1, 0) if no row says anything.
    """
    answers = logits.shape[1]
    rows = ~possible.all(axis=1) & possible.any(axis=1)
    if not rows.any():
        return 1.0, np.zeros(answers)
    z, open_, share = logits[rows], possible[rows], weights[rows] / weights[rows].sum()

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        slope, offsets = np.exp(flat[0]), flat[1:]
        value, gradient = _likelihood(slope * z + offsets, open_, share)
        to_slope = float((gradient * z).sum()) * slope
        return value + _OFFSETS / 2 * float((offsets**2).sum()), np.concatenate(
            [[to_slope], gradient.sum(axis=0) + _OFFSETS * offsets]
        )

    flat = _least(loss, np.zeros(answers + 1))
    return float(np.exp(flat[0])), flat[1:]


def loss_of(logits: Doubles, possible: Flags, weights: Doubles) -> float:
    """Mean negative log likelihood of the rows that say something."""
    rows = ~possible.all(axis=1) & possible.any(axis=1)
    return _likelihood(logits[rows], possible[rows], weights[rows] / weights[rows].sum())[0] if rows.any() else 0.0


def softmax(logits: Doubles) -> Doubles:
    """(N, K) of logits (N, K)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Doubles = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _likelihood(logits: Doubles, possible: Flags, share: Doubles) -> tuple[float, Doubles]:
    """Negative log likelihood and its gradient (N, K) by the logits."""
    likely = softmax(logits)
    inside = np.where(possible, likely, 0)
    total = np.maximum(inside.sum(axis=1, keepdims=True), 1e-12)
    return -float(share @ np.log(total[:, 0])), (likely - inside / total) * share[:, None]


def _least(loss: object, start: Doubles) -> Doubles:
    from scipy.optimize import minimize

    found: Doubles = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "ftol": 1e-6}).x
    return found
