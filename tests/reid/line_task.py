"""A task that takes no time: y = 2x + 1. Everything that is random takes part, so that a resumed run must restore it.

It is also a program, for tests that need other processes: ``python line_task.py OUT JSON``, see `main`.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


class Line(nn.Module):
    def __init__(self, hidden: int = 8, dropout: float = 0.0, norm: bool = False) -> None:
        super().__init__()
        self.first = nn.Linear(1, hidden)
        self.norm = nn.BatchNorm1d(hidden) if norm else nn.Identity()
        self.drop = nn.Dropout(dropout)
        self.last = nn.Linear(hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.drop(torch.tanh(self.norm(self.first(x)))))


class LineTask:
    """Fits the line; `noise` disturbs it by all three generators, `pause_s` makes a batch take long."""

    def __init__(
        self,
        *,
        noise: float = 0.0,
        norm: bool = False,
        size: int = 16,
        steps: int = 12,
        pause_s: float = 0.0,
        stop_after: int | None = None,
        freeze: Mapping[int, str] | None = None,
    ) -> None:
        torch.manual_seed(0)
        self.network = Line(dropout=0.2 if noise else 0.0, norm=norm)
        self.origin: dict[str, Any] = {}
        self.noise, self.size, self.count, self.pause_s, self.stop_after = noise, size, steps, pause_s, stop_after
        self.freeze = freeze or {}
        self.begun: list[int] = []
        self.seen: list[Tensor] = []
        self.exported: Mapping[str, Any] | None = None

    def groups(self) -> list[dict[str, Any]]:
        return [
            {"params": list(self.network.first.parameters()), "lr_scale": 1.0},
            {"params": [*self.network.last.parameters(), *self.network.norm.parameters()], "lr_scale": 2.0},
        ]

    def steps(self) -> int:
        return self.count

    def begin_epoch(self, epoch: int) -> None:
        self.begun.append(epoch)
        for name, part in self.network.named_children():
            part.requires_grad_(self.freeze.get(epoch) != name)

    def batches(self, epoch: int, rank: int = 0, world: int = 1) -> Iterator[Tensor]:
        if epoch == self.stop_after:
            raise KeyboardInterrupt
        generator = torch.Generator().manual_seed(epoch)
        everything = torch.rand(self.count, self.size, 1, generator=generator)
        for batch in everything[rank::world]:
            time.sleep(self.pause_s)
            self.seen.append(batch)
            yield batch

    def losses(self, batch: Tensor) -> dict[str, Tensor]:
        target = 2 * batch + 1
        if self.noise:
            target = target + self.noise * (random.random() + float(np.random.rand()))
        output = self.network(batch)
        return {"square": (output - target).square().mean(), "small": 0.01 * output.square().mean()}

    def evaluate(self) -> dict[str, float]:
        x = torch.linspace(0, 1, 11)[:, None]
        with torch.no_grad():
            return {"error": float((self.network(x) - 2 * x - 1).abs().mean())}

    def export(self, folder: Path, figures: Mapping[str, Any]) -> None:
        self.exported = figures
        folder.mkdir(exist_ok=True)
        torch.save(self.network.state_dict(), folder / "weights.pt")
        (folder / "origin.json").write_text(json.dumps({**self.origin, "figures": figures}))


def build(config: Mapping[str, Any], data: Mapping[str, Path]) -> LineTask:
    """As the registry wants it; the YAML's section `line` holds the arguments."""
    if "missing" in data:
        raise ValueError("the data are not what was expected")
    task = LineTask(**config.get("line", {}))
    task.origin = {"config": config}
    return task


def main(out: str, given: str) -> None:
    """Train in this process; JSON: task's arguments, loop's settings, whether to resume."""
    from reid.training.distributed import open_world
    from reid.training.loop import LoopConfig, fit

    torch.set_num_threads(1)
    settings = json.loads(given)
    with open_world("cpu") as world:
        fit(
            LineTask(**settings.get("task", {})),
            LoopConfig(**settings["loop"]),
            Path(out),
            resume=settings.get("resume", False),
            report=lambda row: print(json.dumps({**row, "rank": world.rank}), flush=True),
            world=world,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
