"""The optimizer of a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from reid.training.loop_config import LoopConfig


class Steps:
    """An optimizer whose groups learn at rates of their own.

    Parameters without a gradient are left as they are: neither moved by momentum nor decayed.

    Args:
        groups: ``params``, optionally ``lr_scale`` and settings of the optimizer such as ``weight_decay``.
        config: which optimizer, and how.

    Attributes:
        optimizer: torch's own, for a scaler and for the state of a run.
    """

    def __init__(self, groups: Sequence[dict[str, Any]], config: LoopConfig) -> None:
        kept = [{key: value for key, value in group.items() if key != "lr_scale"} for group in groups]
        self._scales = [float(group.get("lr_scale", 1.0)) for group in groups]
        self.optimizer: torch.optim.Optimizer
        if config.optimizer == "sgd":
            self.optimizer = torch.optim.SGD(
                kept,
                lr=config.lr,
                momentum=config.momentum,
                nesterov=config.nesterov,
                weight_decay=config.weight_decay,
            )
        else:
            self.optimizer = torch.optim.AdamW(kept, lr=config.lr, weight_decay=config.weight_decay)

    def set_rate(self, rate: float) -> None:
        """Set every group's rate: its own scale times ``rate``."""
        for group, scale in zip(self.optimizer.param_groups, self._scales, strict=True):
            group["lr"] = rate * scale
