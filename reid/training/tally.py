"""Means of named figures, of which some may come seldom."""

from __future__ import annotations

from collections.abc import Mapping


class Tally:
    """Adds figures up.

    Attributes:
        sums: name -> sum and count.
    """

    def __init__(self) -> None:
        self.sums: dict[str, tuple[float, int]] = {}

    def add(self, figures: Mapping[str, float]) -> None:
        """One more of each."""
        self._add({name: (value, 1) for name, value in figures.items()})

    def join(self, other: Tally) -> None:
        """All of another tally."""
        self._add(other.sums)

    def means(self) -> dict[str, float]:
        """Mean of each."""
        return {name: value / count for name, (value, count) in self.sums.items()}

    def _add(self, sums: Mapping[str, tuple[float, int]]) -> None:
        for name, (value, count) in sums.items():
            before = self.sums.get(name, (0.0, 0))
            self.sums[name] = (before[0] + value, before[1] + count)
