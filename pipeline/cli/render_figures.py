"""Shows the figures of `reidpipe evaluate`: progress and notices on stderr, a table or JSON on stdout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from pipeline.cli import render

if TYPE_CHECKING:
    from reid.evaluation.measure import Figure, Figures, Step

    Job = tuple[str, int, Callable[[Step], Figures]]


def run_with_progress(jobs: Sequence[Job]) -> list[Figures]:
    """Do the jobs one after the other, with a bar for each where stderr is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    figures = []
    with Progress(*columns, console=render.console(stderr=True)) as progress:
        for name, size, work in jobs:
            bar = progress.add_task(name, total=size)
            figures.append(work(partial(progress.advance, bar)))
    return figures


def show(figures: Sequence[Figures], *, as_json: bool) -> None:
    """Print the outcome; figures are percentages in the table and shares in JSON."""
    for one in figures:
        if one.ignored:
            render.note(f"{one.name}: {one.ignored:,} queries have no right picture in the gallery and do not count")
        for notice in one.notices:
            render.note(notice)
    if as_json:
        render.as_json([asdict(one) for one in figures])
        return
    # narrow enough for a terminal of 80 columns
    table = Table(caption="percent; below it the 95 % interval over people", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("data set")
    table.add_column("queries\nin gallery", justify="right")
    for measure in figures[0].measures:
        table.add_column(measure, justify="right")
    for one in figures:
        table.add_row(one.name, f"{one.queries:,}\nin {one.gallery:,}", *map(_cell, one.measures.values()))
    render.console().print(table)


def _cell(figure: Figure) -> str:
    return f"{100 * figure.value:.1f}\n{100 * figure.low:.1f}-{100 * figure.high:.1f}"
