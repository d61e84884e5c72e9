"""What is written of a training: a row of ``log.csv`` for each epoch, and events for TensorBoard."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

NO_TENSORBOARD = "loop.tensorboard: the package tensorboard is not installed (pip install 'reidpipe[train]'); only CSV"


class Logbook:
    """Keeps the figures of a run.

    Args:
        folder: of the run.
        first: epoch at which the run goes on; what was written of it and later ones is forgotten.
        steps: of an epoch.
        tensorboard: whether to write events.
        notice: is told if that is not possible.
    """

    def __init__(self, folder: Path, first: int, steps: int, tensorboard: bool, notice: Callable[[str], None]) -> None:
        self._path, self._steps, self._writer = folder / "log.csv", steps, None
        if tensorboard:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                notice(NO_TENSORBOARD)
            else:
                self._writer = SummaryWriter(folder / "tensorboard", purge_step=first * steps or None)

    def step(self, epoch: int, step: int, figures: Mapping[str, float]) -> None:
        """Figures of one step, for TensorBoard alone."""
        if self._writer is not None:
            for name, value in figures.items():
                self._writer.add_scalar(f"step/{name}", value, epoch * self._steps + step)

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Figures of a whole epoch, of which ``epoch`` is its number."""
        log_row(self._path, row)
        if self._writer is not None:
            # at the last step of the epoch: a resumed run purges everything from its own first step on
            last = (row["epoch"] + 1) * self._steps - 1
            for name, value in row.items():
                if name != "epoch":
                    self._writer.add_scalar(f"epoch/{name}", value, last)
            self._writer.flush()

    def close(self) -> None:
        """Write what is still in memory."""
        if self._writer is not None:
            self._writer.close()


def log_row(path: Path, row: Mapping[str, Any]) -> None:
    """Append a row to a CSV file, whose columns grow as needed; rows of the same and later epochs are replaced.

    The file is there whole at any time, whenever the process may be killed.
    """
    rows = [old for old in read_log(path) if int(old["epoch"]) < row["epoch"]]
    names = list(dict.fromkeys([*(name for old in rows for name in old), *row]))
    part = path.with_suffix(".csv.part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows([*rows, dict(row)])
    part.replace(path)


def read_log(path: Path) -> list[dict[str, str]]:
    """The rows of a log; none if there is no file."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
