"""Attributes on a terminal: of hits, and what a reader that was just fitted is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.cli.attribute_words import in_words, name
from pipeline.cli.render import console, new_table, percent, printable
from pipeline.types import Hit

if TYPE_CHECKING:
    from reid.attributes.judging import Figures
    from reid.attributes.make import Made


def described(hits: Sequence[Hit], *, in_full: bool, to: Console | None = None) -> None:
    """What the hits look like, a line for each, below their table.

    Args:
        hits: of one answer; those without traits are passed over.
        in_full: True for all traits with their probabilities, False for a few words.
        to: the console; None for stdout.
    """
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="bold")
    table.add_column(overflow="fold")
    for hit in hits:
        if said := _all(hit) if in_full else in_words(hit.traits):
            table.add_row(str(hit.rank), printable(said))
    if table.row_count:
        out = to or console()
        title = "what can be told, and how probably:" if in_full else "what can be told (? below 80 %):"
        out.print(Text(title, "dim"))
        out.print(table)


def _all(hit: Hit) -> str:
    return ", ".join(f"{name(trait)} {percent(trait.probability)}" for trait in hit.traits)


def fitted(made: Made, to: Console | None = None) -> None:
    """What a reader is worth, and what is not offered and why."""
    out = to or console()
    _figures("people that took no part in the fit", made.figures, out)
    for place, figures in made.elsewhere.items():
        _figures(f"elsewhere: {place}", figures, out)
    for answer, reason in made.said["not_offered"].items():
        out.print(Text(f"not offered: {answer}, {reason}", "dim"))


def _figures(heading: str, figures: Figures, out: Console) -> None:
    out.print(Text(heading, "bold"))
    table = new_table(out)
    table.add_column("question")
    for title in ("answer", "people", "prevalence", "AP", "ECE"):
        table.add_column(title, justify="left" if title == "answer" else "right", no_wrap=True)
    for question, group in _by_question(figures).items():
        best = figures.best.get(question)
        if best is not None:
            table.add_row(question, "best right", str(best.people), "", str(best.accuracy), str(best.ece), style="bold")
        for answer, cells in group.items():
            table.add_row(question, answer, *cells)
    out.print(table)


def _by_question(figures: Figures) -> Mapping[str, Mapping[str, list[str]]]:
    groups: dict[str, dict[str, list[str]]] = {}
    for row in figures.rows:
        if (f := row.figures) is not None:
            cells = [str(f.people), f"{100 * f.prevalence:.1f}", str(f.precision), str(f.ece)]
            groups.setdefault(row.question, {})[row.answer] = cells
    return groups
