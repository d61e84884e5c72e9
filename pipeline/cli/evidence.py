"""How strongly evidence is shown: on the terminal and on the page by the same measure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.types import Hit

LEAST = 0.1  # of the strongest cell of an answer: what is weaker is shown as nothing

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One table of a hit: what was asked by strips of its crop.

    Attributes:
        rank: of the hit.
        names: of the rows.
        cells: one row for each name; -1 against the hit .. 1 for it, as shares of the strongest cell of the answer.
        of_picture: whether the rows are strips of the picture that was asked with, instead of words.
    """

    rank: int
    names: tuple[str, ...]
    cells: Rows
    of_picture: bool

    @property
    def totals(self) -> tuple[float, ...]:
        """The sum of the rows, by strips."""
        return tuple(sum(column) for column in zip(*self.cells, strict=True))

    def counts(self, row: int) -> bool:
        """Whether a row says anything anywhere."""
        return max(abs(cell) for cell in self.cells[row]) >= LEAST


def panels(hits: Sequence[Hit]) -> dict[int, list[Panel]]:
    """Rank -> the tables of each explained hit, words first; hits of one answer can be compared by them."""
    told = [(hit.rank, hit.explanation) for hit in hits if hit.explanation is not None]
    most_word, most_strip = _strongest(e.matrix for _, e in told), _strongest(e.probe for _, e in told)
    found: dict[int, list[Panel]] = {}
    for rank, evidence in told:
        tables = found.setdefault(rank, [])
        if evidence.matrix:
            tables.append(Panel(rank, evidence.words, _shares(evidence.matrix, most_word), of_picture=False))
        if evidence.probe:
            names = tuple(str(strip) for strip in range(1, len(evidence.probe) + 1))
            tables.append(Panel(rank, names, _shares(evidence.probe, most_strip), of_picture=True))
    return found


def _strongest(several: Iterable[Rows]) -> float:
    return max((abs(cell) for rows in several for row in rows for cell in row), default=0.0) or 1.0


def _shares(rows: Rows, most: float) -> Rows:
    return tuple(tuple(cell / most for cell in row) for row in rows)
