"""What the training loop asks of the thing it trains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

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
        """Batches of an epoch, all processes together."""
        ...

    def batches(self, epoch: int, rank: int = 0, world: int = 1) -> Iterator[Any]:
        """The batches of an epoch; they depend on the seed and the epoch only, so that a resumed run is the same.

        Args:
            epoch: from 0.
            rank, world: of one sequence, the same for everybody, process ``rank`` of ``world`` gets the batches
                ``rank``, ``rank + world``, and so on; the pictures of the others are not loaded.
        """
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


@runtime_checkable
class StagedTask(Protocol):
    """A task whose losses, or the parameters that learn, change on the way."""

    def begin_epoch(self, epoch: int) -> None:
        """Called before the batches of every epoch. What is set here must follow from the epoch alone.

        A resumed run begins in the middle. The parameter groups stay as they are: what shall hold still for a while
        gets ``requires_grad_(False)``, hence no gradient, hence neither a step nor decay.
        """
        ...
