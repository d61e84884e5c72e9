"""How an ingest is shown: a moving bar on a terminal, a line now and then elsewhere; and the table at its end."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from pipeline.cli import times
from pipeline.cli.render import console, new_table, note, printable
from pipeline.types import FootageInfo

if TYPE_CHECKING:
    from pipeline.cli.ingest import Outcome
    from pipeline.ingest_report import IngestResult
    from pipeline.ingest_report import Progress as Step

EVERY_S = 5.0  # between two lines where there is no terminal
_STOPPING = "stopping after this batch; Ctrl-C again to stop at once"


class Display(Protocol):
    """Is told how an ingest goes."""

    def preparing(self) -> None:
        """Networks are being loaded."""

    def begin(self, info: FootageInfo, number: int, count: int) -> None:
        """File `number` of `count` begins."""

    def progress(self, step: Step) -> None:
        """A batch of it is done."""

    def done(self, result: IngestResult) -> None:
        """It is in the gallery."""

    def failed(self, reason: str | None) -> None:
        """It cannot be used; without a reason something else ended the work."""

    def stopping(self) -> None:
        """The user pressed Ctrl-C; called from within a signal handler."""


@contextmanager
def open_display(*, plain: bool = False) -> Iterator[Display]:
    """What shows an ingest on stderr: a bar if that is a terminal and `plain` is off."""
    err = console(stderr=True)
    if plain or not err.is_terminal:
        yield PlainDisplay(err)
        return
    columns = (
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.fields[told]}", markup=False),
    )
    with Progress(*columns, console=err, transient=True) as bars:
        yield BarDisplay(bars)


def left_s(step: Step) -> float | None:
    """Seconds of work that are left, as far as can be told."""
    if step.duration_s is None or step.speed <= 0:
        return None
    return max(0.0, step.duration_s - step.seconds_done) / step.speed


def told(step: Step) -> str:
    """One moment of an ingest in words."""
    parts = [f"{step.frames_done} frames", f"{step.speed:.1f}x real time", _people(step.people)]
    if step.resuming:
        parts.append("going through what was done before")
    elif (left := left_s(step)) is not None:
        parts.append(f"{times.duration(left)} left" if left >= 1 else "nearly done")
    return ", ".join(parts)


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


class PlainDisplay:
    """A line every few seconds."""

    def __init__(self, out: Console, every_s: float = EVERY_S) -> None:
        self._out, self._every_s = out, every_s
        self._name, self._last = "", 0.0

    def preparing(self) -> None:
        """Say nothing: a log does not wait."""

    def begin(self, info: FootageInfo, number: int, count: int) -> None:
        """Say which file it is."""
        length = "" if info.duration_s is None else f", {times.duration(info.duration_s)}"
        self._name, self._last = printable(info.path.name), time.monotonic()
        self._line(f"[{number}/{count}] {self._name}: camera {printable(info.camera)}{length}")

    def progress(self, step: Step) -> None:
        """Say how far it is, if the last time was a while ago."""
        if time.monotonic() - self._last < self._every_s:
            return
        self._last = time.monotonic()
        of = "" if step.duration_s is None else f" of {times.clock(step.duration_s)}"
        self._line(f"{self._name}: {times.clock(step.seconds_done)}{of}, {told(step)}")

    def done(self, result: IngestResult) -> None:
        """Say what came of it."""
        self._line(f"{printable(result.footage.info.path.name)}: {outcome_line(result)}")

    def failed(self, reason: str | None) -> None:
        """Say why."""
        if reason is not None:
            self._line(f"failed: {printable(reason)}")

    def stopping(self) -> None:
        """Written past all buffers: the signal may have come in the middle of another line."""
        with suppress(OSError):
            os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"\n{_STOPPING}\n".encode())

    def _line(self, text: str) -> None:
        self._out.print(text, soft_wrap=True)


class BarDisplay:
    """A bar that moves, and a line for each file that is done."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def preparing(self) -> None:
        """Show that something goes on."""
        self._task = self._bars.add_task("loading the networks", total=None, told="")

    def begin(self, info: FootageInfo, number: int, count: int) -> None:
        """A new bar."""
        self._drop()
        name = f"[{number}/{count}] {printable(info.path.name)}"
        self._task = self._bars.add_task(name, total=info.duration_s, told="")

    def progress(self, step: Step) -> None:
        """Move it."""
        if self._task is not None:
            self._bars.update(self._task, completed=step.seconds_done, told=told(step))

    def done(self, result: IngestResult) -> None:
        """A line in its place."""
        self._drop()
        name = printable(result.footage.info.path.name)
        self._bars.console.print(Text.assemble(("done ", "green"), name, ": ", outcome_line(result)))

    def failed(self, reason: str | None) -> None:
        """A line in its place."""
        self._drop()
        if reason is not None:
            self._bars.console.print(Text.assemble(("failed ", "bold red"), printable(reason)), soft_wrap=True)

    def stopping(self) -> None:
        """Say it where everybody looks: rich's lock may be taken again by the thread that holds it."""
        if self._task is not None:
            self._bars.update(self._task, description=_STOPPING)

    def _drop(self) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None


def outcome_line(result: IngestResult) -> str:
    """What came of one file."""
    if result.status == "already there":
        return f"already in the gallery, {_people(result.tracklets)}"
    speed = result.seconds / max(result.wall_s, 1e-9)
    return (
        f"{_people(result.tracklets)} in {times.duration(result.seconds)} of footage, "
        f"{result.frames_sampled} frames looked at in {times.duration(result.wall_s)} ({speed:.1f}x real time)"
    )


def summary(outcomes: Sequence[Outcome], gallery: Path, to: Console | None = None) -> None:
    """The table at the end, and on stderr what should be known."""
    out = to or console()
    if any(outcome.result for outcome in outcomes):
        out.print(_table(outcomes, out))
        people = sum(o.result.tracklets for o in outcomes if o.result)
        failed = sum(o.result is None for o in outcomes)
        also = f", {failed} failed" if failed else ""
        out.print(f"{len(outcomes) - failed} in the gallery{also}; {_people(people)}; {gallery}", soft_wrap=True)
    for outcome in outcomes:
        for notice in outcome.result.notices if outcome.result else ():
            note(notice)


def _table(outcomes: Sequence[Outcome], out: Console) -> Table:
    table = new_table(out)
    table.add_column("footage", overflow="fold")
    table.add_column("camera", style="cyan")
    table.add_column("result")
    for name in ("people", "frames", "length", "took", "speed"):
        table.add_column(name, justify="right")
    for outcome in outcomes:
        result = outcome.result
        if result is None:
            table.add_row(printable(Path(outcome.name).name), "", Text("failed", "bold red"))
            continue
        info = result.footage.info
        worked = result.status != "already there"
        table.add_row(
            printable(Path(outcome.name).name),
            printable(info.camera),
            Text(result.status, "green" if worked else "dim"),
            str(result.tracklets),
            str(result.frames_sampled),
            times.clock(round(result.seconds)),
            times.duration(result.wall_s) if worked else "",
            f"{result.seconds / max(result.wall_s, 1e-9):.1f}x" if worked else "",
        )
    return table
