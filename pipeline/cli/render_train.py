"""How a training is shown: a bar for each epoch on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn

from pipeline.cli import times
from pipeline.cli.render import console, note, printable, say

EVERY_S = 10.0  # between two lines where there is no terminal
Row = Mapping[str, Any]


class Display(Protocol):
    """Is told how a training goes, see `reid.training.loop.fit`."""

    def report(self, row: Row) -> None:
        """Figures of a step, of an epoch, or a remark."""


@contextmanager
def open_display() -> Iterator[Display]:
    """What shows a training: bars on stderr if that is a terminal; lines of whole epochs go to stdout."""
    err = console(stderr=True)
    if not err.is_terminal:
        yield PlainDisplay(err)
        return
    columns = (
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}", markup=False),
    )
    # rich would lead stdout to the terminal, although it may be a file
    with Progress(*columns, console=err, transient=True, redirect_stdout=False) as bars:
        yield BarDisplay(bars)


class Pace:
    """How long an epoch will go on, from the steps since it began.

    The first step is not counted: caches are filled in it.
    """

    def __init__(self) -> None:
        self._epoch, self._began, self._from = -1, 0.0, 0

    def left_s(self, epoch: int, step: int, steps: int) -> float | None:
        """Seconds to the end of the epoch, as far as can be told."""
        now = time.monotonic()
        if epoch != self._epoch:
            self._epoch, self._began, self._from = epoch, now, step
        done = step - self._from
        return (now - self._began) / done * (steps - step - 1) if done else None


class PlainDisplay:
    """A line every few seconds, and one for each epoch."""

    def __init__(self, out: Console, every_s: float = EVERY_S) -> None:
        self._out, self._every_s, self._last = out, every_s, 0.0
        self._pace = Pace()

    def report(self, row: Row) -> None:
        """Print it, if it is not too soon after the last line."""
        if "notice" in row:
            note(row["notice"])
        elif "step" not in row:
            say(epoch_line(row))
        else:
            left = self._pace.left_s(row["epoch"], row["step"], row["steps"])
            if time.monotonic() - self._last >= self._every_s:
                self._last = time.monotonic()
                place = f"epoch {row['epoch']} step {row['step'] + 1}/{row['steps']}"
                self._out.print(f"{place}  {step_line(row, left)}", soft_wrap=True)


class BarDisplay:
    """A bar that moves, and a line for each epoch that is done."""

    def __init__(self, bars: Progress) -> None:
        self._bars, self._epoch, self._pace = bars, -1, Pace()
        self._task: TaskID = bars.add_task("loading the data", total=None, told="")

    def report(self, row: Row) -> None:
        """Move it."""
        if "notice" in row:
            self._bars.console.print(f"note: {printable(row['notice'])}", soft_wrap=True)
        elif "step" not in row:
            self._say(epoch_line(row))
        else:
            left = self._pace.left_s(row["epoch"], row["step"], row["steps"])
            told, name = step_line(row, left), f"epoch {row['epoch']}"
            if row["epoch"] != self._epoch:
                self._bars.remove_task(self._task)
                self._task, self._epoch = self._bars.add_task(name, total=row["steps"], told=told), row["epoch"]
            last = row["step"] + 1 == row["steps"]
            description = f"{name}, evaluating and saving" if last else name
            self._bars.update(self._task, description=description, completed=row["step"] + 1, told=told)

    def _say(self, line: str) -> None:
        """Above the bar where both are on one terminal, else to where stdout goes."""
        if sys.stdout.isatty():
            self._bars.console.print(line, soft_wrap=True)
        else:
            say(line)


def step_line(row: Row, left_s: float | None) -> str:
    """Loss, rate and what is left of the epoch."""
    told = f"loss {row['loss']:.4g}, rate {row['lr']:.2e}"
    return told if left_s is None else f"{told}, {times.duration(left_s)} left"


def epoch_line(row: Row) -> str:
    """All figures of an epoch."""
    return "  ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in row.items()
    )
