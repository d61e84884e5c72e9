"""The evidence of the first hits as small tables of shaded blocks."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.cli import render
from pipeline.cli.evidence import LEAST, Panel, panels
from pipeline.types import Hit

HITS = 3  # that are explained on a terminal
_BLOCKS, _PLAIN = "░▒▓█", ".:=#"  # the latter for a terminal that cannot show the former


def explanations(found: Sequence[Hit], to: Console | None = None) -> None:
    """Which words, or strips of the picture asked with, met which strips of the first hits."""
    out = to or render.console()
    shades = _BLOCKS if out.encoding.lower().startswith("utf") else _PLAIN
    shown = [panel for tables in list(panels(found).values())[:HITS] for panel in tables]
    for panel in shown:
        out.print(_table(panel, shades))
    if shown:
        of = "the search before the matcher; " if any(hit.match is not None for hit in found) else ""
        said = (
            f"{of}strips from head (1) to feet; {shades} speaks for the hit, the fuller the more; - and -- against it"
        )
        out.print(Text(said, "dim"))


def _table(panel: Panel, shades: str) -> Table:
    table = render.new_table(Console(force_terminal=False))
    table.add_column(f"hit {panel.rank}: " + ("strip asked with" if panel.of_picture else "word"), min_width=16)
    for strip in range(1, len(panel.cells[0]) + 1):
        table.add_column(str(strip), justify="center")
    silent = [not panel.counts(row) for row in range(len(panel.cells))]
    if any(silent):
        table.add_column("")
    for name, cells, quiet in zip(panel.names, panel.cells, silent, strict=True):
        shaded = ["" if quiet else _shade(cell, shades) for cell in cells]
        last = ["counts nowhere" if quiet else ""] * any(silent)
        table.add_row(render.printable(name), *shaded, *last, style="dim" if quiet else None)
    return table


def _shade(cell: float, shades: str) -> str:
    if abs(cell) < LEAST:
        return ""
    if cell < 0:
        return "--" if cell < -0.5 else "-"
    return 2 * shades[min(len(shades) - 1, int(cell * len(shades)))]
