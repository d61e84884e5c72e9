"""Which epoch was the best, and when it is time to stop."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from reid.training.faults import nearest
from reid.training.loop_config import LoopConfig


class Watch:
    """Follows one figure over the epochs (early stopping; Prechelt 1998).

    Args:
        config: its ``watch``, ``best`` and ``patience``.

    Attributes:
        value: the best figure so far; None before the first.
        epoch: in which it was reached.
        waited: evaluations since.
    """

    def __init__(self, config: LoopConfig) -> None:
        self._name, self._patience = config.watch, config.patience
        self._sign = 1.0 if config.best == "highest" else -1.0
        self.value: float | None = None
        self.epoch, self.waited = -1, 0

    @property
    def done(self) -> bool:
        """Whether patience has come to its end."""
        return bool(self._patience) and self.waited >= self._patience

    def better(self, row: Mapping[str, Any]) -> bool:
        """Take notice of an epoch's figures; whether they are the best so far. A tie is not better.

        Raises:
            ValueError: if the watched figure is not among them.
        """
        if self._name is None:
            return False
        if self._name not in row:
            known = [name for name in row if name not in ("epoch", "minutes", "lr")]
            hint = nearest(self._name, known) or f"; there are {', '.join(known)}"
            raise ValueError(f"loop.watch: the training has no figure {self._name!r}{hint}")
        value = float(row[self._name])
        if not math.isnan(value) and (self.value is None or self._sign * value > self._sign * self.value):
            self.value, self.epoch, self.waited = value, int(row["epoch"]), 0
            return True
        self.waited += 1
        return False

    def state(self) -> dict[str, Any]:
        """What a resumed run must know."""
        return {"value": self.value, "epoch": self.epoch, "waited": self.waited}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`."""
        self.value, self.epoch, self.waited = state["value"], int(state["epoch"]), int(state["waited"])
