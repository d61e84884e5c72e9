"""The training loop: it learns, it resumes to the same bits, and it says what is wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reid.training.loop import LoopConfig, fit

CONFIG = LoopConfig(epochs=4, lr=0.05, weight_decay=0.0, warmup_steps=3, bf16=False, seed=5)


class LineTask:
    """Fits y = 2x + 1 with dropout in the way, so that the random state matters too."""

    def __init__(self, stop_after: int | None = None) -> None:
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Linear(1, 8), nn.Dropout(0.2), nn.Linear(8, 1))
        self.origin: dict[str, Any] = {}
        self.stop_after = stop_after
        self.exported: Mapping[str, Any] | None = None

    def groups(self) -> list[dict[str, Any]]:
        return [{"params": list(self.network.parameters()), "lr_scale": 1.0}]

    def steps(self) -> int:
        return 10

    def batches(self, epoch: int) -> Iterator[Tensor]:
        if epoch == self.stop_after:
            raise KeyboardInterrupt
        generator = torch.Generator().manual_seed(epoch)
        for _ in range(self.steps()):
            yield torch.rand(16, 1, generator=generator)

    def losses(self, batch: Tensor) -> dict[str, Tensor]:
        return {"square": (self.network(batch) - 2 * batch - 1).square().mean()}

    def evaluate(self) -> dict[str, float]:
        x = torch.linspace(0, 1, 11)[:, None]
        with torch.no_grad():
            return {"error": float((self.network(x) - 2 * x - 1).abs().mean())}

    def export(self, folder: Path, figures: Mapping[str, Any]) -> None:
        self.exported = figures
        folder.mkdir()


def test_it_learns_and_exports_with_the_figures(tmp_path: Path) -> None:
    task = LineTask()
    before = task.evaluate()["error"]
    fit(task, CONFIG, tmp_path)
    assert task.exported is not None
    assert task.exported["error"] < before / 3
    assert (tmp_path / "checkpoint").is_dir()


def test_a_run_that_was_stopped_ends_with_the_same_bits(tmp_path: Path) -> None:
    whole, stopped, resumed = LineTask(), LineTask(stop_after=2), LineTask()
    fit(whole, CONFIG, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit(stopped, CONFIG, tmp_path / "parts")
    fit(resumed, CONFIG, tmp_path / "parts", resume=True)
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name
    rows = [list(csv.DictReader((tmp_path / run / "log.csv").open())) for run in ("whole", "parts")]
    assert [row["loss"] for row in rows[0]] == [row["loss"] for row in rows[1]]
    assert [row["epoch"] for row in rows[1]] == ["0", "1", "2", "3"]


def test_resuming_with_other_settings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        fit(LineTask(stop_after=1), CONFIG, tmp_path)
    other = LoopConfig(epochs=9)
    with pytest.raises(ValueError, match="other loop settings"):
        fit(LineTask(), other, tmp_path, resume=True)


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    task = LineTask()
    task.losses = lambda batch: {"square": batch.sum() * float("nan")}  # type: ignore[method-assign]
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        fit(task, CONFIG, tmp_path)
