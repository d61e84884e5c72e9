"""What is shown on a terminal. Answers go to stdout; notes, errors and progress to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import ROUNDED, SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.cli import times
from pipeline.cli.checks import Check
from pipeline.types import FootageRecord, Hit

PIPE_WIDTH = 200  # of lines that no terminal will break
_MARKS = {"ok": ("ok", "green"), "note": ("--", "yellow"), "wrong": ("!!", "bold red")}


def console(*, stderr: bool = False) -> Console:
    """The console of a stream; plain and wide where it is no terminal."""
    stream = sys.stderr if stderr else sys.stdout
    wide = None if stream.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(file=stream, width=wide, highlight=False, markup=False, emoji=False, soft_wrap=False)


def printable(text: object) -> str:
    """Text without what a terminal would obey or cannot show: file names may hold anything."""
    return "".join(c if c.isprintable() else "\ufffd" for c in str(text))


def say(text: str) -> None:
    """One line of an answer."""
    console().print(printable(text), soft_wrap=True)


def note(text: str) -> None:
    """A remark, on stderr."""
    console(stderr=True).print(Text.assemble(("note: ", "yellow"), printable(text)), soft_wrap=True)


def error(text: str) -> None:
    """What went wrong, in one line on stderr."""
    console(stderr=True).print(Text.assemble(("error: ", "bold red"), printable(text)), soft_wrap=True)


def as_json(content: Any) -> None:
    """Print JSON for scripts."""
    # ASCII only: a file name that is no UTF-8 survives the way through any terminal and back
    sys.stdout.write(json.dumps(content, indent=2) + "\n")


def answer(found: Sequence[Hit], least: float | None, to: Console | None = None) -> None:
    """What was found above a line and guesses below it; that nobody matches is said first.

    Args:
        found: the hits, at least one.
        least: the probability from which they count; None where all do.
        to: where; None for stdout.
    """
    out = to or console()
    if all(hit.below for hit in found):
        told = f"nobody in this footage matches: no hit is {percent(least)} probable; the best guesses:"
        out.print(Text(told, "bold yellow"), soft_wrap=True)
    hits(found, out)
    if any(hit.below for hit in found) and not all(hit.below for hit in found):
        out.print(Text(f"below the line: guesses of less than {percent(least)}", "dim"), soft_wrap=True)


def hits(found: Sequence[Hit], to: Console | None = None) -> None:
    """The ranked table of an answer."""
    out = to or console()
    table = new_table(out)
    judged = [hit.match for hit in found if hit.match is not None]
    table.add_column("rank", justify="right")
    if judged:
        table.add_column("match", justify="right")
        table.add_column("first rank", justify="right")
    table.add_column("score", justify="right")
    calibrated = any(hit.probability is not None for hit in found)
    dated = any(hit.tracklet.footage.info.started_at is not None for hit in found)
    if calibrated:
        table.add_column("probability", justify="right")
    table.add_column("camera", style="cyan")
    table.add_column("seen", no_wrap=True)
    if dated:
        table.add_column("wall clock", no_wrap=True)
    table.add_column("footage", overflow="fold")
    table.add_column("tracklet", justify="right")
    told_below = found[0].below
    for hit in found:
        cells = [str(hit.rank), *_match_cells(hit, bool(judged)), f"{hit.score:.3f}"]
        cells += [percent(hit.probability)] * calibrated
        cells += [printable(hit.camera), times.span(hit.tracklet.start_s, hit.tracklet.end_s)]
        cells += [times.wall(hit.wall_clock(hit.tracklet.start_s))] * dated
        cells += [printable(hit.tracklet.footage.info.path.name), str(hit.tracklet.number)]
        if hit.below and not told_below:
            table.add_section()
        told_below = hit.below
        table.add_row(*cells, style="dim" if hit.below else "bold" if hit.rank == 1 else None)
    out.print(table)
    if judged:
        said = f"match: by {printable(judged[0].matcher)}; first rank and score: of the search before it"
        out.print(Text(said, "dim"))
        sentences(found, out)


def sentences(found: Sequence[Hit], out: Console) -> None:
    """What a matcher that speaks saw in each hit: below the table, which has no room for sentences."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="bold")
    table.add_column(overflow="fold")
    for hit in found:
        if hit.match is not None and hit.match.sentence:
            table.add_row(str(hit.rank), printable(hit.match.sentence))
    if table.row_count:
        out.print(Text("what the matcher sees:", "dim"))
        out.print(table)


def _match_cells(hit: Hit, judged: bool) -> list[str]:
    """Score and first rank of a hit, where hits have them."""
    if not judged:
        return []
    return ["", ""] if hit.match is None else [f"{hit.match.score:.3f}", str(hit.match.first_rank)]


def percent(probability: float | None) -> str:
    """A probability as people read it; never a certainty that nobody has."""
    if probability is None:
        return ""
    if probability < 0.01:
        return "<1 %"
    return ">99 %" if probability > 0.99 else f"{100 * probability:.0f} %"


def footage_list(records: Sequence[FootageRecord], to: Console | None = None) -> None:
    """The footage of a gallery."""
    out = to or console()
    table = new_table(out)
    dated = any(record.info.started_at is not None for record in records)
    for name, justify in (("id", "right"), ("footage", "left"), ("camera", "left")):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    if dated:
        table.add_column("started", no_wrap=True)
    for name in ("length", "people"):
        table.add_column(name, justify="right")
    table.add_column("state")
    for record in records:
        info = record.info
        length = "?" if info.duration_s is None else times.clock(round(info.duration_s))
        cells = [str(record.id), printable(info.path.name), printable(info.camera)]
        cells += [times.wall(info.started_at)] * dated
        table.add_row(*cells, length, str(record.tracklets), state(record))
    out.print(table)


def state(record: FootageRecord) -> Text:
    """Whether a footage was ingested to its end."""
    if not record.complete:
        return Text(f"unfinished, at {times.clock(record.seconds_done)}", "yellow")
    if record.corrupt_packets:
        return Text(f"complete, {record.corrupt_packets} corrupt packets", "yellow")
    return Text("complete", "green")


def facts(pairs: Mapping[str, str], to: Console | None = None) -> None:
    """Names and values, one below the other."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs.items():
        table.add_row(name, printable(value))
    (to or console()).print(table)


def checks(found: Sequence[Check], to: Console | None = None) -> None:
    """What `doctor` found, by sections."""
    out = to or console()
    section = ""
    for check in found:
        if check.section != section:
            section = check.section
            out.print(Text(section, "bold"))
        mark, style = _MARKS[check.state]
        out.print(
            Text.assemble("  ", (mark, style), " ", f"{check.name:<22} ", printable(check.detail)), soft_wrap=True
        )


def new_table(out: Console) -> Table:
    """An empty table in our style; without borders where it is not for a terminal."""
    return Table(box=ROUNDED if out.is_terminal else SIMPLE_HEAD, header_style="bold", border_style="dim")
