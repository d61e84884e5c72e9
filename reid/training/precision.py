"""Mixed precision: bfloat16 as it is, float16 with a scaled loss."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn

from reid.training.loop_config import LoopConfig


class Precision:
    """Runs forward and backward in the precision of a configuration.

    The scaler (Micikevicius et al. 2018, arXiv:1710.03740, section 3.2) keeps small gradients of float16 from
    becoming zero; a step whose gradients overflow is left out and the scale halved.

    Args:
        config: ``fp16`` is stronger than ``bf16``.
        device: where the network runs.

    Raises:
        ValueError: for float16 without CUDA.
    """

    def __init__(self, config: LoopConfig, device: torch.device) -> None:
        if config.fp16 and device.type != "cuda":
            raise ValueError(f"loop.fp16 needs CUDA, but the training runs on {device.type}; use bf16: true")
        self._device, self._enabled = device.type, config.fp16 or config.bf16
        self._dtype = torch.float16 if config.fp16 else torch.bfloat16
        self.scaler = torch.amp.GradScaler(device.type, enabled=config.fp16)

    def forward(self) -> AbstractContextManager[None]:
        """The context for the network and its losses."""
        return torch.autocast(self._device, self._dtype, enabled=self._enabled)

    def backward(self, loss: Tensor) -> None:
        """Add to the gradients."""
        self.scaler.scale(loss).backward()

    def step(self, optimizer: torch.optim.Optimizer, parameters: Iterable[nn.Parameter], clip: float) -> None:
        """Clip the gradients to the L2 norm ``clip``, if that is not 0, and let the optimizer step."""
        if clip:
            self.scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(parameters, clip)
        self.scaler.step(optimizer)
        self.scaler.update()
