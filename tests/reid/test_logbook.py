"""What is written of a training."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from reid.training.logbook import NO_TENSORBOARD, Logbook, log_row, read_log


def test_columns_grow_and_rows_that_are_run_again_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    assert read_log(path) == []
    log_row(path, {"epoch": 0, "loss": 2.5})
    log_row(path, {"epoch": 1, "loss": 1.5, "mAP": 30.0})
    log_row(path, {"epoch": 2, "loss": 1.0})
    log_row(path, {"epoch": 1, "loss": 1.25, "mAP": 31.0})
    assert path.read_text() == "epoch,loss,mAP\n0,2.5,\n1,1.25,31.0\n"
    assert [row["epoch"] for row in read_log(path)] == ["0", "1"]
    assert [file.name for file in tmp_path.iterdir()] == ["log.csv"]


def events(folder: Path) -> dict[str, list[tuple[int, float]]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(folder))
    read.Reload()
    return {name: [(e.step, e.value) for e in read.Scalars(name)] for name in read.Tags()["scalars"]}


def test_tensorboard_gets_steps_and_epochs_and_forgets_what_is_run_again(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    told: list[str] = []
    book = Logbook(tmp_path, 0, 2, True, told.append)
    for epoch in range(2):
        for step in range(2):
            book.step(epoch, step, {"loss": 4.0 - epoch - step})
        book.epoch({"epoch": epoch, "loss": 3.0 - epoch, "mAP": 10.0 * epoch})
    book.close()
    again = Logbook(tmp_path, 1, 2, True, told.append)  # the run was resumed after epoch 0
    for step in range(2):
        again.step(1, step, {"loss": 0.5})
    again.epoch({"epoch": 1, "loss": 0.25})
    again.close()
    found = events(tmp_path / "tensorboard")
    assert found["step/loss"] == [(0, 4.0), (1, 3.0), (2, 0.5), (3, 0.5)]
    assert found["epoch/loss"] == [(1, 3.0), (3, 0.25)]
    assert found["epoch/mAP"] == [(1, 0.0)]
    assert not told
    assert [row["loss"] for row in read_log(tmp_path / "log.csv")] == ["3.0", "0.25"]


def test_without_tensorboard_the_csv_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("torch.utils.tensorboard"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    told: list[str] = []
    book = Logbook(tmp_path, 0, 2, True, told.append)
    book.step(0, 0, {"loss": 1.0})
    book.epoch({"epoch": 0, "loss": 1.0})
    book.close()
    assert told == [NO_TENSORBOARD]
    assert len(read_log(tmp_path / "log.csv")) == 1
