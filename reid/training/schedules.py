"""How the learning rate moves."""

from __future__ import annotations

import math

from reid.training.loop_config import LoopConfig


def rate_factor(config: LoopConfig, step: int, steps: int) -> float:
    """What the learning rate is multiplied by.

    A linear warm-up by steps (Goyal et al. 2017, arXiv:1706.02677, section 2.2), then one of

    - ``cosine``: half a period from 1 to ``floor`` (Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5);
    - ``step``: ``gamma`` to the power of how many milestones, in epochs, have been reached;
    - ``constant``: 1.

    Args:
        config: the settings.
        step: of the optimizer, from 0, over all epochs.
        steps: of an epoch.

    Returns:
        A share of ``config.lr``, above 0 and at most 1 unless ``floor`` is 0.
    """
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    if config.schedule == "step":
        reached = sum(step >= milestone * steps for milestone in config.milestones)
        return config.gamma**reached
    if config.schedule == "cosine":
        done = (step - config.warmup_steps) / max(1, config.epochs * steps - config.warmup_steps)
        return config.floor + (1 - config.floor) * 0.5 * (1 + math.cos(math.pi * done))
    return 1.0
