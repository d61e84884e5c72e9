"""From scores to probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fit_calibration(right: NDArray[np.float64], wrong: NDArray[np.float64]) -> tuple[float, float]:
    """Platt's sigmoid (1999) at a balanced prior: probability = sigmoid(a * score + b).

    Args:
        right: scores of pairs that belong together.
        wrong: scores of pairs that do not; both groups weigh the same, however many they are.

    Returns:
        (a, b), found by Newton's method with a tiny ridge, which keeps separable scores finite.

    Raises:
        ValueError: if a group is empty.
    """
    if not len(right) or not len(wrong):
        raise ValueError("calibration needs scores of right and of wrong pairs")
    scores = np.concatenate([right, wrong]).astype(np.float64)
    truth = np.concatenate([np.ones(len(right)), np.zeros(len(wrong))])
    weights = np.concatenate([np.full(len(right), 0.5 / len(right)), np.full(len(wrong), 0.5 / len(wrong))])
    design = np.stack([scores, np.ones_like(scores)], axis=1)
    ridge = np.diag([1e-6, 1e-6])
    solution = np.zeros(2)
    for _ in range(100):
        likely = 1 / (1 + np.exp(-np.clip(design @ solution, -40, 40)))
        gradient = design.T @ (weights * (likely - truth)) + ridge @ solution
        curvature = (design * (weights * likely * (1 - likely))[:, None]).T @ design + ridge
        step = np.linalg.solve(curvature, gradient)
        step *= min(1.0, 20 / max(1e-12, float(np.abs(step).max())))
        solution -= step
        if np.abs(step).max() < 1e-9:
            break
    return float(solution[0]), float(solution[1])
