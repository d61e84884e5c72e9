"""Shows the figures of `reidpipe evaluate`: progress and notices on stderr, a table or JSON on stdout, or a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from pipeline.cli import render

if TYPE_CHECKING:
    from reid.evaluation.figures import Figure
    from reid.evaluation.jobs import Job
    from reid.evaluation.report import Entry

_SHOWN = ("rank-1", "rank-5", "rank-10", "mAP", "mINP")  # what fits into a terminal of 80 columns


def run_with_progress(jobs: Sequence[Job]) -> list[Entry]:
    """Do the jobs one after the other, with a bar for each where stderr is a terminal."""
    from reid.evaluation.report import Entry

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    several = len({job.label for job in jobs}) > 1
    entries = []
    with Progress(*columns, console=render.console(stderr=True)) as progress:
        for job in jobs:
            bar = progress.add_task(
                render.printable(f"{job.label} {job.name}" if several else job.name), total=job.size
            )
            entries += [Entry(job.label, job.about, one) for one in job.work(partial(progress.advance, bar))]
    return entries


def show(entries: Sequence[Entry], *, as_json: bool) -> None:
    """Print the outcome; figures are percentages in the table and shares in JSON."""
    for text in _notices(entries):
        render.note(text)
    if as_json:
        render.as_json([{"checkpoint": entry.label, **asdict(entry.figures)} for entry in entries])
        return
    several = len({entry.label for entry in entries}) > 1
    caption = "percent; below it the 95 % interval over people"
    table = Table(caption=caption, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("data set", overflow="fold")
    table.add_column("queries\nin gallery", justify="right")
    for measure in _SHOWN:
        table.add_column(measure, justify="right")
    for entry in entries:
        one = entry.figures
        name = "\n".join(render.printable(t) for t in (one.name, one.variant, entry.label * several) if t)
        cells = [_cell(one.measures[measure]) for measure in _SHOWN]
        table.add_row(name, f"{one.queries:,}\nin {one.gallery:,}", *cells)
    render.console().print(table)


def write(path: Path, entries: Sequence[Entry], command: str) -> None:
    """Write the report and say where it is.

    Raises:
        ConfigError: if it cannot be written.
    """
    from pipeline.errors import ConfigError
    from reid.evaluation.report import write_report

    try:
        written = write_report(path, entries, command)
    except OSError as error:
        raise ConfigError(f"--report: {path} cannot be written ({error.strerror or error})") from None
    beside = f" and {len(written) - 1} plots beside it" if len(written) > 1 else ""
    render.note(f"report: {path}{beside}")


def _notices(entries: Sequence[Entry]) -> list[str]:
    """Each once."""
    found: dict[str, None] = {}
    for entry in entries:
        one = entry.figures
        if one.ignored:
            found[f"{one.name}: {one.ignored:,} queries have no right picture in the gallery and do not count"] = None
        found |= dict.fromkeys(one.notices)
    return list(found)


def _cell(figure: Figure) -> str:
    return f"{100 * figure.value:.1f}\n{100 * figure.low:.1f}-{100 * figure.high:.1f}"
