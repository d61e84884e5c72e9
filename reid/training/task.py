"""What the training loop asks of the thing it trains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn


class Task(Protocol):
    """Data, network and losses of one kind of training; the loop knows only this.

    Attributes:
        network: everything that is trained, classifiers and other helpers of the losses included.
        origin: what the card will say of data, exclusions, licence; the runner adds command and seed.
    """

    network: nn.Module
    origin: dict[str, Any]

    def groups(self) -> list[dict[str, Any]]:
        """Parameter groups for the optimizer: ``params`` and ``lr_scale``, a factor on the learning rate."""
        ...

    def steps(self) -> int:
        """Steps of an epoch."""
        ...

    def batches(self, epoch: int) -> Iterator[Any]:
        """The batches of an epoch; they depend on the seed and the epoch only, so that a resumed run is the same."""
        ...

    def losses(self, batch: Any) -> dict[str, Tensor]:
        """Named scalar terms; the loop minimises their sum."""
        ...

    def evaluate(self) -> dict[str, float]:
        """Figures after an epoch; may be empty."""
        ...

    def export(self, folder: Path, figures: Mapping[str, Any]) -> None:
        """Write the checkpoint that ships: weights and card, without what only training needs."""
        ...
